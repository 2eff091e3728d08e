//! Checking in whoever presents a ticket or a number at the site.

use super::{Decided, Fact};
use crate::command::{Presentation, Reply, Scan, Scanned};
use crate::event::{ScanRefused, SeekerCheckedIn};
use crate::fair::Fair;
use crate::ids::ShortNumber;
use crate::verdict::{Doubt, Presented, Stage, Verdict, admit};

pub(super) fn check_in(fair: &Fair, scan: &Scan) -> Decided {
    let scanned = look(fair, scan);
    let method = scan.method;
    let fact = match scanned.reference {
        Some(reference) if scanned.verdict.admits() => Fact::open(SeekerCheckedIn {
            reference,
            day: scan.today,
            method,
            verdict: scanned.verdict,
        }),
        reference => Fact::open(ScanRefused { reference, method, verdict: scanned.verdict }),
    };
    Decided { facts: vec![fact], reply: Reply::Scanned(scanned) }
}

fn look(fair: &Fair, scan: &Scan) -> Scanned {
    match scan.presented {
        Presentation::Refused(verdict) => {
            Scanned { verdict, reference: None, number: None, codes: [0; 2] }
        }
        Presentation::Ticket(ticket) => {
            let reference = ticket.reference();
            let known = fair.ledger().known(reference, scan.today);
            let issued = fair.ledger().ticket(reference).and_then(|state| state.issued);
            let old_key = Some(ticket.generation) < fair.key_generation();
            let presented = Presented {
                days: ticket.days,
                rehearsal: ticket.rehearsal,
                doubtful_key: old_key && issued.is_none(),
                today: Some(scan.today),
            };
            Scanned {
                verdict: admit(fair.stage(), presented, known),
                reference: Some(reference),
                number: issued.map(|issued| issued.number),
                codes: ticket.codes,
            }
        }
        Presentation::Number(number) => by_number(fair, scan, number),
    }
}

fn by_number(fair: &Fair, scan: &Scan, number: ShortNumber) -> Scanned {
    let ledger = fair.ledger();
    let found = ledger.by_number(number).and_then(|reference| {
        let issued = ledger.ticket(reference)?.issued?;
        Some((reference, issued))
    });
    let Some((reference, issued)) = found else {
        let verdict = Verdict::AskVolunteer { reason: Doubt::UnknownNumber };
        return Scanned { verdict, reference: None, number: None, codes: [0; 2] };
    };
    // A number is looked up in the ledger that counts now, so its mark fits the stage.
    let rehearsal = fair.stage() != Stage::Open;
    let (days, today) = (issued.days, Some(scan.today));
    let presented = Presented { days, rehearsal, doubtful_key: false, today };
    let known = ledger.known(reference, scan.today);
    Scanned {
        verdict: admit(fair.stage(), presented, known),
        reference: Some(reference),
        number: Some(number),
        codes: issued.codes,
    }
}

/// What the site makes of a check-in that a station recorded, in rehearsal or not: the stricter of
/// the two. The station has checked the ticket itself.
#[must_use]
pub fn judge(fair: &Fair, scan: &SeekerCheckedIn, rehearsal: bool) -> Verdict {
    let recorded = scan.verdict;
    if !recorded.admits() {
        return recorded;
    }
    let doubt = |reason| Verdict::AskVolunteer { reason };
    match fair.stage() {
        Stage::Closed => return doubt(Doubt::FairClosed),
        stage if (stage == Stage::Rehearsal) != rehearsal => return doubt(Doubt::RehearsalMixed),
        _ => {}
    }
    let known = fair.ledger().known(scan.reference, scan.day);
    if known.revoked {
        return doubt(Doubt::TicketRevoked);
    }
    match known.present {
        Some((at, station)) => Verdict::AlreadyCheckedIn { at, station },
        None => recorded,
    }
}
