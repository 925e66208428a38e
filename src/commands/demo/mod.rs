//! `facteur demo`: the whole of facteur in one command, on loopback, with fictitious invoices.
//!
//! A sandbox and a daemon start as processes of their own in a temporary folder; the fixtures are sent over HTTP; what happens
//! is shown as it happens, then the timelines, the problems and the report. It ends with 0 only if the outcomes and the
//! report equal `fixtures/demo/expected.toml`. With `--invoices` it plays the scenario instead (`fixtures/demo/scenario.toml`).

mod check;
mod expected;
mod peer;
mod play;
mod scenario;
mod show;
mod stage;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::expected::Expected;
use self::peer::Peer;
use self::stage::Stage;
use super::out;
use super::serve::Signals;
use crate::text::{Lang, Text};

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Leave the daemon and the sandbox running at the end, and say where.
    #[arg(long)]
    keep: bool,
    /// Kill the daemon (kill -9) this many times while it sends, and start it again: the outcome is the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    kill: usize,
    /// Show only what went wrong and the report.
    #[arg(long, short)]
    quiet: bool,
    /// Play the scenario of faults instead: so many invoices over both platforms of the sandbox (200 where no number is given), then
    /// one table of what became of them
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "200")]
    invoices: Option<usize>,
    /// What is drawn of the scenario follows from this number
    #[arg(long, value_name = "N", default_value_t = 1, requires = "invoices")]
    seed: u64,
    /// Write the sandbox's ledger into this file (JSON lines)
    #[arg(long, value_name = "FILE", requires = "invoices")]
    ledger: Option<PathBuf>,
}

/// 0 where everything came out as expected, 1 where something did not, 2 where the demo could not run.
pub fn run(args: &DemoArgs, lang: Lang) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return failed(&e.to_string()),
    };
    let ended = runtime.block_on(async {
        let mut signals = Signals::new().map_err(|e| e.to_string())?;
        tokio::select! {
            ended = whole(args, lang), if args.invoices.is_none() => ended,
            ended = scenario::run(args, lang), if args.invoices.is_some() => ended,
            // Its stage falls with it: no process and no folder stays behind.
            () = signals.came() => Err(stopped().get(lang).to_owned()),
        }
    });
    match ended {
        Ok(code) => code,
        Err(said) => failed(&said),
    }
}

async fn whole(args: &DemoArgs, lang: Lang) -> Result<ExitCode, String> {
    let expected = expected()?;
    let mut stage = Stage::set(None)?;
    let (daemon, sandbox) =
        (Peer::new(&stage.daemon.address, Some(&stage.token))?, Peer::new(&stage.sandbox.address, None)?);
    let say = |text: String| {
        // A reader that went away does not stop the demo: its exit status still counts.
        let _ = out::piece(&text);
    };
    if !args.quiet {
        say(show::opening(&stage, &expected, lang));
    }
    let mut tell = |line: Text| {
        if !args.quiet {
            say(line.get(lang).to_owned() + "\n");
        }
    };
    // Deaths are spread over the documents; whatever is under way at that moment is cut off.
    let (documents, inbox) = (expected.documents.len(), stage.inbox());
    let mut between = |sent: usize| {
        let due = (sent * args.kill) / documents > ((sent - 1) * args.kill) / documents;
        if due { stage.kill_and_restart().map(|()| true) } else { Ok(false) }
    };
    let played = play::play(&expected, &inbox, &daemon, &mut tell, &mut between).await?;
    if !args.quiet {
        for document in &expected.documents {
            say(show::timeline(document, &played, &daemon, lang).await?);
        }
    }
    say(show::report(&daemon, lang).await?);
    let wrong = check::check(&expected, &played, &inbox, &daemon, &sandbox).await?;
    say(show::closing(&wrong, &stage, &played, args.keep, lang));
    if args.keep {
        stage.leave();
    }
    Ok(ExitCode::from(u8::from(!wrong.is_empty())))
}

fn expected() -> Result<Expected, String> {
    let bytes = stage::fixture("expected.toml").ok_or("the expected table is missing")?;
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    toml::from_str(text).map_err(|e| format!("expected.toml: {e}"))
}

fn stopped() -> Text {
    Text::new("interrompue ; rien ne reste derrière elle", "stopped; nothing of it stays behind")
}

fn failed(said: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "facteur demo: {said}");
    ExitCode::from(2)
}
