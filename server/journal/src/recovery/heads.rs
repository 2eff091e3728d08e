//! Heads of epochs whose last commit is lost to damage: hashed anew from the records that are left.

use domain::ids::{Epoch, NodeId, Seq};

use crate::chain::{EpochHead, Head};
use crate::disk::Disk;
use crate::index::Index;
use crate::log::{JournalError, Window, entry_at};
use crate::record::{NodeStarted, kind};

/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;

/// Extends heads over records that no commit names; records after a gap there are forgotten, since
/// nothing says what they were chained to.
pub(super) fn complete<D: Disk>(disk: &D, index: &mut Index) -> Result<(), JournalError> {
    let behind: Vec<(NodeId, Epoch)> = index
        .epochs()
        .filter(|(origin, epoch, places)| {
            places.last() > index.heads.head(*origin, *epoch).map_or(Seq(0), |head| head.seq)
        })
        .map(|(origin, epoch, _)| (origin, epoch))
        .collect();
    for (origin, epoch) in behind {
        let held = extend(disk, index, origin, epoch)?;
        index.places(origin, epoch).cut(held.head.seq);
        if held.head.seq > Seq(0) {
            index.heads.set(origin, held);
        }
    }
    Ok(())
}

/// What an epoch goes on from was held, so what isn't held of it any more is lost: damage that took
/// the end of an epoch, its commits with it, is named by the next one.
pub(super) fn reach_parents(index: &mut Index) {
    let parents: Vec<(NodeId, Head)> =
        index.heads.iter().filter_map(|(origin, held)| Some((origin, held.parent?))).collect();
    for (origin, parent) in parents {
        let known = index.heads.get(origin, parent.epoch).copied();
        let reaches = known.map_or(Seq(0), |known| known.head.seq);
        if reaches < parent.seq && index.places(origin, parent.epoch).reach(parent.seq).is_ok() {
            let (of, ended) = known.map_or((None, Seq(0)), |known| (known.parent, known.ended));
            index.heads.set(origin, EpochHead { head: parent, parent: of, ended });
        }
    }
}

fn extend<D: Disk>(
    disk: &D,
    index: &Index,
    origin: NodeId,
    epoch: Epoch,
) -> Result<EpochHead, JournalError> {
    let begin = EpochHead { head: Head::before(origin, epoch), parent: None, ended: Seq(0) };
    let mut held = index.heads.get(origin, epoch).copied().unwrap_or(begin);
    let mut window = Window::new(disk, READ_BYTES);
    while let Some(at) = index.find(origin, epoch, held.head.next_seq()) {
        let entry = entry_at(&mut window, at)?;
        let view = entry.view()?;
        held.head = held.head.extend(entry.open);
        if view.flags.ends_transaction() {
            held.ended = view.seq;
        }
        if view.kind == kind::NODE_STARTED {
            held.parent = NodeStarted::decode(view.payload).ok().and_then(|it| it.parent);
        }
    }
    Ok(held)
}
