//! `facteur send`: documents into the daemon's hands, and, if asked, what became of each.

use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::files::{self, Source};
use super::remote::{self, Asked, Invoice, Remote, RemoteArgs, Taken, Trouble};
use super::settled::{Standing, note, standing};
use super::{out, show, words};
use crate::clock;
use crate::config::parse_duration;
use crate::lifecycle::State;
use crate::report::{self, Report};
use crate::text::Lang;
use crate::validate;

/// Documents on their way at once: enough for the daemon to put several into one commit.
const UNDER_WAY: usize = 4;
/// Fewer documents than that need no progress bar.
const WORTH_A_BAR: usize = 20;
/// Times that a document is offered where the answer was lost or the daemon is busy.
const OFFERS: u32 = 4;
/// Pauses between two looks at an invoice that is waited for: doubling, up to the second.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all taken; 1 with --wait, one is blocked, refused, parked or not settled in time; 2 one was not sent.\n\n\
                  Settled: the platform passed it on to the buyer, refused it, or the buyer has spoken; or it needs a person here. That the \
                  platform took the deposit settles nothing: it may refuse the invoice a moment later. The platform is asked as often as \
                  `poll` of the configuration says: wait for longer than that. After that the buyer may still refuse: `facteur status ID`."
)]
pub struct SendArgs {
    /// `text` gives id, state and file; `json` one object a line (`facteur-sent/1`)
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The caller's own key of the one document: used again with other bytes, nothing is taken
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Follow each until it is settled, at most so long (60s unless said; `90`, `5m`)
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = seconds)]
    wait: Option<Duration>,
    #[command(flatten)]
    remote: RemoteArgs,
    /// Files, folders (recursive), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// One document and what came of it.
#[derive(Debug, Serialize)]
struct Sent<'s> {
    schema: &'static str,
    file: &'s str,
    id: &'s str,
    sha256: &'s str,
    state: &'s str,
    /// The daemon had the very same bytes before.
    known: bool,
    /// With `--wait`: the platform has said what became of it, or nothing more comes of it without a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'s Value>,
}

pub fn run(args: &SendArgs, lang: Lang) -> ExitCode {
    let sources = files::all(&args.paths).sources;
    if sources.is_empty() {
        return show::fail(words::pick(
            lang,
            "aucun fichier : les dossiers donnés sont vides",
            "no file: the folders given are empty",
        ));
    }
    if args.idempotency_key.is_some() && sources.len() > 1 {
        return show::fail(words::pick(
            lang,
            "--idempotency-key vaut pour un seul document : envoyez-les un à un",
            "--idempotency-key is for one document: send them one by one",
        ));
    }
    remote::with(&args.remote, lang, |remote| send_all(remote, sources, args, lang))
}

/// Sends all in order, a few at once; then waits for them in the same order.
async fn send_all(remote: Remote, sources: Vec<Source>, args: &SendArgs, lang: Lang) -> Asked<ExitCode> {
    let mut tally = Tally::default();
    let mut taken: Vec<(String, Taken)> = Vec::new();
    let mut under_way: VecDeque<(String, JoinHandle<Asked<Taken>>)> = VecDeque::new();
    let progress = progress(sources.len());
    let mut left = sources.into_iter();
    loop {
        while under_way.len() < UNDER_WAY
            && let Some(source) = left.next()
        {
            let (name, remote, key) = (source.name(), remote.clone(), args.idempotency_key.clone());
            match files::read(&source) {
                Ok(bytes) => under_way.push_back((name, tokio::spawn(offer(remote, bytes, key)))),
                Err(why) => {
                    let judged = validate::unread(&why, &name, String::new(), clock::today());
                    show::tell(report::text(&judged.report, lang).trim_end());
                    tally.not_sent += 1;
                }
            }
        }
        let Some((name, task)) = under_way.pop_front() else { break };
        progress.inc(1);
        match task.await {
            Ok(Ok(one)) => {
                for other in &one.others {
                    progress.suspend(|| show::tell(&no_invoice(&name, other, lang)));
                }
                for (name, one) in one.each(&name) {
                    if args.wait.is_some() {
                        taken.push((name, one));
                    } else if let Err(code) = at_once(&remote, &name, &one, args, &mut tally, lang, &progress).await? {
                        return Ok(code);
                    }
                }
            }
            Ok(Err(trouble)) => {
                progress.suspend(|| show::tell(&format!("{name}: {}", trouble.say(lang))));
                tally.not_sent += 1;
                if trouble.is_general() {
                    // The rest would fail the same way; what is under way is waited for all the same.
                    tally.not_sent += left.by_ref().count();
                }
            }
            Err(e) => return Err(Trouble::Setup(crate::text::Text::new(e.to_string(), e.to_string()))),
        }
    }
    progress.finish_and_clear();
    if let Some(patience) = args.wait {
        let until = Instant::now() + patience;
        for (name, one) in &taken {
            let invoice = settled(&remote, &one.id, until).await?;
            if let Err(code) = ended(&remote, name, one, &invoice, args, &mut tally, lang).await? {
                return Ok(code);
            }
        }
    }
    Ok(tally.end(lang))
}

/// A message of an interchange that is kept with it, and no invoice.
fn no_invoice(name: &str, other: &remote::Other, lang: Lang) -> String {
    let (kind, reference) = (show::plain(&other.kind), show::plain(&other.reference));
    match lang {
        Lang::Fr => format!("{name} : {kind} {reference} n'est pas une facture ; conservé avec l'échange, non jugé"),
        Lang::En => format!("{name}: {kind} {reference} is no invoice; kept with the interchange, not judged"),
    }
}

/// Offers a document until it is taken or refused. Repeating is safe: the same bytes are the same invoice.
async fn offer(remote: Remote, document: Bytes, key: Option<String>) -> Asked<Taken> {
    let mut pause = Duration::from_millis(200);
    for _ in 1..OFFERS {
        match remote.accept(document.clone(), key.as_deref()).await {
            Err(trouble) if trouble.is_passing() => tokio::time::sleep(pause).await,
            other => return other,
        }
        pause *= 3;
    }
    remote.accept(document, key.as_deref()).await
}

/// Tells of a document that is not waited for. One that the daemon had already has come some way since.
async fn at_once(
    remote: &Remote,
    name: &str,
    one: &Taken,
    args: &SendArgs,
    tally: &mut Tally,
    lang: Lang,
    progress: &ProgressBar,
) -> Asked<Result<(), ExitCode>> {
    let invoice: Option<Invoice> = if one.known { read(remote.invoice(&one.id).await?) } else { None };
    let state = invoice.as_ref().and_then(|i| i.state.as_deref()).unwrap_or(State::Received.as_str());
    tally.taken += 1;
    let verdict = invoice.as_ref().and_then(|i| i.verdict.as_deref());
    let line = line(name, one, state, None, verdict, None, args.format, lang);
    Ok(progress.suspend(|| out::piece(&line)))
}

/// Looks at an invoice until it is settled or the time is up.
async fn settled(remote: &Remote, id: &str, until: Instant) -> Asked<Invoice> {
    let (mut pause, most) = LOOKS;
    loop {
        let invoice: Invoice = read(remote.invoice(id).await?).unwrap_or_default();
        let now = Instant::now();
        if standing(&invoice) == Standing::Settled || now >= until {
            return Ok(invoice);
        }
        tokio::time::sleep(pause.min(until - now)).await;
        pause = (pause * 2).min(most);
    }
}

/// Tells of a document that was waited for, with its findings where they block it.
async fn ended(
    remote: &Remote,
    name: &str,
    one: &Taken,
    invoice: &Invoice,
    args: &SendArgs,
    tally: &mut Tally,
    lang: Lang,
) -> Asked<Result<(), ExitCode>> {
    let state = invoice.state.as_deref().unwrap_or(State::Received.as_str());
    let settled = standing(invoice) == Standing::Settled;
    tally.count(state, settled);
    let judged = if state == State::Blocked.as_str() { remote.report(&one.id).await? } else { None };
    let mut shown =
        line(name, one, state, Some(settled), invoice.verdict.as_deref(), judged.as_ref(), args.format, lang);
    if args.format == Format::Text {
        shown.push_str(&judged.map(|report| findings(report, name, lang)).unwrap_or_default());
        if let Some(why) = invoice.parked_why.as_deref().or(invoice.last_error.as_deref()) {
            shown.push_str(&format!("  {}\n", show::plain(&crate::story::sentences::said(why, lang))));
        }
        if let Some(note) = note(invoice, lang) {
            shown.push_str(&format!("  {note}\n"));
        }
    }
    Ok(out::piece(&shown))
}

/// The report of the daemon, told of the file as it is called here.
fn findings(report: Value, name: &str, lang: Lang) -> String {
    match serde_json::from_value::<Report>(report) {
        Ok(report) => report::text(&Report { file: name.to_owned(), ..report }, lang),
        // Of another version: said rather than left out in silence.
        Err(_) => format!(
            "  {}\n",
            words::pick(
                lang,
                "constats d'une autre version : --format json",
                "findings of another version: --format json"
            )
        ),
    }
}

#[allow(clippy::too_many_arguments)]
fn line(
    name: &str,
    one: &Taken,
    state: &str,
    settled: Option<bool>,
    verdict: Option<&str>,
    report: Option<&Value>,
    format: Format,
    lang: Lang,
) -> String {
    match format {
        Format::Json => {
            let (id, sha256, known) = (&one.id, &one.sha256, one.known);
            let sent =
                Sent { schema: "facteur-sent/1", file: name, id, sha256, state, known, settled, verdict, report };
            serde_json::to_string(&sent).unwrap_or_default() + "\n"
        }
        Format::Text => {
            let known = if one.known { words::pick(lang, "  (déjà connue)", "  (already known)") } else { "" };
            format!("{}  {}  {}{known}\n", one.id, words::state(state, lang), show::plain(name))
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    taken: usize,
    not_sent: usize,
    /// Blocked, refused or parked.
    stopped: usize,
    /// Still on their way when the time was up.
    moving: usize,
}

impl Tally {
    fn count(&mut self, state: &str, settled: bool) {
        self.taken += 1;
        match State::parse(state) {
            Some(State::Blocked | State::Refused | State::Parked) => self.stopped += 1,
            _ if !settled => self.moving += 1,
            _ => {}
        }
    }

    fn status(&self) -> u8 {
        if self.not_sent > 0 { 2 } else { u8::from(self.stopped + self.moving > 0) }
    }

    fn end(&self, lang: Lang) -> ExitCode {
        let Tally { taken, not_sent, stopped, moving } = self;
        if taken + not_sent > 1 || *moving > 0 || *not_sent > 0 {
            let mut said = match lang {
                Lang::Fr => format!("prises en charge {taken}, non envoyées {not_sent}"),
                Lang::En => format!("taken {taken}, not sent {not_sent}"),
            };
            if stopped + moving > 0 {
                said.push_str(&match lang {
                    Lang::Fr => format!(", arrêtées {stopped}, encore en route {moving}"),
                    Lang::En => format!(", stopped {stopped}, still under way {moving}"),
                });
            }
            show::tell(&said);
        }
        ExitCode::from(self.status())
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// A number of seconds, or a duration with its unit.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().ok().map(|n| Duration::from_secs(n.into()));
    seconds
        .or_else(|| parse_duration(text))
        .ok_or_else(|| "seconds, or a duration such as 30s or 5m, are expected".to_owned())
}

/// A bar on a terminal when there is something to wait for.
fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if count < WORTH_A_BAR || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        args: SendArgs,
    }

    fn parsed(args: &[&str]) -> Result<SendArgs, clap::error::ErrorKind> {
        let all = ["send"].iter().chain(args).copied();
        Alone::try_parse_from(all).map(|alone| alone.args).map_err(|e| e.kind())
    }

    #[test]
    fn a_path_is_never_taken_for_a_time() {
        assert_eq!(parsed(&["a.xml"]).unwrap().wait, None);
        let args = parsed(&["--wait", "a.xml"]).unwrap();
        assert_eq!((args.wait, args.paths.len()), (Some(Duration::from_secs(60)), 1));
        assert_eq!(parsed(&["--wait=5", "a.xml"]).unwrap().wait, Some(Duration::from_secs(5)));
        assert_eq!(parsed(&["--wait=2m", "a.xml"]).unwrap().wait, Some(Duration::from_secs(120)));
        assert_eq!(parsed(&["--wait=soon", "a.xml"]).unwrap_err(), clap::error::ErrorKind::ValueValidation);
        assert_eq!(parsed(&[]).unwrap_err(), clap::error::ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn the_worst_document_gives_the_status() {
        let with = |states: &[(&str, bool)], not_sent| {
            let mut tally = Tally { not_sent, ..Tally::default() };
            states.iter().for_each(|&(state, settled)| tally.count(state, settled));
            tally.status()
        };
        let fine = ["delivered", "paid", "suspended", "disputed", "cancelled"].map(|state| (state, true));
        assert_eq!(with(&fine, 0), 0);
        for stopped in ["blocked", "refused", "parked"] {
            assert_eq!(with(&[("delivered", true), (stopped, true)], 0), 1, "{stopped}");
        }
        for moving in ["delivered", "ready", "unknown", "sending", "received", "never-heard-of"] {
            assert_eq!(with(&[("delivered", true), (moving, false)], 0), 1, "{moving}");
        }
        assert_eq!(with(&[("delivered", true), ("blocked", true)], 1), 2);
    }

    #[test]
    fn a_line_tells_id_state_and_file() {
        let one = Taken { id: "0f".into(), sha256: "0f00".into(), known: true, invoices: vec![], others: vec![] };
        let text = |lang| line("a.xml", &one, "refused", None, None, None, Format::Text, lang);
        assert_eq!(text(Lang::En), "0f  refused  a.xml  (already known)\n");
        assert_eq!(text(Lang::Fr), "0f  rejetée  a.xml  (déjà connue)\n");
        assert_eq!(
            line("a\u{1b}.xml", &one, "blocked", Some(true), Some("invalid"), None, Format::Json, Lang::Fr),
            "{\"schema\":\"facteur-sent/1\",\"file\":\"a\\u001b.xml\",\"id\":\"0f\",\"sha256\":\"0f00\",\"state\":\"blocked\",\
             \"known\":true,\"settled\":true,\"verdict\":\"invalid\"}\n"
        );
    }
}
