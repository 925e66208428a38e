//! The company's key at work: loaded from its files, loaded again when they change, and used by a few threads of its own, so
//! that signing (twenty times a validation) keeps neither the queue nor the doors waiting.
//!
//! A key that cannot be used never stops the daemon: documents are taken and judged, deliveries wait, and all of it is told.

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::api::{SealHealth, SealState};
use crate::clock::{Clock, Millis, day_of};
use crate::config::{Seal, SealFiles, Secret, SecretSource};
use crate::crypto::{Identity, KeyError, Standing};
use crate::limits::KEY_FILE_BYTES;
use crate::queue::{NoSeal, Sealed, Sealer};
use crate::signature::{SealError, seal};
use crate::text::Text;

/// Seals that wait for a thread before those that ask do. Each is a digest, not a document.
const WAITING: usize = 64;
/// Most threads that sign.
const THREADS: usize = 4;

/// Why there is no key to sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// [`KeyError::code`], or `unreadable` where a file or the passphrase cannot be had.
    pub code: &'static str,
    pub text: Text,
}

/// Loads the key and its certificate. Whether they are in their time is not asked here.
///
/// # Errors
/// [`Trouble`], which names files and never what is in them.
pub fn load(config: &Seal) -> Result<Identity, Trouble> {
    let passphrase = config.passphrase.as_ref().map(passphrase).transpose();
    let passphrase = passphrase.map_err(|text| Trouble { code: "unreadable", text })?;
    let word = passphrase.as_ref().map(|secret| secret.expose());
    match &config.files {
        SealFiles::Pkcs12(file) => {
            let bytes = read(file)?;
            Identity::from_pkcs12(&bytes, word).map_err(|error| about(&[file], &error))
        }
        SealFiles::Pem { key, certificate } => {
            let bytes = read(key)?;
            let others = certificate.as_deref().map(read).transpose()?;
            let files: Vec<&Path> = [key.as_path()].into_iter().chain(certificate.as_deref()).collect();
            Identity::from_pem(&bytes, others.as_deref().map(Vec::as_slice), word)
                .map_err(|error| about(&files, &error))
        }
    }
}

/// An empty passphrase is a mistake more often than a wish, and whoever wishes it leaves the key out: that is said.
fn passphrase(source: &SecretSource) -> Result<Secret, Text> {
    let secret = source.read_even_empty()?;
    if !secret.expose().is_empty() {
        return Ok(secret);
    }
    let key = match source {
        SecretSource::File(_) => "passphrase_file",
        SecretSource::Env(_) => "passphrase_env",
    };
    Err(Text::new(
        format!(
            "la phrase secrète de {source} est vide ; si la clé n'en a pas, ou si la sienne est vide, ôtez `{key}` de [seal]"
        ),
        format!(
            "the passphrase in {source} is empty; where the key has none, or an empty one, leave `{key}` out of [seal]"
        ),
    ))
}

fn about(files: &[&Path], error: &KeyError) -> Trouble {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let (names, text) = (names.join(", "), error.text());
    Trouble { code: error.code(), text: Text::new(format!("{names} : {}", text.fr), format!("{names}: {}", text.en)) }
}

fn read(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Trouble> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    // A pipe or a device would be waited for without end, by `open` already.
    let regular = std::fs::metadata(path).and_then(|meta| match meta.is_file() {
        true => Ok(()),
        false => Err(std::io::Error::other("not a regular file")),
    });
    let opened = regular
        .and_then(|()| std::fs::File::open(path))
        .and_then(|file| file.take(KEY_FILE_BYTES as u64 + 1).read_to_end(&mut bytes));
    opened.map_err(|e| {
        let path = path.display();
        let (fr, en) = (format!("{path} ne peut pas être lu : {e}"), format!("{path} cannot be read: {e}"));
        Trouble { code: "unreadable", text: Text::new(fr, en) }
    })?;
    Ok(bytes)
}

/// The key in force.
pub(super) struct Keeper {
    config: Seal,
    clock: Arc<dyn Clock>,
    in_force: RwLock<Result<Arc<Identity>, Trouble>>,
    /// The files as they are now cannot be used; the pair in force is a former one.
    refused: AtomicBool,
    /// The files as they were just before they were last read.
    seen: Mutex<Seen>,
    /// The day on which the end of the certificate was last told.
    told: Mutex<Option<crate::day::Day>>,
}

type Seen = Vec<Option<(SystemTime, u64)>>;

impl Keeper {
    /// Loads what there is; trouble is told, and kept for whoever asks.
    pub fn open(config: Seal, clock: Arc<dyn Clock>) -> Arc<Self> {
        let seen = look(&config);
        let loaded = load(&config).map(Arc::new);
        match &loaded {
            Ok(identity) => announce(identity),
            Err(trouble) => {
                tracing::error!(code = trouble.code, why = trouble.text.en, "no key to seal with: deliveries wait");
            }
        }
        let refused = AtomicBool::new(false);
        let keeper = Self {
            config,
            clock,
            refused,
            in_force: RwLock::new(loaded),
            seen: Mutex::new(seen),
            told: Mutex::default(),
        };
        keeper.remind();
        Arc::new(keeper)
    }

    /// Loads the key again where a file changed or somebody insists. While a renewal is half done (the key is new, the
    /// certificate not yet), the former pair stays in force.
    pub fn refresh(&self, insist: bool) {
        let now = look(&self.config);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now && !insist {
                return;
            }
            *seen = now;
        }
        let loaded = load(&self.config);
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok(identity) => {
                announce(&identity);
                *in_force = Ok(Arc::new(identity));
                self.refused.store(false, Ordering::Relaxed);
            }
            Err(trouble) => {
                let kept = in_force.is_ok();
                self.refused.store(kept, Ordering::Relaxed);
                tracing::error!(code = trouble.code, why = trouble.text.en, kept, "the new key cannot be used");
                if !kept {
                    *in_force = Err(trouble);
                }
            }
        }
        drop(in_force);
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.remind();
    }

    /// Tells once a day that the certificate ends soon, or has ended.
    pub fn remind(&self) {
        let now = self.clock.now();
        let today = day_of(now);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told == Some(today) {
            return;
        }
        let Ok(identity) = self.identity() else { return };
        match identity.standing(now.div_euclid(1_000)) {
            Standing::Valid(days) if days > self.config.warn_days => return,
            Standing::Valid(days) => tracing::warn!(days, "the seal's certificate expires soon: renew it"),
            Standing::Expired => tracing::error!("the seal's certificate has expired: deliveries wait for a new one"),
            Standing::NotYet => tracing::error!("the seal's certificate is not valid yet: deliveries wait"),
        }
        *told = Some(today);
    }

    fn identity(&self) -> Result<Arc<Identity>, Trouble> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sign(&self, document: &[u8; 32], at: Millis) -> Result<Sealed, NoSeal> {
        let trouble = |trouble: Trouble| NoSeal { code: trouble.code.into(), why: unnamed(&trouble) };
        let identity = self.identity().map_err(trouble)?;
        match seal(&identity, document, at) {
            Ok((bytes, facts)) => Ok(Sealed { bytes, facts }),
            Err(SealError::Key(error)) => Err(NoSeal { code: error.code().into(), why: error.text() }),
            Err(SealError::Fault(why)) => Err(NoSeal { code: "fault".into(), why: Text::new(why.clone(), why) }),
        }
    }
}

/// As an invoice tells it, to whoever may read invoices: without the names of files, which are the operator's.
fn unnamed(trouble: &Trouble) -> Text {
    Text::new(
        format!("la clé de cachet ne peut pas être utilisée ({}) ; voir `facteur doctor`", trouble.code),
        format!("the seal's key cannot be used ({}); see `facteur doctor`", trouble.code),
    )
}

impl SealState for Keeper {
    fn state(&self) -> SealHealth {
        let standing = self.identity().ok().map(|identity| identity.standing(self.clock.now().div_euclid(1_000)));
        let refused = standing.is_some() && self.refused.load(Ordering::Relaxed);
        SealHealth { standing, warn_days: self.config.warn_days, refused }
    }
}

/// Signs in threads of its own.
pub(super) struct Pool {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    document: [u8; 32],
    at: Millis,
    answer: oneshot::Sender<Result<Sealed, NoSeal>>,
}

impl Pool {
    /// Starts the threads; they end when the pool is dropped.
    ///
    /// # Errors
    /// The machine has no thread left.
    pub fn start(keeper: &Arc<Keeper>) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (jobs, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..cores.div_ceil(2).min(THREADS) {
            let (keeper, waiting) = (keeper.clone(), waiting.clone());
            std::thread::Builder::new().name("seal".into()).spawn(move || work(&keeper, &waiting))?;
        }
        Ok(Self { jobs })
    }
}

fn work(keeper: &Keeper, waiting: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        // Whoever asked may have given up meanwhile: its place is for others.
        if job.answer.is_closed() {
            continue;
        }
        let signed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| keeper.sign(&job.document, job.at)));
        let _ = job.answer.send(signed.unwrap_or_else(|_| Err(stopped("signing panicked"))));
    }
}

fn stopped(why: &str) -> NoSeal {
    NoSeal {
        code: "fault".into(),
        why: Text::new(format!("faute de facteur : {why}"), format!("facteur's own fault: {why}")),
    }
}

#[async_trait]
impl Sealer for Pool {
    async fn seal(&self, document: &[u8; 32], at: Millis) -> Result<Sealed, NoSeal> {
        let (answer, waiting) = oneshot::channel();
        let job = Job { document: *document, at, answer };
        self.jobs.send(job).await.map_err(|_| stopped("no thread signs any more"))?;
        waiting.await.unwrap_or_else(|_| Err(stopped("the thread that signed is gone")))
    }
}

fn look(config: &Seal) -> Seen {
    let of = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    };
    config.paths().into_iter().map(|path| of(path)).collect()
}

fn announce(identity: &Identity) {
    let certificate = identity.certificate();
    let until = day_of(certificate.not_after().saturating_mul(1_000));
    tracing::info!(
        subject = certificate.subject(), algorithm = %identity.algorithm(), %until, "invoices are sealed before they leave"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::crypto::sha256;
    use crate::signature::verify;

    const KEY: &[u8] = include_bytes!("../../fixtures/keys/seal.key");
    const CHAIN: &[u8] = include_bytes!("../../fixtures/keys/seal.pem");
    const NOW: Millis = 1_795_219_200_000;
    const END: Millis = 4_922_899_200_000;

    struct Desk {
        folder: tempfile::TempDir,
        clock: Arc<ManualClock>,
        keeper: Arc<Keeper>,
    }

    fn desk(key: Option<&[u8]>) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let (path, chain) = (folder.path().join("key"), folder.path().join("chain"));
        std::fs::write(&chain, CHAIN).unwrap();
        if let Some(key) = key {
            std::fs::write(&path, key).unwrap();
        }
        let files = SealFiles::Pem { key: path, certificate: Some(chain) };
        let clock = Arc::new(ManualClock::at(NOW));
        let keeper = Keeper::open(Seal { files, passphrase: None, warn_days: 30 }, clock.clone());
        Desk { folder, clock, keeper }
    }

    #[test]
    fn an_empty_passphrase_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let word = folder.path().join("word");
        std::fs::write(&word, "\n").unwrap();
        let files = SealFiles::Pkcs12(folder.path().join("seal.p12"));
        let config = Seal { files, passphrase: Some(SecretSource::File(word.clone())), warn_days: 30 };
        let text = load(&config).unwrap_err().text;
        assert!(
            text.en.contains(&*word.to_string_lossy()) && text.en.contains("leave `passphrase_file` out"),
            "{text:?}"
        );
        assert!(text.fr.contains("ôtez `passphrase_file`"), "{text:?}");
    }

    #[tokio::test]
    async fn many_seals_at_once_all_fit_their_documents() {
        let desk = desk(Some(KEY));
        let pool = Arc::new(Pool::start(&desk.keeper).unwrap());
        let tasks: Vec<_> = (0..300u32)
            .map(|n| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    let document = sha256(&n.to_be_bytes());
                    (document, pool.seal(&document, NOW).await.unwrap())
                })
            })
            .collect();
        for task in tasks {
            let (document, sealed) = task.await.unwrap();
            verify(&sealed.bytes, &document).unwrap();
        }
    }

    #[tokio::test]
    async fn whoever_gives_up_takes_no_thread() {
        let desk = desk(Some(KEY));
        let pool = Pool::start(&desk.keeper).unwrap();
        for _ in 0..3 * WAITING {
            // Dropped before it is answered.
            let asked = tokio::time::timeout(std::time::Duration::ZERO, pool.seal(&[0; 32], NOW)).await;
            drop(asked);
        }
        verify(&pool.seal(&[9; 32], NOW).await.unwrap().bytes, &[9; 32]).unwrap();
    }

    #[tokio::test]
    async fn a_key_that_comes_later_is_taken_up_and_a_bad_one_does_not_push_out_a_good_one() {
        let desk = desk(None);
        let pool = Pool::start(&desk.keeper).unwrap();
        assert_eq!(desk.keeper.state().text().en, "unreadable");
        let no = pool.seal(&[1; 32], NOW).await.unwrap_err();
        assert_eq!(no.code, "unreadable");
        assert!(!no.why.en.contains(desk.folder.path().to_str().unwrap()), "no path in what an invoice tells");
        desk.keeper.refresh(false);
        assert_eq!(desk.keeper.state().text().en, "unreadable");
        std::fs::write(desk.folder.path().join("key"), KEY).unwrap();
        desk.keeper.refresh(false);
        assert_eq!(desk.keeper.state().text().en, "ok");
        pool.seal(&[1; 32], NOW).await.unwrap();
        std::fs::write(desk.folder.path().join("key"), &KEY[..100]).unwrap();
        desk.keeper.refresh(false);
        assert_eq!(desk.keeper.state().text().en, "ok; new files refused", "the pair that was read stays in force");
        pool.seal(&[1; 32], NOW).await.unwrap();
        std::fs::write(desk.folder.path().join("key"), KEY).unwrap();
        desk.keeper.refresh(false);
        assert_eq!(desk.keeper.state().text().en, "ok");
    }

    #[tokio::test]
    async fn the_end_of_the_certificate_is_seen_coming() {
        let desk = desk(Some(KEY));
        let pool = Pool::start(&desk.keeper).unwrap();
        for (before, state) in [
            (31 * 86_400_000, "ok"),
            (30 * 86_400_000, "expires in 30 days"),
            (0, "expires within a day"),
            (-1_000, "expired"),
        ] {
            desk.clock.advance_to(END - before);
            assert_eq!(desk.keeper.state().text().en, state);
            desk.keeper.remind();
        }
        assert_eq!(pool.seal(&[1; 32], desk.clock.now()).await.unwrap_err().code, "expired");
    }
}
