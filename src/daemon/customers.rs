//! The customer files in force, and their reload without a restart.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use crate::api::Customers;
use crate::api::clients::{Ask, Client, ClientInFull, ClientPage, FileRemark, Match, Overrule, WaiverInForce};
use crate::clock;
use crate::day::Day;
use crate::limits;
use crate::rules::client::{ClientRules, Clients, FileError, Folder, Waiver};
use crate::text::{Lang, Text};

/// The customer files of a folder. Readers take what is in force; a reload puts the next whole in its place.
pub struct Book {
    folder: Option<PathBuf>,
    in_force: RwLock<Arc<Clients>>,
    /// The folder as it was just before it was last read: whatever changes during the reading is seen as a change after it.
    seen: Mutex<Look>,
}

/// What of a folder tells that it changed: names, times and lengths.
#[derive(Debug, Default, PartialEq, Eq)]
struct Look(Vec<(String, Option<SystemTime>, u64)>);

impl Book {
    /// Loads the folder, as far as its files are right; none is a book without customers.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn open(folder: Option<PathBuf>) -> Result<Self, Text> {
        let book = Self { folder, in_force: RwLock::default(), seen: Mutex::default() };
        book.reload()?;
        Ok(book)
    }

    /// None where no folder is configured.
    pub fn in_force(&self) -> Option<Arc<Clients>> {
        self.folder.as_ref().map(|_| self.now())
    }

    fn now(&self) -> Arc<Clients> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the folder again. A file that is wrong is logged with its place, and its last good version stays in force.
    ///
    /// # Errors
    /// The folder cannot be listed; everything stays in force.
    pub fn reload(&self) -> Result<(), Text> {
        let Some(folder) = &self.folder else { return Ok(()) };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.look();
        let found = read_folder(folder)?;
        let (next, faults) = Clients::reload(&self.now(), &found);
        for fault in &faults {
            // The place and kind: the words and the name of a customer file name customers.
            let FileError { line, column, kind, last_good_kept, .. } = fault;
            tracing::warn!(
                line,
                column,
                ?kind,
                last_good_kept,
                "customer file refused: `facteur doctor` and /v1/clients name it"
            );
        }
        let count = next.iter().count();
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        tracing::info!(count, faults = faults.len(), "customer files loaded");
        Ok(())
    }

    /// Does the folder look different from when it was last read?
    pub fn changed(&self) -> bool {
        self.look() != *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the folder looks like now; an unlistable one looks empty, and the reload says why.
    fn look(&self) -> Look {
        let Some(Ok(entries)) = self.folder.as_ref().map(std::fs::read_dir) else { return Look::default() };
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

impl Customers for Book {
    fn in_force(&self) -> Option<Arc<Clients>> {
        Book::in_force(self)
    }

    fn files(&self) -> Result<Folder, Text> {
        self.folder.as_ref().map_or_else(|| Ok(Folder::default()), |folder| read_folder(folder))
    }

    fn show(&self) -> ClientPage {
        let clients = self.now();
        ClientPage {
            clients: clients.iter().map(|rules| client(rules)).collect(),
            faults: clients.faults().iter().map(fault).collect(),
            remarks: clients.remarks().iter().map(fault).collect(),
            next: None,
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.now().named(name).is_some()
    }

    fn one(&self, id: &str) -> Option<ClientInFull> {
        let clients = self.now();
        let rules = clients.iter().find(|rules| *rules.id == *id)?;
        let asks = rules.told().into_iter().map(|told| Ask {
            kind: told.kind,
            term: told.term,
            severity: told.severity,
            asks: told.asks,
            when: told.when,
            message: told.message,
            file: format!("{}.toml", told.origin.file),
            line: told.origin.line,
        });
        let overrules = rules.overrules_in_words().into_iter().map(|(says, origin)| Overrule {
            says,
            file: format!("{}.toml", origin.file),
            line: origin.line,
        });
        let today = clock::today();
        Some(ClientInFull {
            client: client(rules),
            asks: asks.collect(),
            overrules: overrules.collect(),
            waivers: clients.waivers_of(rules).map(|w| waiver(w, today)).collect(),
            toml: rules.show(),
        })
    }

    fn faults(&self) -> usize {
        self.now().faults().len()
    }
}

fn waiver(waiver: &Waiver, today: Day) -> WaiverInForce {
    WaiverInForce {
        rule: waiver.rule.clone(),
        term: waiver.term.map(|term| term.to_string()),
        scope: waiver.scope(),
        author: waiver.author.clone(),
        reason: waiver.reason.clone(),
        until: waiver.until,
        state: waiver.standing(today).as_str(),
        stands: waiver.standing_in_words(today),
        file: format!("{}.toml", waiver.origin.file),
        line: waiver.origin.line,
    }
}

fn client(rules: &ClientRules) -> Client {
    Client {
        id: rules.id.to_string(),
        name: rules.name.clone(),
        files: rules.files.iter().map(ToString::to_string).collect(),
        route: rules.route.as_ref().map(|route| route.value.clone()),
        r#match: rules
            .keys
            .iter()
            .map(|key| Match { by: key.value.kind.key(), value: key.value.written.clone() })
            .collect(),
        rules: rules.count(),
        sha256: rules.sha256.clone(),
    }
}

fn fault(fault: &FileError) -> FileRemark {
    FileRemark {
        file: fault.file.clone(),
        line: fault.line,
        column: fault.column,
        messages: Text::new(fault.line(Lang::Fr), fault.line(Lang::En)),
        last_good_kept: fault.last_good_kept,
    }
}

/// Reads the customer files of a folder, each at most as far as tells that it is too large.
///
/// # Errors
/// The folder cannot be listed.
pub fn read_folder(path: &Path) -> Result<Folder, Text> {
    let wrong = |e: std::io::Error| {
        let shown = path.display();
        Text::new(
            format!("le dossier des clients {shown} ne peut pas être lu : {e}"),
            format!("the customers' folder {shown} cannot be read: {e}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"Ville\"\nmatch = { siren = [\"216901231\"] }\nroute = \"chorus-pro\"\n";

    #[test]
    fn a_file_that_turns_bad_leaves_its_last_good_version_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ville.toml");
        std::fs::write(&file, GOOD).unwrap();
        let book = Book::open(Some(folder.path().to_owned())).unwrap();
        assert!(!book.changed());
        assert_eq!((book.faults(), book.in_force().unwrap().iter().count()), (0, 1));

        std::fs::write(&file, format!("{GOOD}rout = 1\n")).unwrap();
        assert!(book.changed());
        book.reload().unwrap();
        assert!(!book.changed());
        let shown = book.show();
        assert_eq!(shown.clients[0].name, "Ville");
        assert_eq!((shown.faults[0].line, shown.faults[0].last_good_kept), (4, true));
        let full = book.one("ville").unwrap();
        assert_eq!((full.client, full.asks), (shown.clients[0].clone(), vec![]));
        assert!(full.toml.contains("route = \"chorus-pro\"") && book.one("Ville").is_none());

        std::fs::remove_file(&file).unwrap();
        book.reload().unwrap();
        assert_eq!((book.faults(), book.in_force().unwrap().iter().count()), (0, 0));
    }

    #[test]
    fn no_folder_is_no_customers_and_a_missing_one_is_a_fault() {
        assert!(Book::open(None).unwrap().in_force().is_none());
        let folder = tempfile::tempdir().unwrap();
        assert!(Book::open(Some(folder.path().join("absent"))).is_err());
    }
}
