//! How the site's refusals and the store's errors are answered.

use domain::refusal::Refusal;
use store::{StoreError, ViewsError};
use web::{ApiError, StatusCode};

/// How often a client should try again while the store is busy or its lists are being rebuilt.
const RETRY_AFTER_S: u64 = 2;

/// A refusal as an answer: the status says which kind of no it is, the code says which.
#[must_use]
pub fn refused(refusal: Refusal) -> ApiError {
    let status = match refusal {
        Refusal::UnknownTicket
        | Refusal::UnknownBooth
        | Refusal::UnknownPosting
        | Refusal::UnknownAccount
        | Refusal::UnknownConsultation
        | Refusal::UnknownNode => StatusCode::NOT_FOUND,
        Refusal::NotYourBooth => StatusCode::FORBIDDEN,
        Refusal::FairNotPlanned
        | Refusal::NoBooths
        | Refusal::FairAlreadyOpen
        | Refusal::FairNotOpen
        | Refusal::FairClosed
        | Refusal::FairIsAnother
        | Refusal::KeysUsedUp
        | Refusal::NumbersUsedUp
        | Refusal::ShiftRunning
        | Refusal::NoShift
        | Refusal::SiteFollows
        | Refusal::SiteSuperseded
        | Refusal::NotAStandby => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    ApiError::new(status, refusal.code())
}

/// An error of the store as an answer; its details go to the log.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub fn stored(error: StoreError) -> ApiError {
    let answer = if error.is_full() {
        ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full")
    } else if error.may_retry() {
        ApiError::unavailable("busy").retry_after_s(RETRY_AFTER_S)
    } else {
        ApiError::unavailable("store_stopped")
    };
    answer.inside(&error)
}

/// An error of the look-up rows as an answer.
#[must_use]
pub fn looked_up(error: ViewsError) -> ApiError {
    ApiError::unavailable("lists_rebuilding").retry_after_s(RETRY_AFTER_S).inside(error)
}
