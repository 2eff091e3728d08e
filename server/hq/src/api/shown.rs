//! What the API shows, field by field: the names here are promised to programs.

use std::collections::BTreeMap;

use domain::codes::{ConsultationCategory, ConsultationOutcome, Desk, SeekerGroup};
use domain::day::Day;
use domain::ids::NodeId;
use domain::statistics::{Counts, Statistics};
use domain::verdict::Stage;
use journal::Head;
use office::lost::LostRange;
use office::moment::utc_text;
use serde::Serialize;

use crate::cells::{self, Cell};
use crate::figures::{Figures, SiteFigures};
use crate::hq::Hq;

#[derive(Serialize)]
pub(super) struct SitesShown<'a> {
    sites: Vec<SiteShown<'a>>,
}

impl<'a> SitesShown<'a> {
    pub(super) fn of(figures: &'a Figures) -> Self {
        Self { sites: figures.sites.iter().map(SiteShown::of).collect() }
    }
}

/// One site. The counts of its total stand beside its name, and again among its statistics.
#[derive(Serialize)]
pub(super) struct SiteShown<'a> {
    node: NodeId,
    name: &'a str,
    fair: Option<FairShown<'a>>,
    stage: &'static str,
    state: &'static str,
    /// Records that the site said it has and that are not here yet.
    missing: Option<u64>,
    records: u64,
    persons: u32,
    entries: u32,
    talks: u32,
    intentions: u32,
    hires: u32,
    consultations: u32,
    last_heard: Option<String>,
    last_received: Option<String>,
    first_day: Option<Day>,
    last_day: Option<Day>,
    statistics: StatisticsShown<'a>,
    heads: Vec<HeadShown>,
    /// The lost machines whose place it took.
    before: &'a [NodeId],
    /// What the last of them had said that it holds, and that has arrived from nobody.
    lost_with_machine: Vec<LostRange>,
}

#[derive(Serialize)]
struct FairShown<'a> {
    tag: domain::ids::FairTag,
    name: &'a str,
    place: &'a str,
    district: u32,
    first_day: Day,
    last_day: Day,
}

#[derive(Serialize)]
struct HeadShown {
    origin: NodeId,
    /// In hexadecimal: programs that read numbers as floats would round it.
    epoch: String,
    seq: u64,
    hash: String,
}

impl<'a> SiteShown<'a> {
    pub(super) fn of(site: &'a SiteFigures) -> Self {
        let statistics = &*site.statistics;
        let contact = site.contact.as_ref();
        Self {
            node: site.node,
            name: &site.name,
            fair: site.fair.as_ref().map(|fair| FairShown {
                tag: fair.fair,
                name: &fair.name,
                place: &fair.place,
                district: fair.district,
                first_day: fair.days.first,
                last_day: fair.days.last,
            }),
            stage: stage_code(site.stage),
            state: site.standing.code(),
            missing: site.standing.missing(),
            records: site.records,
            persons: statistics.total.persons,
            entries: statistics.total.entries,
            talks: statistics.total.talks,
            intentions: statistics.total.intentions,
            hires: statistics.total.hires,
            consultations: statistics.total.consultations,
            last_heard: contact.map(|contact| utc_text(contact.last_ms)),
            last_received: contact.and_then(|contact| contact.received_ms).map(utc_text),
            first_day: statistics.days.keys().next().copied(),
            last_day: statistics.days.keys().next_back().copied(),
            statistics: StatisticsShown::of(statistics),
            before: &site.before,
            lost_with_machine: site.missing.iter().map(LostRange::from).collect(),
            heads: site.heads.iter().map(HeadShown::of).collect(),
        }
    }
}

impl HeadShown {
    fn of((origin, head): &(NodeId, Head)) -> Self {
        let hash = head.hash.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let epoch = format!("{:016x}", head.epoch.0);
        Self { origin: *origin, epoch, seq: head.seq.0, hash }
    }
}

/// The stable word of a stage.
pub(super) const fn stage_code(stage: Stage) -> &'static str {
    match stage {
        Stage::Unplanned => "unplanned",
        Stage::Rehearsal => "rehearsal",
        Stage::Open => "open",
        Stage::Closed => "closed",
    }
}

/// Figures with their small cells hidden.
#[derive(Serialize)]
pub(super) struct StatisticsShown<'a> {
    employers: u32,
    postings: u32,
    openings: u32,
    booths: u32,
    volunteers: u32,
    referrals: u32,
    total: &'a Counts,
    days: &'a BTreeMap<Day, Counts>,
    groups: Vec<CellShown>,
    consultations_by_desk: Vec<CellShown>,
    consultations_by_category: Vec<CellShown>,
    consultations_by_outcome: Vec<CellShown>,
}

/// A count by code; `count` is missing where it is too small to be told, and `shown` says so.
#[derive(Serialize)]
struct CellShown {
    code: u8,
    name: &'static str,
    count: Option<u32>,
    shown: String,
}

impl<'a> StatisticsShown<'a> {
    pub(super) fn of(statistics: &'a Statistics) -> Self {
        let desk = |code| Desk::from_code(code).map(Desk::key);
        let group = |code| SeekerGroup::from_code(code).map(SeekerGroup::key);
        let category = |code| ConsultationCategory::from_code(code).map(ConsultationCategory::key);
        let outcome = |code| ConsultationOutcome::from_code(code).map(ConsultationOutcome::key);
        Self {
            employers: statistics.employers,
            postings: statistics.postings,
            openings: statistics.openings,
            booths: statistics.booths,
            volunteers: statistics.volunteers,
            referrals: statistics.referrals,
            total: &statistics.total,
            days: &statistics.days,
            groups: cells_of(&statistics.groups, group),
            consultations_by_desk: cells_of(&statistics.consultations_by_desk, desk),
            consultations_by_category: cells_of(&statistics.consultations_by_category, category),
            consultations_by_outcome: cells_of(&statistics.consultations_by_outcome, outcome),
        }
    }
}

fn cells_of(
    counts: &BTreeMap<u8, u32>,
    name: impl Fn(u8) -> Option<&'static str>,
) -> Vec<CellShown> {
    let shown = |(code, cell): (u8, Cell)| CellShown {
        code,
        name: name(code).unwrap_or("unknown"),
        count: cell.count(),
        shown: cell.text(),
    };
    cells::told(counts).into_iter().map(shown).collect()
}

/// How headquarters itself stands.
#[derive(Serialize)]
pub(super) struct StatusShown {
    node: NodeId,
    software: &'static str,
    records: u64,
    sites: usize,
    /// Sites heard of lately.
    heard_of: usize,
    /// Records whose site is not known yet.
    waiting: usize,
    /// Records of kinds that this version does not know; kept all the same.
    unread: u64,
    disk_full: bool,
    /// Records that damage took here, as far as nobody has brought them back.
    lost: Vec<LostRange>,
    /// Lost records that came back, and are put in their places at the next start.
    brought_back: usize,
    stopped: Option<String>,
}

impl StatusShown {
    pub(super) fn of(hq: &Hq) -> Self {
        let status = hq.office.store.status();
        let figures = hq.figures();
        let (waiting, unread) = hq.look(|machine| (machine.waiting(), machine.unread()));
        Self {
            node: status.node,
            software: crate::SOFTWARE,
            records: status.records,
            sites: figures.sites.len(),
            heard_of: figures.heard_of(),
            waiting,
            unread,
            disk_full: status.full,
            lost: status.lost.iter().map(LostRange::from).collect(),
            brought_back: status.brought_back,
            stopped: status.stopped.map(|stop| stop.to_string()),
        }
    }
}
