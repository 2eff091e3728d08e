//! A standby takes the place of the site server that it follows, by one human act; that one, should it
//! return, hands over what it has, learns of it, and records nothing new any more.
//!
//! Invariants: the act is one record in the standby's own journal, from which everything else follows,
//! also after a restart; what the other machine recorded is taken whenever it comes, as that of any
//! origin; nothing of the promoted one goes back to it but the word of the promotion.

use std::path::Path;
use std::sync::Arc;

use domain::command::Command;
use domain::event::NodeReplaced;
use domain::ids::{AccountId, NodeId};
use domain::refusal::Refusal;
use journal::NodePublic;
use link::{Address, ViewSink};
use office::Asked;
use store::StoreError;
use tokio::runtime::Handle;
use web::ApiError;

use crate::following::{FollowError, Followed};
use crate::site::Site;

/// The version of the only view that a site server gets from its promoted standby: the record of the
/// promotion.
pub(crate) const PROMOTION_VERSION: u64 = 1;

/// Why a stopped machine can't take the site server's place; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PromoteError {
    /// Whom it follows can't be read, or its store can't be opened.
    #[error(transparent)]
    Open(#[from] FollowError),
    /// It can't be recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It follows nobody.
    #[error(
        "this directory is no standby's, so there is nothing to promote: give the --data of the machine that was started with --follow"
    )]
    NotAStandby,
    /// Nothing of the fair has arrived here.
    #[error("this standby has nothing of the fair yet: start it and let it catch up first")]
    Nothing,
    /// Refused for another reason.
    #[error("it can't take the site server's place ({0})")]
    Refused(Refusal),
}

/// Lets the stopped standby of a directory take the place of the site server that it follows. Done before,
/// it changes nothing.
///
/// # Errors
/// [`PromoteError`].
pub async fn promote(directory: &Path) -> Result<(), PromoteError> {
    let followed = Followed::read(directory)?.ok_or(PromoteError::NotAStandby)?;
    let (store, _) = crate::open(directory)?;
    let command = Command::TakeOver(followed.replaced_by(store.node()));
    let answer = store.run(Asked { command, actor: None, device: None }).await;
    store.close().await?;
    answer?.reply().map(|_| ()).map_err(|refusal| match refusal {
        Refusal::FairNotPlanned => PromoteError::Nothing,
        other => PromoteError::Refused(other),
    })
}

impl Site {
    /// The site server that this machine follows now; none from its promotion on.
    pub(crate) fn follows(&self) -> Option<&Followed> {
        let followed = self.standby.followed.as_ref()?;
        self.store().read(|machine| machine.follows().is_some()).then_some(followed)
    }

    /// Whether this machine is a standby, which records nothing itself.
    #[must_use]
    pub fn is_standby(&self) -> bool {
        self.follows().is_some()
    }

    /// The other machine whose place this one took, where it was its standby.
    pub(crate) fn left(&self) -> Option<&Followed> {
        let followed = self.standby.followed.as_ref()?;
        (followed.is_another() && !self.is_standby()).then_some(followed)
    }

    /// The address of the standby that took this machine's place.
    #[must_use]
    pub fn superseded_by(&self) -> Option<String> {
        let me = self.office.me();
        self.fair(|fair| {
            let last = Some(fair.last_of_line(me)).filter(|last| *last != me)?;
            let standby = fair.standby().filter(|standby| standby.node == last);
            Some(standby.map_or_else(|| last.to_string(), |standby| standby.address.clone()))
        })
    }

    /// Whether the fair's address, to which posters and phones are sent, still names the machine whose
    /// place this one took.
    #[must_use]
    pub fn names_old_address(&self) -> bool {
        let Some(left) = self.left() else { return false };
        let told = self.fair(|fair| fair.settings().map(|settings| settings.address.clone()));
        let told = told.and_then(|told| Address::parse(&told, None).ok());
        told.is_some_and(|told| told.base() == left.address)
    }

    /// Makes sure that what happens is recorded at this machine.
    ///
    /// # Errors
    /// `site_follows`, `site_superseded`.
    pub fn may_record(&self) -> Result<(), ApiError> {
        if self.is_standby() {
            return Err(ApiError::conflict(Refusal::SiteFollows.code()));
        }
        if self.superseded_by().is_some() {
            return Err(ApiError::conflict(Refusal::SiteSuperseded.code()));
        }
        Ok(())
    }

    /// Lets this standby take the place of the site server that it follows. Done before, it changes
    /// nothing.
    ///
    /// # Errors
    /// `not_a_standby`, `fair_not_planned`; the store's errors.
    pub async fn promote(&self, by: AccountId) -> Result<(), ApiError> {
        let not_a_standby = ApiError::conflict(Refusal::NotAStandby.code());
        let followed = self.standby.followed.as_ref().ok_or(not_a_standby)?;
        let waits = self.is_standby();
        let command = Command::TakeOver(followed.replaced_by(self.office.me()));
        self.office.ask(command, Some(by)).await?;
        if waits {
            tracing::warn!(from = followed.address, "this standby took the site server's place");
            self.take_up_ways().await;
        }
        Ok(())
    }

    /// Begins to do what only the site server does, and a standby does not: bring everything to
    /// headquarters and to a standby of its own.
    pub(crate) async fn take_up_ways(&self) {
        if self.is_standby() {
            return;
        }
        if self.standby.followed.is_some()
            && let Err(error) = self.draw_lost_key().await
        {
            tracing::error!(?error, "no ticket key is at hand: no ticket can be handed out");
        }
        self.resume_headquarters().await;
        self.resume_standby().await;
    }

    /// Whether a node is the site server that this machine follows, or one whose place it took.
    pub(crate) fn is_site_server(&self, node: NodeId) -> bool {
        self.standby.followed.as_ref().is_some_and(|followed| followed.line().contains(&node))
    }

    /// The keys of a site server whose place this machine took: what it recorded may still come.
    pub(crate) fn superseded_public(&self, node: NodeId) -> Option<NodePublic> {
        let me = self.office.me();
        self.fair(|fair| {
            if !fair.before(me).contains(&node) {
                return None;
            }
            let mut keys =
                fair.replaced_keys().filter_map(|keys| NodePublic::from_bytes(keys).ok());
            keys.find(|public| public.node_id() == node)
        })
    }

    /// What a site server has to hear of once this machine has taken its place.
    pub(crate) fn promotion_for(&self, node: NodeId) -> Option<NodeReplaced> {
        let me = self.office.me();
        let taken = self.fair(|fair| fair.replaced(me).cloned());
        taken.filter(|replaced| replaced.before.contains(&node))
    }

    /// Notes that the standby took this machine's place, once that one says so: whoever is asked from then on
    /// learns where to go.
    pub(crate) fn hear_of_promotion(&self, standby: NodeId) -> ViewSink {
        let (office, runtime) = (Arc::clone(&self.office), Handle::current());
        let take = move |view: sync::view::View| {
            let Ok(told) = minicbor::decode::<NodeReplaced>(&view.body) else { return false };
            let me = office.me();
            if told.node != standby || !told.before.contains(&me) {
                return false;
            }
            if office.fair(|fair| fair.is_superseded(me)) {
                return true;
            }
            tracing::warn!("the standby took this machine's place: nothing is recorded here now");
            runtime.block_on(office.ask(Command::ReplaceNode(None, told), None)).is_ok()
        };
        ViewSink { held: 0, take: Arc::new(take) }
    }
}
