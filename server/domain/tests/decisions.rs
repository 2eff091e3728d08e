//! What each command leads to, given what happened before: the events, or the refusal by its code.

#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

use domain::codes::{ConsultationCategory, ConsultationOutcome, Desk};
use domain::command::{
    Catalogue, Command, Consultation, NewAccount, NewTicket, Outcome, Presentation, Referral,
    Registration, Reply, Scan, TicketIdDrawn,
};
use domain::day::{Day, Days};
use domain::decide::{Decided, decide};
use domain::employer::Employer;
use domain::event::{
    Channel, DeviceEnrolled, Event, FairPlanned, Method, NodeReplaced, NodeRole, SiteFollowed,
    TalkOutcome,
};
use domain::fair::{Fair, Stamp};
use domain::ids::{
    AccountId, ConsultationId, EmployerId, Epoch, FairTag, Hlc, NodeId, PostingId, Reference, Seq,
    ShortNumber,
};
use domain::matching::Wish;
use domain::refusal::Refusal;
use domain::role::{Actor, Role};
use domain::sealed::{ConsultationText, Contact, Credentials, Profile, ReferralText};
use domain::ticket::{Ticket, TicketId, TicketKey};
use domain::verdict::{Stage, Verdict};

const SITE: NodeId = NodeId([1; 16]);
const VOLUNTEER: AccountId = AccountId([2; 8]);
const KEY: TicketKey = TicketKey([3; 32]);
const TODAY: Day = Day(2_255);

/// A fair and the clock of its site.
struct Given {
    fair: Fair,
    seq: u64,
}

impl Given {
    fn nothing() -> Self {
        Self { fair: Fair::default(), seq: 0 }
    }

    fn rehearsal() -> Self {
        Self::nothing().and(plan()).and(import()).and(account(VOLUNTEER, Role::Volunteer, None))
    }

    fn open() -> Self {
        Self::rehearsal().and(Command::OpenFair)
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads like a sentence")]
    fn and(mut self, command: Command) -> Self {
        self.run(&command).unwrap();
        self
    }

    fn run(&mut self, command: &Command) -> Result<Decided, Refusal> {
        let rehearsal = self.fair.stage() != Stage::Open;
        let decided = decide(&self.fair, SITE, command)?;
        for fact in &decided.facts {
            self.seq += 1;
            let time = Hlc::from_ms(TODAY.start_ms() + self.seq * 60_000);
            let (epoch, seq) = (Epoch(1), Seq(self.seq));
            let stamp = Stamp { origin: SITE, epoch, seq, time, at: time, actor: None, rehearsal };
            self.fair.fold(&stamp, &fact.event);
        }
        Ok(decided)
    }
}

fn check(given: Given, when: &Command, expect: &str) {
    let mut given = given;
    let kinds = |decided: Decided| {
        let name = |event: &Event| {
            let kind = event.kind();
            Event::KINDS.iter().find(|(number, _)| *number == kind).map_or("?", |(_, name)| name)
        };
        decided.facts.iter().map(|fact| name(&fact.event)).collect::<Vec<_>>().join(" ")
    };
    let outcome = match given.run(when) {
        Ok(decided) => kinds(decided),
        Err(refusal) => refusal.code().to_owned(),
    };
    assert_eq!(outcome, expect);
}

fn planned() -> FairPlanned {
    FairPlanned {
        fair: FairTag([9; 4]),
        name: "春风送岗".to_owned(),
        place: "中山广场".to_owned(),
        district: 210_202,
        days: Days { first: TODAY, last: TODAY },
        address: "http://192.168.1.10:8080".to_owned(),
        entry_limit: None,
    }
}

fn plan() -> Command {
    Command::PlanFair(planned(), KEY)
}

fn plan_with(change: impl FnOnce(&mut FairPlanned)) -> Command {
    let mut changed = planned();
    change(&mut changed);
    Command::PlanFair(changed, KEY)
}

fn import() -> Command {
    let employer = Employer {
        id: EmployerId([4; 8]),
        name: "样例机械".to_owned(),
        credit_code: None,
        industry: None,
        booth: None,
    };
    let booths = vec![("A01".parse().unwrap(), employer.id)];
    Command::ImportEmployers(Catalogue { employers: vec![employer], postings: vec![], booths })
}

fn account(account: AccountId, role: Role, booth: Option<&str>) -> Command {
    let booth = booth.map(|text| text.parse().unwrap());
    let text = |text: &str| text.to_owned();
    let credentials =
        Credentials { login: text("li"), name: text("李"), password_hash: text("hash") };
    Command::CreateAccount(NewAccount { account, role, booth, credentials })
}

fn new_ticket(id: u8) -> NewTicket {
    let id = TicketIdDrawn(TicketId([id; 10]));
    NewTicket { id, channel: Channel::Phone, codes: [0; 2] }
}

fn ticket(id: u8, rehearsal: bool) -> Ticket {
    Ticket {
        generation: 0,
        rehearsal,
        fair: FairTag([9; 4]),
        id: TicketId([id; 10]),
        days: planned().days,
        codes: [0; 2],
    }
}

fn scan(presented: Presentation) -> Command {
    Command::CheckIn(Scan { presented, method: Method::Camera, today: TODAY })
}

fn outcome(booth: &str, posting: Option<PostingId>) -> Command {
    let (booth, reference) = (booth.parse().unwrap(), Reference([5; 8]));
    Command::RecordOutcome(Outcome { booth, reference, posting, outcome: TalkOutcome::Hire })
}

fn shift() -> Command {
    Command::StartShift { account: VOLUNTEER, desk: Desk::LegalAid.code() }
}

fn consultation(change: impl FnOnce(&mut Consultation)) -> Command {
    let mut consultation = Consultation {
        consultation: ConsultationId([6; 8]),
        by: Actor { account: VOLUNTEER, role: Role::Volunteer },
        today: TODAY,
        category: ConsultationCategory::UnpaidWages.code(),
        outcome: ConsultationOutcome::Answered.code(),
        minutes: 10,
        anonymous: true,
        text: ConsultationText { facts: "欠薪三个月".to_owned(), ..Default::default() },
    };
    change(&mut consultation);
    Command::RecordConsultation(consultation)
}

fn referral(change: impl FnOnce(&mut Referral)) -> Command {
    let mut referral = Referral {
        consultation: ConsultationId([6; 8]),
        to: ConsultationOutcome::ToLegalAid.code(),
        consent: true,
        due: Some(TODAY.plus(7)),
        text: ReferralText { passed_on: "材料".to_owned() },
    };
    change(&mut referral);
    Command::ReferConsultation(referral)
}

#[test]
fn planning() {
    let first = "FairPlanned TicketKeyDrawn NumbersGranted";
    check(Given::nothing(), &plan(), first);
    check(Given::rehearsal(), &plan(), "FairPlanned");
    check(Given::rehearsal(), &plan_with(|fair| fair.fair = FairTag([8; 4])), "fair_is_another");
    check(Given::nothing(), &plan_with(|fair| fair.name = " ".to_owned()), "bad_text");
    check(Given::nothing(), &plan_with(|fair| fair.place = "广".repeat(81)), "bad_text");
    let early = Days { first: Day(1), last: Day(1) };
    check(Given::nothing(), &plan_with(|fair| fair.days = early), "bad_days");
    for address in ["", "192.168.1.1", "ftp://a", "http://", "http://招聘.example", "http://a/b"]
    {
        let plan = plan_with(|fair| fair.address = address.to_owned());
        check(Given::nothing(), &plan, "bad_address");
    }
    let longest = format!("http://{}", "a".repeat(33));
    check(Given::nothing(), &plan_with(|fair| fair.address.clone_from(&longest)), first);
    let longer = plan_with(|fair| fair.address = longest.clone() + "a");
    check(Given::nothing(), &longer, "bad_address");
}

#[test]
fn stages() {
    check(Given::nothing(), &Command::OpenFair, "fair_not_planned");
    check(Given::nothing().and(plan()), &Command::OpenFair, "no_booths");
    check(Given::rehearsal(), &Command::OpenFair, "FairOpened");
    check(Given::open(), &Command::OpenFair, "fair_already_open");
    check(Given::rehearsal(), &Command::CloseFair, "fair_not_open");
    check(Given::open(), &Command::CloseFair, "FairClosed");
    let closed = || Given::open().and(Command::CloseFair);
    for command in [Command::OpenFair, Command::CloseFair, plan(), import()] {
        check(closed(), &command, "fair_closed");
    }
}

#[test]
fn ticket_keys_end_after_sixteen_generations() {
    let draw = Command::DrawTicketKey(KEY);
    check(Given::nothing(), &draw, "fair_not_planned");
    let mut given = Given::rehearsal();
    for _ in 1..16 {
        given = given.and(draw.clone());
    }
    assert_eq!(given.fair.key_generation(), Some(15));
    check(given, &draw, "keys_used_up");
}

#[test]
fn a_site_server_and_its_standby_never_draw_one_generation() {
    let standby = SiteFollowed {
        node: NodeId([6; 16]),
        public_keys: [0; 64],
        address: "http://192.168.1.11".to_owned(),
    };
    let drawn = |mut given: Given| {
        let draw = || given.run(&Command::DrawTicketKey(KEY)).ok().and(given.fair.key_generation());
        std::iter::from_fn(draw).collect::<Vec<u8>>()
    };
    let followed = || Given::rehearsal().and(Command::NoteStandby(standby.clone()));
    let promotion = Command::TakeOver(NodeReplaced {
        node: SITE,
        before: vec![NodeId([6; 16])],
        missing: Vec::new(),
        public_keys: None,
    });
    assert_eq!(drawn(followed()), [2, 4, 6, 8, 10, 12, 14]);
    assert_eq!(drawn(followed().and(promotion)), [1, 3, 5, 7, 9, 11, 13, 15]);
}

#[test]
fn the_same_spreadsheet_again_changes_nothing() {
    check(Given::nothing().and(plan()), &import(), "EmployerAdded BoothAssigned");
    check(Given::rehearsal(), &import(), "");
}

#[test]
fn tickets() {
    let issue = Command::IssueTicket(new_ticket(1));
    check(Given::nothing(), &issue, "fair_not_planned");
    check(Given::open(), &issue, "TicketIssued");
    check(Given::open().and(Command::CloseFair), &issue, "fair_closed");
    let profile = Profile { form_of_address: "王女士".to_owned(), wish: Wish::default() };
    let registration = Registration {
        notice_version: 1,
        language: "zh".to_owned(),
        purposes: vec![],
        groups: vec![],
        contact: Contact::default(),
        profile,
    };
    let register = Command::RegisterSeeker(new_ticket(1), registration);
    check(Given::open(), &register, "TicketIssued SeekerRegistered");
    let reference = TicketId([1; 10]).reference();
    check(Given::open(), &Command::RevokeTicket(reference), "unknown_ticket");
    check(Given::open().and(issue), &Command::RevokeTicket(reference), "TicketRevoked");
}

#[test]
fn a_site_takes_another_block_when_its_numbers_are_used_up() {
    let mut given = Given::open();
    let mut numbers = std::collections::HashSet::new();
    let mut blocks = 0;
    for id in 0..10_050_u32 {
        let mut bytes = [0; 10];
        bytes[..4].copy_from_slice(&id.to_be_bytes());
        let id = TicketIdDrawn(TicketId(bytes));
        let new = NewTicket { id, channel: Channel::Paper, codes: [0; 2] };
        let decided = given.run(&Command::IssueTicket(new)).unwrap();
        blocks += decided.facts.len() - 1;
        let Reply::Issued { number, .. } = decided.reply else { panic!("no ticket") };
        assert!(numbers.insert(number), "{number} was given twice");
    }
    assert_eq!(blocks, 1);
}

#[test]
fn phones_leave_the_last_numbers_to_those_at_the_door() {
    let mut given = Given::open();
    let node = NodeId([7; 16]);
    let granted = domain::event::NumbersGranted { node, first_serial: 20_000, count: 60_000 };
    let (epoch, seq, time) = (Epoch(1), Seq(9_000), Hlc::from_ms(TODAY.start_ms()));
    let stamp = Stamp { origin: SITE, epoch, seq, time, at: time, actor: None, rehearsal: false };
    given.fair.fold(&stamp, &granted.into());
    let mut last = None;
    for id in 0..10_001_u32 {
        let mut bytes = [1; 10];
        bytes[..4].copy_from_slice(&id.to_be_bytes());
        let id = TicketIdDrawn(TicketId(bytes));
        let new = NewTicket { id, channel: Channel::Phone, codes: [0; 2] };
        last = Some((new.clone(), given.run(&Command::IssueTicket(new))));
    }
    let (new, refused) = last.unwrap();
    assert_eq!(refused.unwrap_err(), Refusal::NumbersUsedUp);
    let at_the_door = NewTicket { channel: Channel::Tablet, ..new };
    assert!(given.run(&Command::IssueTicket(at_the_door)).is_ok());
}

#[test]
fn check_ins() {
    let issue = || Given::open().and(Command::IssueTicket(new_ticket(1)));
    let present = scan(Presentation::Ticket(ticket(1, false)));
    check(issue(), &present, "SeekerCheckedIn");
    check(Given::open(), &present, "SeekerCheckedIn");
    check(Given::open(), &scan(Presentation::Ticket(ticket(1, true))), "ScanRefused");
    check(Given::open(), &scan(Presentation::Refused(Verdict::NotGenuine)), "ScanRefused");
    let mut given = issue();
    let verdict = |given: &mut Given, command: &Command| match given.run(command).unwrap().reply {
        Reply::Scanned(scanned) => scanned.verdict.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(verdict(&mut given, &present), "welcome");
    assert_eq!(verdict(&mut given, &present), "already_checked_in");
    let first = ShortNumber::of_serial(10_000).unwrap();
    assert_eq!(verdict(&mut given, &scan(Presentation::Number(first))), "already_checked_in");
    let other = ShortNumber::of_serial(10_001).unwrap();
    assert_eq!(verdict(&mut given, &scan(Presentation::Number(other))), "unknown_number");
    // A station that was stolen knew the old key: what it may have made is looked at.
    let mut newer = issue().and(Command::DrawTicketKey(KEY));
    assert_eq!(verdict(&mut newer, &present), "welcome");
    assert_eq!(verdict(&mut newer, &scan(Presentation::Ticket(ticket(2, false)))), "unknown_key");
    let mut revoked = issue().and(Command::RevokeTicket(TicketId([1; 10]).reference()));
    assert_eq!(verdict(&mut revoked, &present), "ticket_revoked");
}

#[test]
fn booths_and_their_accounts() {
    check(Given::nothing(), &outcome("A01", None), "fair_not_planned");
    check(Given::open(), &outcome("A01", None), "OutcomeRecorded");
    check(Given::open(), &outcome("B01", None), "unknown_booth");
    check(Given::open(), &outcome("A01", Some(PostingId([1; 8]))), "unknown_posting");
    let id = AccountId([7; 8]);
    check(Given::open(), &account(id, Role::Booth, None), "booth_missing");
    check(Given::open(), &account(id, Role::Booth, Some("Z09")), "unknown_booth");
    check(Given::open(), &account(id, Role::Booth, Some("A01")), "AccountCreated");
    check(Given::open(), &Command::DisableAccount(id), "unknown_account");
    check(Given::open(), &Command::DisableAccount(VOLUNTEER), "AccountDisabled");
}

#[test]
fn shifts_and_consultations() {
    check(Given::nothing(), &shift(), "fair_not_planned");
    check(Given::open(), &shift(), "ShiftStarted");
    check(Given::open().and(shift()), &shift(), "shift_running");
    let bad_desk = Command::StartShift { account: VOLUNTEER, desk: 99 };
    check(Given::open(), &bad_desk, "unknown_code");
    let nobody = Command::StartShift { account: AccountId([8; 8]), desk: 1 };
    check(Given::open(), &nobody, "unknown_account");
    let end = Command::EndShift { account: VOLUNTEER };
    check(Given::open(), &end, "no_shift");
    check(Given::open().and(shift()), &end, "ShiftEnded");

    let on_shift = || Given::open().and(shift());
    check(Given::open(), &consultation(|_| {}), "no_shift");
    check(on_shift(), &consultation(|_| {}), "ConsultationRecorded");
    check(on_shift(), &consultation(|new| new.category = 200), "unknown_code");
    check(on_shift(), &consultation(|new| new.outcome = 200), "unknown_code");
    check(on_shift(), &consultation(|new| new.text.facts = String::new()), "bad_text");
    check(on_shift(), &consultation(|new| new.text.advice = "长".repeat(4_001)), "bad_text");

    let recorded = || on_shift().and(consultation(|_| {}));
    check(on_shift(), &referral(|_| {}), "unknown_consultation");
    check(recorded(), &referral(|_| {}), "ConsultationReferred");
    check(recorded(), &referral(|new| new.to = 200), "unknown_code");
    check(recorded(), &referral(|new| new.consent = false), "consent_missing");
    let nothing_passed_on = referral(|new| {
        new.consent = false;
        new.text.passed_on = String::new();
    });
    check(recorded(), &nothing_passed_on, "ConsultationReferred");
}

#[test]
fn consultations_are_numbered_by_the_day() {
    let mut given = Given::open().and(shift());
    for (day, serial) in [(TODAY, 1), (TODAY, 2), (TODAY.plus(1), 1)] {
        let mut id = 0;
        let command = consultation(|new| {
            new.today = day;
            id += 1;
            new.consultation = ConsultationId([id; 8]);
        });
        assert_eq!(given.run(&command).unwrap().reply, Reply::Recorded { serial });
    }
}

#[test]
fn nodes() {
    let node = NodeId([5; 16]);
    let device = DeviceEnrolled {
        node,
        role: NodeRole::Kiosk,
        name: "入口 1".to_owned(),
        public_keys: [0; 64],
    };
    let enrol = Command::EnrolDevice(device);
    check(Given::open(), &enrol, "DeviceEnrolled NumbersGranted");
    check(Given::open().and(enrol.clone()), &enrol, "DeviceEnrolled");
    check(Given::open(), &Command::RevokeDevice(node, Some(KEY)), "unknown_node");
    let revoke = |key| Command::RevokeDevice(node, key);
    check(Given::open().and(enrol.clone()), &revoke(None), "DeviceRevoked");
    check(Given::open().and(enrol.clone()), &revoke(Some(KEY)), "DeviceRevoked TicketKeyDrawn");
    check(Given::open(), &Command::GrantNumbers(node), "unknown_node");
    check(Given::open().and(enrol), &Command::GrantNumbers(node), "NumbersGranted");
}

#[test]
fn one_machine_takes_the_place_of_another() {
    let replaced = |node, before| NodeReplaced {
        node,
        before: vec![before],
        missing: Vec::new(),
        public_keys: None,
    };
    let other = NodeId([6; 16]);
    let takes_over = Command::TakeOver(replaced(SITE, other));
    check(Given::nothing(), &takes_over, "fair_not_planned");
    // Numbers that the other one may have granted unheard are left to it.
    check(Given::open(), &takes_over, "NodeReplaced NumbersGranted");
    check(Given::open().and(takes_over.clone()), &takes_over, "");
    check(Given::open().and(takes_over), &Command::CloseFair, "FairClosed");
    // Whose place was taken records nothing from when it hears of that.
    let taken = Command::ReplaceNode(None, replaced(other, SITE));
    check(Given::open(), &taken, "NodeReplaced");
    for command in
        [&taken, &Command::CloseFair, &Command::StartShift { account: VOLUNTEER, desk: 1 }]
    {
        check(Given::open().and(taken.clone()), command, "site_superseded");
    }
}

/// Refusals that the rules never give are dead: each must appear in a case above, but for the two
/// that need ninety thousand tickets or another layer.
#[test]
fn every_refusal_has_a_case() {
    let cases = include_str!("decisions.rs");
    let elsewhere = ["numbers_used_up", "not_your_booth", "site_follows", "not_a_standby"];
    for refusal in Refusal::ALL {
        let code = refusal.code();
        let tested = cases.contains(&format!("\"{code}\""));
        assert!(tested || elsewhere.contains(&code), "{code} has no case");
    }
}
