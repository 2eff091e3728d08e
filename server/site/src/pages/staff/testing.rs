//! A fair with somebody of each role signed in, for the tests of the staff's pages.

use std::sync::Arc;
use std::time::Duration;

use domain::codes::{Lang as Words, Occupation, Purpose};
use domain::command::{Catalogue, Command, NewAccount};
use domain::employer::{
    BoothNumber, Conditions, Employer, EmploymentType, PayRange, Place, Posting,
};
use domain::event::Channel;
use domain::ids::{AccountId, EmployerId, PostingId};
use domain::matching::{Wanted, Wish};
use domain::role::Role;
use domain::sealed::Credentials;
use office::Office;
use tempfile::TempDir;
use web::stop::Stopper;
use web::testing::{Got, get, post};
use web::{App, Door};

use crate::machine::FairMachine;
use crate::planning::{FairForm, open, plan};
use crate::registration::{SeekerForm, TicketGiven, Whence, register};
use crate::rows::SiteRows;
use crate::site::Site;

/// How long sled may take to open on a busy machine.
const ROWS_BOUND: Duration = Duration::from_secs(60);
/// A posting of booth A01.
pub(in crate::pages) const SEWING: PostingId = PostingId([1; 8]);

/// Somebody signed in.
pub(in crate::pages) struct Person {
    pub(in crate::pages) account: AccountId,
    pub(in crate::pages) cookie: String,
}

/// A running site.
pub(in crate::pages) struct Given {
    pub(in crate::pages) site: Arc<Site>,
    pub(in crate::pages) app: App,
    pub(in crate::pages) organiser: Person,
    pub(in crate::pages) volunteer: Person,
    pub(in crate::pages) booth: Person,
    _directory: TempDir,
    _stopper: Stopper,
}

/// A site with staff and no fair.
pub(in crate::pages) async fn empty() -> Given {
    let directory = tempfile::tempdir().unwrap();
    let (stopper, stop) = web::stop::pair();
    let rows = |key, me| -> Box<dyn store::View> { Box::new(SiteRows { key, line: vec![me] }) };
    let (store, _) = office::open(directory.path(), "a test", FairMachine::new, rows).unwrap();
    store.views().unwrap().wait_for(store.position(), ROWS_BOUND).await.unwrap();
    let office = Office::new(store, "sb_site", Role::Organiser).unwrap();
    let site = Arc::new(Site::new(Arc::new(office), stop).await.unwrap());
    let organiser = signed_in(&site, 1, (Role::Organiser, None)).await;
    let volunteer = signed_in(&site, 2, (Role::Volunteer, None)).await;
    // Its booth comes with the employers.
    let booth = AccountId([3; 8]);
    Given {
        app: web::routes::app(crate::pages::routes(&site)),
        booth: Person { cookie: cookie(&site, booth, Role::Booth), account: booth },
        organiser,
        volunteer,
        site,
        _directory: directory,
        _stopper: stopper,
    }
}

/// A fair in rehearsal with one employer at A01 and another at B02.
pub(in crate::pages) async fn rehearsed() -> Given {
    let given = empty().await;
    let site = &given.site;
    let today = site.office.today();
    let form = FairForm {
        name: "春季招聘会".to_owned(),
        place: "体育馆".to_owned(),
        district: domain::codes::District::Xigang,
        date_from: today,
        date_to: today.plus(1),
        address: "http://192.168.1.10:8080".to_owned(),
        entry_limit: None,
    };
    let by = given.organiser.account;
    plan(site, form, by).await.unwrap();
    site.office.ask(Command::ImportEmployers(catalogue()), Some(by)).await.unwrap();
    signed_in(site, 3, (Role::Booth, Some("A01".parse().unwrap()))).await;
    given
}

/// The same fair, open.
pub(in crate::pages) async fn opened() -> Given {
    let given = rehearsed().await;
    open(&given.site, given.organiser.account).await.unwrap();
    given
}

fn catalogue() -> Catalogue {
    let employer = |number: u8, name: &str| Employer {
        id: EmployerId([number; 8]),
        name: name.to_owned(),
        credit_code: None,
        industry: None,
        booth: None,
    };
    let posting = |number: u8, title: &str| Posting {
        id: PostingId([number; 8]),
        employer: EmployerId([number; 8]),
        title: title.to_owned(),
        occupation: Occupation::find(title),
        openings: 5,
        employment: EmploymentType::FullTime,
        pay: Some(PayRange::monthly(5_000, 7_000)),
        education_min: None,
        place: Place::default(),
        conditions: Conditions::default(),
        valid_until: None,
        text: String::new(),
    };
    Catalogue {
        employers: vec![employer(1, "锦绣服装"), employer(2, "海风餐饮")],
        postings: vec![posting(1, "缝纫工"), posting(2, "厨师")],
        booths: vec![
            ("A01".parse().unwrap(), EmployerId([1; 8])),
            ("B02".parse().unwrap(), EmployerId([2; 8])),
        ],
    }
}

async fn signed_in(site: &Site, number: u8, (role, booth): (Role, Option<BoothNumber>)) -> Person {
    let account = AccountId([number; 8]);
    let credentials = Credentials {
        login: format!("{}{number}", role.code()),
        name: format!("王老师{number}"),
        password_hash: "none signs in with it".to_owned(),
    };
    let new = NewAccount { account, role, booth, credentials };
    site.office.ask(Command::CreateAccount(new), None).await.unwrap();
    site.office.rows_current().await.unwrap();
    Person { account, cookie: cookie(site, account, role) }
}

fn cookie(site: &Site, account: AccountId, role: Role) -> String {
    let session = site.office.new_session(account, role);
    let cookie = site.office.sessions.cookie(&session, Door::Loopback);
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

impl Given {
    /// A page as somebody sees it.
    pub(in crate::pages) async fn get(&self, who: &Person, path: &str) -> Got {
        get(path).cookie(&who.cookie).send(&self.app).await
    }

    /// A form of a page, sent by somebody who has it before them.
    pub(in crate::pages) async fn send(
        &self,
        who: &Person,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Got {
        let csrf = self.csrf(who, path).await;
        let mut fields = fields.to_vec();
        fields.push(("csrf", &csrf));
        post(path).cookie(&who.cookie).form(&fields).send(&self.app).await
    }

    /// The proof in the forms of a page.
    pub(in crate::pages) async fn csrf(&self, who: &Person, path: &str) -> String {
        let page = self.get(who, path).await.text();
        let rest = page.split("name=\"csrf\" value=\"").nth(1).expect("a page with a form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// A seeker with a full name and a phone number, which no page of staff shows.
    pub(in crate::pages) async fn seeker(&self) -> TicketGiven {
        let form = SeekerForm {
            form_of_address: "司女士".to_owned(),
            name: Some("司马小红".to_owned()),
            phone: Some("13800138000".to_owned()),
            wish: Wish {
                wanted: vec![Wanted::Occupation(Occupation::find("缝纫工").unwrap())],
                ..Wish::default()
            },
            purposes: vec![Purpose::Contact],
            ..SeekerForm::default()
        };
        let whence = Whence {
            channel: Channel::Tablet,
            door: Door::Loopback,
            lang: Words::Zh,
            by: Some(self.volunteer.account),
        };
        let given = register(&self.site, form, whence).await.unwrap();
        self.site.office.rows_current().await.unwrap();
        given
    }

    /// Looks at pages in both languages: each says its language, has one heading and no text
    /// missing.
    pub(in crate::pages) async fn speaks_both(&self, who: &Person, paths: &[&str]) {
        for path in paths {
            for (lang, tag) in [("zh", "zh-CN"), ("en", "en")] {
                let ask = if path.contains('?') { '&' } else { '?' };
                let got = self.get(who, &format!("{path}{ask}lang={lang}")).await;
                let page = got.text();
                assert_eq!(got.status, 200, "{path}: {page}");
                assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{path} {lang}");
                assert_eq!(page.matches("<h1").count(), 1, "{path} {lang}");
                assert!(!page.contains('…'), "{path} {lang}: a text is missing");
            }
        }
    }
}
