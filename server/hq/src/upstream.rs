//! The receiving end for sites: who may bring what, taking records over, enrolling.
//!
//! Invariants: a site brings its own records and those of stations that no other site has claimed,
//! never another site's; headquarters keeps open parts only, whatever a site sends along, and never a key.

use domain::command::Command;
use domain::event::{DeviceEnrolled, NodeRole};
use domain::ids::{NodeId, Seq};
use journal::{Entry, Head, Heads, Lost, NodeKey, NodePublic, StoreId};
use link::{Met, Taken, Upstream};
use office::Asked;
use store::{IncomingBatch, StoreError};
use sync::enrol::{EnrolRequest, Enrolled, Role, Statement};
use sync::receiver::{Directory, Trust};
use sync::{Refusal, RefusalCode, Stream};

use crate::hq::Hq;

impl Directory for Hq {
    fn own(&self) -> NodeId {
        self.office.me()
    }

    fn store(&self) -> StoreId {
        self.store_id
    }

    fn trust(&self, node: NodeId) -> Trust {
        self.look(|hq| match hq.enrolled_public(node) {
            None => Trust::Unknown,
            Some(_) if !hq.trusts(node) => Trust::Revoked,
            Some(public) => Trust::Trusted(public),
        })
    }

    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        if origin == self.office.me() {
            return false;
        }
        self.look(|hq| {
            let of_another_site = hq.enrolled_public(origin).is_some();
            let mut claimed = hq.sites_of(origin).peekable();
            !of_another_site && (claimed.peek().is_none() || claimed.any(|site| site == sender))
        })
    }

    fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
        self.look(|hq| {
            // A site that was given another's station may not read what was recorded at the other.
            hq.enrolled_public(origin).is_none() && hq.sites_of(origin).eq([sender])
        })
    }

    fn origin(&self, origin: NodeId) -> Option<NodePublic> {
        self.look(|hq| hq.public(origin))
    }
}

impl Upstream for Hq {
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

    async fn take(&self, batch: IncomingBatch) -> Result<Taken, StoreError> {
        let origin = batch.origin;
        let entries = batch.entries.iter().map(Entry::without_sealed).collect();
        let open = IncomingBatch::without_keys(origin, entries);
        // This machine judges nothing, so there is no judgement to write down.
        let taken = link::take(&self.office.store, open, |_| Vec::new()).await?;
        if taken.outcome.is_ok() {
            self.note_received(origin);
        }
        Ok(taken)
    }

    fn lacks(&self) -> Vec<Lost> {
        self.office.store.lost()
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
        let applicant = request.applicant().ok_or(RefusalCode::Damaged)?;
        let node = applicant.public.node_id();
        // A site whose trust was ended comes back only under a new identity.
        if matches!(self.trust(node), Trust::Revoked) {
            return Err(RefusalCode::RevokedSender.into());
        }
        let (code, grant) = self.redeem(&request)?;
        let device = DeviceEnrolled {
            node,
            role: NodeRole::Site,
            name: grant.name.clone(),
            public_keys: applicant.public.to_bytes(),
        };
        let asked = Asked { command: Command::EnrolDevice(device), actor: None, device: None };
        let answer = self.office.store.run(asked).await;
        answer.map_err(|error| link::refusal_of(&error))?.reply().map_err(|refusal| {
            tracing::warn!(%refusal, "a site was not enrolled");
            RefusalCode::Failed
        })?;
        tracing::info!(site = %node, name = grant.name, "a site was enrolled");
        let statement = Statement {
            node,
            role: Role::Site,
            name: grant.name,
            issuer: self.office.me(),
            fair: grant.fair,
            key_number: 1,
            issued_at_ms: office::now_ms(),
        };
        Ok(Enrolled::new(&code, &request, &statement, self.key()))
    }

    fn met(&self, met: Met) {
        self.contacts.greeted(met.sender, met.heads, office::now_ms());
    }
}

impl Hq {
    fn note_received(&self, origin: NodeId) {
        let now_ms = office::now_ms();
        let sites: Vec<NodeId> = self.look(|hq| match hq.enrolled_public(origin) {
            Some(_) => vec![origin],
            None => hq.sites_of(origin).collect(),
        });
        sites.into_iter().for_each(|site| self.contacts.received(site, now_ms));
    }
}
