//! What to tell the person when a code is in sight but can't be read.

use super::grey::Grey;

/// Every n-th pixel is counted for the brightness of a picture; enough, and four times faster.
const SAMPLE_STEP: usize = 4;

/// Share of pixels left out at either end when the darkest and lightest are sought.
const OUTLIERS: usize = 200;

/// Below this lightest grey the hall, or the hand before the lens, is too dark to read anything.
const DARK: u8 = 56;

/// A module, in pixels, below which coming closer helps.
const SMALL_MODULE_PX: u32 = 3;

/// A word to the person who holds a code before the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The code is too small in the picture.
    Closer,
    /// The picture is too dark.
    Brighter,
    /// The code is seen, but glare or its angle hides part of it.
    Tilt,
}

impl Hint {
    /// The hint's name in the answer to a page.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Closer => "closer",
            Self::Brighter => "brighter",
            Self::Tilt => "tilt",
        }
    }

    /// What a corner mark of a code tells, given the width of one module in pixels.
    pub(super) const fn from_module(module_px: u32) -> Self {
        if module_px < SMALL_MODULE_PX { Self::Closer } else { Self::Tilt }
    }
}

/// The darkest and lightest grey of a picture, outliers left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) darkest: u8,
    pub(super) lightest: u8,
}

impl Levels {
    pub(super) fn of(picture: &Grey) -> Self {
        let mut counts = [0_usize; 256];
        let mut total = 0_usize;
        for pixel in picture.pixels().iter().step_by(SAMPLE_STEP) {
            if let Some(count) = counts.get_mut(usize::from(*pixel)) {
                *count += 1;
                total += 1;
            }
        }
        let left_out = total / OUTLIERS;
        Self {
            darkest: level_after(counts.iter(), left_out),
            lightest: 255 - level_after(counts.iter().rev(), left_out),
        }
    }

    /// How many greys lie between the darkest and the lightest.
    pub(super) const fn spread(self) -> u8 {
        self.lightest.saturating_sub(self.darkest)
    }

    pub(super) const fn is_dark(self) -> bool {
        self.lightest < DARK
    }

    /// The grey that `pixel` becomes when the picture is stretched over the whole range.
    pub(super) fn stretch(self, pixel: u8) -> u8 {
        let above = u32::from(pixel.saturating_sub(self.darkest));
        let stretched = above * 255 / u32::from(self.spread().max(1));
        u8::try_from(stretched).unwrap_or(u8::MAX)
    }
}

fn level_after<'a>(counts: impl Iterator<Item = &'a usize>, left_out: usize) -> u8 {
    let mut passed = 0;
    let level = counts.take_while(|count| {
        passed += **count;
        passed <= left_out
    });
    u8::try_from(level.count()).unwrap_or(u8::MAX)
}
