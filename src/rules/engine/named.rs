//! Terms by name in the sentences of findings: an accountant knows "Montant total TTC", not "BT-112".

use crate::formats;
use crate::invoice::{Invoice, Term};
use crate::rules::registry::Rule;
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId, Tree};

/// The terms that elements of a document hold.
pub struct Terms<'i> {
    invoice: &'i Invoice<'i>,
    /// Each element with its term; the attribute that holds it, where one does. In order.
    places: Vec<(NodeId, Option<Name>, Term)>,
}

impl<'i> Terms<'i> {
    pub fn of(invoice: &'i Invoice<'i>) -> Self {
        let own = invoice.occurrences().filter(|o| !o.is_echo());
        let mut places: Vec<_> = own.map(|o| (o.node(), o.attribute_name(), o.term())).collect();
        for term in Term::of(invoice.syntax()).filter(|t| t.is_group()) {
            places.extend(invoice.groups(term).filter_map(|g| g.node()).filter(|n| *n != 0).map(|n| (n, None, term)));
        }
        places.sort_by_key(|(node, attribute, term)| (*node, attribute.is_some(), *term));
        Self { invoice, places }
    }

    pub fn invoice(&self) -> &'i Invoice<'i> {
        self.invoice
    }

    /// The term of an element, or of its attribute.
    pub fn at(&self, node: NodeId, attribute: Option<Name>) -> Option<Term> {
        let start = self.places.partition_point(|(n, ..)| *n < node);
        let own = self.places[start..].iter().take_while(|(n, ..)| *n == node);
        own.filter(|(_, a, _)| *a == attribute).map(|(.., term)| *term).next()
    }
}

impl Terms<'_> {
    /// The term of an element, or the nearest one around it.
    pub fn around(&self, tree: &Tree<'_>, node: NodeId) -> Option<Term> {
        let up = std::iter::successors(Some(node), |n| (*n != 0).then(|| tree.node(*n).parent));
        let total = || formats::vat_total(self.invoice.syntax(), tree, node).map(|(term, _)| term);
        let own = self.at(node, None).or_else(total).or_else(|| self.by_path(tree, node));
        own.or_else(|| up.skip(1).find_map(|n| self.at(n, None)))
    }

    /// The first term that may stand at a path, for an element that lacks what would tell which: a VAT total without a currency.
    fn by_path(&self, tree: &Tree<'_>, node: NodeId) -> Option<Term> {
        let path = formats::plain(&tree.path(node));
        let (_, below) = path.strip_prefix('/')?.split_once('/')?;
        formats::first_at(self.invoice.syntax(), below)
    }
}

/// Puts terms into a sentence of the catalogue: `{BT-106}` is the term with its name, `{term}` that of the place.
pub fn filled(sentence: &str, lang: Lang, place: Option<Term>) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, end) = after.split_once('}').unwrap_or((after, ""));
        match if name == "term" { place } else { Term::parse(name) } {
            Some(term) => out.push_str(&term.called(lang)),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = end;
    }
    out + rest
}

/// A sentence that names no term yet, with one named: the first that it mentions in parentheses, else that of the place in front.
pub fn with_a_name(message: Text, rule: &Rule, place: Option<Term>) -> Text {
    let one = |text: String, lang: Lang| {
        if ids(&text).any(|term| text.contains(term.called(lang).as_str())) {
            return text;
        }
        let value = place.filter(|t| !t.is_group());
        match value
            .or_else(|| ids(&text).find(|t| !t.is_group()))
            .or(place)
            .or_else(|| ids(&text).next())
            .or_else(|| own(rule))
        {
            Some(term) => explained(&text, term, lang).unwrap_or_else(|| in_front(&text, term, lang)),
            None => text,
        }
    };
    Text { fr: one(message.fr, Lang::Fr), en: one(message.en, Lang::En) }
}

/// The term that a rule is about: the last value it names, or the group.
fn own(rule: &Rule) -> Option<Term> {
    rule.terms.iter().rev().find(|t| !t.is_group()).or(rule.terms.last()).copied()
}

/// The terms that a sentence mentions.
fn ids(text: &str) -> impl Iterator<Item = Term> + '_ {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_id = |id: &&str| ["BT-", "BG-", "EXT-FR-FE-", "MDT-", "MDG-"].iter().any(|start| id.starts_with(start));
    words.filter(is_id).filter_map(Term::parse)
}

/// `(BT-152)` as `(BT-152, Taux de TVA de l'article)`, where the sentence mentions that term in parentheses.
fn explained(text: &str, term: Term, lang: Lang) -> Option<String> {
    let id = format!("({term}");
    let at = text.match_indices(&id).map(|(at, _)| at + id.len()).find(|at| {
        let after = text[*at..].chars().next();
        after.is_some_and(|c| matches!(c, ')' | ','))
    })?;
    let name = term.name_in_full(lang);
    Some(format!("{}, {name}{}", &text[..at], &text[at..]))
}

fn in_front(text: &str, term: Term, lang: Lang) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    // "L'attribut" and "The attribute", not "BT-81".
    let second = letters.clone().next();
    let lower =
        first.filter(|_| second.is_some_and(|c| c.is_lowercase() || c == '\'' || c == ' ')).map(|c| c.to_lowercase());
    let text = match lower {
        Some(lower) => lower.chain(letters).collect(),
        None => text.to_owned(),
    };
    match lang {
        Lang::Fr => format!("{} : {text}", term.called(lang)),
        Lang::En => format!("{}: {text}", term.called(lang)),
    }
}
