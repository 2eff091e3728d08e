//! What pages of staff say on top while records are lost to damage, or came back.

use domain::event::RecordRange;
use domain::ids::NodeId;
use journal::Lost;
use maud::{Markup, html};
use serde::Serialize;
use store::Status;
use web::page::{Tone, notice};
use web::text::{Lang, fill, t};

/// The most ranges that a page lists; the log and `journal verify` have all.
const RANGES: usize = 10;
/// So much of a node's name tells it from the others of a fair.
const NAME_CHARS: usize = 8;

/// Lost records, as the interfaces give them.
#[derive(Debug, Clone, Serialize)]
pub struct LostRange {
    /// Whose records.
    pub origin: NodeId,
    /// Of which of its runs.
    pub epoch: String,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl From<&Lost> for LostRange {
    fn from(lost: &Lost) -> Self {
        let epoch = format!("{:016x}", lost.epoch.0);
        Self { origin: lost.origin, epoch, first: lost.first.0, last: lost.last.0 }
    }
}

impl From<&RecordRange> for LostRange {
    fn from(range: &RecordRange) -> Self {
        let epoch = format!("{:016x}", range.epoch.0);
        Self { origin: range.origin, epoch, first: range.first.0, last: range.last.0 }
    }
}

/// What is wrong with a node's disk: too little room, and what damage took.
#[must_use]
pub fn marks(lang: Lang, status: &Status) -> Markup {
    html! { (crate::room::mark(lang, status)) (mark(lang, status)) }
}

/// The mark of a node that damage took records from; nothing while it has all.
#[must_use]
pub fn mark(lang: Lang, status: &Status) -> Markup {
    let back = status.brought_back.to_string();
    let some_back = status.brought_back > 0;
    if status.lost.is_empty() && !some_back {
        return Markup::default();
    }
    let more = status.lost.len().saturating_sub(RANGES).to_string();
    let body = html! {
        @if !status.lost.is_empty() {
            p { (t(lang, "lost.records")) }
            ul {
                @for lost in status.lost.iter().take(RANGES) {
                    li { (range(lang, lost, status.node)) }
                }
                @if status.lost.len() > RANGES {
                    li { (fill(t(lang, "lost.more"), &[("count", &more)])) }
                }
            }
        }
        @if some_back {
            p { (fill(t(lang, "lost.back"), &[("count", &back)])) }
        }
    };
    notice(lang, Tone::Warn, &body)
}

fn range(lang: Lang, lost: &Lost, own: NodeId) -> String {
    let name: String = lost.origin.to_string().chars().take(NAME_CHARS).collect();
    let node = if lost.origin == own {
        t(lang, "lost.own").to_owned()
    } else {
        fill(t(lang, "lost.node"), &[("name", &name)])
    };
    let (first, last) = (lost.first.0.to_string(), lost.last.0.to_string());
    let names = [("node", node.as_str()), ("first", &first), ("last", &last)];
    fill(t(lang, "lost.range"), &names)
}

#[cfg(test)]
mod tests {
    use domain::ids::{Epoch, Seq};

    use super::*;

    #[test]
    fn a_range_names_its_node_and_both_ends_in_both_languages() {
        let lost =
            Lost { origin: NodeId([0xab; 16]), epoch: Epoch(1), first: Seq(17), last: Seq(21) };
        for lang in [Lang::Zh, Lang::En] {
            let said = range(lang, &lost, NodeId([1; 16]));
            assert!(["abababab", "17", "21"].iter().all(|part| said.contains(part)), "{said}");
            let said = range(lang, &lost, lost.origin);
            assert!(said.contains(t(lang, "lost.own")) && !said.contains("abababab"), "{said}");
        }
    }
}
