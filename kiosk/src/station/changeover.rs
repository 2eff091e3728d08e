//! Changing over between the site server and its standby: a station keeps the addresses and keys of
//! both and speaks to one.
//!
//! Invariants: it leaves the one only while that one is out of reach or says itself that it takes
//! nothing, and only for one that has just said, by its own signature, that it takes this station's
//! records; so it stays where it is while both answer, and an unpromoted standby gets nothing. What the
//! new one lacks is found out by the hello there: nothing is kept of what the old one had.

use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use link::{Address, Greeted, LinkStatus, greet};
use sync::status::Trouble;
use sync::{Failure, Reach, RefusalCode};
use tokio::sync::watch;

use super::enrolment::{Belonging, SiteServer};
use super::line::EnrolTrouble;
use super::{SOFTWARE, Station};

/// How long the site server is out of reach before the other machine is greeted: longer than a tablet
/// takes to go from one access point to the next. Nobody waits meanwhile, the station decides alone.
const PATIENCE: Duration = Duration::from_secs(3);

/// How soon the other machine is greeted again: somebody has just promoted it, perhaps, and looks at
/// the kiosks now.
const GREET_EVERY: Duration = Duration::from_secs(2);

/// Whether the machine spoken to is out of reach, says that it takes nothing from stations, or somebody
/// else answers in its place: the same machine under its new key, for one.
pub(super) fn is_lost(status: &LinkStatus) -> bool {
    let nobody_there = matches!(
        status.sync.trouble,
        Some(
            Trouble::Refused(RefusalCode::Follows | RefusalCode::WrongAudience)
                | Trouble::Failed(Failure::WrongReceiver)
        )
    );
    let offline = matches!(status.sync.reach, Reach::Offline { .. });
    status.suspect || offline || nobody_there
}

/// Watches one line, as long as there is that line.
pub(super) struct Watch {
    /// Held weakly, or neither would ever end.
    pub(super) station: Weak<Station>,
    pub(super) status: watch::Receiver<LinkStatus>,
    /// What the other machine said while this one is lost.
    pub(super) other_said: watch::Sender<Option<Greeted>>,
}

/// The line has ended, and with it its watch.
struct Ended;

impl Watch {
    pub(super) async fn run(mut self) {
        while self.goes_on().await.is_ok() {}
    }

    /// Waits until the line is lost and either comes back or is left for the other one.
    async fn goes_on(&mut self) -> Result<(), Ended> {
        self.status.wait_for(is_lost).await.map_err(|_| Ended)?;
        let mut wait = PATIENCE;
        while self.stays_lost(wait).await? {
            let said = self.greet_other().await?;
            self.other_said.send_replace(said);
            if said == Some(Greeted::Taken) {
                let station = self.station.upgrade().ok_or(Ended)?;
                match station.change_over(&self.status) {
                    Ok(()) => return Err(Ended),
                    Err(error) => tracing::error!(%error, "the station can't change over"),
                }
            }
            wait = GREET_EVERY;
        }
        self.other_said.send_replace(None);
        Ok(())
    }

    async fn stays_lost(&mut self, wait: Duration) -> Result<bool, Ended> {
        let back = self.status.wait_for(|status| !is_lost(status));
        match tokio::time::timeout(wait, back).await {
            Err(_) => Ok(true),
            Ok(Ok(_)) => Ok(false),
            Ok(Err(_)) => Err(Ended),
        }
    }

    /// What the other machine says now; none where there is no other.
    async fn greet_other(&self) -> Result<Option<Greeted>, Ended> {
        let greeting = {
            let station = self.station.upgrade().ok_or(Ended)?;
            let Some(other) = station.belonging().and_then(|known| known.other) else {
                return Ok(None);
            };
            let address = Address::parse(&other.address, None);
            address.and_then(|to| greet(&to, other.public, station.store.key(), SOFTWARE))
        };
        match greeting {
            Ok(greeting) => Ok(Some(greeting.await)),
            Err(error) => {
                tracing::warn!(%error, "the standby has an address that can't be used");
                Ok(None)
            }
        }
    }
}

impl Station {
    /// Where this station belongs, if it was enrolled.
    pub(super) fn belonging(&self) -> Option<Belonging> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().map(|line| line.belonging.clone())
    }

    /// Leaves the line of this status for one to the other machine, durably.
    fn change_over(
        self: &Arc<Self>,
        lost: &watch::Receiver<LinkStatus>,
    ) -> Result<(), EnrolTrouble> {
        let Some(belonging) = self.belonging().and_then(|known| known.changed_over()) else {
            return Ok(());
        };
        belonging.write(&self.directory)?;
        tracing::warn!(
            address = belonging.at.address,
            "the standby took over: it is spoken to now"
        );
        // The other one counts its view from its own beginning.
        self.lock_kept().kept.cursor = 0;
        self.connect(belonging, Some(lost))
    }

    /// Keeps where the standby is, and who it is, for the time when the site server can't tell.
    pub(super) fn note_standby(&self) {
        let told = self.settings(|known| known?.standby.as_ref().and_then(SiteServer::told));
        let Some(told) = told else { return };
        let mut line = self.line.write().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = line.as_mut() else { return };
        let known = &line.belonging;
        if told.public == known.at.public || known.other.as_ref() == Some(&told) {
            return;
        }
        let belonging = Belonging { other: Some(told), ..known.clone() };
        match belonging.write(&self.directory) {
            Ok(()) => line.belonging = belonging,
            Err(error) => tracing::warn!(%error, "where the standby is can't be kept yet"),
        }
    }

    /// What is in the way of the records.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        let line = line.as_ref()?;
        let status = line.status.borrow();
        let waits = *line.other_said.borrow() == Some(Greeted::Refused(RefusalCode::Follows));
        if waits && is_lost(&status) { Some(Trouble::StandbyWaits) } else { status.sync.worst() }
    }
}
