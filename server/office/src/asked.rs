//! Commands and answers as they pass through the store.

use domain::command::{Command, Reply};
use domain::ids::{AccountId, DeviceId};
use domain::refusal::Refusal;
use domain::verdict::Verdict;

/// A command with who gave it and on which device.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The command.
    pub command: Command,
    /// Whose account gave it; none for the public.
    pub actor: Option<AccountId>,
    /// On which staff device.
    pub device: Option<DeviceId>,
}

/// What the rules answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A command was carried out.
    Done(Reply),
    /// A command was refused; nothing was written.
    Refused(Refusal),
    /// What a site makes of a scan that a station handed over.
    Judged(Verdict),
}

impl Answer {
    /// The reply to a command.
    ///
    /// # Errors
    /// The refusal, if it was one.
    pub fn reply(self) -> Result<Reply, Refusal> {
        match self {
            Self::Done(reply) => Ok(reply),
            Self::Refused(refusal) => Err(refusal),
            // Commands are never answered with a judgement.
            Self::Judged(_) => Ok(Reply::Done),
        }
    }
}
