//! `facteur status`: where invoices stand; with an id or a number, what happened to one and what is next.

mod chain;
mod detail;
mod list;
mod timeline;

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::remote::{self, Asked, Invoice, Problem, Remote, RemoteArgs, Trouble};
use super::{out, show};
use crate::config::nearest;
use crate::lifecycle::State;
use crate::limits;
use crate::text::Lang;

/// Most invoices of one number that are shown whole.
const SAME_NUMBER: usize = 50;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 found; 1 no invoice has this id or number; 2 the daemon could not be asked.")]
pub struct StatusArgs {
    /// Id of an invoice, or its number (BT-1); without it, the latest invoices
    #[arg(value_name = "ID|NUMBER")]
    which: Option<String>,
    /// `text` for people, `json` for programs
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Only invoices in this state
    #[arg(long, value_parser = state, conflicts_with = "which")]
    state: Option<State>,
    /// Only invoices of this verdict: valid, invalid, not-judged; waived or lowered (valid by a waiver, by a lowered official rule), or
    /// excused for either
    #[arg(long, value_parser = ["valid", "invalid", "not-judged", "waived", "lowered", "excused"], conflicts_with = "which")]
    verdict: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with = "which")]
    limit: u32,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// An invoice with all that is known of it, as the daemon tells it.
struct Story {
    invoice: Value,
    events: Vec<Value>,
    problems: Vec<Value>,
    chain: Value,
}

pub fn run(args: &StatusArgs, lang: Lang) -> ExitCode {
    remote::with(&args.remote, lang, |remote| async move {
        match &args.which {
            Some(which) => one(&remote, which, args.format, lang).await,
            None => list(&remote, args, lang).await,
        }
    })
}

async fn list(remote: &Remote, args: &StatusArgs, lang: Lang) -> Asked<ExitCode> {
    let most = usize::try_from(args.limit).unwrap_or(limits::PAGE_ROWS);
    let found = remote.invoices(args.state.map(State::as_str), args.verdict.as_deref(), None, most).await?;
    let unmatched = remote.unmatched_answers().await?;
    let [parked, silent] = remote.stuck_messages().await?;
    let stuck = remote.stuck_statements().await?;
    Ok(out::document(&match args.format {
        Format::Json => {
            let shown = json!({
                "schema": "facteur-status/1", "invoices": found, "unmatched_answers": unmatched, "parked_messages": parked,
                "stuck_statements": stuck, "stuck_inboxes": silent,
            });
            shown.to_string() + "\n"
        }
        Format::Text => {
            let rest = list::unmatched(&unmatched, lang) + &list::parked(&parked, lang);
            let rest = rest + &list::silent(&silent, lang) + &list::stuck(&stuck, lang);
            list::text(&typed(&found)?, &show::zone(), lang) + &rest
        }
    }))
}

async fn one(remote: &Remote, which: &str, format: Format, lang: Lang) -> Asked<ExitCode> {
    let found = find(remote, which).await?;
    if found.is_empty() {
        show::tell(&none(which, lang));
        return Ok(ExitCode::from(1));
    }
    let mut stories = Vec::new();
    for invoice in found {
        let id = invoice["id"].as_str().unwrap_or_default().to_owned();
        // A list does not tell what comes next.
        let invoice = if invoice["next"].is_object() { invoice } else { remote.invoice(&id).await? };
        let events = remote.events(&id).await?;
        let problems = remote.problems(&[("invoice", &id)]).await?;
        let chain = remote.chain(&id).await?;
        stories.push(Story { invoice, events, problems, chain });
    }
    Ok(out::document(&match format {
        Format::Json => {
            let shown = stories
                .iter()
                .map(|s| json!({ "invoice": s.invoice, "events": s.events, "problems": s.problems, "chain": s.chain }));
            json!({ "schema": "facteur-status/1", "stories": shown.collect::<Vec<_>>() }).to_string() + "\n"
        }
        Format::Text => {
            let zone = show::zone();
            let told: Asked<Vec<String>> = stories.iter().map(|story| text(story, &zone, lang)).collect();
            told?.join("\n")
        }
    }))
}

/// The invoices meant by an id or a number, newest first. An id is asked for as one first.
pub(super) async fn find(remote: &Remote, which: &str) -> Asked<Vec<Value>> {
    if remote::is_id(which) {
        match remote.invoice(which).await {
            Ok(invoice) => return Ok(vec![invoice]),
            Err(trouble) if trouble.is_not_found() => {}
            Err(trouble) => return Err(trouble),
        }
    }
    remote.invoices(None, None, Some(which), SAME_NUMBER).await
}

pub(super) fn none(which: &str, lang: Lang) -> String {
    match lang {
        Lang::Fr => format!("aucune facture n'a l'identifiant ou le numéro « {which} »"),
        Lang::En => format!("no invoice has the id or number \"{which}\""),
    }
}

fn text(story: &Story, zone: &TimeZone, lang: Lang) -> Asked<String> {
    let invoice: Invoice = typed_one(&story.invoice)?;
    let problems: Vec<Problem> = typed(&story.problems)?;
    Ok(detail::text(&invoice, &story.events, &problems, &story.chain, zone, lang))
}

fn typed<T: serde::de::DeserializeOwned>(values: &[Value]) -> Asked<Vec<T>> {
    values.iter().map(typed_one).collect()
}

fn typed_one<T: serde::de::DeserializeOwned>(value: &Value) -> Asked<T> {
    T::deserialize(value).map_err(|e| Trouble::unexpected(&e))
}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).ok_or_else(|| {
        let known = State::ALL.map(State::as_str);
        match nearest(text, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of {} is expected", known.join(", ")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_state_is_recognised() {
        assert_eq!(state("blocked"), Ok(State::Blocked));
        assert_eq!(state("bloked"), Err("did you mean `blocked`?".into()));
        assert!(state("xyz").unwrap_err().contains("received, blocked"));
    }
}
