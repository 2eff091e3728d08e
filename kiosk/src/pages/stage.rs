//! The camera's picture on a page, and a word about the camera in its place.

use maud::{Markup, html};

use super::icon::Icon;
use super::look::Look;

/// What is to be held up to the camera: it decides what else to do where there is no camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A seeker's ticket; its number may be typed.
    Ticket,
    /// The QR code that enrols this station; the address and the code may be typed.
    Invitation,
}

/// The live picture, mirrored as people expect.
#[must_use]
pub fn stage(look: Look, wanted: Wanted) -> Markup {
    html! {
        section.stage data-camera="starting" aria-label=(look.text("kiosk_home.camera")) {
            video muted playsinline aria-hidden="true" tabindex="-1" {}
            div.corners aria-hidden="true" { i {} i {} i {} i {} }
            div.camera-word role="status" {
                noscript { (word(look, wanted, "kiosk_camera.no_script")) }
                (state(look, "starting", "kiosk_camera.starting"))
                (state(look, "live", "kiosk_camera.live"))
                (without(look, wanted, "denied", "kiosk_camera.denied"))
                (without(look, wanted, "missing", "kiosk_camera.missing"))
                (without(look, wanted, "busy", "kiosk_camera.busy"))
                (state(look, "dark", "kiosk_camera.dark"))
                (without(look, wanted, "failed", "kiosk_camera.failed"))
                (state(look, "lost", "kiosk_camera.lost"))
                (state(look, "closer", "kiosk_camera.closer"))
                (state(look, "tilt", "kiosk_camera.tilt"))
            }
        }
    }
}

/// One of the camera's states; the script shows the one that holds.
fn state(look: Look, name: &str, key: &str) -> Markup {
    html! {
        div data-when=(name) hidden { (word(look, Wanted::Ticket, key)) }
    }
}

/// A state in which the camera sees nothing.
fn without(look: Look, wanted: Wanted, name: &str, key: &str) -> Markup {
    html! {
        div data-when=(name) hidden { (word(look, wanted, key)) }
    }
}

fn word(look: Look, wanted: Wanted, of_tickets: &str) -> Markup {
    let key = match wanted {
        Wanted::Ticket => of_tickets,
        Wanted::Invitation => "kiosk_setup.no_camera",
    };
    html! { p { (Icon::Camera.draw()) span { (look.both(key)) } } }
}
