//! The running site: its office, its ticket keys, its suggestions, its stations.

use std::sync::{Arc, Mutex};

use domain::fair::Fair;
use office::{Office, lock};
use store::Store;
use web::live::Live;
use web::throttle::{Pace, Throttle};
use web::{ApiError, Stop};

use crate::enrolment::Enrolments;
use crate::headquarters::Headquarters;
use crate::machine::FairMachine;
use crate::overview::LastHeard;
use crate::suggestions::Suggestions;
use crate::ticket_keys::TicketKeys;

/// How many pages may follow the fair live.
const LIVE_STREAMS: usize = 512;

/// Guesses at tickets and short numbers by one peer: forty free, then slower and slower. A desk
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
    /// Pages that follow the fair.
    pub live: Live,
    /// When nodes were last heard of.
    pub heard: LastHeard,
    /// The program's end.
    pub stop: Stop,
    guesses: Mutex<Throttle>,
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
            heard: LastHeard::default(),
            live: Live::new(LIVE_STREAMS, stop.clone()),
            guesses: Mutex::new(Throttle::new(GUESSES)),
            stop,
            office,
        })
    }

    /// The store.
    pub fn store(&self) -> &Store<FairMachine> {
        &self.office.store
    }

    /// Looks at the fair as far as it is durable.
    pub fn fair<R>(&self, look: impl FnOnce(&Fair) -> R) -> R {
        self.office.fair(look)
    }

    /// Whether somebody at this address may try a ticket or a number now.
    ///
    /// # Errors
    /// `too_many_tries` with how long to wait.
    pub fn may_guess(&self, peer: std::net::IpAddr) -> Result<(), ApiError> {
        let now_ms = office::now_ms();
        lock(&self.guesses).check(&peer, now_ms).map_err(office::accounts::slower)
    }

    /// Notes a ticket or number that was none.
    pub fn guessed_wrong(&self, peer: std::net::IpAddr) {
        lock(&self.guesses).failed(&peer, office::now_ms());
    }
}
