//! The command line. Each verb is a file; this one parses, chooses the language and dispatches.
//!
//! Standard output carries the document asked for, standard error what is said about it. Exit statuses are told at the end
//! of each `--help`; 2 always means that facteur could not do what was asked, misuse included.

mod answer;
mod clients;
mod convert;
mod demo;
mod diff;
mod directory;
mod doctor;
mod explain;
mod extract;
mod files;
mod fix;
mod inspect;
mod judging;
mod out;
mod problems;
mod profile;
mod release;
mod remote;
mod render;
mod report;
mod sandbox;
mod say;
mod seal;
mod send;
mod serve;
mod settled;
mod show;
mod statements;
mod status;
mod token;
mod validate;
mod webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::story::{timeline, words};
use crate::text::Lang;

/// Reads, judges, delivers and follows invoices; turns each refusal into a billing problem with an owner.
#[derive(Debug, Parser)]
#[command(name = "facteur", version, disable_help_subcommand = true)]
struct Cli {
    /// Language of what is printed: fr or en [default: from FACTEUR_LANG, LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_name = "LANG", value_parser = lang_of, hide_possible_values = true)]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge invoices and say what is wrong and how to put it right
    #[command(after_help = "Exit status: 0 all valid; 1 one is invalid; 2 one could not be judged, or misuse.")]
    Validate(validate::ValidateArgs),
    /// Propose corrections that cannot change what is owed, term by term, or write them
    #[command(
        after_help = "Exit status: 0 nothing to correct, or all corrections written; 1 corrections proposed and not written; 2 a document could not be read or may not be changed, or misuse."
    )]
    Fix(fix::FixArgs),
    /// Print an invoice term by term, in the order of EN 16931
    #[command(after_help = "Exit status: 0 printed; 2 the document could not be read.")]
    Inspect(inspect::InspectArgs),
    /// Compare two documents as invoices, term by term, in any two syntaxes
    #[command(after_help = "Exit status: 0 the same; 1 they differ; 2 one could not be read, or misuse.")]
    Diff(diff::DiffArgs),
    /// Write an invoice in another syntax, and report what was lost
    #[command(
        after_help = "Exit status: 0 written, whatever was lost (the report says what); 1 not written, as something would be lost (--strict); 2 a document could not be read or written, or misuse."
    )]
    Convert(convert::ConvertArgs),
    /// Write the answers to EDIFACT received: CONTRL for its syntax, APERAK for each invoice
    #[command(
        after_help = "Exit status: 0 answered, and nothing refused; 1 the answers refuse something; 2 something could not be read, judged, answered or written, or misuse.\n\n`facteur inspect` reads answers that came."
    )]
    Answer(answer::AnswerArgs),
    /// Take the invoice out of a PDF (Factur-X, ZUGFeRD), byte for byte, or list what is embedded
    Extract(extract::ExtractArgs),
    /// Show an invoice as a readable page (HTML), what is wrong with it beside the field
    #[command(
        after_help = "Exit status: 0 rendered, whatever the verdict; 2 one cannot be read as an invoice, or misuse."
    )]
    Render(render::RenderArgs),
    /// Explain a rule, a term, an element, a code, a status or a cause; or write the book of them all
    Explain(explain::ExplainArgs),
    /// Check, show and try customer files
    Profile(profile::ProfileArgs),
    /// Run the daemon: accept, judge, deliver, follow
    #[command(
        after_help = "Exit status: 0 stopped; 1 the machine refused, or the stop cut something off; 2 the configuration is wrong."
    )]
    Serve(serve::ServeArgs),
    /// Serve a Chorus Pro to try things against, on this machine alone
    #[command(after_help = "Exit status: 0 stopped; 1 the machine refused; 2 the script is wrong.")]
    Sandbox(sandbox::SandboxArgs),
    /// Show the whole of facteur with fictitious invoices, on this machine alone
    #[command(after_help = "Exit status: 0 all came out as expected; 1 something did not; 2 the demo could not run.")]
    Demo(demo::DemoArgs),
    /// Hand documents to the daemon
    Send(send::SendArgs),
    /// Show where invoices stand, and what happened to one
    Status(status::StatusArgs),
    /// Save the seal of an invoice: a detached signature (.p7s) over its document
    Seal(seal::SealArgs),
    /// Ask a platform's directory whether a recipient can receive
    Directory(directory::DirectoryArgs),
    /// Let a blocked or parked invoice go on; author and reason are kept
    Release(release::ReleaseArgs),
    /// Take an invoice up again at once: judge it anew, or go on where it stood
    Retry(release::RetryArgs),
    /// Set an invoice aside until somebody retries or releases it
    Park(release::ParkArgs),
    /// Tell the platform that money came in (212), or that documents complete an invoice (209)
    Say(say::SayArgs),
    /// List what we said of invoices, and how far it is; retry, release or withdraw what does not get through
    #[command(after_help = "Exit status: 0 listed, or done; 2 not.")]
    Statements(statements::StatementsArgs),
    /// List billing problems, or show one and work on it
    Problems(problems::ProblemsArgs),
    /// Count what goes wrong
    Report(report::ReportArgs),
    /// Check the configuration and all that it names
    Doctor(doctor::DoctorArgs),
    /// Make, list and revoke the tokens that the daemon asks for
    #[command(
        after_help = "Exit status: 0 done; 1 the name is taken, not there or no name; 2 configuration or file cannot be used."
    )]
    Token(token::TokenArgs),
    /// Have an accredited platform give notice of what it has; list and end such subscriptions
    #[command(
        after_help = "Exit status: 0 done; 1 the platform did not do it, or did not say; 2 configuration, key or address cannot be used.\n\nRun it as the user that the daemon runs as: the key that the platform signs with is written to `webhook_key_file`."
    )]
    Webhook(webhook::WebhookArgs),
}

/// The whole program: arguments and environment in, exit status out.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version go to standard output; a reader that went away is no error.
            let _ = said.print();
            return ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2));
        }
    };
    let lang = cli.lang.unwrap_or_else(|| lang_from(|name| std::env::var(name).ok()));
    run(&cli, lang)
}

fn run(cli: &Cli, lang: Lang) -> ExitCode {
    match &cli.command {
        Command::Say(args) => say::run(args, lang),
        Command::Validate(args) => validate::run(args, lang),
        Command::Fix(args) => fix::run(args, lang),
        Command::Inspect(args) => inspect::run(args, lang),
        Command::Diff(args) => diff::run(args, lang),
        Command::Convert(args) => convert::run(args, lang),
        Command::Answer(args) => answer::run(args, lang),
        Command::Extract(args) => extract::run(args, lang),
        Command::Render(args) => render::run(args, lang),
        Command::Explain(args) => explain::run(args, lang, cli.lang),
        Command::Profile(args) => profile::run(args, lang),
        Command::Serve(args) => serve::run(args, lang),
        Command::Sandbox(args) => sandbox::run(args, lang),
        Command::Demo(args) => demo::run(args, lang),
        Command::Send(args) => send::run(args, lang),
        Command::Status(args) => status::run(args, lang),
        Command::Seal(args) => seal::run(args, lang),
        Command::Directory(args) => directory::run(args, lang),
        Command::Release(args) => release::release(args, lang),
        Command::Retry(args) => release::retry(args, lang),
        Command::Park(args) => release::park(args, lang),
        Command::Statements(args) => statements::run(args, lang),
        Command::Problems(args) => problems::run(args, lang),
        Command::Report(args) => report::run(args, lang),
        Command::Doctor(args) => doctor::run(args, lang),
        Command::Token(args) => token::run(args, lang),
        Command::Webhook(args) => webhook::run(args, lang),
    }
}

fn lang_of(text: &str) -> Result<Lang, String> {
    match text.to_ascii_lowercase().as_str() {
        "fr" => Ok(Lang::Fr),
        "en" => Ok(Lang::En),
        _ => Err("fr or en is expected".to_owned()),
    }
}

/// The first of these variables that says something decides, as for other programs; French only where it starts with `fr`.
fn lang_from(variable: impl Fn(&str) -> Option<String>) -> Lang {
    let said = ["FACTEUR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|v| !v.is_empty()));
    match said {
        Some(said) if said.get(..2).is_some_and(|two| two.eq_ignore_ascii_case("fr")) => Lang::Fr,
        _ => Lang::En,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn the_command_line_is_whole() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_language_is_that_of_the_first_variable_that_speaks() {
        let with = |set: &[(&str, &str)]| {
            lang_from(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), Lang::En);
        assert_eq!(with(&[("LANG", "fr_FR.UTF-8")]), Lang::Fr);
        assert_eq!(with(&[("LC_ALL", "C"), ("LANG", "fr_FR.UTF-8")]), Lang::En);
        assert_eq!(with(&[("LC_ALL", ""), ("LANG", "fr_FR.UTF-8")]), Lang::Fr);
        assert_eq!(with(&[("FACTEUR_LANG", "FR"), ("LC_ALL", "C")]), Lang::Fr);
        assert_eq!(with(&[("LANG", "de_DE")]), Lang::En);
        assert_eq!(with(&[("LANG", "é")]), Lang::En);
    }

    #[test]
    fn misuse_is_2_and_help_is_0() {
        let status = |args: &[&str]| Cli::try_parse_from(args).map_err(|e| (e.kind(), e.exit_code())).map(|_| ());
        assert_eq!(status(&["facteur", "send"]), Err((ErrorKind::MissingRequiredArgument, 2)));
        assert_eq!(status(&["facteur", "sned", "a.xml"]), Err((ErrorKind::InvalidSubcommand, 2)));
        assert_eq!(status(&["facteur", "status", "--lang", "de"]), Err((ErrorKind::ValueValidation, 2)));
        assert_eq!(status(&["facteur", "--help"]), Err((ErrorKind::DisplayHelp, 0)));
        assert_eq!(status(&["facteur", "--version"]), Err((ErrorKind::DisplayVersion, 0)));
        assert_eq!(status(&["facteur", "status", "--lang", "fr"]), Ok(()));
    }

    #[test]
    fn every_help_tells_its_exit_statuses() {
        for verb in Cli::command().get_subcommands() {
            let told = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(told.starts_with("Exit status: 0 "), "{}: {told}", verb.get_name());
        }
    }
}
