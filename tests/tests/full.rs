//! A site whose disk others have filled: it refuses what is new and says so, goes on with all else,
//! starts again while there is no room, and takes up work by itself once there is.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use end_to_end::counts;
use end_to_end::demo::fill_fair;
use end_to_end::hq::Hq;
use end_to_end::http::{Answer, Http};
use end_to_end::journey::account::{CLERK, ORGANISER, VOLUNTEER};
use end_to_end::journey::nodes::enrolment_code;
use end_to_end::journey::{Figures, material, seekers};
use end_to_end::site::Site;
use end_to_end::small_disk::{SmallDisk, missing};
use end_to_end::tried::Tried;
use end_to_end::wait;
use serde_json::json;
use tempfile::TempDir;

const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_nothing_else() {
    if let Some(why) = missing() {
        counts::skip(&why);
        return;
    }
    let mut hall = Hall::open().await.unwrap();
    hall.is_warned_when_there_is_little_room().await.unwrap();
    hall.refuses_when_there_is_none().await.unwrap();
    hall.goes_on_and_links_when_there_is_again().await.unwrap();
    hall.starts_without_room_and_hands_on().await.unwrap();
    hall.goes_on_and_has_lost_nothing().await.unwrap();
    Tried::new(3, hall.tickets.len()).tell("disk full, killed and started while full").unwrap();
}

/// A fair on a small disk, and headquarters elsewhere.
struct Hall {
    // Before the disk: it lets go of it when dropped.
    site: Site,
    disk: SmallDisk,
    hq: Hq,
    clerk: Http,
    organiser: Http,
    volunteer: Http,
    anybody: Http,
    tickets: Vec<String>,
    _elsewhere: TempDir,
}

impl Hall {
    async fn open() -> Result<Self> {
        let disk = SmallDisk::make(128)?;
        let elsewhere = tempfile::tempdir()?;
        let hq = Hq::start(&elsewhere.path().join("hq"), "127.0.0.1:0").await?;
        let clerk = hq.set_up(CLERK.login, CLERK.password).await?;
        let site = Site::start(&disk.path().join("site"), "127.0.0.1:0", &[]).await?;
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
        fill_fair(&organiser, material::small_workbook()?).await?;
        let volunteer = VOLUNTEER.create(&organiser, None).await?;
        let (anybody, tickets) = (site.http()?, Vec::new());
        let _elsewhere = elsewhere;
        let mut hall =
            Self { site, disk, hq, clerk, organiser, volunteer, anybody, tickets, _elsewhere };
        for _ in 0..20 {
            hall.somebody_comes().await?;
        }
        Ok(hall)
    }

    async fn somebody_comes(&mut self) -> Result<()> {
        let ticket = seekers::register(&self.anybody, &seekers::a_seeker()).await?.ticket;
        let came = seekers::check_in(&self.volunteer, &ticket).await?;
        ensure!(came.verdict == "welcome", "{came:?}");
        self.tickets.push(ticket);
        Ok(())
    }

    async fn is_warned_when_there_is_little_room(&self) -> Result<()> {
        ensure!(!self.page("zh").await?.contains("磁盘空间"), "there was room");
        self.disk.fill_but_for(12 << 20)?;
        let says = "磁盘空间快用完了";
        wait::until_true(says, BOUND, async || Ok(self.page("zh").await?.contains(says))).await?;
        ensure!(self.present_first().await?.status == 200, "there is room enough to record");
        self.disk.make_room()
    }

    /// By its code, on every page in both languages; what is here is read all the same.
    async fn refuses_when_there_is_none(&self) -> Result<()> {
        self.disk.fill_but_for(2 << 20)?;
        self.until_refused().await?;
        let refused = self.present_first().await?;
        ensure!(refused.status == 507, "{}", refused.text());
        ensure!(refused.text().contains("腾出空间"), "{}", refused.text());
        ensure!(self.page("zh").await?.contains("磁盘空间不足"), "the page says so");
        ensure!(self.page("en").await?.contains("nothing new can be recorded"), "in English too");
        self.anybody.get("/readyz").await?.success()?;
        self.ensure_persons(20).await
    }

    /// Linking to headquarters is something new, so it waits for room.
    async fn goes_on_and_links_when_there_is_again(&mut self) -> Result<()> {
        self.disk.make_room()?;
        self.until_taken().await?;
        let asked = json!({ "role": "site", "name": "会场" });
        let code = enrolment_code(&self.clerk, &asked).await?;
        let link = json!({ "url": self.hq.process.url(), "code": code });
        self.organiser.post("/api/v1/headquarters", &link).await?.success()?;
        self.somebody_comes().await
    }

    /// Not a byte is left, and it is killed.
    async fn starts_without_room_and_hands_on(&mut self) -> Result<()> {
        self.disk.fill_but_for(0)?;
        self.site.process.kill().await?;
        self.site.process.restart().await?;
        self.anybody.get("/readyz").await?.success()?;
        // The lists of people are made again after a kill, also without room.
        let signed_in = wait::until("the lists again", BOUND, async || {
            Ok(ORGANISER.sign_in(&self.anybody).await.ok())
        });
        self.organiser = signed_in.await?;
        self.volunteer = VOLUNTEER.sign_in(&self.anybody).await?;
        self.ensure_persons(21).await?;
        self.until_refused().await?;
        wait::until_true("everybody at headquarters", BOUND, async || {
            Ok(Figures::of_headquarters(&self.clerk).await?.persons == 21)
        })
        .await
    }

    async fn goes_on_and_has_lost_nothing(&self) -> Result<()> {
        self.disk.make_room()?;
        self.until_taken().await?;
        for ticket in &self.tickets {
            let again = seekers::check_in(&self.volunteer, ticket).await?;
            ensure!(again.verdict == "already_checked_in", "{again:?}");
        }
        ensure!(!self.page("zh").await?.contains("磁盘空间"), "there is room");
        Ok(())
    }

    async fn until_refused(&self) -> Result<()> {
        let refused =
            async || Ok(self.present_first().await?.code().as_deref() == Some("disk_full"));
        wait::until_true("a refusal", BOUND, refused).await
    }

    async fn until_taken(&self) -> Result<()> {
        let taken = async || Ok(self.present_first().await?.code().is_none());
        wait::until_true("a check-in", BOUND, taken).await
    }

    async fn present_first(&self) -> Result<Answer> {
        let ticket = self.tickets.first().context("a ticket")?;
        self.volunteer.post("/api/v1/check-ins", &json!({ "ticket": ticket })).await
    }

    async fn ensure_persons(&self, count: u64) -> Result<()> {
        let figures = Figures::of_site(&self.organiser).await?;
        ensure!(figures.persons == count, "{figures:?}");
        Ok(())
    }

    async fn page(&self, lang: &str) -> Result<String> {
        let answer = self.anybody.get(&format!("/register?lang={lang}")).await?;
        Ok(answer.success()?.text())
    }
}
