//! Registration.

use std::sync::Arc;

use domain::event::Channel;
use domain::role::Right;
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use super::desk::ShownJson;
use super::{with, words};
use crate::registration::{SeekerForm, Whence, register};
use crate::retention;
use crate::site::Site;

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let seekers = || warp::path!("api" / "v1" / "seekers");
    vec![
        routes::handle(seekers().and(warp::post()), with(site, register_one)),
        routes::handle(seekers().and(warp::delete()), with(site, erase_one)),
    ]
}

/// What somebody said about themselves goes, on their wish; their ticket stays good.
async fn erase_one(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::CheckIn)?;
    let shown: ShownJson = call.json().await?;
    retention::erase(&site, &shown.required()?, staff.actor.account).await?;
    Ok(reply::no_content())
}

/// Public: anybody may take a ticket. A volunteer who is signed in helps with a tablet.
async fn register_one(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let helper = site.office.who(&call)?;
    if let Some(helper) = &helper {
        helper.session().allow_change(&call, None)?;
    }
    let helper = helper.filter(|helper| helper.actor.role.may(Right::CheckIn));
    let form: SeekerForm = call.json().await?;
    let whence = Whence {
        channel: if helper.is_some() { Channel::Tablet } else { Channel::Phone },
        door: call.door(),
        lang: words(call.lang()),
        by: helper.map(|helper| helper.actor.account),
    };
    let given = register(&site, form, whence).await?;
    reply::json_with(StatusCode::CREATED, &given)
}
