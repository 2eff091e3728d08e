//! What a folded state is made of: parts that its copies share, so that a copy costs next to nothing
//! and whoever changes one pays for what changes only.

mod copy_on_write;
mod packed;
mod pages;

pub use copy_on_write::Shared;
pub use packed::Packed;
pub use pages::Pages;

pub(crate) use packed::packed_fields;
