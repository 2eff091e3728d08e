//! What was begun is brought to its end, also when whoever asked for it has left.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use warp::Filter;
use web::serve::{Limits, Listener, serve};
use web::stop::pair;
use web::{ApiError, Call, Response, StatusCode, reply, routes};

/// Longer than anything here takes.
const BOUND: Duration = Duration::from_secs(20);

/// How far the change of two steps has come: 1 is the first, 2 the second, 9 lets it go on.
type Steps = watch::Sender<u8>;

async fn change(steps: Steps, _: Call) -> Result<Response, ApiError> {
    let mut told = steps.subscribe();
    steps.send_replace(1);
    told.wait_for(|step| *step == 9).await.map_err(ApiError::internal)?;
    steps.send_replace(2);
    Ok(reply::plain(StatusCode::OK, "done"))
}

#[tokio::test]
async fn a_change_goes_on_without_whoever_asked_for_it() {
    let (steps, mut told) = watch::channel(0);
    let handler = {
        let steps = steps.clone();
        move |call| change(steps.clone(), call)
    };
    let app = routes::app(vec![routes::handle(warp::path!("change").and(warp::post()), handler)]);
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let mut somebody = TcpStream::connect(listener.address()).await.unwrap();
    let (stopper, stop) = pair();
    let limits = Limits { stop_wait: Duration::from_millis(100), ..Limits::default() };
    let served = tokio::spawn(serve(vec![listener], app, limits, stop));
    let ask = b"POST /change HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    somebody.write_all(ask).await.unwrap();
    tokio::time::timeout(BOUND, told.wait_for(|step| *step == 1)).await.unwrap().unwrap();
    drop(somebody);
    // Once the server has ended, the connection certainly has.
    stopper.stop();
    served.await.unwrap();
    steps.send_replace(9);
    let done = tokio::time::timeout(BOUND, told.wait_for(|step| *step == 2)).await;
    assert!(done.is_ok(), "the change stopped half way");
}
