//! The running site: its office, its ticket keys, its suggestions, its stations.

use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use domain::fair::Fair;
use domain::ids::AccountId;
use office::accounts::slower;
use office::{Office, lock};
use store::Store;
use web::live::Live;
use web::throttle::{Pace, Throttle};
use web::{ApiError, Stop};

use crate::budget::{Allowance, Budget};
use crate::by_hand::ByHand;
use crate::enrolment::Enrolments;
use crate::following::Followed;
use crate::headquarters::Headquarters;
use crate::machine::FairMachine;
use crate::overview::LastHeard;
use crate::standby::Standby;
use crate::suggestions::Suggestions;
use crate::ticket_keys::TicketKeys;

/// How many pages may follow the fair live.
const LIVE_STREAMS: usize = 512;

/// Tickets for phones, all together: a crowd at once, then ten a second. The largest fairs have
/// five arrivals a second in their worst minute.
const REGISTRATIONS: Allowance = Allowance { burst: 1_000, every_ms: 100 };
/// Seekers whom one account looks up: a booth talks to one in some minutes.
const LOOK_UPS: Allowance = Allowance { burst: 30, every_ms: 2_000 };

/// Who tries tickets and numbers. Behind one access point all phones may have one address, so the
/// staff are known by their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guesser {
    /// Somebody of the public.
    Peer(IpAddr),
    /// Somebody of the staff.
    Account(AccountId),
}

/// Guesses at tickets and short numbers by one of them: forty free, then slower and slower. A desk
/// that checks in a crowd mistypes a few an hour.
const GUESSES: Pace =
    Pace { free: 40, first_wait_ms: 500, most_wait_ms: 30_000, forget_ms: 600_000 };

/// The running site.
pub struct Site {
    /// Staff, and the way to the fair's records.
    pub office: Arc<Office<FairMachine>>,
    /// The ticket keys.
    pub keys: TicketKeys,
    /// Codes with which stations enrol.
    pub enrolments: Enrolments,
    /// What is suggested to seekers.
    pub suggestions: Suggestions,
    /// The way to headquarters.
    pub headquarters: Headquarters,
    /// The same without a network.
    pub by_hand: ByHand,
    /// The machine that follows this one, or whom this one follows.
    pub standby: Arc<Standby>,
    /// A server key was drawn that comes into use at the next start.
    pub server_key_waits: AtomicBool,
    /// Pages that follow the fair.
    pub live: Live,
    /// When nodes were last heard of.
    pub heard: LastHeard,
    /// The program's end.
    pub stop: Stop,
    guesses: Mutex<Throttle>,
    look_ups: Mutex<Budget<AccountId>>,
    registrations: Mutex<Budget<()>>,
}

impl Site {
    /// A site over an open office.
    ///
    /// # Errors
    /// A ticket key that can't be opened.
    pub async fn new(office: Arc<Office<FairMachine>>, stop: Stop) -> Result<Self, ApiError> {
        let keys = TicketKeys::default();
        keys.refresh(&office.store).await?;
        Ok(Self {
            keys,
            enrolments: Enrolments::default(),
            suggestions: Suggestions::default(),
            headquarters: Headquarters::default(),
            by_hand: ByHand::default(),
            standby: Arc::default(),
            server_key_waits: AtomicBool::new(false),
            heard: LastHeard::default(),
            live: Live::new(LIVE_STREAMS, stop.clone()),
            guesses: Mutex::new(Throttle::new(GUESSES)),
            look_ups: Mutex::new(Budget::new(LOOK_UPS)),
            registrations: Mutex::new(Budget::new(REGISTRATIONS)),
            stop,
            office,
        })
    }

    /// The same as a standby, where it follows a site server.
    #[must_use]
    pub fn following(mut self, followed: Option<Followed>) -> Self {
        if followed.is_some() {
            // The staff are those of the site server: nobody is named first here.
            self.office.end_setup();
        }
        self.standby = Arc::new(Standby::of(followed));
        self
    }

    /// The store.
    pub fn store(&self) -> &Store<FairMachine> {
        &self.office.store
    }

    /// Looks at the fair as far as it is durable.
    pub fn fair<R>(&self, look: impl FnOnce(&Fair) -> R) -> R {
        self.office.fair(look)
    }

    /// Whether somebody may try a ticket or a number now.
    ///
    /// # Errors
    /// `too_many_tries` with how long to wait.
    pub fn may_guess(&self, who: Guesser) -> Result<(), ApiError> {
        lock(&self.guesses).check(&who, office::uptime_ms()).map_err(slower)
    }

    /// Notes a ticket or number that was none.
    pub fn guessed_wrong(&self, who: Guesser) {
        lock(&self.guesses).failed(&who, office::uptime_ms());
    }

    /// Whether an account may look up another seeker now: nobody talks to a hall in a minute.
    ///
    /// # Errors
    /// `too_many_tries` with how long to wait.
    pub fn may_look_up(&self, account: AccountId) -> Result<(), ApiError> {
        lock(&self.look_ups).spend(account, office::uptime_ms()).map_err(slower)
    }

    /// Whether the public may take another ticket now, all phones together: numbers are few.
    ///
    /// # Errors
    /// `too_many_tries` with how long to wait.
    pub fn may_register(&self) -> Result<(), ApiError> {
        lock(&self.registrations).spend((), office::uptime_ms()).map_err(slower)
    }
}
