//! A site under load that dies again and again, and a ledger of what it acknowledged.
//!
//! Invariant: the ledger holds a check-in only if the site said yes to it; what was asked and not
//! answered is counted apart, since it may or may not have happened.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::demo::fill_fair;
use crate::http::Http;
use crate::journey::account::{ORGANISER, VOLUNTEER};
use crate::journey::material::small_workbook;
use crate::journey::seekers::{a_seeker, check_in, register};
use crate::journey::{Figures, secret};
use crate::site::Site;
use crate::wait;

/// How many people come at the same time.
const AT_ONCE: usize = 8;
/// How long the load may take to get going after a start.
const LOAD_BOUND: Duration = Duration::from_secs(20);

/// A check-in that the site said yes to.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The text in the ticket.
    pub ticket: String,
    /// What stands for it in records, as the site said.
    pub reference: Option<String>,
}

/// What the site was asked for and what it said.
#[derive(Debug, Default)]
pub struct Ledger {
    check_ins: Mutex<Vec<Acknowledged>>,
    tickets: AtomicUsize,
    in_doubt: AtomicUsize,
}

impl Ledger {
    /// The acknowledged check-ins so far.
    #[must_use]
    pub fn check_ins(&self) -> Vec<Acknowledged> {
        self.check_ins.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests that got no answer.
    #[must_use]
    pub fn in_doubt(&self) -> usize {
        self.in_doubt.load(Ordering::SeqCst)
    }

    fn count(&self) -> usize {
        self.check_ins.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A site with an open fair and its staff.
#[derive(Debug)]
pub struct OpenFair {
    /// The site.
    pub site: Site,
    /// Its organiser.
    pub organiser: Http,
    /// A volunteer.
    pub volunteer: Http,
}

impl OpenFair {
    /// Starts a site on `data` and opens a small fair.
    ///
    /// # Errors
    ///
    /// When the site does not start or refuses.
    pub async fn start(data: &Path) -> Result<Self> {
        let site = Site::start(data, "127.0.0.1:0", &[]).await?;
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
        fill_fair(&organiser, small_workbook()?).await?;
        let volunteer = VOLUNTEER.create(&organiser, None).await?;
        Ok(Self { site, organiser, volunteer })
    }
}

/// A copy of a stopped node's directory, under the same name in a directory of its own.
///
/// # Errors
///
/// When it can't be copied.
pub fn copy_of(node: &Path) -> Result<TempDir> {
    let copied = tempfile::tempdir()?;
    let mut cp = Command::new("cp");
    // Segments are mostly zeros.
    let status = cp.args(["-r", "--sparse=always"]).arg(node).arg(copied.path()).status()?;
    ensure!(status.success(), "copying failed");
    Ok(copied)
}

/// A site with an open fair, whose staff and load go on over its deaths.
#[derive(Debug)]
pub struct Victim {
    /// The site.
    pub site: Site,
    /// What it acknowledged, and what is in doubt.
    pub ledger: Arc<Ledger>,
    organiser: Http,
    volunteer: Http,
}

impl Victim {
    /// Starts a site on `data` and opens a fair.
    ///
    /// # Errors
    ///
    /// When the site does not start or refuses.
    pub async fn start(data: &Path) -> Result<Self> {
        let OpenFair { site, organiser, volunteer } = OpenFair::start(data).await?;
        Ok(Self { site, ledger: Arc::default(), organiser, volunteer })
    }

    /// Puts it under load, lets `strike` do its worst once so many more check-ins are
    /// acknowledged, waits until the load has noticed, and starts it again.
    ///
    /// # Errors
    ///
    /// When the load does not get going, or the site does not start again.
    pub async fn strike_after(
        &mut self,
        check_ins: usize,
        strike: impl AsyncFnOnce(&mut Site) -> Result<()>,
    ) -> Result<()> {
        let goal = self.ledger.count() + check_ins;
        let mut load = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (volunteer, ledger) = (self.volunteer.clone(), Arc::clone(&self.ledger));
            load.spawn(async move { people_come(&volunteer, &ledger).await });
        }
        wait::until_true("check-ins under load", LOAD_BOUND, async || {
            ensure!(!load.is_empty(), "nobody comes");
            Ok(self.ledger.count() >= goal)
        })
        .await?;
        strike(&mut self.site).await?;
        while let Some(done) = load.join_next().await {
            done?;
        }
        self.site.process.restart().await
    }

    /// Checks the last `latest` acknowledged check-ins one by one: presented again, each ticket
    /// must have come in before. And all of them by their number.
    ///
    /// # Errors
    ///
    /// Names the first that was lost.
    pub async fn ensure_nothing_lost(&self, latest: usize) -> Result<()> {
        let all = self.ledger.check_ins();
        for acknowledged in all.iter().rev().take(latest) {
            let again = check_in(&self.volunteer, &acknowledged.ticket).await?;
            let is_kept =
                again.verdict == "already_checked_in" && again.reference == acknowledged.reference;
            ensure!(is_kept, "acknowledged {acknowledged:?}, now {again:?}");
        }
        let counted = Figures::of_site(&self.organiser).await?;
        let (kept, in_doubt) = (all.len(), self.ledger.in_doubt());
        let persons = usize::try_from(counted.persons)?;
        let tickets = usize::try_from(counted.tickets)?;
        let given = self.ledger.tickets.load(Ordering::SeqCst);
        ensure!(
            (kept..=kept + in_doubt).contains(&persons),
            "{kept} acknowledged, {in_doubt} in doubt, {persons} persons counted"
        );
        ensure!(
            (given..=given + in_doubt).contains(&tickets),
            "{given} tickets given, {in_doubt} in doubt, {tickets} counted"
        );
        ensure!(counted.conflicts == 0, "{} conflicts", counted.conflicts);
        Ok(())
    }

    /// That the journal's chains hold from beginning to end, with the site stopped.
    ///
    /// # Errors
    ///
    /// When the site does not stop, or `journal verify` finds something.
    pub async fn ensure_chains_hold(&mut self) -> Result<()> {
        self.site.process.stop().await?;
        secret::verify(&self.site.data).context("after all faults")
    }
}

/// People register and come in, one after the other, until the site is gone.
async fn people_come(volunteer: &Http, ledger: &Ledger) {
    loop {
        let Ok(ticket) = register(volunteer, &a_seeker()).await else { break };
        ledger.tickets.fetch_add(1, Ordering::SeqCst);
        let Ok(came) = check_in(volunteer, &ticket.ticket).await else { break };
        if came.verdict != "welcome" {
            break;
        }
        let acknowledged = Acknowledged { ticket: ticket.ticket, reference: came.reference };
        ledger.check_ins.lock().unwrap_or_else(PoisonError::into_inner).push(acknowledged);
    }
    // Whatever ended it was asked for and not answered with a yes.
    ledger.in_doubt.fetch_add(1, Ordering::SeqCst);
}
