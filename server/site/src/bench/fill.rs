//! A large fair for measuring: what a day of work leaves behind, through the site's own store.

use std::time::Duration;

use domain::command::{
    Catalogue, Command, Consultation, NewTicket, Outcome, Presentation, Registration, Reply, Scan,
    TicketIdDrawn,
};
use domain::day::Day;
use domain::employer::{
    BoothNumber, Conditions, Employer, EmploymentType, PayRange, Place, Posting,
};
use domain::event::{Channel, Method, TalkOutcome};
use domain::ids::{AccountId, ConsultationId, EmployerId, PostingId};
use domain::matching::Wish;
use domain::role::{Actor, Role};
use domain::sealed::{ConsultationText, Contact, Profile};
use domain::ticket::{Ticket, TicketId};
use domain::verdict::Verdict;
use office::{Asked, OfficeMachine};
use store::Store;
use tokio::task::JoinSet;
use web::ApiError;

use crate::machine::FairMachine;

/// Commands that wait for one sync together.
const AT_ONCE: u32 = 512;
const POSTINGS_EACH: u16 = 10;
/// How long the look-up rows may take to follow what one request wrote.
const ROWS_BOUND: Duration = Duration::from_secs(60);

type Result<T> = std::result::Result<T, ApiError>;

/// What a fair is to have at least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) employers: u16,
    pub(super) seekers: usize,
    pub(super) records: u64,
}

/// Fills the fair of a site, a share at each request, the same each time.
pub(super) struct Filler {
    store: Store<FairMachine>,
    chance: u64,
    tickets: Vec<Ticket>,
    employers: u16,
}

impl Filler {
    pub(super) const fn new(store: Store<FairMachine>) -> Self {
        Self { store, chance: 1, tickets: Vec::new(), employers: 0 }
    }

    /// Goes on until there are so many employers, seekers, and then records; the look-up rows have
    /// followed when it answers. Answers how many records there are.
    pub(super) async fn fill(&mut self, wanted: Wanted) -> Result<u64> {
        let Wanted { employers, seekers, records } = wanted;
        let volunteer = self.store.read(|rules| {
            let mut accounts = rules.fair().accounts();
            accounts.find(|(_, account)| account.role == Role::Volunteer).map(|(id, _)| id)
        });
        let volunteer = volunteer.ok_or_else(|| ApiError::internal("nobody is a volunteer"))?;
        if self.employers == 0 {
            self.employers = employers;
            self.run(vec![Command::ImportEmployers(catalogue(employers)?)]).await?;
            self.run(vec![Command::StartShift { account: volunteer, desk: 1 }]).await?;
        }
        while self.tickets.len() < seekers {
            let left = u32::try_from(seekers - self.tickets.len()).unwrap_or(AT_ONCE);
            self.admit(left.min(AT_ONCE)).await?;
        }
        while self.store.status().records < records {
            let some = (0..AT_ONCE).map(|_| self.anything(volunteer)).collect::<Result<_>>()?;
            self.run(some).await?;
        }
        if let Some(views) = self.store.views() {
            let followed = views.wait_for(self.store.position(), ROWS_BOUND).await;
            followed.map_err(ApiError::internal)?;
        }
        Ok(self.store.status().records)
    }

    /// Some get a ticket, half of them register, and all come in.
    async fn admit(&mut self, count: u32) -> Result<()> {
        let new = (0..count).map(|number| self.seeker(number)).collect();
        let mut fresh = Vec::new();
        for reply in self.run(new).await? {
            let Reply::Issued { ticket, .. } = reply else {
                return Err(ApiError::internal("no ticket was issued"));
            };
            fresh.push(ticket);
        }
        self.run(fresh.iter().map(|ticket| scan(Presentation::Ticket(*ticket))).collect()).await?;
        self.tickets.extend(fresh);
        Ok(())
    }

    fn seeker(&mut self, number: u32) -> Command {
        let id = TicketIdDrawn(TicketId(self.bytes()));
        let new = NewTicket { id, channel: Channel::Kiosk, codes: [3, 7] };
        if number.is_multiple_of(2) {
            return Command::IssueTicket(new);
        }
        let contact =
            Contact { name: Some("王小样".to_owned()), phone: Some(format!("139{number:08}")) };
        let profile = Profile { form_of_address: "王女士".to_owned(), wish: Wish::default() };
        let registration = Registration {
            notice_version: 1,
            language: "zh".to_owned(),
            purposes: vec![1, 2],
            groups: vec![1],
            contact,
            profile,
        };
        Command::RegisterSeeker(new, registration)
    }

    /// What a fair consists of once people are in: talks, tickets shown again, strange tickets,
    /// consultations.
    fn anything(&mut self, volunteer: AccountId) -> Result<Command> {
        let which = self.below(self.tickets.len());
        let ticket = *self.tickets.get(which).ok_or_else(|| ApiError::internal("nobody came"))?;
        Ok(match self.below(100) {
            0..55 => Command::RecordOutcome(Outcome {
                booth: booth(u16::try_from(self.below(self.employers.into())).unwrap_or_default())?,
                reference: ticket.reference(),
                posting: None,
                outcome: TalkOutcome::Talk,
            }),
            55..85 => scan(Presentation::Ticket(ticket)),
            85..97 => scan(Presentation::Refused(Verdict::NotGenuine)),
            _ => Command::RecordConsultation(Consultation {
                consultation: ConsultationId(self.bytes()),
                by: Actor { account: volunteer, role: Role::Volunteer },
                today: today(),
                category: 1,
                outcome: 2,
                minutes: 15,
                anonymous: false,
                text: ConsultationText {
                    facts: "被拖欠工资三个月，单位说没有钱，劳动合同在单位手里。".repeat(3),
                    advice: "先向劳动监察投诉，保存考勤和工资条。".to_owned(),
                    articles: "劳动法第五十条".to_owned(),
                    ..ConsultationText::default()
                },
            }),
        })
    }

    async fn run(&self, commands: Vec<Command>) -> Result<Vec<Reply>> {
        let mut running = JoinSet::new();
        for command in commands {
            let store = self.store.clone();
            let asked = Asked { command, actor: None, device: None };
            running.spawn(async move { store.run(asked).await });
        }
        let mut replies = Vec::new();
        while let Some(done) = running.join_next().await {
            let answer = done.map_err(ApiError::internal)?.map_err(office::failure::stored)?;
            replies.push(answer.reply().map_err(office::failure::refused)?);
        }
        Ok(replies)
    }

    /// The next number of SplitMix64.
    fn bits(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.bits() >> 16).unwrap_or(0).checked_rem(bound).unwrap_or(0)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| {
            let [byte, ..] = self.bits().to_be_bytes();
            byte
        })
    }
}

fn today() -> Day {
    Day::of_ms(office::now_ms())
}

fn scan(presented: Presentation) -> Command {
    Command::CheckIn(Scan { presented, method: Method::Camera, today: today() })
}

/// Booths of zones from E on: those of a spreadsheet are at the front.
fn booth(number: u16) -> Result<BoothNumber> {
    let [_, zone] = (number / 90).to_be_bytes();
    let [_, place] = (number % 90 + 1).to_be_bytes();
    BoothNumber::new(char::from(b'E' + zone), place).map_err(ApiError::internal)
}

fn catalogue(employers: u16) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    for number in 0..employers {
        let [high, low] = number.to_be_bytes();
        let id = EmployerId([1, 1, 1, 1, 1, 1, high, low]);
        let name = format!("样例公司第{number}号");
        let booth = booth(number)?;
        let employer = Employer { id, name, credit_code: None, industry: None, booth: Some(booth) };
        catalogue.employers.push(employer);
        catalogue.booths.push((booth, id));
        catalogue.postings.extend((0..POSTINGS_EACH).map(|which| posting(id, (number, which))));
    }
    Ok(catalogue)
}

fn posting(employer: EmployerId, (number, which): (u16, u16)) -> Posting {
    let ([high, low], [_, place]) = (number.to_be_bytes(), which.to_be_bytes());
    Posting {
        id: PostingId([2, 2, 2, 2, 2, place, high, low]),
        employer,
        title: format!("装配工{which}"),
        occupation: None,
        openings: 5,
        employment: EmploymentType::FullTime,
        pay: Some(PayRange::monthly(4_500, 7_000)),
        education_min: None,
        place: Place { district: None, address: "大连市金州区样例路1号".to_owned() },
        conditions: Conditions::default(),
        valid_until: None,
        text: "包吃住，两班倒，计件加全勤，五险一金。".to_owned(),
    }
}
