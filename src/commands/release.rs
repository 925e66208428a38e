//! What a person does with an invoice: `facteur release`, `retry`, `park`. Who and why are kept with it.

use std::process::ExitCode;

use clap::Args;
use serde::Deserialize as _;
use serde_json::Value;

use super::remote::{self, Asked, Invoice, Remote, RemoteArgs, Trouble};
use super::{out, show, status, words};
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 released; 2 not released.")]
pub struct ReleaseArgs {
    /// Id of the invoice, or its number where one invoice alone bears it
    id: String,
    /// Who lets it go
    #[arg(long, value_name = "NAME")]
    author: String,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 taken up again; 2 not.")]
pub struct RetryArgs {
    /// Id of the invoice, or its number where one invoice alone bears it
    id: String,
    /// Who asks for it, where the token is not theirs alone
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 set aside; 2 not.")]
pub struct ParkArgs {
    /// Id of the invoice, or its number where one invoice alone bears it
    id: String,
    #[command(flatten)]
    why: WhyArgs,
}

/// Who acts, why, and at which daemon.
#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// Who does it, where the token is not theirs alone
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub remote: RemoteArgs,
}

pub fn release(args: &ReleaseArgs, lang: Lang) -> ExitCode {
    act(&args.remote, &args.id, "release", Some(&args.author), Some(&args.reason), lang)
}

pub fn retry(args: &RetryArgs, lang: Lang) -> ExitCode {
    act(&args.remote, &args.id, "retry", args.author.as_deref(), None, lang)
}

pub fn park(args: &ParkArgs, lang: Lang) -> ExitCode {
    let WhyArgs { author, reason, remote } = &args.why;
    act(remote, &args.id, "park", author.as_deref(), Some(reason), lang)
}

fn act(args: &RemoteArgs, which: &str, verb: &str, author: Option<&str>, reason: Option<&str>, lang: Lang) -> ExitCode {
    remote::with(args, lang, |remote| async move {
        let found = status::find(&remote, which).await?;
        let [one] = found.as_slice() else { return Ok(not_one(which, &found, lang)) };
        let id = one["id"].as_str().unwrap_or_default();
        let after = done(&remote, id, verb, author, reason).await?;
        let state = after.state.as_deref().unwrap_or("?");
        let number = after.number.as_deref().unwrap_or("–");
        let mut told = format!("{}  {}  {}\n", after.id, words::state(state, lang), show::plain(number));
        if verb == "retry" {
            told.push_str(&next_attempt(&remote, &after, lang).await?);
        }
        Ok(out::document(&told))
    })
}

/// When it is tried: a platform that is left alone for a while is not asked before. Nothing where nothing is due.
async fn next_attempt(remote: &Remote, after: &Invoice, lang: Lang) -> Asked<String> {
    let now = Invoice::deserialize(&remote.invoice(&after.id).await?).map_err(|e| Trouble::unexpected(&e))?;
    // It may have been done meanwhile.
    let Some(at) = now.due_at.filter(|_| now.state == after.state) else { return Ok(String::new()) };
    let at = show::local(&at, &show::zone());
    Ok(match lang {
        Lang::Fr => format!("prochain essai : {at}\n"),
        Lang::En => format!("next attempt: {at}\n"),
    })
}

async fn done(remote: &Remote, id: &str, verb: &str, author: Option<&str>, reason: Option<&str>) -> Asked<Invoice> {
    let after = remote.act(id, verb, author, reason).await?;
    Invoice::deserialize(&after).map_err(|e| Trouble::unexpected(&e))
}

/// None, or several: whoever acts must say which one is meant.
pub(super) fn not_one(which: &str, found: &[Value], lang: Lang) -> ExitCode {
    if found.is_empty() {
        return show::fail(&status::none(which, lang));
    }
    let mut said = match lang {
        Lang::Fr => {
            format!("{} factures portent le numéro « {which} » : donnez l'identifiant de l'une d'elles", found.len())
        }
        Lang::En => format!("{} invoices bear the number \"{which}\": give the id of one of them", found.len()),
    };
    for one in found {
        let state = one["state"].as_str().unwrap_or("?");
        said.push_str(&format!("\n  {}  {}", one["id"].as_str().unwrap_or("?"), words::state(state, lang)));
    }
    show::fail(&said)
}
