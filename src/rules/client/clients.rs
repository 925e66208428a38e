//! All customer files of a folder, as one value: made whole, then swapped in whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::day::Day;
use crate::invoice::Invoice;
use crate::limits;
use crate::text::Text;

use super::fault::{FaultKind, FileError};
use super::file::{ClientFile, Key, KeyKind, Origin, Placed};
use super::fold::fold;
use super::inherit::{ClientRules, Loaded, resolve};
use super::matching::{self, Choice};
use super::parse;
use super::waive::{WAIVERS, Waiver, WaiverFile};

/// The files of a folder as they were found, before anything is made of them. Whoever walks the folder fills it.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    files: BTreeMap<String, Result<Vec<u8>, String>>,
}

/// The customers in force. Never changed in place: [`Clients::reload`] makes the next one.
#[derive(Debug, Default)]
pub struct Clients {
    by_id: BTreeMap<Arc<str>, Entry>,
    by_key: HashMap<(KeyKind, String), Arc<ClientRules>>,
    faults: Vec<FileError>,
    remarks: Vec<FileError>,
    /// What `waivers.toml` says, or said when it was last right.
    waivers: Option<Arc<WaiverFile>>,
    digest: String,
}

#[derive(Debug, Clone)]
struct Entry {
    rules: Arc<ClientRules>,
    /// Digest of the file these rules came from, to tell whether it changed since.
    sha256: [u8; 32],
}

impl Folder {
    /// Is this file one of the folder's customer files? Hidden files and editors' copies are not.
    pub fn takes(name: &str) -> bool {
        name.strip_suffix(".toml").is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.'))
    }

    /// Adds a file by its name in the folder; one that is no customer file is left out.
    pub fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let name = name.into();
        if Self::takes(&name) {
            self.files.insert(name, Ok(bytes.into()));
        }
    }

    /// A file's bytes as they were found, by its name in the folder.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name)?.as_deref().ok()
    }

    /// All files, by name: their bytes, or why there are none.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Result<&[u8], &str>)> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_deref().map_err(String::as_str)))
    }

    /// Adds a file that is there and could not be read, so that its last good version stays in force.
    pub fn unreadable(&mut self, name: impl Into<String>, why: impl Into<String>) {
        let name = name.into();
        if Self::takes(&name) {
            self.files.insert(name, Err(why.into()));
        }
    }
}

impl<N: Into<String>, T: Into<Vec<u8>>> FromIterator<(N, T)> for Folder {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(files: I) -> Self {
        let mut folder = Folder::default();
        files.into_iter().for_each(|(name, text)| folder.add(name, text));
        folder
    }
}

impl Clients {
    /// Loads a folder whole.
    ///
    /// # Errors
    /// All faults of all files; with one of them nothing is loaded. To start with the files that are right, reload from
    /// [`Clients::default`].
    pub fn load(folder: &Folder) -> Result<Clients, Vec<FileError>> {
        let (clients, faults) = Self::reload(&Clients::default(), folder);
        if faults.is_empty() { Ok(clients) } else { Err(faults) }
    }

    /// The folder as it is now. A file that is wrong keeps its last good rules in force and says so
    /// ([`FileError::last_good_kept`]), so does a file that extends it; a file that is gone is gone.
    pub fn reload(old: &Clients, folder: &Folder) -> (Clients, Vec<FileError>) {
        let of_customers = folder.files.iter().filter(|(name, _)| *name != WAIVERS);
        let mut files: BTreeMap<Arc<str>, Loaded> =
            of_customers.map(|(name, bytes)| (parse::id(name), read(name, bytes))).collect();
        let rules = loop {
            let rules = settle(&mut files);
            let clashes = clashes(&files, &rules, old);
            if clashes.is_empty() {
                break rules;
            }
            for (id, faults) in clashes {
                files.insert(id, Err(faults));
            }
        };
        let remarks = remarks(&files);
        let mut next = Clients { remarks, ..Clients::default() };
        next.take_waivers(old, folder);
        for (id, loaded) in files {
            match loaded {
                Ok(file) => {
                    if let Some(rules) = rules.get(&id) {
                        next.by_id.insert(id, Entry { rules: rules.clone(), sha256: file.sha256 });
                    }
                }
                Err(faults) => {
                    let kept = old.by_id.get(&id).cloned();
                    next.faults.extend(faults.into_iter().map(|f| FileError { last_good_kept: kept.is_some(), ..f }));
                    next.by_id.extend(kept.map(|entry| (id, entry)));
                }
            }
        }
        for entry in next.by_id.values() {
            for key in &entry.rules.keys {
                next.by_key.insert((key.value.kind, key.value.value.clone()), entry.rules.clone());
            }
        }
        next.digest = next.worked_out();
        let faults = next.faults.clone();
        (next, faults)
    }

    /// SHA-256 of all that is in force here, hexadecimal: two folders with one digest judge alike. Empty before anything was loaded.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    fn worked_out(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |name: &str, digest: &[u8]| {
            hash.update([u8::try_from(name.len()).unwrap_or(u8::MAX)]);
            hash.update(name);
            hash.update(digest);
        };
        for (id, entry) in &self.by_id {
            // Of what is in force, the files that it extends included.
            add(id, entry.rules.sha256.as_bytes());
        }
        if let Some(file) = &self.waivers {
            add(WAIVERS, &file.sha256);
        }
        // One that is refused leaves invoices of customers that nobody knows unjudged.
        if let Some(fault) = self.refused() {
            add(&fault.file, b"refused");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What `waivers.toml` says now; where it is wrong, what it said before stays in force.
    fn take_waivers(&mut self, old: &Clients, folder: &Folder) {
        let Some(bytes) = folder.files.get(WAIVERS) else { return };
        match bytes
            .as_ref()
            .map_err(|why| vec![FileError::unreadable(WAIVERS, why)])
            .and_then(|b| parse::parse_waivers(WAIVERS, b))
        {
            Ok(file) => {
                self.remarks.extend(file.remarks.iter().cloned());
                self.waivers = Some(Arc::new(file));
            }
            Err(faults) => {
                self.waivers.clone_from(&old.waivers);
                let last_good_kept = self.waivers.is_some();
                self.faults.extend(faults.into_iter().map(|fault| FileError { last_good_kept, ..fault }));
            }
        }
    }

    /// The waivers of `waivers.toml`, each for whom it names. Those of a customer's file are in its rules.
    pub fn waivers(&self) -> &[Arc<Waiver>] {
        self.waivers.as_ref().map_or(&[], |file| &file.waivers)
    }

    /// A customer's file that is refused while no good version of it is in force; `waivers.toml` is nobody's.
    pub fn refused(&self) -> Option<&FileError> {
        self.faults.iter().find(|fault| fault.is_fatal() && !fault.last_good_kept && fault.file != WAIVERS)
    }

    /// The file for the buyer of an invoice.
    pub fn choose(&self, invoice: &Invoice<'_>) -> Choice {
        matching::choose(invoice, |kind, value| self.by_key.get(&(kind, value.to_owned())).cloned())
    }

    /// A file chosen by hand: by the file's name, else by the customer's name where one only bears it.
    pub fn named(&self, name: &str) -> Option<&Arc<ClientRules>> {
        if let Some(entry) = self.by_id.get(name.strip_suffix(".toml").unwrap_or(name)) {
            return Some(&entry.rules);
        }
        let wanted = fold(name);
        let mut bearing = self.iter().filter(|c| fold(&c.name) == wanted);
        bearing.next().filter(|_| bearing.next().is_none())
    }

    /// All files in force, by name of file.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ClientRules>> {
        self.by_id.values().map(|entry| &entry.rules)
    }

    /// What was wrong at the last load: for `doctor`, `profile check`, `/readyz`.
    pub fn faults(&self) -> &[FileError] {
        &self.faults
    }

    /// The waivers that end so late that nobody will look at them again, as remarks.
    pub fn long_waivers(&self, today: Day) -> Vec<FileError> {
        let own = self.iter().flat_map(|client| client.waivers.iter().filter(|w| w.origin.file == client.id));
        let far = |waiver: &&Arc<Waiver>| waiver.until.since_epoch() - today.since_epoch() > limits::WAIVER_LONG_DAYS;
        let remark = |waiver: &Arc<Waiver>| FileError {
            found: Some(format!("until = {}", waiver.until)),
            expected: Some(Text::new(
                "un dernier jour à moins de deux ans : à cette date, quelqu'un décide à nouveau",
                "a last day within two years: on that day somebody decides again",
            )),
            ..FileError::at(
                &waiver.origin,
                FaultKind::Doubtful,
                Text::new(
                    format!("la dérogation à {} dure plus de deux ans", waiver.what()),
                    format!("the waiver of {} lasts longer than two years", waiver.what()),
                ),
            )
        };
        own.chain(self.waivers()).filter(far).map(remark).collect()
    }

    /// What is in force, but probably does not mean what it says.
    pub fn remarks(&self) -> &[FileError] {
        &self.remarks
    }
}

fn read(name: &str, bytes: &Result<Vec<u8>, String>) -> Loaded {
    match bytes {
        Ok(bytes) => parse::parse(name, bytes).map(Arc::new),
        Err(why) => Err(vec![FileError::unreadable(name, why)]),
    }
}

/// Resolves all chains; a file whose chain is broken becomes refused, and then those that extend it.
fn settle(files: &mut BTreeMap<Arc<str>, Loaded>) -> BTreeMap<Arc<str>, Arc<ClientRules>> {
    let mut rules = BTreeMap::new();
    let mut broken = Vec::new();
    for (id, loaded) in &*files {
        let Ok(file) = loaded else { continue };
        match resolve(file, files) {
            Ok(resolved) => {
                rules.insert(id.clone(), Arc::new(resolved));
            }
            Err(fault) => broken.push((id.clone(), *fault)),
        }
    }
    // Chains were followed to their end, so that no further file breaks by refusing these.
    for (id, fault) in broken {
        files.insert(id, Err(vec![fault]));
    }
    rules
}

/// A file, and one of the identifiers it claims.
type Claim = (Arc<ClientRules>, Placed<Key>);

/// Identifiers that two files claim. The file that changed is refused; of two new ones both are.
fn clashes(
    files: &BTreeMap<Arc<str>, Loaded>,
    rules: &BTreeMap<Arc<str>, Arc<ClientRules>>,
    old: &Clients,
) -> BTreeMap<Arc<str>, Vec<FileError>> {
    let kept = |id: &Arc<str>| old.by_id.get(id).map(|entry| entry.rules.clone());
    let in_force = files.keys().filter_map(|id| rules.get(id).cloned().or_else(|| kept(id)));
    let mut claims: HashMap<(KeyKind, String), Vec<Claim>> = HashMap::new();
    for client in in_force {
        for key in &client.keys {
            let claimed = claims.entry((key.value.kind, key.value.value.clone())).or_default();
            claimed.push((client.clone(), key.clone()));
        }
    }
    let new = |id: &Arc<str>| match files.get(id) {
        Some(Ok(file)) => old.by_id.get(id).is_none_or(|entry| entry.sha256 != file.sha256),
        _ => false,
    };
    let mut out: BTreeMap<Arc<str>, Vec<FileError>> = BTreeMap::new();
    for ((kind, _), claimed) in claims.into_iter().filter(|(_, claimed)| claimed.len() > 1) {
        for (client, key) in claimed.iter().filter(|(client, ..)| new(&client.id)) {
            let others = claimed
                .iter()
                .filter(|(c, ..)| c.id != client.id)
                .map(|(_, k)| format!("{}:{}", k.origin, k.origin.column));
            let others = others.collect::<Vec<_>>().join(", ");
            let message = Text::new(
                format!("ce {} est aussi celui d'un autre fichier ({others})", kind.label().fr),
                format!("this {} is another file's too ({others})", kind.label().en),
            );
            out.entry(client.id.clone()).or_default().push(FileError {
                found: Some(key.value.written.clone()),
                expected: Some(Text::new(
                    "un identifiant ou un nom dans un seul fichier",
                    "an identifier or name in one file only",
                )),
                ..FileError::at(&key.origin, FaultKind::DuplicateMatch, message)
            });
        }
    }
    out.values_mut().for_each(|faults| faults.sort_by_key(|f| (f.line, f.column)));
    out
}

/// The remarks of all files, and one on each that serves nobody.
fn remarks(files: &BTreeMap<Arc<str>, Loaded>) -> Vec<FileError> {
    let read = || files.values().filter_map(|f| f.as_ref().ok());
    let extended = |file: &ClientFile| read().any(|f| f.extends.as_ref().is_some_and(|e| *e.value == *file.id));
    let mut out = Vec::new();
    for file in read() {
        out.extend(file.remarks.iter().cloned());
        if file.keys.is_empty() && !extended(file) {
            let origin = Origin { file: file.id.clone(), line: 1, column: 1 };
            let message = Text::new(
                "ce fichier ne reconnaît aucun client et aucun autre ne l'étend",
                "this file matches no customer and no other extends it",
            );
            out.push(FileError {
                expected: Some(Text::new("match = { siret = [\"…\"] }", "match = { siret = [\"…\"] }")),
                ..FileError::at(&origin, FaultKind::Doubtful, message)
            });
        }
    }
    out
}
