//! The site as its stations see it: it takes their records, judges their scans, and publishes what
//! a station may know.

use domain::ids::{NodeId, Seq};
use domain::station::{ChangeList, StationSecrets, ViewUpdate, settings_for};
use journal::{Entry, Head, Heads, Lost, NodeKey, NodePublic, StoreId};
use link::{Met, Taken, Upstream};
use office::{Answer, OfficeMachine, random};
use store::{IncomingBatch, Machine, StoreError};
use sync::enrol::{EnrolRequest, Enrolled};
use sync::receiver::{Directory, Trust};
use sync::view::{VIEW_SECRETS_INFO, View};
use sync::{Refusal, Stream, StreamHead};

use crate::following::{Followed, erased_in};
use crate::machine::{FairMachine, ForStations};
use crate::promotion::PROMOTION_VERSION;
use crate::site::Site;

/// The most changes of one view: what a station that was away catches up on goes in several.
const CHANGES_MOST: usize = 10_000;

impl Directory for Site {
    fn own(&self) -> NodeId {
        self.office.me()
    }

    fn store(&self) -> StoreId {
        self.office.store.status().store
    }

    fn trust(&self, node: NodeId) -> Trust {
        if let Some(followed) = self.follows() {
            // While it follows, a standby takes from its site server, and from nobody else.
            let site = followed.public().filter(|site| site.node_id() == node);
            return site.map_or(Trust::Follows, Trust::Trusted);
        }
        if let Some(public) = self.superseded_public(node) {
            return Trust::Trusted(public);
        }
        self.fair(|fair| match fair.enrolled(node) {
            None => Trust::Unknown,
            Some(_) if fair.is_revoked(node) => Trust::Revoked,
            Some(_) if fair.is_superseded(self.office.me()) => Trust::Follows,
            Some(device) => {
                NodePublic::from_bytes(&device.public_keys).map_or(Trust::Unknown, Trust::Trusted)
            }
        })
    }

    fn is_trusted(&self, node: NodeId) -> bool {
        match self.follows() {
            Some(followed) => followed.node() == Some(node),
            None => {
                self.fair(|fair| {
                    fair.device(node).is_some() && !fair.is_superseded(self.office.me())
                }) || self.superseded_public(node).is_some()
            }
        }
    }

    /// A station brings its own records only; the site server brings everybody's to its standby, and goes on
    /// doing so after that one has taken its place.
    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        let relays = || self.is_standby() || self.superseded_public(sender).is_some();
        sender == origin || (origin != self.office.me() && relays())
    }

    fn origin(&self, origin: NodeId) -> Option<NodePublic> {
        let enrolled = self.fair(|fair| {
            let device = fair.enrolled(origin)?;
            NodePublic::from_bytes(&device.public_keys).ok()
        });
        enrolled.or_else(|| self.superseded_public(origin))
    }
}

impl Upstream for Site {
    fn key(&self) -> &NodeKey {
        self.office.store.key()
    }

    fn software(&self) -> &str {
        crate::SOFTWARE
    }

    fn now_ms(&self) -> u64 {
        office::now_ms()
    }

    fn heads(&self) -> Heads {
        self.office.store.heads()
    }

    fn heads_of(&self, origin: NodeId) -> Heads {
        self.office.store.heads_of(origin)
    }

    /// What a station's seekers said is read here, and no longer there.
    fn takes_keys(&self) -> bool {
        true
    }

    async fn take(&self, batch: IncomingBatch) -> Result<Taken, StoreError> {
        let origin = batch.origin;
        self.heard.note(origin);
        self.forget_what_another_erased(&batch).await?;
        if self.is_standby() {
            return link::take(self.store(), batch, |_| Vec::new()).await;
        }
        let waits = self.standby.is_waited_for();
        let last = batch.entries.last().filter(|_| waits).and_then(|entry| entry.record().ok());
        let last = last.map(|record| (Stream { origin, epoch: record.epoch }, record.seq));
        let taken = link::take(&self.office.store, batch, judgement).await?;
        self.replenish(origin).await;
        if let Some((stream, seq)) = last {
            self.standby.wait_for(stream, || taken.outcome.is_ok().then_some(seq)).await;
        }
        Ok(taken)
    }

    /// How far headquarters has a station's records.
    fn above(&self, origin: NodeId) -> Vec<StreamHead> {
        let Some(status) = self.headquarters.status() else { return Vec::new() };
        let streams = status.sync.streams.into_iter().filter(|(of, _)| of.origin == origin);
        streams
            .filter_map(|(_, known)| Some(StreamHead { origin, head: known.receiver? }))
            .collect()
    }

    fn lacks(&self) -> Vec<Lost> {
        self.office.store.lacks()
    }

    async fn stored(
        &self,
        stream: Stream,
        from: Seq,
        max_bytes: usize,
    ) -> Option<(Head, Vec<Entry>)> {
        link::stored(&self.office.store, stream, from, max_bytes).await
    }

    async fn enrol(&self, request: EnrolRequest) -> Result<Enrolled, Refusal> {
        self.enrol_station(&request).await
    }

    fn view_version(&self, station: NodeId) -> u64 {
        if self.is_site_server(station) {
            return if self.promotion_for(station).is_some() { PROMOTION_VERSION } else { 0 };
        }
        let changes = self.office.store.read(|machine| machine.changes().len());
        self.changes_here().cursor(place_of(changes))
    }

    async fn view(&self, station: NodeId, since: u64) -> Option<View> {
        if self.is_site_server(station) {
            let promotion = self.promotion_for(station).filter(|_| since < PROMOTION_VERSION)?;
            let body = minicbor::to_vec(&promotion).ok()?;
            return Some(View::new(PROMOTION_VERSION, body, None));
        }
        let list = self.changes_here();
        let update = self.office.store.read(|machine| update(machine, list, station, since))?;
        let version = update.to;
        let body = minicbor::to_vec(&update).ok()?;
        let sealed = match update.settings {
            Some(_) => Some(self.secrets_for(station)?),
            None => None,
        };
        Some(View::new(version, body, sealed))
    }

    fn met(&self, met: Met) {
        self.heard.note(met.sender);
    }
}

impl Site {
    /// What the site server that this machine follows, or followed, has erased is erased here before its
    /// record is acknowledged.
    async fn forget_what_another_erased(&self, batch: &IncomingBatch) -> Result<(), StoreError> {
        let followed = self.standby.followed.as_ref().and_then(Followed::node);
        if followed != Some(batch.origin) {
            return Ok(());
        }
        let erased = erased_in(&batch.entries);
        if erased.is_empty() { Ok(()) } else { self.store().forget(erased).await.map(|_| ()) }
    }

    fn changes_here(&self) -> ChangeList {
        let rules = FairMachine::RULES.unwrap_or_default();
        ChangeList::new(self.office.store.reader().store_id().0, rules)
    }

    /// The ticket keys, sealed to a station's key.
    fn secrets_for(&self, station: NodeId) -> Option<Vec<u8>> {
        let ticket_keys = self.keys.all().into_iter();
        let ticket_keys = ticket_keys.map(|(generation, key)| (generation, key.0.into()));
        let secrets = StationSecrets { ticket_keys: ticket_keys.collect() };
        let plain = zeroize::Zeroizing::new(minicbor::to_vec(&secrets).ok()?);
        let seed = journal::identity::LetterSeed(random::bytes().ok()?);
        let public = self.origin(station)?;
        public.seal_letter(VIEW_SECRETS_INFO, &station.0, &plain, seed).ok()
    }
}

/// What a station gets that has everything up to the cursor `since`, from the machine's list of changes;
/// none if there is nothing new.
#[must_use]
pub fn update(
    machine: &FairMachine,
    list: ChangeList,
    station: NodeId,
    since: u64,
) -> Option<ViewUpdate> {
    let changes = machine.changes();
    // A station that claims more than there is has seen another list, too: it begins anew.
    let most = place_of(changes.len());
    let from = Some(list.changes(since)).filter(|from| *from <= most).unwrap_or(0);
    let new: Vec<ForStations> =
        changes.range(from..).take(CHANGES_MOST).map(|(_, change)| *change).collect();
    if new.is_empty() {
        return None;
    }
    let told = new.contains(&ForStations::Settings) || from == 0;
    let tickets = new.iter().filter_map(|change| match change {
        ForStations::Settings => None,
        ForStations::Ticket(change) => Some(*change),
    });
    Some(ViewUpdate {
        from: list.cursor(from),
        to: list.cursor(from.saturating_add(place_of(new.len()))),
        settings: told.then(|| settings_for(machine.fair(), machine.node(), station)).flatten(),
        changes: tickets.collect(),
    })
}

fn place_of(changes: usize) -> u32 {
    u32::try_from(changes).unwrap_or(u32::MAX)
}

/// A verdict as the station reads it.
fn judgement(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Judged(verdict) => minicbor::to_vec(verdict).unwrap_or_default(),
        Answer::Done(_) | Answer::Refused(_) => Vec::new(),
    }
}
