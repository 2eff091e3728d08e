//! Where a server listens: arguments that the site and headquarters share.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use web::serve::{Doors, TlsFiles};

/// Where to listen.
#[derive(Args)]
pub(crate) struct Listen {
    /// Address and port without TLS; several may be given. Staff sign in there only when it is a
    /// loopback address.
    #[arg(long = "listen", value_name = "ADDRESS:PORT")]
    plain: Vec<SocketAddr>,
    /// Address and port with TLS; several may be given.
    #[arg(long = "listen-tls", value_name = "ADDRESS:PORT", requires_all = ["tls_cert", "tls_key"])]
    tls: Vec<SocketAddr>,
    /// Certificate chain in PEM.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
}

impl From<Listen> for Doors {
    fn from(listen: Listen) -> Self {
        let files = listen.tls_cert.zip(listen.tls_key);
        Self {
            plain: listen.plain,
            tls: listen.tls,
            files: files.map(|(certificate, key)| TlsFiles { certificate, key }),
        }
    }
}

/// The last line of a program that could not do its work.
pub(crate) fn say_last(sentence: &str) {
    // Nobody reads a closed standard error.
    let _closed = writeln!(std::io::stderr(), "{sentence}");
}
