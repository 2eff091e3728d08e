//! What a seeker ticked and typed, read from the form.

use domain::codes::{District, Education, Purpose, SeekerGroup};
use domain::employer::{Condition, Conditions};
use domain::matching::{Wanted, Wish};
use web::{ApiError, Fields};

use crate::registration::SeekerForm;

/// Pay one can wish for, in yuan a month; a list, so that nobody has to type.
pub(super) const PAYS: [u32; 6] = [3_000, 4_000, 5_000, 6_000, 8_000, 10_000];

/// The levels offered: those that differ in rank, as plain people name them.
pub(super) const LEVELS: [Education; 5] = [
    Education::JuniorMiddle,
    Education::SeniorMiddle,
    Education::College,
    Education::Bachelor,
    Education::Master,
];

/// Conditions one can wish for.
pub(super) const CONDITIONS: [Condition; 6] = [
    Condition::Meals,
    Condition::Lodging,
    Condition::SocialInsurance,
    Condition::DayShifts,
    Condition::WeekendsOff,
    Condition::Shuttle,
];

/// Titles as they stand in a form of address, whatever the language of the page: booths read it.
pub(super) const TITLES: [(&str, &str); 2] = [("mr", "先生"), ("ms", "女士")];

/// The groups that may be named here. The sensitive ones need a separate consent, which only a
/// volunteer can take.
pub(super) fn groups() -> impl Iterator<Item = SeekerGroup> {
    SeekerGroup::ALL.iter().copied().filter(|group| !group.is_sensitive())
}

/// The form as the registration takes it. What names no value of ours is passed over: only a
/// form that was tampered with has it.
///
/// # Errors
/// `too_many_wishes`, `field_wrong`.
pub(super) fn read(form: &Fields) -> Result<SeekerForm, ApiError> {
    if form.get("guest").is_some() {
        return Ok(SeekerForm::default());
    }
    let wanted: Vec<Wanted> = form.all("want").filter_map(Wanted::from_key).collect();
    if wanted.len() > Wish::WANTED_MAX {
        let most = Wish::WANTED_MAX.to_string();
        return Err(ApiError::unprocessable("too_many_wishes").value("most", most));
    }
    let wish = Wish {
        wanted,
        pay_low: form.parsed("pay")?,
        districts: form.all("district").filter_map(District::from_key).collect(),
        education: form.filled("education").and_then(Education::from_key),
        conditions: form
            .all("condition")
            .filter_map(Condition::from_key)
            .fold(Conditions::NONE, Conditions::with),
        only_districts: form.get("only_districts").is_some(),
        no_nights: form.get("no_nights").is_some(),
    };
    // Sending the form is the agreement to the one purpose it states above its button; keeping
    // contact details is agreed to apart.
    let contact = form.get("contact").map(|_| Purpose::Contact);
    Ok(SeekerForm {
        form_of_address: form_of_address(form),
        name: form.filled("name").map(str::to_owned),
        phone: form.filled("phone").map(str::to_owned),
        wish,
        groups: form
            .all("group")
            .filter_map(SeekerGroup::from_key)
            .filter(|group| !group.is_sensitive())
            .collect(),
        purposes: [Purpose::Matching].into_iter().chain(contact).collect(),
        notice_version: None,
    })
}

/// The field beside which a refusal is shown.
pub(super) fn field_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "too_many_wishes" => "want",
        "bad_text" | "personal_on_plain" => "surname",
        "bad_phone" => "phone",
        "purpose_missing" => "contact",
        "field_wrong" => "pay",
        _ => return None,
    })
}

/// Surname and title as one writes them: 王女士.
fn form_of_address(form: &Fields) -> String {
    let surname = form.filled("surname").unwrap_or_default();
    let title = form.filled("title").and_then(|key| TITLES.iter().find(|(known, _)| *known == key));
    match title {
        Some((_, title)) => format!("{surname}{title}"),
        None => surname.to_owned(),
    }
}

/// What was filled in before, for showing the form again.
pub(super) struct Before<'a>(pub(super) &'a Fields);

impl Before<'_> {
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.0.all(name).any(|known| known == value)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(raw: &str) -> Fields {
        Fields::from_urlencoded(raw.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_read_as_it_was_filled_in() {
        let raw = "surname=+%E7%8E%8B+&title=ms&want=garment&want=catering&pay=5000\
                   &district=xigang&only_districts=1&education=college&condition=meals\
                   &no_nights=1&group=graduate&group=disabled&contact=1&phone=13800138000";
        let form = read(&fields(raw)).unwrap();
        assert_eq!(form.form_of_address, "王女士");
        let keys: Vec<_> = form.wish.wanted.iter().map(|wanted| wanted.key()).collect();
        assert_eq!(keys, ["garment", "catering"]);
        assert_eq!(form.wish.pay_low, Some(5_000));
        assert_eq!(form.wish.districts, [District::Xigang]);
        assert!(form.wish.only_districts && form.wish.no_nights);
        assert_eq!(form.wish.education, Some(Education::College));
        assert!(form.wish.conditions.has(Condition::Meals));
        assert_eq!(form.groups, [SeekerGroup::Graduate], "a sensitive group is not taken here");
        assert_eq!(form.purposes, [Purpose::Matching, Purpose::Contact]);
        assert_eq!(form.phone.as_deref(), Some("13800138000"));
    }

    #[test]
    fn a_guest_says_nothing_whatever_else_is_filled_in() {
        let form = read(&fields("surname=x&phone=13800138000&guest=1")).unwrap();
        assert!(form.form_of_address.is_empty() && form.phone.is_none());
        assert!(form.purposes.is_empty() && form.wish.is_empty());
    }

    #[test]
    fn too_many_wishes_are_refused_and_strange_values_passed_over() {
        let refused = read(&fields("want=garment&want=catering&want=retail&want=sales"));
        assert_eq!(refused.unwrap_err().code(), "too_many_wishes");
        let form = read(&fields("want=nonsense&district=mars&title=dr&pay=")).unwrap();
        assert!(form.wish.is_empty() && form.form_of_address.is_empty());
        assert_eq!(read(&fields("pay=much")).unwrap_err().code(), "field_wrong");
    }
}
