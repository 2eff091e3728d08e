//! Scenes are drawn from seeds, so a failure repeats.

use std::io::Cursor;

use super::*;
use crate::scenes::{Scene, hard_rows};

const TICKET: &str = "HTTP://FAIR.TEST/T/ABCDEFGHJKMNPQRSTVWXYZ0123456789ABCDEFGHJKMNPQ";

fn any(_: &str) -> bool {
    true
}

/// Half a frame: a quarter of the time to draw.
fn small() -> Scene {
    Scene { width: 400, height: 400, ..Scene::default() }
}

fn reads(scene: &Scene, seeds: u64) -> u64 {
    (0..seeds)
        .filter(|seed| match read(&scene.draw(TICKET, *seed), any) {
            Reading::Text(text) => {
                assert_eq!(text, TICKET, "a wrong text was read");
                true
            }
            Reading::Nothing(_) => false,
        })
        .count()
        .try_into()
        .unwrap()
}

#[test]
fn easy_scenes_are_always_read() {
    for module_px in [3.0, 5.0, 8.0] {
        assert_eq!(reads(&Scene { module_px, ..small() }, 2), 2, "{module_px} px");
    }
    assert_eq!(reads(&Scene { inverted: true, ..small() }, 2), 2, "inverted");
    assert_eq!(reads(&Scene { turn_deg: 30.0, ..small() }, 2), 2, "turned");
    assert_eq!(reads(&Scene { tilt: 0.3, ..small() }, 2), 2, "tilted");
    assert_eq!(reads(&Scene { dark: 90.0, light: 130.0, ..small() }, 2), 2, "low contrast");
    assert_eq!(reads(&Scene { noise: 25.0, ..small() }, 2), 2, "noise");
}

#[test]
fn most_hard_scenes_are_read_and_never_wrongly() {
    let rows: Vec<_> = hard_rows().iter().map(|(name, scene)| (*name, reads(scene, 1))).collect();
    let read: u64 = rows.iter().map(|(_, read)| read).sum();
    assert!(read >= 17, "{rows:?}");
}

#[test]
fn an_empty_scene_is_nothing() {
    let scene = Scene { shown: false, ..small() };
    assert!(matches!(read(&scene.draw(TICKET, 3), any), Reading::Nothing(_)));
}

#[test]
fn hints_say_what_would_help() {
    let black = Grey::from_raw(720, 720, vec![3; 720 * 720]).unwrap();
    assert_eq!(read(&black, any), Reading::Nothing(Some(Hint::Brighter)));
    let white = Grey::from_raw(720, 720, vec![250; 720 * 720]).unwrap();
    assert_eq!(read(&white, any), Reading::Nothing(None));
    let hidden = Scene { covered: 0.55, ..small() };
    assert_eq!(read(&hidden.draw(TICKET, 1), any), Reading::Nothing(Some(Hint::Tilt)));
}

#[test]
fn of_two_codes_the_wanted_one_is_read() {
    let width = 900;
    let left = Scene { width: width / 2, height: 360, ..Scene::default() };
    let poster = left.draw("https://example.org/poster", 5);
    let ticket = left.draw(TICKET, 6);
    let half = usize::try_from(width / 2).unwrap();
    let pixels = poster
        .pixels()
        .chunks(half)
        .zip(ticket.pixels().chunks(half))
        .flat_map(|(left, right)| left.iter().chain(right))
        .copied()
        .collect();
    let both = Grey::from_raw(width, left.height, pixels).unwrap();
    let wanted = |text: &str| text.contains("/T/");
    assert_eq!(read(&both, wanted), Reading::Text(TICKET.to_owned()));
    assert_eq!(
        read(&poster, wanted),
        Reading::Text("https://example.org/poster".to_owned()),
        "a foreign code is still reported, so that the screen can say so"
    );
}

#[test]
fn large_photographs_are_shrunk_and_read() {
    let scene = Scene { width: 2_000, height: 1_700, module_px: 20.0, ..Scene::default() };
    assert_eq!(reads(&scene, 1), 1);
}

#[test]
fn pictures_are_unpacked() {
    let drawn = small().draw(TICKET, 9);
    let buffer =
        image::GrayImage::from_raw(drawn.width(), drawn.height(), drawn.pixels().to_vec()).unwrap();
    for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg] {
        let mut bytes = Vec::new();
        buffer.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        let grey = Grey::from_picture(&bytes).unwrap();
        assert_eq!(read(&grey, any), Reading::Text(TICKET.to_owned()));
        for cut in [0, 1, 20, bytes.len() / 2] {
            let _ = Grey::from_picture(&bytes[..cut]);
        }
    }
}

#[test]
fn transparent_paper_is_white() {
    let clear = image::RgbaImage::from_pixel(64, 64, image::Rgba([0, 0, 0, 0]));
    let mut bytes = Vec::new();
    clear.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    let grey = Grey::from_picture(&bytes).unwrap();
    assert!(grey.pixels().iter().all(|pixel| *pixel == 255));
}

#[test]
fn bad_pictures_are_refused_with_a_reason() {
    assert_eq!(Grey::from_raw(100, 100, vec![0; 9_999]), Err(BadPicture::Size));
    assert_eq!(Grey::from_raw(10, 10, vec![0; 100]), Err(BadPicture::TooSmall));
    assert_eq!(Grey::from_raw(u32::MAX, u32::MAX, Vec::new()), Err(BadPicture::TooLarge));
    assert_eq!(Grey::from_picture(b"not a picture"), Err(BadPicture::Format));
    assert_eq!(Grey::from_picture(&vec![0; MAX_PICTURE_BYTES + 1]), Err(BadPicture::TooLarge));
}

#[test]
fn any_pixels_end_without_a_panic() {
    let mut state = 1_u32;
    for side in [29_u32, 64, 200] {
        for mask in [0xff_u8, 0x80, 0x81] {
            let pixels = (0..side * side)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0] & mask
                })
                .collect();
            let _ = read(&Grey::from_raw(side, side, pixels).unwrap(), any);
        }
    }
}
