//! What pages say on top while the disk has little room, or none.

use maud::{Markup, html};
use store::Status;
use web::page::{Tone, notice};
use web::text::{Lang, text};

/// The mark of a node on whose disk there is no room, or little; nothing while there is enough.
#[must_use]
pub fn mark(lang: Lang, status: &Status) -> Markup {
    let (tone, key) = match (status.full, status.low) {
        (true, _) => (Tone::Bad, "room.full"),
        (false, true) => (Tone::Warn, "room.low"),
        (false, false) => return Markup::default(),
    };
    notice(lang, tone, &html! { p { (text(lang, key)) } })
}
