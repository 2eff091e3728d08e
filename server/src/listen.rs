//! Where a server listens: arguments that the site and headquarters share.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use web::serve::TlsFiles;

/// Where to listen.
#[derive(Args)]
pub(crate) struct Doors {
    /// Address and port without TLS; several may be given. Staff sign in there only when it is a
    /// loopback address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Address and port with TLS; several may be given.
    #[arg(long, value_name = "ADDRESS:PORT", requires = "tls_cert", requires = "tls_key")]
    pub(crate) listen_tls: Vec<SocketAddr>,
    /// Certificate chain in PEM.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
}

impl Doors {
    /// Certificate and key, where both were given.
    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_cert.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key })
    }
}

/// The last line of a program that could not do its work.
pub(crate) fn say_last(sentence: &str) {
    // Nobody reads a closed standard error.
    let _closed = writeln!(std::io::stderr(), "{sentence}");
}
