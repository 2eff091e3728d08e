//! Everything around warp that a program of ours needs to speak HTTP to people and machines:
//! the accept loop with TLS and limits, errors, bodies, sign-in, pages, texts, assets, live
//! updates, and a client for tests.
//!
//! Invariant: whatever a client sends, it gets one answer with a status, a code and a request
//! id, and nothing of the inside. This crate must not know what a fair is, nor where anything
//! is stored: it takes time and keys as arguments.
//!
//! The way of a request: [`serve`] accepts the connection and knows its [`Door`]; the edge
//! refuses odd targets, hands the request to the warp filter of [`routes::app`], turns an
//! [`ApiError`] into a page or a problem document, and adds the headers every answer has.

pub mod arrival;
pub mod assets;
pub mod body;
pub mod call;
mod edge;
pub mod error;
pub mod fields;
pub mod headers;
pub mod health;
pub mod live;
pub mod page;
pub mod password;
pub mod qr;
pub mod reader;
pub mod reply;
pub mod routes;
pub mod serve;
pub mod session;
mod share;
pub mod stop;
pub mod testing;
pub mod text;
pub mod throttle;

pub use arrival::{Arrival, Door, RequestId};
pub use call::{Call, Head};
pub use error::ApiError;
pub use fields::Fields;
pub use page::Page;
pub use routes::{App, Route};
pub use stop::Stop;
pub use text::{Lang, fill, t, text};

/// The one kind of answer every route gives.
pub type Response = warp::reply::Response;

/// Status numbers, so that users need no second HTTP crate.
pub use hyper::StatusCode;
