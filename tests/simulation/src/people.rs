//! What people do at the fair: seekers, volunteers, the organiser.

use domain::command::{
    Catalogue, Command as Asking, Consultation, NewTicket, Presentation, Registration,
    Scan as AtSite, TicketIdDrawn,
};
use domain::day::Day;
use domain::employer::Employer;
use domain::event::{Channel, Method, VerdictShown};
use domain::ids::{AccountId, ConsultationId, EmployerId, Epoch, Reference, Seq};
use domain::matching::Wish;
use domain::role::{Actor, Role as Staff};
use domain::sealed::{ConsultationText, Contact, Profile};
use domain::station::Today;
use domain::ticket::{Ticket, TicketId, TicketKey};
use domain::verdict::Verdict;
use kiosk::presented::Presented;
use kiosk::station::machine::Command as AtKiosk;
use office::Asked;

use crate::chance::Chance;
use crate::oracle::Fact;
use crate::rules::Command;
use crate::surroundings::MORNING_MS;

/// The volunteer who consults.
pub const VOLUNTEER: AccountId = AccountId([7; 8]);

/// What somebody at a node wants done, as far as its answer has to be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A check-in at a kiosk.
    CheckIn,
    /// A ticket handed out at a kiosk.
    WalkIn,
    /// That another verdict was shown.
    Show,
    /// Something whose answer confirms this.
    Confirms(Option<Fact>),
}

/// A scan at a kiosk that waits for its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// Its record.
    pub record: (Epoch, Seq),
    /// The kiosk's own verdict.
    pub own: Verdict,
    /// Who was let in.
    pub reference: Option<Reference>,
}

/// What is known of the fair outside of its nodes: tickets in people's hands, and the like.
#[derive(Debug)]
pub struct People {
    /// The fair's ticket key.
    pub key: TicketKey,
    /// Tickets in people's hands.
    tickets: Vec<Ticket>,
    imports: u16,
    /// How many employers each import has, from 1 on.
    import_sizes: Vec<usize>,
}

impl People {
    /// Nobody is there yet.
    #[must_use]
    pub const fn new(key: TicketKey) -> Self {
        Self { key, tickets: Vec::new(), imports: 0, import_sizes: Vec::new() }
    }

    /// The day of the fair.
    #[must_use]
    pub fn day() -> Day {
        Day::of_ms(u64::try_from(MORNING_MS).unwrap_or(0))
    }

    /// Somebody was given a ticket.
    pub fn given(&mut self, ticket: Ticket) {
        self.tickets.push(ticket);
    }

    /// The imports so far, by number, with how many employers each has.
    pub fn imports(&self) -> impl Iterator<Item = (u16, usize)> {
        (1..).zip(self.import_sizes.iter().copied())
    }

    /// The next thing somebody does at a kiosk.
    pub fn at_kiosk(&self, chance: &mut Chance) -> (Work, Command) {
        let today = Today { day: Self::day(), trusted: true };
        let command = match chance.below(100) {
            0..60 => {
                let presented = self.presented(chance);
                let method = Method::Camera;
                return (Work::CheckIn, at_kiosk(AtKiosk::CheckIn { presented, method, today }));
            }
            60..97 => {
                let id = TicketId(chance.bytes());
                let address = chance.happens(600).then_some("王女士");
                AtKiosk::WalkIn { id, address, language: "zh", today }
            }
            _ => return (Work::Confirms(None), Command::Novel(chance.bytes::<12>().to_vec())),
        };
        (Work::WalkIn, at_kiosk(command))
    }

    fn presented(&self, chance: &mut Chance) -> Presented {
        let text = chance.pick(&self.tickets).and_then(|ticket| ticket.text(&self.key));
        match text.filter(|_| chance.happens(950)) {
            Some(text) => Presented::Text(text),
            None => Presented::Text("no ticket at all".to_owned()),
        }
    }

    /// The next thing somebody does at the site.
    pub fn at_site(&mut self, chance: &mut Chance, import: u64) -> (Work, Command) {
        match chance.below(100) {
            0..25 => self.ticket(chance),
            25..45 => self.register(chance),
            45..70 => self.check_in(chance),
            70..88 => consult(chance),
            88..94 => self.import(chance, import),
            _ => (Work::Confirms(None), Command::Novel(chance.bytes::<12>().to_vec())),
        }
    }

    fn ticket(&self, chance: &mut Chance) -> (Work, Command) {
        let new = new_ticket(chance);
        let fact = Fact::Ticket(new.id.0.reference());
        (Work::Confirms(Some(fact)), asking(Asking::IssueTicket(new)))
    }

    fn register(&self, chance: &mut Chance) -> (Work, Command) {
        let new = new_ticket(chance);
        let fact = Fact::Ticket(new.id.0.reference());
        let registration = Registration {
            notice_version: 1,
            language: "zh".to_owned(),
            purposes: vec![1],
            groups: Vec::new(),
            contact: Contact { name: Some("样例".to_owned()), phone: None },
            profile: Profile { form_of_address: "李先生".to_owned(), wish: Wish::default() },
        };
        (Work::Confirms(Some(fact)), asking(Asking::RegisterSeeker(new, registration)))
    }

    fn check_in(&self, chance: &mut Chance) -> (Work, Command) {
        let ticket = chance.pick(&self.tickets).copied();
        let presented = ticket.map_or(Presentation::Refused(Verdict::NotGenuine), |ticket| {
            Presentation::Ticket(ticket)
        });
        let scan = AtSite { presented, method: Method::Scanner, today: Self::day() };
        (Work::Confirms(None), asking(Asking::CheckIn(scan)))
    }

    /// A spreadsheet of employers: one transaction.
    pub fn import(&mut self, chance: &mut Chance, most: u64) -> (Work, Command) {
        self.imports += 1;
        let number = self.imports;
        let count = usize::try_from(chance.between(1, most)).unwrap_or(1);
        self.import_sizes.push(count);
        let mut catalogue = Catalogue::default();
        for place in (0_u16..).take(count) {
            let mut id = [0; 8];
            let named = number.to_be_bytes().into_iter().chain(place.to_be_bytes());
            id.iter_mut().zip(named).for_each(|(byte, of_name)| *byte = of_name);
            let id = EmployerId(id);
            let name = format!("样例单位{number}号{place}");
            catalogue.employers.push(Employer {
                id,
                name,
                credit_code: None,
                industry: None,
                booth: None,
            });
        }
        if let (Ok(booth), Some(first)) = ("A01".parse(), catalogue.employers.first()) {
            catalogue.booths.push((booth, first.id));
        }
        (
            Work::Confirms(Some(Fact::Import(number, count))),
            asking(Asking::ImportEmployers(catalogue)),
        )
    }
}

fn consult(chance: &mut Chance) -> (Work, Command) {
    let consultation = ConsultationId(chance.bytes());
    let command = Asking::RecordConsultation(Consultation {
        consultation,
        by: Actor { account: VOLUNTEER, role: Staff::Volunteer },
        today: People::day(),
        category: 1,
        outcome: 1,
        minutes: 20,
        anonymous: true,
        text: ConsultationText { facts: "what was said".to_owned(), ..ConsultationText::default() },
    });
    (Work::Confirms(Some(Fact::Consultation(consultation))), asking(command))
}

fn new_ticket(chance: &mut Chance) -> NewTicket {
    let id = TicketIdDrawn(TicketId(chance.bytes()));
    NewTicket { id, channel: Channel::Tablet, codes: [0; 2] }
}

/// A command to a site or to headquarters.
#[must_use]
pub fn asking(command: Asking) -> Command {
    Command::Office(Box::new(Asked { command, actor: Some(VOLUNTEER), device: None }))
}

const fn at_kiosk(command: AtKiosk) -> Command {
    Command::Station(command)
}

/// What is recorded when another verdict was shown than the scan's record says.
#[must_use]
pub fn show(scan: &Scan, verdict: Verdict) -> Command {
    let (epoch, seq) = scan.record;
    let let_in = scan.reference.filter(|_| scan.own == Verdict::Welcome);
    let corrects = let_in.map(|reference| (reference, People::day()));
    Command::Station(AtKiosk::Show(VerdictShown { epoch, seq, verdict, corrects }))
}
