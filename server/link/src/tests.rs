//! Both ends together: over real sockets with a relay between them, and in process with requests
//! that no honest client sends.

mod bodies;
mod keys;
mod relay;
mod requests;
mod sockets;
pub(crate) mod toy;
