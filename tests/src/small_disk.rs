//! A small file system of its own, to be filled: a tmpfs, unmounted when dropped. Needs root.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// What takes up the room.
const OTHERS: &str = "others";

/// A mounted file system of a few megabytes.
#[derive(Debug)]
pub struct SmallDisk {
    mounted: TempDir,
}

impl SmallDisk {
    /// Mounts one with so much room.
    ///
    /// # Errors
    ///
    /// When this machine doesn't let us.
    pub fn make(mebibytes: u64) -> Result<Self> {
        let mounted = tempfile::tempdir()?;
        let size = format!("size={mebibytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "spring-breeze-test"]).arg(mounted.path());
        run(&mut mount)?;
        Ok(Self { mounted })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.mounted.path().to_owned()
    }

    /// Others fill it, to the last byte but for these.
    ///
    /// # Errors
    ///
    /// When room can't be made for what is to stay free.
    pub fn fill_but_for(&self, free_bytes: u64) -> Result<()> {
        let path = self.mounted.path().join(OTHERS);
        let mut file = File::options().create(true).append(true).open(&path)?;
        let block = vec![7; 64 * 1024];
        while file.write_all(&block).is_ok() {}
        let size = file.metadata()?.len();
        file.set_len(size.checked_sub(free_bytes).context("there is not so much room")?)?;
        Ok(())
    }

    /// The others go.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn make_room(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.mounted.path().join(OTHERS))?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A process that is being killed may hold it a moment longer: the kernel lets go then.
        let _ = run(Command::new("umount").arg("--lazy").arg(self.mounted.path()));
    }
}

/// What this machine lacks for a small disk, in one sentence; nothing if it can.
#[must_use]
pub fn missing() -> Option<String> {
    let error = SmallDisk::make(1).err()?;
    Some(format!("no small file system can be mounted here: {error:#}"))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", said.trim());
    Ok(())
}
