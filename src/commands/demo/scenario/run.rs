//! The scenario played: everything is sent, the daemon is killed, what buyers ask for is answered, until every promise holds or patience ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::super::peer::{Peer, text};
use super::super::play::{Played, listen};
use super::super::stage::Stage;
use super::count::{self, All, Line, Ours};
use super::plan::Plan;
use crate::text::Text;

/// Longest wait after the last invoice was sent; a slow machine is no fault of theirs.
const PATIENCE: Duration = Duration::from_secs(180);
/// Quiet after the last event before the end is looked at.
const SETTLED: Duration = Duration::from_millis(1_000);
const PAUSE: Duration = Duration::from_millis(100);
/// Between two kills once everything was sent.
const APART: Duration = Duration::from_millis(1_200);
/// Invoices between two lines of progress.
const PROGRESS: usize = 50;

/// How it ended.
pub struct End {
    /// The ledger as the sandbox gave it, and read.
    pub text: String,
    pub ledger: Vec<Line>,
    pub ours: All,
    /// Promises broken.
    pub wrong: Vec<String>,
}

/// Plays it. Of the kills, half fall while invoices are sent, the others while they are followed.
pub async fn play(
    plan: &Plan,
    stage: &mut Stage,
    daemon: &Peer,
    sandbox: &Peer,
    kills: usize,
    tell: &mut dyn FnMut(Text),
) -> Result<End, String> {
    let mut played = Played::default();
    let (count, early) = (plan.invoices.len(), kills.div_ceil(2));
    for (nth, one) in plan.invoices.iter().enumerate() {
        let (status, answer) = daemon.post("/v1/invoices", one.text.as_bytes()).await?;
        let id = text(&answer, "/id").to_owned();
        if status != StatusCode::ACCEPTED || id.is_empty() {
            return Err(format!("{}: {status} {answer}", one.number));
        }
        played.ids.insert(one.number.clone(), id);
        if (nth + 1) * early / count > nth * early / count {
            kill(stage, tell)?;
        }
        if (nth + 1) % PROGRESS == 0 || nth + 1 == count {
            let sent = nth + 1;
            tell(Text::new(format!("→ {sent} envoyées"), format!("→ {sent} sent")));
        }
    }
    let (mut left, mut last) = (kills - early, Instant::now());
    let (started, mut quiet_since) = (Instant::now(), Instant::now());
    let mut said = BTreeSet::new();
    loop {
        if listen(&mut played, daemon, &mut |_| ()).await? {
            quiet_since = Instant::now();
            answer(plan, &played, daemon, &mut said).await?;
        }
        if left > 0 && last.elapsed() > APART {
            kill(stage, tell)?;
            (left, last) = (left - 1, Instant::now());
        }
        let late = started.elapsed() > PATIENCE;
        if late || left == 0 && quiet_since.elapsed() > SETTLED {
            let end = look(plan, &played, daemon, sandbox).await?;
            if late || end.wrong.is_empty() {
                return Ok(end);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn kill(stage: &mut Stage, tell: &mut dyn FnMut(Text)) -> Result<(), String> {
    stage.kill_and_restart()?;
    tell(Text::new(
        "  ⚡ kill -9 du service, puis redémarrage sur le même magasin",
        "  ⚡ kill -9 of the daemon, then a new one on the same store",
    ));
    Ok(())
}

/// Says what is to be said of invoices that stand where the plan waits for them, each once.
async fn answer(plan: &Plan, played: &Played, daemon: &Peer, said: &mut BTreeSet<String>) -> Result<(), String> {
    let waiting: Vec<_> =
        plan.invoices.iter().filter(|one| one.says.is_some() && !said.contains(&one.number)).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let states = states(daemon).await?;
    for one in waiting {
        let (Some((code, when)), Some(id)) = (&one.says, played.ids.get(&one.number)) else { continue };
        if states.get(id) != Some(when) {
            continue;
        }
        let what = match code {
            209 => json!({ "status": 209, "comment": "le bon de livraison",
                "files": [{ "name": "bon.pdf", "type": "application/pdf", "content": "JVBERi0xLjQK" }] }),
            code => json!({ "status": code, "whole": true }),
        };
        let (status, answer) =
            daemon.say(&format!("/v1/invoices/{id}/statements"), &what, &format!("{}-{code}", one.number)).await?;
        match status {
            StatusCode::ACCEPTED => {
                said.insert(one.number.clone());
            }
            // Somebody works on it at this moment.
            StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE => {}
            _ => return Err(format!("{}: {code}: {status} {answer}", one.number)),
        }
    }
    Ok(())
}

/// Where everything stands, at the platforms and with us.
async fn look(plan: &Plan, played: &Played, daemon: &Peer, sandbox: &Peer) -> Result<End, String> {
    let text = String::from_utf8(sandbox.bytes("/sandbox/ledger").await?).map_err(|e| e.to_string())?;
    let ledger = count::read(&text)?;
    let states = states(daemon).await?;
    let of_one = |(number, id): (&String, &String)| {
        let events = played.events.get(id).map(Vec::as_slice).unwrap_or_default();
        let told = events.iter().filter(|event| self::text(event, "/kind") == "status").map(status).collect();
        (number.clone(), Ours { state: states.get(id).cloned().unwrap_or_default(), told })
    };
    let ours: All = played.ids.iter().map(of_one).collect();
    let mut wrong = count::broken(plan, &ledger, &ours);
    wrong.extend(count::idle(&sandbox.get("/sandbox/behaviour").await?));
    Ok(End { text, ledger, ours, wrong })
}

fn status(event: &Value) -> [String; 4] {
    ["/data/code", "/data/reason", "/data/voice", "/data/at"].map(|pointer| text(event, pointer).to_owned())
}

/// The state of every invoice, by id.
async fn states(daemon: &Peer) -> Result<BTreeMap<String, String>, String> {
    let mut states = BTreeMap::new();
    let mut path = "/v1/invoices?limit=500".to_owned();
    loop {
        let page = daemon.get(&path).await?;
        for invoice in page.pointer("/invoices").and_then(Value::as_array).into_iter().flatten() {
            states.insert(text(invoice, "/id").to_owned(), text(invoice, "/state").to_owned());
        }
        match text(&page, "/next") {
            "" => return Ok(states),
            next => path = format!("/v1/invoices?limit=500&after={next}"),
        }
    }
}
