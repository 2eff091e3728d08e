//! The site server's key is changed by plan: the record that names the new one is signed with the old
//! one, and the next start goes over to it.
//!
//! To everybody else the machine under its new key is the old one's standby, which takes its place at
//! that start: kiosks and headquarters go over to it as to any other, and what was signed before stays
//! good. Invariant: cut short anywhere, the next start finishes it; until the key that was drawn is in
//! use and its place taken, it lies on the disk.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use domain::command::Command;
use domain::event::SiteFollowed;
use domain::ids::{AccountId, NodeId};
use link::Address;
use office::OfficeMachine;
use store::FileDisk;
use web::ApiError;

use crate::following::{FollowError, Followed};
use crate::promotion::{PromoteError, promote};
use crate::site::Site;

impl Site {
    /// Draws the key that this site server goes over to at its next start, and lets stations and
    /// headquarters know; drawn before and not in use, it is the same one. A standby follows the old key
    /// only and has to be enrolled anew afterwards.
    ///
    /// # Errors
    /// `site_follows`, `site_superseded`, `fair_not_planned`; the store's errors.
    pub async fn draw_server_key(&self, by: AccountId) -> Result<NodeId, ApiError> {
        self.may_record()?;
        let address: Address = Address::parse(&self.reached_at()?, None)
            .map_err(|_| ApiError::unprocessable("bad_address"))?;
        let store = self.store().clone();
        let drawn = tokio::task::spawn_blocking(move || store.next_identity()).await;
        let next = drawn.map_err(ApiError::internal)?.map_err(office::failure::stored)?.public();
        let named = SiteFollowed {
            node: next.node_id(),
            public_keys: next.to_bytes(),
            address: address.base().to_owned(),
        };
        if self.fair(|fair| fair.standby() != Some(&named)) {
            self.office.ask(Command::NoteStandby(named.clone()), Some(by)).await?;
            self.standby.close().await;
        }
        self.server_key_waits.store(true, Ordering::Relaxed);
        Ok(named.node)
    }

    /// Where stations reach this machine: as the fair's settings say, unless they still name the machine
    /// whose place this one took.
    fn reached_at(&self) -> Result<String, ApiError> {
        let stale = self.names_old_address();
        self.fair(|fair| {
            let settings = fair.settings().ok_or(ApiError::conflict("fair_not_planned"))?;
            let own = fair.standby().filter(|it| stale && it.node == self.office.me());
            Ok(own.map_or(&settings.address, |own| &own.address).clone())
        })
    }
}

/// Goes over to the key that was drawn for a stopped site server, if one was.
///
/// # Errors
/// [`PromoteError`].
pub(crate) async fn finish(directory: &Path) -> Result<(), PromoteError> {
    if !store::is_node(directory) {
        return Ok(());
    }
    // Its lock is let go of again before a store is opened.
    let open_disk = || FileDisk::open(directory);
    let Some(next) = store::drawn_identity(&open_disk()?)? else { return Ok(()) };
    if store::identity(&open_disk()?)?.node_id() != next.node_id() {
        let (store, _) = crate::open(directory)?;
        let (old, me) = (store.key().public(), store.node());
        let (named, before) = store.read(|machine| {
            let named = machine.fair().standby().filter(|it| it.node == next.node_id()).cloned();
            (named, machine.fair().before(me).to_vec())
        });
        store.close().await?;
        // Drawn, but nobody was told: the old one stays in use.
        let Some(named) = named else { return Ok(()) };
        Followed::itself(named.address, old, before).write(directory)?;
        forget_rows(directory).map_err(FollowError::from)?;
        store::go_over(&open_disk()?)?;
        tracing::warn!(old = %me, new = %next.node_id(), "the server key was changed");
    }
    promote(directory).await?;
    Ok(store::went_over(&open_disk()?)?)
}

/// They are found by hashes under the key that goes; the next start makes them anew.
fn forget_rows(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory.join(office::ROWS_DIRECTORY)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
