//! What is to be asked back, and what is to be sent once more.
//!
//! Invariants: the list is made anew from every hello's answer; one thing at a time is under way;
//! what comes to nothing waits for the next hello, so nothing is asked for in a circle.

use std::collections::VecDeque;

use domain::ids::Seq;

use super::streams::Streams;
use super::{Greeting, Output};
use crate::pull::Range;
use crate::stream::{Stream, StreamHead};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Here,
    There,
}

/// What is missing at one of the two ends and there at the other.
#[derive(Debug, Clone)]
pub(super) struct Back {
    lost: Vec<Range>,
    beyond: Vec<StreamHead>,
    due: VecDeque<(Way, Range)>,
    under_way: Option<(Way, Range)>,
}

impl Back {
    pub(super) const fn new() -> Self {
        Self { lost: Vec::new(), beyond: Vec::new(), due: VecDeque::new(), under_way: None }
    }

    /// Records that damage took here.
    pub(super) fn lost(&mut self, lost: Vec<Range>) {
        self.lost = lost;
    }

    /// What the receiver told of streams that were unknown here.
    pub(super) fn beyond(&self) -> &[StreamHead] {
        &self.beyond
    }

    pub(super) fn greeted(&mut self, greeting: &Greeting, streams: &Streams) {
        self.beyond.clone_from(&greeting.beyond);
        self.due.clear();
        let told = greeting.heads.iter().chain(&greeting.beyond);
        for theirs in told.clone() {
            let reached = |lost: &Range| lost.last.min(theirs.head.seq);
            let here = self.lost.iter().filter(|lost| lost.stream() == theirs.stream());
            let held_there = here.filter(|lost| lost.first <= theirs.head.seq);
            let holes = held_there.map(|lost| (Way::Here, Range { last: reached(lost), ..*lost }));
            self.due.extend(holes);
        }
        self.due.extend(greeting.lacks.iter().map(|lacks| (Way::There, *lacks)));
        // Parents come before their children, since the receiver names them in that order.
        for theirs in told {
            let Stream { origin, epoch } = theirs.stream();
            let own = streams.own(theirs.stream());
            if own < theirs.head.seq {
                let tail = Range { origin, epoch, first: Seq(own.0 + 1), last: theirs.head.seq };
                self.due.push_back((Way::Here, tail));
            }
        }
    }

    /// The next thing, if none is under way.
    pub(super) fn next(&mut self) -> Option<Output> {
        if self.under_way.is_some() || journal::bug("nothing-asked-back") {
            return None;
        }
        self.under_way = self.due.pop_front();
        self.under_way.map(|(way, range)| match way {
            Way::Here => Output::Pull(range),
            Way::There => Output::Resend(range),
        })
    }

    /// What was under way has ended; if it got on, the rest of it is next.
    pub(super) fn went(&mut self, range: Range, reached: Option<Seq>) {
        let Some((way, asked)) = self.under_way.filter(|(_, asked)| *asked == range) else {
            return;
        };
        self.under_way = None;
        let got_on = reached.filter(|reached| *reached >= asked.first);
        if let Some(rest) = got_on.and_then(|reached| asked.after(reached)) {
            self.due.push_front((way, rest));
        }
    }
}
