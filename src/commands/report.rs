//! `facteur report problems`: cause × amount × invoices × customers.
//!
//! The problems are counted here, by the same arithmetic that the daemon's own report uses: one sum, whatever the door.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::out;
use super::remote::{self, Asked, Remote, RemoteArgs, Trouble};
use crate::clock::{day_of, today};
use crate::day::Day;
use crate::problems::{self, By, as_at, summarise};
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 printed; 2 the daemon could not be asked.")]
pub struct ReportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Billing problems: cause × amount × invoices × customers
    #[command(after_help = "Exit status: 0 printed; 2 the daemon could not be asked.")]
    Problems(ProblemsArgs),
}

#[derive(Debug, Args)]
struct ProblemsArgs {
    /// What the rows are
    #[arg(long, value_enum, default_value = "cause")]
    by: Rows,
    /// `text` for people, `csv` for spreadsheets, `json` for programs
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// As it stood then: a day (its end, UTC), or an instant such as 2026-11-21T12:00:00Z
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    as_at: Option<i64>,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Rows {
    Cause,
    Client,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Csv,
    Json,
}

pub fn run(args: &ReportArgs, lang: Lang) -> ExitCode {
    let What::Problems(args) = &args.what;
    remote::with(&args.remote, lang, |remote| async move {
        let mut found = all(&remote).await?;
        if let Some(at) = args.as_at {
            found = as_at(&found, at);
        }
        let summary = summarise(
            &found,
            match args.by {
                Rows::Cause => By::Cause,
                Rows::Client => By::Client,
            },
        );
        Ok(out::document(&match args.format {
            Format::Text => summary.text(lang),
            Format::Csv => summary.csv(),
            Format::Json => summary.json().map_err(|e| Trouble::unexpected(&e))? + "\n",
        }))
    })
}

async fn all(remote: &Remote) -> Asked<Vec<problems::Problem>> {
    let shown = remote.problems(&[]).await?;
    shown.iter().map(|value| remote::record(value).map_err(|why| Trouble::unexpected(&why))).collect()
}

/// A day stands for its end (UTC), as in the API.
fn instant(text: &str) -> Result<i64, String> {
    let end_of_day = || Day::parse_iso(text).map(|day| (day.since_epoch() + 1) * 86_400_000 - 1);
    let exact = || text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond());
    let at = end_of_day()
        .or_else(exact)
        .ok_or_else(|| "a day (2026-11-21) or an instant (2026-11-21T12:00:00Z) is expected".to_owned())?;
    let today = today();
    if day_of(at) > today {
        return Err(format!("it has not come yet: the report goes up to {today} (UTC)"));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_for_its_end() {
        assert_eq!(instant("1970-01-01"), Ok(86_399_999));
        assert_eq!(instant("1970-01-01T01:00:00+01:00"), Ok(0));
        assert!(instant("yesterday").is_err());
        assert!(
            instant("9990-01-01").is_err_and(|why| why.contains("not come yet")),
            "today's figures are not that day's"
        );
    }
}
