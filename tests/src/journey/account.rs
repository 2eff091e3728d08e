//! The people of the demo fair who sign in. They exist on this machine only.

use anyhow::Result;
use serde_json::json;

use crate::http::Http;
use crate::site::sign_in;

/// Somebody with a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// The name to sign in with.
    pub login: &'static str,
    /// The password.
    pub password: &'static str,
    /// What people call them.
    pub name: &'static str,
    /// Their role.
    pub role: &'static str,
}

/// Opens and closes the fair.
pub const ORGANISER: Account = account("organiser", "spring-organiser", "组织者", "organiser");
/// Collects what the sites send.
pub const CLERK: Account = account("clerk", "spring-clerk-hq", "总部", "clerk");
/// Sits at the legal desk.
pub const VOLUNTEER: Account = account("volunteer", "spring-volunteer", "法律志愿者", "volunteer");
/// Stands at a booth.
pub const EMPLOYER: Account = account("booth", "spring-booth-one", "展位", "booth");

const fn account(
    login: &'static str,
    password: &'static str,
    name: &'static str,
    role: &'static str,
) -> Account {
    Account { login, password, name, role }
}

impl Account {
    /// Creates the account, for a booth if it is one of a booth, and signs in with it.
    ///
    /// # Errors
    ///
    /// When the site refuses.
    pub async fn create(&self, organiser: &Http, booth: Option<&str>) -> Result<Http> {
        let Self { login, password, name, role } = self;
        let mut new = json!({ "login": login, "password": password, "name": name, "role": role });
        if let Some(booth) = booth {
            new["booth"] = json!(booth);
        }
        organiser.post("/api/v1/accounts", &new).await?.success()?;
        self.sign_in(organiser).await
    }

    /// Signs in.
    ///
    /// # Errors
    ///
    /// When the site refuses.
    pub async fn sign_in(&self, http: &Http) -> Result<Http> {
        sign_in(http, self.login, self.password).await
    }
}
