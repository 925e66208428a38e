//! `facteur-invoice/1`: the model itself, by address; written, and read back.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::addresses::Source;
use super::{Loss, Reason, Written};
use crate::invoice::{Address, Draft, Kind, Said, Term, bt};
use crate::limits;
use crate::text::one_line;

/// A text that is no `facteur-invoice/1`: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadJson(pub String);

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    syntax: String,
    profile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attachment: Option<String>,
    terms: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    term: String,
    value: String,
}

/// Most groups around a term.
const DEEPEST: usize = 4;

const SCHEMA: &str = "facteur-invoice/1";

/// A draft whose source is not known.
pub fn json(draft: &Draft) -> String {
    json_of(draft, "model")
}

/// With what does not come back from it: nothing, unless there are more groups than a document may have.
pub fn json_written(draft: &Draft, syntax: &str) -> Written {
    let text = json_of(draft, syntax);
    let losses = match self::draft(&text) {
        Err(why) => {
            let reason = Reason::Unread(why.0);
            vec![Loss { address: String::new(), term: None, value: String::new(), place: None, reason }]
        }
        Ok(back) => unlike(draft, &back),
    };
    Written { text, losses, ..Written::default() }
}

/// What a draft says and another does not, or in another group.
fn unlike(draft: &Draft, back: &Draft) -> Vec<Loss> {
    let mut there: HashMap<(String, &str), u32> = HashMap::new();
    for source in Source::located(back) {
        *there.entry((source.address(), source.value)).or_default() += 1;
    }
    let mut take = |address: &str, value| match there.get_mut(&(address.to_owned(), value)) {
        Some(left @ 1..) => {
            *left -= 1;
            true
        }
        _ => false,
    };
    // What stood in no instance of its group came into the first of them: nothing is torn apart.
    let plain: Vec<String> = Source::of(draft).into_iter().map(|source| source.address()).collect();
    let mut open = Vec::new();
    for (source, plain) in Source::located(draft).into_iter().zip(plain) {
        if !take(&source.address(), source.value) {
            open.push((source, plain));
        }
    }
    let mut elsewhere: HashMap<(Term, &str), u32> = HashMap::new();
    for ((address, value), left) in &there {
        let term = Address::parse(address).map(|address| address.term);
        term.into_iter().for_each(|term| *elsewhere.entry((term, *value)).or_default() += left);
    }
    open.retain(|(source, plain)| match elsewhere.get_mut(&(source.term, source.value)) {
        Some(left @ 1..) if *plain == source.address() => {
            *left -= 1;
            false
        }
        _ => true,
    });
    let loss = |(source, _): (Source<'_>, String)| Loss {
        value: source.value.to_owned(),
        place: source.place.cloned(),
        term: Some(source.term),
        address: source.address(),
        reason: Reason::Reads(None),
    };
    open.into_iter().map(loss).collect()
}

/// On one line, the terms in the order of EN 16931. `syntax` is that of the source, as reports name it. Groups that the norm has once are
/// named where the document has several: whose account belongs to which payment means.
pub fn json_of(draft: &Draft, syntax: &str) -> String {
    let mut terms: Vec<(Vec<(usize, u32)>, Listed)> = Source::located(draft)
        .into_iter()
        .map(|source| (source.address(), source.value.to_owned()))
        .map(|(term, value)| (order(&term), Listed { term, value }))
        .collect();
    terms.sort_by(|a, b| a.0.cmp(&b.0));
    let document = Document {
        schema: SCHEMA.to_owned(),
        syntax: syntax.to_owned(),
        profile: draft_profile(draft),
        attachment: None,
        terms: terms.into_iter().map(|(_, listed)| listed).collect(),
    };
    one_line(serde_json::to_string(&document).unwrap_or_default()) + "\n"
}

fn draft_profile(draft: &Draft) -> Option<String> {
    let own = draft.text(bt::BT_24).or_else(|| draft.groups(bt::BG_2).find_map(|group| group.text(bt::BT_24)));
    own.map(str::to_owned)
}

/// The place of an address in the order of the norm.
fn order(address: &str) -> Vec<(usize, u32)> {
    let Ok(address) = Address::parse(address) else { return Vec::new() };
    let mut key: Vec<(usize, u32)> = address.groups.iter().map(|(term, n)| (term.index(), n.unwrap_or(1))).collect();
    let whole = address.term.parent().filter(|_| address.term.kind() == Kind::Part);
    key.push((whole.unwrap_or(address.term).index(), address.position.unwrap_or(1)));
    key.extend(whole.map(|_| (address.term.index(), 1)));
    key
}

/// Reads `facteur-invoice/1`. Addresses name the groups that repeat; of groups that the norm has once there is one.
///
/// # Errors
/// No JSON, another schema, an address of no term, more instances of groups than a document may have.
pub fn draft(text: &str) -> Result<Draft, BadJson> {
    let document: Document = serde_json::from_str(text).map_err(|e| BadJson(e.to_string()))?;
    if document.schema != SCHEMA {
        return Err(BadJson(format!("schema: {SCHEMA} is expected")));
    }
    let mut builder = Builder {
        groups: vec![(Draft::default(), Vec::new())],
        known: HashMap::new(),
        counts: HashMap::new(),
        most: document.terms.len().saturating_mul(DEEPEST).saturating_add(limits::JSON_EMPTY_GROUPS),
        said: HashMap::new(),
    };
    for listed in document.terms {
        builder.add(listed)?;
    }
    Ok(builder.build(0))
}

struct Builder {
    /// Groups, each with the numbers of those in it.
    groups: Vec<(Draft, Vec<usize>)>,
    /// By the group around, term and position.
    known: HashMap<(usize, Term, u32), usize>,
    /// How many there are, by the group around and term.
    counts: HashMap<(usize, Term), u32>,
    /// Most groups.
    most: usize,
    /// Where a term stands, by its address: the whole of a part.
    said: HashMap<String, (usize, usize)>,
}

impl Builder {
    fn add(&mut self, listed: Listed) -> Result<(), BadJson> {
        let wrong = |what: String| BadJson(format!("{}: {what}", listed.term));
        let address = Address::parse(&listed.term).map_err(wrong)?;
        if address.term.is_group() || address.term.is_of_messages() {
            return Err(wrong("no term of an invoice".to_owned()));
        }
        let mut here = 0;
        for (term, position) in chain(&address) {
            here = self.inside(here, term, position).ok_or_else(|| wrong("too many groups".to_owned()))?;
        }
        let said = Said::new(address.term, listed.value, None);
        let whole = whole_of(&listed.term, address.term).and_then(|whole| self.said.get(&whole).copied());
        if let Some((group, at)) = whole
            && let Some(whole) = self.groups.get_mut(group).and_then(|(group, _)| group.said.get_mut(at))
        {
            whole.parts.push(said);
            return Ok(());
        }
        let Some((group, _)) = self.groups.get_mut(here) else { return Ok(()) };
        self.said.insert(listed.term, (here, group.said.len()));
        group.said.push(said);
        Ok(())
    }

    /// The instance of a group at a position; those before it are there too, though nothing be said in them.
    fn inside(&mut self, around: usize, term: Term, position: u32) -> Option<usize> {
        if let Some(known) = self.known.get(&(around, term, position)) {
            return Some(*known);
        }
        let before = self.counts.get(&(around, term)).copied().unwrap_or(0);
        // What was only skipped is there, as groups may say nothing; it is not more than a document may say.
        let missing = usize::try_from(position.checked_sub(before)?).ok()?;
        if self.groups.len().checked_add(missing)? > self.most {
            return None;
        }
        for n in before + 1..=position {
            let id = self.groups.len();
            self.groups.push((Draft::group(term, None), Vec::new()));
            self.groups.get_mut(around)?.1.push(id);
            self.known.insert((around, term, n), id);
        }
        self.counts.insert((around, term), position);
        self.known.get(&(around, term, position)).copied()
    }

    /// Groups lie no deeper than the norm nests them.
    fn build(&mut self, id: usize) -> Draft {
        let Some((group, inside)) = self.groups.get_mut(id) else { return Draft::default() };
        let (mut group, inside) = (std::mem::take(group), std::mem::take(inside));
        group.groups = inside.into_iter().map(|id| self.build(id)).collect();
        group
    }
}

/// All groups around a term, outermost first: those of its address, and between them those that the norm has once.
fn chain(address: &Address) -> Vec<(Term, u32)> {
    let mut chain: Vec<(Term, u32)> = Vec::new();
    let mut add = |term: Term, position: Option<u32>| {
        let up = std::iter::successors(Some(term), |term| term.group());
        let mut around: Vec<Term> = up.collect();
        around.reverse();
        for group in around {
            let own = (group == term).then_some(position).flatten();
            let there = chain.iter().any(|(known, _)| *known == group);
            if !there && (own.is_some() || !group.is_repeatable()) {
                chain.push((group, own.unwrap_or(1)));
            }
        }
    };
    address.groups.iter().for_each(|(term, position)| add(*term, Some(position.unwrap_or(1))));
    if let Some(group) = address.term.group() {
        add(group, None);
    }
    // A term that the norm has once in a group that it has once, said again: the syntax has the group again.
    // Where the address names the instance, it is said twice in that one.
    let named = address.term.group().is_some_and(|own| address.groups.iter().any(|(group, _)| *group == own));
    if let (Some(position @ 2..), Some((_, instance))) = (address.position, chain.last_mut())
        && !named
        && address.term.group().is_some_and(|group| !group.is_repeatable())
        && !address.term.is_repeatable()
        && address.term.kind() != Kind::Part
    {
        *instance = position;
    }
    chain
}

/// The address of what a part is a part of.
fn whole_of(address: &str, part: Term) -> Option<String> {
    let whole = part.parent().filter(|_| part.kind() == Kind::Part)?;
    let suffix = part.id().strip_prefix(whole.id())?;
    if let Some(whole) = address.strip_suffix(suffix) {
        return Some(whole.to_owned());
    }
    // Parts of the extension have numbers of their own.
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            include_str!("../../../schemas/examples/cii.xml"),
            include_str!("../../../schemas/examples/ubl-invoice.xml"),
        ] {
            let read = crate::formats::read(text.as_bytes()).unwrap();
            let written = json_of(&Draft::of(&read.invoice), read.invoice.syntax().as_str());
            let back = draft(&written).unwrap();
            assert_eq!(json_of(&back, read.invoice.syntax().as_str()), written);
        }
    }

    #[test]
    fn an_account_stays_with_its_payment_means() {
        let mut draft = Draft::default();
        for (code, accounts) in [("58", &["FR76"][..]), ("30", &[]), ("42", &["DE12", "NL57"])] {
            let mut means = Draft::group(bt::BG_16, None);
            means.said.push(Said::new(bt::BT_81, code, None));
            for account in accounts {
                let mut transfer = Draft::group(bt::BG_17, None);
                transfer.said.push(Said::new(bt::BT_84, *account, None));
                means.groups.push(transfer);
            }
            draft.groups.push(means);
        }
        let written = json_written(&draft, "cii");
        assert_eq!(written.losses, Vec::new());
        assert!(written.text.contains("BG-16[3]/BG-17[2]/BT-84"), "{}", written.text);
        assert_eq!(super::draft(&written.text).unwrap(), draft);
        // One alone needs no number.
        draft.groups.truncate(1);
        assert!(json(&draft).contains(r#""BG-17[1]/BT-84""#));
    }

    #[test]
    fn what_is_no_invoice_is_named() {
        let with = |term: &str| {
            format!(
                r#"{{"schema":"facteur-invoice/1","syntax":"cii","profile":null,"terms":[{{"term":"{term}","value":"x"}}]}}"#
            )
        };
        assert!(draft(&with("BT-1")).is_ok());
        for wrong in ["BT-9999", "BG-25", "BG-25[4000000000]/BT-126", "BT-1[", "MDT-105"] {
            assert!(draft(&with(wrong)).is_err(), "{wrong}");
        }
        for wrong in ["", "{}", "[1]", &with("BT-1").replace("invoice/1", "invoice/2")] {
            assert!(draft(wrong).is_err(), "{wrong}");
        }
    }
}
