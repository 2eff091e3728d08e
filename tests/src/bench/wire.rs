//! P12: what a record costs on the wire from a site to headquarters, everything counted that
//! passes in either direction (HTTP, handshake, signatures, acknowledgements), beside the bytes of
//! the same records' open parts. Sealed parts stay at the site.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use journal::{Journal, Options, Position, StoreId};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::Figure;
use super::big::{Made, Size};
use super::figure::Round;
use super::goals::P12;
use crate::hq::Hq;
use crate::journey::account::{CLERK, ORGANISER};
use crate::journey::nodes::enrolment_code;
use crate::site::{Site, sign_in};
use crate::wait;

const SIZE: Size = Size { records: 100_000, employers: 100, seekers: 10_000 };
const BOUND: Duration = Duration::from_secs(120);

/// Measures P12 below `directory`: bytes a record. Bytes don't vary with the machine, so once.
///
/// # Errors
///
/// When a server does not start, or not everything arrives.
pub async fn figures(directory: &Path) -> Result<Vec<Figure>> {
    let data = directory.join("wire-site");
    Made::of(SIZE).await?.copy(&data)?;
    let hq = Hq::start(&directory.join("wire-hq"), "127.0.0.1:0").await?;
    let clerk = hq.set_up(CLERK.login, CLERK.password).await?;
    let mut site = Site::start(&data, "127.0.0.1:0", &[]).await?;
    let organiser = sign_in(&site.http()?, ORGANISER.login, ORGANISER.password).await?;
    let code = enrolment_code(&clerk, &json!({ "role": "site", "name": "会场" })).await?;
    let passed = Arc::new(AtomicU64::new(0));
    let url = counted(hq.process.host_port(), Arc::clone(&passed)).await?;
    let asked = json!({ "url": url, "code": code });
    organiser.post("/api/v1/headquarters", &asked).await?.success()?;
    wait::until_true("everything at headquarters", BOUND, async || {
        let overview: Value = organiser.get("/api/v1/overview").await?.document()?;
        Ok(overview.pointer("/headquarters/all_delivered") == Some(&Value::Bool(true)))
    })
    .await?;
    let bytes = passed.load(Ordering::Relaxed);
    site.process.stop().await?;
    let (records, open_bytes) = open_parts(&data)?;
    let each = |bytes: u64| Ok::<f64, anyhow::Error>(f64::from(u32::try_from(bytes)?) / records);
    let (measured, against) = (each(bytes)?, each(open_bytes)?);
    Ok(vec![Figure::of(P12, "B/record", &[Round { measured, against }])?])
}

/// Carries one direction.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    passed: &AtomicU64,
) -> std::io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut piece).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        passed.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        to.write_all(piece.get(..count).unwrap_or_default()).await?;
    }
}

/// How many records the site has, and the bytes of their open parts.
fn open_parts(data: &Path) -> Result<(f64, u64)> {
    let disk = store::FileDisk::open(data)?;
    let (journal, recovery) = Journal::open(disk, Options::new(StoreId([0; 16])))?;
    let mut bytes = 0;
    journal.scan(Position::START, |scanned| {
        bytes += u64::try_from(scanned.entry.open.len()).unwrap_or(0);
        ControlFlow::Continue(())
    })?;
    Ok((f64::from(u32::try_from(recovery.records)?), bytes))
}

/// A way to `target` on which every byte is counted.
async fn counted(target: &str, passed: Arc<AtomicU64>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let target = target.to_owned();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let (target, passed) = (target.clone(), Arc::clone(&passed));
            tokio::spawn(async move {
                let mut to = TcpStream::connect(target).await?;
                let ((up, back), (down, forth)) = (from.split(), to.split());
                tokio::try_join!(pump(up, forth, &passed), pump(down, back, &passed))
            });
        }
    });
    Ok(url)
}
