//! Everything that keys and types of a partner file have wrong: deserialising stops at the first fault, so what it is about is taken out, and the rest is read again.

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use crate::rules::client::{FaultKind, FileError};

use super::{File, said};

/// Most faults told of one file: past them, the first ones are to be mended first.
const MOST: usize = 50;

/// What it says, as far as it can be read, and what is wrong with it. A file that is no TOML says nothing.
pub(super) fn file(name: &str, text: &str) -> (Option<File>, Vec<FileError>) {
    let (mut table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<FileError> = errors.iter().map(|error| said::fault(name, text, error)).collect();
    if !errors.is_empty() {
        faults = in_order(faults);
        // What follows a fault on its line is most often its echo.
        faults.dedup_by_key(|fault| fault.line);
        return (None, faults);
    }
    // Keys whose value was taken out: that they are missing then is nobody's fault.
    let mut taken = Vec::new();
    loop {
        let error = match File::deserialize(Deserializer::from(table.clone())) {
            Ok(file) => return (Some(file), faults),
            Err(error) => error,
        };
        let fault = said::fault(name, text, &error);
        let missing = (fault.kind == FaultKind::MissingKey).then(|| fault.expected.as_ref().map(|key| key.en.clone()));
        let missing = missing.flatten();
        if missing.as_ref().is_none_or(|key| !taken.contains(key)) {
            faults.push(fault);
        }
        let goes_on = match &missing {
            Some(key) => stand_in(&mut table, key) || take_out(table.get_mut(), &error, &mut taken),
            None => take_out(table.get_mut(), &error, &mut taken),
        };
        if !goes_on || faults.len() >= MOST {
            return (None, in_order(faults));
        }
    }
}

/// By their places, and no more than are of use.
pub(super) fn in_order(mut faults: Vec<FileError>) -> Vec<FileError> {
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults.truncate(MOST);
    faults
}

/// A key that every file has, where this one has it not, so that the rest can be read.
fn stand_in(table: &mut Spanned<DeTable<'_>>, key: &str) -> bool {
    let text = || DeValue::String("?".into());
    let value = match key {
        "name" => text(),
        "identifiers" => DeValue::Array([Spanned::new(0..0, text())].into_iter().collect()),
        _ => return false,
    };
    if table.get_ref().contains_key(key) {
        return false;
    }
    table.get_mut().insert(Spanned::new(0..0, key.to_owned().into()), Spanned::new(0..0, value));
    true
}

/// Takes out what a fault is about: the innermost key or item around its place. False where there is none.
fn take_out(table: &mut DeTable<'_>, error: &Error, taken: &mut Vec<String>) -> bool {
    let Some(at) = error.span() else { return false };
    let around = |span: std::ops::Range<usize>| span.start <= at.start && at.end <= span.end;
    let found = table.iter_mut().find_map(|(key, value)| {
        if around(key.span()) {
            return Some((key.get_ref().to_string(), false));
        }
        // A table of a heading begins with it, and what stands in it is behind.
        let inside = match value.get_mut() {
            DeValue::Table(inner) => take_out(inner, error, taken),
            DeValue::Array(items) => {
                let before = items.len();
                *items = items.iter().filter(|item| !around(item.span())).cloned().collect();
                items.len() < before
            }
            _ => false,
        };
        (inside || around(value.span())).then(|| (key.get_ref().to_string(), inside))
    });
    match found {
        Some((_, true)) => true,
        Some((key, false)) => {
            table.remove(key.as_str());
            taken.push(key);
            true
        }
        None => false,
    }
}
