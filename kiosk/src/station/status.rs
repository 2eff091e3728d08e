//! How the station stands, for its own pages, the staff and the check.

use domain::ids::NodeId;
use domain::verdict::Stage;
use link::LinkStatus;
use sync::{Reach, Stream};

use super::Station;

/// Whether the site is reached, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkWord {
    /// Nobody has enrolled this station.
    NotEnrolled,
    /// Not reached since this process started.
    Starting,
    /// The last thing asked was answered.
    Online,
    /// Not reached, or it does not answer.
    Offline,
}

/// How the station stands.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StationStatus {
    /// It belongs to a site.
    pub enrolled: bool,
    /// What people call it.
    pub name: String,
    /// Where the fair stands, as far as known here.
    pub stage: Stage,
    /// Own records held here, all runs.
    pub stored_here: u64,
    /// Own records that the site has said it holds durably.
    pub at_site: u64,
    /// Own records that headquarters holds, as the site last said; none while nobody knows.
    pub at_headquarters: Option<u64>,
    /// Records that the site lacks.
    pub waiting: u64,
    /// Since when it lacks some, in milliseconds since 1970.
    pub behind_since_ms: Option<u64>,
    /// Records that damage took here and nobody has given back yet: the first and last number of
    /// each range, oldest run first.
    pub lost: Vec<(u64, u64)>,
    /// There is little room left on the disk.
    pub low_space: bool,
    /// The site has everything: the heads are equal.
    pub all_delivered: bool,
    /// The line.
    pub link: LinkWord,
    /// `reachable` or `unreachable`, for whoever asks only that.
    pub site: &'static str,
    /// The address of the machine that it speaks to.
    pub site_address: Option<String>,
    /// That of the other one: the standby, or, once that took over, the machine that it followed.
    pub other_address: Option<String>,
    /// Who that one is.
    pub other_node: Option<NodeId>,
    /// Since when the line is down, in milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// What is in the way, a stable code.
    pub trouble: Option<&'static str>,
    /// Up to where this station has the site's view.
    pub view_version: u64,
    /// How far this machine's clock is behind the site's, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// Why nothing can be recorded, if so.
    pub out_of_service: Option<String>,
}

impl Station {
    /// How the station stands.
    #[must_use]
    pub fn status(&self) -> StationStatus {
        let line = self.link_status();
        let stored = self.store.status();
        let (own, there) = line.as_ref().map_or((0, 0), |status| {
            let streams = status.sync.streams.values();
            streams.fold((0, 0), |(own, there), stream| {
                (own + stream.own.seq.0, there + stream.receiver.map_or(0, |head| head.seq.0))
            })
        });
        let word = self.link_word();
        let belonging = self.belonging();
        let other = belonging.as_ref().and_then(|known| known.other.clone());
        StationStatus {
            enrolled: line.is_some(),
            name: self.name(),
            stage: self.stage(),
            stored_here: own.max(stored.records),
            at_site: there,
            at_headquarters: line.as_ref().and_then(at_headquarters),
            behind_since_ms: line.as_ref().and_then(|status| {
                status.sync.behind_since_ms().map(|since| status.wall_ms(since))
            }),
            lost: stored.lost.iter().map(|lost| (lost.first.0, lost.last.0)).collect(),
            low_space: stored.low,
            waiting: line.as_ref().map_or(0, |status| status.sync.waiting_records()),
            all_delivered: line.as_ref().is_some_and(|status| self.all_delivered(status)),
            link: word,
            site: if word == LinkWord::Online { "reachable" } else { "unreachable" },
            site_address: belonging.as_ref().map(|known| known.at.address.clone()),
            other_node: other.as_ref().map(|other| other.public.node_id()),
            other_address: other.map(|other| other.address),
            since_ms: line.as_ref().and_then(|status| match status.sync.reach {
                Reach::Offline { since_ms } => Some(status.wall_ms(since_ms)),
                Reach::NotYet | Reach::Connected => None,
            }),
            trouble: self.trouble().map(sync::Trouble::code),
            view_version: line.as_ref().map_or(0, |status| status.view_version),
            clock_offset_ms: self.clock().offset_ms(),
            out_of_service: self.out_of_service(),
        }
    }

    /// Why nothing can be recorded, in words for the staff; none while all is well.
    #[must_use]
    pub fn out_of_service(&self) -> Option<String> {
        if let Some(stop) = self.store.stopped() {
            return Some(format!("{}; {}", stop.cause, stop.todo));
        }
        let full = self.store.status().full;
        full.then(|| "磁盘空间不足，请清理 · The disk is full: make room".to_owned())
    }

    /// Whether the site holds everything, the record of a moment ago included.
    fn all_delivered(&self, status: &LinkStatus) -> bool {
        let own = Stream { origin: self.store.node(), epoch: self.store.epoch() };
        let there = status.sync.streams.get(&own).and_then(|stream| stream.receiver);
        status.sync.all_delivered() && there == self.store.status().own_head
    }

    fn link_word(&self) -> LinkWord {
        let Some(status) = self.link_status() else { return LinkWord::NotEnrolled };
        match status.sync.reach {
            _ if status.suspect => LinkWord::Offline,
            Reach::NotYet => LinkWord::Starting,
            Reach::Connected => LinkWord::Online,
            Reach::Offline { .. } => LinkWord::Offline,
        }
    }
}

/// Own records that headquarters holds; none before the site has heard of any.
fn at_headquarters(status: &LinkStatus) -> Option<u64> {
    let above = status.sync.streams.values().filter_map(|stream| stream.above);
    above.map(|head| head.seq.0).reduce(u64::saturating_add)
}
