//! The page of a guest network that wants to be signed in to.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PAGE: &str = "<!doctype html><title>Free Wi-Fi</title><p>Accept the terms to go on";

/// Answers whatever is asked as such networks do: with a page, and as if all were well.
pub(super) async fn answer(mut client: TcpStream) {
    let mut asked = [0; 4096];
    while let Ok(1..) = client.read(&mut asked).await {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{PAGE}",
            PAGE.len()
        );
        if client.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        // An error means that the client has gone.
        let _ = client.shutdown().await;
    }
}
