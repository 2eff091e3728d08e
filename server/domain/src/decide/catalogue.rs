//! Taking in employers, postings and booths: all or nothing, and only what changed, so that the
//! same spreadsheet can be read again.

use std::collections::BTreeMap;

use super::{Decided, Fact, running};
use crate::command::{Catalogue, Reply};
use crate::employer::BoothNumber;
use crate::event::{BoothAssigned, EmployerAdded, PostingPublished};
use crate::fair::Fair;
use crate::ids::EmployerId;
use crate::refusal::Refusal;

pub(super) fn import(fair: &Fair, catalogue: &Catalogue) -> Result<Decided, Refusal> {
    running(fair)?;
    let mut facts = Vec::new();
    let mut booths: BTreeMap<BoothNumber, EmployerId> = fair.booths().collect();
    let (mut employers, mut postings) = (fair.employers().count(), fair.postings().count());
    for employer in &catalogue.employers {
        let known = fair.employer(employer.id);
        employers += usize::from(known.is_none());
        if known != Some(employer) {
            facts.push(Fact::open(EmployerAdded { employer: employer.clone() }));
        }
    }
    for (booth, employer) in &catalogue.booths {
        if booths.insert(*booth, *employer) != Some(*employer) {
            facts.push(Fact::open(BoothAssigned { booth: *booth, employer: *employer }));
        }
    }
    for posting in &catalogue.postings {
        let known = fair.posting(posting.id);
        postings += usize::from(known.is_none());
        if known != Some(posting) {
            facts.push(Fact::open(PostingPublished { posting: posting.clone() }));
        }
    }
    let reply = Reply::Imported { employers, postings, booths: booths.len() };
    Ok(Decided { facts, reply })
}
