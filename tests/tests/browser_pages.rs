//! Every page of the site and of headquarters, as each role sees it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use end_to_end::browser::{Browser, PAGES};
use end_to_end::demo::fill_fair;
use end_to_end::journey::account::{Account, CLERK, EMPLOYER, ORGANISER, VOLUNTEER};
use end_to_end::journey::{Addresses, Nodes, booth, desk, fair, headquarters, material, seekers};
use fantoccini::Locator;

/// Pages that anybody may open.
const PUBLIC: [&str; 4] = ["/", "/register", "/screen", "/sign-in"];
/// Pages by role.
const ORGANISERS: [&str; 2] = ["/staff", "/organiser"];
const VOLUNTEERS: [&str; 1] = ["/desk"];
const BOOTHS: [&str; 1] = ["/booth"];
const CLERKS: [&str; 1] = ["/"];

#[tokio::test]
async fn every_page_of_the_site_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let site = nodes.site.process.url().to_owned();
    let ticket = seekers::register(&nodes.site.http().unwrap(), &seekers::a_seeker()).await;
    let ticket_page = format!("/t/{}", ticket.unwrap().ticket);
    let mut paths = PUBLIC.to_vec();
    paths.push(&ticket_page);
    let mut breaches = inspect_all(&site, None, &paths).await;
    for (account, paths) in
        [(ORGANISER, &ORGANISERS[..]), (VOLUNTEER, &VOLUNTEERS), (EMPLOYER, &BOOTHS)]
    {
        breaches.extend(inspect_all(&site, Some(account), paths).await);
    }
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[tokio::test]
async fn every_page_of_headquarters_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let hq = nodes.hq.process.url().to_owned();
    let mut breaches = inspect_all(&hq, None, &["/sign-in"]).await;
    breaches.extend(inspect_all(&hq, Some(CLERK), &CLERKS).await);
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

/// An open fair in which something of each kind has happened.
async fn filled(directory: &std::path::Path) -> Nodes {
    let nodes = Nodes::start(directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    let employers = fair::employers(&nodes.organiser).await.unwrap();
    let number = booth::first_booth(&employers).unwrap();
    let employer = EMPLOYER.create(&nodes.organiser, Some(&number)).await.unwrap();
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    seekers::check_in(&volunteer, &ticket.ticket).await.unwrap();
    booth::record_intention(&employer, &number, &ticket.ticket).await.unwrap();
    desk::start_shift(&volunteer).await.unwrap();
    let told = desk::consult(&volunteer, &ticket.ticket, "欠薪三个月").await.unwrap();
    desk::refer(&volunteer, &told).await.unwrap();
    nodes
}

/// What breaks the rules on these pages, seen by one person.
async fn inspect_all(base: &str, account: Option<Account>, paths: &[&str]) -> Vec<String> {
    let browser = Browser::start(&[]).await.unwrap();
    if let Some(account) = account {
        sign_in(&browser, base, account).await;
    }
    let role = account.map_or("public", |account| account.role);
    let mut breaches = Vec::new();
    for path in paths {
        // A ticket's page is called by its kind, not by the ticket.
        let short: String = path.chars().take(12).collect();
        let name = format!("{role}{}", short.replace('/', "-"));
        let found = browser.inspect(&name, &format!("{base}{path}"), PAGES).await;
        breaches.extend(found.unwrap_or_else(|error| panic!("{role} {path}: {error:#}")));
    }
    breaches
}

/// Signs in through the page, as a person does.
async fn sign_in(browser: &Browser, base: &str, account: Account) {
    browser.open(&format!("{base}/sign-in")).await.unwrap();
    let form = browser.client.form(Locator::Css("main form")).await.unwrap();
    form.set_by_name("login", account.login).await.unwrap();
    form.set_by_name("password", account.password).await.unwrap();
    form.submit().await.unwrap();
    let wait = browser.until(
        "being signed in",
        std::time::Duration::from_secs(10),
        "!location.pathname.includes('sign-in')",
    );
    wait.await.unwrap();
}
