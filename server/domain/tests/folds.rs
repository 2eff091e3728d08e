//! The fold's promise: whatever order the nodes' records arrive in, as long as each node's own
//! order is kept, everybody ends with the same fair.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what should not happen"
)]

use domain::day::{Day, Days};
use domain::event::{
    AccountCreated, AccountDisabled, BoothAssigned, Channel, DeviceRevoked, Event, FairClosed,
    FairOpened, FairPlanned, Method, NumbersGranted, OutcomeRecorded, ScanRefused, SeekerCheckedIn,
    SeekerRegistered, ShiftEnded, ShiftStarted, TalkOutcome, TicketIssued, TicketRevoked,
    VerdictShown,
};
use domain::fair::{Fair, Stamp, Subject};
use domain::ids::{
    AccountId, EmployerId, Epoch, FairTag, Hlc, NodeId, Reference, Seq, ShortNumber,
};
use domain::role::Role;
use domain::statistics::Statistics;
use domain::verdict::{Doubt, Verdict};
use proptest::prelude::*;

const DAY: Day = Day(2_255);
const DAYS: Days = Days { first: DAY, last: Day(2_256) };

fn planned(name: u8) -> Event {
    FairPlanned {
        fair: FairTag([1; 4]),
        name: format!("fair {name}"),
        place: "square".to_owned(),
        district: 210_202,
        days: DAYS,
        address: "http://10.0.0.1".to_owned(),
        entry_limit: None,
    }
    .into()
}

fn checked_in(reference: Reference, day: Day, first: bool) -> Event {
    let repeat = Verdict::AlreadyCheckedIn { at: Hlc(1), station: NodeId([1; 16]) };
    let verdict = if first { Verdict::Welcome } else { repeat };
    SeekerCheckedIn { reference, day, method: Method::Camera, verdict }.into()
}

fn any_event() -> impl Strategy<Value = Event> {
    let reference = (0_u8..6).prop_map(|n| Reference([n; 8]));
    let account = (0_u8..3).prop_map(|n| AccountId([n; 8]));
    let day = prop_oneof![Just(DAY), Just(Day(2_256))];
    let booth = prop_oneof![Just("A01"), Just("B12")].prop_map(|text| text.parse().unwrap());
    let outcome = prop_oneof![Just(TalkOutcome::Talk), Just(TalkOutcome::Hire)];
    let refused = Verdict::AskVolunteer { reason: Doubt::TicketRevoked };
    prop_oneof![
        any::<u8>().prop_map(planned),
        Just(Event::from(FairOpened {})),
        Just(Event::from(FairClosed {})),
        (reference.clone(), 0_u32..9).prop_map(|(reference, serial)| {
            let number = ShortNumber::of_serial(10_000 + serial).unwrap();
            let channel = Channel::Kiosk;
            TicketIssued { reference, number, days: DAYS, channel, codes: [0; 2] }.into()
        }),
        reference.clone().prop_map(|reference| TicketRevoked { reference }.into()),
        (reference.clone(), 1_u8..4).prop_map(|(reference, group)| {
            SeekerRegistered {
                reference,
                notice_version: 1,
                language: "zh".to_owned(),
                channel: Channel::Phone,
                purposes: vec![1],
                groups: vec![group],
            }
            .into()
        }),
        (reference.clone(), day, any::<bool>())
            .prop_map(|(reference, day, first)| checked_in(reference, day, first)),
        Just(ScanRefused { reference: None, method: Method::Camera, verdict: refused }.into()),
        (booth.clone(), reference, outcome).prop_map(|(booth, reference, outcome)| {
            OutcomeRecorded { booth, reference, posting: None, outcome }.into()
        }),
        (booth, any::<u8>()).prop_map(|(booth, employer)| {
            BoothAssigned { booth, employer: EmployerId([employer; 8]) }.into()
        }),
        account.clone().prop_map(|account| {
            AccountCreated { account, role: Role::Volunteer, booth: None }.into()
        }),
        account.prop_map(|account| AccountDisabled { account }.into()),
        (0_u8..3).prop_map(|node| DeviceRevoked { node: NodeId([node; 16]) }.into()),
        (0_u8..3, 0_u32..9).prop_map(|(node, first)| {
            let first_serial = 10_000 + first * 100;
            NumbersGranted { node: NodeId([node; 16]), first_serial, count: 100 }.into()
        }),
    ]
}

/// What one node did: shifts begin and end at one node, and a correction follows its check-in.
fn journal(origin: u8) -> impl Strategy<Value = Vec<(Stamp, Event)>> {
    proptest::collection::vec((any_event(), any::<bool>(), 0_u64..50), 0..25).prop_map(
        move |events| {
            let node = NodeId([origin; 16]);
            let mut time = Hlc::from_ms(DAY.start_ms());
            let mut all = Vec::new();
            let account = AccountId([100 + origin; 8]);
            let shift = ShiftStarted { account, desk: 1 };
            let started = (Event::from(shift), false, 1);
            let ended = (Event::from(ShiftEnded { account }), false, 90_000);
            let events = std::iter::once(started).chain(events).chain(std::iter::once(ended));
            for (seq, (event, rehearsal, pause_ms)) in (1..).zip(events) {
                time = time.next(time.unix_ms() + pause_ms);
                let (epoch, seq) = (Epoch(1), Seq(seq * 2));
                let stamp =
                    Stamp { origin: node, epoch, seq, time, at: time, actor: None, rehearsal };
                let follows = correction(&event, &stamp);
                all.push((stamp, event));
                if let Some(shown) = follows {
                    let seq = Seq(stamp.seq.0 + 1);
                    all.push((Stamp { seq, time: time.next(0), ..stamp }, shown));
                    time = time.next(0);
                }
            }
            all
        },
    )
}

fn correction(event: &Event, stamp: &Stamp) -> Option<Event> {
    let Event::SeekerCheckedIn(scan) = event else { return None };
    let shown = Verdict::AlreadyCheckedIn { at: Hlc(1), station: NodeId([9; 16]) };
    (scan.verdict == Verdict::Welcome && stamp.time.unix_ms().is_multiple_of(3)).then(|| {
        VerdictShown {
            epoch: stamp.epoch,
            seq: stamp.seq,
            verdict: shown,
            corrects: Some((scan.reference, scan.day)),
        }
        .into()
    })
}

/// Merges journals by drawing from one of them at each step.
fn merge(journals: &[Vec<(Stamp, Event)>], draws: &[usize]) -> Vec<(Stamp, Event)> {
    let mut left: Vec<_> = journals.iter().map(|journal| journal.iter()).collect();
    let mut draws = draws.iter().cycle();
    let mut merged = Vec::new();
    while left.iter().any(|journal| journal.len() > 0) {
        let open: Vec<usize> = (0..left.len()).filter(|n| left[*n].len() > 0).collect();
        let chosen = open[draws.next().unwrap() % open.len()];
        merged.extend(left[chosen].next().cloned());
    }
    merged
}

fn folded(records: &[(Stamp, Event)]) -> Fair {
    let mut fair = Fair::default();
    for (stamp, event) in records {
        fair.fold(stamp, event);
    }
    fair
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_arrival_gives_the_same_fair(
        journals in (journal(1), journal(2), journal(3)),
        one in proptest::collection::vec(0_usize..3, 40),
        other in proptest::collection::vec(0_usize..3, 40),
    ) {
        let journals = [journals.0, journals.1, journals.2];
        let first = folded(&merge(&journals, &one));
        let second = folded(&merge(&journals, &other));
        prop_assert_eq!(Statistics::of_live(&first), Statistics::of_live(&second));
        prop_assert_eq!(&first, &second);
        // A snapshot keeps all of it.
        let kept = minicbor::to_vec(&first).unwrap();
        prop_assert_eq!(minicbor::decode::<Fair>(&kept).unwrap(), second);
    }

    #[test]
    fn persons_are_never_more_than_entries(journal in journal(1)) {
        let mut fair = Fair::default();
        for (stamp, event) in &journal {
            // Only admitting first scans: corrections and repeats let nobody in.
            if matches!(event, Event::SeekerCheckedIn(scan) if scan.verdict == Verdict::Welcome) {
                fair.fold(stamp, event);
            }
        }
        let figures = Statistics::of_live(&fair);
        prop_assert!(figures.total.persons <= figures.total.entries);
        let by_day: u32 = figures.days.values().map(|day| day.persons).sum();
        prop_assert!(figures.total.persons <= by_day);
    }
}

/// Two things that may well be about the same.
fn any_two() -> impl Strategy<Value = (Event, Event)> {
    let reference = || (0_u8..2).prop_map(|n| Reference([n; 8]));
    let let_in = || reference().prop_map(|reference| checked_in(reference, DAY, true));
    let withdrawn = reference().prop_map(|reference| TicketRevoked { reference }.into());
    let outcome = || {
        let outcome = prop_oneof![Just(TalkOutcome::Talk), Just(TalkOutcome::Hire)];
        let booth = "A01".parse().unwrap();
        (reference(), outcome).prop_map(move |(reference, outcome)| {
            OutcomeRecorded { booth, reference, posting: None, outcome }.into()
        })
    };
    let settings = || any::<u8>().prop_map(planned);
    let given = || {
        let booth = "A01".parse().unwrap();
        (0_u8..3).prop_map(move |n| BoothAssigned { booth, employer: EmployerId([n; 8]) }.into())
    };
    prop_oneof![
        (let_in(), let_in()),
        (let_in(), withdrawn),
        (outcome(), outcome()),
        (settings(), settings()),
        (given(), given()),
        (any_event(), any_event()),
    ]
}

/// One of two site servers that don't hear of each other: what it records, an instant after the other.
fn apart(events: Vec<Event>, origin: u8) -> Vec<(Stamp, Event)> {
    let stamped = (1..).zip(events).map(|(seq, event)| {
        let time = Hlc::from_ms(DAY.start_ms() + seq * 10 + u64::from(origin));
        let (origin, epoch, seq) = (NodeId([origin; 16]), Epoch(1), Seq(seq));
        let stamp = Stamp { origin, epoch, seq, time, at: time, actor: None, rehearsal: false };
        (stamp, event)
    });
    stamped.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whichever of the two records comes second, they disagree about the same, and what is said to count
    /// is what the fold keeps.
    #[test]
    fn both_see_the_same_disagreement_and_the_fold_goes_by_what_is_said(
        (one, other) in any_two(), early in any::<bool>(), swapped in any::<bool>(),
    ) {
        let (one, other) = if swapped { (other, one) } else { (one, other) };
        let both = if early { (1, 2) } else { (2, 1) };
        let (here, there) = (apart(vec![one], both.0), apart(vec![other], both.1));
        let (mine, theirs) = (&here[0], &there[0]);
        let seen = |first: &(Stamp, Event), second: &(Stamp, Event)| {
            folded(std::slice::from_ref(first)).disagreement(first.0.origin, &second.0, &second.1)
        };
        let (at_mine, at_theirs) = (seen(mine, theirs), seen(theirs, mine));
        prop_assert_eq!(at_mine.map(|it| it.subject), at_theirs.map(|it| it.subject));
        let Some(found) = at_mine else { return Ok(()) };
        prop_assert_eq!(at_theirs.map(|it| it.theirs_counts), Some(!found.theirs_counts));
        let fair = folded(&[mine.clone(), theirs.clone()]);
        let kept = if found.theirs_counts { theirs } else { mine };
        match (found.subject, &kept.1) {
            (Subject::LetInTwice { reference, .. }, _) => {
                let visits = &fair.live().ticket(reference).unwrap().visits;
                prop_assert_eq!((visits[0].first, visits[0].welcomes), ((kept.0.at, kept.0.origin), 2));
            }
            (Subject::LetInWithdrawn { reference }, Event::TicketRevoked(_)) => {
                prop_assert!(fair.live().ticket(reference).unwrap().revoked);
            }
            (Subject::Outcome { .. }, Event::OutcomeRecorded(recorded)) => {
                prop_assert_eq!(fair.live().talks().next().unwrap().recorded, *recorded);
            }
            (Subject::Settings, Event::FairPlanned(planned)) => {
                prop_assert_eq!(fair.settings(), Some(planned));
            }
            (Subject::Booth { booth }, Event::BoothAssigned(assigned)) => {
                prop_assert_eq!(fair.booth(booth), Some(assigned.employer));
            }
            (subject, event) => prop_assert!(false, "{subject:?} by {event:?}"),
        }
    }
}

#[test]
fn what_happens_in_rehearsal_counts_nowhere() {
    let node = NodeId([1; 16]);
    let at = |seq: u64, rehearsal| Stamp {
        origin: node,
        epoch: Epoch(1),
        seq: Seq(seq),
        time: Hlc::from_ms(DAY.start_ms() + seq),
        at: Hlc::from_ms(DAY.start_ms() + seq),
        actor: None,
        rehearsal,
    };
    let mut fair = folded(&[
        (at(1, true), planned(1)),
        (at(2, true), checked_in(Reference([1; 8]), DAY, true)),
    ]);
    assert_eq!(Statistics::of(&fair).total.persons, 1, "the rehearsal shows its own figures");
    assert_eq!(Statistics::of_live(&fair).total.persons, 0);
    fair.fold(&at(3, true), &FairOpened {}.into());
    assert_eq!(Statistics::of(&fair).total.persons, 0);
    fair.fold(&at(4, false), &checked_in(Reference([1; 8]), DAY, true));
    assert_eq!(Statistics::of(&fair).total.persons, 1);
}

#[test]
fn two_stations_that_both_let_one_ticket_in_make_one_person_and_one_conflict() {
    let scan = checked_in(Reference([1; 8]), DAY, true);
    let at = |origin: u8| Stamp {
        origin: NodeId([origin; 16]),
        epoch: Epoch(1),
        seq: Seq(1),
        time: Hlc::from_ms(DAY.start_ms() + u64::from(origin)),
        at: Hlc::from_ms(DAY.start_ms() + u64::from(origin)),
        actor: None,
        rehearsal: false,
    };
    let figures = Statistics::of_live(&folded(&[(at(2), scan.clone()), (at(1), scan)]));
    let total = figures.total;
    assert_eq!((total.persons, total.entries, total.conflicts), (1, 2, 1));
}
