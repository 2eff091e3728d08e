//! A site over a real store, with somebody of every role signed in.

use std::sync::Arc;

use domain::role::Role;
use office::Office;
use serde_json::{Value, json};
use site::Site;
use site::machine::FairMachine;
use site::rows::SiteRows;
use tempfile::TempDir;
use web::stop::Stopper;
use web::testing::{Got, ask, get, post};
use web::{App, StatusCode};

pub(crate) struct Given {
    pub(crate) app: App,
    pub(crate) organiser: String,
    pub(crate) volunteer: String,
    pub(crate) booth: String,
    pub(crate) site: Arc<Site>,
    _directory: TempDir,
    _stopper: Stopper,
}

impl Given {
    /// A fair in rehearsal with one booth, and an organiser, a volunteer and a booth's account.
    pub(crate) async fn rehearsal() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (stopper, stop) = web::stop::pair();
        let rows = |key, me| -> Box<dyn store::View> { Box::new(SiteRows { key, line: vec![me] }) };
        let (store, _) = office::open(directory.path(), "a test", FairMachine::new, rows).unwrap();
        let office = Office::new(store, "sb_site", Role::Organiser).unwrap();
        let site = Arc::new(Site::new(Arc::new(office), stop).await.unwrap());
        let mut given = Self {
            app: site::app(&site, false),
            organiser: String::new(),
            volunteer: String::new(),
            booth: String::new(),
            site: Arc::clone(&site),
            _directory: directory,
            _stopper: stopper,
        };
        let code = site.office.setup_code().unwrap();
        let first = json!({ "code": code, "login": "organiser", "password": "a long password" });
        given.organiser = given.token("/api/v1/setup", &first).await;
        given.plan().await;
        given.volunteer = given.account("volunteer", "volunteer", None).await;
        given.booth = given.account("booth", "booth", Some("A01")).await;
        given
    }

    /// The same, open.
    pub(crate) async fn open() -> Self {
        let given = Self::rehearsal().await;
        let opened = given.post("/api/v1/fair/open", &given.organiser, &json!({})).await;
        assert_eq!(opened.status, StatusCode::OK, "{}", opened.text());
        given
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Got {
        post(path).bearer(token).json(body).send(&self.app).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str, body: &Value) -> Got {
        ask("DELETE".parse().unwrap(), path).bearer(token).json(body).send(&self.app).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Got {
        get(path).bearer(token).send(&self.app).await
    }

    /// Asks without a body, as nobody if the token is empty.
    pub(crate) async fn ask(&self, method: &str, path: &str, token: &str) -> Got {
        let asked = ask(method.parse().unwrap(), path);
        let asked = if token.is_empty() { asked } else { asked.bearer(token) };
        asked.send(&self.app).await
    }

    async fn token(&self, path: &str, body: &Value) -> String {
        let got = post(path).json(body).send(&self.app).await;
        assert!(got.status.is_success(), "{path}: {}", got.text());
        got.json::<Value>()["token"].as_str().unwrap().to_owned()
    }

    async fn account(&self, login: &str, role: &str, booth: Option<&str>) -> String {
        let password = "another password";
        let new = json!({ "login": login, "password": password, "role": role, "booth": booth });
        let created = self.post("/api/v1/accounts", &self.organiser, &new).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
        let sign_in = json!({ "login": login, "password": password });
        self.token("/api/v1/sign-in", &sign_in).await
    }

    async fn plan(&self) {
        let today = domain::day::Day::of_ms(office::now_ms());
        let fair = json!({
            "name": "春风送岗", "place": "中山广场", "district": "zhongshan",
            "date_from": today, "date_to": today, "address": "http://192.168.1.10:8080",
        });
        let planned = self.post("/api/v1/fair", &self.organiser, &fair).await;
        assert_eq!(planned.status, StatusCode::OK, "{}", planned.text());
        let sheet = "用人单位,岗位名称,招聘人数,月薪,展位号\n样例机械,车工,3,5000-7000元/月,A01\n";
        let imported = post("/api/v1/employers/import")
            .bearer(&self.organiser)
            .body(sheet)
            .send(&self.app)
            .await;
        assert_eq!(imported.status, StatusCode::OK, "{}", imported.text());
    }

    /// A ticket of the fair.
    pub(crate) async fn ticket(&self) -> String {
        let got = post("/api/v1/seekers").json(&json!({})).send(&self.app).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.text());
        got.json::<Value>()["ticket"].as_str().unwrap().to_owned()
    }
}
