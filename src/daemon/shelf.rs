//! Folders of small files that people write and that are reloaded without a restart: customer files, partner files.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use crate::api::PartnerFiles;
use crate::config::Partners;
use crate::limits;
use crate::rules::client::{Clients, FileError, Folder};
use crate::text::Text;

/// What is made of all files of a folder together.
pub trait Kept: Default + Send + Sync {
    /// Whose files they are, in French and in English, and what the log says when they are loaded or one is refused.
    const WHOSE: (&'static str, &'static str);
    const LOADED: &'static str;
    const REFUSED: &'static str;
    const STAY: &'static str;

    /// The folder as it is now; where a file is wrong, what it said before stays.
    fn reload(&self, folder: &Folder) -> Self;

    /// What was wrong with which file.
    fn faults(&self) -> &[FileError];

    /// What is probably not meant as it stands.
    fn remarks(&self) -> &[FileError] {
        &[]
    }

    /// How many files are in force.
    fn count(&self) -> usize;
}

const REMARK: &str = "a file is in force that probably does not mean what it says: `facteur doctor` says it";

/// The files of a folder. Readers take what is in force; a reload puts the next whole in its place.
pub struct Shelf<T> {
    folder: Option<PathBuf>,
    in_force: RwLock<Arc<T>>,
    /// The folder as it was just before it was last read: whatever changes during the reading is seen as a change after it.
    seen: Mutex<Look>,
    /// Could the folder not be listed when it was last looked at?
    gone: AtomicBool,
}

/// What of a folder tells that it changed: names, times and lengths.
#[derive(Debug, Default, PartialEq, Eq)]
struct Look(Vec<(String, Option<SystemTime>, u64)>);

impl<T: Kept> Shelf<T> {
    /// Loads the folder, as far as its files are right; none is a shelf without files.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn open(folder: Option<PathBuf>) -> Result<Self, Text> {
        let shelf = Self { folder, in_force: RwLock::default(), seen: Mutex::default(), gone: AtomicBool::new(false) };
        shelf.reload()?;
        Ok(shelf)
    }

    /// None where no folder is configured.
    pub fn in_force(&self) -> Option<Arc<T>> {
        self.folder.as_ref().map(|_| self.now())
    }

    /// Nothing where no folder is configured.
    pub fn now(&self) -> Arc<T> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The files as they are on disk now.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn on_disk(&self) -> Result<Folder, Text> {
        self.folder.as_ref().map_or_else(|| Ok(Folder::default()), |folder| read_folder::<T>(folder))
    }

    /// Reads the folder again. A file that is wrong is logged with its place, and its last good version stays in force.
    ///
    /// # Errors
    /// The folder cannot be listed; everything stays in force.
    pub fn reload(&self) -> Result<(), Text> {
        if self.folder.is_none() {
            return Ok(());
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.look();
        let next = self.now().reload(&self.on_disk()?);
        for fault in next.faults() {
            // The place and kind: the words and the name of a file name customers.
            let FileError { line, column, kind, last_good_kept, .. } = fault;
            tracing::warn!(line, column, ?kind, last_good_kept, "{}", T::REFUSED);
        }
        for FileError { line, column, .. } in next.remarks() {
            tracing::warn!(line, column, "{}", REMARK);
        }
        let (count, faults) = (next.count(), next.faults().len());
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        tracing::info!(count, faults, "{}", T::LOADED);
        Ok(())
    }

    /// Reads the folder again where it looks different from when it was last read, or where that is asked for.
    pub fn refresh(&self, forced: bool) {
        if (forced || self.changed())
            && let Err(text) = self.reload()
        {
            tracing::error!(error = text.en, "{}", T::STAY);
        }
    }

    /// Does the folder look different from when it was last read?
    pub fn changed(&self) -> bool {
        self.look() != *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is there a folder that could not be listed when it was last looked at? What was in force stays.
    pub fn gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// What the folder looks like now; an unlistable one looks empty, and the reload says why.
    fn look(&self) -> Look {
        let entries = self.folder.as_ref().map(std::fs::read_dir);
        self.gone.store(matches!(entries, Some(Err(_))), Ordering::Relaxed);
        let Some(Ok(entries)) = entries else { return Look::default() };
        let seen = entries.flatten().map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Through links: what a link points to may change as well.
            let meta = std::fs::metadata(entry.path()).ok();
            (name, meta.as_ref().and_then(|m| m.modified().ok()), meta.map_or(0, |m| m.len()))
        });
        let mut seen: Vec<_> = seen.filter(|(name, ..)| Folder::takes(name)).collect();
        seen.sort();
        Look(seen)
    }
}

impl Kept for Clients {
    const WHOSE: (&'static str, &'static str) = ("clients", "customers");
    const LOADED: &'static str = "customer files loaded";
    const REFUSED: &'static str = "customer file refused: `facteur doctor` and /v1/clients name it";
    const STAY: &'static str = "customer files stay as they were";

    fn reload(&self, folder: &Folder) -> Self {
        Clients::reload(self, folder).0
    }

    fn faults(&self) -> &[FileError] {
        Clients::faults(self)
    }

    fn count(&self) -> usize {
        self.iter().count()
    }
}

impl Kept for Partners {
    const WHOSE: (&'static str, &'static str) = ("partenaires", "partners");
    const LOADED: &'static str = "partner files loaded";
    const REFUSED: &'static str = "partner file refused: `facteur doctor` names it";
    const STAY: &'static str = "partner files stay as they were";

    fn reload(&self, folder: &Folder) -> Self {
        Partners::reload(self, folder)
    }

    fn faults(&self) -> &[FileError] {
        Partners::faults(self)
    }

    fn remarks(&self) -> &[FileError] {
        Partners::remarks(self)
    }

    fn count(&self) -> usize {
        self.list().len()
    }
}

impl PartnerFiles for Shelf<Partners> {
    fn in_force(&self) -> Arc<Partners> {
        self.now()
    }

    fn gone(&self) -> bool {
        Shelf::gone(self)
    }
}

/// Reads the files of a folder, each at most as far as tells that it is too large.
///
/// # Errors
/// The folder cannot be listed.
pub fn read_folder<T: Kept>(path: &Path) -> Result<Folder, Text> {
    let wrong = |e: std::io::Error| {
        let shown = path.display();
        Text::new(
            format!("le dossier des {} {shown} ne peut pas être lu : {e}", T::WHOSE.0),
            format!("the {}' folder {shown} cannot be read: {e}", T::WHOSE.1),
        )
    };
    let mut folder = Folder::default();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !Folder::takes(&name) {
            continue;
        }
        let mut bytes = Vec::new();
        let opened = std::fs::File::open(entry.path());
        match opened.and_then(|file| file.take(limits::CONFIG_BYTES as u64 + 1).read_to_end(&mut bytes)) {
            Ok(_) => folder.add(name, bytes),
            Err(e) => folder.unreadable(name, e.to_string()),
        }
    }
    Ok(folder)
}
