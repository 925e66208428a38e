//! `facteur token`: who may speak to the daemon.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::out;
use crate::api::token::{Scope, Token, TokenFile};
use crate::clock::{Clock as _, RealClock, day_of};
use crate::config::{self, Config};
use crate::day::Day;
use crate::text::Lang;

#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The configuration, which names the file of tokens; found as for `serve` where not given.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub act: Act,
}

#[derive(Debug, Subcommand)]
pub enum Act {
    /// Makes a token and prints it; it is shown this once and kept nowhere.
    Add {
        /// Who bears it: the author of what is done with it.
        name: String,
        /// `read` looks and validates, `write` also sends and acts, `admin` everything.
        #[arg(long, value_name = "SCOPE", value_delimiter = ',', default_value = "read", value_parser = scope)]
        scope: Vec<Scope>,
        /// Good for so many days after today; for ever where not given.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
        days: Option<u16>,
    },
    /// Lists the tokens: names, scopes, the day each was made and the last on which it is good.
    List,
    /// Forgets a token; a running daemon follows within a second.
    Revoke {
        /// The token's name.
        name: String,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "`read`, `write` or `admin` is expected".to_owned())
}

/// 0 where it was done, 1 where the name is taken or not there, 2 where configuration or file cannot be used.
pub fn run(args: &TokenArgs, lang: Lang) -> ExitCode {
    let config = match Config::load(&config::find(args.config.as_deref())) {
        Ok(config) => config,
        Err(error) => return refuse(2, &error.show(lang)),
    };
    let file = TokenFile::new(&config.server.tokens);
    let now = RealClock::default().now();
    let today = day_of(now);
    let done = match &args.act {
        Act::Add { name, scope, days } => {
            let scopes: BTreeSet<Scope> = scope.iter().copied().collect();
            let last = days.map(|days| day_of(now + i64::from(days) * 86_400_000));
            file.add_until(name, scopes, Some(today.to_string()), last).map(|word| word + "\n")
        }
        Act::List => file.read().map(|tokens| tokens.iter().map(|token| line(token, today, lang)).collect()),
        Act::Revoke { name } => file.revoke(name).map(|()| String::new()),
    };
    match done {
        Ok(text) => out::document(&text),
        Err(error) => {
            use crate::api::token::TokenError::{BadName, NameTaken, NoSuchName};
            let status = if matches!(error, NameTaken(_) | NoSuchName(_) | BadName) { 1 } else { 2 };
            refuse(status, &error.say(lang))
        }
    }
}

fn line(token: &Token, today: Day, lang: Lang) -> String {
    let scopes = token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",");
    let until = match (token.expires, token.expired(today), lang) {
        (None, ..) => String::new(),
        (Some(last), false, Lang::Fr) => format!("  jusqu'au {last}"),
        (Some(last), false, Lang::En) => format!("  until {last}"),
        (Some(last), true, Lang::Fr) => format!("  expiré, valable jusqu'au {last}"),
        (Some(last), true, Lang::En) => format!("  expired, was good until {last}"),
    };
    format!("{}  {scopes}  {}{until}\n", token.name, token.created.as_deref().unwrap_or("-"))
}

fn refuse(status: u8, said: &str) -> ExitCode {
    for line in said.lines() {
        let _ = writeln!(std::io::stderr(), "facteur: {line}");
    }
    ExitCode::from(status)
}
