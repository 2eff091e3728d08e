//! The modules of a code, a row a number: choosing the best of the eight masks is most of the work
//! of making a code, and takes a tenth of the time on whole rows at once.
//!
//! The choice is that of ISO/IEC 18004 §7.8.3; a test holds it against the `qrcode` crate's.

use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::{EcLevel, QrResult};

/// The largest code that is made, in modules a side: more than a thousand characters, and with a
/// margin of light the patterns below find no edge of the number.
const MAX_WIDTH: u32 = 117;

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The weights of the four faults.
const RUN_LEAST: u32 = 2;
const BLOCK: u32 = 3;
const FINDER: u32 = 40;

/// A square of modules without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Modules {
    /// From the top; bit 0 is the leftmost module, a set bit is dark.
    pub(super) rows: Vec<u128>,
    pub(super) width: u32,
}

impl Modules {
    /// The code of a text at error correction M; none for a text that is too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        let made = make(text.as_bytes());
        made.inspect_err(|error| tracing::error!(%error, "no QR code holds this")).ok().flatten()
    }

    fn read(canvas: &Canvas, width: u32) -> Option<Self> {
        let last = i16::try_from(width).ok()?;
        let row = |y| (0..last).rev().fold(0, |row, x| row << 1 | dark(canvas, x, y));
        Some(Self { rows: (0..last).map(row).collect(), width })
    }

    fn columns(&self) -> Vec<u128> {
        let column =
            |x: u32| self.rows.iter().rev().fold(0, |column, row| column << 1 | (row >> x & 1));
        (0..self.width).map(column).collect()
    }

    /// How badly scanners would read it.
    fn penalty(&self) -> u32 {
        let columns = self.columns();
        let lines = || self.rows.iter().chain(&columns);
        lines().map(|line| runs(*line, self.width) + finders(*line)).sum::<u32>()
            + self.blocks()
            + self.imbalance()
    }

    /// Squares of two by two of one colour.
    fn blocks(&self) -> u32 {
        let pairs = self.rows.iter().zip(self.rows.iter().skip(1));
        let alike = pairs.map(|(above, below)| {
            let vertical = !(above ^ below);
            (vertical & vertical >> 1 & !(above ^ above >> 1) & low(self.width - 1)).count_ones()
        });
        alike.sum::<u32>() * BLOCK
    }

    /// How far from half the modules are dark, in half percents.
    fn imbalance(&self) -> u32 {
        let dark: u32 = self.rows.iter().map(|row| row.count_ones()).sum();
        (dark * 200 / (self.width * self.width)).abs_diff(100)
    }
}

fn make(text: &[u8]) -> QrResult<Option<Modules>> {
    let bits = encode_auto(text, EcLevel::M)?;
    let version = bits.version();
    let Some(width) = u32::try_from(version.width()).ok().filter(|width| *width <= MAX_WIDTH)
    else {
        return Ok(None);
    };
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, EcLevel::M)?;
    let mut canvas = Canvas::new(version, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let masked = MASKS.into_iter().filter_map(|mask| {
        let mut masked = canvas.clone();
        masked.apply_mask(mask);
        Modules::read(&masked, width)
    });
    Ok(masked.min_by_key(Modules::penalty))
}

fn dark(canvas: &Canvas, x: i16, y: i16) -> u128 {
    u128::from(canvas.get(x, y).is_dark())
}

/// The lowest bits of a number.
const fn low(count: u32) -> u128 {
    (1 << count) - 1
}

/// Runs of five and more of one colour: three points for five, one for each further module.
const fn runs(line: u128, width: u32) -> u32 {
    let alike = !(line ^ line >> 1) & low(width - 1);
    let fifth = alike & alike >> 1 & alike >> 2 & alike >> 3;
    fifth.count_ones() + (fifth & !(fifth << 1)).count_ones() * RUN_LEAST
}

/// What looks like a corner mark, `#.###.#` with four light modules on a side; outside is light.
const fn finders(line: u128) -> u32 {
    let mark = line & !(line >> 1) & line >> 2 & line >> 3 & line >> 4 & !(line >> 5) & line >> 6;
    let after = line >> 7 | line >> 8 | line >> 9 | line >> 10;
    let before = line << 1 | line << 2 | line << 3 | line << 4;
    (mark & !(after & before)).count_ones() * FINDER
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qrcode::{Color, QrCode};

    use super::*;

    fn theirs(text: &str) -> Vec<u128> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let colors = code.to_colors();
        let bit = |color: &Color| u128::from(*color == Color::Dark);
        colors
            .chunks(code.width())
            .map(|row| row.iter().rev().fold(0, |bits, color| bits << 1 | bit(color)))
            .collect()
    }

    proptest! {
        #[test]
        fn the_code_is_that_of_the_crate(text in "[A-Z0-9:/.]{1,90}|[ -~]{1,150}") {
            prop_assert_eq!(Modules::of(&text).unwrap().rows, theirs(&text));
        }
    }

    #[test]
    fn a_text_beyond_all_codes_gives_none() {
        assert!(Modules::of(&"A".repeat(1_400)).is_some());
        assert_eq!(Modules::of(&"A".repeat(2_000)), None);
        assert_eq!(Modules::of(&"A".repeat(9_000)), None);
    }
}
