//! Builds this crate again when a file is added to, changed in or removed from the assets.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for folder in ["style", "script", "picture", "sound", "text"] {
        println!("cargo:rerun-if-changed=../../assets/{folder}");
    }
}
