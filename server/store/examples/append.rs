//! Prints how fast the journal appends beside a bare write and sync: `append DIRECTORY`, one line of
//! JSON a figure. The directory must lie on the disk that is meant.

use std::io::Write;
use std::path::PathBuf;

/// Records a group and the ratio that is wanted.
const GOALS: [(u64, f64); 2] = [(64, 0.80), (256, 0.55)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.ok_or("say in which directory to measure: append DIRECTORY")?;
    let mut out = std::io::stdout().lock();
    for (group, goal) in GOALS {
        let speed = store::append_speed::measure(&directory, group)?;
        writeln!(
            out,
            "{{\"name\":\"P3/{group}\",\"value\":{:.0},\"unit\":\"records/s\",\"against\":{:.0},\
             \"ratio\":{:.3},\"goal\":{goal},\"met\":{}}}",
            speed.journal_per_second,
            speed.raw_per_second,
            speed.ratio(),
            speed.ratio() >= goal,
        )?;
    }
    Ok(())
}
