//! The order in which decoders are tried on one picture.

use std::panic::{AssertUnwindSafe, catch_unwind};

use quircs::{Capstone, Quirc};
use rxing::helpers::detect_in_luma_slice_with_hints;
use rxing::{BarcodeFormat, DecodeHints};

use super::Reading;
use super::grey::Grey;
use super::hint::{Hint, Levels};

/// Below this spread of greys a picture holds nothing to read: a covered lens, a blank wall.
const MIN_SPREAD: u8 = 10;

/// Below this spread of greys a picture is stretched first: low contrast is the first decoder's
/// weak point.
const FLAT_SPREAD: u8 = 160;

/// Modules across one corner mark of a code.
const CORNER_MODULES: u32 = 7;

/// Reads one picture; see [`super::read`].
pub(super) fn read(picture: &Grey, wanted: &impl Fn(&str) -> bool) -> Reading {
    let levels = Levels::of(picture);
    if levels.spread() < MIN_SPREAD {
        return Reading::Nothing(levels.is_dark().then_some(Hint::Brighter));
    }
    let plain = if levels.spread() < FLAT_SPREAD {
        picture.map(|pixel| levels.stretch(pixel))
    } else {
        picture.clone()
    };
    let mut search = Search { wanted, unwanted: None, hint: None };
    if let Some(text) = search.run(&plain) {
        return Reading::Text(text);
    }
    match search.unwanted {
        Some(text) => Reading::Text(text),
        None => Reading::Nothing(levels.is_dark().then_some(Hint::Brighter).or(search.hint)),
    }
}

struct Search<'a, W> {
    wanted: &'a W,
    unwanted: Option<String>,
    hint: Option<Hint>,
}

impl<W: Fn(&str) -> bool> Search<'_, W> {
    fn run(&mut self, plain: &Grey) -> Option<String> {
        if let Some(text) = self.judge(by_rxing(plain)) {
            return Some(text);
        }
        if let Some(text) = self.by_quircs(plain) {
            return Some(text);
        }
        let negative = plain.map(|pixel| 255 - pixel);
        if let Some(text) = self.judge(by_rxing(&negative)) {
            return Some(text);
        }
        self.by_quircs(&negative)
    }

    /// Returns a wanted text; remembers another one.
    fn judge(&mut self, text: Option<String>) -> Option<String> {
        let text = text?;
        if (self.wanted)(&text) {
            return Some(text);
        }
        self.unwanted.get_or_insert(text);
        None
    }

    fn by_quircs(&mut self, picture: &Grey) -> Option<String> {
        let (texts, hint) = by_quircs(picture);
        self.hint = self.hint.or(hint);
        texts.into_iter().find_map(|text| self.judge(Some(text)))
    }
}

/// The first decoder. It is other people's code on a stranger's picture: a panic in it is the same
/// as reading nothing.
fn by_rxing(picture: &Grey) -> Option<String> {
    let read = || {
        let mut hints = DecodeHints::default();
        let (width, height) = (picture.width(), picture.height());
        let format = Some(BarcodeFormat::QR_CODE);
        detect_in_luma_slice_with_hints(picture.pixels(), width, height, format, &mut hints)
    };
    let result = catch_unwind(AssertUnwindSafe(read)).ok()?.ok()?;
    Some(result.getText().to_owned()).filter(|text| !text.is_empty())
}

/// The second decoder, which finds every code in sight and knows where corner marks are.
fn by_quircs(picture: &Grey) -> (Vec<String>, Option<Hint>) {
    let (Ok(width), Ok(height)) =
        (usize::try_from(picture.width()), usize::try_from(picture.height()))
    else {
        return (Vec::new(), None);
    };
    let read = || {
        let mut reader = Quirc::new();
        let codes: Vec<_> = reader.identify(width, height, picture.pixels()).collect();
        let texts = codes
            .into_iter()
            .filter_map(|code| code.ok()?.decode().ok())
            .filter_map(|content| String::from_utf8(content.payload).ok())
            .filter(|text| !text.is_empty())
            .collect();
        let hint = reader.capstones.iter().filter_map(module_px).max().map(Hint::from_module);
        (texts, hint)
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

/// Width of one module, in pixels, as a corner mark shows it.
fn module_px(corner: &Capstone) -> Option<u32> {
    let [first, second, ..] = &corner.corners;
    let across = first.x.abs_diff(second.x).max(first.y.abs_diff(second.y));
    Some(across / CORNER_MODULES).filter(|width| *width > 0)
}
