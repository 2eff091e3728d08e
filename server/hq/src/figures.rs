//! The figures of every site and of all together, as far as records have arrived.
//!
//! A site's statistics are computed anew only when a record of it was folded since: a look at an
//! unchanged headquarters costs nothing, and the writer waits only while one fair is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::event::{DeviceEnrolled, FairPlanned, NodeReplaced, RecordRange};
use domain::ids::{Hlc, NodeId, Seq};
use domain::statistics::Statistics;
use domain::verdict::Stage;
use journal::{Head, Heads};
use office::{OfficeMachine, lock};
use web::Stop;

use crate::contacts::{Contact, Standing, standing};
use crate::hq::Hq;
use crate::machine::Site;
use crate::totals;

/// How often at most live pages are told.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How often live pages are told that nothing changed, so that a site grows silent before their
/// eyes.
const TELL_ANYWAY: Duration = Duration::from_secs(5);

/// One site.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteFigures {
    /// Its node.
    pub node: NodeId,
    /// Its name, as enrolled.
    pub name: String,
    /// Its fair's settings, once they have arrived.
    pub fair: Option<FairPlanned>,
    /// Where its fair stands.
    pub stage: Stage,
    /// What counts of it.
    pub statistics: Arc<Statistics>,
    /// Records held of it and its stations, the journals' own included.
    pub records: u64,
    /// How far each run of it and of its stations reaches here.
    pub heads: Vec<(NodeId, Head)>,
    /// How it stands.
    pub standing: Standing,
    /// What was heard of it since this process started.
    pub contact: Option<Contact>,
    /// The latest moment that a record of it names.
    pub latest: Hlc,
    /// The lost machines whose place it took.
    pub before: Vec<NodeId>,
    /// What the last of them had said that it holds, and that has arrived from nobody.
    pub missing: Vec<RecordRange>,
}

/// All sites, and all together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Each site, by name.
    pub sites: Vec<SiteFigures>,
    /// All of them together.
    pub total: Statistics,
}

/// Statistics with the number of records they are made of.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<BTreeMap<NodeId, (u64, Arc<Statistics>)>>);

impl Figures {
    /// Sites that were heard of lately.
    #[must_use]
    pub fn heard_of(&self) -> usize {
        let heard =
            |site: &&SiteFigures| matches!(site.standing, Standing::UpToDate | Standing::Behind(_));
        self.sites.iter().filter(heard).count()
    }

    /// One site.
    #[must_use]
    pub fn site(&self, node: NodeId) -> Option<&SiteFigures> {
        self.sites.iter().find(|site| site.node == node)
    }
}

/// What of a lost machine's records has not arrived since either.
fn still_missing(replaced: &NodeReplaced, held: &Heads) -> Vec<RecordRange> {
    let missing = replaced.missing.iter().filter_map(|range| {
        range.beyond(held.head(range.origin, range.epoch).map_or(Seq(0), |head| head.seq))
    });
    missing.collect()
}

impl Hq {
    /// The figures as they are now.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        let heads = self.office.store.heads();
        let enrolled: Vec<DeviceEnrolled> = self.look(|hq| {
            let stands = |site: &DeviceEnrolled| !hq.fair().is_superseded(site.node);
            let standing = hq.enrolled().filter(|site| stands(site));
            let now = |site: &DeviceEnrolled| DeviceEnrolled {
                node: hq.last_of_line(site.node),
                ..site.clone()
            };
            standing.map(now).collect()
        });
        let mut by_site = self.heads_by_site(&heads);
        let now_ms = office::now_ms();
        let site = |device: DeviceEnrolled| {
            let first = self.look(|hq| hq.first_of_line(device.node));
            let held = by_site.remove(&first).unwrap_or_default();
            self.of_site(device, held, (&heads, now_ms))
        };
        let mut sites: Vec<SiteFigures> = enrolled.into_iter().map(site).collect();
        sites.sort_by(|one, other| (&one.name, one.node).cmp(&(&other.name, other.node)));
        let total = totals::of(sites.iter().map(|site| &*site.statistics));
        Arc::new(Figures { sites, total })
    }

    fn of_site(
        &self,
        device: DeviceEnrolled,
        own: Vec<(NodeId, Head)>,
        (held, now_ms): (&Heads, u64),
    ) -> SiteFigures {
        let node = device.node;
        let contact = self.contacts.of(node);
        let records = own.iter().map(|(_, head)| head.seq.0).sum();
        let statistics = self.statistics(node);
        self.look(|hq| {
            let site = hq.site(node);
            SiteFigures {
                node,
                name: device.name,
                fair: site.and_then(|site| site.fair().settings().cloned()),
                stage: site.map_or(Stage::Unplanned, |site| site.fair().stage()),
                statistics,
                records,
                heads: own,
                standing: if hq.trusts(node) {
                    standing(contact.as_ref(), held, records, now_ms)
                } else {
                    Standing::Revoked
                },
                contact,
                latest: site.map(Site::latest).unwrap_or_default(),
                before: hq.replaced(node).map_or_else(Vec::new, |it| it.before.clone()),
                missing: hq.replaced(node).map_or_else(Vec::new, |it| still_missing(it, held)),
            }
        })
    }

    fn statistics(&self, node: NodeId) -> Arc<Statistics> {
        let mut kept = lock(&self.kept.0);
        let known = kept.get(&node);
        let fresh = self.look(|hq| {
            let site = hq.site(node)?;
            let same = known.is_some_and(|(folded, _)| *folded == site.folded());
            (!same).then(|| (site.folded(), Arc::new(Statistics::of_live(site.fair()))))
        });
        if let Some(fresh) = fresh {
            kept.insert(node, fresh);
        }
        kept.get(&node).map(|(_, statistics)| Arc::clone(statistics)).unwrap_or_default()
    }

    /// The heads of each site's own runs and of its stations'.
    fn heads_by_site(&self, heads: &Heads) -> BTreeMap<NodeId, Vec<(NodeId, Head)>> {
        let mut by_site: BTreeMap<NodeId, Vec<(NodeId, Head)>> = BTreeMap::new();
        self.look(|hq| {
            let sites: BTreeSet<NodeId> = hq.enrolled().map(|site| site.node).collect();
            for (origin, held) in heads.iter() {
                let own = sites.contains(&origin).then(|| hq.first_of_line(origin));
                let all: BTreeSet<NodeId> = own.into_iter().chain(hq.sites_of(origin)).collect();
                for site in all {
                    by_site.entry(site).or_default().push((origin, held.head));
                }
            }
        });
        by_site
    }

    /// Tells live pages of every change, until the stop.
    pub async fn publish(&self, stop: Stop) {
        let mut changes = self.office.store.changes();
        loop {
            tokio::select! {
                () = stop.stopped() => return,
                changed = changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(TELL_ANYWAY) => {}
            }
            self.published.send_replace(self.figures());
            tokio::select! {
                () = stop.stopped() => return,
                () = tokio::time::sleep(TELL_EVERY) => {}
            }
        }
    }
}
