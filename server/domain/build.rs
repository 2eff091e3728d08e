//! Names these rules by their source, for whoever keeps a state that they led to: state that other
//! rules made must be made anew. A comment changes the name too, which costs one slow start.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const SOURCE: &str = "src";

fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed={SOURCE}")?;
    let mut files = below(Path::new(SOURCE))?;
    files.sort();
    let mut name = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let content = fs::read(&file)?;
        for byte in file.to_string_lossy().bytes().chain([0]).chain(content) {
            // FNV-1a: no more is asked of it than to differ.
            name = (name ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    writeln!(cargo, "cargo::rustc-env=SPRING_BREEZE_RULES={name}")
}

fn below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(below(&path)?) } else { found.push(path) }
    }
    Ok(found)
}
