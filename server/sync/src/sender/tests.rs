use domain::ids::{Epoch, Seq};
use journal::{EpochHead, Hash};

use super::*;

const STORE: StoreId = StoreId([1; 16]);
const RECEIVER: NodeId = NodeId([200; 16]);

fn head(epoch: u64, seq: u64) -> Head {
    Head { epoch: Epoch(epoch), seq: Seq(seq), hash: Hash([u8::try_from(seq).unwrap(); 32]) }
}

fn origin(number: u8) -> NodeId {
    NodeId([number; 16])
}

fn heads(held: &[(u8, Head, Option<Head>)]) -> Heads {
    let mut heads = Heads::new();
    for (number, head, parent) in held {
        heads.set(origin(*number), EpochHead { head: *head, parent: *parent, ended: head.seq });
    }
    heads
}

fn at(now_ms: u64) -> At {
    At { now_ms, chance: 12_345 }
}

fn greeting(heads: Vec<StreamHead>) -> Input {
    Input::HelloAnswered(Greeting {
        node: RECEIVER,
        store: STORE,
        heads,
        beyond: Vec::new(),
        lacks: Vec::new(),
        above: Vec::new(),
    })
}

fn stream(number: u8, epoch: u64) -> Stream {
    Stream { origin: origin(number), epoch: Epoch(epoch) }
}

fn ack(number: u8, head: Head) -> Input {
    let origin = origin(number);
    let stream = Stream { origin, epoch: head.epoch };
    Input::BatchAnswered(stream, BatchAnswer::Ack(StreamHead { origin, head }))
}

fn wants(outputs: &[Output]) -> Vec<(Stream, u64)> {
    let wants = outputs.iter().filter_map(|output| match output {
        Output::SendBatch(want) => Some((want.stream, want.after.map_or(0, |head| head.seq.0))),
        _ => None,
    });
    wants.collect()
}

fn timer_ms(outputs: &[Output]) -> Option<u64> {
    outputs.iter().find_map(|output| match output {
        Output::SetTimer { after_ms } => Some(*after_ms),
        _ => None,
    })
}

/// A sender that said hello and knows what the receiver holds.
fn greeted(held: &[(u8, Head, Option<Head>)], theirs: Vec<StreamHead>) -> (Sender, Vec<Output>) {
    let mut sender = Sender::new(Pace::LAN);
    let hello = sender.step(at(0), Input::LocalHeads(heads(held)));
    assert!(matches!(hello[..], [Output::SendHello(_)]), "{hello:?}");
    sender.step(at(1), greeting(theirs));
    let out = sender.step(at(1_000), Input::Timer);
    (sender, out)
}

#[test]
fn the_receivers_head_decides_where_to_go_on() {
    let theirs = StreamHead { origin: origin(1), head: head(1, 4) };
    let (mut sender, out) = greeted(&[(1, head(1, 9), None)], vec![theirs]);
    assert_eq!(wants(&out), [(stream(1, 1), 4)]);
    // It acknowledges less than was sent: what is missing counts as not accepted.
    let out = sender.step(at(1_010), ack(1, head(1, 6)));
    assert_eq!(wants(&out), [(stream(1, 1), 6)]);
    // It was restored from a backup.
    let gap = BatchAnswer::Gap(Some(head(1, 2)));
    let out = sender.step(at(1_020), Input::BatchAnswered(stream(1, 1), gap));
    assert_eq!(wants(&out), [(stream(1, 1), 2)]);
    let out = sender.step(at(1_030), ack(1, head(1, 9)));
    assert_eq!(wants(&out), []);
    assert!(sender.status().all_delivered());
}

#[test]
fn all_delivered_needs_equal_heads_not_equal_numbers() {
    let other = Head { hash: Hash([99; 32]), ..head(1, 9) };
    let theirs = StreamHead { origin: origin(1), head: other };
    let (sender, out) = greeted(&[(1, head(1, 9), None)], vec![theirs]);
    assert_eq!(wants(&out), []);
    let status = sender.status();
    assert!(!status.all_delivered());
    assert_eq!(status.worst(), Some(Trouble::Fork(Seq(9))));
    let (sender, _) = greeted(
        &[(1, head(1, 9), None)],
        vec![StreamHead { origin: origin(1), head: head(1, 12) }],
    );
    let stream = &sender.status().streams[&stream(1, 1)];
    assert_eq!(stream.trouble, Some(Trouble::ReceiverAhead));
    assert!(!sender.status().all_delivered());
    assert!(!Sender::new(Pace::LAN).status().all_delivered(), "nothing was ever said");
}

#[test]
fn an_epoch_waits_for_the_place_where_it_starts() {
    let first = head(9, 5);
    let second = (1, head(2, 3), Some(head(9, 4)));
    let (mut sender, out) = greeted(&[(1, first, None), second], Vec::new());
    assert_eq!(wants(&out), [(stream(1, 9), 0)]);
    assert_eq!(
        sender.status().streams[&stream(1, 2)].trouble,
        Some(Trouble::WaitsForParent(Epoch(9)))
    );
    let out = sender.step(at(1_010), ack(1, head(9, 3)));
    assert_eq!(wants(&out), [(stream(1, 9), 3)]);
    let out = sender.step(at(1_020), ack(1, head(9, 5)));
    assert_eq!(wants(&out), [(stream(1, 2), 0)]);
}

#[test]
fn one_batch_an_origin_and_eight_origins_are_under_way() {
    let held: Vec<_> = (1..=12).map(|number| (number, head(1, 3), None)).collect();
    let (mut sender, out) = greeted(&held, Vec::new());
    let first: Vec<_> = wants(&out).iter().map(|(stream, _)| stream.origin).collect();
    assert_eq!(first, (1..=8).map(origin).collect::<Vec<_>>());
    let out = sender.step(at(1_010), ack(3, head(1, 1)));
    assert_eq!(wants(&out), [(stream(9, 1), 0)], "the next one's turn, not the same again");
}

#[test]
fn a_portals_page_is_never_an_acknowledgement() {
    let (mut sender, out) = greeted(&[(1, head(1, 9), None)], Vec::new());
    assert_eq!(wants(&out).len(), 1);
    let failed = Input::BatchFailed(stream(1, 1), Failure::NotOurs);
    let out = sender.step(at(1_010), failed);
    assert!(timer_ms(&out).is_some_and(|wait_ms| wait_ms <= 1_001));
    let status = sender.status();
    assert_eq!(status.streams[&stream(1, 1)].receiver, None);
    assert_eq!(status.trouble.map(Trouble::code), Some("sync_answer_not_ours"));
    assert_eq!(status.reach, Reach::Offline { since_ms: 1_010 });
    // An acknowledgement of some other stream is no acknowledgement of this one.
    let stray = StreamHead { origin: origin(2), head: head(1, 9) };
    let out = sender.step(at(3_000), Input::Timer);
    assert!(matches!(out[..], [Output::SendHello(_)]));
    sender.step(at(3_001), greeting(Vec::new()));
    sender.step(at(3_002), Input::BatchAnswered(stream(1, 1), BatchAnswer::Ack(stray)));
    assert_eq!(sender.status().streams[&stream(1, 1)].receiver, None);
}

#[test]
fn back_off_grows_with_each_failure_up_to_its_cap() {
    let mut sender = Sender::new(Pace::LAN);
    let mut now_ms = 0;
    let mut longest_ms = 0;
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(1, 1), None)])));
    for attempt in 0..60 {
        let step = At { now_ms, chance: attempt * 7_919 };
        let out = sender.step(step, Input::HelloFailed(Failure::Network));
        let wait_ms = timer_ms(&out).unwrap();
        assert!(wait_ms <= 30_000 && (attempt > 0 || wait_ms <= 1_000));
        longest_ms = longest_ms.max(wait_ms);
        now_ms += wait_ms;
        let out = sender.step(At { now_ms, ..step }, Input::Timer);
        assert!(matches!(out[..], [Output::SendHello(_)]));
    }
    assert!(longest_ms > 15_000);
    assert_eq!(sender.status().reach, Reach::Offline { since_ms: 0 });
}

#[test]
fn retry_after_is_obeyed() {
    let (mut sender, _) = greeted(&[(1, head(1, 9), None)], Vec::new());
    let busy = Refusal { code: RefusalCode::Busy, retry_after_s: Some(40) };
    let refused = Input::BatchAnswered(stream(1, 1), BatchAnswer::Refused(busy));
    let out = sender.step(at(2_000), refused);
    assert!(timer_ms(&out).is_some_and(|wait_ms| wait_ms >= 40_000));
    assert_eq!(
        sender.step(at(41_000), Input::Timer),
        [Output::SetTimer { after_ms: timer_ms(&out).unwrap() - 39_000 }]
    );
    assert_eq!(sender.status().trouble.map(Trouble::code), Some("sync_receiver_busy"));
}

#[test]
fn a_refused_stream_is_parked_and_shown_while_others_go_on() {
    let held = [(1, head(1, 9), None), (2, head(1, 9), None)];
    let (mut sender, out) = greeted(&held, Vec::new());
    assert_eq!(wants(&out).len(), 2);
    sender.step(at(1_001), ack(2, head(1, 5)));
    let no = || BatchAnswer::Refused(RefusalCode::Damaged.into());
    let mut now_ms = 2_000;
    for _ in 0..limits::STREAM_ATTEMPTS {
        sender.step(at(now_ms), Input::BatchAnswered(stream(1, 1), no()));
        sender.step(at(now_ms), ack(2, head(1, 9)));
        now_ms += 9_000;
        sender.step(at(now_ms), Input::Timer);
    }
    let status = sender.status();
    assert!(status.streams[&stream(1, 1)].parked);
    assert_eq!(status.worst().map(Trouble::code), Some("sync_refused_damaged"));
    assert_eq!(status.streams[&stream(2, 1)].receiver, Some(head(1, 9)));
    assert_eq!(status.waiting_records(), 9, "nothing of it was given up");
    assert_eq!(status.behind_since_ms(), Some(0));
    // A person looked, and the cause is gone.
    let out = sender.step(at(now_ms), Input::Retry);
    assert!(matches!(out[..], [Output::SendHello(_), ..]));
    let out =
        sender.step(at(now_ms), greeting(vec![StreamHead { origin: origin(2), head: head(1, 9) }]));
    assert_eq!(wants(&out), [(stream(1, 1), 0)]);
    sender.step(at(now_ms), ack(1, head(1, 9)));
    assert!(sender.status().all_delivered());
}

#[test]
fn a_forgotten_session_is_opened_anew_at_once() {
    let (mut sender, _) = greeted(&[(1, head(1, 9), None)], Vec::new());
    let forgotten = BatchAnswer::Refused(RefusalCode::SessionUnknown.into());
    let out = sender.step(at(2_000), Input::BatchAnswered(stream(1, 1), forgotten.clone()));
    assert!(matches!(out[..], [Output::SendHello(_)]));
    sender.step(at(2_001), greeting(Vec::new()));
    // Again, without anything got through between: now it waits.
    let out = sender.step(at(2_002), Input::BatchAnswered(stream(1, 1), forgotten));
    assert!(!out.iter().any(|output| matches!(output, Output::SendHello(_))));
}

#[test]
fn a_hello_that_is_refused_as_an_old_one_is_said_again() {
    for code in [RefusalCode::Stale, RefusalCode::SessionUnknown, RefusalCode::WrongStore] {
        let mut sender = Sender::new(Pace::LAN);
        let said = sender.step(at(0), Input::LocalHeads(Heads::new()));
        assert!(matches!(said.first(), Some(Output::SendHello(_))), "{said:?}");
        let outputs = sender.step(at(10), Input::HelloRefused(code.into()));
        let after_ms = timer_ms(&outputs).expect("or nobody would ever say hello again");
        let outputs = sender.step(at(10 + after_ms), Input::Timer);
        assert!(matches!(outputs.first(), Some(Output::SendHello(_))), "{outputs:?}");
    }
}

#[test]
fn doubt_about_the_line_shrinks_batches_and_success_grows_them() {
    let (mut sender, _) = greeted(&[(1, head(1, 99), None)], Vec::new());
    sender.step(at(2_000), Input::BatchFailed(stream(1, 1), Failure::TimedOut));
    sender.step(at(9_000), Input::Timer);
    let out = sender.step(at(9_001), greeting(Vec::new()));
    let Some(Output::SendBatch(want)) = out.first() else { panic!("{out:?}") };
    assert_eq!(want.max_records, limits::BATCH_RECORDS / 2);
    let out = sender.step(at(9_002), ack(1, head(1, 20)));
    let Some(Output::SendBatch(want)) = out.first() else { panic!("{out:?}") };
    assert_eq!(want.max_records, limits::BATCH_RECORDS);
}

#[test]
fn records_handed_over_on_another_way_are_not_sent_again() {
    let (mut sender, out) =
        greeted(&[(1, head(1, 9), None)], vec![StreamHead { origin: origin(1), head: head(1, 9) }]);
    assert_eq!(wants(&out), []);
    sender.step(at(2_000), Input::LocalHeads(heads(&[(1, head(1, 10), None)])));
    sender.step(at(2_050), Input::Learnt(StreamHead { origin: origin(1), head: head(1, 10) }));
    let out = sender.step(at(2_300), Input::Timer);
    assert_eq!(wants(&out), []);
    assert!(sender.status().all_delivered());
}

#[test]
fn a_network_that_came_up_ends_the_wait_but_not_a_pause_asked_for() {
    let mut sender = Sender::new(Pace::WAN);
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(1, 1), None)])));
    for attempt in 0..20 {
        sender.step(At { now_ms: attempt, chance: 99 }, Input::HelloFailed(Failure::Network));
        sender.step(at(attempt), Input::Reachable);
    }
    sender.step(at(20), Input::HelloFailed(Failure::Network));
    let out = sender.step(at(21), Input::Reachable);
    assert!(matches!(out[..], [Output::SendHello(_)]));
    let busy = Refusal { code: RefusalCode::Busy, retry_after_s: Some(9) };
    sender.step(at(22), Input::HelloRefused(busy));
    let out = sender.step(at(23), Input::Reachable);
    assert!(!matches!(out[..], [Output::SendHello(_)]));
}

#[test]
fn a_word_carried_by_hand_counts_until_the_receiver_speaks_itself() {
    let mut sender = Sender::new(Pace::WAN);
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(5, 7), None)])));
    sender.step(at(1), Input::HelloFailed(Failure::Network));
    assert!(!sender.status().all_delivered());
    let carried = |seq| {
        let heads = vec![StreamHead { origin: origin(1), head: head(5, seq) }];
        Input::Acknowledged(Greeting {
            node: RECEIVER,
            store: STORE,
            heads,
            beyond: Vec::new(),
            lacks: Vec::new(),
            above: Vec::new(),
        })
    };
    sender.step(at(2), carried(7));
    assert!(sender.status().all_delivered());
    assert!(matches!(sender.status().reach, Reach::Offline { .. }));
    // An older one takes nothing back; a hello does: the receiver was restored.
    sender.step(at(3), carried(4));
    assert!(sender.status().all_delivered());
    sender.step(at(700_000), Input::Timer);
    sender.step(at(700_001), greeting(vec![]));
    assert_eq!(sender.status().waiting_records(), 7);
}

fn range(number: u8, epoch: u64, first: u64, last: u64) -> Range {
    let (origin, epoch) = (origin(number), Epoch(epoch));
    Range { origin, epoch, first: Seq(first), last: Seq(last) }
}

/// What a receiver answers that holds more than was asked about.
fn told(heads: Vec<StreamHead>, beyond: Vec<StreamHead>, lacks: Vec<Range>) -> Input {
    let above = Vec::new();
    Input::HelloAnswered(Greeting { node: RECEIVER, store: STORE, heads, beyond, lacks, above })
}

fn mending(outputs: &[Output]) -> Vec<Output> {
    let of_it = |output: &&Output| matches!(output, Output::Pull(_) | Output::Resend(_));
    outputs.iter().filter(of_it).cloned().collect()
}

#[test]
fn what_the_receiver_holds_beyond_comes_back_piece_by_piece_and_is_not_sent_again() {
    let mut sender = Sender::new(Pace::LAN);
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(1, 4), None)])));
    let of = |number, head| StreamHead { origin: origin(number), head };
    let beyond = vec![of(1, head(2, 3)), of(7, head(3, 2))];
    let out = sender.step(at(1), told(vec![of(1, head(1, 9))], beyond, Vec::new()));
    assert_eq!(mending(&out), [Output::Pull(range(1, 1, 5, 9))]);
    assert!(mending(&sender.step(at(2), Input::Timer)).is_empty(), "one at a time");
    let out = sender.step(at(3), Input::Pulled(range(1, 1, 5, 9), Some(Seq(7))));
    assert_eq!(mending(&out), [Output::Pull(range(1, 1, 8, 9))]);
    let out = sender.step(at(4), Input::Pulled(range(1, 1, 8, 9), Some(Seq(9))));
    assert_eq!(mending(&out), [Output::Pull(range(1, 2, 1, 3))]);
    let out = sender.step(at(5), Input::Pulled(range(1, 2, 1, 3), None));
    assert_eq!(mending(&out), [Output::Pull(range(7, 3, 1, 2))], "one that fails keeps none back");
    let all = heads(&[(1, head(1, 9), None), (7, head(3, 2), None)]);
    let out = sender.step(at(6), Input::LocalHeads(all));
    assert!(wants(&out).is_empty() && sender.status().all_delivered(), "{out:?}");
    let out = sender.step(at(7), Input::Pulled(range(7, 3, 1, 2), Some(Seq(2))));
    assert!(mending(&out).is_empty(), "what failed waits for the next hello");
}

#[test]
fn holes_are_filled_from_both_sides_once_nothing_new_is_under_way() {
    let mut sender = Sender::new(Pace::LAN);
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(1, 9), None)])));
    sender.step(at(0), Input::LocalLost(vec![range(1, 1, 3, 9), range(2, 1, 1, 1)]));
    let theirs = vec![StreamHead { origin: origin(1), head: head(1, 5) }];
    let out = sender.step(at(300), told(theirs, Vec::new(), vec![range(1, 1, 2, 2)]));
    assert_eq!(wants(&out), [(stream(1, 1), 5)]);
    assert!(mending(&out).is_empty(), "what is new goes first");
    let out = sender.step(at(310), ack(1, head(1, 9)));
    let there = range(1, 1, 3, 5);
    assert_eq!(mending(&out), [Output::Pull(there)], "no more than the receiver holds");
    let out = sender.step(at(320), Input::Pulled(there, Some(Seq(5))));
    assert_eq!(mending(&out), [Output::Resend(range(1, 1, 2, 2))]);
    let out = sender.step(at(330), Input::Resent(range(1, 1, 2, 2), Some(Seq(2))));
    assert!(mending(&out).is_empty());
}

#[test]
fn what_goes_on_from_an_epoch_with_a_hole_says_so() {
    let mut sender = Sender::new(Pace::LAN);
    let held = heads(&[(1, head(1, 9), None), (1, head(2, 3), Some(head(1, 9)))]);
    sender.step(at(0), Input::LocalHeads(held));
    let theirs = vec![StreamHead { origin: origin(1), head: head(1, 4) }];
    let out = sender.step(at(300), greeting(theirs));
    assert_eq!(wants(&out), [(stream(1, 1), 4)]);
    let of_child = |sender: &Sender| sender.status().streams[&stream(1, 2)].trouble;
    assert_eq!(of_child(&sender), Some(Trouble::WaitsForParent(Epoch(1))));
    sender.step(at(310), Input::BatchFailed(stream(1, 1), Failure::Unreadable));
    assert_eq!(of_child(&sender), Some(Trouble::WaitsForLost(Epoch(1))));
}

#[test]
fn what_reached_the_node_above_the_receiver_is_as_the_last_hello_said() {
    let mut sender = Sender::new(Pace::LAN);
    sender.step(at(0), Input::LocalHeads(heads(&[(1, head(5, 7), None)])));
    let hello = |above| {
        let heads = vec![StreamHead { origin: origin(1), head: head(5, 7) }];
        let (beyond, lacks) = (Vec::new(), Vec::new());
        let above: Vec<StreamHead> = above;
        Input::HelloAnswered(Greeting { node: RECEIVER, store: STORE, heads, beyond, lacks, above })
    };
    let above = |sender: &Sender| sender.status().streams.values().next().unwrap().above;
    let there = StreamHead { origin: origin(1), head: head(5, 4) };
    // Also of a stream that is not held here.
    let elsewhere = StreamHead { origin: origin(2), head: head(6, 9) };
    sender.step(at(1), hello(vec![there, elsewhere]));
    assert_eq!(above(&sender), Some(head(5, 4)));
    sender.step(at(200_000), Input::Timer);
    sender.step(at(200_001), hello(Vec::new()));
    assert_eq!(above(&sender), None);
}
