//! From a stored record to what the fold wants to know of it.

use domain::fair::Stamp;
use journal::Record;

/// What a record says about itself, beside its event.
#[must_use]
pub fn of(record: &Record) -> Stamp {
    Stamp {
        origin: record.origin,
        epoch: record.epoch,
        seq: record.seq,
        time: record.time,
        at: record.happened_at(),
        actor: record.actor,
        rehearsal: record.flags.rehearsal(),
    }
}
