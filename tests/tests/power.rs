//! A site whose power is cut under load keeps all that it acknowledged, on each file system.

use end_to_end::counts;
use end_to_end::faults::Victim;
use end_to_end::power::{FileSystem, Volume, missing};
use end_to_end::tried::Tried;

#[tokio::test]
async fn power_cuts_on_ext4_lose_nothing_acknowledged() {
    power_cuts(FileSystem::Ext4).await;
}

#[tokio::test]
async fn power_cuts_on_xfs_lose_nothing_acknowledged() {
    power_cuts(FileSystem::Xfs).await;
}

async fn power_cuts(file_system: FileSystem) {
    if let Some(why) = missing(file_system) {
        counts::skip(&why);
        return;
    }
    let mut volume = Volume::make(file_system).expect("it could be made a moment ago");
    let data = volume.path().join("site");
    let mut victim = Victim::start(&data).await.expect("a site starts on a fresh disk");
    for round in 1..=counts::power_cuts() {
        let struck = victim.strike_after(20 + round * 11 % 30, async |site| {
            volume.cut()?;
            site.process.kill().await?;
            volume.restore()
        });
        struck.await.unwrap_or_else(|error| panic!("{file_system}, cut {round}: {error:#}"));
        let kept = victim.ensure_nothing_lost(usize::MAX).await;
        kept.unwrap_or_else(|error| panic!("{file_system}, cut {round}: {error:#}"));
    }
    victim.ensure_chains_hold().await.expect("the chains hold");
    let (cuts, kept) = (counts::power_cuts(), victim.ledger.check_ins().len());
    let fault = format!("power cut under load, {file_system}");
    Tried::new(cuts, kept).tell(&fault).expect("it can be told");
    // The site lets go of the disk before the disk goes.
    drop(victim);
}
