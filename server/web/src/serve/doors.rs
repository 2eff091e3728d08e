//! The addresses of a program, opened together, and what it says on standard output about them.

use std::io::Write;
use std::net::SocketAddr;

use super::listen::{BindError, Listener, TlsFiles};

/// Where a program listens.
#[derive(Clone, Debug, Default)]
pub struct Doors {
    /// Without TLS: staff sign in there only on loopback.
    pub plain: Vec<SocketAddr>,
    /// With TLS.
    pub tls: Vec<SocketAddr>,
    /// Certificate and key for these.
    pub files: Option<TlsFiles>,
}

impl Doors {
    /// Opens all of them. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`] for the operator, also when there is none to open.
    pub fn open(&self) -> Result<Vec<Listener>, BindError> {
        let mut listeners = Vec::new();
        for address in &self.plain {
            listeners.push(Listener::bind(*address)?);
        }
        for address in &self.tls {
            let files = self.files.as_ref().ok_or(BindError::NoCertificate)?;
            listeners.push(Listener::bind_tls(*address, files)?);
        }
        if listeners.is_empty() { Err(BindError::NoAddress) } else { Ok(listeners) }
    }
}

/// Says on standard output what a person or a script needs to know next, one line each.
///
/// # Errors
/// Standard output can't be written to.
pub fn announce(listeners: &[Listener], further: &[String]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for listener in listeners {
        writeln!(out, "listening on {}", listener.url())?;
    }
    for line in further {
        writeln!(out, "{line}")?;
    }
    out.flush()
}
