//! `facteur directory`: can a recipient receive, as a platform's directory says? The daemon asks it.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::remote::{self, Asked, Remote, RemoteArgs, Trouble};
use super::{out, show, words};
use crate::rules::Finding;
use crate::story::sentences;
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 it can receive; 1 it cannot: the findings say why; 2 the directory did not say, or could not be asked."
)]
pub struct DirectoryArgs {
    /// The platform whose directory is asked, by its name in the configuration; may be left out where there is one alone
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
    /// The electronic address (BT-49), exactly as on the invoice
    #[arg(long, value_name = "ADDRESS", required_unless_present_any = ["siret", "siren"])]
    address: Option<String>,
    /// Scheme of that address (BT-49-1) [default: 0225]
    #[arg(long, value_name = "CODE", requires = "address")]
    scheme: Option<String>,
    /// SIRET of the establishment
    #[arg(long, value_name = "SIRET")]
    siret: Option<String>,
    /// SIREN of the company
    #[arg(long, value_name = "SIREN")]
    siren: Option<String>,
    /// Service of a public buyer (BT-10)
    #[arg(long, value_name = "CODE")]
    service: Option<String>,
    /// Commitment number of a public buyer (BT-13)
    #[arg(long, value_name = "NUMBER")]
    commitment: Option<String>,
    /// Ask the directory now, whatever it said before
    #[arg(long)]
    anew: bool,
    /// `text` for people, `json` for programs
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// As the daemon tells it.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    pub answer: String,
    #[serde(default)]
    pub why: Option<String>,
    #[serde(default)]
    pub findings: Vec<Finding>,
    #[serde(default)]
    looked: Vec<LookedAt>,
}

#[derive(Debug, Clone, Deserialize)]
struct LookedAt {
    kind: String,
    key: String,
    known: bool,
    asked_at: Option<String>,
    kept: bool,
}

pub fn run(args: &DirectoryArgs, lang: Lang) -> ExitCode {
    remote::with(&args.remote, lang, |remote| async move {
        let told = asked(&remote, args).await?;
        let text = told.to_string() + "\n";
        let told = Told::deserialize(&told).map_err(|e| Trouble::unexpected(&e))?;
        let text = if args.format == Format::Json { text } else { said(&told, lang) };
        let exit = match told.answer.as_str() {
            "can" => 0,
            "cannot" => 1,
            _ => 2,
        };
        let written = out::document(&text);
        Ok(if exit == 0 { written } else { ExitCode::from(exit) })
    })
}

async fn asked(remote: &Remote, args: &DirectoryArgs) -> Asked<serde_json::Value> {
    let given = [
        ("platform", &args.platform),
        ("address", &args.address),
        ("scheme", &args.scheme),
        ("siret", &args.siret),
        ("siren", &args.siren),
        ("service", &args.service),
        ("commitment", &args.commitment),
    ];
    let mut query: Vec<(&str, &str)> =
        given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
    if args.anew {
        query.push(("anew", "true"));
    }
    remote.directory(&query).await
}

fn said(told: &Told, lang: Lang) -> String {
    let zone = show::zone();
    let mut text = answer(told, lang) + "\n";
    text.extend(findings(told, lang).into_iter().map(|line| format!("  {line}\n")));
    for one in &told.looked {
        let at = one.asked_at.as_deref().map(|at| show::local(at, &zone)).unwrap_or_default();
        let known = match one.known {
            true => words::pick(lang, "connu", "known"),
            false => words::pick(lang, "inconnu", "unknown"),
        };
        let kept = if one.kept { words::pick(lang, ", réponse gardée", ", answer kept") } else { "" };
        text += &show::plain(&format!("  {} {}  {known}, {at}{kept}", one.kind, one.key));
        text.push('\n');
    }
    text
}

/// The answer in a line.
pub fn answer(told: &Told, lang: Lang) -> String {
    let word = match told.answer.as_str() {
        "can" => words::pick(lang, "peut recevoir", "can receive"),
        "cannot" => words::pick(lang, "ne peut pas recevoir", "cannot receive"),
        "no-answer" => words::pick(lang, "l'annuaire n'a rien dit", "the directory said nothing"),
        _ => words::pick(lang, "rien à demander : pas d'annuaire", "nothing to ask: no directory"),
    };
    match &told.why {
        Some(why) => show::plain(&format!("{word}{}{}", words::colon(lang), sentences::said(why, lang))),
        None => word.to_owned(),
    }
}

/// A line each.
pub fn findings(told: &Told, lang: Lang) -> Vec<String> {
    let line = |finding: &Finding| {
        format!("{}{}{} {}", finding.rule, words::colon(lang), finding.message.get(lang), finding.fix.get(lang))
    };
    told.findings.iter().map(|finding| show::plain(&line(finding))).collect()
}
