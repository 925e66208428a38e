//! A table of the file being read: each key is asked for once, and what was never asked for is unknown.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::rules::Severity;
use crate::rules::client::{Origin, SeverityRule, platform_severities};
use crate::text::{Lang, Text};

use super::fault::Faults;
use super::secret::{SecretSource, Word};
use super::spelling::nearest;
use super::time::parse_duration;

/// A table under its name, such as `server`; the whole file has the empty name.
pub(super) struct Section<'t> {
    name: String,
    table: &'t DeTable<'t>,
    /// Where the table starts, for what is missing from it.
    at: Range<usize>,
    asked: RefCell<Vec<String>>,
    faults: &'t Faults<'t>,
    folder: &'t Path,
}

type Entry<'t> = (&'t DeValue<'t>, Range<usize>);

impl<'t> Section<'t> {
    pub fn file(table: &'t Spanned<DeTable<'t>>, folder: &'t Path, faults: &'t Faults<'t>) -> Self {
        Self { name: String::new(), table: table.get_ref(), at: 0..0, asked: RefCell::default(), faults, folder }
    }

    /// The table of this key; none where absent.
    pub fn section(&self, key: &str) -> Option<Section<'t>> {
        let (value, at) = self.get(key)?;
        match value.as_table() {
            Some(table) => Some(self.inner(key, table, at)),
            None => {
                self.wrong(&at, key, "une table", "a table", value);
                None
            }
        }
    }

    /// The tables of `[[key]]`, in order.
    pub fn sections(&self, key: &str) -> Vec<Section<'t>> {
        let Some((value, at)) = self.get(key) else { return Vec::new() };
        let Some(array) = value.as_array() else {
            let (fr, en) = (format!("un tableau de tables ([[{key}]])"), format!("an array of tables ([[{key}]])"));
            self.wrong(&at, key, &fr, &en, value);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => found.push(self.inner(key, table, item.span())),
                None => self.wrong(&item.span(), key, "une table", "a table", item.get_ref()),
            }
        }
        found
    }

    pub fn string(&self, key: &str) -> Option<(String, Range<usize>)> {
        let (value, at) = self.get(key)?;
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Some((text.to_owned(), at)),
            _ => {
                self.wrong(&at, key, "un texte non vide", "a text that is not empty", value);
                None
            }
        }
    }

    /// As [`Section::string`], and a fault where it is absent.
    pub fn required(&self, key: &str) -> Option<(String, Range<usize>)> {
        if !self.table.contains_key(key) {
            self.missing(key);
        }
        self.string(key)
    }

    pub fn strings(&self, key: &str) -> Option<Vec<(String, Range<usize>)>> {
        let (value, at) = self.get(key)?;
        let Some(array) = value.as_array() else {
            self.wrong(&at, key, "une liste de textes", "a list of texts", value);
            return None;
        };
        let mut found = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => found.push((text.to_owned(), item.span())),
                None => self.wrong(&item.span(), key, "un texte", "a text", item.get_ref()),
            }
        }
        Some(found)
    }

    pub fn flag(&self, key: &str) -> Option<(bool, Range<usize>)> {
        let (value, at) = self.get(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong(&at, key, "true ou false", "true or false", value);
        }
        flag.map(|flag| (flag, at))
    }

    pub fn number(&self, key: &str, from: usize, to: usize) -> Option<usize> {
        let (value, at) = self.get(key)?;
        let number = value.as_integer().and_then(|n| usize::from_str_radix(n.as_str(), n.radix()).ok());
        let fits = number.filter(|n| (from..=to).contains(n));
        if fits.is_none() {
            let (fr, en) = (format!("un entier de {from} à {to}"), format!("a whole number from {from} to {to}"));
            self.wrong(&at, key, &fr, &en, value);
        }
        fits
    }

    /// A duration of at least `least`, such as `"30s"`.
    pub fn duration(&self, key: &str, least: Duration) -> Option<(Duration, Range<usize>)> {
        let (value, at) = self.get(key)?;
        let found = value.as_str().and_then(parse_duration).filter(|long| *long >= least);
        if found.is_none() {
            let fr = format!("une durée d'au moins {} ms, comme \"30s\", \"5m\", \"2h\" ou \"1d\"", least.as_millis());
            let en =
                format!("a duration of at least {} ms, such as \"30s\", \"5m\", \"2h\" or \"1d\"", least.as_millis());
            self.wrong(&at, key, &fr, &en, value);
        }
        found.map(|long| (long, at))
    }

    /// A path; a relative one is relative to the file's folder.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.string(key).map(|(text, _)| self.folder.join(text))
    }

    /// A path as the file gives it, relative to the file's folder.
    pub fn resolve(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// A name: `key` itself, or `key_file` or `key_env` where it is kept with the secrets.
    pub fn word(&self, key: &str) -> Option<Word> {
        if self.table.contains_key(key) {
            let (file_key, env_key) = (format!("{key}_file"), format!("{key}_env"));
            for (_, at) in [self.get(&file_key), self.get(&env_key)].into_iter().flatten() {
                let (fr, en) = ("est donné deux fois : en garder un", "is given twice: keep one");
                self.faults.add(&at, format!("`{key}` {fr}"), format!("`{key}` {en}"));
            }
            return self.string(key).map(|(text, _)| Word::Here(text));
        }
        self.kept(key).map(Word::Kept)
    }

    /// A secret: `key_file` or `key_env`, exactly one of them; the value itself is refused.
    pub fn secret(&self, key: &str) -> Option<SecretSource> {
        let (file_key, env_key) = (format!("{key}_file"), format!("{key}_env"));
        // Not a key to be told as known.
        if let Some((_, at)) = self.table.contains_key(key).then(|| self.get(key)).flatten() {
            // Asked for, so that they are not told as unknown beside this.
            let _ = (self.get(&file_key), self.get(&env_key));
            self.faults.add(
                &at,
                format!(
                    "`{key}` est un secret et n'a pas sa place dans ce fichier : utiliser `{file_key}` ou `{env_key}`"
                ),
                format!("`{key}` is a secret and has no place in this file: use `{file_key}` or `{env_key}`"),
            );
            return None;
        }
        self.kept(key)
    }

    /// As [`Section::secret`], where it may be absent.
    pub fn optional_secret(&self, key: &str) -> Option<SecretSource> {
        let keys = [key.to_owned(), format!("{key}_file"), format!("{key}_env")];
        if keys.iter().any(|key| self.table.contains_key(key.as_str())) {
            return self.secret(key);
        }
        // Asked for, so that a misspelt one is told what was meant.
        self.asked.borrow_mut().extend(keys.into_iter().skip(1));
        None
    }

    fn kept(&self, key: &str) -> Option<SecretSource> {
        let (file_key, env_key) = (format!("{key}_file"), format!("{key}_env"));
        let file = self.string(&file_key);
        let env = self.string(&env_key);
        match (file, env) {
            (Some((path, _)), None) => Some(SecretSource::File(self.folder.join(path))),
            (None, Some((name, _))) => Some(SecretSource::Env(name)),
            (Some(_), Some((_, at))) => {
                self.faults.add(
                    &at,
                    format!("`{file_key}` et `{env_key}` sont donnés tous les deux : en garder un"),
                    format!("both `{file_key}` and `{env_key}` are given: keep one"),
                );
                None
            }
            (None, None) => {
                if !self.table.contains_key(file_key.as_str()) && !self.table.contains_key(env_key.as_str()) {
                    self.missing(&format!("{file_key}` / `{env_key}"));
                }
                None
            }
        }
    }

    /// All keys with their texts, whatever their names; each key with its place.
    pub fn all_strings(&self) -> Vec<(String, Range<usize>, String)> {
        let mut found = Vec::new();
        for (key, _) in self.table.iter() {
            if let Some((value, _)) = self.string(key.get_ref()) {
                found.push((key.get_ref().to_string(), key.span(), value));
            }
        }
        found
    }

    pub fn fault(&self, at: &Range<usize>, fr: impl Into<String>, en: impl Into<String>) {
        self.faults.add(at, fr, en);
    }

    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// What the section says of the severities of rules, in the words of a customer's file: `[[severity]]`. `file` is the configuration's
    /// name, `platform` the one whose invoices it is about.
    pub fn severities(&self, file: &str, platform: &str) -> Vec<Arc<SeverityRule>> {
        // Asked for, so that it is not told as unknown.
        let _ = self.get("severity");
        let (found, faults) = platform_severities(file, self.faults.text(), platform, self.table);
        for fault in faults.iter().filter(|fault| fault.is_fatal()) {
            let message = Text::new(fault.said(Lang::Fr), fault.said(Lang::En));
            self.faults.add_at(fault.line as usize, fault.column as usize, message);
        }
        found
    }

    /// A key of this platform that makes findings of these rules fatal, as a `[[platform.severity]]` at its place would.
    pub fn fatal(&self, file: &str, platform: &str, at: &Range<usize>, rules: &[&str]) -> Vec<Arc<SeverityRule>> {
        let (line, column) = self.faults.place(at.start);
        let counted = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let origin =
            Origin { file: Arc::from(file.trim_end_matches(".toml")), line: counted(line), column: counted(column) };
        let one = |rule: &&str| SeverityRule {
            origin: origin.clone(),
            file: file.to_owned(),
            platform: Some(platform.to_owned()),
            rule: (*rule).to_owned(),
            level: Severity::Fatal,
            when: None,
            reason: None,
        };
        rules.iter().map(one).map(Arc::new).collect()
    }

    /// Reads the section, after which every key that was not asked for is unknown.
    pub fn done<T>(self, read: impl FnOnce(&Self) -> T) -> T {
        let found = read(&self);
        self.tell_unknown();
        found
    }

    fn tell_unknown(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.iter() {
            let word: &str = key.get_ref();
            if asked.iter().any(|known| known == word) {
                continue;
            }
            let place = self.place();
            let (mut fr, mut en) =
                (format!("clé inconnue `{word}`{}", place.0), format!("unknown key `{word}`{}", place.1));
            match nearest(word, asked.iter().map(String::as_str)) {
                Some(meant) => {
                    fr += &format!(" ; vouliez-vous dire `{meant}` ?");
                    en += &format!("; did you mean `{meant}`?");
                }
                None => {
                    let known = asked.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                    fr += &format!(" ; clés connues : {known}");
                    en += &format!("; known keys: {known}");
                }
            }
            self.faults.add(&key.span(), fr, en);
        }
    }

    fn place(&self) -> (String, String) {
        match self.name.as_str() {
            "" => (String::new(), String::new()),
            name => (format!(" dans [{name}]"), format!(" in [{name}]")),
        }
    }

    fn missing(&self, key: &str) {
        let place = self.place();
        self.faults.add(&self.at, format!("il manque `{key}`{}", place.0), format!("`{key}` is missing{}", place.1));
    }

    fn wrong(&self, at: &Range<usize>, key: &str, fr: &str, en: &str, found: &DeValue<'_>) {
        // The kind of the value and not the value: it might be a secret in the wrong place.
        let (kind_fr, kind_en) = kind(found);
        self.faults.add(
            at,
            format!("`{key}` : attendu : {fr} ; trouvé : {kind_fr}"),
            format!("`{key}`: expected: {en}; found: {kind_en}"),
        );
    }

    fn get(&self, key: &str) -> Option<Entry<'t>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|known| known == key) {
            asked.push(key.to_owned());
        }
        drop(asked);
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    fn inner(&self, key: &str, table: &'t DeTable<'t>, at: Range<usize>) -> Section<'t> {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Section { name, table, at, asked: RefCell::default(), faults: self.faults, folder: self.folder }
    }
}

fn kind(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("un texte", "a text"),
        DeValue::Integer(_) => ("un entier", "a whole number"),
        DeValue::Float(_) => ("un nombre", "a number"),
        DeValue::Boolean(_) => ("un booléen", "true or false"),
        DeValue::Datetime(_) => ("une date", "a date"),
        DeValue::Array(_) => ("une liste", "a list"),
        DeValue::Table(_) => ("une table", "a table"),
    }
}
