//! The overview in words and numbers, the same for the page and for its live updates.

use std::collections::BTreeMap;

use domain::day::clock_text;
use web::{Lang, fill, t};

use super::standby::at_standby;
use crate::headquarters::HeadquartersState;
use crate::overview::{NodeState, Overview};

/// A station sends at least every few seconds; after this long without a word it counts as silent.
const SILENT_AFTER_MS: u64 = 30_000;

/// The numbers at the top: the name of each, its label, whether somebody should look at it.
pub(super) const NUMBERS: [(&str, &str); 12] = [
    ("persons_today", "organiser_live.persons_today"),
    ("persons", "organiser_live.persons"),
    ("entries", "organiser_live.entries"),
    ("tickets", "organiser_live.tickets"),
    ("registered", "organiser_live.registered"),
    ("talks", "organiser_live.talks"),
    ("interviews", "organiser_live.interviews"),
    ("intentions", "organiser_live.intentions"),
    ("hires", "organiser_live.hires"),
    ("consultations", "organiser_live.consultations"),
    ("refused", "organiser_live.refused"),
    ("conflicts", "organiser_live.conflicts"),
];

/// Everything on the page that changes, by the name of its place.
pub(super) fn fields(overview: &Overview, lang: Lang, now_ms: u64) -> BTreeMap<String, String> {
    let total = &overview.statistics.total;
    let numbers = [
        ("persons_today", overview.persons_today),
        ("persons", total.persons),
        ("entries", total.entries),
        ("tickets", total.tickets),
        ("registered", total.registered),
        ("talks", total.talks),
        ("interviews", total.interviews),
        ("intentions", total.intentions),
        ("hires", total.hires),
        ("consultations", total.consultations),
        ("refused", total.refused),
        ("conflicts", total.conflicts),
    ];
    let mut fields: BTreeMap<String, String> =
        numbers.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
    for node in &overview.nodes {
        fields.insert(seen_name(node), seen(node, lang, now_ms));
        fields.insert(records_name(node), count(node.records));
    }
    fields.insert("headquarters".to_owned(), at_headquarters(&overview.headquarters, lang));
    if overview.standby.address.is_some() {
        fields.insert("standby".to_owned(), at_standby(&overview.standby, lang));
    }
    fields.insert("records".to_owned(), count(overview.records));
    fields
}

/// The place of a node's state.
pub(super) fn seen_name(node: &NodeState) -> String {
    format!("seen_{}", node.node)
}

/// The place of the number of a node's records.
pub(super) fn records_name(node: &NodeState) -> String {
    format!("records_{}", node.node)
}

/// When a node was last heard of.
pub(super) fn seen(node: &NodeState, lang: Lang, now_ms: u64) -> String {
    if node.revoked {
        return t(lang, "organiser_live.revoked").to_owned();
    }
    let Some(heard_ms) = node.heard_at_ms else {
        return t(lang, "organiser_live.not_heard").to_owned();
    };
    let is_silent = now_ms.saturating_sub(heard_ms) > SILENT_AFTER_MS;
    let key = if is_silent { "organiser_live.silent" } else { "organiser_live.in_contact" };
    fill(t(lang, key), &[("time", &clock_text(heard_ms))])
}

/// Whether headquarters has everything.
pub(super) const fn is_well(state: &HeadquartersState) -> bool {
    let arrives = state.address.is_some() && state.reachable && state.all_delivered;
    arrives && state.trouble.is_none()
}

/// How far headquarters has everything.
pub(super) fn at_headquarters(state: &HeadquartersState, lang: Lang) -> String {
    if state.address.is_none() {
        return t(lang, "organiser_hq.not_linked").to_owned();
    }
    let since = state.behind_since_ms.map(clock_text);
    let waiting = count(state.waiting);
    if state.all_delivered && !state.reachable {
        return t(lang, "organiser_hq.delivered_before").to_owned();
    }
    let why =
        state.trouble.map(|code| link::words::sentence(lang, code, t(lang, "organiser_hq.title")));
    if !state.reachable {
        let waits = fill(t(lang, "organiser_hq.offline"), &[("count", &waiting)]);
        return why.map_or(waits.clone(), |why| format!("{waits} · {why}"));
    }
    match (why, state.all_delivered, since) {
        (Some(why), true, _) => why,
        (Some(why), false, _) => {
            let waits = fill(t(lang, "organiser_hq.waiting"), &[("count", &waiting)]);
            format!("{waits} · {why}")
        }
        (None, true, _) => t(lang, "organiser_hq.delivered").to_owned(),
        (None, false, Some(since)) => {
            fill(t(lang, "organiser_hq.behind"), &[("count", waiting.as_str()), ("time", &since)])
        }
        (None, false, None) => fill(t(lang, "organiser_hq.waiting"), &[("count", &waiting)]),
    }
}

/// A number with its thousands apart, as in 12 345.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headquarters_is_said_to_have_everything_only_when_it_has() {
        let offline = HeadquartersState { address: Some("http://hq".into()), ..Default::default() };
        let linked = HeadquartersState { reachable: true, ..offline.clone() };
        let behind = HeadquartersState { waiting: 7, behind_since_ms: Some(0), ..linked.clone() };
        let delivered = HeadquartersState { all_delivered: true, ..linked.clone() };
        let before = HeadquartersState { reachable: false, ..delivered.clone() };
        let trouble =
            HeadquartersState { trouble: Some("sync_receiver_busy"), ..delivered.clone() };
        let stuck = HeadquartersState { trouble: Some("sync_waits_for_lost"), ..behind.clone() };
        let portal = HeadquartersState { trouble: Some("sync_answer_not_ours"), ..offline.clone() };
        let say = |state: &HeadquartersState| at_headquarters(state, Lang::En);
        let none = HeadquartersState::default();
        let all =
            [&none, &offline, &linked, &behind, &delivered, &before, &trouble, &stuck, &portal];
        let said: std::collections::BTreeSet<String> = all.into_iter().map(say).collect();
        assert_eq!(said.len(), all.len(), "{said:?}");
        assert!(say(&behind).contains('7') && say(&behind).contains("08:00"));
        assert!(is_well(&delivered) && !is_well(&behind) && !is_well(&trouble));
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(123), "123");
    }
}
