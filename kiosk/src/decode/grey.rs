//! Grey pixels, and the limits on what is accepted as a picture.

use std::borrow::Cow;
use std::io::Cursor;

use image::{ImageReader, Limits};

/// Most bytes of an encoded picture that are looked at; a phone's photograph is 3 to 8 MB.
pub const MAX_PICTURE_BYTES: usize = 12 * 1024 * 1024;

/// Longest side of a picture, in pixels.
const MAX_SIDE_PX: u32 = 8_192;

/// Most pixels of a picture: 24 megapixels.
const MAX_PIXELS: u64 = 24_000_000;

/// Shortest side, in pixels, that can hold the smallest code (21 modules and its quiet zone).
const MIN_SIDE_PX: u32 = 29;

/// Most memory the picture codec may take while unpacking.
const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;

/// Bytes that are not a picture this program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    /// Width times height differs from the number of pixels that came.
    #[error("width × height must equal the number of bytes sent")]
    Size,
    /// More pixels or bytes than the limits allow.
    #[error("the picture is too large; send one of at most 24 megapixels and 12 MiB")]
    TooLarge,
    /// Too few pixels to hold any code.
    #[error("the picture is too small to hold a code")]
    TooSmall,
    /// Neither a whole PNG nor a whole JPEG.
    #[error("send a PNG or JPEG picture")]
    Format,
}

/// A picture of grey pixels, one byte each, row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Grey {
    /// Takes raw pixels as a page's canvas sends them.
    ///
    /// # Errors
    /// When the size is outside the limits or does not fit the number of pixels.
    pub fn from_raw(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, BadPicture> {
        check_size(width, height)?;
        let count = u64::from(width) * u64::from(height);
        if u64::try_from(pixels.len()) != Ok(count) {
            return Err(BadPicture::Size);
        }
        Ok(Self { width, height, pixels })
    }

    /// Unpacks a PNG or JPEG picture. Colours become grey, transparency becomes white paper.
    ///
    /// # Errors
    /// When the bytes are no such picture, or it is outside the limits.
    pub fn from_picture(bytes: &[u8]) -> Result<Self, BadPicture> {
        if bytes.len() > MAX_PICTURE_BYTES {
            return Err(BadPicture::TooLarge);
        }
        let (width, height) = open(bytes)?.into_dimensions().map_err(|_| BadPicture::Format)?;
        check_size(width, height)?;
        let unpacked = std::panic::catch_unwind(|| {
            open(bytes)?.decode().map_err(|error| not_a_picture(&error))
        })
        .map_err(|_| BadPicture::Format)??;
        let pixels = unpacked
            .into_luma_alpha8()
            .pixels()
            .map(|pixel| {
                let [grey, opacity] = pixel.0;
                on_white(grey, opacity)
            })
            .collect();
        Self::from_raw(width, height, pixels)
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(super) fn longest_side(&self) -> u32 {
        self.width.max(self.height)
    }

    /// The same picture with every pixel replaced.
    pub(super) fn map(&self, change: impl Fn(u8) -> u8) -> Self {
        let pixels = self.pixels.iter().map(|pixel| change(*pixel)).collect();
        Self { width: self.width, height: self.height, pixels }
    }

    /// The picture shrunk by a whole factor until its longest side fits, each new pixel the mean of
    /// the old ones; the picture itself when it fits already.
    pub(super) fn shrunk_to(&self, side_px: u32) -> Cow<'_, Self> {
        let factor = self.longest_side().div_ceil(side_px.max(1));
        if factor <= 1 {
            return Cow::Borrowed(self);
        }
        let (width, height) = (self.width / factor, self.height / factor);
        let (Ok(step), Ok(row), Ok(columns)) =
            (usize::try_from(factor), usize::try_from(self.width), usize::try_from(width))
        else {
            return Cow::Borrowed(self);
        };
        let mut pixels = Vec::with_capacity(self.pixels.len() / step / step);
        for band in self.pixels.chunks_exact(row * step) {
            let mut sums = vec![0_u32; columns];
            for line in band.chunks_exact(row) {
                for (sum, cells) in sums.iter_mut().zip(line.chunks_exact(step)) {
                    *sum += cells.iter().map(|cell| u32::from(*cell)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|sum| mean_of(*sum, factor * factor)));
        }
        Self::from_raw(width, height, pixels).map_or(Cow::Borrowed(self), Cow::Owned)
    }
}

fn open(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, BadPicture> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| BadPicture::Format)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(MAX_UNPACKED_BYTES);
    reader.limits(limits);
    Ok(reader)
}

fn not_a_picture(error: &image::ImageError) -> BadPicture {
    match error {
        image::ImageError::Limits(_) => BadPicture::TooLarge,
        _ => BadPicture::Format,
    }
}

fn check_size(width: u32, height: u32) -> Result<(), BadPicture> {
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX || pixels > MAX_PIXELS {
        return Err(BadPicture::TooLarge);
    }
    if width < MIN_SIDE_PX || height < MIN_SIDE_PX {
        return Err(BadPicture::TooSmall);
    }
    Ok(())
}

fn on_white(grey: u8, opacity: u8) -> u8 {
    let (grey, opacity) = (u32::from(grey), u32::from(opacity));
    mean_of(grey * opacity + 255 * (255 - opacity), 255)
}

fn mean_of(sum: u32, count: u32) -> u8 {
    u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)
}
