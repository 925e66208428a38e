//! What we said of invoices and how far it is: `facteur statements`; and what a person does with one that does not get through.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::release::WhyArgs;
use super::remote::{self, Asked, Remote, RemoteArgs};
use super::{out, show, words};
use crate::limits;
use crate::story::sentences;
use crate::text::Lang;

#[derive(Debug, Args)]
pub struct StatementsArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List them, newest first
    List {
        /// Only those in this state
        #[arg(long, value_name = "STATE",
              value_parser = ["ready", "sending", "unknown", "delivered", "taken", "refused", "parked", "withdrawn"])]
        state: Option<String>,
        /// `text` for people, `json` for programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Take one up again that was refused or set aside
    Retry {
        /// Its id
        id: String,
        /// Who does it, where the token is not theirs alone
        #[arg(long, value_name = "NAME")]
        author: Option<String>,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Let one go that was set aside; where the platform may have it, it is asked first
    Release(ActArgs),
    /// Say it no more: only what is not at the platform
    Withdraw(ActArgs),
}

#[derive(Debug, Args)]
struct ActArgs {
    /// Its id
    id: String,
    #[command(flatten)]
    why: WhyArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(args: &StatementsArgs, lang: Lang) -> ExitCode {
    match &args.act {
        Act::List { state, format, remote } => {
            remote::with(remote, lang, |remote| async move { list(&remote, state.as_deref(), *format, lang).await })
        }
        Act::Retry { id, author, remote } => remote::with(remote, lang, |remote| async move {
            let after = remote.statement_act(id, "retry", author.as_deref(), None).await?;
            Ok(out::document(&line(&after, lang)))
        }),
        Act::Release(args) => act(args, "release", lang),
        Act::Withdraw(args) => act(args, "withdraw", lang),
    }
}

fn act(args: &ActArgs, verb: &str, lang: Lang) -> ExitCode {
    let WhyArgs { author, reason, remote } = &args.why;
    remote::with(remote, lang, |remote| async move {
        let after = remote.statement_act(&args.id, verb, author.as_deref(), Some(reason)).await?;
        Ok(out::document(&line(&after, lang)))
    })
}

async fn list(remote: &Remote, state: Option<&str>, format: Format, lang: Lang) -> Asked<ExitCode> {
    let limit = limits::PAGE_ROWS.to_string();
    let mut after: Option<String> = None;
    loop {
        let query = [("limit", Some(limit.as_str())), ("state", state), ("after", after.as_deref())];
        let query: Vec<_> = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let page: Value = remote.get(&["v1", "statements"], &query).await?.read()?;
        let all = page["statements"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text: String = all
            .iter()
            .map(|one| if format == Format::Json { one.to_string() + "\n" } else { line(one, lang) })
            .collect();
        if let Err(code) = out::piece(&text) {
            return Ok(code);
        }
        match page["next"].as_str() {
            Some(next) if after.as_deref() != Some(next) => after = Some(next.to_owned()),
            _ => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// One in a line: its id, what it says, how far it is, of which invoice, and why it waits.
fn line(one: &Value, lang: Lang) -> String {
    let of = |key: &str| show::plain(one[key].as_str().unwrap_or("?"));
    let label = show::plain(one["label"][lang.pick("fr", "en")].as_str().unwrap_or("?"));
    let why = one["why"].as_str().filter(|why| !why.is_empty());
    let why = why.map(|why| format!("{}{}", words::colon(lang), show::plain(&sentences::said(why, lang))));
    let state = words::statement(one["state"].as_str().unwrap_or("?"), lang);
    format!("{}  {} ({label})  {}  {state}{}\n", of("id"), one["status"], of("invoice"), why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StatementState;

    #[test]
    fn each_state_has_its_words() {
        for state in StatementState::ALL {
            assert_ne!(words::statement(state.as_str(), Lang::Fr), state.as_str());
            assert!(!words::statement(state.as_str(), Lang::En).is_empty());
        }
        assert_eq!(words::statement("later", Lang::Fr), "later");
    }
}
