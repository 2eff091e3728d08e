//! A standby takes the site server's place: what was acknowledged is there, the old machine brings its
//! tail when it returns, and headquarters counts one fair.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use end_to_end::hq::Hq;
use end_to_end::http::Http;
use end_to_end::journey::account::{CLERK, VOLUNTEER};
use end_to_end::journey::{Figures, desk, seekers};
use end_to_end::pair::{Pair, enrol_at, open_fair, somebody_comes};
use end_to_end::process::binary;
use end_to_end::relay::Mode;
use end_to_end::site::{Site, Ticket};
use end_to_end::tried::Tried;
use end_to_end::wait;
use serde_json::{Value, json};

/// How long records may take from one machine to another.
const BOUND: Duration = Duration::from_secs(60);
/// How often the standby may fall behind before it is killed in time.
const ATTEMPTS: usize = 5;
/// How many people were let in before the site server dies.
const LET_IN: usize = 40;

async fn promote(there: &Http) -> Value {
    there.post("/api/v1/standby/promotion", &json!({})).await.unwrap().document().unwrap()
}

async fn until_counted(clerk: &Http, organiser: &Http) -> Figures {
    let mut last = None;
    let counted = wait::until("equal counts", BOUND, async || {
        let (here, there) =
            (Figures::of_site(organiser).await?, Figures::of_headquarters(clerk).await?);
        last = Some((here, there));
        Ok((here == there).then_some(here))
    });
    counted.await.unwrap_or_else(|error| panic!("{error:#}: {last:?}"))
}

/// A site with an open fair, enrolled at headquarters.
struct Linked {
    hq: Hq,
    clerk: Http,
    site: Site,
    organiser: Http,
}

async fn linked(directory: &Path) -> Linked {
    let hq = Hq::start(&directory.join("hq"), "127.0.0.1:0").await.unwrap();
    let clerk = hq.set_up(CLERK.login, CLERK.password).await.unwrap();
    let (site, organiser) = open_fair(directory).await.unwrap();
    enrol_at(hq.process.url(), &clerk, &organiser, None).await.unwrap();
    Linked { hq, clerk, site, organiser }
}

/// People come until the site server is killed; those that it said yes to. What it says yes to while the
/// standby is behind is promised for its own disk alone, so where a slow disk made it that, they come again.
async fn killed_under_load(pair: &mut Pair) -> Vec<Ticket> {
    for _ in 0..ATTEMPTS {
        let before = times_behind(pair);
        let let_in = until_killed(pair).await;
        if times_behind(pair) == before {
            return let_in;
        }
        pair.site.process.restart().await.unwrap();
        pair.until_it_keeps_up().await.unwrap();
    }
    panic!("the standby fell behind {ATTEMPTS} times: this machine is too slow for the test");
}

/// How often the site server's log says that its standby is behind.
fn times_behind(pair: &Pair) -> usize {
    let log = std::fs::read_to_string(pair.site.data.with_extension("log")).unwrap();
    log.matches("the standby is behind").count()
}

async fn until_killed(pair: &mut Pair) -> Vec<Ticket> {
    let let_in = Arc::new(Mutex::new(Vec::new()));
    let coming = (0..2).map(|_| {
        let (organiser, let_in) = (pair.organiser.clone(), Arc::clone(&let_in));
        tokio::spawn(async move {
            while let Ok(ticket) = somebody_comes(&organiser).await {
                let_in.lock().unwrap().push(ticket);
            }
        })
    });
    let coming: Vec<_> = coming.collect();
    wait::until_true("people", BOUND, async || Ok(let_in.lock().unwrap().len() >= LET_IN))
        .await
        .unwrap();
    pair.site.process.kill().await.unwrap();
    for each in coming {
        each.await.unwrap();
    }
    let_in.lock().unwrap().clone()
}

#[tokio::test]
async fn what_was_acknowledged_is_at_the_promoted_standby_and_the_old_machine_brings_its_tail() {
    let directory = tempfile::tempdir().unwrap();
    let Linked { hq: _hq, clerk, site, organiser } = linked(directory.path()).await;
    let mut pair = Pair::follow(directory.path(), site, organiser).await.unwrap();
    let volunteer = VOLUNTEER.create(&pair.organiser, None).await.unwrap();
    desk::start_shift(&volunteer).await.unwrap();
    let first = pair.somebody_comes().await.unwrap();
    let told = desk::consult(&volunteer, &first.ticket, "欠薪三个月").await.unwrap();
    until_counted(&clerk, &pair.organiser).await;
    let let_in = killed_under_load(&mut pair).await;

    // Nobody has promoted it yet: it records nothing.
    let there = pair.at_standby().await.unwrap();
    let anybody = pair.standby.http().unwrap();
    let refused = anybody.post("/api/v1/seekers", &seekers::a_seeker()).await.unwrap();
    assert_eq!(refused.code().as_deref(), Some("site_follows"));
    let asked = there.get("/organiser/standby/promote").await.unwrap().success().unwrap().text();
    assert!(asked.contains("/organiser/standby/promote"), "{asked}");

    // Twice is once.
    for _ in 0..2 {
        let state = promote(&there).await;
        assert_eq!(state["took_over_from"].as_str(), Some(pair.site.process.url()), "{state}");
    }
    let page = there.get("/organiser/standby").await.unwrap().success().unwrap().text();
    assert!(page.contains("海报和手机上的地址还是原来的服务器"), "{page}");
    for ticket in let_in.iter().chain([&first]) {
        assert_eq!(
            seekers::check_in(&there, &ticket.ticket).await.unwrap().verdict,
            "already_checked_in"
        );
    }
    let volunteer = VOLUNTEER.sign_in(&anybody).await.unwrap();
    assert_eq!(desk::facts_again(&volunteer, &told).await.unwrap(), "欠薪三个月");
    let after = somebody_comes(&there).await.unwrap();
    let second = desk::consult(&volunteer, &after.ticket, "没有合同").await.unwrap();
    assert_eq!(desk::facts_again(&volunteer, &second).await.unwrap(), "没有合同");
    let numbers: BTreeSet<_> =
        let_in.iter().chain([&first, &after]).map(|it| &it.number_grouped).collect();
    assert_eq!(numbers.len(), let_in.len() + 2, "a number was handed out twice");
    // A ticket and an entry each, and the consultation.
    let kept = 2 * let_in.len() + 1;
    Tried::new(1, kept).tell("SIGKILL of a site under load, its standby promoted").unwrap();
    until_counted(&clerk, &there).await;

    // It is what it is after a restart, too.
    pair.standby.process.restart().await.unwrap();
    pair.line.point_at(pair.standby.process.host_port());
    let there = there.at(pair.standby.process.url());
    let before = Figures::of_site(&there).await.unwrap();
    somebody_comes(&there).await.unwrap();

    // The old machine returns, learns of it, and hands over what it had.
    pair.site.process.restart().await.unwrap();
    let old = pair.organiser.at(pair.site.process.url());
    let state = wait::until("the old machine to hear of it", BOUND, async || {
        let state: Value = old.get("/api/v1/standby").await?.document()?;
        Ok((!state["superseded_by"].is_null()).then_some(state))
    });
    assert_eq!(state.await.unwrap()["superseded_by"].as_str(), Some(pair.line.url().as_str()));
    let refused = old.post("/api/v1/seekers", &seekers::a_seeker()).await.unwrap();
    assert_eq!((refused.status, refused.code().as_deref()), (409, Some("site_superseded")));
    let page = old.get("/organiser").await.unwrap().success().unwrap().text();
    assert!(page.contains(&pair.line.url()), "{page}");
    let counted = until_counted(&clerk, &there).await;
    assert!(counted.persons > before.persons && counted.tickets >= before.tickets, "{counted:?}");
    let sites: Value = clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    assert_eq!(sites["sites"].as_array().unwrap().len(), 1, "{sites}");
}

#[tokio::test]
async fn both_record_for_a_while_and_the_tail_of_the_old_machine_is_merged() {
    let directory = tempfile::tempdir().unwrap();
    let pair = Pair::start(directory.path()).await.unwrap();
    let ticket = seekers::register(&pair.organiser, &seekers::a_seeker()).await.unwrap();
    // The line breaks; both go on, and each lets the same person in.
    pair.line.set(Mode::Closed);
    let alone = pair.somebody_comes().await.unwrap();
    pair.until(|state| state["keeps_up"] == false).await.unwrap();
    let there = pair.at_standby().await.unwrap();
    promote(&there).await;
    let other = somebody_comes(&there).await.unwrap();
    for staff in [&pair.organiser, &there] {
        assert_eq!(seekers::check_in(staff, &ticket.ticket).await.unwrap().verdict, "welcome");
    }
    assert_ne!(alone.number_grouped, other.number_grouped);
    pair.line.set(Mode::Forward);
    wait::until_true("the tail", BOUND, async || {
        let counted = Figures::of_site(&there).await?;
        Ok((counted.persons, counted.tickets, counted.conflicts) == (3, 3, 1))
    })
    .await
    .unwrap();
    pair.until(|state| !state["superseded_by"].is_null()).await.unwrap();
    let listed: Value =
        there.get("/api/v1/standby/disagreements").await.unwrap().document().unwrap();
    let [found] = &listed["disagreements"].as_array().unwrap()[..] else { panic!("{listed}") };
    // The old machine let them in first.
    assert_eq!(
        (found["about"].as_str(), &found["there_counts"]),
        (Some("let_in_twice"), &json!(true))
    );
    let page = there.get("/organiser/standby").await.unwrap().success().unwrap().text();
    assert!(page.contains("同一张入场码两边都放行了"), "{page}");
    assert_eq!(
        seekers::check_in(&there, &alone.ticket).await.unwrap().verdict,
        "already_checked_in"
    );
}

#[tokio::test]
async fn a_promoted_standby_gets_one_of_its_own_which_takes_over_in_turn() {
    let directory = tempfile::tempdir().unwrap();
    let Linked { hq: _hq, clerk, site, organiser } = linked(directory.path()).await;
    let mut pair = Pair::follow(directory.path(), site, organiser).await.unwrap();
    let mut tickets = vec![pair.somebody_comes().await.unwrap()];
    until_counted(&clerk, &pair.organiser).await;
    pair.site.process.kill().await.unwrap();
    let there = pair.at_standby().await.unwrap();
    promote(&there).await;
    tickets.push(somebody_comes(&there).await.unwrap());

    // An empty machine, perhaps the old one, follows the promoted one: it gets what all before recorded.
    let empty = directory.path().join("next");
    std::fs::create_dir(&empty).unwrap();
    let mut next = Pair::follow(&empty, pair.standby, there).await.unwrap();
    tickets.push(next.somebody_comes().await.unwrap());
    until_counted(&clerk, &next.organiser).await;
    next.site.process.kill().await.unwrap();
    let last = next.at_standby().await.unwrap();
    promote(&last).await;
    for ticket in &tickets {
        let again = seekers::check_in(&last, &ticket.ticket).await.unwrap();
        assert_eq!(again.verdict, "already_checked_in");
    }
    tickets.push(somebody_comes(&last).await.unwrap());
    let numbers: BTreeSet<_> = tickets.iter().map(|it| &it.number_grouped).collect();
    assert_eq!(numbers.len(), tickets.len());
    assert_eq!(until_counted(&clerk, &last).await.persons, 4);
    let sites: Value = clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    let sites = sites["sites"].as_array().unwrap();
    assert_eq!(sites.len(), 1, "{sites:?}");
    assert_eq!(sites[0]["before"].as_array().map(Vec::len), Some(2), "{sites:?}");
}

#[tokio::test]
async fn headquarters_that_never_heard_of_the_standby_takes_it_by_a_code() {
    let directory = tempfile::tempdir().unwrap();
    let Linked { mut hq, clerk, site, organiser } = linked(directory.path()).await;
    somebody_comes(&organiser).await.unwrap();
    until_counted(&clerk, &organiser).await;
    hq.process.stop().await.unwrap();
    let mut pair = Pair::follow(directory.path(), site, organiser).await.unwrap();
    pair.somebody_comes().await.unwrap();
    pair.site.process.kill().await.unwrap();
    std::fs::remove_dir_all(&pair.site.data).unwrap();
    let there = pair.at_standby().await.unwrap();
    promote(&there).await;
    somebody_comes(&there).await.unwrap();
    hq.process.restart().await.unwrap();
    let clerk = clerk.at(hq.process.url());

    // It is refused, and says what to do; the code for a new site is none of that kind.
    wait::until_true("headquarters' refusal", BOUND, async || {
        let page = there.get("/organiser/headquarters").await?.success()?.text();
        Ok(page.contains("服务器坏了或丢了"))
    })
    .await
    .unwrap();
    let sites: Value = clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    let lost = sites["sites"][0]["node"].as_str().unwrap().to_owned();
    enrol_at(hq.process.url(), &clerk, &there, Some(&lost)).await.unwrap();
    let counted = until_counted(&clerk, &there).await;
    assert_eq!(counted.persons, 3);
    let sites: Value = clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    assert_eq!(sites["sites"][0]["before"], json!([lost]), "{sites}");
}

fn promote_by_command(data: &Path) -> (bool, String) {
    let program = binary("springbreeze-server").unwrap();
    let done =
        Command::new(program).args(["standby", "promote", "--data"]).arg(data).output().unwrap();
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[tokio::test]
async fn a_stopped_standby_is_promoted_by_the_command_line_and_nothing_else_is() {
    let directory = tempfile::tempdir().unwrap();
    let mut pair = Pair::start(directory.path()).await.unwrap();
    let first = pair.somebody_comes().await.unwrap();
    pair.site.process.kill().await.unwrap();
    let (done, said) = promote_by_command(&pair.site.data);
    assert!(!done && said.contains("no standby"), "{said}");
    let (done, said) = promote_by_command(&pair.standby.data);
    assert!(!done && said.contains("stop the node first"), "{said}");
    pair.standby.process.stop().await.unwrap();
    for _ in 0..2 {
        let (done, said) = promote_by_command(&pair.standby.data);
        assert!(done, "{said}");
    }
    pair.standby.process.restart().await.unwrap();
    let there = pair.at_standby().await.unwrap();
    assert_eq!(
        seekers::check_in(&there, &first.ticket).await.unwrap().verdict,
        "already_checked_in"
    );
    somebody_comes(&there).await.unwrap();
}
