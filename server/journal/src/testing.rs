//! What the tests of this crate share: a node that writes records.

use domain::ids::{AccountId, DeviceId, Epoch, FairTag, Hlc, KeyId, NodeId, Seq};

use crate::chain::Head;
use crate::disk::MemoryDisk;
use crate::log::{Journal, Options};
use crate::record::{Entry, Flags, Kind, NodeStarted, Record, kind};
use crate::recovery::Recovery;
use crate::sealing::reference;
use crate::segment::StoreId;

pub(crate) const STORE: StoreId = StoreId([0xab; 16]);
pub(crate) const SEGMENT_BYTES: u64 = 8192;

/// Opens with small segments.
pub(crate) fn open(disk: &MemoryDisk) -> (Journal<MemoryDisk>, Recovery) {
    let options = Options { new_store_id: STORE, segment_bytes: SEGMENT_BYTES };
    Journal::open(disk.clone(), options).unwrap()
}

/// All records in order of arrival.
pub(crate) fn scan(journal: &Journal<MemoryDisk>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let end = journal.scan(crate::Position::START, |scanned| {
        entries.push(scanned.entry.to_entry());
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(end, Ok(journal.reader().end()));
    entries
}

/// One epoch of a node.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) origin: NodeId,
    pub(crate) head: Head,
    parent: Option<Head>,
}

impl Author {
    pub(crate) fn new(node: u8, epoch: u64) -> Self {
        let origin = NodeId([node; 16]);
        Self { origin, head: Head::before(origin, Epoch(epoch)), parent: None }
    }

    pub(crate) fn after(parent: Head, origin: NodeId, epoch: u64) -> Self {
        let head = Head::before(origin, Epoch(epoch));
        Self { origin, head, parent: Some(parent) }
    }

    /// The next record, with a payload of so many bytes; record 1 says how the node started.
    pub(crate) fn write(&mut self, payload_bytes: usize, flags: Flags) -> Entry {
        let seq = self.head.next_seq();
        let byte = seq.0.to_le_bytes()[0];
        let started = NodeStarted { parent: self.parent, software: "0.1.0 (test)".into() };
        let first = seq == Seq(1);
        let payload = if first { started.encode() } else { vec![byte; payload_bytes] };
        let part = vec![byte; 50];
        let sealed = if byte % 5 == 3 { vec![reference(KeyId([byte; 16]), &part)] } else { vec![] };
        let record = Record {
            kind: if first { kind::NODE_STARTED } else { Kind(100) },
            flags,
            payload,
            sealed,
            ..self.blank()
        };
        let sealed = record.sealed.iter().map(|_| Some(part.clone())).collect();
        self.take(&record, sealed)
    }

    /// A transaction of so many records.
    pub(crate) fn transaction(&mut self, records: usize, payload_bytes: usize) -> Vec<Entry> {
        let flags = |last| if last { Flags::ENDS_TRANSACTION } else { Flags::NONE };
        (1..=records).map(|n| self.write(payload_bytes, flags(n == records))).collect()
    }

    /// The next record, of this kind and payload.
    pub(crate) fn write_as(&mut self, kind: Kind, payload: Vec<u8>) -> Entry {
        let flags = Flags::ENDS_TRANSACTION;
        let record = Record { kind, payload, flags, ..self.blank() };
        self.take(&record, Vec::new())
    }

    /// A record with the next name and everything optional filled in.
    pub(crate) fn blank(&self) -> Record {
        Record {
            origin: self.origin,
            epoch: self.head.epoch,
            seq: self.head.next_seq(),
            time: Hlc::from_ms(1_700_000_000_000),
            wall_ms: None,
            kind: Kind(100),
            actor: Some(AccountId([1; 8])),
            station: Some(DeviceId([2; 8])),
            fair: Some(FairTag([3; 4])),
            flags: Flags::NONE,
            payload: Vec::new(),
            sealed: Vec::new(),
        }
    }

    fn take(&mut self, record: &Record, sealed: Vec<Option<Vec<u8>>>) -> Entry {
        let entry = Entry::new(record, sealed).unwrap();
        self.head = self.head.extend(&entry.open);
        entry
    }
}

/// Stages and commits; panics where that fails.
pub(crate) fn append(journal: &mut Journal<MemoryDisk>, entries: &[Entry]) {
    for entry in entries {
        journal.stage(entry).unwrap();
    }
    journal.commit().unwrap();
}
