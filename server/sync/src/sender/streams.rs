//! All streams of one uplink: what each may do next, in an order that starves nobody.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{NodeId, Seq};
use journal::{Head, Heads};

use super::course::Course;
use crate::answer::Failure;
use crate::limits;
use crate::status::{StreamStatus, Trouble};
use crate::stream::{Stream, StreamHead};

/// How many parents are followed when epochs of one origin are put in order.
const GENERATIONS: usize = 10_000;

/// The streams held here, and whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    courses: BTreeMap<Stream, Course>,
    served_last: Option<NodeId>,
}

impl Streams {
    pub(super) const fn new() -> Self {
        Self { courses: BTreeMap::new(), served_last: None }
    }

    pub(super) fn hold(&mut self, heads: &Heads, now_ms: u64, linger_ms: u64) {
        for (origin, held) in heads.iter().filter(|(_, held)| held.head.seq.0 > 0) {
            self.courses
                .entry(Stream { origin, epoch: held.head.epoch })
                .and_modify(|course| course.grow(*held, now_ms, linger_ms))
                .or_insert_with(|| Course::new(*held, now_ms, linger_ms));
        }
    }

    pub(super) fn heads(&self) -> Vec<StreamHead> {
        let heads = self.courses.iter();
        let heads = heads
            .map(|(stream, course)| StreamHead { origin: stream.origin, head: course.own.head });
        heads.take(limits::HELLO_STREAMS).collect()
    }

    /// The receiver's whole word on the streams asked about; what it leaves out it does not hold.
    pub(super) fn learn_all(
        &mut self,
        asked: &BTreeSet<Stream>,
        heads: &[StreamHead],
        now_ms: u64,
    ) {
        let said: BTreeMap<Stream, Head> =
            heads.iter().map(|said| (said.stream(), said.head)).collect();
        for (stream, course) in &mut self.courses {
            if asked.contains(stream) {
                course.learn(said.get(stream).copied(), now_ms);
            }
        }
    }

    pub(super) fn learn(&mut self, learnt: StreamHead, now_ms: u64) {
        if let Some(course) = self.courses.get_mut(&learnt.stream()) {
            course.learn(Some(learnt.head), now_ms);
        }
    }

    /// How far the node above the receiver has them: where it says nothing, nobody knows any more.
    pub(super) fn learn_above(&mut self, heads: &[StreamHead]) {
        for (stream, course) in &mut self.courses {
            course.above = heads.iter().find(|said| said.stream() == *stream).map(|said| said.head);
        }
    }

    /// What was carried here by hand may be older than what is known: it never takes back.
    pub(super) fn learn_further(&mut self, heads: &[StreamHead], now_ms: u64) {
        for said in heads {
            let Some(course) = self.courses.get_mut(&said.stream()) else { continue };
            if course.theirs.is_none_or(|known| known.seq < said.head.seq) {
                course.learn(Some(said.head), now_ms);
            }
        }
    }

    /// Streams of which nothing was known when the receiver told of them.
    pub(super) fn learn_unknown(&mut self, heads: &[StreamHead], now_ms: u64) {
        for said in heads {
            let Some(course) = self.courses.get_mut(&said.stream()) else { continue };
            if course.theirs.is_none() {
                course.learn(Some(said.head), now_ms);
            }
        }
    }

    /// Up to which record a stream is held here.
    pub(super) fn own(&self, stream: Stream) -> Seq {
        self.courses.get(&stream).map_or(Seq(0), |course| course.own.head.seq)
    }

    pub(super) fn acknowledged(&mut self, stream: Stream, head: Head, now_ms: u64, pause_ms: u64) {
        let Some(course) = self.courses.get_mut(&stream) else { return };
        course.under_way = false;
        if !course.learn(Some(head), now_ms) && course.waits() && !course.parked {
            course.stumble(Trouble::NoProgress, now_ms, pause_ms);
        }
    }

    /// The receiver named its head, so the next batch starts there: at once the first time.
    pub(super) fn gap(&mut self, stream: Stream, theirs: Option<Head>, now_ms: u64, pause_ms: u64) {
        let Some(course) = self.courses.get_mut(&stream) else { return };
        course.under_way = false;
        let news = course.theirs != theirs;
        let attempts = course.attempts;
        course.learn(theirs, now_ms);
        if course.parked || !course.waits() {
            return;
        }
        course.attempts = attempts;
        if news && attempts == 0 {
            course.attempts = 1;
        } else {
            course.stumble(Trouble::NoProgress, now_ms, pause_ms);
        }
    }

    pub(super) fn stumble(&mut self, stream: Stream, trouble: Trouble, now_ms: u64, pause_ms: u64) {
        if let Some(course) = self.courses.get_mut(&stream) {
            course.under_way = false;
            course.stumble(trouble, now_ms, pause_ms);
            if journal::bug("delete-on-404") {
                course.theirs = Some(course.own.head);
            }
        }
    }

    pub(super) fn park(&mut self, stream: Stream, trouble: Trouble, now_ms: u64) {
        if let Some(course) = self.courses.get_mut(&stream) {
            course.under_way = false;
            course.park(trouble, now_ms);
        }
    }

    /// The batch was not even looked at: nothing is known about the stream itself.
    pub(super) fn put_back(&mut self, stream: Stream) {
        if let Some(course) = self.courses.get_mut(&stream) {
            course.under_way = false;
            if journal::bug("delete-on-404") {
                course.theirs = Some(course.own.head);
            }
        }
    }

    /// The line failed under this batch, which may have been too long for it.
    pub(super) fn doubt(&mut self, stream: Stream) {
        if let Some(course) = self.courses.get_mut(&stream) {
            course.under_way = false;
            course.shrink(limits::BATCH_RECORDS_MIN);
        }
    }

    /// The receiver said the batch is too large.
    pub(super) fn shrink(&mut self, stream: Stream, trouble: Trouble, now_ms: u64) {
        if let Some(course) = self.courses.get_mut(&stream) {
            course.under_way = false;
            if !course.shrink(1) {
                course.park(trouble, now_ms);
            }
        }
    }

    pub(super) fn unpark(&mut self) {
        for course in self.courses.values_mut() {
            course.not_before_ms = 0;
            course.attempts = 0;
            course.trouble = None;
        }
    }

    pub(super) fn attempts(&self, stream: Stream) -> u32 {
        self.courses.get(&stream).map_or(0, |course| course.attempts)
    }

    pub(super) fn any_under_way(&self) -> bool {
        self.courses.values().any(|course| course.under_way)
    }

    pub(super) fn nothing_waits(&self) -> bool {
        !self.courses.values().any(Course::waits)
    }

    /// Takes the next stream whose turn it is, and counts it as under way.
    pub(super) fn next_to_send(&mut self, now_ms: u64) -> Option<(Stream, Option<Head>, usize)> {
        let busy = self.busy_origins();
        if busy.len() >= limits::ORIGINS_IN_FLIGHT {
            return None;
        }
        let due = self.courses.iter().filter(|(stream, course)| {
            course.waits()
                && course.not_before_ms <= now_ms
                && !busy.contains(&stream.origin)
                && self.blocked(stream, course).is_none()
        });
        let last = self.served_last;
        let turn = |origin: NodeId| (last.is_some_and(|last| origin <= last), origin);
        let next = due.map(|(stream, _)| (turn(stream.origin), self.generation(*stream), *stream));
        let (_, _, stream) = next.min()?;
        self.served_last = Some(stream.origin);
        let course = self.courses.get_mut(&stream)?;
        course.under_way = true;
        Some((stream, course.theirs, course.max_records))
    }

    /// When the next stream that waits for a moment has reached it.
    pub(super) fn next_due_ms(&self, now_ms: u64) -> Option<u64> {
        let waiting = self.courses.values().filter(|course| course.waits() && !course.under_way);
        let later = waiting.map(|course| course.not_before_ms);
        later.filter(|due_ms| *due_ms > now_ms && *due_ms < u64::MAX).min()
    }

    pub(super) fn status(&self) -> BTreeMap<Stream, StreamStatus> {
        let streams = self.courses.iter();
        streams
            .map(|(stream, course)| (*stream, course.status(self.blocked(stream, course))))
            .collect()
    }

    fn busy_origins(&self) -> BTreeSet<NodeId> {
        let under_way = self.courses.iter().filter(|(_, course)| course.under_way);
        under_way.map(|(stream, _)| stream.origin).collect()
    }

    /// What keeps a stream back: the receiver lacks the place where its epoch starts. A parent that
    /// isn't held here either is for the receiver to judge.
    fn blocked(&self, stream: &Stream, course: &Course) -> Option<Trouble> {
        let parent = course.own.parent?;
        if course.theirs.is_some() {
            return None;
        }
        let place = Stream { origin: stream.origin, epoch: parent.epoch };
        let earlier = self.courses.get(&place)?;
        let reached = earlier.theirs.is_some_and(|theirs| theirs.seq >= parent.seq);
        let lost = earlier.trouble == Some(Trouble::Failed(Failure::Unreadable));
        let waits = if lost { Trouble::WaitsForLost } else { Trouble::WaitsForParent };
        (!reached).then_some(waits(parent.epoch))
    }

    /// How many parents a stream has: epochs are random numbers and say nothing about their order.
    fn generation(&self, stream: Stream) -> usize {
        let mut place = stream;
        let mut generation = 0;
        while let Some(parent) = self.courses.get(&place).and_then(|course| course.own.parent) {
            place.epoch = parent.epoch;
            generation += 1;
            if generation >= GENERATIONS {
                break;
            }
        }
        generation
    }
}
