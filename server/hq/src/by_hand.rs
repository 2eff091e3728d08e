//! Records that are carried here on a stick, for the command line: the same receiving as the running
//! program's, over the store of a stopped one.

use std::path::Path;
use std::sync::Arc;

use domain::ids::NodeId;
use domain::role::Role;
use link::Receiving;
use link::carry::CarryError;
use link::receiving::Imported;
use office::Office;
use store::StoreError;
use web::ApiError;

use crate::hq::Hq;
use crate::run::COOKIE;

/// What became of a file, and the word to carry back.
#[derive(Debug)]
pub struct Taken {
    /// What became of it.
    pub imported: Imported,
    /// What the sender is called here.
    pub site: String,
    /// The acknowledgement, as a file.
    pub acknowledgement: Vec<u8>,
    /// The name for it.
    pub name: String,
}

/// Why nothing was taken; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The directory can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("{0} ({code})", code = .0.code())]
    Carry(#[from] CarryError),
    /// Something inside did not start.
    #[error("headquarters can't be opened: {0}")]
    Office(#[from] ApiError),
}

/// Takes over a file at a stopped headquarters.
///
/// # Errors
/// [`Failure`]; what was taken before it is whole batches, and the file may come again.
pub async fn import(directory: &Path, file: &[u8]) -> Result<Taken, Failure> {
    let (store, _) = crate::open(directory)?;
    let office = Office::new(store.clone(), COOKIE, Role::Clerk)?;
    let (_stopper, stop) = web::stop::pair();
    let hq = Arc::new(Hq::new(Arc::new(office), stop));
    let receiving = Receiving::new(Arc::clone(&hq));
    let imported = receiving.import(file).await;
    let taken = imported.map(|imported| {
        let sender = imported.manifest.sender;
        let site = hq.enrolled(sender).map(|site| site.name).unwrap_or_default();
        let (name, acknowledgement) = acknowledgement(&receiving, sender);
        Taken { imported, site, acknowledgement, name }
    });
    drop(receiving);
    drop(hq);
    store.close().await?;
    Ok(taken?)
}

/// The signed word on how far headquarters has a site's records: a name and the file.
pub(crate) fn acknowledgement(receiving: &Receiving<Hq>, site: NodeId) -> (String, Vec<u8>) {
    let said = receiving.acknowledge(site);
    let name = link::carry::file_name(site, said.made_at_ms, "ack");
    (name, said.to_file(receiving.key()))
}
