//! The daemon: everything running together, from one configuration, until told to stop.
//!
//! Start: store (locked), customer files, platforms, the seal's key, queue, HTTP. Stop: no new requests, requests under way end, steps of the
//! queue end, the last commit is on disk; all of it within a bound.

mod answering;
mod arriving;
mod connection;
mod customers;
mod door;
mod forget;
mod judge;
mod notices;
mod patient;
mod platforms;
mod seal;
mod shelf;
mod watch;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Semaphore, watch as channel};
use tokio::task::JoinHandle;

use crate::api::token::{Scope, TokenFile, Tokens, write_private};
use crate::api::{self, App};
use crate::clock::{Clock, RealClock, day_of};
use crate::config::Config;
use crate::folder::Folder;
use crate::queue::{self, Ports, Settings};
use crate::store::Handle;
use crate::store::sqlite::Sqlite;
use crate::telemetry::metrics;
use crate::text::Text;
use crate::web;
use door::Bounds;
use watch::Keys;

pub use customers::Book;
pub use judge::Bench;
pub use platforms::{accredited, platform, settings};
pub use seal::{Trouble as SealTrouble, load as load_seal};
pub use shelf::{Kept, Shelf, read_folder};

/// A running daemon.
pub struct Daemon {
    address: SocketAddr,
    store: Handle,
    stopping: Arc<AtomicBool>,
    stop: channel::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    first_token: Option<PathBuf>,
    within: std::time::Duration,
    drain: std::time::Duration,
}

/// Why a daemon did not start, and who erred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The configuration, or what it names.
    Configuration(Text),
    /// The machine: disk, network, rights; or another facteur on the same store.
    Machine(Text),
}

impl StartError {
    pub fn text(&self) -> &Text {
        match self {
            StartError::Configuration(text) | StartError::Machine(text) => text,
        }
    }
}

impl Daemon {
    /// Starts everything. Returns once requests are answered.
    ///
    /// # Errors
    /// [`StartError`]; whatever was started before is stopped again.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let open = config.server.open_on_loopback;
        if open && !config.server.listen.ip().is_loopback() {
            return Err(StartError::Configuration(Text::new(
                "sans jeton, facteur n'écoute que sur une adresse de boucle locale",
                "without a token, facteur listens on a loopback address only",
            )));
        }
        // A second call finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
        let routes = platforms::routes(&config)?;
        let book = Arc::new(customers::Book::open(config.clients.folder.clone()).map_err(StartError::Configuration)?);
        let partners = Arc::new(Shelf::open(config.partners.clone()).map_err(StartError::Configuration)?);
        let first_token = if open { None } else { first_token(&config, &*clock)? };
        let keys = keys(&config, open)?;
        let store = open_store(&config)?;
        let listen = config.server.listen;
        let listener = door::listen(listen).map_err(|e| cannot_listen(listen, &e))?;
        let address = listener.local_addr().map_err(|e| cannot_listen(listen, &e))?;

        let folders: Vec<Folder> =
            config.folders.iter().map(|one| Folder::new(one.clone(), store.clone(), clock.clone())).collect();
        config.platforms.iter().for_each(|platform| metrics().platform(&platform.name));
        let bench = Arc::new(judge::Bench::new(&config, book.clone(), partners.clone())?);
        let keeper = config.seal.clone().map(|config| seal::Keeper::open(config, clock.clone()));
        let pool = keeper.as_ref().map(seal::Pool::start).transpose().map_err(|e| no_thread(&e))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (stop, stopped) = channel::channel(false);
        let answers = api::Answers::new(cores, stopped.clone());
        let stopping = Arc::new(AtomicBool::new(false));
        let speaking = Arc::new(routes.iter().map(|(name, route)| (name.clone(), route.platform.hears())).collect());
        let notices = Arc::new(notices::Bell::of(&config, &routes, clock.clone())?);
        let ports = Arc::new(Ports {
            clock: clock.clone(),
            judge: bench.clone(),
            routes,
            sealer: pool.map(|pool| Arc::new(pool) as Arc<dyn queue::Sealer>),
            settings: Settings { judges: cores, ..Settings::default() },
        });
        let app = App {
            store: store.clone(),
            clock: clock.clone(),
            validator: bench.clone(),
            customers: book.clone(),
            partners: partners.clone(),
            tokens: keys.tokens.clone(),
            open,
            owners: Arc::new(config.problems.clone()),
            seal: keeper.clone().map(|keeper| keeper as Arc<dyn api::SealState>),
            budget: api::budget(&store),
            answers: answers.clone(),
            platforms: config.platforms.iter().map(|platform| platform.name.clone()).collect(),
            speaking,
            notices,
            ports: Some(ports.clone()),
            judging: Arc::new(Semaphore::new(cores)),
            folders: Arc::new(folders.iter().map(Folder::health).collect()),
            metrics_open: config.server.metrics_open,
            stopping: stopping.clone(),
        };
        let pages = web::router(app.clone(), api::router(app));
        let queue = queue::run(store.clone(), ports, {
            let mut stopped = stopped.clone();
            async move { told(&mut stopped).await }
        });
        let door = door::serve(
            listener,
            pages,
            Bounds::of(config.server.connections, config.server.stop_within),
            answers.waiting(),
            stopped.clone(),
        );
        let mut tasks = vec![tokio::spawn(queue), tokio::spawn(door)];
        for folder in folders {
            let mut stopped = stopped.clone();
            tasks.push(tokio::spawn(folder.run(async move { told(&mut stopped).await })));
        }
        let keep = config.store.idempotency_keys;
        tasks.push(tokio::spawn(forget::forget(store.clone(), clock.clone(), keep, stopped.clone())));
        tasks.push(tokio::spawn(answering::run(store.clone(), partners.clone(), clock.clone(), stopped.clone())));
        tasks.push(tokio::spawn(watch::watch(book, partners, keys, keeper, stopped)));
        tracing::info!(%address, open, "listening");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "tokens and invoices travel in clear on this address: put TLS in front of it");
        }
        Ok(Self {
            address,
            store,
            stopping,
            stop,
            tasks,
            first_token,
            within: config.server.stop_within,
            drain: config.server.drain,
        })
    }

    /// Where HTTP is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file that holds the first token, where this start made one.
    pub fn first_token(&self) -> Option<&std::path::Path> {
        self.first_token.as_deref()
    }

    /// Stops. False where something did not end in time; it is then cut off, and nothing is lost by that: what was not
    /// committed is taken up again at the next start.
    pub async fn stop(mut self) -> bool {
        self.stopping.store(true, Ordering::Release);
        if !self.drain.is_zero() {
            tracing::info!("not ready any more; the door stays open for a while");
            tokio::time::sleep(self.drain).await;
        }
        tracing::info!("stopping: what is under way ends first");
        // Fails only where all that listened is gone already.
        let _ = self.stop.send(true);
        let mut tasks = std::mem::take(&mut self.tasks);
        let all = async {
            for task in &mut tasks {
                // A task that panicked has ended, too.
                let _ = task.await;
            }
        };
        let ended = tokio::time::timeout(self.within, all).await.is_ok();
        for task in &tasks {
            task.abort();
        }
        // What was answered is on disk already; a disk that hangs must not hold the process for ever.
        let closed = tokio::time::timeout(self.within, self.store.shutdown()).await.is_ok();
        tracing::info!(ended, closed, "stopped");
        ended && closed
    }
}

/// Resolves once the daemon is told to stop.
async fn told(stopped: &mut channel::Receiver<bool>) {
    // An error means that the daemon was dropped: a stop, too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

fn open_store(config: &Config) -> Result<Handle, StartError> {
    let path = &config.store.path;
    let machine = |fr: String, en: String| StartError::Machine(Text::new(fr, en));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| {
            let folder = folder.display();
            machine(
                format!("le dossier {folder} ne peut pas être créé : {e}"),
                format!("folder {folder} cannot be made: {e}"),
            )
        })?;
    }
    make_private(path);
    let open = Sqlite::open(path).and_then(|store| Handle::start(Arc::new(store)));
    open.map_err(|e| machine(format!("magasin de documents {} : {e}", path.display()), e.to_string()))
}

/// A new store is its owner's alone: invoices are in it. SQLite gives the files beside it the same rights.
fn make_private(path: &std::path::Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // It exists already, or opening the store will say why it cannot.
    let _ = options.open(path);
}

/// Where there is no tokens file yet, makes the first token and keeps its word in a file of its own. A file whose tokens were
/// all revoked stays as it is: nobody gets in until somebody adds one.
fn first_token(config: &Config, clock: &dyn Clock) -> Result<Option<PathBuf>, StartError> {
    let file = TokenFile::new(&config.server.tokens);
    if file.path.exists() {
        return Ok(None);
    }
    let today = day_of(clock.now()).to_string();
    let word = file.add("first", BTreeSet::from(Scope::ALL), Some(today)).map_err(|e| bad_tokens(&e))?;
    let path = config.server.token_file.clone();
    write_private(&path, &format!("{word}\n")).map_err(|e| bad_tokens(&format!("{}: {e}", path.display())))?;
    Ok(Some(path))
}

/// The tokens as they are now, stamped before they are read.
fn keys(config: &Config, open: bool) -> Result<Keys, StartError> {
    if open {
        return Ok(Keys { tokens: Arc::default(), file: None, stamp: None });
    }
    let file = TokenFile::new(&config.server.tokens);
    let stamp = watch::stamp_of(&file.path);
    let found = file.read().map_err(|e| bad_tokens(&e))?;
    if found.is_empty() {
        tracing::warn!("no token is known: `facteur token add` makes one");
    }
    let tokens = Arc::new(Tokens::new(found));
    Ok(Keys { tokens, file: Some(file), stamp })
}

fn bad_tokens(why: &dyn std::fmt::Display) -> StartError {
    StartError::Configuration(Text::new(format!("fichier des jetons : {why}"), format!("tokens file: {why}")))
}

fn no_thread(error: &std::io::Error) -> StartError {
    StartError::Machine(Text::new(
        format!("aucun fil d'exécution pour les cachets : {error}"),
        format!("no thread for seals: {error}"),
    ))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> StartError {
    StartError::Machine(Text::new(
        format!("facteur ne peut pas écouter sur {address} : {error}"),
        format!("facteur cannot listen on {address}: {error}"),
    ))
}
