//! Whatever blocks of numbers come and go with the site's view, no number is handed out twice.

use std::collections::BTreeSet;

use domain::ids::{Epoch, Seq};
use domain::station::{StationSecrets, StationSettings, ViewUpdate};
use journal::Flags;
use proptest::prelude::*;

use super::*;
use crate::testing::{KEY, settings, today};

const ME: NodeId = NodeId([1; 16]);

#[derive(Debug, Clone)]
enum Step {
    /// The site tells of these blocks: another site may know others, or the same in other parts.
    Told(Vec<(u32, u32)>),
    /// Somebody without a ticket comes.
    WalkIn,
    /// The process starts again.
    Restart,
}

fn a_step() -> impl Strategy<Value = Step> {
    let blocks = prop::collection::vec((20_000_u32..20_030, 1_u32..8), 0..4);
    prop_oneof![
        2 => blocks.prop_map(Step::Told),
        9 => Just(Step::WalkIn),
        1 => Just(Step::Restart),
    ]
}

fn tell(view: &SharedView, numbers: Vec<(u32, u32)>) {
    let settings = StationSettings { numbers, ..settings(Stage::Open) };
    let update = ViewUpdate { from: 0, to: 1, settings: Some(settings), changes: Vec::new() };
    let secrets = StationSecrets { ticket_keys: vec![(0, KEY.0.into())] };
    let mut anew = StationView::default();
    assert!(anew.apply(&update));
    anew.take_secrets(&secrets);
    *view.write().unwrap() = anew;
}

/// Hands out a ticket and folds its records.
fn walk_in(machine: &mut StationMachine, nth: u64) -> Option<ShortNumber> {
    let id = nth.to_be_bytes();
    let id = TicketId(std::array::from_fn(|place| id.get(place).copied().unwrap_or_default()));
    let today = Today { day: today(), trusted: true };
    let Decision { drafts, answer } = machine.walk_in(id, None, today, Hlc(nth));
    for draft in drafts {
        machine.fold(&Record {
            origin: ME,
            epoch: Epoch(1),
            seq: Seq(nth),
            time: Hlc(nth),
            wall_ms: None,
            kind: draft.kind,
            actor: None,
            station: None,
            fair: draft.fair,
            flags: Flags::NONE,
            payload: draft.payload,
            sealed: Vec::new(),
        });
    }
    match answer {
        Answer::Issued(fresh, _) => Some(fresh.number),
        Answer::NoTicket(NoTicket::NumbersUsedUp) => None,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn no_number_is_handed_out_twice_and_none_of_a_block_that_is_not_told(
        steps in prop::collection::vec(a_step(), 1..120),
    ) {
        let view = SharedView::default();
        let mut machine = StationMachine::new(ME, Arc::clone(&view));
        let mut told = BTreeSet::new();
        tell(&view, Vec::new());
        let mut handed_out = BTreeSet::new();
        for (nth, step) in (1..).zip(steps) {
            match step {
                Step::Told(blocks) => {
                    let serials = blocks.iter().flat_map(|(first, count)| *first..first + count);
                    told = serials.collect();
                    tell(&view, blocks);
                }
                Step::Restart => machine = machine.load(&machine.save()).unwrap(),
                Step::WalkIn => match walk_in(&mut machine, nth) {
                    Some(number) => {
                        prop_assert!(told.contains(&(number.0 / 10)), "{number} was not told");
                        prop_assert!(handed_out.insert(number.0 / 10), "{number} came twice");
                    }
                    None => prop_assert!(told.is_subset(&handed_out), "there were some left"),
                },
            }
        }
    }
}
