//! A site of which the nth write, sync or rename fails, or that dies at it, for every n: what it
//! acknowledged is there after the next start, and a consultation never without its text.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::Path;

use anyhow::{Context, Result, ensure};
use end_to_end::counts;
use end_to_end::faults::{OpenFair, copy_of};
use end_to_end::http::Http;
use end_to_end::journey::{desk, secret, seekers};
use end_to_end::process::Process;
use end_to_end::site::{Consultation, Site, Ticket};
use end_to_end::syscalls::{self, Blow, Fault, has_failed};
use end_to_end::tried::Tried;
use serde_json::Value;

/// The kinds of call by which something gets to the disk.
const CALLS: [&str; 6] = ["pwrite64", "fdatasync", "fsync", "rename", "ftruncate", "fallocate"];
/// What is done to them.
const BLOWS: [Blow; 3] = [Blow::Fails, Blow::Kills, Blow::NoRoom];
/// How many people come while the fault is in wait.
const PEOPLE: usize = 3;
/// The text of a consultation.
const FACTS: &str = "三个月未发工资";

/// A site's directory with an open fair, to be copied for each fault.
struct Template {
    directory: tempfile::TempDir,
    volunteer: Http,
    acknowledged: Acknowledged,
}

/// What the site said yes to.
#[derive(Debug, Default)]
struct Acknowledged {
    check_ins: Vec<Ticket>,
    consultations: Vec<Consultation>,
    /// Why not to more.
    refusals: Vec<String>,
}

#[tokio::test]
async fn a_call_that_fails_while_the_fair_runs_loses_nothing_acknowledged() {
    every_fault("while it runs", async |template, fault, data| {
        let mut site = Site::start(data, "127.0.0.1:0", &[]).await?;
        let told = data.with_extension("calls");
        let mut tracing = fault.from_now_on(site.process.id()?, &told).await?;
        let acknowledged = people_come(&template.volunteer.at(site.process.url())).await;
        if fault.call == "fdatasync" && has_failed(&told) {
            ensure_silent(&template.volunteer.at(site.process.url())).await?;
        }
        let was_killed = end(&mut site.process).await?;
        tracing.to_its_end().await?;
        let (struck, all) = (was_killed || has_failed(&told), acknowledged.refusals.is_empty());
        ensure!(struck || all, "without a fault only this was said yes to: {acknowledged:?}");
        let found = ensure_kept(template, data, &acknowledged).await?;
        Ok(struck.then_some(found))
    })
    .await;
}

#[tokio::test]
async fn a_call_that_fails_at_the_start_loses_nothing_and_the_next_start_succeeds() {
    every_fault("at the start", async |template, fault, data| {
        let (launch, told) = fault.from_the_start(Site::launch(data, &[])?);
        // It starts, or ends and says why not.
        let started = Process::start(launch).await;
        let was_killed = match started {
            Ok(mut process) => end(&mut process).await?,
            Err(_) => fault.blow == Blow::Kills,
        };
        let found = ensure_kept(template, data, &Acknowledged::default()).await?;
        Ok((was_killed || has_failed(&told)).then_some(found))
    })
    .await;
}

/// Each fault on a copy of the template, until there are no more calls of its kind: `strike` says
/// what it found again if the fault struck.
async fn every_fault(
    when: &str,
    strike: impl AsyncFn(&Template, Fault, &Path) -> Result<Option<usize>>,
) {
    if let Some(why) = syscalls::missing() {
        counts::skip(&why);
        return;
    }
    let template = template().await.unwrap();
    for call in CALLS {
        for blow in BLOWS {
            let mut tried = Tried::default();
            for nth in counts::nth_calls() {
                let fault = Fault { call, nth, blow };
                let copied = copy_of(&template.directory.path().join("site")).unwrap();
                let struck = strike(&template, fault, &copied.path().join("site")).await;
                let struck = struck.unwrap_or_else(|error| panic!("{when}, {fault:?}: {error:#}"));
                let Some(found) = struck else { break };
                tried.times += 1;
                tried.found += found;
            }
            if tried.times > 0 {
                tried.tell(&format!("the nth {call} {blow} {when}")).unwrap();
            }
        }
    }
}

async fn template() -> Result<Template> {
    let directory = tempfile::tempdir()?;
    let fair = OpenFair::start(&directory.path().join("site")).await?;
    let OpenFair { mut site, volunteer, .. } = fair;
    desk::start_shift(&volunteer).await?;
    let acknowledged = people_come(&volunteer).await;
    ensure!(acknowledged.refusals.is_empty(), "{:?}", acknowledged.refusals);
    site.process.stop().await?;
    Ok(Template { directory, volunteer, acknowledged })
}

/// People register, come in and tell of their trouble; who gets no yes goes.
async fn people_come(volunteer: &Http) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    for _ in 0..PEOPLE {
        if let Err(error) = somebody_comes(volunteer, &mut acknowledged).await {
            acknowledged.refusals.push(format!("{error:#}"));
        }
    }
    acknowledged
}

async fn somebody_comes(volunteer: &Http, acknowledged: &mut Acknowledged) -> Result<()> {
    let ticket = seekers::register(volunteer, &seekers::a_seeker()).await?;
    let came = seekers::check_in(volunteer, &ticket.ticket).await;
    let told = desk::consult(volunteer, &ticket.ticket, FACTS).await;
    if came?.verdict == "welcome" {
        acknowledged.check_ins.push(ticket);
    }
    acknowledged.consultations.push(told?);
    Ok(())
}

/// Kills it, unless it was killed: whether it was.
async fn end(process: &mut Process) -> Result<bool> {
    let was_killed = Http::new(process.url())?.get("/healthz").await.is_err();
    // It may have ended just now.
    let _ended = process.kill().await;
    Ok(was_killed)
}

/// After a sync that failed nobody knows what the disk holds: nothing is said yes to any more.
async fn ensure_silent(volunteer: &Http) -> Result<()> {
    let refused = seekers::register(volunteer, &seekers::a_seeker()).await;
    ensure!(refused.is_err(), "after a sync that failed it still gave out {refused:?}");
    Ok(())
}

/// The site starts, and everything that it said yes to is there: how much that is.
async fn ensure_kept(template: &Template, data: &Path, later: &Acknowledged) -> Result<usize> {
    let mut site = Site::start(data, "127.0.0.1:0", &[]).await.context("the next start")?;
    let volunteer = template.volunteer.at(site.process.url());
    let all = [&template.acknowledged, later];
    for ticket in all.iter().flat_map(|acknowledged| &acknowledged.check_ins) {
        let again = seekers::check_in(&volunteer, &ticket.ticket).await?;
        let is_kept = again.verdict == "already_checked_in"
            && again.reference.as_deref() == Some(ticket.reference.as_str());
        ensure!(is_kept, "acknowledged {ticket:?}, now {again:?}");
    }
    for consultation in all.iter().flat_map(|acknowledged| &acknowledged.consultations) {
        let text = desk::facts_again(&volunteer, consultation).await?;
        ensure!(text == FACTS, "{consultation:?} says {text}");
    }
    // Also one that nobody heard a yes to has its text, or isn't there.
    let listed: Value = volunteer.get("/api/v1/consultations").await?.document()?;
    let texts = listed.as_array().context("a list")?.iter();
    let without: Vec<&Value> = texts.filter(|entry| entry["facts"] != FACTS).collect();
    ensure!(without.is_empty(), "without text: {without:?}");
    ensure!(site.process.stop().await?.success(), "it did not stop cleanly");
    secret::verify(data)?;
    let counts = all.iter().map(|all| all.check_ins.len() + all.consultations.len());
    Ok(counts.sum())
}
