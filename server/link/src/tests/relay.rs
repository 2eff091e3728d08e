//! A line that can be cut, fall silent, come back, or lead into a captive portal.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Open,
    /// Connections are accepted, and nothing goes through.
    Silent,
    /// Connections are cut.
    Closed,
    /// Requests arrive, answers are swallowed and the connection cut.
    AnswersLost,
    /// Every request is answered with a page.
    Portal,
}

pub(super) struct Relay {
    pub(super) address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Relay {
    pub(super) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, state) = watch::channel(Line::Open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, state.clone()));
            }
        });
        Self { address, line }
    }

    pub(super) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn carry(mut client: TcpStream, target: SocketAddr, state: watch::Receiver<Line>) {
    let now = *state.borrow();
    match now {
        Line::Closed => return,
        Line::Portal => {
            let mut request = [0; 65_536];
            let _ = client.read(&mut request).await;
            let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\
                connection: close\r\n\r\n<html></html>";
            let _ = client.write_all(page.as_bytes()).await;
            let _ = client.shutdown().await;
            return;
        }
        Line::Open | Line::Silent | Line::AnswersLost => {}
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pass(from_client, to_server, state.clone(), Line::Open) => {}
        () = pass(from_server, to_client, state, Line::AnswersLost) => {}
    }
}

/// Passes bytes on while the line is open; ends when it is cut.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<Line>,
    swallowed_in: Line,
) {
    let mut bytes = vec![0; 65_536];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read,
            _ = state.wait_for(|line| matches!(line, Line::Closed | Line::Portal)) => return,
        };
        let Ok(count @ 1..) = read else { return };
        let open = state.wait_for(|line| *line != Line::Silent).await.map(|line| *line);
        match open {
            Ok(Line::AnswersLost) if swallowed_in == Line::AnswersLost => return,
            Ok(Line::Open | Line::AnswersLost) => {}
            _ => return,
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
