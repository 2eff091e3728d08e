//! The QR code of an address as a drawing (SVG) and as a picture (PNG).
//!
//! Error correction is M; a ticket's address is all capitals, so its code is alphanumeric and has
//! at most 33 modules. The picture is written by hand: one bit a pixel, whole pixels a module, and
//! a row that repeats the one above is filtered to zeros, so that it is both small and quick.

mod modules;

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use modules::Modules;

/// Light modules around a code (ISO/IEC 18004 §6.3.8).
const QUIET_MODULES: usize = 4;
/// The largest picture that is made, in pixels a side.
const MAX_SIZE_PX: usize = 2_048;

const PNG_SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// One bit, greyscale; deflate, adaptive filters, not interlaced.
const PNG_FORM: [u8; 5] = [1, 0, 0, 0, 0];
const FILTER_NONE: u8 = 0;
const FILTER_UP: u8 = 2;

/// A code with its quiet zone, ready to be drawn: a row a number, a set bit is dark.
struct Field {
    rows: Vec<u128>,
    side: usize,
}

/// The code as an SVG document of one path: sharp at any size, and small.
#[must_use]
pub fn svg(text: &str) -> String {
    let Field { rows, side } = Field::of(text);
    let mut path = String::with_capacity(2_500);
    for (y, row) in rows.into_iter().enumerate() {
        row_path(&mut path, y, row);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path stroke=\"#000\" d=\"{path}\"/></svg>"
    )
}

/// The code as a PNG picture, `size_px` a side; larger where a module would be less than a pixel.
#[must_use]
pub fn png(text: &str, size_px: usize) -> Vec<u8> {
    let field = Field::of(text);
    let size = size_px.min(MAX_SIZE_PX).max(field.side);
    let mut png = PNG_SIGNATURE.to_vec();
    let side = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
    chunk(&mut png, *b"IHDR", &[&side[..], &side[..], &PNG_FORM[..]].concat());
    chunk(&mut png, *b"IDAT", &deflated(&field.lines(size)));
    chunk(&mut png, *b"IEND", &[]);
    png
}

impl Field {
    /// A text too long for a code gives an empty field; addresses are far shorter.
    fn of(text: &str) -> Self {
        let modules = Modules::of(text).unwrap_or(Modules { rows: Vec::new(), width: 0 });
        let inner = modules.rows.len();
        let quiet = || std::iter::repeat_n(0, QUIET_MODULES);
        let rows = modules.rows.into_iter().map(|row| row << QUIET_MODULES);
        Self { rows: quiet().chain(rows).chain(quiet()).collect(), side: inner + 2 * QUIET_MODULES }
    }

    /// The filtered lines of a picture.
    fn lines(&self, size: usize) -> Vec<u8> {
        let scale = size / self.side;
        let margin = size - scale * self.side;
        let (before, after) = (margin / 2, margin - margin / 2);
        let line_bytes = 1 + size.div_ceil(8);
        let mut lines = Vec::with_capacity(line_bytes * size);
        let mut above = None;
        let last = self.rows.len().saturating_sub(1);
        for (y, row) in self.rows.iter().enumerate() {
            let more = if y == 0 { before } else { 0 } + if y == last { after } else { 0 };
            let mut times = scale + more;
            if above != Some(row) {
                lines.push(FILTER_NONE);
                lines.extend(packed(*row, size, (before, scale)));
                times -= 1;
            }
            for _ in 0..times {
                lines.push(FILTER_UP);
                lines.resize(lines.len() + line_bytes - 1, 0);
            }
            above = Some(row);
        }
        lines
    }
}

/// The dark runs of a row, from the left: where each begins and how long it is.
fn dark_runs(mut row: u128) -> impl Iterator<Item = (u32, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let gap = row.trailing_zeros();
        let rest = row.checked_shr(gap)?;
        let length = rest.trailing_ones();
        let begin = at + gap;
        row = rest >> length;
        at = begin + length;
        Some((begin, length))
    })
}

/// Draws the dark runs of a row as strokes through its middle.
fn row_path(path: &mut String, y: usize, row: u128) {
    let mut pen: Option<u32> = None;
    for (begin, length) in dark_runs(row) {
        let step = match pen {
            None => write!(path, "M{begin} {y}.5h{length}"),
            Some(at) => write!(path, "m{} 0h{length}", begin - at),
        };
        step.expect("writing to a string never fails");
        pen = Some(begin + length);
    }
}

/// One line of pixels, eight a byte; a set bit is light.
fn packed(row: u128, size: usize, (margin, scale): (usize, usize)) -> Vec<u8> {
    let mut bytes = vec![0xff; size.div_ceil(8)];
    let pixels = |modules: u32| usize::try_from(modules).unwrap_or_default() * scale;
    for (begin, length) in dark_runs(row) {
        let from = margin + pixels(begin);
        for pixel in from..from + pixels(length) {
            if let Some(byte) = bytes.get_mut(pixel / 8) {
                *byte &= !(0x80 >> (pixel % 8));
            }
        }
    }
    bytes
}

fn deflated(lines: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(4_096), Compression::fast());
    encoder
        .write_all(lines)
        .and_then(|()| encoder.finish())
        .expect("writing to a vector never fails")
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).expect("a picture of bounded size");
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(content);
    png.extend_from_slice(&length.to_be_bytes());
    png.extend_from_slice(&kind);
    png.extend_from_slice(content);
    png.extend_from_slice(&crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use rxing::BarcodeFormat;
    use rxing::helpers::detect_in_luma;

    use super::*;

    const ADDRESS: &str =
        "HTTP://192.168.100.100:65535/T/EEAQEAYEBEEQSCIJBEESSCIJBFIWAHYJA6SJAQEBAEAQAAAAAAAAAAA";

    fn read(png: &[u8]) -> (u32, String) {
        let picture = image::load_from_memory(png).unwrap().into_luma8();
        let (width, height) = picture.dimensions();
        assert_eq!(width, height);
        let format = Some(BarcodeFormat::QR_CODE);
        let read = detect_in_luma(picture.into_raw(), width, height, format).unwrap();
        (width, read.getText().to_owned())
    }

    #[test]
    fn a_picture_reads_back_what_it_was_made_of() {
        for size in [512, 300, 97] {
            assert_eq!(read(&png(ADDRESS, size)), (u32::try_from(size).unwrap(), ADDRESS.into()));
        }
        let mixed = "http://192.168.1.10:8080/register";
        assert_eq!(read(&png(mixed, 512)).1, mixed);
    }

    #[test]
    fn a_picture_is_small_and_never_smaller_than_its_modules() {
        let picture = png(ADDRESS, 512);
        assert!(picture.len() < 2_500, "{} bytes", picture.len());
        assert_eq!(read(&png(ADDRESS, 0)).0, 33 + 8);
    }

    #[test]
    fn the_longest_address_has_33_modules() {
        let longest: String = ADDRESS.chars().chain("HOST".chars()).collect();
        assert_eq!(longest.len(), 90);
        assert_eq!(Modules::of(&longest).unwrap().width, 33);
    }

    /// The drawing is painted again from its path, and must be the same modules.
    #[test]
    fn the_drawing_is_the_same_code() {
        let drawn = svg(ADDRESS);
        let field = Field::of(ADDRESS);
        assert!(drawn.len() < 4_000, "{} bytes", drawn.len());
        assert!(drawn.contains("viewBox=\"0 0 41 41\""));
        let path = drawn.rsplit("d=\"").next().unwrap().split('"').next().unwrap();
        let mut painted = vec![0_u128; field.side];
        for row in path.split('M').skip(1) {
            let (x, rest) = row.split_once(' ').unwrap();
            let (y, rest) = rest.split_once(".5h").unwrap();
            let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for (place, part) in rest.split('m').enumerate() {
                let run = if place == 0 {
                    part
                } else {
                    let (gap, run) = part.split_once(" 0h").unwrap();
                    x += gap.parse::<usize>().unwrap();
                    run
                };
                for _ in 0..run.parse().unwrap() {
                    painted[y] |= 1 << x;
                    x += 1;
                }
            }
        }
        assert_eq!(painted, field.rows);
    }

    #[test]
    fn a_text_too_long_gives_an_empty_field_and_no_panic() {
        let long = "A".repeat(5_000);
        assert!(svg(&long).ends_with("d=\"\"/></svg>"));
        assert!(png(&long, 512).len() > 8);
    }
}
