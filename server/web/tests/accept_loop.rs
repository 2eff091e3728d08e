//! The accept loop over real sockets: limits, slow clients, TLS, the bounded stop.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that stumbles fails")]

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use warp::Filter;
use web::body::BodyLimit;
use web::live::{Live, LiveEvent};
use web::serve::{Limits, Listener, TlsFiles, serve};
use web::stop::{Stopper, pair};
use web::{ApiError, App, Call, Response, StatusCode, Stop, reply, routes};

const SLOW: Duration = Duration::from_millis(300);

fn limits() -> Limits {
    Limits { header_wait: SLOW, stop_wait: Duration::from_millis(500), ..Limits::default() }
}

async fn door(call: Call) -> Result<Response, ApiError> {
    Ok(reply::plain(StatusCode::OK, format!("{:?} {}", call.door(), call.arrival.peer.ip())))
}

async fn body(mut call: Call) -> Result<Response, ApiError> {
    let limit = BodyLimit { size_bytes: 1_000, wait: SLOW };
    let body = call.bytes(limit).await?;
    Ok(reply::plain(StatusCode::OK, body.len().to_string()))
}

async fn broken(_: Call) -> Result<Response, ApiError> {
    panic!("on purpose");
}

async fn never(_: Call) -> Result<Response, ApiError> {
    std::future::pending().await
}

fn app(stop: Stop, events: &watch::Sender<LiveEvent>) -> App {
    let (live, events) = (Live::new(1, stop), events.subscribe());
    routes::app(vec![
        routes::handle(warp::path!("door").and(warp::get()), door),
        routes::handle(warp::path!("api" / "body").and(warp::post()), body),
        routes::handle(warp::path!("api" / "broken").and(warp::get()), broken),
        routes::handle(warp::path!("api" / "never").and(warp::get()), never),
        routes::handle(warp::path!("api" / "live").and(warp::get()), move |_| {
            let reply = live.watch(events.clone());
            async move { reply }
        }),
    ])
}

struct Running {
    address: SocketAddr,
    stopper: Stopper,
    served: JoinHandle<()>,
    events: watch::Sender<LiveEvent>,
}

fn start(listener: Listener, limits: Limits) -> Running {
    let (stopper, stop) = pair();
    let address = listener.address();
    let (events, _) = watch::channel(LiveEvent::json("numbers", &1).unwrap());
    let app = app(stop.clone(), &events);
    let served = tokio::spawn(serve(vec![listener], app, limits, stop));
    Running { address, stopper, served, events }
}

fn local() -> Running {
    start(Listener::bind(([127, 0, 0, 1], 0).into()).unwrap(), limits())
}

async fn ask(running: &Running, request: &str) -> String {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    talk(&mut stream, request).await.unwrap()
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(s: &mut S, request: &str) -> io::Result<String> {
    s.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    s.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_request_knows_its_door_and_an_answer_its_number() {
    let running = local();
    let answer = ask(&running, &get("/door")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("Loopback 127.0.0.1"), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    let plain = start(Listener::bind_plain(([127, 0, 0, 1], 0).into()).unwrap(), limits());
    assert!(ask(&plain, &get("/door")).await.ends_with("Plain 127.0.0.1"));
}

#[tokio::test]
async fn odd_targets_are_refused_and_the_server_lives_on() {
    let running = local();
    for line in ["CONNECT a.test:80", "GET http://localhost/door", "OPTIONS *"] {
        let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = ask(&running, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
    }
    let rubbish = ask(&running, "\u{1}\u{2}\r\n\r\n").await;
    assert!(rubbish.is_empty() || rubbish.starts_with("HTTP/1.1 400"), "{rubbish}");
    let answer = ask(&running, &get("/api/broken")).await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(ask(&running, &get("/door")).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn slow_headers_and_silence_are_closed() {
    let running = local();
    for start in ["", "GET /door HTTP/1.1\r\nhost: loc", "PRI * HTTP/2"] {
        let begun = Instant::now();
        let answer = ask(&running, start).await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(begun.elapsed() >= SLOW, "{start}: too soon");
        assert!(begun.elapsed() < 20 * SLOW, "{start}: too late");
    }
}

#[tokio::test]
async fn bodies_too_large_or_too_slow_are_refused() {
    let running = local();
    let post = |length: &str, body: &str| {
        format!(
            "POST /api/body HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{length}\r\n\r\n\
             {body}"
        )
    };
    let answer = ask(&running, &post("content-length: 5", "12345")).await;
    assert!(answer.ends_with("\r\n\r\n5"), "{answer}");
    let announced = ask(&running, &post("content-length: 1001", "1")).await;
    assert!(announced.starts_with("HTTP/1.1 413 "), "{announced}");
    let chunk = format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1_001));
    let counted = ask(&running, &post("transfer-encoding: chunked", &chunk)).await;
    assert!(counted.starts_with("HTTP/1.1 413 "), "{counted}");
    let slow = ask(&running, &post("content-length: 5", "12")).await;
    assert!(slow.starts_with("HTTP/1.1 408 "), "{slow}");
    assert!(slow.contains("body_too_slow"), "{slow}");
}

#[tokio::test]
async fn a_full_house_lets_the_next_one_wait() {
    let limits = Limits { connections: 1, header_wait: Duration::from_secs(60), ..limits() };
    let running = start(Listener::bind(([127, 0, 0, 1], 0).into()).unwrap(), limits);
    let first = TcpStream::connect(running.address).await.unwrap();
    let mut second = TcpStream::connect(running.address).await.unwrap();
    let request = get("/door");
    let waiting = talk(&mut second, &request);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(SLOW, waiting.as_mut()).await.is_err());
    drop(first);
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn one_address_gets_its_share_of_a_plain_door_and_gets_it_back() {
    let limits = Limits { per_peer: 2, header_wait: Duration::from_secs(60), ..limits() };
    let listener = Listener::bind_plain(([127, 0, 0, 1], 0).into()).unwrap();
    let running = start(listener, limits);
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(b"GET /door HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        read_until(&mut stream, &mut String::new(), "127.0.0.1").await;
        held.push(stream);
    }
    let mut third = TcpStream::connect(running.address).await.unwrap();
    let third = talk(&mut third, &get("/door")).await.unwrap_or_default();
    assert_eq!(third, "", "a third connection was served");
    drop(held);
    // The server hears of the closed ones a moment later.
    let again = async {
        loop {
            let mut stream = TcpStream::connect(running.address).await.unwrap();
            if talk(&mut stream, &get("/door")).await.is_ok_and(|told| told.contains(" 200 ")) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.unwrap();
}

/// What a server's first HTTP/2 frame says about requests at once.
async fn streams_at_once(running: &Running) -> Option<u32> {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&settings).await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "no settings first");
    let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
    stream.read_exact(&mut payload).await.unwrap();
    let entry = payload.chunks_exact(6).find(|entry| entry[..2] == [0, 3])?;
    Some(u32::from_be_bytes(entry[2..].try_into().unwrap()))
}

#[tokio::test]
async fn a_plain_door_takes_fewer_requests_at_once_on_one_connection() {
    assert_eq!(streams_at_once(&local()).await, Some(64));
    let plain = start(Listener::bind_plain(([127, 0, 0, 1], 0).into()).unwrap(), limits());
    assert_eq!(streams_at_once(&plain).await, Some(16));
}

async fn read_until(stream: &mut TcpStream, found: &mut String, wanted: &str) {
    let mut part = [0; 1_024];
    while !found.contains(wanted) {
        let read = stream.read(&mut part).await.unwrap();
        assert!(read > 0, "ended before {wanted}: {found}");
        found.push_str(&String::from_utf8_lossy(&part[..read]));
    }
}

#[tokio::test]
async fn live_events_flow_are_bounded_and_end_at_the_stop() {
    let running = local();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(get("/api/live").as_bytes()).await.unwrap();
    let mut found = String::new();
    read_until(&mut stream, &mut found, "event:numbers\ndata:1\n\n").await;
    running.events.send_replace(LiveEvent::json("numbers", &2).unwrap());
    read_until(&mut stream, &mut found, "event:numbers\ndata:2\n\n").await;
    assert!(ask(&running, &get("/api/live")).await.contains("too_many_streams"));

    let begun = Instant::now();
    running.stopper.stop();
    running.served.await.unwrap();
    assert!(begun.elapsed() < limits().stop_wait, "waited for the stream");
    stream.read_to_string(&mut found).await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn the_stop_is_bounded_even_when_an_answer_never_comes() {
    let running = local();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(get("/api/never").as_bytes()).await.unwrap();
    assert!(ask(&running, &get("/door")).await.starts_with("HTTP/1.1 200 "));
    let begun = Instant::now();
    running.stopper.stop();
    running.served.await.unwrap();
    let took = begun.elapsed();
    assert!(took >= limits().stop_wait && took < limits().stop_wait * 10, "{took:?}");
}

#[tokio::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    let first = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let told = Listener::bind(first.address()).unwrap_err().to_string();
    let port = first.address().port();
    assert_eq!(
        told,
        format!(
            "port {port} on 127.0.0.1 is in use by another program: stop that program, or choose \
             another port"
        )
    );
    let nowhere = Listener::bind(([203, 0, 113, 9], 0).into()).unwrap_err().to_string();
    assert!(nowhere.starts_with("this machine has no address 203.0.113.9: choose"), "{nowhere}");
}

fn write_pair(folder: &Path, name: &str) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

fn connector(files: &TlsFiles, protocol: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn tls_is_spoken_and_a_silent_handshake_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_pair(folder.path(), "a");
    let listener = Listener::bind_tls(([127, 0, 0, 1], 0).into(), &files).unwrap();
    let running = start(listener, Limits { handshake_wait: SLOW, ..limits() });
    let stream = TcpStream::connect(running.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector(&files, b"http/1.1").connect(name, stream).await.unwrap();
    let answer = talk(&mut stream, &get("/door")).await.unwrap();
    assert!(answer.ends_with("Tls 127.0.0.1"), "{answer}");
    let begun = Instant::now();
    ask(&running, "").await;
    assert!(begun.elapsed() >= SLOW && begun.elapsed() < 20 * SLOW);
}

#[tokio::test]
async fn http_2_is_spoken_as_browsers_speak_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_pair(folder.path(), "a");
    let listener = Listener::bind_tls(([127, 0, 0, 1], 0).into(), &files).unwrap();
    let running = start(listener, limits());
    let stream = TcpStream::connect(running.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector(&files, b"h2").connect(name, stream).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let spoken = tokio::spawn(connection);
    for (path, status) in [("/door", 200), ("/api/broken", 500), ("/nothing", 404)] {
        let target = format!("https://localhost{path}");
        let request = Request::get(target).body(Empty::<Bytes>::new()).unwrap();
        let answer = client.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    running.stopper.stop();
    running.served.await.unwrap();
    spoken.await.unwrap().unwrap();
}

#[tokio::test]
async fn wrong_tls_files_are_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (write_pair(folder.path(), "a"), write_pair(folder.path(), "b"));
    let mixed = TlsFiles { certificate: a.certificate.clone(), key: b.key.clone() };
    let swapped = TlsFiles { certificate: a.key.clone(), key: a.certificate.clone() };
    let missing = TlsFiles { certificate: folder.path().join("none"), key: a.key };
    for (files, wanted) in [
        (mixed, "belongs to another certificate"),
        (swapped, "PEM certificate"),
        (missing, "none can't be used"),
    ] {
        let told = Listener::bind_tls(([127, 0, 0, 1], 0).into(), &files).unwrap_err();
        assert!(told.to_string().contains(wanted), "{told}");
    }
}
