//! Style, scripts, pictures and sounds, embedded in the program.
//!
//! They are served under `/a/<hash>/<name>` and may be kept by browsers for ever: the hash is
//! one over all assets, so a module may import its neighbour and a style may name a picture by
//! relative path, and a new build changes every address at once.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};
use warp::Filter;
use warp::filters::path::Tail;

use crate::Response;
use crate::call::Call;
use crate::error::ApiError;
use crate::routes::{self, Route};

#[derive(RustEmbed)]
#[folder = "../../assets/style/"]
#[prefix = "style/"]
struct Style;

#[derive(RustEmbed)]
#[folder = "../../assets/script/"]
#[prefix = "script/"]
struct Script;

#[derive(RustEmbed)]
#[folder = "../../assets/picture/"]
#[prefix = "picture/"]
#[allow_missing = true]
struct Picture;

#[derive(RustEmbed)]
#[folder = "../../assets/sound/"]
#[prefix = "sound/"]
#[allow_missing = true]
struct Sound;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

struct Asset {
    content_type: HeaderValue,
    plain: Bytes,
    /// Only where it is clearly smaller.
    gzip: Option<Bytes>,
}

struct Shelf {
    hash: String,
    assets: BTreeMap<String, Asset>,
}

/// The address of an asset: `asset_url("style/base.css")`. A name that doesn't exist gives an
/// address that answers 404; a test looks for such names in the source.
#[must_use]
pub fn asset_url(name: &str) -> String {
    format!("/a/{}/{name}", shelf().hash)
}

/// Every name there is.
pub fn names() -> impl Iterator<Item = &'static str> {
    shelf().assets.keys().map(String::as_str)
}

/// The bytes of an asset, for what is not served: a picture on a slip, say.
#[must_use]
pub fn bytes(name: &str) -> Option<Bytes> {
    shelf().assets.get(name).map(|asset| asset.plain.clone())
}

pub(crate) fn route() -> Route {
    let matched =
        warp::path("a").and(warp::path::param::<String>()).and(warp::path::tail()).and(warp::get());
    routes::handle_two(matched, |hash: String, name: Tail, call: Call| async move {
        let shelf = shelf();
        let asset = shelf.assets.get(name.as_str()).ok_or(ApiError::not_found("not_found"))?;
        Ok(show(asset, hash == shelf.hash, &call))
    })
}

fn show(asset: &Asset, current: bool, call: &Call) -> Response {
    let takes_gzip = call.header(ACCEPT_ENCODING).is_some_and(|list| list.contains("gzip"));
    let packed = asset.gzip.as_ref().filter(|_| takes_gzip);
    let mut response = Response::new(packed.unwrap_or(&asset.plain).clone().into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, asset.content_type.clone());
    headers.insert(CACHE_CONTROL, if current { FOR_EVER } else { ASK_AGAIN });
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn shelf() -> &'static Shelf {
    static SHELF: OnceLock<Shelf> = OnceLock::new();
    SHELF.get_or_init(fill_shelf)
}

fn fill_shelf() -> Shelf {
    let mut assets = BTreeMap::new();
    let mut whole = Sha256::new();
    let every = Style::iter()
        .filter_map(|name| Some((Style::get(&name)?, name)))
        .chain(Script::iter().filter_map(|name| Some((Script::get(&name)?, name))))
        .chain(Picture::iter().filter_map(|name| Some((Picture::get(&name)?, name))))
        .chain(Sound::iter().filter_map(|name| Some((Sound::get(&name)?, name))));
    for (file, name) in every {
        whole.update(name.as_bytes());
        whole.update(file.metadata.sha256_hash());
        assets.insert(name.to_string(), prepare(&name, file));
    }
    let hash = whole.finalize();
    let short: Vec<u8> = hash.iter().take(6).copied().collect();
    Shelf { hash: HEXLOWER.encode(&short), assets }
}

fn prepare(name: &str, file: EmbeddedFile) -> Asset {
    let plain = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = match kind.type_() {
        mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    let content_type =
        HeaderValue::try_from(kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let gzip = pack(&plain).filter(|packed| packed.len() < plain.len() / 10 * 9);
    Asset { content_type, plain, gzip }
}

fn pack(plain: &[u8]) -> Option<Bytes> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(plain).ok()?;
    packer.finish().ok().map(Bytes::from)
}
