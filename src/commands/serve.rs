//! `facteur serve`: the daemon.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Config};
use crate::daemon::{Daemon, StartError};
use crate::telemetry;
use crate::text::{Lang, Text};

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration; else `$FACTEUR_CONFIG`, `./facteur.toml`, `/etc/facteur/facteur.toml`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Ask for no token. Allowed where `[server] listen` is a loopback address only.
    #[arg(long)]
    pub no_token: bool,
}

/// 0 after a clean stop, 1 where the machine refused or the stop had to cut something off, 2 where the configuration is wrong.
pub fn run(args: &ServeArgs, lang: Lang) -> ExitCode {
    let mut config = match Config::load(&config::find(args.config.as_deref())) {
        Ok(config) => config,
        Err(error) => return refuse(2, &error.show(lang)),
    };
    config.server.open_on_loopback |= args.no_token;
    if let Err(why) = telemetry::start(config.log.format, "info") {
        return refuse(2, &why);
    }
    telemetry::hush_panics();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return refuse(1, &e.to_string()),
    };
    let status = runtime.block_on(serve(config, lang));
    // A judgement that is still running would be waited for; it is begun again at the next start.
    runtime.shutdown_background();
    status
}

async fn serve(config: Config, lang: Lang) -> ExitCode {
    // Listened for before anything starts: a signal that comes early stops all the same.
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(e) => return refuse(1, &e.to_string()),
    };
    let format = config.log.format;
    let daemon = match Daemon::start(config).await {
        Ok(daemon) => daemon,
        Err(error) => {
            let status = if matches!(error, StartError::Configuration(_)) { 2 } else { 1 };
            return refuse(status, error.text().get(lang));
        }
    };
    announce(&daemon, format, lang);
    signals.came().await;
    tokio::select! {
        ended = daemon.stop() => ExitCode::from(u8::from(!ended)),
        // Who asks twice does not want to wait.
        () = signals.came() => ExitCode::from(1),
    }
}

fn announce(daemon: &Daemon, format: telemetry::Format, lang: Lang) {
    if let Some(path) = daemon.first_token() {
        let path = path.display();
        let text = Text::new(
            format!("premier jeton (portées read, write, admin) écrit dans {path}, lisible par vous seul"),
            format!("first token (scopes read, write, admin) written to {path}, readable by you alone"),
        );
        match format {
            telemetry::Format::Text => drop(writeln!(std::io::stderr(), "facteur: {}", text.get(lang))),
            // What reads the log reads objects alone.
            telemetry::Format::Json => tracing::info!(file = %path, "first token written, readable by its owner alone"),
        }
    }
    let address = daemon.address();
    let line = match lang {
        Lang::Fr => format!("facteur écoute sur http://{address}\n"),
        Lang::En => format!("facteur listens on http://{address}\n"),
    };
    // Nobody may be reading; the daemon serves all the same.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

fn refuse(status: u8, said: &str) -> ExitCode {
    for line in said.lines() {
        let _ = writeln!(std::io::stderr(), "facteur: {line}");
    }
    ExitCode::from(status)
}

/// The signals that stop a daemon.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub async fn came(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub async fn came(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
