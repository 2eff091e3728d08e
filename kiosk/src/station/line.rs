//! The station's line to its site: enrolment, the uplink, and the view that comes down.

use std::sync::{Arc, PoisonError};

use link::{Address, BadAddress, EnrolError, Greeted, Hop, LinkStatus, Options, Uplink, ViewSink};
use store::Store;
use sync::Reach;
use sync::enrol::{Code, Invitation, NotAnInvitation, Role};
use sync::view::View;
use tokio::sync::watch;

use super::changeover::Watch;
use super::enrolment::{Belonging, BelongingError, SiteServer};
use super::machine::StationMachine;
use super::{SOFTWARE, Station};

/// What the station calls itself until the site has given it a name.
const UNNAMED: &str = "自助机";

/// The view may be so much newer than its file, in milliseconds, unless settings changed.
const VIEW_UNWRITTEN_MS: u64 = 15_000;

pub(super) struct Line {
    pub(super) uplink: Uplink<Store<StationMachine>>,
    pub(super) status: watch::Receiver<LinkStatus>,
    pub(super) belonging: Belonging,
    /// What the other machine said while this one is out of reach.
    pub(super) other_said: watch::Receiver<Option<Greeted>>,
}

/// Why a station did not get enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolTrouble {
    /// It belongs to a site already.
    #[error("this station is enrolled already; to move it, start it with an empty --data")]
    Already,
    /// The new site server has another fair, or has not got this one back yet.
    #[error(
        "that site server does not have this station's fair, or not yet: wait until it has it back \
         from headquarters, or start this station with an empty --data"
    )]
    AnotherFair,
    /// The text is no whole invitation.
    #[error(transparent)]
    NotAnInvitation(#[from] NotAnInvitation),
    /// The code can't be one.
    #[error("a code has ten letters and digits, such as 7K2M9-QXD4A: look again")]
    NotACode,
    /// The address can't be one.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The site's answer, or none.
    #[error(transparent)]
    Site(#[from] EnrolError),
    /// It could not be kept.
    #[error(transparent)]
    Disk(#[from] BelongingError),
}

impl Station {
    /// Whether this station belongs to a site.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        self.line.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What people call this station.
    #[must_use]
    pub fn name(&self) -> String {
        let told = self.settings(|settings| settings.map(|known| known.station_name.clone()));
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        let enrolled = line.as_ref().map(|line| line.belonging.name.clone());
        told.filter(|name| !name.is_empty()).or(enrolled).unwrap_or_else(|| UNNAMED.to_owned())
    }

    /// Takes up the line to the site that this station was enrolled at, if it was.
    ///
    /// # Errors
    /// [`EnrolTrouble`] when what is kept can't be used.
    pub fn take_up_line(self: &Arc<Self>) -> Result<bool, EnrolTrouble> {
        match Belonging::read(&self.directory)? {
            None => Ok(false),
            Some(belonging) => {
                self.connect(belonging, None)?;
                Ok(true)
            }
        }
    }

    /// Enrols this station at the site of an address, with a one-time code.
    ///
    /// # Errors
    /// [`EnrolTrouble`], each with what to do.
    pub async fn enrol(
        self: &Arc<Self>,
        address: &str,
        code: &str,
        name: &str,
    ) -> Result<(), EnrolTrouble> {
        if self.is_enrolled() {
            return Err(EnrolTrouble::Already);
        }
        let code = Code::parse(code).ok_or(EnrolTrouble::NotACode)?;
        let site = Address::parse(address, None)?;
        let terms = (Role::Kiosk, name, SOFTWARE);
        let enrolment = link::enrol(&site, &code, self.store.key(), terms).await?;
        self.belong(Belonging::of(enrolment, site.base()))
    }

    /// Leaves the site for another that took its place, with everything that was recorded here. Who
    /// says so sits at the machine: nothing that is held up to a camera moves a station.
    ///
    /// # Errors
    /// [`EnrolTrouble`]; then it stays where it was.
    pub async fn move_to(
        self: &Arc<Self>,
        address: &str,
        code: &str,
        name: &str,
    ) -> Result<(), EnrolTrouble> {
        let site = Address::parse(address, None)?;
        let terms = (Role::Kiosk, name, SOFTWARE);
        let enrolment = if Invitation::is_meant(code) {
            link::accept(&code.parse()?, self.store.key(), terms).await?
        } else {
            let code = Code::parse(code).ok_or(EnrolTrouble::NotACode)?;
            link::enrol(&site, &code, self.store.key(), terms).await?
        };
        let here = self.settings(|known| known.map(|known| known.fair.fair));
        let there = enrolment.statement.fair;
        if here.is_some_and(|here| there != Some(here)) {
            return Err(EnrolTrouble::AnotherFair);
        }
        let line = self.line.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(line) = line {
            line.uplink.stop().await;
        }
        // The new site counts its view from its own beginning.
        self.lock_kept().kept.cursor = 0;
        self.belong(Belonging::of(enrolment, site.base()))
    }

    /// Enrols this station where the text of a QR code says, and nowhere else.
    ///
    /// # Errors
    /// [`EnrolTrouble`], each with what to do.
    pub async fn accept(self: &Arc<Self>, text: &str) -> Result<(), EnrolTrouble> {
        let invitation: Invitation = text.parse()?;
        if self.is_enrolled() {
            return Err(EnrolTrouble::Already);
        }
        let terms = (Role::Kiosk, "", SOFTWARE);
        let enrolment = link::accept(&invitation, self.store.key(), terms).await?;
        let site = Address::parse(&invitation.address, None)?;
        self.belong(Belonging::of(enrolment, site.base()))
    }

    fn belong(self: &Arc<Self>, belonging: Belonging) -> Result<(), EnrolTrouble> {
        belonging.write(&self.directory)?;
        self.connect(belonging, None)
    }

    /// Takes up the line; where it comes in place of another one, only if that one is still there.
    pub(super) fn connect(
        self: &Arc<Self>,
        belonging: Belonging,
        instead_of: Option<&watch::Receiver<LinkStatus>>,
    ) -> Result<(), EnrolTrouble> {
        let uplink = self.start_uplink(&belonging.at)?;
        let status = uplink.status();
        let (say, other_said) = watch::channel(None);
        let watch =
            Watch { station: Arc::downgrade(self), status: uplink.status(), other_said: say };
        let begun = Line { uplink, status, belonging, other_said };
        {
            let mut line = self.line.write().unwrap_or_else(PoisonError::into_inner);
            let there = |old: &watch::Receiver<LinkStatus>| {
                line.as_ref().is_some_and(|line| line.status.same_channel(old))
            };
            if !instead_of.is_none_or(there) {
                return Ok(());
            }
            *line = Some(begun);
        }
        self.follow_clock(watch.status.clone());
        tokio::spawn(watch.run());
        self.note_standby();
        Ok(())
    }

    fn start_uplink(
        self: &Arc<Self>,
        site: &SiteServer,
    ) -> Result<Uplink<Store<StationMachine>>, BadAddress> {
        // The line holds the station only weakly, or neither would ever end.
        let station = Arc::downgrade(self);
        let take =
            move |view: View| station.upgrade().is_some_and(|station| station.take_view(&view));
        let held = self.lock_kept().kept.cursor;
        let options = Options {
            address: Address::parse(&site.address, None)?,
            receiver: site.public,
            hop: Hop::Lan,
            software: SOFTWARE.to_owned(),
            views: Some(ViewSink { held, take: Arc::new(take) }),
            origins: None,
        };
        Uplink::start(Arc::new(self.store.clone()), options)
    }

    /// Learns the site's clock from every hello, until the line ends.
    fn follow_clock(self: &Arc<Self>, mut status: watch::Receiver<LinkStatus>) {
        let station = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                let clock = status.borrow_and_update().clock;
                let Some(station) = station.upgrade() else { return };
                if let Some(clock) = clock {
                    station.clock.learn(clock.offset_ms);
                }
                drop(station);
                if status.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// Takes in a view that came; false if it is to be fetched again.
    fn take_view(&self, came: &View) -> bool {
        let mut kept = self.lock_kept();
        let taken = {
            let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            kept.kept.take(came, self.store.key(), &mut view)
        };
        let settings_changed = match taken {
            Ok(changed) => changed,
            Err(error) => {
                tracing::warn!(%error, "a view was not taken");
                return false;
            }
        };
        let now_ms = self.clock.since_start_ms();
        let since = *kept.unwritten_since_ms.get_or_insert(now_ms);
        drop(kept);
        if settings_changed {
            self.prepare_suggestions();
            self.note_standby();
        }
        if settings_changed || now_ms.saturating_sub(since) >= VIEW_UNWRITTEN_MS {
            self.write_view();
        }
        true
    }

    /// Writes the view to the disk, if there is something new. It is no more than a copy of what the
    /// site has, so a full disk is no reason to stop.
    pub(super) fn write_view(&self) {
        let mut kept = self.lock_kept();
        if kept.unwritten_since_ms.is_none() {
            return;
        }
        match kept.kept.write(&self.directory) {
            Ok(()) => kept.unwritten_since_ms = None,
            Err(error) => tracing::warn!(%error, "the site's view is not on the disk yet"),
        }
    }

    /// The line's status, if this station is enrolled.
    pub(super) fn link_status(&self) -> Option<LinkStatus> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().map(|line| line.status.borrow().clone())
    }

    /// The uplink, if this station is enrolled.
    pub(super) fn uplink(&self) -> Option<Uplink<Store<StationMachine>>> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().map(|line| line.uplink.clone())
    }

    /// Asks the site now how far it and headquarters have everything, and tries again what is stuck.
    pub fn ask_again(&self) {
        if let Some(uplink) = self.uplink() {
            uplink.retry();
        }
    }

    /// Whether the site is out of reach: everything works, but nobody else knows of it yet.
    #[must_use]
    pub fn is_island(&self) -> bool {
        self.link_status()
            .is_some_and(|status| status.suspect || status.sync.reach != Reach::Connected)
    }
}
