//! A seeker registers: on their own phone, with a volunteer's tablet, or as a guest who says
//! nothing.

use domain::codes::{Lang, Purpose, SeekerGroup};
use domain::command::{Command, NewTicket, Registration, Reply, TicketIdDrawn};
use domain::decide::TICKET_PATH;
use domain::event::Channel;
use domain::ids::{AccountId, Reference, ShortNumber};
use domain::matching::Wish;
use domain::sealed::{Contact, Profile};
use domain::ticket::TicketId;
use office::random;
use web::{ApiError, Door};

use crate::site::Site;

/// The version of the privacy notice that the pages show.
pub const NOTICE_VERSION: u16 = 1;
/// The longest form of address or name, in characters.
const MAX_NAME_CHARACTERS: usize = 20;
/// A form of address and no more: a surname of at most two characters with a title of two.
const MAX_ADDRESS_CHARACTERS_IN_THE_CLEAR: usize = 4;

/// What a seeker says.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeekerForm {
    /// How to address them, as in 王女士; empty for a guest.
    pub form_of_address: String,
    /// Full name.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// What they are looking for.
    pub wish: Wish,
    /// Groups they count themselves to.
    pub groups: Vec<SeekerGroup>,
    /// Purposes they agree to.
    pub purposes: Vec<Purpose>,
    /// The version of the notice they saw: the present one.
    pub notice_version: Option<u16>,
}

/// A ticket in the seeker's hands.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TicketGiven {
    /// What stands for it in records.
    pub reference: Reference,
    /// The number under its QR code.
    pub number: ShortNumber,
    /// The number as people read it.
    pub number_grouped: String,
    /// The text of the ticket itself.
    pub ticket: String,
    /// The address in its QR code.
    pub ticket_url: String,
    /// The page of the ticket on this site.
    pub page: String,
}

/// Whence a registration comes.
#[derive(Debug, Clone, Copy)]
pub struct Whence {
    /// Where it was made.
    pub channel: Channel,
    /// The line it came over: what is personal needs one nobody reads along.
    pub door: Door,
    /// The language of the notice.
    pub lang: Lang,
    /// The volunteer who helped.
    pub by: Option<AccountId>,
}

/// Registers a seeker and hands out their ticket.
///
/// # Errors
/// `personal_on_plain`, `bad_text`, `bad_phone`, `purpose_missing`, and the fair's refusals.
pub async fn register(
    site: &Site,
    form: SeekerForm,
    whence: Whence,
) -> Result<TicketGiven, ApiError> {
    if whence.by.is_none() {
        site.may_register()?;
    }
    if form.notice_version.is_some_and(|seen| seen != NOTICE_VERSION) {
        return Err(ApiError::conflict("notice_outdated"));
    }
    let contact = contact(&form, whence.door)?;
    let form_of_address = form.form_of_address.trim().to_owned();
    check_name(&form_of_address)?;
    let wish = form.wish.tidied();
    let new = NewTicket {
        id: TicketIdDrawn(TicketId(random::bytes()?)),
        channel: whence.channel,
        codes: wish.to_codes(),
    };
    let groups = open_groups(&form.groups);
    let guest = form_of_address.is_empty()
        && contact == Contact::default()
        && wish.is_empty()
        && groups.is_empty();
    let command = if guest {
        Command::IssueTicket(new)
    } else {
        let registration = Registration {
            notice_version: NOTICE_VERSION,
            language: whence.lang.code().to_owned(),
            purposes: codes_of(form.purposes.iter().map(|purpose| purpose.code())),
            groups,
            contact,
            profile: Profile { form_of_address, wish },
        };
        Command::RegisterSeeker(new, registration)
    };
    site.draw_lost_key().await?;
    let reply = site.office.ask(command, whence.by).await?;
    given(site, &reply).await
}

/// Groups that say something sensitive stay out of the open record (个人信息保护法 arts. 28–29).
fn open_groups(groups: &[SeekerGroup]) -> Vec<u8> {
    codes_of(groups.iter().filter(|group| !group.is_sensitive()).map(|group| group.code()))
}

/// Each once, in their order.
fn codes_of(codes: impl Iterator<Item = u8>) -> Vec<u8> {
    let codes: std::collections::BTreeSet<u8> = codes.collect();
    codes.into_iter().collect()
}

async fn given(site: &Site, reply: &Reply) -> Result<TicketGiven, ApiError> {
    let Reply::Issued { ticket, number } = reply else {
        return Err(ApiError::internal("a registration was answered with something else"));
    };
    // Whoever drew the key may have gone away before it was taken up.
    if site.keys.get(ticket.generation).is_none() {
        site.keys.refresh(site.store()).await?;
    }
    let key = site.keys.get(ticket.generation);
    let text = key.and_then(|key| ticket.text(&key));
    let text = text.ok_or_else(|| ApiError::internal("the ticket can't be written"))?;
    let ticket_url = site.ticket_url(&text);
    Ok(TicketGiven {
        reference: ticket.reference(),
        number: *number,
        number_grouped: number.grouped(),
        page: format!("{TICKET_PATH}{text}"),
        ticket_url,
        ticket: text,
    })
}

impl Site {
    /// The address in a ticket's QR code: capitals only, so that the code stays small.
    pub fn ticket_url(&self, text: &str) -> String {
        let address = self.fair(|fair| {
            fair.settings().map_or_else(String::new, |settings| settings.address.clone())
        });
        format!("{}{TICKET_PATH}{text}", address.to_ascii_uppercase())
    }
}

/// What is personal is taken only over a line nobody reads along, and only for a purpose.
fn contact(form: &SeekerForm, door: Door) -> Result<Contact, ApiError> {
    let filled = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (name, phone) = (filled(&form.name), filled(&form.phone));
    let long = form.form_of_address.trim().chars().count() > MAX_ADDRESS_CHARACTERS_IN_THE_CLEAR;
    if !door.is_private() && (name.is_some() || phone.is_some() || long) {
        return Err(ApiError::forbidden("personal_on_plain"));
    }
    if (name.is_some() || phone.is_some()) && !form.purposes.contains(&Purpose::Contact) {
        return Err(ApiError::unprocessable("purpose_missing"));
    }
    if let Some(name) = &name {
        check_name(name)?;
    }
    let phone = phone.map(|typed| phone_number(&typed)).transpose()?;
    Ok(Contact { name, phone })
}

fn check_name(text: &str) -> Result<(), ApiError> {
    let too_long = text.chars().count() > MAX_NAME_CHARACTERS;
    if too_long || text.chars().any(char::is_control) {
        return Err(ApiError::unprocessable("bad_text"));
    }
    Ok(())
}

/// Eleven digits that begin like a Chinese mobile number, however they were typed.
fn phone_number(typed: &str) -> Result<String, ApiError> {
    let plain = domain::codes::plain(typed);
    let digits = plain.strip_prefix("+86").unwrap_or(&plain).replace('-', "");
    let mut characters = digits.chars();
    let good = digits.len() == 11
        && characters.next() == Some('1')
        && characters.next().is_some_and(|second| ('3'..='9').contains(&second))
        && characters.all(|digit| digit.is_ascii_digit());
    if good { Ok(digits) } else { Err(ApiError::unprocessable("bad_phone")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_read_however_they_are_typed() {
        for typed in ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"]
        {
            assert_eq!(phone_number(typed).unwrap(), "13800138000", "{typed}");
        }
        for typed in ["", "12800138000", "1380013800", "138001380000", "1380013800a"] {
            assert_eq!(phone_number(typed).unwrap_err().code(), "bad_phone", "{typed}");
        }
    }

    #[test]
    fn what_is_personal_needs_a_private_line_and_a_purpose() {
        let form = |purposes| SeekerForm {
            form_of_address: "王女士".to_owned(),
            phone: Some("13800138000".to_owned()),
            purposes,
            ..SeekerForm::default()
        };
        let refused = |form: &SeekerForm, door| contact(form, door).unwrap_err().code();
        let agreed = form(vec![Purpose::Contact]);
        assert_eq!(refused(&agreed, Door::Plain), "personal_on_plain");
        assert_eq!(refused(&form(vec![]), Door::Tls), "purpose_missing");
        assert!(contact(&agreed, Door::Loopback).is_ok());
        let full =
            SeekerForm { form_of_address: "欧阳小红女士".to_owned(), ..Default::default() };
        assert_eq!(refused(&full, Door::Plain), "personal_on_plain");
    }
}
