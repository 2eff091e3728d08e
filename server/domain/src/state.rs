//! What a folded state is made of: parts that its copies share, so that a copy costs next to nothing
//! and whoever changes one pays for what changes only.

mod packed;
mod pages;
mod shared;

pub use packed::Packed;
pub use pages::Pages;
pub use shared::Shared;

pub(crate) use packed::packed_fields;
