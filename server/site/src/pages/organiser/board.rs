//! The overview put together once for everybody who looks, at most once a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use office::{lock, now_ms};
use web::Lang;
use web::live::LiveEvent;

use super::figures::fields;
use crate::overview::Overview;
use crate::site::Site;

/// The name of the live event.
pub(super) const EVENT: &str = "organiser";
/// How long an overview serves everybody.
const FRESH_MS: u64 = 1_000;
/// How long it serves when no record came: what changes then is when stations were heard of.
const IDLE_MS: u64 = 5_000;

/// The board.
pub(super) struct Board {
    pub(super) site: Arc<Site>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    version: u64,
    made_ms: u64,
    overview: Arc<Overview>,
}

impl Board {
    pub(super) fn new(site: &Arc<Site>) -> Self {
        Self { site: Arc::clone(site), known: Mutex::default() }
    }

    /// The overview now, no older than a second if anything happened.
    pub(super) fn overview(&self) -> Arc<Overview> {
        let now_ms = now_ms();
        let version = *self.site.store().changes().borrow();
        let mut slot = lock(&self.known);
        if let Some(known) = slot.as_ref() {
            let age_ms = now_ms.saturating_sub(known.made_ms);
            let serves_ms = if known.version == version { IDLE_MS } else { FRESH_MS };
            if age_ms < serves_ms {
                return Arc::clone(&known.overview);
            }
        }
        let overview = Arc::new(self.site.overview());
        *slot = Some(Known { version, made_ms: now_ms, overview: Arc::clone(&overview) });
        overview
    }

    /// What the page shows, if it is other than what was told last.
    pub(super) fn news(
        &self,
        lang: Lang,
        told: &mut BTreeMap<String, String>,
    ) -> Option<LiveEvent> {
        let now = fields(&self.overview(), lang, now_ms());
        if now == *told {
            return None;
        }
        let event = LiveEvent::json(EVENT, &now).ok();
        *told = now;
        event
    }
}
