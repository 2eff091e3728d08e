//! The organiser sets up the fair, takes in employers, opens and closes.

use std::collections::HashMap;

use domain::codes::District;
use domain::command::{Catalogue, Command, Reply};
use domain::day::{Day, Days};
use domain::event::FairPlanned;
use domain::fair::Fair;
use domain::ids::{AccountId, FairTag};
use domain::refusal::Refusal;
use domain::ticket::TicketKey;
use office::{failure, random};
use sha2::{Digest, Sha256};
use web::ApiError;

use crate::import::{self, CellError, Import, Subject};
use crate::site::Site;

/// What the organiser says about the fair.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairForm {
    /// What people call it.
    pub name: String,
    /// Where it takes place.
    pub place: String,
    /// The district.
    pub district: District,
    /// Its first day.
    pub date_from: Day,
    /// Its last day.
    pub date_to: Day,
    /// The address that phones can open.
    pub address: String,
    /// How many persons may be inside.
    #[serde(default)]
    pub entry_limit: Option<u32>,
}

/// Sets up the fair, or changes its settings.
///
/// # Errors
/// `bad_days`, `bad_address`, `bad_text`, `fair_closed`.
pub async fn plan(site: &Site, form: FairForm, by: AccountId) -> Result<(), ApiError> {
    let days = Days::new(form.date_from, form.date_to);
    let days = days.ok_or_else(|| failure::refused(Refusal::BadDays))?;
    let fair = match site.fair(Fair::tag) {
        Some(tag) => tag,
        None => FairTag(random::bytes()?),
    };
    let planned = FairPlanned {
        fair,
        name: form.name.trim().to_owned(),
        place: form.place.trim().to_owned(),
        district: form.district.code(),
        days,
        address: form.address.trim().trim_end_matches('/').to_owned(),
        entry_limit: form.entry_limit,
    };
    let first_key = TicketKey(random::bytes()?);
    site.office.ask(Command::PlanFair(planned, first_key), Some(by)).await?;
    site.keys.refresh(site.store()).await
}

/// What an import came to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Imported {
    /// Employers now taking part.
    pub employers: usize,
    /// Postings now on offer.
    pub postings: usize,
    /// Booths now assigned.
    pub booths: usize,
    /// What the clerk should look at.
    pub warnings: Vec<CellError>,
}

/// Why an import came to nothing.
#[derive(Debug)]
pub enum ImportError {
    /// Cells that can't be taken as they are: all of them, at most fifty.
    Cells(Vec<CellError>),
    /// The fair or the store refused.
    Refused(ApiError),
}

impl From<ApiError> for ImportError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// Takes in a spreadsheet of employers: all of it or, with every fault named, nothing.
///
/// # Errors
/// The faulty cells, or the fair's refusal.
pub async fn import(site: &Site, bytes: Vec<u8>, by: AccountId) -> Result<Imported, ImportError> {
    // Unpacking and reading takes up to seconds, and would hold up whoever else is served.
    let read = tokio::task::spawn_blocking(move || import::read(&bytes, &mut derived_ids()));
    let read = read.await.map_err(ApiError::internal)?;
    let Import { employers, postings, booths, warnings } = read.map_err(ImportError::Cells)?;
    let catalogue = Catalogue { employers, postings, booths };
    match site.office.ask(Command::ImportEmployers(catalogue), Some(by)).await? {
        Reply::Imported { employers, postings, booths } => {
            Ok(Imported { employers, postings, booths, warnings })
        }
        _ => Err(ApiError::internal("an import was answered with something else").into()),
    }
}

/// Ids that depend on nothing but what the sheet says, so that the same sheet read again changes
/// nothing. The same posting twice gets two ids, by counting.
fn derived_ids() -> impl FnMut(Subject<'_>) -> [u8; 8] {
    let mut times: HashMap<[u8; 8], u32> = HashMap::new();
    move |subject| {
        let mut hash = Sha256::new();
        match subject {
            Subject::Employer { name } => hash.update(domain::codes::plain(name)),
            Subject::Posting { employer, title } => {
                hash.update(employer.0);
                hash.update(domain::codes::plain(title));
            }
        }
        let base = first_bytes(&hash.clone().finalize());
        let count = times.entry(base).or_default();
        *count += 1;
        // An employer is asked for once; only postings repeat.
        if *count > 1 {
            hash.update(count.to_be_bytes());
        }
        first_bytes(&hash.finalize())
    }
}

fn first_bytes(digest: &[u8]) -> [u8; 8] {
    digest.first_chunk().copied().expect("SHA-256 gives 32 bytes")
}

/// Ends the rehearsal.
///
/// # Errors
/// `no_booths`, `fair_not_planned`, `fair_already_open`, `fair_closed`.
pub async fn open(site: &Site, by: AccountId) -> Result<(), ApiError> {
    site.office.ask(Command::OpenFair, Some(by)).await.map(|_| ())
}

/// Ends the fair.
///
/// # Errors
/// `fair_not_open`, `fair_closed`.
pub async fn close(site: &Site, by: AccountId) -> Result<(), ApiError> {
    site.office.ask(Command::CloseFair, Some(by)).await.map(|_| ())
}
