//! Bodies larger than is read of whoever sends them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use journal::NodeKey;
use minicbor::bytes::ByteVec;
use sync::receiver::Trust;
use sync::{RefusalCode, limits};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use warp::http::header::CONTENT_LENGTH;
use web::serve::{Limits, Listener};
use web::testing::{Ask, get, post};

use super::requests::{refused, scene};
use crate::carriage::{BATCHES, ENROL, HELLO, SCANS, VIEW};

const TOO_LARGE: (u16, RefusalCode) = (413, RefusalCode::TooLarge);

fn bytes(count: usize) -> Bytes {
    Bytes::from(vec![0; count])
}

fn announced(ask: Ask, count: usize) -> Ask {
    ask.header(CONTENT_LENGTH, &count.to_string()).body(bytes(count))
}

#[tokio::test]
async fn the_session_is_looked_at_before_the_body_is_taken() {
    let scene = scene();
    let unknown = (401, RefusalCode::SessionUnknown);
    let large = bytes(limits::REQUEST_BYTES + 1);
    for path in [BATCHES, SCANS] {
        let got = post(path).body(large.clone()).send(&scene.app).await;
        assert_eq!(refused(&got), unknown, "{path}");
    }
    let view = get(VIEW).body(bytes(1)).send(&scene.app).await;
    assert_eq!(refused(&view), unknown);
    let session = scene.session().await;
    let sent = session.prove(BATCHES, 1, large);
    assert_eq!(refused(&scene.ask(&session, &sent).await), TOO_LARGE);
    scene.site.nodes.lock().unwrap().insert(scene.kiosk.store.node(), Trust::Revoked);
    let revoked = (403, RefusalCode::RevokedSender);
    assert_eq!(refused(&scene.ask(&session, &sent).await), revoked);
}

#[tokio::test]
async fn whoever_enrols_may_send_little() {
    let scene = scene();
    let most = post(ENROL).body(bytes(16 << 10)).send(&scene.app).await;
    assert_eq!(refused(&most), (422, RefusalCode::Damaged));
    let more = post(ENROL).body(bytes((16 << 10) + 1)).send(&scene.app).await;
    assert_eq!(refused(&more), TOO_LARGE);
}

#[tokio::test]
async fn a_hello_may_be_large_only_where_it_says_so() {
    let scene = scene();
    let count = (64 << 10) + 1;
    let unannounced = post(HELLO).body(bytes(count)).send(&scene.app).await;
    assert_eq!(refused(&unannounced), TOO_LARGE);
    let nonsense = announced(post(HELLO), count).send(&scene.app).await;
    assert_eq!(refused(&nonsense), (422, RefusalCode::Damaged));
    let beyond = announced(post(HELLO), limits::REQUEST_BYTES + 1).send(&scene.app).await;
    assert_eq!(refused(&beyond), TOO_LARGE);
    let origin = ByteVec::from(NodeKey::from_seed([5; 32]).public().to_bytes().to_vec());
    let hello = scene.hello(|hello| hello.origins = vec![origin; limits::HELLO_ORIGINS]);
    assert!(hello.len() > count);
    let got = scene.greet(scene.kiosk.store.key(), hello).await;
    assert_eq!(got.status.as_u16(), 200);
}

#[tokio::test]
async fn few_large_hellos_are_read_at_once() {
    let scene = scene();
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.address();
    let (_stopper, stop) = web::stop::pair();
    let serving = web::serve::serve(vec![listener], scene.app.clone(), Limits::default(), stop);
    tokio::spawn(serving);
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head =
            format!("POST {HELLO} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let until = async |code| {
        while refused(&announced(post(HELLO), 100_000).send(&scene.app).await).1 != code {
            tokio::task::yield_now().await;
        }
    };
    let long = Duration::from_secs(10);
    tokio::time::timeout(long, until(RefusalCode::Busy)).await.unwrap();
    let small = scene.greet(scene.kiosk.store.key(), scene.hello(|_| {})).await;
    assert_eq!(small.status.as_u16(), 200, "a small one needs no turn");
    drop(slow);
    tokio::time::timeout(long, until(RefusalCode::Damaged)).await.unwrap();
}
