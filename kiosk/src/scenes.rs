//! Pictures of a code as a bad camera sees it, drawn from a seed: the same seed, the same picture.
//!
//! They stand in for real photographs in tests, in the benchmark of the decoders and before the
//! browser's fake camera, and name no real ticket.
#![expect(clippy::as_conversions, reason = "drawing rounds positions to pixels and greys to bytes")]

use qrcode::{Color, EcLevel, QrCode};

use crate::decode::Grey;

/// How a code is seen. The defaults are an easy picture; change what should be hard.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// Width of one module of the code in pixels.
    pub module_px: f64,
    /// How far the code is turned, in degrees.
    pub turn_deg: f64,
    /// Strength of the perspective: 0 is flat, 0.5 a strong tilt.
    pub tilt: f64,
    /// Radius of the blur in pixels (a standard deviation).
    pub blur_px: f64,
    /// Grey of dark modules.
    pub dark: f64,
    /// Grey of light modules and paper.
    pub light: f64,
    /// Strength of the camera's noise in greys.
    pub noise: f64,
    /// Strength of a spot of glare: 0 none, 1 white in its middle.
    pub glare: f64,
    /// Share of the code's side hidden under a square (a thumb).
    pub covered: f64,
    /// Light code on dark, as phones in dark mode show it.
    pub inverted: bool,
    /// Whether a code is in sight at all.
    pub shown: bool,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            width: 720,
            height: 720,
            module_px: 5.0,
            turn_deg: 0.0,
            tilt: 0.0,
            blur_px: 0.6,
            dark: 30.0,
            light: 225.0,
            noise: 4.0,
            glare: 0.0,
            covered: 0.0,
            inverted: false,
            shown: true,
        }
    }
}

/// The hard rows of the decoder's benchmark, each with its name.
#[must_use]
pub fn hard_rows() -> Vec<(&'static str, Scene)> {
    let plain = Scene::default;
    let hd = || Scene { width: 1_280, ..plain() };
    let vga = || Scene { width: 640, height: 480, ..plain() };
    vec![
        ("5 px a module", plain()),
        ("1280×720, 4 px", Scene { module_px: 4.0, ..hd() }),
        ("3 px a module", Scene { module_px: 3.0, ..plain() }),
        ("2 px a module", Scene { module_px: 2.0, blur_px: 0.4, ..plain() }),
        ("640×480, 3 px", Scene { module_px: 3.0, ..vga() }),
        ("640×480, 2 px", Scene { module_px: 2.0, blur_px: 0.4, ..vga() }),
        ("turned", Scene { turn_deg: 30.0, ..plain() }),
        ("tilted", Scene { tilt: 0.3, turn_deg: 10.0, ..plain() }),
        ("strongly tilted", Scene { tilt: 0.55, turn_deg: 15.0, module_px: 6.0, ..plain() }),
        ("blur 1.5 px", Scene { blur_px: 1.5, ..plain() }),
        ("blur 2.5 px", Scene { blur_px: 2.5, ..plain() }),
        ("low contrast", Scene { dark: 90.0, light: 130.0, ..plain() }),
        ("dark and noisy", Scene { dark: 8.0, light: 44.0, noise: 7.0, ..plain() }),
        ("noise", Scene { noise: 28.0, ..plain() }),
        ("glare", Scene { glare: 0.5, ..plain() }),
        ("strong glare", Scene { glare: 0.9, ..plain() }),
        ("covered", Scene { covered: 0.2, ..plain() }),
        ("inverted", Scene { inverted: true, ..plain() }),
        ("inverted, turned", Scene { inverted: true, turn_deg: 20.0, module_px: 4.0, ..plain() }),
        ("nothing in sight", Scene { shown: false, ..plain() }),
    ]
}

impl Scene {
    /// Draws the scene with a code of `text`; `seed` moves it a little and makes the noise.
    ///
    /// # Panics
    /// When `text` is too long for a code, or the size is outside what [`Grey`] accepts.
    #[must_use]
    pub fn draw(&self, text: &str, seed: u64) -> Grey {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M)
            .expect("a ticket's text fits a code");
        let mut chance = Chance(seed);
        let view = View::new(self, code.width(), &mut chance);
        let colours = code.to_colors();
        let mut greys = Vec::with_capacity((self.width * self.height) as usize);
        for y in 0..self.height {
            for x in 0..self.width {
                greys.push(self.grey_at(&view, &colours, (f64::from(x), f64::from(y))));
            }
        }
        blur(&mut greys, self.width as usize, self.blur_px);
        let pixels = greys.iter().map(|grey| (grey + chance.noise() * self.noise) as u8).collect();
        Grey::from_raw(self.width, self.height, pixels).expect("a scene's size is accepted")
    }

    fn grey_at(&self, view: &View, colours: &[Color], at: (f64, f64)) -> f64 {
        let mut sum = 0.0;
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            sum += self.spot(view, colours, (at.0 + dx, at.1 + dy));
        }
        let grey = sum / 4.0;
        let away = ((at.0 - view.glare.0).powi(2) + (at.1 - view.glare.1).powi(2)).sqrt();
        let shine = self.glare * (1.0 - away / view.glare_px).max(0.0);
        grey + (255.0 - grey) * shine
    }

    fn spot(&self, view: &View, colours: &[Color], at: (f64, f64)) -> f64 {
        let middle = f64::midpoint(self.dark, self.light);
        let wall = middle + (self.light - self.dark) * 0.2 * (at.0 / 90.0).sin();
        let Some((u, v)) = view.module_at(at).filter(|_| self.shown) else { return wall };
        let modules = view.modules as f64;
        if u < -4.0 || v < -4.0 || u >= modules + 4.0 || v >= modules + 4.0 {
            return wall;
        }
        let in_code = u >= 0.0 && v >= 0.0 && u < modules && v < modules;
        let hidden = u > view.cover.0
            && v > view.cover.1
            && u < view.cover.0 + self.covered * modules
            && v < view.cover.1 + self.covered * modules;
        if hidden {
            return middle;
        }
        let index = (v.max(0.0) as usize) * view.modules + u.max(0.0) as usize;
        let dark = in_code && colours.get(index) == Some(&Color::Dark);
        if dark == self.inverted { self.light } else { self.dark }
    }
}

/// Where the code lies in the picture.
struct View {
    modules: usize,
    middle: (f64, f64),
    turn: (f64, f64),
    module_px: f64,
    lean: (f64, f64),
    glare: (f64, f64),
    glare_px: f64,
    cover: (f64, f64),
}

impl View {
    fn new(scene: &Scene, modules: usize, chance: &mut Chance) -> Self {
        let side = modules as f64 * scene.module_px;
        let middle = (
            f64::from(scene.width) / 2.0 + chance.noise() * 20.0,
            f64::from(scene.height) / 2.0 + chance.noise() * 20.0,
        );
        let angle = (scene.turn_deg + chance.noise() * 4.0).to_radians();
        let lean = scene.tilt / side;
        let spread = modules as f64;
        Self {
            modules,
            middle,
            turn: (angle.cos(), angle.sin()),
            module_px: scene.module_px,
            lean: (lean, lean * chance.noise()),
            glare: (middle.0 + chance.noise() * side / 3.0, middle.1 + side / 6.0),
            glare_px: side / 3.0,
            cover: (spread * (0.42 + 0.1 * chance.noise()), spread * 0.45),
        }
    }

    /// Which module a point of the picture shows, in modules from the code's top left.
    fn module_at(&self, at: (f64, f64)) -> Option<(f64, f64)> {
        let (dx, dy) = (at.0 - self.middle.0, at.1 - self.middle.1);
        let (x, y) = (dx * self.turn.0 + dy * self.turn.1, dy * self.turn.0 - dx * self.turn.1);
        let depth = 1.0 - 2.0 * (x * self.lean.0 + y * self.lean.1);
        if depth <= 0.05 {
            return None;
        }
        let half = self.modules as f64 / 2.0;
        Some((x / depth / self.module_px + half, y / depth / self.module_px + half))
    }
}

/// A Gaussian blur, first along rows, then along columns.
fn blur(greys: &mut Vec<f64>, width: usize, radius_px: f64) {
    if radius_px <= 0.0 || width == 0 {
        return;
    }
    let reach = (radius_px * 2.5).ceil() as usize;
    let weights: Vec<f64> = (0..=2 * reach)
        .map(|at| (-((at as f64 - reach as f64) / radius_px).powi(2) / 2.0).exp())
        .collect();
    *greys = convolve(greys, &weights, reach, 1);
    *greys = convolve(greys, &weights, reach, width);
}

/// The weighted mean of the cells `step` apart around each cell; beyond the ends it repeats itself.
fn convolve(greys: &[f64], weights: &[f64], reach: usize, step: usize) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let last = greys.len().saturating_sub(1);
    let mut out = vec![0.0; greys.len()];
    for (at, weight) in weights.iter().enumerate() {
        let weight = weight / total;
        let (back, ahead) = (reach.saturating_sub(at) * step, at.saturating_sub(reach) * step);
        for (index, cell) in out.iter_mut().enumerate() {
            let from = (index + ahead).saturating_sub(back).min(last);
            *cell += weight * greys.get(from).copied().unwrap_or_default();
        }
    }
    out
}

/// Numbers drawn from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// About normal, mean 0, mostly within −1.7 and 1.7.
    fn noise(&mut self) -> f64 {
        let unit = |bits: u64| (bits >> 11) as f64 / (1_u64 << 53) as f64;
        (0..4).map(|_| unit(self.next())).sum::<f64>() * 1.732 - 3.464
    }
}
