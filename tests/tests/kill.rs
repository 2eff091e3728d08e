//! A site that is killed under load keeps all that it acknowledged.

#![expect(clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use end_to_end::counts;
use end_to_end::faults::Victim;
use end_to_end::tried::Tried;

/// Every so many rounds everything is looked at again, not only what is new.
const ALL_EVERY_ROUNDS: usize = 5;

#[tokio::test]
async fn sigkill_under_load_loses_nothing_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut victim = Victim::start(&directory.path().join("site")).await.unwrap();
    for round in 1..=counts::kills() {
        // Not always at the same point of its work.
        let check_ins = 5 + round * 7 % 40;
        victim
            .strike_after(check_ins, async |site| site.process.kill().await)
            .await
            .unwrap_or_else(|error| panic!("round {round}: {error:#}"));
        let latest = if round % ALL_EVERY_ROUNDS == 0 { usize::MAX } else { check_ins };
        victim
            .ensure_nothing_lost(latest)
            .await
            .unwrap_or_else(|error| panic!("round {round}: {error:#}"));
    }
    victim.ensure_chains_hold().await.unwrap();
    let (kills, kept) = (counts::kills(), victim.ledger.check_ins().len());
    Tried::new(kills, kept).tell("SIGKILL of a site under load").unwrap();
}

/// The ledger is worth something: a site whose disk forgot the last records is found out.
#[tokio::test]
async fn a_forgotten_tail_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let mut victim = Victim::start(&directory.path().join("site")).await.unwrap();
    let journal = directory.path().join("site/00000001.log");
    let struck = victim.strike_after(30, async |site| {
        site.process.kill().await?;
        forget_tail(&journal)
    });
    // Either it does not start on such a disk, or what it lost is missing.
    if struck.await.is_ok() {
        assert!(victim.ensure_nothing_lost(usize::MAX).await.is_err());
    }
}

/// Overwrites the last written kilobytes of a zero-filled segment with zeros.
fn forget_tail(journal: &std::path::Path) -> anyhow::Result<()> {
    const FORGOTTEN_BYTES: usize = 8 * 1024;
    let mut bytes = std::fs::read(journal)?;
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes[end.saturating_sub(FORGOTTEN_BYTES)..end].fill(0);
    Ok(std::fs::write(journal, bytes)?)
}
