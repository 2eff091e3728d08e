//! Tickets (入场码): 29 bytes behind a QR code that name a fair and a random id, and nothing about
//! the person.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format version (3 bits), rehearsal mark (1 bit), generation of the ticket key (4 bits) |
//! | 4 | fair |
//! | 10 | random id |
//! | 2 | first valid day (11 bits, from 2020-01-01 in steps as [`Day`] − base), further days (5 bits) |
//! | 2 | codes from which a station without a network suggests booths |
//! | 10 | HMAC-SHA256 over the above under the fair's ticket key, truncated |
//!
//! The id stands only here; everything else names the ticket by its [`Reference`], from which no
//! ticket can be made, not even with the key.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::day::{Day, Days};
use crate::ids::{FairTag, Reference};

/// Bytes of a ticket.
pub const TICKET_BYTES: usize = 29;
/// Characters of a ticket in base 32.
pub const TICKET_CHARACTERS: usize = 47;
/// The highest generation of a fair's ticket key: four bits of the ticket.
pub const MAX_GENERATION: u8 = 15;

const FORMAT_VERSION: u8 = 1;
const SIGNED_BYTES: usize = 19;
const MAC_BYTES: usize = TICKET_BYTES - SIGNED_BYTES;
const REHEARSAL_BIT: u8 = 0b0001_0000;
const MAC_CONTEXT: &[u8] = b"springbreeze ticket v1\0";
/// 2020-01-01 + 2,000 days = 2025-06-23: eleven bits from there reach into 2031.
const BASE_DAY: u16 = 2_000;

/// The secret of a ticket, in its QR code only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TicketId(pub [u8; 10]);

impl TicketId {
    /// What stands for the ticket everywhere else.
    #[must_use]
    pub fn reference(&self) -> Reference {
        let digest = Sha256::digest(self.0);
        let mut bytes = [0; 8];
        for (byte, of_digest) in bytes.iter_mut().zip(digest) {
            *byte = of_digest;
        }
        Reference(bytes)
    }
}

/// The key under which a fair's tickets are authenticated; every enrolled station holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketKey(pub [u8; 32]);

impl std::fmt::Debug for TicketKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("TicketKey(secret)")
    }
}

/// What a ticket says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Generation of the ticket key, 0 to [`MAX_GENERATION`].
    pub generation: u8,
    /// Issued while the fair was in rehearsal: good for nothing afterwards.
    pub rehearsal: bool,
    /// The fair.
    pub fair: FairTag,
    /// The secret id.
    pub id: TicketId,
    /// The days on which it is valid.
    pub days: Days,
    /// From which booths are suggested without a network: [`crate::matching::Wish::from_codes`].
    pub codes: [u8; 2],
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Ticket({}, {})", self.fair, self.reference())
    }
}

/// Why a text is not a ticket that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATicket {
    /// Not the characters or the length of a ticket.
    #[error("this is not a ticket")]
    Unreadable,
    /// Made by a later version of this software.
    #[error("this ticket needs a newer version of the software")]
    UnknownVersion,
}

/// A ticket whose authenticity has not been checked yet.
#[derive(Clone, Copy)]
pub struct UncheckedTicket {
    says: Ticket,
    bytes: [u8; TICKET_BYTES],
}

impl Ticket {
    /// What stands for the ticket everywhere but in its QR code.
    #[must_use]
    pub fn reference(&self) -> Reference {
        self.id.reference()
    }

    /// The text of the ticket under a key: 47 capitals and digits, the last part of its address.
    /// None if a day or the generation is outside what a ticket can hold.
    #[must_use]
    pub fn text(&self, key: &TicketKey) -> Option<String> {
        let mut bytes = Vec::with_capacity(TICKET_BYTES);
        let rehearsal = if self.rehearsal { REHEARSAL_BIT } else { 0 };
        if self.generation > MAX_GENERATION {
            return None;
        }
        bytes.push(FORMAT_VERSION << 5 | rehearsal | self.generation);
        bytes.extend_from_slice(&self.fair.0);
        bytes.extend_from_slice(&self.id.0);
        bytes.extend_from_slice(&pack_days(self.days)?.to_be_bytes());
        bytes.extend_from_slice(&self.codes);
        let mac = mac(key, &bytes);
        bytes.extend_from_slice(&mac);
        Some(BASE32_NOPAD.encode(&bytes))
    }
}

impl UncheckedTicket {
    /// Reads a scanned text: the ticket itself, or an address whose last part it is.
    ///
    /// # Errors
    /// [`NotATicket`] if the text has not the form of a ticket.
    pub fn read(scanned: &str) -> Result<Self, NotATicket> {
        let text = scanned.trim().trim_end_matches('/');
        let last = text.rsplit('/').next().unwrap_or(text);
        if last.len() != TICKET_CHARACTERS {
            return Err(NotATicket::Unreadable);
        }
        let decoded = BASE32_NOPAD
            .decode(last.to_ascii_uppercase().as_bytes())
            .map_err(|_| NotATicket::Unreadable)?;
        let bytes: [u8; TICKET_BYTES] = decoded.try_into().map_err(|_| NotATicket::Unreadable)?;
        Ok(Self { says: unpack(&bytes)?, bytes })
    }

    /// The fair it claims to be for.
    #[must_use]
    pub const fn claimed_fair(&self) -> FairTag {
        self.says.fair
    }

    /// The generation of the key that it claims to be made with.
    #[must_use]
    pub const fn claimed_generation(&self) -> u8 {
        self.says.generation
    }

    /// What stands for the ticket in records. Whoever shows the ticket of a reference that is known
    /// as handed out has it, whatever key it was made with: its id stands in no record.
    #[must_use]
    pub fn reference(&self) -> Reference {
        self.says.reference()
    }

    /// The ticket as it was handed out, where only its record and no key tells what it says.
    #[must_use]
    pub const fn as_recorded(&self, days: Days, codes: [u8; 2], rehearsal: bool) -> Ticket {
        Ticket { days, codes, rehearsal, ..self.says }
    }

    /// The ticket, if it was made with this key; none if it is forged or damaged.
    #[must_use]
    pub fn check(&self, key: &TicketKey) -> Option<Ticket> {
        let (signed, claimed) = self.bytes.split_at(SIGNED_BYTES);
        let genuine = bool::from(mac(key, signed).ct_eq(claimed));
        genuine.then_some(self.says)
    }
}

fn mac(key: &TicketKey, signed: &[u8]) -> [u8; MAC_BYTES] {
    let mut mac = <Hmac<Sha256>>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
    mac.update(MAC_CONTEXT);
    mac.update(signed);
    let full = mac.finalize().into_bytes();
    let mut short = [0; MAC_BYTES];
    for (byte, of_full) in short.iter_mut().zip(full) {
        *byte = of_full;
    }
    short
}

fn pack_days(days: Days) -> Option<u16> {
    let first = days.first.0.checked_sub(BASE_DAY).filter(|first| *first < 1 << 11)?;
    let further = days.last.0.checked_sub(days.first.0).filter(|further| *further < 1 << 5)?;
    Some(first << 5 | further)
}

fn unpack(bytes: &[u8; TICKET_BYTES]) -> Result<Ticket, NotATicket> {
    let (head, rest) = take::<1>(bytes)?;
    let (fair, rest) = take::<4>(rest)?;
    let (id, rest) = take::<10>(rest)?;
    let (days, rest) = take::<2>(rest)?;
    let (codes, _) = take::<2>(rest)?;
    let [head] = head;
    if head >> 5 != FORMAT_VERSION {
        return Err(NotATicket::UnknownVersion);
    }
    let days = u16::from_be_bytes(days);
    let first = Day((days >> 5) + BASE_DAY);
    Ok(Ticket {
        generation: head & MAX_GENERATION,
        rehearsal: head & REHEARSAL_BIT != 0,
        fair: FairTag(fair),
        id: TicketId(id),
        days: Days { first, last: first.plus(days & 0b1_1111) },
        codes,
    })
}

fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), NotATicket> {
    let (first, rest) = bytes.split_first_chunk().ok_or(NotATicket::Unreadable)?;
    Ok((*first, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticket(id: [u8; 10]) -> Ticket {
        let first: Day = "2026-03-05".parse().unwrap();
        Ticket {
            generation: 3,
            rehearsal: false,
            fair: FairTag([1, 2, 3, 4]),
            id: TicketId(id),
            days: Days::new(first, first.plus(1)).unwrap(),
            codes: [7, 9],
        }
    }

    const KEY: TicketKey = TicketKey([5; 32]);

    #[test]
    fn a_ticket_reads_back_from_its_address() {
        let ticket = ticket([9; 10]);
        let text = ticket.text(&KEY).unwrap();
        assert_eq!(text.len(), TICKET_CHARACTERS);
        for scanned in [
            text.clone(),
            format!("HTTP://192.168.1.10:8080/T/{text}"),
            format!("http://fair.example/t/{}/\r\n", text.to_lowercase()),
        ] {
            let read = UncheckedTicket::read(&scanned).unwrap();
            assert_eq!(read.check(&KEY), Some(ticket));
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let text = ticket([9; 10]).text(&KEY).unwrap();
        let read = UncheckedTicket::read(&text).unwrap();
        assert_eq!(read.check(&TicketKey([6; 32])), None);
    }

    #[test]
    fn days_out_of_range_make_no_ticket() {
        let mut early = ticket([0; 10]);
        early.days = Days { first: Day(10), last: Day(10) };
        assert_eq!(early.text(&KEY), None);
        early.days = Days { first: Day(2_100), last: Day(2_200) };
        assert_eq!(early.text(&KEY), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            let _ = UncheckedTicket::read(&text);
        }

        #[test]
        fn a_changed_bit_is_noticed(id: [u8; 10], place in 0_usize..TICKET_BYTES * 8) {
            let text = ticket(id).text(&KEY).unwrap();
            let mut bytes = BASE32_NOPAD.decode(text.as_bytes()).unwrap();
            bytes[place / 8] ^= 1 << (place % 8);
            let changed = BASE32_NOPAD.encode(&bytes);
            let checked = UncheckedTicket::read(&changed).ok().and_then(|read| read.check(&KEY));
            prop_assert_eq!(checked, None);
        }
    }
}
