//! A customer's rules in force: its file, and what the files it extends add.
//!
//! - Rules add up: the parent's first, then the child's. Several `[[allow]]` of one term widen each other (see `judge`).
//! - `route` and each key of `[limits]` and `[chorus]` are taken from the nearest file that has them.
//! - `name` and `match` say who a file is for, and are never inherited.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::limits;
use crate::text::Text;

use super::chorus::Chorus;
use super::fault::{FaultKind, FileError};
use super::file::{ClientFile, Key, Limits, Origin, Placed, Rule};
use super::mentioned::{self, Asked};
use super::payment::Payment;
use super::severity::SeverityRule;
use super::suggest;
use super::waive::Waiver;

/// The rules of one customer, as they are judged.
#[derive(Debug)]
pub struct ClientRules {
    /// The file's name without `.toml`.
    pub id: Arc<str>,
    /// How people call the customer; the id where the file does not say.
    pub name: String,
    /// The files that make it up: its own, then what it extends, nearest first.
    pub files: Vec<Arc<str>>,
    /// Who it is for; empty for a file that only serves `extends`.
    pub keys: Vec<Placed<Key>>,
    /// The name of the platform, as the configuration names it.
    pub route: Option<Placed<String>>,
    pub rules: Vec<Arc<Rule>>,
    pub limits: Limits,
    /// Those of the files it extends first.
    pub waivers: Vec<Arc<Waiver>>,
    /// Those of the files it extends first; the last that fits counts.
    pub severities: Vec<Arc<SeverityRule>>,
    /// Of each mention what the nearest file says.
    pub mentions: Vec<Asked>,
    /// Which maximum payment term holds.
    pub payment: Payment,
    /// What a public buyer asks for in Chorus Pro.
    pub chorus: Chorus,
    /// SHA-256 of the file; where it extends others, of the files' digests one after the other. Hexadecimal.
    pub sha256: String,
}

impl ClientRules {
    /// The id of the pack these rules make, as findings name it.
    pub fn pack(&self) -> String {
        format!("client:{}", self.id)
    }

    /// How many things are asked.
    pub fn count(&self) -> usize {
        let limits = [&self.limits.attachments, &self.limits.attachment_bytes];
        self.rules.len() + limits.into_iter().flatten().count()
    }
}

/// A file's rules with those of the files it extends.
///
/// # Errors
/// What is wrong with the chain, where this file says `extends`.
pub fn resolve(file: &ClientFile, files: &BTreeMap<Arc<str>, Loaded>) -> Result<ClientRules, Box<FileError>> {
    let chain = chain(file, files)?;
    let mut limits = Limits::default();
    let mut payment = Payment::default();
    for each in &chain {
        payment.or(&each.payment);
        limits.attachments = limits.attachments.or_else(|| each.limits.attachments.clone());
        limits.attachment_bytes = limits.attachment_bytes.or_else(|| each.limits.attachment_bytes.clone());
    }
    let rules: Vec<_> = chain.iter().rev().flat_map(|f| f.rules.iter().cloned()).collect();
    if rules.len() > limits::CLIENT_RULES {
        let message = Text::new(
            "trop de règles, celles des fichiers étendus comprises",
            "too many rules, those of the files it extends included",
        );
        let fault = fault(file, FaultKind::TooManyRules, message);
        let most = limits::CLIENT_RULES;
        return Err(Box::new(FileError {
            found: Some(rules.len().to_string()),
            expected: Some(Text::new(format!("{most} au plus"), format!("{most} at most"))),
            ..fault
        }));
    }
    Ok(ClientRules {
        id: file.id.clone(),
        name: file.name.clone().unwrap_or_else(|| file.id.to_string()),
        files: chain.iter().map(|f| f.id.clone()).collect(),
        keys: file.keys.clone(),
        route: chain.iter().find_map(|f| f.route.clone()),
        rules,
        limits,
        waivers: chain.iter().rev().flat_map(|f| f.waivers.iter().cloned()).collect(),
        severities: chain.iter().rev().flat_map(|f| f.severities.iter().cloned()).collect(),
        mentions: mentioned::nearest(&chain),
        payment,
        chorus: chain.iter().fold(Chorus::default(), |near, file| near.or(&file.chorus)),
        sha256: digest(&chain),
    })
}

/// A file of the folder: read, or refused.
pub type Loaded = Result<Arc<ClientFile>, Vec<FileError>>;

/// The file, then what it extends, nearest first.
fn chain<'f>(
    file: &'f ClientFile,
    files: &'f BTreeMap<Arc<str>, Loaded>,
) -> Result<Vec<&'f ClientFile>, Box<FileError>> {
    let mut chain = vec![file];
    let mut last = file;
    while let Some(parent) = &last.extends {
        let named = parent.value.as_str();
        if let Some(at) = chain.iter().position(|f| &*f.id == named) {
            // A file that only leads to a cycle is not part of it.
            return Err(Box::new(if at == 0 { cycle(&chain) } else { bad_parent(file, &chain[1].id) }));
        }
        if chain.len() > limits::CLIENT_EXTENDS_DEPTH {
            let most = limits::CLIENT_EXTENDS_DEPTH;
            let message = Text::new("chaîne extends trop longue", "chain of extends too long");
            return Err(Box::new(FileError {
                found: Some(chain.iter().map(|f| &*f.id).chain([named]).collect::<Vec<_>>().join(" → ")),
                expected: Some(Text::new(
                    format!("{most} fichiers étendus au plus"),
                    format!("{most} extended files at most"),
                )),
                ..fault(file, FaultKind::TooDeep, message)
            }));
        }
        match files.get(named) {
            Some(Ok(next)) => last = next,
            Some(Err(_)) => return Err(Box::new(bad_parent(file, named))),
            None if last.id == file.id => return Err(Box::new(unknown_parent(file, named, files))),
            None => return Err(Box::new(bad_parent(file, &chain[1].id))),
        }
        chain.push(last);
    }
    Ok(chain)
}

fn cycle(chain: &[&ClientFile]) -> FileError {
    let first = &chain[0].id;
    let message = Text::new("ce fichier s'étend lui-même", "this file extends itself");
    FileError {
        found: Some(chain.iter().map(|f| &f.id).chain([first]).map(|id| &**id).collect::<Vec<_>>().join(" → ")),
        expected: Some(Text::new("un autre fichier, qui ne l'étend pas", "another file, which does not extend it")),
        ..fault(chain[0], FaultKind::Cycle, message)
    }
}

fn bad_parent(file: &ClientFile, parent: &str) -> FileError {
    let message = Text::new(
        format!("un fichier que celui-ci étend est refusé ({parent}.toml)"),
        format!("a file that this one extends is refused ({parent}.toml)"),
    );
    let expected = Text::new(
        "un fichier sans faute, lui et ceux qu'il étend",
        "a file without faults, itself and those it extends",
    );
    FileError { found: Some(parent.to_owned()), expected: Some(expected), ..fault(file, FaultKind::BadParent, message) }
}

fn unknown_parent(file: &ClientFile, named: &str, files: &BTreeMap<Arc<str>, Loaded>) -> FileError {
    let others = || files.keys().map(|id| &**id).filter(|id| *id != &*file.id);
    let bare = named.strip_suffix(".toml").unwrap_or(named);
    let message =
        Text::new("extends nomme un fichier absent du dossier", "extends names a file that is not in the folder");
    FileError {
        found: Some(named.to_owned()),
        expected: Some(Text::new(
            "le nom d'un fichier du dossier, sans .toml",
            "the name of a file of the folder, without .toml",
        )),
        did_you_mean: suggest::nearest(bare, others()).map(str::to_owned),
        ..fault(file, FaultKind::UnknownParent, message)
    }
}

/// A fault of the place where a file says `extends`.
fn fault(file: &ClientFile, kind: FaultKind, message: Text) -> FileError {
    let start = Origin { file: file.id.clone(), line: 1, column: 1 };
    FileError::at(file.extends.as_ref().map_or(&start, |e| &e.origin), kind, message)
}

fn digest(chain: &[&ClientFile]) -> String {
    let bytes: [u8; 32] = match chain {
        [alone] => alone.sha256,
        several => several.iter().fold(Sha256::new(), |hash, f| hash.chain_update(f.sha256)).finalize().into(),
    };
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
