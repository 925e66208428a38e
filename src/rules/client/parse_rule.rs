//! The rules of a customer file: `[[require]]`, `[[allow]]`, `[[forbid]]`.

use std::sync::Arc;

use toml::de::DeTable;

use crate::invoice::{Kind, Term};
use crate::limits;
use crate::rules::Severity;
use crate::rules::predicate::{Condition, Pattern};
use crate::text::Text;

use super::fault::FaultKind;
use super::file::{Allowed, Ask, Rule};
use super::mention::{self, Mention};
use super::parse::Parser;
use super::parse_term::{address, one_is_enough};
use super::reader::{At, quote, same};
use super::{anchors, foreign, suggest};

const REQUIRE_KEYS: &[&str] = &["term", "pattern", "mention", "text", "when", "severity", "message"];
const ALLOW_KEYS: &[&str] = &["term", "values", "when", "severity", "message"];
const FORBID_KEYS: &[&str] = &["term", "when", "severity", "message"];
const SEVERITIES: [(&str, Severity); 3] =
    [("fatal", Severity::Fatal), ("warning", Severity::Warning), ("information", Severity::Information)];

const MESSAGE: &str = "message = { fr = \"…\", en = \"…\" }";

/// A table of the document, as `toml` gives it.
pub type Table<'v, 't> = At<&'v DeTable<'t>>;

/// All rules of the document; what is wrong in them is noted by the reader.
pub fn rules(parser: &mut Parser<'_>, document: &DeTable<'_>) -> Vec<Arc<Rule>> {
    let mut out: Vec<Arc<Rule>> = Vec::new();
    for (kind, keys) in [("require", REQUIRE_KEYS), ("allow", ALLOW_KEYS), ("forbid", FORBID_KEYS)] {
        for table in parser.reader.tables(document, kind) {
            parser.reader.keys(table.value, keys);
            let ask = match kind {
                "require" => require(parser, &table),
                "allow" => allow(parser, &table),
                _ => address(parser, &table).map(|address| Ask::Forbid { address }),
            };
            let when = condition(parser, &table);
            let severity = severity(parser, &table);
            let message = message(parser, &table);
            if let Some(ask) = ask {
                let origin = parser.origin(table.span.start);
                out.push(Arc::new(Rule { origin, ask, when, severity, message }));
            }
        }
    }
    // In the order of the text, whatever their kinds.
    out.sort_by_key(|rule| (rule.origin.line, rule.origin.column));
    if out.len() > limits::CLIENT_RULES {
        let message = Text::new("trop de règles", "too many rules");
        let fault = parser.reader.fault(FaultKind::TooManyRules, 0, message);
        fault.found = Some(out.len().to_string());
        fault.expected =
            Some(Text::new(format!("{} au plus", limits::CLIENT_RULES), format!("{} at most", limits::CLIENT_RULES)));
    }
    out
}

fn require(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Ask> {
    let given: Vec<&str> = ["term", "mention", "text"].into_iter().filter(|k| table.value.contains_key(*k)).collect();
    match given.as_slice() {
        [_] => {}
        [] => {
            let message =
                Text::new("cette règle ne dit pas ce qu'elle exige", "this rule does not say what it requires");
            parser.reader.fault(FaultKind::MissingKey, table.span.start, message).expected =
                Some(Text::new("term, mention ou text", "term, mention or text"));
            return None;
        }
        several => {
            let message = Text::new("une règle n'exige qu'une chose", "a rule requires one thing only");
            let fault = parser.reader.fault(FaultKind::Conflict, table.span.start, message);
            fault.found = Some(several.join(", "));
            fault.expected = Some(Text::new("une règle [[require]] pour chacune", "one [[require]] rule for each"));
            return None;
        }
    }
    if given[0] != "term"
        && let Some((key, _)) = table.value.get_key_value("pattern")
    {
        let message = Text::new("pattern ne va qu'avec term", "pattern goes with term only");
        let fault = parser.reader.fault(FaultKind::Conflict, key.span().start, message);
        fault.found = Some(format!("{}, pattern", given[0]));
        fault.expected =
            Some(Text::new("text = 'motif' pour chercher une mention", "text = 'pattern' to look for a mention"));
    }
    match given[0] {
        "mention" => named_mention(parser, table).map(Ask::Mention),
        "text" => {
            let value = parser.reader.string(table.value, "text").filter(|v| parser.not_blank("text", v))?;
            pattern(parser, &value)?;
            // Case does not count in a wording: the same pattern, compiled so.
            let pattern = Pattern::parse(&format!("(?i){}", value.value)).ok().or_else(|| pattern(parser, &value))?;
            Some(Ask::Wording { written: value.value.to_owned(), pattern })
        }
        _ => {
            let address = address(parser, table);
            let pattern = match parser.reader.string(table.value, "pattern") {
                None => None,
                Some(value) => {
                    let pattern = pattern(parser, &value);
                    if pattern.is_some() && !anchors::whole(value.value) {
                        let message = Text::new(
                            "ce motif n'est pas ancré : il accepte aussi une valeur qui ne fait que le contenir",
                            "this pattern is not anchored: it also accepts a value that merely contains it",
                        );
                        let fault = parser.reader.fault(FaultKind::Doubtful, value.span.start, message);
                        fault.found = Some(quote(value.value));
                        fault.did_you_mean = Some(anchors::anchored(value.value));
                    }
                    if let Some(address) = address.as_ref().filter(|a| a.term.is_group()) {
                        no_value(parser, &value, address.term, "pattern");
                    }
                    pattern
                }
            };
            let address = address?;
            one_is_enough(parser, table, &address);
            Some(Ask::Require { address, pattern })
        }
    }
}

fn allow(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Ask> {
    let address = address(parser, table);
    let Some(written) = parser.reader.strings(table.value, "values") else {
        if !table.value.contains_key("values") {
            missing(parser, table, "values", same("values = [\"…\", \"…\"]"));
        }
        return None;
    };
    if written.is_empty() {
        let at = table.value.get("values").map_or(table.span.start, |v| v.span().start);
        let message = Text::new("aucune valeur n'est permise", "no value is allowed");
        parser.reader.fault(FaultKind::BadValue, at, message).expected = Some(Text::new(
            "une valeur au moins ; pour interdire le terme, [[forbid]]",
            "one value at least; to forbid the term, [[forbid]]",
        ));
    }
    let address = address?;
    if address.term.is_group() {
        if let Some(value) = parser.reader.string(table.value, "term") {
            no_value(parser, &value, address.term, "values");
        }
        return None;
    }
    let mut values: Vec<Allowed> = Vec::new();
    for item in &written {
        match Allowed::parse(address.term, item.value) {
            _ if item.value.trim().is_empty() => {
                parser.not_blank("values", item);
            }
            Some(value) => values.push(value),
            None => {
                let message = Text::new(
                    format!("cette valeur ne peut pas être celle de {}", address.term),
                    format!("this value cannot be one of {}", address.term),
                );
                let fault = parser.reader.fault(FaultKind::BadValue, item.span.start, message);
                fault.found = Some(quote(item.value));
                fault.expected = Some(match address.term.kind() {
                    Kind::Date => Text::new("une date, AAAA-MM-JJ", "a date, YYYY-MM-DD"),
                    _ => Text::new("un nombre, comme 1234.50", "a number, such as 1234.50"),
                });
            }
        }
    }
    Some(Ask::Allow { address, values })
}

fn named_mention(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<&'static Mention> {
    let value = parser.reader.string(table.value, "mention")?;
    let found = mention::named(value.value);
    if found.is_none() {
        let ids = || mention::all().iter().map(|m| m.id.as_str());
        let message = Text::new("cette mention n'est pas connue", "this mention is not known");
        let fault = parser.reader.fault(FaultKind::UnknownMention, value.span.start, message);
        fault.found = Some(quote(value.value));
        fault.expected = Some(same(ids().collect::<Vec<_>>().join(", ")));
        fault.did_you_mean = suggest::nearest(value.value, ids()).map(str::to_owned);
    }
    found
}

fn pattern(parser: &mut Parser<'_>, value: &At<&str>) -> Option<Pattern> {
    match Pattern::parse(value.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let (message, chars) = foreign::pattern(&error);
            let at = chars.map_or(value.span.start, |chars| parser.reader.inside(value, chars));
            let too_large = error.contains("size limit");
            let fault = parser.reader.fault(FaultKind::BadPattern, at, message);
            fault.found = Some(quote(value.value));
            fault.expected = Some(if too_large {
                Text::new(
                    "moins de répétitions, et [0-9] ou [A-Za-z0-9] plutôt que \\d ou \\w",
                    "fewer repetitions, and [0-9] or [A-Za-z0-9] rather than \\d or \\w",
                )
            } else {
                Text::new("une expression régulière", "a regular expression")
            });
            None
        }
    }
}

pub fn condition(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Condition> {
    let value = parser.reader.string(table.value, "when")?;
    match Condition::parse(value.value) {
        Ok(condition) => Some(condition),
        Err(error) => {
            let chars = value.value.char_indices().take_while(|(at, _)| *at < error.offset).count();
            let at = parser.reader.inside(&value, chars);
            let wanted = value.value.get(error.offset..).and_then(|rest| rest.split_whitespace().next());
            let fault = parser.reader.fault(FaultKind::BadCondition, at, error.message);
            fault.found = Some(quote(value.value));
            fault.expected = Some(Text::new(
                "des comparaisons jointes par et, ou, non : BT-3 = 380 et non BG-24",
                "comparisons joined by and, or, not: BT-3 = 380 and not BG-24",
            ));
            fault.did_you_mean =
                wanted.filter(|w| Term::parse(w).is_none()).and_then(suggest::term).map(|t| t.id().to_owned());
            None
        }
    }
}

fn severity(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Severity {
    let Some(value) = parser.reader.string(table.value, "severity") else { return Severity::Fatal };
    level(parser, &value).unwrap_or(Severity::Fatal)
}

/// One of the three severities.
pub fn level(parser: &mut Parser<'_>, value: &At<&str>) -> Option<Severity> {
    let known = SEVERITIES.iter().find(|(name, _)| *name == value.value);
    if known.is_none() {
        let names = SEVERITIES.map(|(name, _)| name);
        let message = Text::new("gravité inconnue", "unknown severity");
        let fault = parser.reader.fault(FaultKind::BadValue, value.span.start, message);
        fault.found = Some(quote(value.value));
        fault.expected = Some(same(names.join(", ")));
        fault.did_you_mean = suggest::nearest(value.value, names).map(str::to_owned);
    }
    known.map(|(_, severity)| *severity)
}

fn message(parser: &mut Parser<'_>, table: &Table<'_, '_>) -> Option<Text> {
    let inner = parser.reader.table(table.value, "message", MESSAGE)?;
    parser.reader.keys(inner.value, &["fr", "en"]);
    let mut language = |key: &str| {
        if inner.value.contains_key(key) {
            return parser
                .reader
                .string(inner.value, key)
                .filter(|v| parser.not_blank(key, v))
                .map(|v| v.value.to_owned());
        }
        missing(parser, &inner, key, same(MESSAGE));
        None
    };
    let (fr, en) = (language("fr"), language("en"));
    Some(Text { fr: fr?, en: en? })
}

/// Notes a key that is not there.
pub fn missing(parser: &mut Parser<'_>, table: &Table<'_, '_>, key: &str, expected: Text) {
    let message = Text::new(format!("{key} manque"), format!("{key} is missing"));
    parser.reader.fault(FaultKind::MissingKey, table.span.start, message).expected = Some(expected);
}

fn no_value(parser: &mut Parser<'_>, value: &At<&str>, group: Term, key: &str) {
    let message = Text::new(
        format!("{group} est un groupe : il n'a pas de valeur, {key} n'a pas de sens"),
        format!("{group} is a group: it has no value, {key} has no meaning"),
    );
    parser.reader.fault(FaultKind::Conflict, value.span.start, message).expected =
        Some(Text::new(format!("un terme de {group}"), format!("a term of {group}")));
}
