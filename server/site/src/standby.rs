//! The machine that follows this site server, as seen from here: its enrolment, the way to it, and
//! how long answers wait for it.
//!
//! Invariants: while the standby keeps up, no positive answer leaves before it has the records
//! durably, too; all answers that wait, wait at the same time; after 300 ms once, nobody waits until
//! it has caught up. Without a standby none of this costs anything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use domain::command::Command;
use domain::event::SiteFollowed;
use domain::fair::Fair;
use domain::ids::Seq;
use journal::{Head, NodePublic};
use link::{Address, Hop, LinkStatus, Uplink};
use office::{lock, now_ms, random};
use serde::Serialize;
use store::Store;
use sync::enrol::{Applicant, Code, Grant, Role};
use sync::{Refusal, RefusalCode, Stream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use web::ApiError;

use crate::enrolment::{CODE_LIFE_MS, NewCode};
use crate::following::Followed;
use crate::headquarters::origins;
use crate::machine::FairMachine;
use crate::site::Site;

/// The longest that an answer waits for the standby.
pub const WAIT_MOST: Duration = Duration::from_millis(300);

/// The standby, if one was enrolled.
#[derive(Default)]
pub struct Standby {
    line: RwLock<Option<Line>>,
    /// Whom this machine follows, or followed until it took that one's place.
    pub(crate) followed: Option<Followed>,
}

struct Line {
    address: String,
    uplink: Uplink<Store<FairMachine>>,
    status: watch::Receiver<LinkStatus>,
    pace: Arc<Pace>,
    watching: Mutex<JoinHandle<()>>,
}

/// Whether answers wait.
#[derive(Debug, Default)]
struct Pace {
    /// Since when it is behind, in milliseconds since 1970; 0 while it keeps up, [`NEVER`] before it
    /// has had everything once.
    behind_since_ms: AtomicU64,
    fell_behind: Notify,
}

/// Records that the standby may lack where it counts as caught up: one batch brings them.
const ALMOST: u64 = 1_000;

/// It has not had everything yet since this process started.
const NEVER: u64 = u64::MAX;

/// How it stands between this machine and the other, for people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StandbyState {
    /// Where the standby is reached; none where none was enrolled.
    pub address: Option<String>,
    /// Whether it keeps up, so that answers wait for it, too.
    pub keeps_up: bool,
    /// Since when it is behind, in milliseconds since 1970: an answer had to go without it.
    pub behind_since_ms: Option<u64>,
    /// Records that it has not confirmed yet.
    pub waiting: u64,
    /// What is in the way.
    pub trouble: Option<&'static str>,
    /// The site server that this machine follows, where it is the standby itself.
    pub follows: Option<String>,
    /// The site server whose place this machine took, where it was the standby.
    pub took_over_from: Option<String>,
    /// The standby that took this machine's place.
    pub superseded_by: Option<String>,
}

impl Pace {
    fn keeps_up(&self) -> bool {
        self.behind_since_ms.load(Ordering::Relaxed) == 0
    }

    /// The first answer that went without it says since when.
    fn fell_behind(&self) {
        let now_ms = now_ms();
        let first =
            self.behind_since_ms.compare_exchange(0, now_ms, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_ok() {
            self.fell_behind.notify_one();
            tracing::warn!("the standby is behind: answers go without it until it has caught up");
        }
    }

    /// Notes that it has caught up, as often as it has: with what was here when it fell behind, and
    /// almost with what came since, which under load is never nothing.
    async fn follow(
        self: Arc<Self>,
        mut status: watch::Receiver<LinkStatus>,
        mut goal: Vec<(Stream, Seq)>,
    ) {
        loop {
            if status.wait_for(|now| has_caught_up(&now.sync, &goal)).await.is_err() {
                return;
            }
            self.behind_since_ms.store(0, Ordering::Relaxed);
            self.fell_behind.notified().await;
            let streams = &status.borrow().sync.streams;
            goal = streams.iter().map(|(stream, known)| (*stream, known.own.seq)).collect();
        }
    }
}

/// Whether the standby has a stream's records up to one of them: then an answer need not wait any more.
#[must_use]
pub fn has(now: &sync::Status, stream: Stream, last: Seq) -> bool {
    let known = now.streams.get(&stream).and_then(|known| known.receiver);
    known.is_some_and(|head| head.seq >= last) || journal::bug("answer-without-standby")
}

/// Whether the standby has all of a goal, and nearly all that came since.
#[must_use]
pub fn has_caught_up(now: &sync::Status, goal: &[(Stream, Seq)]) -> bool {
    let there = goal.iter().all(|(stream, seq)| has(now, *stream, *seq));
    there && now.waiting_records() <= ALMOST
}

impl Standby {
    /// That of a machine which follows a site server, if it does.
    #[must_use]
    pub(crate) fn of(followed: Option<Followed>) -> Self {
        Self { followed, ..Self::default() }
    }

    /// How it stands with the machine that follows this one.
    fn state(&self) -> StandbyState {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = line.as_ref() else { return StandbyState::default() };
        let since_ms = line.pace.behind_since_ms.load(Ordering::Relaxed);
        let status = line.status.borrow();
        StandbyState {
            address: Some(line.address.clone()),
            keeps_up: since_ms == 0,
            behind_since_ms: (since_ms != 0 && since_ms != NEVER).then_some(since_ms),
            waiting: status.sync.waiting_records(),
            trouble: status.sync.worst().map(sync::status::Trouble::code),
            ..StandbyState::default()
        }
    }

    /// Whether answers wait for a standby now.
    pub(crate) fn is_waited_for(&self) -> bool {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().is_some_and(|line| line.pace.keeps_up())
    }

    /// Waits until the standby has a stream's records up to `last`, if it keeps up, and no longer than
    /// [`WAIT_MOST`]. The answer goes afterwards either way.
    pub async fn wait_for(&self, stream: Stream, last: impl FnOnce() -> Option<Seq>) {
        let (mut status, pace) = {
            let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
            let Some(line) = line.as_ref().filter(|line| line.pace.keeps_up()) else { return };
            (line.status.clone(), Arc::clone(&line.pace))
        };
        let Some(last) = last() else { return };
        let there = |now: &LinkStatus| has(&now.sync, stream, last);
        if tokio::time::timeout(WAIT_MOST, status.wait_for(there)).await.is_err() {
            pace.fell_behind();
        }
    }

    /// Ends the way to the standby; what it does not have goes at the next start.
    pub async fn close(&self) {
        let line = self.line.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(line) = line {
            lock(&line.watching).abort();
            line.uplink.stop().await;
        }
    }
}

impl Site {
    /// How it stands between this machine and its standby, or the one that it follows.
    #[must_use]
    pub fn standby_state(&self) -> StandbyState {
        let address = |followed: &Followed| followed.address.clone();
        StandbyState {
            follows: self.follows().map(address),
            took_over_from: self.left().map(address),
            superseded_by: self.superseded_by(),
            ..self.standby.state()
        }
    }

    /// Makes a code for a standby.
    ///
    /// # Errors
    /// `fair_not_planned`, `too_many_codes`; as [`Site::may_record`].
    pub fn new_standby_code(&self) -> Result<NewCode, ApiError> {
        self.may_record()?;
        let fair = self.fair(Fair::tag).ok_or(ApiError::conflict("fair_not_planned"))?;
        let code = Code::from_random(random::bytes()?);
        let grant =
            Grant { role: Role::Standby, name: String::new(), fair: Some(fair), replaces: None };
        let shown = code.shown();
        self.enrolments.add(code, grant)?;
        let expires_at = office::moment::utc_text(now_ms().saturating_add(CODE_LIFE_MS));
        Ok(NewCode { code: shown, expires_at, name: String::new(), invitation: None })
    }

    /// Notes who follows from here on, and begins to send.
    pub(crate) async fn enrol_standby(&self, applicant: &Applicant) -> Result<(), Refusal> {
        let told = applicant.reached_at.as_deref().ok_or(RefusalCode::Damaged)?;
        let address: Address = Address::parse(told, None).map_err(|_| RefusalCode::Damaged)?;
        let standby = SiteFollowed {
            node: applicant.public.node_id(),
            public_keys: applicant.public.to_bytes(),
            address: address.base().to_owned(),
        };
        let asked = self.office.ask(Command::NoteStandby(standby.clone()), None).await;
        asked.map_err(|_| Refusal::from(RefusalCode::Failed))?;
        let started = self.start_standby(&standby).await;
        started.map_err(|_| Refusal::from(RefusalCode::Failed))
    }

    /// Takes up the way to the standby, where this site server has one.
    pub async fn resume_standby(&self) {
        let known = self.fair(|fair| fair.standby().cloned());
        let Some(standby) = known.filter(|known| known.node != self.office.me()) else { return };
        if let Err(error) = self.start_standby(&standby).await {
            tracing::error!(?error, "the way to the standby can't be taken up");
        }
    }

    async fn start_standby(&self, standby: &SiteFollowed) -> Result<(), ApiError> {
        self.standby.close().await;
        let receiver = NodePublic::from_bytes(&standby.public_keys).map_err(ApiError::internal)?;
        let address: Address = Address::parse(&standby.address, None)
            .map_err(|_| ApiError::unprocessable("bad_address"))?;
        let store = self.store().clone();
        let options = link::Options {
            address,
            receiver,
            hop: Hop::Standby,
            software: crate::SOFTWARE.to_owned(),
            views: Some(self.hear_of_promotion(standby.node)),
            origins: Some(Arc::new(move || store.read(origins))),
        };
        let uplink = Uplink::start(Arc::new(self.store().clone()), options);
        let uplink = uplink.map_err(|_| ApiError::unprocessable("bad_address"))?;
        let (status, pace) = (uplink.status(), Arc::new(Pace::default()));
        pace.behind_since_ms.store(NEVER, Ordering::Relaxed);
        let heads = self.store().heads();
        let goal = heads.iter().map(|(origin, known)| {
            let Head { epoch, seq, .. } = known.head;
            (Stream { origin, epoch }, seq)
        });
        let following = Arc::clone(&pace).follow(uplink.status(), goal.collect());
        let watching = Mutex::new(tokio::spawn(following));
        let line = Line { address: standby.address.clone(), uplink, status, pace, watching };
        *self.standby.line.write().unwrap_or_else(PoisonError::into_inner) = Some(line);
        self.have_answers_wait();
        Ok(())
    }

    /// From the first standby on, what is answered to people waits for it, too.
    fn have_answers_wait(&self) {
        let (standby, store) = (Arc::clone(&self.standby), self.store().clone());
        self.office.answer_after(Box::new(move || {
            let (standby, store) = (Arc::clone(&standby), store.clone());
            Box::pin(async move {
                let own = Stream { origin: store.node(), epoch: store.epoch() };
                let last = || Some(store.heads_of(own.origin).head(own.origin, own.epoch)?.seq);
                standby.wait_for(own, last).await;
            })
        }));
    }
}
