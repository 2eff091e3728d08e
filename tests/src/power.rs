//! File systems whose power can be cut: a loop image that the kernel is told to shut down without
//! writing its log, which drops everything that was not synced.
//!
//! Needs root and a Linux with loop devices; [`missing`] says what this machine lacks.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// As big as xfs wants at least, and sparse.
const IMAGE_BYTES: u64 = 512 << 20;
/// Where the tools lie on Debian, also where the path of a plain user lacks it.
const TOOL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A file system that a site may lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// Debian's default.
    Ext4,
    /// The usual choice for servers elsewhere.
    Xfs,
}

impl fmt::Display for FileSystem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        })
    }
}

/// A mounted image of its own; unmounted and removed when dropped.
#[derive(Debug)]
pub struct Volume {
    // Holds the image and the mount point.
    directory: TempDir,
    is_mounted: bool,
}

impl Volume {
    /// Makes an image with a file system on it and mounts it.
    ///
    /// # Errors
    ///
    /// When the machine can't: [`missing`] tells beforehand.
    pub fn make(file_system: FileSystem) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut volume = Self { directory, is_mounted: false };
        std::fs::create_dir(volume.path())?;
        let image = std::fs::File::create(volume.image())?;
        image.set_len(IMAGE_BYTES)?;
        let mut make = tool(&format!("mkfs.{file_system}"));
        make.arg("-q").arg(volume.image());
        run(&mut make)?;
        volume.mount()?;
        Ok(volume)
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("mounted")
    }

    /// Cuts the power: from now on every write fails, and what was not synced is gone. The
    /// processes on it are still to be killed before [`Volume::restore`].
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    pub fn cut(&mut self) -> Result<()> {
        run(tool("xfs_io").args(["-x", "-c", "shutdown"]).arg(self.path()))
    }

    /// Gives the power back: mounts what reached the disk.
    ///
    /// # Errors
    ///
    /// When a process still holds a file on it, or the file system doesn't recover.
    pub fn restore(&mut self) -> Result<()> {
        self.unmount()?;
        self.mount()
    }

    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    fn mount(&mut self) -> Result<()> {
        run(tool("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()))?;
        self.is_mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<()> {
        run(tool("umount").arg(self.path()))?;
        self.is_mounted = false;
        Ok(())
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.is_mounted && self.unmount().is_err() {
            // A process that is being killed may hold it a moment longer: the kernel lets go then.
            let _ = run(tool("umount").arg("--lazy").arg(self.path()));
        }
    }
}

/// What this machine lacks to cut the power of a file system, in one sentence; nothing if it can.
#[must_use]
pub fn missing(file_system: FileSystem) -> Option<String> {
    for name in ["mount", "xfs_io", &format!("mkfs.{file_system}")] {
        let is_there = TOOL_PATH.split(':').any(|place| Path::new(place).join(name).exists());
        if !is_there {
            return Some(format!("{name} is not installed: run scripts/install-tools disks"));
        }
    }
    match Volume::make(file_system) {
        Ok(_) => None,
        Err(error) => Some(format!("no {file_system} image can be mounted here: {error:#}")),
    }
}

fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", TOOL_PATH);
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", said.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    /// The cut does what it is for: what was synced stays, what was not is gone.
    #[test]
    fn a_cut_keeps_what_was_synced_and_drops_the_rest() {
        for file_system in [FileSystem::Ext4, FileSystem::Xfs] {
            if let Some(why) = missing(file_system) {
                assert!(std::env::var_os("CI").is_none(), "{why}");
                println!("skipped: {why}");
                continue;
            }
            let mut volume = Volume::make(file_system).unwrap();
            let mut synced = File::create(volume.path().join("synced")).unwrap();
            synced.write_all(b"stays").unwrap();
            synced.sync_all().unwrap();
            File::open(volume.path()).unwrap().sync_all().unwrap();
            std::fs::write(volume.path().join("unsynced"), b"goes").unwrap();

            volume.cut().unwrap();
            assert!(synced.write_all(b"more").and_then(|()| synced.sync_all()).is_err());
            drop(synced);
            volume.restore().unwrap();

            assert_eq!(std::fs::read(volume.path().join("synced")).unwrap(), b"stays");
            let unsynced = std::fs::read(volume.path().join("unsynced")).unwrap_or_default();
            assert_eq!(unsynced, b"", "{file_system}");
        }
    }
}
