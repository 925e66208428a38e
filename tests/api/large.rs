//! Large answers: what they hold while nobody reads them, and whom they keep waiting.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::stage::Stage;

/// The bar of `serve`, in MiB.
const BAR: usize = 190;
/// More than the rows of the longest page.
const INVOICES: usize = 520;

/// A daemon with enough invoices, each of which has a problem.
async fn stocked() -> Stage {
    let stage = Stage::new("");
    let client = Client::builder().no_proxy().build().unwrap();
    let (url, token) = (stage.url("/v1/invoices"), stage.token());
    let mut posts = JoinSet::new();
    for lane in 0..8 {
        let (client, url, token) = (client.clone(), url.clone(), token.clone());
        posts.spawn(async move {
            for n in (lane..INVOICES).step_by(8) {
                let body = format!("<no-invoice>{n}</no-invoice>");
                let post = client.post(&url).bearer_auth(&token).header("content-type", "text/xml").body(body);
                assert_eq!(post.send().await.unwrap().status(), 202);
            }
        });
    }
    posts.join_all().await;
    let began = Instant::now();
    while stage.get("/v1/invoices?state=received&limit=1").await["invoices"][0].is_object() {
        assert!(began.elapsed() < Duration::from_secs(120), "never judged");
        sleep(Duration::from_millis(200)).await;
    }
    stage
}

fn held(stage: &Stage, what: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.daemon.as_ref().unwrap().id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() / 1024
}

fn address(stage: &Stage) -> String {
    stage.daemon.as_ref().unwrap().url.trim_start_matches("http://").to_owned()
}

/// A request on a connection with hardly any room for its answer.
async fn asks(stage: &Stage, path: &str, headers: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address(stage).parse().unwrap()).await.unwrap();
    let token = stage.token();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// How long `/healthz` took on a new connection.
async fn healthy(stage: &Stage) -> Duration {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address(stage)).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(60), stream.read_to_string(&mut answer)).await.expect("it is served").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_stay_under_the_bar_and_give_their_room_to_those_who_do() {
    let stage = stocked().await;
    let mut deaf = Vec::new();
    for _ in 0..450 {
        deaf.push(asks(&stage, "/v1/invoices?limit=500", "").await);
    }
    let text = format!("<no-invoice>{}</no-invoice>", "a document ".repeat(60_000));
    let (_, kept) = stage.post("/v1/invoices", text.into_bytes(), &[("content-type", "text/xml")]).await.unwrap();
    // All that will be made is made, and refused or cut off.
    let began = Instant::now();
    let mut worst = Duration::ZERO;
    while began.elapsed() < Duration::from_secs(9) {
        worst = worst.max(healthy(&stage).await);
        sleep(Duration::from_millis(100)).await;
    }
    let peak = held(&stage, "VmHWM");
    println!("450 clients that do not read: peak {peak} MiB, now {} MiB, healthz {worst:?}", held(&stage, "VmRSS"));
    assert!(peak < BAR, "peak {peak} MiB, the bar is {BAR}");
    assert!(worst < Duration::from_secs(1), "{worst:?}");
    let document = format!("/v1/invoices/{}/document", kept["id"].as_str().unwrap());
    let mut more = Vec::new();
    for _ in 0..450 {
        more.push(asks(&stage, &document, "").await);
    }
    sleep(Duration::from_secs(4)).await;
    let peak = held(&stage, "VmHWM");
    println!("450 more that take a document of 660 KB: peak {peak} MiB, now {} MiB", held(&stage, "VmRSS"));
    assert!(peak < BAR, "peak {peak} MiB, the bar is {BAR}");
    drop(more);
    let list = stage.raw("/v1/invoices?limit=500").await;
    assert_eq!(list.status(), 200, "whoever reads is served");
    assert!(list.bytes().await.unwrap().len() > 300_000);
    // Who found no room was told when to come back.
    let mut told = 0;
    for mut stream in deaf {
        let mut head = [0; 1024];
        let length = timeout(Duration::from_secs(5), stream.read(&mut head)).await.unwrap().unwrap_or(0);
        let head = String::from_utf8_lossy(&head[..length]);
        if head.starts_with("HTTP/1.1 503") {
            assert!(head.contains("retry-after: ") && head.contains("application/problem+json"), "{head}");
            told += 1;
        }
    }
    assert!(told > 0, "450 answers of this size have no room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_answers_keep_no_small_one_waiting() {
    let stage = stocked().await;
    let mut readers = JoinSet::new();
    for n in 0..80 {
        let (path, headers) = match n % 2 {
            0 => ("/v1/problems", "Accept: text/csv\r\nConnection: close\r\n"),
            _ => ("/v1/invoices?limit=500", "Connection: close\r\n"),
        };
        let mut stream = asks(&stage, path, headers).await;
        readers.spawn(async move {
            let mut answer = Vec::new();
            timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("it ends").unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.1 503"));
            answer.starts_with(b"HTTP/1.1 200")
        });
    }
    let mut worst = (Duration::ZERO, Duration::ZERO);
    let mut served = 0;
    while !readers.is_empty() {
        worst.0 = worst.0.max(healthy(&stage).await);
        let began = Instant::now();
        stage.get("/v1/invoices?limit=1").await;
        worst.1 = worst.1.max(began.elapsed());
        while let Some(done) = readers.try_join_next() {
            served += usize::from(done.unwrap());
        }
    }
    println!("80 readers of large answers, {served} served at once: healthz {:?}, a short list {:?}", worst.0, worst.1);
    assert!(served > 10, "{served}");
    let most = Duration::from_millis(700);
    assert!(worst.0 < most && worst.1 < most, "{worst:?}");
}

/// The whole list is read in pages, and is as long as all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn csv_without_a_limit_is_the_whole_list() {
    let stage = stocked().await;
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = client.get(stage.url("/v1/problems")).bearer_auth(stage.token()).header("accept", "text/csv");
    let csv = ask.send().await.unwrap().text().await.unwrap();
    let mut ids: Vec<String> = Vec::new();
    let mut path = "/v1/problems?limit=500".to_owned();
    loop {
        let page = stage.get(&path).await;
        ids.extend(page["problems"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/problems?limit=500&after={next}");
    }
    assert!(ids.len() >= INVOICES, "{}", ids.len());
    // Some cells have several lines: a row begins with an id of the list.
    let rows: Vec<&str> = csv.lines().filter_map(|line| line.split(',').next()).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|first| ids.iter().any(|id| id == first)).collect();
    assert_eq!(rows, ids);
}
