//! The stage of the demo: a temporary folder, a sandbox and a daemon as processes of their own, over real sockets.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

include!(concat!(env!("OUT_DIR"), "/demo.rs"));

/// Longest wait for a process to say where it listens.
const START: Duration = Duration::from_secs(30);

/// A fixture of the demo, by its path below `fixtures/demo`.
pub fn fixture(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

/// Everything that runs, and where.
pub struct Stage {
    pub folder: PathBuf,
    pub daemon: Process,
    pub sandbox: Process,
    /// Bearer token of the daemon.
    pub token: String,
    keep: bool,
}

/// A child process and the address it told.
///
/// It ends with this value, however the demo ends, unless it was left behind.
pub struct Process {
    child: Child,
    pub address: String,
    left: bool,
}

impl Stage {
    /// Sets the stage in a new folder. It falls when it is dropped. With a script of its own, the sandbox is both platforms.
    pub fn set(both: Option<&str>) -> Result<Stage, String> {
        let folder = fresh_folder()?;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(&folder);
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            // Secrets are among them.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            fs::create_dir_all(parent)
                .and_then(|()| options.open(&path)?.write_all(bytes))
                .map_err(|e| format!("{}: {e}", path.display()))
        };
        for (name, bytes) in FILES {
            write(name, bytes)?;
        }
        fs::create_dir(folder.join(INBOX)).map_err(|e| format!("{INBOX}: {e}"))?;
        for (name, secret) in SECRETS {
            write(name, secret.as_bytes())?;
        }
        let script = match both {
            None => "sandbox.toml",
            Some(text) => {
                write("script.toml", text.as_bytes())?;
                "script.toml"
            }
        };
        let script = folder.join(script);
        let sandbox = Process::start(
            &folder,
            "sandbox",
            &["sandbox", "--listen", "127.0.0.1:0", "--script", &script.to_string_lossy()],
        )?;
        write("facteur.toml", configuration(&sandbox.address, free_port()?, both.is_some()).as_bytes())?;
        let daemon = serve(&folder)?;
        let token = fs::read_to_string(folder.join("token")).map_err(|e| format!("the daemon's token: {e}"))?;
        Ok(Stage { token: token.trim().to_owned(), folder, daemon, sandbox, keep: false })
    }
}

impl Stage {
    /// Leaves the processes and the folder behind when it is dropped.
    pub fn leave(&mut self) {
        self.keep = true;
        self.daemon.left = true;
        self.sandbox.left = true;
    }

    /// The folder that the daemon watches.
    pub fn inbox(&self) -> PathBuf {
        self.folder.join(INBOX)
    }

    /// `kill -9` of the daemon, then a new one on the same store and the same port.
    pub fn kill_and_restart(&mut self) -> Result<(), String> {
        self.daemon.end();
        self.daemon = serve(&self.folder)?;
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.keep {
            self.daemon.end();
            self.sandbox.end();
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl Process {
    /// Starts this very program with other arguments; its log goes to a file in `folder`.
    fn start(folder: &Path, name: &str, arguments: &[&str]) -> Result<Process, String> {
        let program = std::env::current_exe().map_err(|e| format!("this program cannot find itself: {e}"))?;
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join(format!("{name}.log")))
            .map_err(|e| format!("{name}.log: {e}"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("{name} did not start: {e}"))?;
        let Some(output) = child.stdout.take() else { return Err(format!("{name} has no output")) };
        let (send, receive) = mpsc::channel();
        // Reads on to the end, so that the process never meets a closed pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let started = Instant::now();
        while let Ok(line) = receive.recv_timeout(START.saturating_sub(started.elapsed())) {
            if let Some(at) = line.find("http://") {
                let address = line[at..].split_whitespace().next().unwrap_or_default().trim_end_matches(['/', '.']);
                return Ok(Process { child, address: address.to_owned(), left: false });
            }
        }
        drop(Process { child, address: String::new(), left: false });
        let said = fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
        Err(format!("{name} did not say where it listens:\n{said}"))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The watched folder, below the stage's own.
const INBOX: &str = "inbox";

impl Drop for Process {
    fn drop(&mut self) {
        if !self.left {
            self.end();
        }
    }
}

/// What the sandbox asks for; fictitious, and the same in `sandbox.toml`'s defaults.
const SECRETS: [(&str, &str); 3] = [
    ("secrets/client", "sandbox-secret\n"),
    ("secrets/login", "TECH_SANDBOX@facteur.example\n"),
    ("secrets/password", "sandbox-password\n"),
];

fn serve(folder: &Path) -> Result<Process, String> {
    let config = folder.join("facteur.toml");
    Process::start(folder, "serve", &["serve", "--config", &config.to_string_lossy()])
}

/// A port nobody listens on. It is written into the configuration, so that a daemon started again is found where it was.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no free port: {e}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| format!("no free port: {e}"))
}

/// `both`: an accredited platform beside Chorus Pro, and customers of its own. Calls end sooner there, since whoever lost an answer may ask
/// for proof only once the longest call has ended.
fn configuration(sandbox: &str, port: u16, both: bool) -> String {
    let (clients, times) = match both {
        false => ("clients", "connect_timeout = \"1s\"\ntimeout = \"2s\"\nabsence_proof = \"3s\""),
        true => ("scenario/clients", "connect_timeout = \"500ms\"\ntimeout = \"1s\"\nabsence_proof = \"2s\""),
    };
    let accredited = format!(
        r#"
[[platform]]
name = "pa"
kind = "afnor"
base_url = "{sandbox}/afnor-flow"
token_url = "{sandbox}/afnor/oauth2/token"
client_id = "facteur-sandbox"
client_secret_file = "secrets/client"
poll = "200ms"
{times}
"#
    );
    let accredited = if both { accredited.as_str() } else { "" };
    format!(
        r#"[server]
listen = "127.0.0.1:{port}"
token_file = "token"

[store]
path = "facteur.db"

[clients]
folder = "{clients}"

[partners]
folder = "partners"

[[folder]]
name = "erp"
path = "{INBOX}"
settle = "200ms"
poll = "200ms"

[seal]
key_file = "keys/seal.key"
certificate_file = "keys/seal.pem"

[[platform]]
name = "chorus-pro"
kind = "chorus-pro"
base_url = "{sandbox}"
token_url = "{sandbox}/api/oauth/token"
client_id = "facteur-sandbox"
client_secret_file = "secrets/client"
account_login_file = "secrets/login"
account_password_file = "secrets/password"
poll = "200ms"
{times}
# What a platform refuses is to be seen here: it is not held back before.
directory = false
{accredited}
[routes]
default = "chorus-pro"
"#
    )
}

fn fresh_folder() -> Result<PathBuf, String> {
    let mut noise = [0u8; 8];
    getrandom::fill(&mut noise).map_err(|e| format!("no randomness: {e}"))?;
    let folder = std::env::temp_dir().join(format!("facteur-demo-{}", u64::from_le_bytes(noise)));
    // Others on the machine shall not read the token.
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}
