//! Cameras that see what a test wants them to see.
//!
//! Two ways: a file that Chromium's own fake camera plays over and over ([`fake_camera`]: the
//! whole real path), and a camera made of a canvas that a test changes at will
//! ([`Browser::canvas_camera`]: every state of the screen).

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Result, ensure};
use image::GrayImage;
use serde_json::{Value, json};

use super::Browser;

/// The arguments for a browser whose camera plays this file. It must be an absolute path.
#[must_use]
pub fn fake_camera(y4m: &Path) -> Vec<String> {
    vec![
        "--use-fake-ui-for-media-stream".to_owned(),
        "--use-fake-device-for-media-stream".to_owned(),
        format!("--use-file-for-fake-video-capture={}", y4m.display()),
    ]
}

/// Writes pictures of one size as a film of so many pictures a second.
///
/// # Errors
///
/// When there are none, when their sizes differ or are odd, or the file can't be written.
pub fn write_y4m(file: &Path, pictures: &[&GrayImage], per_second: u32) -> Result<()> {
    let (width, height) = pictures.first().map_or((0, 0), |picture| picture.dimensions());
    ensure!(width > 0 && width % 2 == 0 && height % 2 == 0, "{width}×{height} can't be halved");
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    writeln!(out, "YUV4MPEG2 W{width} H{height} F{per_second}:1 Ip A1:1 C420mpeg2")?;
    // Both colour planes, a quarter of the size each: no colour.
    let colour = vec![128; picture_bytes(width, height)? / 2];
    for picture in pictures {
        ensure!(picture.dimensions() == (width, height), "pictures of different sizes");
        out.write_all(b"FRAME\n")?;
        out.write_all(picture.as_raw())?;
        out.write_all(&colour)?;
    }
    Ok(out.flush()?)
}

impl Browser {
    /// Gives every page opened from now on a camera that sees grey until [`Browser::hold_up`].
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn canvas_camera(&self) -> Result<()> {
        let source = json!({ "source": CANVAS_CAMERA });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
        Ok(())
    }

    /// Holds a picture up to the canvas camera.
    ///
    /// # Errors
    ///
    /// When the page has no such camera yet.
    pub async fn hold_up(&self, picture: &GrayImage) -> Result<()> {
        let (width, height) = picture.dimensions();
        let pixels = data_encoding::BASE64.encode(picture.as_raw());
        let args = vec![json!(width), json!(height), json!(pixels)];
        let shown = self.run("return window.cameraShow(...arguments)", args).await?;
        ensure!(shown == Value::Bool(true), "the page has not opened its camera");
        Ok(())
    }

    /// Takes it away again: the camera sees grey.
    ///
    /// # Errors
    ///
    /// When the page has no such camera yet.
    pub async fn take_away(&self) -> Result<()> {
        let hidden = self.run("return window.cameraShow()", vec![]).await?;
        ensure!(hidden == Value::Bool(true), "the page has not opened its camera");
        Ok(())
    }
}

/// A camera of 1280×720: a canvas drawn anew a few times a second, so that frames keep coming.
const CANVAS_CAMERA: &str = r"
(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 1280; canvas.height = 720;
  const context = canvas.getContext('2d');
  let shown = null, tick = 0, opened = false;
  const draw = () => {
    context.fillStyle = tick++ % 2 ? '#808080' : '#818181';
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (shown) {
      const left = (canvas.width - shown.width) >> 1, top = (canvas.height - shown.height) >> 1;
      context.putImageData(shown, left, top);
    }
  };
  setInterval(draw, 100);
  window.cameraShow = (width, height, pixels) => {
    shown = null;
    if (pixels) {
      const grey = atob(pixels);
      shown = new ImageData(width, height);
      for (let i = 0; i < grey.length; i++) {
        const value = grey.charCodeAt(i);
        shown.data.set([value, value, value, 255], i * 4);
      }
    }
    draw();
    return opened;
  };
  const devices = navigator.mediaDevices;
  if (devices) {
    devices.getUserMedia = async () => { opened = true; return canvas.captureStream(10); };
  }
})();";

fn picture_bytes(width: u32, height: u32) -> Result<usize> {
    Ok(usize::try_from(u64::from(width) * u64::from(height))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_has_its_header_and_all_planes() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.y4m");
        let picture = GrayImage::from_pixel(4, 2, image::Luma([7]));
        write_y4m(&file, &[&picture, &picture], 5).unwrap();
        let film = std::fs::read(&file).unwrap();
        let head = b"YUV4MPEG2 W4 H2 F5:1 Ip A1:1 C420mpeg2\n";
        assert!(film.starts_with(head));
        assert_eq!(film.len(), head.len() + 2 * (6 + 8 + 4));

        let odd = GrayImage::new(3, 2);
        assert!(write_y4m(&file, &[&odd], 5).is_err());
        assert!(write_y4m(&file, &[], 5).is_err());
    }
}
