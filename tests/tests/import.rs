//! An import is all there or not at all, also when the site dies in the middle of it.

use std::time::Duration;

use end_to_end::counts;
use end_to_end::journey::account::ORGANISER;
use end_to_end::journey::{Report, fair, material};
use end_to_end::site::Site;

#[tokio::test]
async fn a_killed_import_is_all_or_nothing() {
    let workbook = material::workbook().unwrap();
    let (mut whole, mut nothing) = (0, 0);
    for round in 0..counts::kills() {
        let directory = tempfile::tempdir().unwrap();
        let mut site =
            Site::start(&directory.path().join("site"), "127.0.0.1:0", &[]).await.unwrap();
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await.unwrap();
        fair::plan(&organiser).await.unwrap();
        let importing = {
            let (organiser, workbook) = (organiser.clone(), workbook.clone());
            tokio::spawn(async move { fair::import(&organiser, workbook).await })
        };
        // From before it is read to after it is answered.
        let step_ms = u64::try_from(round % 20).unwrap() * 40;
        tokio::time::sleep(Duration::from_millis(step_ms)).await;
        site.process.kill().await.unwrap();
        let acknowledged = importing.await.unwrap().is_ok();
        site.process.restart().await.unwrap();
        let employers = fair::employers(&organiser).await.unwrap().len();
        match employers {
            0 => nothing += 1,
            120 => whole += 1,
            some => panic!("{some} employers of 120 after {step_ms} ms"),
        }
        assert!(employers == 120 || !acknowledged, "acknowledged and lost after {step_ms} ms");
    }
    Report::default().line(&format!("{whole} whole imports, {nothing} not at all, 0 halves"));
}
