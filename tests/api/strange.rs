//! Requests that no client of ours would send: never a 5xx, always problem+json.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

use super::stage::Stage;

/// How many requests.
const REQUESTS: usize = 1_000;

/// xorshift: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.next() % list.len() as u64) as usize]
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.next() % most;
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Printable, and now and then not.
    fn text(&mut self, most: u64) -> String {
        let one = |b: u8| if b.is_multiple_of(23) { '\u{e9}' } else { char::from(b' ' + b % 95) };
        self.bytes(most).into_iter().map(one).collect()
    }
}

#[tokio::test]
async fn nothing_that_comes_over_the_wire_is_a_fault_of_ours() {
    let seed = std::env::var("FACTEUR_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed: u64 = seed.unwrap_or_else(now) | 1;
    println!("FACTEUR_SEED={seed}");
    let mut dice = Dice(seed);
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    for n in 0..REQUESTS {
        let request = request(&mut dice, &stage.token, &id);
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        let _ = stream.write_all(&request).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        let shown = || format!("request {n} of seed {seed}: {}", String::from_utf8_lossy(&request));
        assert!(read.is_ok(), "no end; {}", shown());
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or("");
        *statuses.entry(status.to_owned()).or_default() += 1;
        assert!(!status.starts_with('5'), "{answer}\n{}", shown());
        if status.starts_with('4') {
            assert!(answer.contains("application/problem+json"), "{answer}\n{}", shown());
        }
    }
    println!("{statuses:?}");
    // Those that announced more than they sent and were not read from end with the connection.
    assert!(statuses.get("").is_none_or(|none| *none < REQUESTS / 5), "{statuses:?}");
    for common in ["200", "400", "401", "404", "405", "415"] {
        assert!(statuses.contains_key(common), "the requests are all of one kind: {statuses:?}");
    }
    assert_eq!(stage.client.get(stage.url("/readyz")).send().await.unwrap().status(), 200, "as well as before");
}

fn request(dice: &mut Dice, token: &str, id: &str) -> Vec<u8> {
    const METHODS: [&str; 12] =
        ["GET", "GET", "GET", "GET", "POST", "POST", "POST", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
    const PATHS: [&str; 15] = [
        "/v1/invoices",
        "/v1/invoices/{id}",
        "/v1/invoices/{id}/report",
        "/v1/invoices/{id}/document",
        "/v1/invoices/{id}/rendering",
        "/v1/invoices/{id}/park",
        "/v1/invoices/{id}/retry",
        "/v1/validate",
        "/v1/problems",
        "/v1/problems/%ff",
        "/v1/reports/problems",
        "/v1/events",
        "/v1/clients/%00",
        "/openapi.json",
        "/v1/%2e%2e/healthz",
    ];
    const NAMES: [&str; 12] = [
        "Accept",
        "Accept-Language",
        "Content-Type",
        "Idempotency-Key",
        "If-None-Match",
        "x-request-id",
        "Content-Encoding",
        "Authorization",
        "Expect",
        "Origin",
        "Range",
        "Cookie",
    ];
    const VALUES: [&str; 12] = [
        "multipart/form-data; boundary=x",
        "application/json",
        "application/xml",
        "text/csv;q=0, */*;q=0.1",
        "gzip",
        "100-continue",
        "*",
        "fr;q=2, en",
        "\"\"",
        "bytes=0-",
        "Bearer ",
        "multipart/form-data; boundary=\"",
    ];
    let path = dice.of(&PATHS).replace("{id}", id);
    let query: String = dice.text(40).bytes().map(|b| format!("%{b:02x}")).collect();
    let query = dice.of(&["", "?after=", "?limit=", "?lang=", "?by=", "?as_at=", "?", "?&&="]).to_owned() + &query;
    let query = if dice.next().is_multiple_of(2) { String::new() } else { query };
    let mut out = format!("{} {path}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n", dice.of(&METHODS))
        .into_bytes();
    if !dice.next().is_multiple_of(8) {
        out.extend(format!("Authorization: Bearer {token}\r\n").bytes());
    }
    for _ in 0..dice.next() % 4 {
        let value = if dice.next().is_multiple_of(2) { dice.of(&VALUES).to_owned() } else { dice.text(60) };
        out.extend(format!("{}: {value}\r\n", dice.of(&NAMES)).bytes());
    }
    let body = match dice.next() % 4 {
        0 => b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n<a/>\r\n--x--".to_vec(),
        1 => b"{\"reason\":\"x\",\"author\":null}".to_vec(),
        2 => dice.bytes(200),
        _ => Vec::new(),
    };
    let length = if dice.next().is_multiple_of(8) { body.len() as u64 + dice.next() % 5 } else { body.len() as u64 };
    out.extend(format!("Content-Length: {length}\r\n\r\n").bytes());
    out.extend(body);
    out
}
