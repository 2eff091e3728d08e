//! The fair's ticket keys in the clear, in memory only: opened from the journal's sealed parts.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use domain::fair::Fair;
use domain::ids::FairTag;
use domain::station;
use domain::ticket::{Ticket, TicketKey, UncheckedTicket};
use domain::verdict::{Stage, Verdict};
use store::Store;
use web::ApiError;

use crate::machine::FairMachine;

/// The keys by generation.
#[derive(Debug, Default)]
pub struct TicketKeys {
    keys: RwLock<HashMap<u8, TicketKey>>,
}

impl TicketKeys {
    /// Opens the keys that are not here yet.
    ///
    /// # Errors
    /// The store's, or `internal` if a key can't be opened: then no ticket of its generation can be
    /// checked, and the keyring needs restoring.
    pub async fn refresh(&self, store: &Store<FairMachine>) -> Result<(), ApiError> {
        let drawn = store.read(|machine| machine.key_records().clone());
        for (generation, (origin, epoch, seq)) in drawn {
            if self.get(generation).is_some() {
                continue;
            }
            let entries = store.entries(origin, epoch, seq, 1).await;
            let entries = entries.map_err(office::failure::stored)?;
            let opened = entries.first().and_then(|entry| {
                let record = entry.record().ok()?;
                let text = store.open_sealed(&record, entry).into_iter().next()??;
                <[u8; 32]>::try_from(text.as_slice()).ok()
            });
            if opened.is_none() && origin != store.node() {
                // It went with the machine whose place this one took.
                continue;
            }
            let Some(key) = opened else {
                return Err(ApiError::internal(format!(
                    "ticket key {generation} can't be opened: restore the keyring"
                )));
            };
            self.write().insert(generation, TicketKey(key));
        }
        Ok(())
    }

    /// The key of a generation.
    #[must_use]
    pub fn get(&self, generation: u8) -> Option<TicketKey> {
        self.read().get(&generation).cloned()
    }

    /// All of them, for an enrolled station.
    #[must_use]
    pub fn all(&self) -> Vec<(u8, TicketKey)> {
        self.read().iter().map(|(generation, key)| (*generation, key.clone())).collect()
    }

    /// A genuine ticket, or the verdict on what is none.
    ///
    /// # Errors
    /// The verdict, for a text that is no genuine ticket of this fair.
    pub fn check(&self, text: &str, fair: Option<FairTag>) -> Result<Ticket, Verdict> {
        let keys = self.read();
        station::check_ticket(text, fair, |generation| keys.get(&generation))
    }

    /// A ticket whose key went with a lost machine, and that is known as handed out.
    #[must_use]
    pub fn of_a_lost_key(&self, text: &str, fair: &Fair) -> Option<Ticket> {
        let shown = UncheckedTicket::read(text).ok()?;
        let issued = fair.ledger().ticket(shown.reference())?.issued.as_ref()?;
        let known = self.get(shown.claimed_generation()).is_some();
        let rehearsal = fair.stage() == Stage::Rehearsal;
        let ours = fair.tag() == Some(shown.claimed_fair());
        (ours && !known).then(|| shown.as_recorded(issued.days, issued.codes, rehearsal))
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<u8, TicketKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<u8, TicketKey>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}
