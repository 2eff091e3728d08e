//! The demo: a filled fair that stays up until it is stopped, and what to open of it.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::http::Http;
use crate::journey::account::{CLERK, EMPLOYER, ORGANISER, VOLUNTEER};
use crate::journey::{
    Addresses, Nodes, Reach, Report, booth, fair, headquarters, material, seekers, station,
};
use crate::site::{Imported, Ticket};

/// Marks a directory as filled, and keeps what is printed.
const NOTE: &str = "demo.json";
/// Where addresses begin in what is printed.
const COLUMN: usize = 26;
/// How many registrations are under way at once.
const REGISTERING_AT_ONCE: usize = 8;

/// What the demo remembers of its own fair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Note {
    /// The address in the code of one seeker's ticket.
    pub ticket_url: String,
    /// The number under its code.
    pub number: String,
    /// The booth with a sign-in.
    pub booth: String,
}

/// Starts the demo on a directory: a new one is filled, one of an earlier demo goes on.
///
/// # Errors
///
/// In one sentence, when the directory can't be used or a node does not start.
pub async fn start(
    report: &Report,
    directory: &Path,
    addresses: &Addresses,
) -> Result<(Nodes, Note)> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("{} can't be written: choose another", directory.display()))?;
    if let Ok(note) = std::fs::read(directory.join(NOTE)) {
        let note = serde_json::from_slice(&note)?;
        let again = async {
            let nodes = Nodes::start_again(directory, addresses).await?;
            Ok((nodes, "3 processes".to_owned()))
        };
        return Ok((report.step("the demo's fair goes on", again).await?, note));
    }
    let is_empty = std::fs::read_dir(directory)?.next().is_none();
    ensure!(is_empty, "{} holds something else: choose another", directory.display());
    fill(report, directory, addresses).await
}

async fn fill(report: &Report, directory: &Path, addresses: &Addresses) -> Result<(Nodes, Note)> {
    let begin = async {
        let nodes = Nodes::start(directory, addresses).await?;
        Ok((nodes, "2 processes".to_owned()))
    };
    let mut nodes = report.step("headquarters and a site started", begin).await?;
    let open = async {
        let imported = fill_fair(&nodes.organiser, material::workbook()?).await?;
        headquarters::enrol_site(&nodes).await?;
        let counted = format!("{} employers, {} postings", imported.employers, imported.postings);
        Ok(((), counted))
    };
    report.step("fair set up, filled and opened", open).await?;
    let staff = async {
        let number = booth::first_booth(&fair::employers(&nodes.organiser).await?)?;
        let volunteer = VOLUNTEER.create(&nodes.organiser, None).await?;
        let employer = EMPLOYER.create(&nodes.organiser, Some(&number)).await?;
        Ok(((number, volunteer, employer), "2 sign-ins".to_owned()))
    };
    let (booth, volunteer, employer) =
        report.step("a volunteer and a booth can sign in", staff).await?;
    let register = async {
        let tickets = register_all(&nodes).await?;
        let counted = format!("{} seekers", tickets.len());
        Ok((tickets, counted))
    };
    let tickets = report.step("seekers registered", register).await?;
    let come = async {
        let (persons, talks) = some_come(&volunteer, &employer, &booth, &tickets).await?;
        Ok(((), format!("{persons} persons, {talks} talks")))
    };
    report.step("some of them came in", come).await?;
    let enrol = async {
        nodes.enrol_kiosk(Reach::Direct, &addresses.kiosk).await?;
        station::until_ready(nodes.kiosk()?).await?;
        Ok(((), "1 kiosk".to_owned()))
    };
    report.step("kiosk enrolled and ready", enrol).await?;
    let Some(ticket) = tickets.into_iter().next() else { bail!("nobody registered") };
    let note = Note { ticket_url: ticket.ticket_url, number: ticket.number_grouped, booth };
    std::fs::write(directory.join(NOTE), serde_json::to_vec_pretty(&note)?)?;
    Ok((nodes, note))
}

/// Sets up a fair, imports employers from a spreadsheet, and opens it.
///
/// # Errors
///
/// When the site refuses.
pub async fn fill_fair(organiser: &Http, workbook: Vec<u8>) -> Result<Imported> {
    fair::plan(organiser).await?;
    let imported = fair::import(organiser, workbook).await?;
    fair::open(organiser).await?;
    Ok(imported)
}

async fn register_all(nodes: &Nodes) -> Result<Vec<Ticket>> {
    let anybody = nodes.site.http()?;
    let mut tickets = Vec::new();
    let mut running = JoinSet::new();
    for seeker in material::registrations()? {
        if running.len() >= REGISTERING_AT_ONCE
            && let Some(done) = running.join_next().await
        {
            tickets.push(done??);
        }
        let anybody = anybody.clone();
        running.spawn(async move { seekers::register(&anybody, &seeker).await });
    }
    while let Some(done) = running.join_next().await {
        tickets.push(done??);
    }
    Ok(tickets)
}

/// Every third comes in, a few of them to the booth; the first, whose ticket is shown, waits for
/// whoever tries the kiosk.
async fn some_come(
    volunteer: &Http,
    employer: &Http,
    booth: &str,
    tickets: &[Ticket],
) -> Result<(usize, usize)> {
    let (mut persons, mut talks) = (0, 0);
    for ticket in tickets.iter().skip(1).step_by(3) {
        seekers::check_in(volunteer, &ticket.ticket).await?;
        persons += 1;
        if persons % 10 == 0 {
            booth::record_intention(employer, booth, &ticket.ticket).await?;
            talks += 1;
        }
    }
    Ok((persons, talks))
}

/// What to open, with whom to sign in, and one seeker's ticket.
///
/// # Errors
///
/// When no kiosk runs, or the ticket does not fit a code.
pub fn invitation(nodes: &Nodes, note: &Note) -> Result<String> {
    let (site, hq) = (nodes.site.process.url(), nodes.hq.process.url());
    let kiosk = nodes.kiosk()?.process.url();
    let line = |what: &str, url: &str, account: Option<crate::journey::account::Account>| {
        let sign_in = account.map(|who| format!("{} / {}", who.login, who.password));
        let gap = " ".repeat(COLUMN.saturating_sub(columns(what)));
        format!("  {what}{gap}{url:<34}{}\n", sign_in.unwrap_or_default())
    };
    let mut text = String::from("\nOpen in a browser (sign-ins: login / password):\n\n");
    text += &line("kiosk 自助机", kiosk, None);
    text += &line("seeker's phone 求职者", &format!("{site}/"), None);
    text += &line("organiser 组织者", &format!("{site}/organiser"), Some(ORGANISER));
    text += &line("volunteer 志愿者", &format!("{site}/desk"), Some(VOLUNTEER));
    let at_booth = format!("booth {} 展位", note.booth);
    text += &line(&at_booth, &format!("{site}/booth"), Some(EMPLOYER));
    text += &line("hall screen 大屏", &format!("{site}/hall"), None);
    text += &line("headquarters 总部", hq, Some(CLERK));
    text += "\nOne seeker's ticket: hold it up to the kiosk's camera, or type its number ";
    text += &format!("{}.\n\n{}\n", note.number, drawn(&note.ticket_url)?);
    Ok(text + "Ctrl-C stops everything.")
}

/// How wide a text is in a terminal: a Chinese character takes two columns.
fn columns(text: &str) -> usize {
    text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

/// A code drawn with half blocks, dark on light whatever the terminal's colours.
fn drawn(ticket: &str) -> Result<String> {
    use qrcode::render::unicode::Dense1x2;
    let code = qrcode::QrCode::with_error_correction_level(ticket, qrcode::EcLevel::M)?;
    let drawn =
        code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    let lines = drawn.lines().map(|line| format!("  \x1b[97;40m{line}\x1b[0m\n"));
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_drawn_with_its_margin() {
        let drawn = drawn(&format!("HTTP://FAIR.EXAMPLE:8700/T/{}", "A".repeat(47))).unwrap();
        // 33 modules and a margin of four on each side, two modules a line.
        assert_eq!(drawn.lines().count(), 21, "{drawn}");
        assert!(drawn.contains('▀') && drawn.contains('█'));
    }
}
