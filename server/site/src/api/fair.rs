//! The fair's settings, stages, employers and staff accounts.

use std::sync::Arc;

use domain::codes::District;
use domain::day::Day;
use domain::ids::{AccountId, EmployerId, FairTag};
use domain::role::{Right, Role};
use domain::verdict::Stage;
use office::accounts::{self, Wanted};
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::body::BodyLimit;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use super::with;
use crate::planning::{self, FairForm, ImportError};
use crate::site::Site;

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let fair = || warp::path!("api" / "v1" / "fair");
    let open = warp::path!("api" / "v1" / "fair" / "open").and(warp::post());
    let close = warp::path!("api" / "v1" / "fair" / "close").and(warp::post());
    let import = warp::path!("api" / "v1" / "employers" / "import").and(warp::post());
    let employers = warp::path!("api" / "v1" / "employers").and(warp::get());
    let accounts = warp::path!("api" / "v1" / "accounts").and(warp::post());
    vec![
        routes::handle(fair().and(warp::get()), with(site, show)),
        routes::handle(fair().and(warp::post()), with(site, plan)),
        routes::handle(open, with(site, open_fair)),
        routes::handle(close, with(site, close_fair)),
        routes::handle(import, with(site, import_employers)),
        routes::handle(employers, with(site, list_employers)),
        routes::handle(accounts, with(site, create_account)),
    ]
}

/// The fair as anybody may know it.
#[derive(Debug, Serialize)]
struct FairJson {
    stage: Stage,
    fair: Option<FairTag>,
    name: Option<String>,
    place: Option<String>,
    district: Option<District>,
    date_from: Option<Day>,
    date_to: Option<Day>,
    address: Option<String>,
}

async fn show(site: Arc<Site>, _call: Call) -> Result<Response, ApiError> {
    let said = site.fair(|fair| {
        let settings = fair.settings();
        FairJson {
            stage: fair.stage(),
            fair: fair.tag(),
            name: settings.map(|known| known.name.clone()),
            place: settings.map(|known| known.place.clone()),
            district: settings.and_then(|known| District::from_code(known.district)),
            date_from: settings.map(|known| known.days.first),
            date_to: settings.map(|known| known.days.last),
            address: settings.map(|known| known.address.clone()),
        }
    });
    reply::json(&said)
}

async fn plan(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    let form: FairForm = call.json().await?;
    planning::plan(&site, form, staff.actor.account).await?;
    show(site, call).await
}

async fn open_fair(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    planning::open(&site, staff.actor.account).await?;
    show(site, call).await
}

async fn close_fair(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    planning::close(&site, staff.actor.account).await?;
    show(site, call).await
}

async fn import_employers(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    let bytes = call.bytes(BodyLimit::UPLOAD).await?;
    match planning::import(&site, bytes.to_vec(), staff.actor.account).await {
        Ok(imported) => reply::json(&imported),
        Err(ImportError::Refused(error)) => Err(error),
        Err(ImportError::Cells(cells)) => {
            let lang = call.lang();
            let lines: Vec<String> = cells.iter().map(|cell| cell.sentence(lang)).collect();
            let first = cells.first().map_or("", |cell| cell.code.key());
            Err(ApiError::unprocessable("import_faults")
                .value("count", lines.len().to_string())
                .value("first", first)
                .detail(lines.join("\n")))
        }
    }
}

/// An employer with how much it offers.
#[derive(Debug, Serialize)]
struct EmployerJson {
    id: EmployerId,
    name: String,
    booths: Vec<String>,
    postings: usize,
    openings: u32,
}

async fn list_employers(site: Arc<Site>, _call: Call) -> Result<Response, ApiError> {
    let employers: Vec<EmployerJson> = site.fair(|fair| {
        let one = |employer: &domain::employer::Employer| {
            let own = || fair.postings().filter(|posting| posting.employer == employer.id);
            EmployerJson {
                id: employer.id,
                name: employer.name.clone(),
                booths: fair
                    .booths()
                    .filter(|(_, owner)| *owner == employer.id)
                    .map(|(booth, _)| booth.to_string())
                    .collect(),
                postings: own().count(),
                openings: own().map(|posting| u32::from(posting.openings)).sum(),
            }
        };
        fair.employers().map(one).collect()
    });
    reply::json(&employers)
}

#[derive(Deserialize)]
struct AccountJson {
    login: String,
    password: String,
    role: Role,
    name: Option<String>,
    booth: Option<String>,
}

/// An account as it was created.
#[derive(Debug, Serialize)]
struct CreatedJson {
    account: AccountId,
    role: Role,
}

async fn create_account(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    let asked: AccountJson = call.json().await?;
    if asked.role == Role::Clerk {
        return Err(ApiError::unprocessable("role_not_here"));
    }
    let booth = asked.booth.map(|text| text.parse()).transpose();
    let wanted = Wanted {
        name: asked.name.unwrap_or_else(|| asked.login.clone()),
        login: asked.login,
        password: asked.password,
        role: asked.role,
        booth: booth.map_err(|_| ApiError::not_found("unknown_booth"))?,
    };
    let role = wanted.role;
    let account = accounts::create(&site.office, wanted, Some(staff.actor.account)).await?;
    reply::json_with(StatusCode::CREATED, &CreatedJson { account, role })
}
