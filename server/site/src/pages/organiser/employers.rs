//! Step 2: the employers' spreadsheet, taken in whole or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::employer::BoothNumber;
use domain::fair::Fair;
use domain::ids::EmployerId;
use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use web::body::BodyLimit;
use web::page::{Field, Input, Tone, big_button, csrf_field, notice, pages, table};
use web::{ApiError, Call, Lang, Response, StatusCode, fill, t};

use super::steps::{Step, next, steps};
use crate::import::CellError;
use crate::pages::staff;
use crate::planning::{self, ImportError, Imported};
use crate::site::Site;

/// How many employers a page lists.
const PAGE_EMPLOYERS: usize = 50;

/// The columns that are read: name and what stands in it.
const COLUMNS: [(&str, &str, bool); 9] = [
    ("用人单位", "organiser_import.employer", true),
    ("岗位名称", "organiser_import.title", true),
    ("招聘人数", "organiser_import.openings", true),
    ("展位号", "organiser_import.booth", false),
    ("薪资", "organiser_import.pay", false),
    ("学历", "organiser_import.education", false),
    ("工作地点", "organiser_import.place", false),
    ("统一社会信用代码", "organiser_import.credit", false),
    ("岗位要求", "organiser_import.text", false),
];

/// What an upload came to.
enum Came {
    Nothing,
    Imported(Imported),
    Faults(Vec<CellError>),
    Refused(ApiError),
}

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, &Came::Nothing))
}

pub(super) async fn take(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::RunFair)?;
    let upload = call.upload(BodyLimit::UPLOAD).await?;
    let staff = site.office.staff_form(&call, &upload.fields, Right::RunFair)?;
    let came = match upload.file("list") {
        Err(refused) => Came::Refused(staff::mendable(refused)?),
        Ok(file) => {
            let read = planning::import(&site, file.bytes.to_vec(), staff.actor.account).await;
            match read {
                Ok(imported) => Came::Imported(imported),
                Err(ImportError::Cells(cells)) => Came::Faults(cells),
                Err(ImportError::Refused(refused)) => Came::Refused(staff::mendable(refused)?),
            }
        }
    };
    Ok(answer(&site, &call, &staff, &came))
}

fn answer(site: &Site, call: &Call, staff: &Staff, came: &Came) -> Response {
    let lang = call.lang();
    let listed = site.fair(listed);
    let body = html! {
        (steps(site, lang, Step::Employers))
        (outcome(lang, came))
        form .card method="post" action="/organiser/employers" enctype="multipart/form-data" {
            (csrf_field(&staff.csrf()))
            (Field::new("list", t(lang, "organiser_import.file")).input(Input::File)
                .accept(".xlsx,.xls,.csv").hint(t(lang, "organiser_import.file_hint"))
                .required().render())
            p .actions { (big_button(t(lang, "organiser_import.take"))) }
        }
        (columns(lang, listed.is_empty()))
        (employers(lang, &listed, call.query().parsed("page").ok().flatten().unwrap_or(1)))
        @if !listed.is_empty() { (next(lang, Step::Employers)) }
    };
    let title = t(lang, "organiser_import.title_of_page");
    let mut response = staff::page(site, call, staff, title, &body).wide().reply();
    match came {
        Came::Nothing | Came::Imported(_) => {}
        Came::Faults(_) => *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY,
        Came::Refused(refused) => *response.status_mut() = refused.status(),
    }
    response
}

fn outcome(lang: Lang, came: &Came) -> Markup {
    match came {
        Came::Nothing => Markup::default(),
        Came::Refused(refused) => staff::refusal(lang, Some(refused)),
        Came::Faults(cells) => {
            let count = cells.len().to_string();
            let lead = fill(t(lang, "organiser_import.faults"), &[("count", &count)]);
            html! {
                (notice(lang, Tone::Bad, &html! { p { (lead) } }))
                (complaints(lang, t(lang, "organiser_import.to_change"), cells))
            }
        }
        Came::Imported(imported) => {
            let (employers, postings, booths) = (
                imported.employers.to_string(),
                imported.postings.to_string(),
                imported.booths.to_string(),
            );
            let counts =
                [("employers", employers.as_str()), ("postings", &postings), ("booths", &booths)];
            let said = fill(t(lang, "organiser_import.imported"), &counts);
            html! {
                (notice(lang, Tone::Ok, &html! { p { (said) } }))
                @if !imported.warnings.is_empty() {
                    (notice(lang, Tone::Warn, &html! {
                        p { (t(lang, "organiser_import.warned")) }
                    }))
                    (complaints(lang, t(lang, "organiser_import.to_check"), &imported.warnings))
                }
            }
        }
    }
}

/// Places and what is wrong there; a file of one nameless sheet needs no column for it.
fn complaints(lang: Lang, caption: &str, cells: &[CellError]) -> Markup {
    let has_sheets = cells.iter().any(|cell| !cell.sheet.is_empty());
    let sheet = has_sheets.then(|| t(lang, "organiser_import.sheet"));
    let mut head: Vec<&str> = sheet.into_iter().collect();
    head.extend([
        t(lang, "organiser_import.row"),
        t(lang, "organiser_import.column"),
        t(lang, "organiser_import.what"),
    ]);
    let row = |cell: &CellError| {
        let sheet = has_sheets.then(|| html! { (cell.sheet) });
        let mut row: Vec<Markup> = sheet.into_iter().collect();
        row.extend([
            html! { (cell.row.map(|row| row.to_string()).unwrap_or_default()) },
            html! { (cell.column.as_deref().unwrap_or_default()) },
            html! { (cell.complaint(lang)) },
        ]);
        row
    };
    let rows: Vec<Vec<Markup>> = cells.iter().map(row).collect();
    table(caption, &head, &rows)
}

fn columns(lang: Lang, is_open: bool) -> Markup {
    let head = [t(lang, "organiser_import.column"), t(lang, "organiser_import.holds")];
    let rows: Vec<Vec<Markup>> = COLUMNS
        .iter()
        .map(|(name, key, is_needed)| {
            let need = if *is_needed { t(lang, "organiser_import.needed") } else { "" };
            vec![
                html! { span lang="zh-CN" { (name) } },
                html! { (t(lang, key)) @if *is_needed { strong .needed { (need) } } },
            ]
        })
        .collect();
    html! {
        details .card open[is_open] {
            summary { (t(lang, "organiser_import.columns")) }
            p { (t(lang, "organiser_import.columns_lead")) }
            (table(t(lang, "organiser_import.columns"), &head, &rows))
        }
    }
}

/// An employer with what it offers.
struct Listed {
    booths: Vec<BoothNumber>,
    name: String,
    postings: usize,
    openings: u32,
}

/// The employers, by their first booth.
fn listed(fair: &Fair) -> Vec<Listed> {
    let mut booths: BTreeMap<EmployerId, Vec<BoothNumber>> = BTreeMap::new();
    for (booth, employer) in fair.booths() {
        booths.entry(employer).or_default().push(booth);
    }
    let mut offers: BTreeMap<EmployerId, (usize, u32)> = BTreeMap::new();
    for posting in fair.postings() {
        let offer = offers.entry(posting.employer).or_default();
        offer.0 += 1;
        offer.1 += u32::from(posting.openings);
    }
    let mut listed: Vec<Listed> = fair
        .employers()
        .map(|employer| {
            let (postings, openings) = offers.get(&employer.id).copied().unwrap_or_default();
            let booths = booths.remove(&employer.id).unwrap_or_default();
            Listed { booths, name: employer.name.clone(), postings, openings }
        })
        .collect();
    listed.sort_by(|a, b| (a.booths.first(), &a.name).cmp(&(b.booths.first(), &b.name)));
    listed
}

fn employers(lang: Lang, listed: &[Listed], page: usize) -> Markup {
    let last = listed.len().div_ceil(PAGE_EMPLOYERS).max(1);
    let page = page.clamp(1, last);
    let head = [
        t(lang, "organiser_import.booths_of"),
        t(lang, "organiser_import.name"),
        t(lang, "organiser_import.postings_of"),
        t(lang, "organiser_import.openings_of"),
    ];
    let of_page = listed.iter().skip((page - 1) * PAGE_EMPLOYERS).take(PAGE_EMPLOYERS);
    let rows: Vec<Vec<Markup>> = of_page.map(row).collect();
    let count = listed.len().to_string();
    let caption = fill(t(lang, "organiser_import.taking_part"), &[("count", &count)]);
    let number = |page: usize| u32::try_from(page).unwrap_or(u32::MAX);
    html! {
        @if listed.is_empty() {
            p .quiet { (t(lang, "organiser_import.none_yet")) }
        } @else {
            div .figures { (table(&caption, &head, &rows)) }
            (pages(lang, "/organiser/employers?", number(page), number(last)))
        }
    }
}

fn row(employer: &Listed) -> Vec<Markup> {
    let booths: Vec<String> = employer.booths.iter().map(ToString::to_string).collect();
    vec![
        html! { (booths.join(" ")) },
        html! { (employer.name) },
        html! { (employer.postings) },
        html! { (employer.openings) },
    ]
}
