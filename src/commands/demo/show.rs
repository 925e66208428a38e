//! What the demo prints.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::timeline;
use super::expected::{Document, Expected};
use super::peer::{Peer, text};
use super::play::Played;
use super::stage::Stage;
use crate::problems::{By, Problem, summarise};
use crate::text::{Lang, Text};

/// Kinds of events that are told in the timeline but not while they happen.
const QUIET: [&str; 2] = ["answer", "received"];

pub fn opening(stage: &Stage, expected: &Expected, lang: Lang) -> String {
    let (daemon, sandbox) = (&stage.daemon, &stage.sandbox);
    let count = expected.documents.len();
    let folder = stage.folder.display();
    match lang {
        Lang::Fr => format!(
            "facteur : démonstration dans {folder}\n  service          {} (processus {})\n  plateforme locale {} (processus {})\n  {count} documents fictifs vont être envoyés.\n\n",
            daemon.address,
            daemon.id(),
            sandbox.address,
            sandbox.id()
        ),
        Lang::En => format!(
            "facteur: demonstration in {folder}\n  daemon          {} (process {})\n  local platform  {} (process {})\n  {count} fictitious documents are about to be sent.\n\n",
            daemon.address,
            daemon.id(),
            sandbox.address,
            sandbox.id()
        ),
    }
}

/// An event as it happens; none for what only the timeline shows.
pub fn happening(event: &Value, file: &str) -> Option<Text> {
    let kind = text(event, "/kind");
    let words = (!QUIET.contains(&kind)).then(|| timeline::words(event))?;
    let mark = match kind {
        "refused" | "blocked" | "problem-opened" => "✗",
        "unknown" | "postponed" | "suspended" | "disputed" | "parked" => "?",
        _ => "·",
    };
    Some(Text::new(format!("  {mark} {file:40.40}  {}", words.fr), format!("  {mark} {file:40.40}  {}", words.en)))
}

/// The story of one document.
pub async fn timeline(document: &Document, played: &Played, daemon: &Peer, lang: Lang) -> Result<String, String> {
    let Some(id) = played.ids.get(&document.file) else { return Ok(String::new()) };
    if played.file(id) != Some(document.file.as_str()) {
        return Ok(String::new()); // the same bytes: the same story
    }
    let invoice = daemon.get(&format!("/v1/invoices/{id}")).await?;
    let mut out = format!("\n{}  {}  ({})\n", document.file, text(&invoice, "/state"), text(&invoice, "/number"));
    for event in played.events.get(id).into_iter().flatten() {
        let at = text(event, "/at").get(11..23).unwrap_or_default();
        let _ = writeln!(out, "  {at}  {:12}  {}", text(event, "/actor"), timeline::words(event).get(lang));
    }
    Ok(out)
}

/// The report on billing problems, by cause and by customer, as `facteur report problems` prints it.
pub async fn report(daemon: &Peer, lang: Lang) -> Result<String, String> {
    let problems = problems(daemon).await?;
    Ok(format!("\n{}\n{}", summarise(&problems, By::Cause).text(lang), summarise(&problems, By::Client).text(lang)))
}

/// All problems, as the store keeps them.
pub async fn problems(daemon: &Peer) -> Result<Vec<Problem>, String> {
    super::super::remote::problems(&daemon.get("/v1/problems").await?)
}

pub fn closing(wrong: &[String], stage: &Stage, played: &Played, keep: bool, lang: Lang) -> String {
    let documents = played.ids.len();
    let mut out = String::from("\n");
    if wrong.is_empty() {
        let _ = match lang {
            Lang::Fr => writeln!(out, "{documents} documents envoyés : tout s'est passé comme prévu."),
            Lang::En => writeln!(out, "{documents} documents sent: everything came out as expected."),
        };
    } else {
        let _ = match lang {
            Lang::Fr => writeln!(out, "{} écarts avec la table attendue :", wrong.len()),
            Lang::En => writeln!(out, "{} differences from the expected table:", wrong.len()),
        };
        for line in wrong {
            let _ = writeln!(out, "  ✗ {line}");
        }
    }
    if keep {
        out.push_str(&kept(stage, lang));
    }
    out
}

/// Where everything goes on running, and how to look at it.
pub fn kept(stage: &Stage, lang: Lang) -> String {
    let daemon = &stage.daemon.address;
    let (config, token, inbox) = (stage.folder.join("facteur.toml"), stage.folder.join("token"), stage.inbox());
    let (config, token, inbox) = (config.display(), token.display(), inbox.display());
    let (serve, sandbox) = (stage.daemon.id(), stage.sandbox.id());
    match lang {
        Lang::Fr => format!(
            "Tout tourne encore.\n  la page           {daemon}/  (jeton : dans {token})\n  dossier surveillé {inbox}\n  facteur status --url {daemon} --config {config}\n  facteur problems --url {daemon} --config {config}\n  pour arrêter : kill {serve} {sandbox}\n"
        ),
        Lang::En => format!(
            "Everything goes on running.\n  the page        {daemon}/  (token: in {token})\n  watched folder  {inbox}\n  facteur status --url {daemon} --config {config}\n  facteur problems --url {daemon} --config {config}\n  to stop: kill {serve} {sandbox}\n"
        ),
    }
}
