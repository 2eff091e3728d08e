//! Setting up, opening and closing the fair.

use super::{Decided, Fact, SITE_NUMBERS, running};
use crate::event::{FairClosed, FairOpened, FairPlanned, TicketKeyDrawn};
use crate::fair::Fair;
use crate::ids::{FairTag, NodeId};
use crate::refusal::Refusal;
use crate::ticket::{MAX_GENERATION, TICKET_CHARACTERS, Ticket, TicketId, TicketKey};
use crate::verdict::Stage;

/// Characters of a QR code of 33 modules (version 4) at error correction M, alphanumeric:
/// ISO/IEC 18004, table 7. Longer codes are read badly by cheap cameras.
const QR_CHARACTERS: usize = 90;
/// What stands between the address and the ticket.
pub const TICKET_PATH: &str = "/T/";
/// The longest name or place, in characters.
const MAX_CHARACTERS: usize = 80;

pub(super) fn plan(
    fair: &Fair,
    me: NodeId,
    planned: &FairPlanned,
    first_key: &TicketKey,
) -> Result<Decided, Refusal> {
    if fair.stage() == Stage::Closed {
        return Err(Refusal::FairClosed);
    }
    if fair.tag().is_some_and(|tag| tag != planned.fair) {
        return Err(Refusal::FairIsAnother);
    }
    check_text(&planned.name)?;
    check_text(&planned.place)?;
    check_days(planned)?;
    check_address(&planned.address)?;
    let mut facts = vec![Fact::open(planned.clone())];
    if fair.key_generation().is_none() {
        facts.push(key_drawn(0, first_key));
    }
    if fair.numbers().left_for(me) == 0 {
        facts.extend(fair.numbers().free_block(me, SITE_NUMBERS).map(Fact::open));
    }
    Ok(Decided::done(facts))
}

/// The next generation. Once there is a standby, every other one is left to it: should both draw one, each
/// unheard by the other, a generation has one key all the same.
pub(super) fn draw_key(fair: &Fair, me: NodeId, key: &TicketKey) -> Result<Decided, Refusal> {
    running(fair)?;
    let next = fair.key_generation().map_or(0, |generation| generation + 1);
    let mine = u32::from(next) % 2 == fair.place_in_line(me) % 2;
    let next = if fair.standby().is_none() || mine { next } else { next + 1 };
    if next > MAX_GENERATION {
        return Err(Refusal::KeysUsedUp);
    }
    Ok(Decided::done(vec![key_drawn(next, key)]))
}

pub(super) fn open(fair: &Fair) -> Result<Decided, Refusal> {
    match fair.stage() {
        Stage::Unplanned => Err(Refusal::FairNotPlanned),
        Stage::Open => Err(Refusal::FairAlreadyOpen),
        Stage::Closed => Err(Refusal::FairClosed),
        Stage::Rehearsal if fair.booths().next().is_none() => Err(Refusal::NoBooths),
        Stage::Rehearsal => Ok(Decided::done(vec![Fact::open(FairOpened {})])),
    }
}

pub(super) fn close(fair: &Fair) -> Result<Decided, Refusal> {
    match fair.stage() {
        Stage::Open => Ok(Decided::done(vec![Fact::open(FairClosed {})])),
        Stage::Closed => Err(Refusal::FairClosed),
        Stage::Unplanned | Stage::Rehearsal => Err(Refusal::FairNotOpen),
    }
}

fn key_drawn(generation: u8, key: &TicketKey) -> Fact {
    let secrets = vec![key.0.to_vec()];
    Fact { event: TicketKeyDrawn { generation }.into(), secrets }
}

fn check_text(text: &str) -> Result<(), Refusal> {
    let length = text.trim().chars().count();
    if length == 0 || length > MAX_CHARACTERS || text.chars().any(char::is_control) {
        return Err(Refusal::BadText);
    }
    Ok(())
}

/// Days are good if a ticket can say them.
fn check_days(planned: &FairPlanned) -> Result<(), Refusal> {
    let probe = Ticket {
        generation: 0,
        rehearsal: false,
        fair: FairTag([0; 4]),
        id: TicketId([0; 10]),
        days: planned.days,
        codes: [0; 2],
    };
    probe.text(&TicketKey([0; 32])).map(|_| ()).ok_or(Refusal::BadDays)
}

fn check_address(address: &str) -> Result<(), Refusal> {
    let upper = address.to_ascii_uppercase();
    let host = upper.strip_prefix("HTTP://").or_else(|| upper.strip_prefix("HTTPS://"));
    let in_qr = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-.:".contains(c);
    match host {
        Some(host) if !host.is_empty() && host.chars().all(in_qr) => {}
        _ => return Err(Refusal::BadAddress),
    }
    if upper.len() + TICKET_PATH.len() + TICKET_CHARACTERS > QR_CHARACTERS {
        return Err(Refusal::BadAddress);
    }
    Ok(())
}
