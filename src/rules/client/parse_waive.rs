//! What speaks of rules by their ids: `[[waive]]` and `[[severity]]`.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::day::Day;
use crate::invoice::Term;
use crate::limits;
use crate::rules::{own, registry};
use crate::text::{Text, hidden};

use super::fault::{FaultKind, FileError};
use super::file::{Key, KeyKind, Placed};
use super::parse::{self, Parser};
use super::parse_rule::{self, Table, missing};
use super::reader::{At, Reader, quote, same};
use super::severity::{SeverityRule, is_official_fatal};
use super::suggest;
use super::waive::Waiver;

const OWN_KEYS: &[&str] = &["rule", "term", "supplier", "document", "author", "reason", "until"];
const SHARED_KEYS: &[&str] = &["rule", "term", "customer", "supplier", "document", "author", "reason", "until"];
const SEVERITY_KEYS: &[&str] = &["rule", "level", "when", "reason"];

/// All waivers of a document. In a customer's file (`shared` is false) the customer is known.
pub fn waivers(parser: &mut Parser<'_>, document: &DeTable<'_>, shared: bool) -> Vec<Arc<Waiver>> {
    let tables = parser.reader.tables(document, "waive");
    if tables.len() > limits::WAIVERS {
        let fault =
            parser.reader.fault(FaultKind::TooManyRules, 0, Text::new("trop de dérogations", "too many waivers"));
        fault.found = Some(tables.len().to_string());
        fault.expected =
            Some(Text::new(format!("{} au plus", limits::WAIVERS), format!("{} at most", limits::WAIVERS)));
        return Vec::new();
    }
    tables.iter().filter_map(|table| waiver(parser, table, shared)).map(Arc::new).collect()
}

/// All changes of severity of a document.
pub fn severities(parser: &mut Parser<'_>, document: &DeTable<'_>) -> Vec<Arc<SeverityRule>> {
    let tables = parser.reader.tables(document, "severity");
    tables.iter().filter_map(|table| severity(parser, table)).map(Arc::new).collect()
}

/// What a platform's table of the configuration says of severities: `table` holds `[[severity]]`, `text` is the whole of `file`. With
/// everything that is wrong there.
pub fn platform_severities(
    file: &str,
    text: &str,
    platform: &str,
    table: &DeTable<'_>,
) -> (Vec<Arc<SeverityRule>>, Vec<FileError>) {
    let mut parser = Parser { id: parse::id(file), reader: Reader::new(file, text) };
    let mut found = Vec::new();
    for table in parser.reader.tables(table, "severity") {
        let platform = Some(platform.to_owned());
        found.extend(severity(&mut parser, &table).map(|rule| Arc::new(SeverityRule { platform, ..rule })));
    }
    (found, parser.reader.faults())
}

fn waiver(parser: &mut Parser<'_>, table: &Table<'_, '_>, shared: bool) -> Option<Waiver> {
    parser.reader.keys(table.value, if shared { SHARED_KEYS } else { OWN_KEYS });
    let rule = rule(parser, table, &Text::new("aucune dérogation", "no waiver"));
    let term = term(parser, table);
    let customer = if shared { party(parser, table, "customer") } else { Some(Vec::new()) };
    let supplier = party(parser, table, "supplier");
    let document = numbers(parser, table);
    let scoped = ["customer", "supplier", "document"].iter().any(|key| table.value.contains_key(*key));
    if shared && !scoped {
        let message =
            Text::new("cette dérogation ne dit pas pour qui elle vaut", "this waiver does not say whom it is for");
        parser.reader.fault(FaultKind::MissingKey, table.span.start, message).expected = Some(Text::new(
            "customer, supplier ou document, un au moins",
            "customer, supplier or document, one at least",
        ));
    }
    if shared && scoped && !table.value.contains_key("customer") && !table.value.contains_key("supplier") {
        let message = Text::new(
            "un numéro seul : la facture d'un autre fournisseur peut porter le même",
            "a number alone: the invoice of another supplier may bear the same one",
        );
        let fault = parser.reader.fault(FaultKind::Doubtful, table.span.start, message);
        fault.expected = Some(Text::new("supplier avec document", "supplier together with document"));
    }
    let author = said(parser, table, "author", "author = \"Prénom Nom\"", "author = \"First Last\"");
    let reason = said(parser, table, "reason", "reason = \"…\"", "reason = \"…\"");
    let until = until(parser, table);
    let origin = parser.origin(table.span.start);
    Some(Waiver {
        origin,
        rule: rule?,
        term: term?,
        customer: customer?,
        supplier: supplier?,
        document: document?,
        author: author?,
        reason: reason?,
        until: until?,
    })
}

fn severity(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<SeverityRule> {
    parser.reader.keys(table.value, SEVERITY_KEYS);
    let rule = rule(parser, table, &Text::new("sa gravité ne se change pas", "its severity does not change"));
    let when = parse_rule::condition(parser, table);
    let level = match parser.reader.string(table.value, "level") {
        Some(value) => parse_rule::level(parser, &value),
        None => {
            if !table.value.contains_key("level") {
                missing(parser, table, "level", same("fatal, warning, information"));
            }
            None
        }
    };
    let reason = match table.value.contains_key("reason") {
        true => Some(said(parser, table, "reason", "", "")?),
        false => None,
    };
    let (rule, level) = (rule?, level?);
    if reason.is_none() && level < crate::rules::Severity::Fatal && is_official_fatal(&rule) {
        let message = Text::new(
            "cette règle officielle est bloquante, et les plateformes refuseront : dire pourquoi l'abaisser",
            "this official rule is fatal, and platforms will refuse: say why it is lowered",
        );
        let fault = parser.reader.fault(FaultKind::MissingKey, table.span.start, message);
        fault.found = Some(rule);
        fault.expected = Some(same("reason = \"…\""));
        return None;
    }
    let (origin, file) = (parser.origin(table.span.start), parser.reader.file().to_owned());
    Some(SeverityRule { origin, file, platform: None, rule, level, when, reason })
}

/// The id of a rule or group that exists, and that a file may speak of; `fixed` says what is not possible for the others.
fn rule(parser: &mut Parser<'_>, table: &Table<'_, '_>, fixed: &Text) -> Option<String> {
    let Some(value) = parser.reader.string(table.value, "rule") else {
        if !table.value.contains_key("rule") {
            missing(parser, table, "rule", same("rule = \"BR-FR-05\""));
        }
        return None;
    };
    let id = value.value.trim();
    if let Some(why) = own::fixed(id) {
        // The reason stands elsewhere as the answer to which waivers there are: none.
        let because = |why: &str, none: &str| why.strip_prefix(none).unwrap_or(why).trim_end_matches('.').to_owned();
        let message = Text::new(
            format!("{} pour cette règle : {}", fixed.fr, because(&why.fr, "Aucune : ")),
            format!("{} for this rule: {}", fixed.en, because(&why.en, "None: ")),
        );
        let fault = parser.reader.fault(FaultKind::Conflict, value.span.start, message);
        fault.found = Some(quote(id));
        return None;
    }
    if registry::is_named(id) {
        return Some(id.to_owned());
    }
    let fault = parser.reader.fault(
        FaultKind::BadValue,
        value.span.start,
        Text::new("aucune règle ni aucun groupe ne s'appelle ainsi", "no rule and no group is called so"),
    );
    fault.found = Some(quote(id));
    // What `facteur explain` lists as a family shares the beginning of its name alone.
    if let Some(one) = registry::names().find(|name| name.strip_prefix(id).is_some_and(|rest| rest.starts_with('-'))) {
        fault.message =
            Text::new("ni règle ni groupe, mais une famille de règles", "no rule and no group, but a family of rules");
        fault.expected = Some(Text::new(
            format!("un bloc pour chaque règle voulue, comme {one} (facteur explain {id} les donne)"),
            format!("a block for each rule that is meant, such as {one} (facteur explain {id} lists them)"),
        ));
        return None;
    }
    fault.expected = Some(Text::new(
        "un identifiant de règle ou de groupe, comme BR-FR-05 (facteur explain BR-FR)",
        "the id of a rule or group, such as BR-FR-05 (facteur explain BR-FR)",
    ));
    fault.did_you_mean = suggest::rule(id).map(str::to_owned);
    None
}

/// The term that a waiver is narrowed to; the outer `None` where it is none.
fn term(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Option<Term>> {
    let Some(value) = parser.reader.string(table.value, "term") else {
        return (!table.value.contains_key("term")).then_some(None);
    };
    let found = Term::parse(value.value.trim());
    if found.is_none() {
        let message = Text::new("ce terme n'existe pas", "there is no such term");
        let fault = parser.reader.fault(FaultKind::UnknownTerm, value.span.start, message);
        fault.found = Some(quote(value.value));
        fault.expected = Some(Text::new("un terme, comme BT-13", "a term, such as BT-13"));
        fault.did_you_mean = suggest::term(value.value).map(|term| term.id().to_owned());
    }
    found.map(Some)
}

/// Whom it is for, by the same identifiers as `match`; empty where it does not say.
fn party(parser: &mut Parser<'_>, table: &Table<'_, '_>, key: &str) -> Option<Vec<Key>> {
    if !table.value.contains_key(key) {
        return Some(Vec::new());
    }
    let shape = format!("{key} = {{ siren = [\"…\"] }}");
    let inner = parser.reader.table(table.value, key, &shape)?;
    parser.reader.keys(inner.value, &KeyKind::ALL.map(KeyKind::key));
    let keys: Vec<Placed<Key>> = parser.party_keys(inner.value);
    if keys.is_empty() {
        let message = Text::new(format!("{key} ne nomme personne"), format!("{key} names nobody"));
        parser.reader.fault(FaultKind::MissingKey, inner.span.start, message).expected = Some(same(shape));
        return None;
    }
    Some(keys.into_iter().map(|key| key.value).collect())
}

/// The numbers of documents; empty where it does not say.
fn numbers(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Vec<String>> {
    let Some(value) = table.value.get("document") else { return Some(Vec::new()) };
    let written = match value.get_ref() {
        DeValue::String(_) => parser.reader.string(table.value, "document").into_iter().collect(),
        _ => parser.reader.strings(table.value, "document")?,
    };
    if written.is_empty() {
        let message = Text::new("document ne nomme aucun numéro", "document names no number");
        parser.reader.fault(FaultKind::MissingKey, value.span().start, message).expected =
            Some(same("document = \"F-2026-0001\""));
        return None;
    }
    let all_said = written.iter().all(|number| parser.not_blank("document", number));
    all_said.then(|| written.iter().map(|number| number.value.trim().to_owned()).collect())
}

/// A text that must be there.
fn said(parser: &mut Parser<'_>, table: &Table<'_, '_>, key: &str, fr: &str, en: &str) -> Option<String> {
    if !table.value.contains_key(key) {
        missing(parser, table, key, Text::new(fr, en));
        return None;
    }
    let value: At<&str> = parser.reader.string(table.value, key)?;
    if !parser.not_blank(key, &value) {
        return None;
    }
    let text = value.value.trim();
    // It is shown with every finding that it is about, to people who have to rely on it.
    let (chars, most) = (text.chars().count(), limits::WAIVER_CHARS);
    let (message, found) = match hidden(text, true) {
        Some(character) => (
            Text::new(
                format!("{key} contient un signe que personne ne voit"),
                format!("{key} holds a character that nobody sees"),
            ),
            format!("U+{:04X}", u32::from(character)),
        ),
        None if chars > most => {
            (Text::new(format!("{key} est trop long"), format!("{key} is too long")), chars.to_string())
        }
        None => return Some(text.to_owned()),
    };
    let fault = parser.reader.fault(FaultKind::BadValue, value.span.start, message);
    fault.found = Some(found);
    fault.expected = Some(Text::new(
        format!("un texte lisible de {most} caractères au plus"),
        format!("a text that can be read, of {most} characters at most"),
    ));
    None
}

/// The last day, as a date of TOML or in quotes.
fn until(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Day> {
    let Some(value) = table.value.get("until") else {
        missing(
            parser,
            table,
            "until",
            Text::new("until = 2026-12-31, dernier jour compris", "until = 2026-12-31, the last day"),
        );
        return None;
    };
    let span = value.span();
    let written = parser.reader.written(span.clone()).trim_matches(['"', '\'']);
    let day = Day::parse_iso(written);
    if day.is_none() {
        let found = quote(written);
        let message = Text::new("until n'est pas un jour", "until is no day");
        let fault = parser.reader.fault(FaultKind::BadValue, span.start, message);
        fault.found = Some(found);
        fault.expected = Some(Text::new("une date, AAAA-MM-JJ", "a date, YYYY-MM-DD"));
    }
    day
}
