//! How routes are put together.
//!
//! Every route ends as a boxed filter of exactly one [`Response`]; routes are folded pairwise,
//! so that types stay small. A rejection means only "not my path or method": handlers answer
//! with a value or an [`ApiError`], so nothing falls through to a later route.
//!
//! A handler of a method that may change something runs to its end, whoever leaves meanwhile.
//!
//! Order inside a route: path, then method, then everything else in the handler. Busy routes
//! stand first; [`under`] groups by first segment so that a request tries few filters.

use std::convert::Infallible;
use std::future::Future;

use warp::filters::BoxedFilter;
use warp::reject::{
    InvalidHeader, InvalidQuery, MethodNotAllowed, MissingHeader, Rejection, UnsupportedMediaType,
};
use warp::{Filter, Reply};

use crate::Response;
use crate::call::{Call, call};
use crate::error::ApiError;

/// One route, or several folded into one.
pub type Route = BoxedFilter<(Response,)>;

/// All routes of a program, ready for [`crate::serve::serve`].
#[derive(Clone, Debug)]
pub struct App(pub(crate) Route);

/// A route without parameters: `handle(warp::path!("fair").and(warp::get()), show)`.
pub fn handle<M, H, W>(matched: M, handler: H) -> Route
where
    M: Filter<Extract = (), Error = Rejection> + Clone + Send + Sync + 'static,
    H: Fn(Call) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let work = move |call: Call| to_the_end(call.method.is_safe(), handler(call));
    matched.and(call()).then(work).map(answer).boxed()
}

/// A route with one parameter in its path.
pub fn handle_one<M, H, W, A>(matched: M, handler: H) -> Route
where
    A: Send + 'static,
    M: Filter<Extract = (A,), Error = Rejection> + Clone + Send + Sync + 'static,
    H: Fn(A, Call) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let work = move |a, call: Call| to_the_end(call.method.is_safe(), handler(a, call));
    matched.and(call()).then(work).map(answer).boxed()
}

/// A route with two parameters in its path.
pub fn handle_two<M, H, W, A, B>(matched: M, handler: H) -> Route
where
    A: Send + 'static,
    B: Send + 'static,
    M: Filter<Extract = (A, B), Error = Rejection> + Clone + Send + Sync + 'static,
    H: Fn(A, B, Call) -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let work = move |a, b, call: Call| to_the_end(call.method.is_safe(), handler(a, b, call));
    matched.and(call()).then(work).map(answer).boxed()
}

/// Routes that share a first segment: `under("api", routes)`. The routes themselves are written
/// without it.
#[must_use]
pub fn under(segment: &'static str, routes: Vec<Route>) -> Route {
    warp::path(segment).and(fold(routes)).boxed()
}

/// The routes as one, tried in order. Built from the last to the first, so that the first route
/// lies one layer deep and only the last lies under all of them.
#[must_use]
pub fn fold(routes: Vec<Route>) -> Route {
    routes
        .into_iter()
        .rev()
        .reduce(|later, earlier| earlier.or(later).unify().boxed())
        .unwrap_or_else(nothing)
}

/// All routes of a program, with the embedded assets and the last word on what no route
/// wanted.
#[must_use]
pub fn app(mut routes: Vec<Route>) -> App {
    routes.push(crate::assets::route());
    App(fold(routes).recover(refuse).unify().boxed())
}

/// What may change something goes on to its end, also when whoever asked has left in between: a
/// change of several steps would else stop after any of them.
async fn to_the_end<W>(is_safe: bool, work: W) -> Result<Response, ApiError>
where
    W: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    if is_safe {
        return work.await;
    }
    match tokio::spawn(work).await {
        Ok(answer) => answer,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(ended) => Err(ApiError::internal(ended)),
        },
    }
}

fn answer(result: Result<Response, ApiError>) -> Response {
    result.unwrap_or_else(Reply::into_response)
}

fn nothing() -> Route {
    warp::any().and_then(|| async { Err::<Response, _>(warp::reject::not_found()) }).boxed()
}

/// The only place that reads rejections.
async fn refuse(rejection: Rejection) -> Result<Response, Infallible> {
    let error = if rejection.is_not_found() {
        ApiError::not_found("not_found")
    } else if rejection.find::<MethodNotAllowed>().is_some() {
        ApiError::new(hyper::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    } else if rejection.find::<UnsupportedMediaType>().is_some() {
        ApiError::new(hyper::StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type")
    } else if rejection.find::<InvalidQuery>().is_some()
        || rejection.find::<MissingHeader>().is_some()
        || rejection.find::<InvalidHeader>().is_some()
    {
        ApiError::bad_request("bad_request").inside(format!("{rejection:?}"))
    } else {
        ApiError::internal(format!("a rejection nobody knows: {rejection:?}"))
    };
    Ok(error.into_response())
}
