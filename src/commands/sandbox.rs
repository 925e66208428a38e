//! `facteur sandbox`: a platform on this machine, to try things on.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tokio::net::TcpListener;

use super::serve::Signals;
use crate::limits;
use crate::platforms::sandbox::{self, Script};
use crate::telemetry;
use crate::text::Lang;

#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Where it listens; a loopback address. Port 0 lets the machine choose.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8481")]
    pub listen: SocketAddr,
    /// What it knows and how it behaves (TOML). Without one it accepts every invoice that the rules of Chorus Pro (pack `chorus`) accept.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Keeps what it was given in this file, over restarts.
    #[arg(long, value_name = "FILE")]
    pub state_file: Option<PathBuf>,
    /// Writes into this file, when it ends, what came and what was said of it (JSON lines, as `GET /sandbox/ledger`).
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

/// 0 after a clean stop, 1 where the machine refused, 2 where the script is wrong.
pub fn run(args: &SandboxArgs, lang: Lang) -> ExitCode {
    let mut script = match args.script.as_deref().map_or_else(|| Ok(Script::default()), load) {
        Ok(script) => script,
        Err(why) => return refuse(2, &why),
    };
    if args.state_file.is_some() {
        script.state_file.clone_from(&args.state_file);
    }
    if args.ledger.is_some() {
        script.ledger.clone_from(&args.ledger);
    }
    if let Err(why) = telemetry::start(telemetry::Format::Text, "info") {
        return refuse(2, &why);
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(serve(args.listen, script, lang)),
        Err(e) => refuse(1, &e.to_string()),
    }
}

async fn serve(listen: SocketAddr, script: Script, lang: Lang) -> ExitCode {
    if !listen.ip().is_loopback() {
        return refuse(
            2,
            match lang {
                Lang::Fr => "le bac à sable n'écoute que sur cette machine (127.0.0.1 ou [::1])",
                Lang::En => "the sandbox listens on this machine only (127.0.0.1 or [::1])",
            },
        );
    }
    let (mut signals, listener) = match (Signals::new(), TcpListener::bind(listen).await) {
        (Ok(signals), Ok(listener)) => (signals, listener),
        (Err(e), _) => return refuse(1, &e.to_string()),
        (_, Err(e)) => return refuse(1, &format!("{listen}: {e}")),
    };
    let address = listener.local_addr().unwrap_or(listen);
    let keys = [("client_id", &script.client_id), ("client_secret", &script.client_secret)];
    let account = [("account_login", &script.account_login), ("account_password", &script.account_password)];
    for (name, value) in keys.into_iter().chain(account) {
        // Keys of a play: they open nothing else, and whoever starts a sandbox needs them.
        let _ = writeln!(std::io::stderr(), "facteur sandbox: {name} = {value}");
    }
    let afnor =
        [("base_url", "/afnor-flow"), ("directory_url", "/afnor-directory"), ("token_url", "/afnor/oauth2/token")];
    for (name, path) in afnor {
        let _ = writeln!(std::io::stderr(), "facteur sandbox: afnor {name} = http://{address}{path}");
    }
    let line = match lang {
        Lang::Fr => format!("bac à sable Chorus Pro sur http://{address}\n"),
        Lang::En => format!("Chorus Pro sandbox on http://{address}\n"),
    };
    {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
    let stop = async move { signals.came().await };
    match sandbox::serve(listener, script, stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind() == std::io::ErrorKind::InvalidInput => refuse(2, &e.to_string()),
        Err(e) => refuse(1, &e.to_string()),
    }
}

fn load(path: &Path) -> Result<Script, String> {
    let shown = path.display();
    let mut text = String::new();
    let limit = limits::CONFIG_BYTES as u64;
    let opened = std::fs::File::open(path);
    opened.and_then(|file| file.take(limit).read_to_string(&mut text)).map_err(|e| format!("{shown}: {e}"))?;
    Script::parse(&text).map_err(|e| format!("{shown}: {e}"))
}

fn refuse(status: u8, said: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "facteur: {said}");
    ExitCode::from(status)
}
