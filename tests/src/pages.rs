//! A server for a few fixed pages, to try the browser harness itself on.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves one page at every address of a port of its own until the runtime ends.
///
/// # Errors
///
/// When no port is to be had.
pub async fn serve_page(html: &'static str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, html));
        }
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream, html: &str) -> Result<()> {
    let mut request = [0; 4096];
    // The whole request of a browser fits, and is of no interest.
    let _ = stream.read(&mut request).await?;
    let length = html.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(html.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}
