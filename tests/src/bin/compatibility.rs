//! Writes the files of the present version into `tests/compatibility`, once, before its release:
//! `cargo run -p end-to-end --bin compatibility`. It refuses to write over files that are kept.

use anyhow::Result;
use end_to_end::compatibility::generate;

#[tokio::main]
async fn main() -> Result<()> {
    let version = generate().await?;
    eprintln!("{}", version.display());
    Ok(())
}
