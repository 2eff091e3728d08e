//! One connection: handshake, then requests one after another or side by side.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::listen::Listener;
use super::{Limits, Shared};
use crate::arrival::{Arrival, Door, RequestId};
use crate::edge;

/// Headers of one request at most.
const HEADER_BUFFER_BYTES: usize = 32 << 10;

/// How often an HTTP/2 client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);

pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    listener: &Listener,
    shared: &Arc<Shared>,
) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let Some(tls) = listener.tls() else {
        return speak(stream, peer, listener.door(), shared).await;
    };
    match tokio::time::timeout(shared.limits.handshake_wait, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer, listener.door(), shared).await,
        Ok(Err(error)) => tracing::debug!(%error, "handshake failed"),
        Err(_) => tracing::debug!("handshake too slow"),
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, door: Door, shared: &Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let spoken = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let (shared, spoken) = (Arc::clone(shared), Arc::clone(&spoken));
        move |request: Request<Incoming>| {
            spoken.store(true, Ordering::Relaxed);
            let shared = Arc::clone(&shared);
            let arrival = Arrival { peer, door, request_id: RequestId::next() };
            async move { Ok::<_, Infallible>(edge::answer(&shared.app, request, arrival).await) }
        }
    });
    let builder = builder(shared.limits, door);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // The protocol is found out from the first bytes, before any of hyper's own timers runs.
    let mut silence = std::pin::pin!(tokio::time::sleep(shared.limits.header_wait));
    let mut stopping = std::pin::pin!(shared.stop.stopped());
    let (mut asked_to_stop, mut watched) = (false, true);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "connection ended early");
                }
                return;
            }
            () = stopping.as_mut(), if !asked_to_stop => {
                asked_to_stop = true;
                connection.as_mut().graceful_shutdown();
            }
            () = silence.as_mut(), if watched => {
                watched = false;
                if !spoken.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    }
}

fn builder(limits: Limits, door: Door) -> Builder<TokioExecutor> {
    let streams = match door {
        Door::Plain => limits.http2_streams_plain,
        Door::Loopback | Door::Tls => limits.http2_streams,
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_wait)
        .max_buf_size(HEADER_BUFFER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(streams)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    builder
}
