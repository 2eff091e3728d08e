//! The state of a fair: what all records of all its nodes add up to.
//!
//! Invariant: folding commutes across origins. Any arrival order that keeps each origin's own order
//! gives the same state, since kiosks that were offline deliver late.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use minicbor::{Decode, Encode};

use crate::employer::{BoothNumber, Employer, Posting};
use crate::event::{
    DeviceEnrolled, Event, FairPlanned, HeadquartersLinked, NodeReplaced, SiteFollowed,
};
use crate::ids::{AccountId, EmployerId, Epoch, FairTag, Hlc, NodeId, PostingId, Seq};
use crate::role::Role;
use crate::state::{Packed, Shared};
use crate::verdict::Stage;

mod disagreement;
mod ledger;
mod numbers;

pub use disagreement::{Disagreement, Subject};
pub use ledger::{Ledger, Shift, Talk, TicketState, Visit};
pub use numbers::{Numbers, first_of};

/// What a record says about itself, beside its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Stamp {
    /// The node on which it happened.
    #[n(0)]
    pub origin: NodeId,
    /// Which run of that node's process.
    #[n(1)]
    pub epoch: Epoch,
    /// Its place there.
    #[n(2)]
    pub seq: Seq,
    /// The origin's clock, which never goes back: what comes later there is later.
    #[n(3)]
    pub time: Hlc,
    /// When, for people: what the wall clock said.
    #[n(6)]
    pub at: Hlc,
    /// Whose account did it.
    #[n(4)]
    pub actor: Option<AccountId>,
    /// It happened in rehearsal.
    #[n(5)]
    pub rehearsal: bool,
}

/// A value that the latest record decides; ties go to the higher origin.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Latest<T> {
    #[n(0)]
    order: (Hlc, NodeId),
    /// The value.
    #[n(1)]
    pub value: T,
}

impl<T: Packed> Packed for Latest<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.order.put(out);
        self.value.put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Some(Self { order: Packed::take(input)?, value: T::take(input)? })
    }
}

/// A staff account, without anything that names its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// Its role.
    #[n(0)]
    pub role: Role,
    /// The booth of a booth's account.
    #[n(1)]
    pub booth: Option<BoothNumber>,
}

/// The state of a fair.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct Fair {
    #[n(0)]
    settings: Shared<Option<Latest<FairPlanned>>>,
    #[n(1)]
    opened: Option<Hlc>,
    #[n(2)]
    closed: Option<Hlc>,
    #[n(3)]
    key_generation: Option<u8>,
    #[n(4)]
    employers: Shared<BTreeMap<EmployerId, Latest<Employer>>>,
    #[n(5)]
    postings: Shared<BTreeMap<PostingId, Latest<Posting>>>,
    #[n(6)]
    booths: Shared<BTreeMap<BoothNumber, Latest<EmployerId>>>,
    #[n(7)]
    accounts: Shared<HashMap<AccountId, Account>>,
    #[n(8)]
    disabled: Shared<HashSet<AccountId>>,
    #[n(9)]
    devices: Shared<BTreeMap<NodeId, Latest<DeviceEnrolled>>>,
    #[n(10)]
    revoked: Shared<BTreeSet<NodeId>>,
    #[n(11)]
    headquarters: Shared<Option<Latest<HeadquartersLinked>>>,
    #[n(12)]
    numbers: Numbers,
    #[n(13)]
    rehearsal: Ledger,
    #[n(14)]
    live: Ledger,
    #[n(15)]
    catalogue_version: u64,
    #[n(16)]
    replaced: BTreeMap<NodeId, NodeReplaced>,
    #[n(17)]
    standby: Option<Latest<SiteFollowed>>,
}

impl Fair {
    /// Its settings, once somebody has set it up.
    #[must_use]
    pub fn settings(&self) -> Option<&FairPlanned> {
        self.settings.as_ref().map(|latest| &latest.value)
    }

    /// How records name it.
    #[must_use]
    pub fn tag(&self) -> Option<FairTag> {
        self.settings().map(|settings| settings.fair)
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match (&*self.settings, self.opened, self.closed) {
            (None, ..) => Stage::Unplanned,
            (_, None, _) => Stage::Rehearsal,
            (_, Some(_), None) => Stage::Open,
            (_, Some(_), Some(_)) => Stage::Closed,
        }
    }

    /// What counts now: the rehearsal's ledger until the fair opens, the fair's own from then on.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        match self.stage() {
            Stage::Unplanned | Stage::Rehearsal => &self.rehearsal,
            Stage::Open | Stage::Closed => &self.live,
        }
    }

    /// What happened at the open fair, whatever stage it is in.
    #[must_use]
    pub const fn live(&self) -> &Ledger {
        &self.live
    }

    /// The newest generation of the ticket key.
    #[must_use]
    pub const fn key_generation(&self) -> Option<u8> {
        self.key_generation
    }

    /// The employers, by id.
    pub fn employers(&self) -> impl Iterator<Item = &Employer> {
        self.employers.values().map(|latest| &latest.value)
    }

    /// An employer.
    #[must_use]
    pub fn employer(&self, id: EmployerId) -> Option<&Employer> {
        self.employers.get(&id).map(|latest| &latest.value)
    }

    /// The postings, by id.
    pub fn postings(&self) -> impl Iterator<Item = &Posting> {
        self.postings.values().map(|latest| &latest.value)
    }

    /// A posting.
    #[must_use]
    pub fn posting(&self, id: PostingId) -> Option<&Posting> {
        self.postings.get(&id).map(|latest| &latest.value)
    }

    /// The booths and who has them, in the order of their numbers.
    pub fn booths(&self) -> impl Iterator<Item = (BoothNumber, EmployerId)> {
        self.booths.iter().map(|(booth, latest)| (*booth, latest.value))
    }

    /// Who has a booth.
    #[must_use]
    pub fn booth(&self, booth: BoothNumber) -> Option<EmployerId> {
        self.booths.get(&booth).map(|latest| latest.value)
    }

    /// Changes with every change of employers, postings and booths.
    #[must_use]
    pub const fn catalogue_version(&self) -> u64 {
        self.catalogue_version
    }

    /// A staff account that is not closed.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Account> {
        self.accounts.get(&id).copied().filter(|_| !self.disabled.contains(&id))
    }

    /// All staff accounts that are not closed, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, Account)> {
        self.accounts
            .iter()
            .filter(|(id, _)| !self.disabled.contains(*id))
            .map(|(id, account)| (*id, *account))
    }

    /// A node that is trusted.
    #[must_use]
    pub fn device(&self, node: NodeId) -> Option<&DeviceEnrolled> {
        self.enrolled(node).filter(|_| !self.is_revoked(node))
    }

    /// A node as it was enrolled, trusted or not any more.
    #[must_use]
    pub fn enrolled(&self, node: NodeId) -> Option<&DeviceEnrolled> {
        self.devices.get(&node).map(|latest| &latest.value)
    }

    /// Whether a node's trust ended.
    #[must_use]
    pub fn is_revoked(&self, node: NodeId) -> bool {
        self.revoked.contains(&node)
    }

    /// All nodes ever enrolled.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceEnrolled> {
        self.devices.values().map(|latest| &latest.value)
    }

    /// How a node took the place of one that was lost, if it did.
    #[must_use]
    pub fn replaced(&self, node: NodeId) -> Option<&NodeReplaced> {
        self.replaced.get(&node)
    }

    /// Those whose place a node took, the latest first.
    #[must_use]
    pub fn before(&self, node: NodeId) -> &[NodeId] {
        self.replaced.get(&node).map_or(&[], |replaced| &replaced.before)
    }

    /// How many machines a node follows in the same place: 0 for a site's first.
    #[must_use]
    pub fn place_in_line(&self, node: NodeId) -> u32 {
        u32::try_from(self.before(node).len()).unwrap_or(u32::MAX)
    }

    /// The first of the nodes that stood in a node's place.
    #[must_use]
    pub fn first_of_line(&self, node: NodeId) -> NodeId {
        self.before(node).last().copied().unwrap_or(node)
    }

    /// The last of the nodes that stood in a node's place.
    #[must_use]
    pub fn last_of_line(&self, node: NodeId) -> NodeId {
        let after = self.replaced.values().filter(|replaced| replaced.before.contains(&node));
        after.max_by_key(|replaced| replaced.before.len()).map_or(node, |replaced| replaced.node)
    }

    /// Whether another node took a node's place.
    #[must_use]
    pub fn is_superseded(&self, node: NodeId) -> bool {
        self.last_of_line(node) != node
    }

    /// The public keys, as those of a node, of machines whose place others took, as far as these told.
    pub fn replaced_keys(&self) -> impl Iterator<Item = &[u8; 64]> {
        self.replaced.values().filter_map(|replaced| replaced.public_keys.as_ref())
    }

    /// Under which identity headquarters knows this site.
    #[must_use]
    pub fn headquarters(&self) -> Option<&HeadquartersLinked> {
        self.headquarters.as_ref().map(|latest| &latest.value)
    }

    /// The machine that follows the site server; the latest one named.
    #[must_use]
    pub fn standby(&self) -> Option<&SiteFollowed> {
        self.standby.as_ref().map(|latest| &latest.value)
    }

    /// The short numbers granted and used.
    #[must_use]
    pub const fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Takes one record into the state.
    pub fn fold(&mut self, stamp: &Stamp, event: &Event) {
        match event {
            Event::FairPlanned(planned) => {
                latest(&mut self.settings, stamp, || planned.clone());
                self.catalogue_version += 1;
            }
            Event::TicketKeyDrawn(drawn) => {
                self.key_generation = self.key_generation.max(Some(drawn.generation));
            }
            Event::FairOpened(_) => earliest(&mut self.opened, stamp.time),
            Event::FairClosed(_) => earliest(&mut self.closed, stamp.time),
            Event::EmployerAdded(_) | Event::PostingPublished(_) | Event::BoothAssigned(_) => {
                self.fold_catalogue(stamp, event);
            }
            Event::AccountCreated(created) => {
                let account = Account { role: created.role, booth: created.booth };
                self.accounts.entry(created.account).or_insert(account);
            }
            Event::AccountDisabled(closed) => {
                self.disabled.insert(closed.account);
            }
            Event::DeviceEnrolled(enrolled) => {
                newest(&mut self.devices, enrolled.node, stamp, || enrolled.clone());
            }
            Event::DeviceRevoked(revoked) => {
                self.revoked.insert(revoked.node);
            }
            Event::NodeReplaced(replaced) => {
                self.replaced.entry(replaced.node).or_insert_with(|| replaced.clone());
            }
            Event::NumbersGranted(granted) => self.numbers.grant(granted),
            Event::HeadquartersLinked(linked) => {
                latest(&mut self.headquarters, stamp, || linked.clone());
            }
            Event::SiteFollowed(standby) => latest(&mut self.standby, stamp, || standby.clone()),
            _ => self.fold_ledger(stamp, event),
        }
    }

    fn fold_ledger(&mut self, stamp: &Stamp, event: &Event) {
        if let Event::TicketIssued(issued) = event {
            self.numbers.note_issued(issued.number);
        }
        let ledger = if stamp.rehearsal { &mut self.rehearsal } else { &mut self.live };
        ledger.fold(stamp, event);
    }

    fn fold_catalogue(&mut self, stamp: &Stamp, event: &Event) {
        self.catalogue_version += 1;
        match event {
            Event::EmployerAdded(added) => {
                let employer = &added.employer;
                newest(&mut self.employers, employer.id, stamp, || employer.clone());
            }
            Event::PostingPublished(published) => {
                let posting = &published.posting;
                newest(&mut self.postings, posting.id, stamp, || posting.clone());
            }
            Event::BoothAssigned(assigned) => {
                newest(&mut self.booths, assigned.booth, stamp, || assigned.employer);
            }
            _ => {}
        }
    }
}

fn earliest(slot: &mut Option<Hlc>, time: Hlc) {
    *slot = Some(slot.map_or(time, |known| known.min(time)));
}

fn latest<T>(slot: &mut Option<Latest<T>>, stamp: &Stamp, value: impl FnOnce() -> T) {
    let order = (stamp.time, stamp.origin);
    if slot.as_ref().is_none_or(|known| known.order <= order) {
        *slot = Some(Latest { order, value: value() });
    }
}

fn newest<K: Ord, T>(
    map: &mut BTreeMap<K, Latest<T>>,
    key: K,
    stamp: &Stamp,
    value: impl FnOnce() -> T,
) {
    let order = (stamp.time, stamp.origin);
    match map.get_mut(&key) {
        Some(known) if known.order > order => {}
        Some(known) => *known = Latest { order, value: value() },
        None => {
            map.insert(key, Latest { order, value: value() });
        }
    }
}
