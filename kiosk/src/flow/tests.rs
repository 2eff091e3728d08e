use proptest::prelude::*;

use super::*;

fn scan(sighting: Sighting) -> ScanNumber {
    match sighting {
        Sighting::New(scan) => scan,
        Sighting::Same => panic!("expected a new scan"),
    }
}

#[test]
fn a_scan_leads_to_one_verdict_and_back() {
    let mut flow = Flow::default();
    let first = scan(flow.sighted("A", 0));
    assert_eq!(flow.sighted("A", 100), Sighting::Same, "while it is decided");
    assert!(flow.decided(first, "welcome", Lasting::VERDICT, 200));
    assert_eq!(flow.sighted("A", 300), Sighting::Same, "while it is shown");
    assert_eq!(flow.shown(400), Some((first, &"welcome")));
    assert!(flow.is_ready(20_000));
    assert_eq!(flow.shown(20_000), None);
}

#[test]
fn a_code_held_on_is_the_same_scan_and_later_a_new_one() {
    let mut flow = Flow::default();
    let first = scan(flow.sighted("A", 0));
    assert!(flow.decided(first, (), Lasting::VERDICT, 1));
    for now_ms in (0..60_000).step_by(500) {
        assert_eq!(flow.sighted("A", now_ms), Sighting::Same);
    }
    assert!(flow.is_ready(59_999), "the result went although the code was held on");
    assert_eq!(flow.sighted("A", 59_500 + SAME_SCAN_MS), Sighting::Same);
    scan(flow.sighted("A", 62_500 + SAME_SCAN_MS + 1));
}

#[test]
fn a_new_scan_takes_the_screen() {
    let mut flow = Flow::default();
    let first = scan(flow.sighted("A", 0));
    assert!(flow.decided(first, "first", Lasting::TICKET, 1));
    let second = scan(flow.sighted("B", 2));
    assert_eq!(flow.shown(3), None, "the first person's result is gone at once");
    let third = scan(flow.sighted("C", 4));
    assert!(!flow.decided(second, "second", Lasting::VERDICT, 5), "overtaken");
    assert!(flow.decided(third, "third", Lasting::VERDICT, 6));
    assert_eq!(flow.shown(7), Some((third, &"third")));
}

#[test]
fn a_ticket_on_the_screen_does_not_scan_itself() {
    let mut flow = Flow::default();
    let walk_in = flow.begin(0);
    assert!(flow.decided(walk_in, "ticket", Lasting::TICKET, 10));
    flow.shows_code("T", 10);
    assert_eq!(flow.sighted("T", 50), Sighting::Same);
    assert_eq!(flow.sighted("T", 50_000), Sighting::Same, "photographed late");
    flow.finish();
    scan(flow.sighted("T", 60_000));
}

#[test]
fn a_failed_scan_may_be_repeated_at_once() {
    let mut flow = Flow::<()>::default();
    let first = scan(flow.sighted("A", 0));
    flow.failed(first);
    assert!(flow.is_ready(1));
    scan(flow.sighted("A", 2));
}

#[test]
fn looking_longer_ends_too() {
    let mut flow = Flow::default();
    let first = scan(flow.sighted("A", 0));
    assert!(flow.decided(first, (), Lasting::WELCOME, 0));
    flow.longer(10_000);
    assert!(flow.shown(10_000 + LONGER_MS).is_some());
    assert!(flow.is_ready(10_000 + LONGER_MS + SLACK_MS));
    flow.longer(100_000);
    assert!(flow.is_ready(100_001), "nothing to look at, nothing prolonged");
}

#[derive(Debug, Clone)]
enum Step {
    Sighted(u8),
    Begin,
    ShowsCode(u8),
    Decided(usize),
    Failed(usize),
    Longer,
    Finish,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..4).prop_map(Step::Sighted),
        Just(Step::Begin),
        (0_u8..4).prop_map(Step::ShowsCode),
        (0_usize..8).prop_map(Step::Decided),
        (0_usize..8).prop_map(Step::Failed),
        Just(Step::Longer),
        Just(Step::Finish),
        (0_u64..12_000).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever happened, the station is ready after a while, has forgotten everybody, and the next
    /// person's code is a new scan at any moment; and no scan is shown twice.
    #[test]
    fn any_sequence_ends_ready(steps in proptest::collection::vec(step(), 0..60)) {
        let mut flow = Flow::default();
        let mut open = Vec::new();
        let mut shown = Vec::new();
        let mut now_ms = 0;
        for step in steps {
            match step {
                Step::Sighted(code) => {
                    if let Sighting::New(scan) = flow.sighted(&code.to_string(), now_ms) {
                        open.push(scan);
                    }
                }
                Step::Begin => open.push(flow.begin(now_ms)),
                Step::ShowsCode(code) => flow.shows_code(&code.to_string(), now_ms),
                Step::Decided(at) if at < open.len() => {
                    let scan = open.remove(at);
                    if flow.decided(scan, scan.0, Lasting::WELCOME, now_ms) {
                        prop_assert!(!shown.contains(&scan));
                        shown.push(scan);
                        prop_assert_eq!(flow.shown(now_ms), Some((scan, &scan.0)));
                    }
                }
                Step::Failed(at) if at < open.len() => flow.failed(open.remove(at)),
                Step::Decided(_) | Step::Failed(_) => {}
                Step::Longer => flow.longer(now_ms),
                Step::Finish => flow.finish(),
                Step::Wait(wait_ms) => now_ms += wait_ms,
            }
        }
        prop_assert!(matches!(flow.sighted("somebody new", now_ms), Sighting::New(_)));
        now_ms += 200_000;
        prop_assert!(flow.is_ready(now_ms));
        prop_assert_eq!(flow.shown(now_ms), None);
        prop_assert!(matches!(flow.sighted("0", now_ms), Sighting::New(_)));
    }
}
