//! Reads a QR code out of a picture, whoever took it: the kiosk's camera, a phone, a file.
//!
//! Two independent decoders are tried, each on the picture as it is and as its negative (phones in
//! dark mode show light codes on dark). Invariant: whatever the bytes are, reading them ends with a
//! text, a hint or nothing — never with a panic, and never with more memory than the limits here.
//! Knows nothing of tickets: the caller says which text it wants when a picture shows several.

mod cascade;
mod grey;
mod hint;

pub use grey::{BadPicture, Grey, MAX_PICTURE_BYTES};
pub use hint::Hint;

/// Longest side, in pixels, at which a picture is searched first; larger ones are shrunk, because a
/// code that fills a fair share of a photograph is read faster and no worse that way.
const FIRST_SIDE_PX: u32 = 1_600;

/// Longest side, in pixels, at which a picture is searched a second time when the first found
/// nothing: a small code in a large photograph.
const SECOND_SIDE_PX: u32 = 3_200;

/// What a picture shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A code with this text.
    Text(String),
    /// No readable code; perhaps a word to the person holding it.
    Nothing(Option<Hint>),
}

/// Reads the code in a picture. Where several can be read, the first that is `wanted` wins; a text
/// that isn't wanted is returned only when no other is found.
///
/// Takes some milliseconds of processor time: call it off the async threads.
#[must_use]
pub fn read(picture: &Grey, wanted: impl Fn(&str) -> bool) -> Reading {
    let first = picture.shrunk_to(FIRST_SIDE_PX);
    let reading = cascade::read(&first, &wanted);
    if picture.longest_side() <= FIRST_SIDE_PX || is_wanted(&reading, &wanted) {
        return reading;
    }
    let second = cascade::read(&picture.shrunk_to(SECOND_SIDE_PX), &wanted);
    match (&second, &reading) {
        (Reading::Nothing(_), _) => reading,
        (Reading::Text(_), Reading::Text(_)) if !is_wanted(&second, &wanted) => reading,
        _ => second,
    }
}

fn is_wanted(reading: &Reading, wanted: &impl Fn(&str) -> bool) -> bool {
    matches!(reading, Reading::Text(text) if wanted(text))
}

#[cfg(test)]
mod tests;
