//! Fairs to try pages on, over a real store in a directory of their own.

use std::sync::Arc;

use domain::codes::{District, Education, Occupation};
use domain::command::{Catalogue, Command};
use domain::day::Days;
use domain::employer::{Conditions, Employer, EmploymentType, PayRange, Place, Posting};
use domain::ids::{AccountId, EmployerId, PostingId};
use domain::role::Role;
use office::Office;
use tempfile::TempDir;
use web::App;
use web::stop::Stopper;

use crate::machine::FairMachine;
use crate::planning::{FairForm, open, plan};
use crate::rows::SiteRows;
use crate::site::Site;

pub(in crate::pages) const ORGANISER: AccountId = AccountId([1; 8]);
pub(in crate::pages) const ADDRESS: &str = "http://192.168.1.10:8080";

/// A running site with nothing in it.
pub(in crate::pages) struct Given {
    pub(in crate::pages) site: Arc<Site>,
    pub(in crate::pages) app: App,
    _directory: TempDir,
    _stopper: Stopper,
}

pub(in crate::pages) async fn empty() -> Given {
    let directory = tempfile::tempdir().unwrap();
    let (stopper, stop) = web::stop::pair();
    let rows = |key, me| -> Box<dyn store::View> { Box::new(SiteRows { key, line: vec![me] }) };
    let (store, _) = office::open(directory.path(), "a test", FairMachine::new, rows).unwrap();
    let office = Office::new(store, "sb_site", Role::Organiser).unwrap();
    let site = Arc::new(Site::new(Arc::new(office), stop).await.unwrap());
    let mut all = super::routes(&site);
    all.extend(crate::pages::hall::routes(&site));
    Given { app: web::routes::app(all), site, _directory: directory, _stopper: stopper }
}

/// A fair in rehearsal with two employers.
pub(in crate::pages) async fn rehearsed() -> Given {
    let given = empty().await;
    let site = &given.site;
    let today = site.office.today();
    let days = Days::new(today, today.plus(1)).unwrap();
    let form = FairForm {
        name: "春季<招聘会>".to_owned(),
        place: "体育馆".to_owned(),
        district: District::Xigang,
        date_from: days.first,
        date_to: days.last,
        address: ADDRESS.to_owned(),
        entry_limit: None,
    };
    plan(site, form, ORGANISER).await.unwrap();
    let catalogue = Command::ImportEmployers(catalogue());
    site.office.ask(catalogue, Some(ORGANISER)).await.unwrap();
    given
}

/// The same, open.
pub(in crate::pages) async fn opened() -> Given {
    let given = rehearsed().await;
    open(&given.site, ORGANISER).await.unwrap();
    given
}

fn catalogue() -> Catalogue {
    let employer = |number: u8, name: &str, booth: &str| Employer {
        id: EmployerId([number; 8]),
        name: name.to_owned(),
        credit_code: None,
        industry: None,
        booth: Some(booth.parse().unwrap()),
    };
    let posting = |number: u8, employer: u8, title: &str, text: &str| Posting {
        id: PostingId([number; 8]),
        employer: EmployerId([employer; 8]),
        title: title.to_owned(),
        occupation: Occupation::find(title),
        openings: 5,
        employment: EmploymentType::FullTime,
        pay: Some(PayRange::monthly(5_000, 7_000)),
        education_min: Some(Education::College),
        place: Place::default(),
        conditions: Conditions::find(text),
        valid_until: None,
        text: text.to_owned(),
    };
    Catalogue {
        employers: vec![employer(1, "锦绣服装", "A01"), employer(2, "海风餐饮", "B02")],
        postings: vec![
            posting(1, 1, "缝纫工", "包吃住"),
            posting(2, 2, "厨师", ""),
            posting(3, 2, "服务员", "限女性"),
        ],
        booths: vec![
            ("A01".parse().unwrap(), EmployerId([1; 8])),
            ("B02".parse().unwrap(), EmployerId([2; 8])),
        ],
    }
}
