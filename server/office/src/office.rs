//! The running office: the store, the sessions, and the one way in which commands reach the rules.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::command::{Command, Reply};
use domain::day::Day;
use domain::fair::Fair;
use domain::ids::{AccountId, NodeId};
use domain::role::Role;
use store::{Machine, Store, Views, ViewsError};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;
use web::ApiError;
use web::password::Passwords;
use web::session::{Lines, Sessions};
use web::throttle::{Pace, Throttle};
use zeroize::Zeroizing;

use crate::asked::{Answer, Asked};
use crate::rows::{LookupKey, derive};
use crate::{failure, random};

/// How many passwords are hashed at once: each takes tens of megabytes and a core.
const PASSWORDS_AT_ONCE: usize = 2;
/// How long a page waits for the look-up rows to be there and to show what was just written.
const ROWS_WAIT: Duration = Duration::from_secs(2);

/// Rules that know staff: those of a site and those of headquarters.
pub trait OfficeMachine: Machine<Command = Asked, Answer = Answer> {
    /// The state that holds this node's own staff and devices.
    fn fair(&self) -> &Fair;
}

/// A node that people sign in to.
pub struct Office<M: OfficeMachine> {
    /// The node's records and state.
    pub store: Store<M>,
    /// Staff sessions.
    pub sessions: Sessions,
    /// The key of the look-up hashes.
    pub lookup: LookupKey,
    pub(crate) passwords: Passwords,
    first_role: Role,
    setup_code: Mutex<Option<String>>,
    sign_ins: Mutex<Throttle>,
    account_names: tokio::sync::Mutex<()>,
    answer_after: OnceLock<AnswerAfter>,
}

/// What an answer waits for beyond the own disk.
pub type AnswerAfter = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

impl<M: OfficeMachine> Office<M> {
    /// An office over an open store, with a setup code while nobody has the first role yet.
    /// `cookie` is the name of its session cookie, another for each kind of node on one host.
    ///
    /// # Errors
    /// `internal` when the system gives no random numbers.
    pub fn new(store: Store<M>, cookie: &'static str, first_role: Role) -> Result<Self, ApiError> {
        let session_key = Zeroizing::new(derive(store.key().seed(), b"sessions v1"));
        let office = Self {
            lookup: LookupKey::derive(store.key().seed()),
            sessions: Sessions::new(&session_key, cookie, Lines::Private),
            passwords: Passwords::new(PASSWORDS_AT_ONCE)?,
            first_role,
            setup_code: Mutex::new(None),
            sign_ins: Mutex::new(Throttle::new(Pace::SIGN_IN)),
            account_names: tokio::sync::Mutex::new(()),
            answer_after: OnceLock::new(),
            store,
        };
        let run = office.fair(|fair| fair.accounts().any(|(_, known)| known.role == first_role));
        if !run {
            *lock(&office.setup_code) = Some(random::code()?);
        }
        Ok(office)
    }

    /// The code with which the first of the staff names themselves; none once that is done.
    #[must_use]
    pub fn setup_code(&self) -> Option<String> {
        lock(&self.setup_code).clone()
    }

    /// The role of whoever comes with the setup code.
    #[must_use]
    pub const fn first_role(&self) -> Role {
        self.first_role
    }

    /// Nobody can name themselves the first any more: somebody has, or the staff are another node's.
    pub fn end_setup(&self) {
        *lock(&self.setup_code) = None;
    }

    /// This node.
    #[must_use]
    pub fn me(&self) -> NodeId {
        self.store.node()
    }

    /// Looks at the state as far as it is durable.
    pub fn fair<R>(&self, look: impl FnOnce(&Fair) -> R) -> R {
        self.store.read(|machine| look(machine.fair()))
    }

    /// Carries out a command; what it answers is durable.
    ///
    /// # Errors
    /// The refusal or the store's error, as an answer.
    pub async fn ask(&self, command: Command, actor: Option<AccountId>) -> Result<Reply, ApiError> {
        let asked = Asked { command, actor, device: None };
        let answer = self.store.run(asked).await.map_err(failure::stored)?;
        let reply = answer.reply().map_err(failure::refused)?;
        if let Some(wait) = self.answer_after.get() {
            wait().await;
        }
        Ok(reply)
    }

    /// Has answers wait for something more, from now on; the first that is named stays.
    pub fn answer_after(&self, wait: AnswerAfter) {
        let _named_before = self.answer_after.set(wait);
    }

    /// Waits until the look-up rows show everything written so far.
    ///
    /// # Errors
    /// `lists_rebuilding` when they are being made anew or are too far behind.
    pub async fn rows_current(&self) -> Result<(), ApiError> {
        let position = self.store.position();
        self.views()?.wait_for(position, ROWS_WAIT).await.map_err(failure::looked_up)
    }

    /// Waits until the look-up rows are answered at all, whether or not they show the latest: right
    /// after a start they are opened a moment later than the rest.
    ///
    /// # Errors
    /// `lists_rebuilding` when they are being made anew.
    pub async fn rows_served(&self) -> Result<(), ApiError> {
        let waited = self.views()?.wait_for(journal::Position::START, ROWS_WAIT).await;
        waited.map_err(failure::looked_up)
    }

    /// Reads the look-up rows. A read may wait for the disk, so what else this thread serves goes
    /// on elsewhere meanwhile.
    ///
    /// # Errors
    /// `lists_rebuilding`.
    pub fn look_up<T>(
        &self,
        read: impl FnOnce(&Views) -> Result<T, ViewsError>,
    ) -> Result<T, ApiError> {
        let views = self.views()?;
        let many = Handle::try_current()
            .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        let answer = if many { block_in_place(|| read(views)) } else { read(views) };
        answer.map_err(failure::looked_up)
    }

    fn views(&self) -> Result<&Views, ApiError> {
        self.store.views().ok_or_else(|| ApiError::internal("this node keeps no rows"))
    }

    /// Today.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of_ms(now_ms())
    }

    /// Failed sign-ins, by login and by peer.
    pub(crate) fn sign_ins(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.sign_ins)
    }

    /// Held while an account is created, so that no login is given twice.
    pub(crate) async fn naming(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.account_names.lock().await
    }
}

/// Milliseconds since 1970 by this machine's clock.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since this process first asked: for waits and lives of codes, which a clock set
/// back must not lengthen.
#[must_use]
pub fn uptime_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A poisoned lock still holds a usable value: everything behind these locks is replaced whole.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
