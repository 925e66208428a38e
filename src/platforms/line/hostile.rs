//! A server that no platform should be: raw sockets on this machine, for the tests of clients.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(in crate::platforms) const TOKEN: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 48\r\n\r\n{\"access_token\":\"t0ken-of-gold\",\"expires_in\":60}";

type Answer = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// Answers each request with whatever bytes it is told to, then closes. The first lines of all requests are kept, and the requests.
pub(in crate::platforms) struct Hostile {
    pub address: SocketAddr,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = ((asked.clone(), heard.clone()), Arc::new(answer) as Arc<Answer>);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, kept.clone(), answer.clone()));
            }
        });
        Self { address, asked, heard }
    }

    /// How often a path was asked for.
    pub fn times(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|p| p.contains(path)).count()
    }
}

type Kept = (Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<String>>>);

async fn converse(mut stream: TcpStream, (asked, heard): Kept, answer: Arc<Answer>) {
    let mut request = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length =
                text.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if request.len() >= end + 4 + length.unwrap_or(0) {
                asked.lock().unwrap().push(text.lines().next().unwrap_or("").to_owned());
                heard.lock().unwrap().push(text.clone());
                let _ = stream.write_all(&answer(&text)).await;
                let _ = stream.shutdown().await;
                return;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => request.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
}

/// HTTP 200 with this JSON.
pub(in crate::platforms) fn fine(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// This status with this body.
pub(in crate::platforms) fn answer(http: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {http} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
