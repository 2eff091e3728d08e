//! Taking an address, and the files of a TLS line; every failure is a sentence that says what
//! to do.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::arrival::Door;

/// Connections the system keeps for us while we are busy.
const QUEUE: u32 = 1_024;

/// A certificate with its chain and its key, both PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate first, then what it hangs on.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why an address could not be opened; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has the port.
    #[error(
        "port {} on {} is in use by another program: stop that program, or choose another port",
        .0.port(), .0.ip()
    )]
    InUse(SocketAddr),
    /// Low ports belong to the system.
    #[error(
        "port {} may not be opened by this user: choose a port above 1023, or give the program \
         the right to open it",
        .0.port()
    )]
    NotAllowed(SocketAddr),
    /// The address is not one of this machine.
    #[error(
        "this machine has no address {}: choose one that `ip address` lists, or 0.0.0.0 for all",
        .0.ip()
    )]
    NoSuchAddress(SocketAddr),
    /// Anything else the system says.
    #[error("{address} can't be opened: {source}")]
    Other {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Nowhere to listen.
    #[error("no address to listen on was given: name one, such as --listen 127.0.0.1:8780")]
    NoAddress,
    /// TLS without a certificate.
    #[error("TLS needs a certificate and its key: give --tls-cert and --tls-key")]
    NoCertificate,
    /// A file of the TLS line.
    #[error("the TLS file {} can't be used: {why}", path.display())]
    Tls {
        /// Which.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
}

/// An open address and the kind of line it is.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    door: Door,
    tls: Option<TlsAcceptor>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { address, door, .. } = self;
        f.debug_struct("Listener").field("address", address).field("door", door).finish()
    }
}

impl Listener {
    /// Opens an address without TLS: [`Door::Loopback`] where it is a loopback address, else
    /// [`Door::Plain`]. Port 0 takes a free one. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`] for the operator.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let door = if address.ip().is_loopback() { Door::Loopback } else { Door::Plain };
        Self::open(address, door, None)
    }

    /// As [`Listener::bind`], but treated as the open network whatever the address: for a
    /// loopback address behind a proxy.
    ///
    /// # Errors
    /// [`BindError`] for the operator.
    pub fn bind_plain(address: SocketAddr) -> Result<Self, BindError> {
        Self::open(address, Door::Plain, None)
    }

    /// Opens an address with TLS ([`Door::Tls`]).
    ///
    /// # Errors
    /// [`BindError`] for the operator.
    pub fn bind_tls(address: SocketAddr, files: &TlsFiles) -> Result<Self, BindError> {
        let tls = TlsAcceptor::from(Arc::new(tls_settings(files)?));
        Self::open(address, Door::Tls, Some(tls))
    }

    /// The address as it is, with the port that was taken.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a browser wants it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The kind of line.
    #[must_use]
    pub const fn door(&self) -> Door {
        self.door
    }

    pub(super) const fn tls(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref()
    }

    pub(super) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.socket.accept().await
    }

    fn open(asked: SocketAddr, door: Door, tls: Option<TlsAcceptor>) -> Result<Self, BindError> {
        let open = || {
            let socket = if asked.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.set_reuseaddr(true)?;
            socket.bind(asked)?;
            let socket = socket.listen(QUEUE)?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        };
        let (socket, address) = open().map_err(|source| told(asked, source))?;
        Ok(Self { socket, address, door, tls })
    }
}

fn told(address: SocketAddr, source: io::Error) -> BindError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address),
        io::ErrorKind::PermissionDenied => BindError::NotAllowed(address),
        io::ErrorKind::AddrNotAvailable => BindError::NoSuchAddress(address),
        _ => BindError::Other { address, source },
    }
}

fn tls_settings(files: &TlsFiles) -> Result<ServerConfig, BindError> {
    let chain = read_chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| tls_error(&files.key, format!("{error}; it must hold a private key")))?;
    let mut settings = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| tls_error(&files.certificate, explained(&error)))?;
    settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(settings)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, BindError> {
    let wrong = |error| tls_error(path, format!("{error}; it must hold a PEM certificate"));
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(wrong)?;
    if chain.is_empty() {
        return Err(tls_error(path, "there is no PEM certificate in it".to_owned()));
    }
    Ok(chain)
}

fn explained(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            "its key file belongs to another certificate: give the pair made together".to_owned()
        }
        other => other.to_string(),
    }
}

fn tls_error(path: &Path, why: String) -> BindError {
    BindError::Tls { path: path.to_owned(), why }
}
