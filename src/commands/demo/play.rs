//! The play: documents sent in the order of their names, events told as they come, until every invoice stands where it should.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::expected::{Document, Door, Expected};
use super::peer::{Peer, text};
use super::stage;
use crate::crypto::sha256;
use crate::text::Text;
use crate::validate::hex;

/// Longest wait for one condition, and for the end. Generous: a slow machine is no fault of the invoices.
const PATIENCE: Duration = Duration::from_secs(120);
/// Quiet after the last event before the end is believed.
const SETTLED: Duration = Duration::from_millis(1_500);
const PAUSE: Duration = Duration::from_millis(50);

/// What happened.
#[derive(Default)]
pub struct Played {
    /// Invoice id of each file.
    pub ids: BTreeMap<String, String>,
    /// Events of each invoice, in order.
    pub events: BTreeMap<String, Vec<Value>>,
    cursor: u64,
}

impl Played {
    /// The file whose document has this id; where two have, the one sent first.
    pub fn file(&self, id: &str) -> Option<&str> {
        self.ids.iter().find(|(_, known)| known.as_str() == id).map(|(file, _)| file.as_str())
    }
}

/// Plays everything; `tell` gets each line as it happens, `between` comes after the n-th document was sent.
pub async fn play(
    expected: &Expected,
    inbox: &Path,
    daemon: &Peer,
    tell: &mut dyn FnMut(Text),
    between: &mut dyn FnMut(usize) -> Result<bool, String>,
) -> Result<Played, String> {
    let mut played = Played::default();
    for (n, document) in expected.documents.iter().enumerate() {
        if let Some(after) = &document.after {
            let id = played.ids.get(&after.file).cloned().unwrap_or_default();
            let started = Instant::now();
            while state(daemon, &id).await? != after.state {
                if started.elapsed() > PATIENCE {
                    return Err(format!("{}: {} never became {}", document.file, after.file, after.state));
                }
                listen(&mut played, daemon, tell).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        match document.by {
            Door::Http => post(document, &mut played, daemon, tell).await?,
            Door::Folder => drop_in(document, inbox, &mut played, daemon, tell).await?,
        }
        if between(n + 1)? {
            tell(Text::new(
                "  ⚡ kill -9 du service, puis redémarrage sur le même magasin",
                "  ⚡ kill -9 of the daemon, then a new one on the same store",
            ));
        }
        listen(&mut played, daemon, tell).await?;
    }
    wait(expected, &mut played, daemon, tell).await?;
    Ok(played)
}

async fn post(
    document: &Document,
    played: &mut Played,
    daemon: &Peer,
    tell: &mut dyn FnMut(Text),
) -> Result<(), String> {
    let file = &document.file;
    let bytes = stage::fixture(&format!("invoices/{file}")).ok_or_else(|| format!("{file} is missing"))?;
    let (status, answer) = daemon.post("/v1/invoices", bytes).await?;
    let id = text(&answer, "/id").to_owned();
    if status.as_u16() != 202 || id.is_empty() {
        return Err(format!("{file}: {status} {answer}"));
    }
    let known = played.file(&id).map(str::to_owned);
    tell(match known {
        Some(first) => Text::new(
            format!(
                "→ {file}  {status}  {id}  mêmes octets que {first} : même identifiant, rien ne se passe deux fois"
            ),
            format!("→ {file}  {status}  {id}  the same bytes as {first}: the same id, nothing happens twice"),
        ),
        None => Text::new(format!("→ {file}  {status}  {id}"), format!("→ {file}  {status}  {id}")),
    });
    played.ids.insert(file.clone(), id);
    Ok(())
}

/// Puts a document into the watched folder as a program should, under another name first, and waits until it was taken up.
async fn drop_in(
    document: &Document,
    inbox: &Path,
    played: &mut Played,
    daemon: &Peer,
    tell: &mut dyn FnMut(Text),
) -> Result<(), String> {
    let file = &document.file;
    let bytes = stage::fixture(&format!("invoices/{file}")).ok_or_else(|| format!("{file} is missing"))?;
    let (half, whole) = (inbox.join(format!("{file}.part")), inbox.join(file));
    fs::write(&half, bytes).and_then(|()| fs::rename(&half, &whole)).map_err(|e| format!("{file}: {e}"))?;
    // The id is the document's own: known before anybody tells it.
    let id: String = hex(&sha256(bytes)).chars().take(32).collect();
    tell(Text::new(
        format!("→ {file}  déposé dans le dossier surveillé  {id}"),
        format!("→ {file}  dropped into the watched folder  {id}"),
    ));
    played.ids.insert(file.clone(), id.clone());
    let started = Instant::now();
    while !daemon.has(&format!("/v1/invoices/{id}")).await? {
        if started.elapsed() > PATIENCE {
            return Err(format!("{file}: nobody took it out of the folder"));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Takes in the events since the last time.
pub async fn listen(played: &mut Played, daemon: &Peer, tell: &mut dyn FnMut(Text)) -> Result<bool, String> {
    let mut heard = false;
    loop {
        let page = daemon.get(&format!("/v1/events?after={}", played.cursor)).await?;
        for event in page.pointer("/events").and_then(Value::as_array).into_iter().flatten() {
            let id = text(event, "/invoice_id").to_owned();
            if let Some(line) = super::show::happening(event, played.file(&id).unwrap_or(&id)) {
                tell(line);
            }
            played.events.entry(id).or_default().push(event.clone());
            heard = true;
        }
        played.cursor = page.pointer("/next").and_then(Value::as_u64).unwrap_or(played.cursor);
        if page.pointer("/more").and_then(Value::as_bool) != Some(true) {
            return Ok(heard);
        }
    }
}

/// Until every invoice stands where the table says and nothing more happens; a table that is not met ends by patience, and the
/// check then says what is wrong.
async fn wait(
    expected: &Expected,
    played: &mut Played,
    daemon: &Peer,
    tell: &mut dyn FnMut(Text),
) -> Result<(), String> {
    let started = Instant::now();
    let mut quiet_since = Instant::now();
    while started.elapsed() < PATIENCE {
        if listen(played, daemon, tell).await? {
            quiet_since = Instant::now();
        }
        let mut waiting = 0;
        for document in &expected.documents {
            let (Some(wanted), Some(id)) = (&document.state, played.ids.get(&document.file)) else { continue };
            let told = played
                .events
                .get(id)
                .map_or(0, |events| events.iter().filter(|e| text(e, "/kind") == "status").count());
            waiting += usize::from(state(daemon, id).await? != *wanted || told < document.statuses.len());
        }
        if waiting == 0 && quiet_since.elapsed() > SETTLED {
            return Ok(());
        }
        tokio::time::sleep(PAUSE * 2).await;
    }
    Ok(())
}

async fn state(daemon: &Peer, id: &str) -> Result<String, String> {
    let invoice = daemon.get(&format!("/v1/invoices/{id}")).await?;
    Ok(text(&invoice, "/state").to_owned())
}
