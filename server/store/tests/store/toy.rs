//! A machine that remembers numbers, each once.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ids::Hlc;
use journal::disk::MemoryDisk;
use journal::{Disk, Draft, Kind, Record};
use store::{Decision, Machine, Opening, Report, Store, StoreError, SystemWorld};

pub(crate) const NUMBER: Kind = Kind(100);
pub(crate) const SECRET: Kind = Kind(101);

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Toy {
    pub(crate) numbers: BTreeSet<u64>,
    pub(crate) folded: u64,
}

pub(crate) enum Command {
    Add(u64),
    AddAll(Vec<u64>),
    Keep(&'static str),
    TooLarge,
    Look,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Added,
    Already,
    Count(usize),
}

impl Machine for Toy {
    type Command = Command;
    type Answer = Answer;

    fn decide(&self, command: Command, _now: Hlc) -> Decision<Answer> {
        let add = |numbers: &[u64]| Decision {
            drafts: numbers.iter().map(|n| Draft::new(NUMBER, n.to_be_bytes().into())).collect(),
            answer: Answer::Added,
        };
        match command {
            Command::Add(number) if self.numbers.contains(&number) => {
                Decision::answer(Answer::Already)
            }
            Command::Add(number) => add(&[number]),
            Command::AddAll(numbers) => add(&numbers),
            Command::Keep(text) => {
                let mut draft = Draft::new(SECRET, Vec::new());
                draft.secrets = vec![text.into(), text.to_uppercase().into()];
                Decision { drafts: vec![draft], answer: Answer::Added }
            }
            Command::TooLarge => Decision {
                drafts: vec![Draft::new(NUMBER, vec![0; 100_000])],
                answer: Answer::Added,
            },
            Command::Look => Decision::answer(Answer::Count(self.numbers.len())),
            Command::Fail => panic!("on purpose"),
        }
    }

    fn fold(&mut self, record: &Record) {
        self.folded += 1;
        if let (NUMBER, Ok(bytes)) = (record.kind, record.payload.as_slice().try_into()) {
            self.numbers.insert(u64::from_be_bytes(bytes));
        }
    }

    fn judge(&self, record: &Record) -> Option<Answer> {
        let bytes = record.payload.as_slice().try_into().ok()?;
        let known = self.numbers.contains(&u64::from_be_bytes(bytes));
        (record.kind == NUMBER).then_some(if known { Answer::Already } else { Answer::Added })
    }
}

pub(crate) fn opening<D>(disk: D) -> Opening<D> {
    let software = "test".to_owned();
    let world = Arc::new(SystemWorld { wall_clock: || 1_000 });
    Opening { disk, views: None, software, segment_bytes: 64 * 1024, world }
}

pub(crate) fn open<D>(disk: &D) -> Result<(Store<Toy, D>, Report), StoreError>
where
    D: Disk + Clone + Send + Sync + 'static,
    D::File: Send + Sync,
{
    opening(disk.clone()).open(Toy::default())
}

pub(crate) fn open_memory(disk: &MemoryDisk) -> Store<Toy, MemoryDisk> {
    open(disk).unwrap().0
}

pub(crate) fn numbers<D>(store: &Store<Toy, D>) -> Vec<u64> {
    store.read(|toy| toy.numbers.iter().copied().collect())
}
