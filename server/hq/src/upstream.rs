//! The receiving end for sites: who may bring what, taking records over, enrolling.
//!
//! Invariants: a site brings its own records and those of stations that no other site has claimed,
//! never another site's; headquarters keeps open parts only, whatever a site sends along, and never a key.

use domain::command::Command;
use domain::event::{DeviceEnrolled, NodeReplaced, NodeRole, RecordRange};
use domain::ids::{NodeId, Seq};
use journal::{Entry, Head, Heads, Lost, NodeKey, NodePublic, StoreId};
use link::{Met, Taken, Upstream};
use office::Asked;
use store::{IncomingBatch, StoreError};
use sync::enrol::{EnrolRequest, Enrolled, Role, Statement};
use sync::receiver::{Directory, Trust};
use sync::{Range, Refusal, RefusalCode, Stream};

use crate::hq::Hq;

impl Directory for Hq {
    fn own(&self) -> NodeId {
        self.office.me()
    }

    fn store(&self) -> StoreId {
        self.store_id
    }

    fn trust(&self, node: NodeId) -> Trust {
        self.look(|hq| match hq.site_public(node) {
            None => Trust::Unknown,
            Some(_) if !hq.trusts(node) => Trust::Revoked,
            Some(public) => Trust::Trusted(public),
        })
    }

    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        self.look(|hq| hq.may_relay(sender, origin))
    }

    fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
        self.look(|hq| hq.gives_back(sender, origin))
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
        let replaced = grant.replaces.map(|lost| self.replacement(node, lost));
        // A fair of its own would get mixed up with the other's.
        if replaced.is_some() && !applicant.name.is_empty() {
            return Err(RefusalCode::OriginNotAllowed.into());
        }
        let command = match replaced.clone() {
            Some(replaced) => Command::ReplaceNode(Some(device), replaced),
            None => Command::EnrolDevice(device),
        };
        let asked = Asked { command, actor: None, device: None };
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
            missing: replaced.as_ref().map(|it| it.missing.iter().map(range).collect()),
            before: replaced.map(|it| it.before),
        };
        Ok(Enrolled::new(&code, &request, &statement, self.key()))
    }

    fn met(&self, met: Met) {
        self.contacts.greeted(met.sender, met.heads, office::now_ms());
    }
}

fn range(range: &RecordRange) -> Range {
    let RecordRange { origin, epoch, first, last } = *range;
    Range { origin, epoch, first, last }
}

impl Hq {
    /// How a node takes the place of a lost one.
    fn replacement(&self, node: NodeId, lost: NodeId) -> NodeReplaced {
        let mut before = vec![lost];
        self.look(|hq| before.extend(hq.replaced(lost).iter().flat_map(|it| &it.before)));
        before.retain(|other| *other != node);
        let heads = self.office.store.heads();
        let missing = self.contacts.of(lost).map(|contact| contact.lacking(&heads));
        NodeReplaced { node, before, missing: missing.unwrap_or_default(), public_keys: None }
    }

    fn note_received(&self, origin: NodeId) {
        let now_ms = office::now_ms();
        let sites: Vec<NodeId> = self.look(|hq| match hq.site_public(origin) {
            Some(_) => vec![origin],
            None => hq.sites_of(origin).map(|site| hq.last_of_line(site)).collect(),
        });
        sites.into_iter().for_each(|site| self.contacts.received(site, now_ms));
    }
}
