//! A site that is killed under load keeps all that it acknowledged.

use end_to_end::counts;
use end_to_end::faults::Victim;
use end_to_end::journey::Report;

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
    let in_doubt = victim.ledger.in_doubt();
    Report::default().line(&format!("{kills} kills, {kept} kept, 0 lost, {in_doubt} in doubt"));
}
