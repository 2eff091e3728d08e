//! Every page of the site and of headquarters, as each role sees it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use end_to_end::browser::{Browser, Crawled, PAGES, SIZES, Walk};
use end_to_end::demo::fill_fair;
use end_to_end::journey::account::{Account, CLERK, EMPLOYER, ORGANISER, VOLUNTEER};
use end_to_end::journey::{Addresses, Nodes, booth, desk, fair, headquarters, material, seekers};
use fantoccini::Locator;

#[tokio::test]
async fn every_public_page_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let ticket = seekers::register(&nodes.site.http().unwrap(), &seekers::a_seeker()).await;
    let ticket_page = format!("/t/{}", ticket.unwrap().ticket);
    let walk = Walk {
        starts: &["/", "/register", "/postings", "/hall", "/sign-in", &ticket_page],
        within: "/",
    };
    let expected = ["/postings/booth/*", "/t/*"];
    inspect(nodes.site.process.url(), None, walk, &expected).await;
}

#[tokio::test]
async fn every_page_of_the_organiser_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let walk = Walk { starts: &["/organiser", "/organiser/open/confirm"], within: "/organiser" };
    let expected = [
        "/organiser/fair",
        "/organiser/employers",
        "/organiser/accounts",
        "/organiser/kiosks",
        "/organiser/open",
        "/organiser/headquarters",
        "/organiser/standby",
        "/organiser/close",
    ];
    inspect(nodes.site.process.url(), Some(ORGANISER), walk, &expected).await;
}

#[tokio::test]
async fn every_page_of_volunteers_and_booths_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let site = nodes.site.process.url();
    let walk = Walk { starts: &["/desk", "/desk/check-in"], within: "/desk" };
    let expected = ["/desk/consultations", "/desk/consultations/new", "/desk/consultations/*"];
    inspect(site, Some(VOLUNTEER), walk, &expected).await;
    inspect(site, Some(EMPLOYER), Walk { starts: &["/booth"], within: "/booth" }, &[]).await;
}

#[tokio::test]
async fn every_page_of_headquarters_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = filled(directory.path()).await;
    let hq = nodes.hq.process.url();
    let nobody = Walk { starts: &["/sign-in"], within: "/sign-in" };
    inspect(hq, None, nobody, &[]).await;
    let walk = Walk { starts: &["/", "/sites", "/enrol"], within: "/" };
    inspect(hq, Some(CLERK), walk, &["/sites/*"]).await;
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

/// That the pages of one person break no rule, and that these kinds are among them.
async fn inspect(base: &str, account: Option<Account>, walk: Walk<'_>, expected: &[&str]) {
    let browser = Browser::start(&[]).await.unwrap();
    if let Some(account) = account {
        sign_in(&browser, base, account).await;
    }
    let role = account.map_or("public", |account| account.role);
    let crawled = browser.crawl(role, base, walk, PAGES).await;
    let Crawled { kinds, breaches } = crawled.unwrap_or_else(|error| panic!("{role}: {error:#}"));
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    for kind in expected {
        assert!(kinds.contains(*kind), "{role}: no link leads to {kind}: {kinds:?}");
    }
}

/// Signs in through the page, as a person does.
async fn sign_in(browser: &Browser, base: &str, account: Account) {
    browser.resize(SIZES[2]).await.unwrap();
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
    if let Err(error) = wait.await {
        browser.picture("not-signed-in").await.unwrap();
        panic!("{error:#}: {}", browser.client.source().await.unwrap());
    }
}
