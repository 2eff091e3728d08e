//! The whole journey in order.

use std::path::Path;

use anyhow::{Result, ensure};

use super::account::{EMPLOYER, VOLUNTEER};
use super::nodes::{Addresses, Nodes, Reach};
use super::report::Report;
use super::{Figures, booth, desk, fair, headquarters, material, outage, secret, seekers, station};
use crate::canary::Canary;
use crate::demo::fill_fair;
use crate::http::Http;
use crate::site::{Consultation, Ticket};

/// Told in confidence at the desk, and nowhere else in the world.
pub const CONFIDENTIAL: &str = "机密-某厂自去年十一月起欠薪三万七千元-线索八四六二";

/// Walks the journey on an empty directory; every step prints its line.
///
/// # Errors
///
/// The first step that does not hold.
pub async fn walk(report: &Report, directory: &Path) -> Result<()> {
    let mut walk = Walk::begin(report, directory).await?;
    walk.prepare(report).await?;
    let first = walk.first_seeker(report).await?;
    let told = walk.booth_and_desk(report, &first).await?;
    walk.survive_kill(report, &told).await?;
    walk.survive_outage(report).await?;
    walk.reach_headquarters(report, &told).await?;
    let stop = async { Ok(((), format!("{} processes", walk.nodes.stop().await?))) };
    report.step("all stopped cleanly", stop).await
}

/// A journey under way.
#[derive(Debug)]
struct Walk {
    nodes: Nodes,
    anybody: Http,
    caused: Figures,
}

/// A consultation, and who may read it.
#[derive(Debug)]
struct Told {
    volunteer: Http,
    consultation: Consultation,
}

impl Walk {
    async fn begin(report: &Report, directory: &Path) -> Result<Self> {
        let start = async {
            let nodes = Nodes::start(directory, &Addresses::free()).await?;
            Ok((nodes, "2 processes".to_owned()))
        };
        let nodes = report.step("headquarters and a site started", start).await?;
        let anybody = nodes.site.http()?;
        Ok(Self { nodes, anybody, caused: Figures::default() })
    }

    async fn prepare(&mut self, report: &Report) -> Result<()> {
        let nodes = &mut self.nodes;
        let open = async {
            let imported = fill_fair(&nodes.organiser, material::workbook()?).await?;
            Ok((imported, "1 fair".to_owned()))
        };
        let imported = report.step("fair set up, filled and opened", open).await?;
        let told = async {
            let crate::site::Imported { employers, postings, booths } = imported;
            let listed = fair::employers(&nodes.organiser).await?.len();
            ensure!(u64::try_from(listed)? == employers, "{listed} employers are listed");
            Ok(((), format!("{employers} employers, {postings} postings, {booths} booths")))
        };
        report.step("employers imported from a spreadsheet", told).await?;
        let enrol = async { Ok((headquarters::enrol_site(nodes).await?, "1 site".to_owned())) };
        report.step("site enrolled at headquarters", enrol).await?;
        let enrol = async {
            nodes.enrol_kiosk(Reach::Relay, &Addresses::free().kiosk).await?;
            station::until_ready(nodes.kiosk()?).await?;
            Ok(((), "1 kiosk".to_owned()))
        };
        report.step("kiosk enrolled and ready", enrol).await
    }

    async fn first_seeker(&mut self, report: &Report) -> Result<Ticket> {
        let ticket = report.step("seeker registered on a phone", self.register()).await?;
        let anybody = self.anybody.clone();
        let render = async {
            let png = seekers::ticket_png(&anybody, &ticket).await?;
            let picture = image::load_from_memory(&png)?;
            let counted = format!("{} bytes, {} pixels wide", png.len(), picture.width());
            Ok((png, counted))
        };
        let png = report.step("ticket rendered as PNG", render).await?;
        let scan = async {
            let seen = station::show(self.nodes.kiosk()?, png, "welcome").await?;
            ensure!(!seen.route.is_empty(), "no booth is suggested");
            self.came_in();
            station::until_handed_over(self.nodes.kiosk()?).await?;
            let persons = Figures::of_site(&self.nodes.organiser).await?.persons;
            ensure!(persons == self.caused.persons, "{persons} persons at the site");
            let stops = seen.route.len();
            Ok(((), format!("{persons} person checked in, {stops} booths on the route")))
        };
        report.step("kiosk read it and showed the route", scan).await?;
        Ok(ticket)
    }

    /// A seeker registers; counted.
    async fn register(&mut self) -> Result<(Ticket, String)> {
        let ticket = seekers::register(&self.anybody, &seekers::a_seeker()).await?;
        self.caused.tickets += 1;
        self.caused.registered += 1;
        let registered = Figures::of_site(&self.nodes.organiser).await?.registered;
        ensure!(registered == self.caused.registered, "{registered} are registered");
        Ok((ticket, format!("{registered} registered")))
    }

    /// Another seeker, registered and with the ticket as a picture.
    async fn another_png(&mut self) -> Result<Vec<u8>> {
        let (ticket, _) = self.register().await?;
        seekers::ticket_png(&self.anybody, &ticket).await
    }

    const fn came_in(&mut self) {
        self.caused.persons += 1;
        self.caused.entries += 1;
    }

    async fn booth_and_desk(&mut self, report: &Report, ticket: &Ticket) -> Result<Told> {
        let organiser = self.nodes.organiser.clone();
        let talk = async {
            let number = booth::first_booth(&fair::employers(&organiser).await?)?;
            let employer = EMPLOYER.create(&organiser, Some(&number)).await?;
            booth::record_intention(&employer, &number, &ticket.ticket).await?;
            self.caused.talks += 1;
            self.caused.intentions += 1;
            let intentions = Figures::of_site(&organiser).await?.intentions;
            ensure!(intentions == self.caused.intentions, "{intentions} intentions");
            Ok(((), format!("{intentions} intention")))
        };
        report.step("booth recorded an intention", talk).await?;
        let consult = async {
            let volunteer = VOLUNTEER.create(&organiser, None).await?;
            desk::start_shift(&volunteer).await?;
            let consultation = desk::consult(&volunteer, &ticket.ticket, CONFIDENTIAL).await?;
            desk::refer(&volunteer, &consultation).await?;
            self.caused.consultations += 1;
            ensure!(desk::facts(&volunteer, &consultation).await? == CONFIDENTIAL);
            let consultations = Figures::of_site(&organiser).await?.consultations;
            ensure!(consultations == self.caused.consultations, "{consultations} consultations");
            let counted = format!("{consultations} consultation, 1 referral");
            Ok((Told { volunteer, consultation }, counted))
        };
        report.step("volunteer logged a consultation, referred it", consult).await
    }

    async fn survive_kill(&mut self, report: &Report, told: &Told) -> Result<()> {
        let kill = async {
            self.nodes.site.process.kill().await?;
            self.nodes.site.process.restart().await?;
            let counted = Figures::of_site(&self.nodes.organiser).await?;
            ensure!(counted == self.caused, "caused {:?}, there is {counted:?}", self.caused);
            ensure!(desk::facts_again(&told.volunteer, &told.consultation).await? == CONFIDENTIAL);
            Ok(((), counted.to_string()))
        };
        report.step("site killed with SIGKILL, started, all there", kill).await
    }

    async fn survive_outage(&mut self, report: &Report) -> Result<()> {
        let (during_cut, during_silence) = (self.another_png().await?, self.another_png().await?);
        station::until_ready(self.nodes.kiosk()?).await?;
        let cut = async {
            let seen = outage::cut_mid_scan(&self.nodes, during_cut).await?;
            self.came_in();
            Ok(((), format!("1 person checked in, decided by the {}", seen.decided_by)))
        };
        report.step("kiosk's network cut in the middle of a scan", cut).await?;
        let silence = async {
            outage::silence(&self.nodes, during_silence).await?;
            self.came_in();
            // A walk-in says a form of address, gets a ticket, and is in.
            self.caused.tickets += 1;
            self.caused.registered += 1;
            self.came_in();
            Ok(((), "1 person checked in, 1 walk-in with a ticket".to_owned()))
        };
        report.step("kiosk's network silent", silence).await?;
        let restore = async {
            outage::restore(&self.nodes).await?;
            let counted = Figures::of_site(&self.nodes.organiser).await?;
            ensure!(counted == self.caused, "caused {:?}, there is {counted:?}", self.caused);
            Ok(((), format!("{} persons, {} tickets", counted.persons, counted.tickets)))
        };
        report.step("network restored, each record there once", restore).await
    }

    async fn reach_headquarters(&mut self, report: &Report, told: &Told) -> Result<()> {
        let arrive = async {
            self.caused.ensure_all_caused()?;
            headquarters::until_counted(&self.nodes, &self.caused).await?;
            Ok(((), self.caused.to_string()))
        };
        report.step("headquarters has all of it", arrive).await?;
        let search = async {
            // It is where it belongs, so that not finding it means something.
            ensure!(desk::facts(&told.volunteer, &told.consultation).await? == CONFIDENTIAL);
            let canary = Canary::new(CONFIDENTIAL);
            let searched = secret::search_headquarters(&mut self.nodes, &canary).await?;
            let secret::Searched { files, records } = searched;
            Ok(((), format!("0 finds in {files} files and {records} decoded records")))
        };
        report.step("confidential text is nowhere at headquarters", search).await
    }
}
