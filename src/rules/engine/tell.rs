//! Failures in words: place, values, sentence, fix.

use std::collections::HashMap;

use crate::decimal::{Decimal, plain};
use crate::formats;
use crate::invoice::{self, Invoice, Place, Syntax, Term};
use crate::limits;
use crate::rules::check::{Check, Codes, trim};
use crate::rules::finding::{About, Aim, Finding};
use crate::rules::form::in_quotes;
use crate::rules::predicate::quote;
use crate::rules::registry::{Pack, Rule};
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::around::{Around, besides};
use super::currency::{currency, empty_currency, write_the_currency};
use super::example::{example, of_profile, of_the_catalogue};
use super::expect::{asks_presence, by_the_catalogue, by_the_question, expected, in_eight_digits, path, subject};
use super::named::{Terms, filled, with_a_name};
use super::near;
use super::party;
use super::remark::{
    belongs, beyond_doubles, blanks_that_count, is_beyond_doubles, no_attribute, not_a_number, of_this_term, only,
    rounded, with_blanks,
};
use super::run::Failure;
use super::working::{Addends, working};
use super::{Ask, Lack, Scene, fill};

/// Failures in words, in the order of the document, and how many are counted and not listed.
pub fn told(
    pack: &'static Pack,
    invoice: &Invoice<'_>,
    scene: &Scene<'_, '_>,
    failures: Vec<Failure>,
) -> (Vec<Finding>, usize) {
    let (placed, unlisted) = spots(pack, invoice, scene, failures);
    let addends = placed.iter().filter_map(|(_, f)| f.evidence.addends.as_ref());
    let addresses = invoice.addresses(&addends.flat_map(Addends::wanted).collect());
    if placed.is_empty() {
        return (Vec::new(), unlisted);
    }
    let terms = Terms::of(invoice);
    (placed.into_iter().map(|(spot, f)| finding(pack, scene, &terms, &addresses, spot, f)).collect(), unlisted)
}

/// Failures by rule, severity and place alone.
pub fn placed(
    pack: &'static Pack,
    invoice: &Invoice<'_>,
    scene: &Scene<'_, '_>,
    failures: Vec<Failure>,
) -> (Vec<Finding>, usize) {
    let (placed, unlisted) = spots(pack, invoice, scene, failures);
    let one = |(spot, failure): (Spot, Failure)| {
        let rule: &'static Rule = pack.rules[usize::from(failure.entry.rule)];
        let at = party::lacking(invoice, rule).map_or(spot.at, |party| party.node);
        Finding {
            rule: rule.id.to_owned(),
            severity: failure.entry.severity,
            place: Some(invoice::unseen_place(scene.tree, at, position(scene, at, spot.attribute))),
            ..Finding::default()
        }
    };
    (placed.into_iter().map(one).collect(), unlisted)
}

/// Failures with their spots, in the order of the document; and how many are counted and not listed.
fn spots(
    pack: &'static Pack,
    invoice: &Invoice<'_>,
    scene: &Scene<'_, '_>,
    mut failures: Vec<Failure>,
) -> (Vec<(Spot, Failure)>, usize) {
    let mut unlisted = 0;
    if failures.len() > limits::FINDINGS_PER_RULE {
        let mut counts = vec![0usize; pack.rules.len()];
        failures.retain(|f| {
            let count = &mut counts[usize::from(f.entry.rule)];
            *count += 1;
            unlisted += usize::from(*count > limits::FINDINGS_PER_RULE);
            *count <= limits::FINDINGS_PER_RULE
        });
    }
    let mut placed: Vec<_> = failures.into_iter().map(|f| (Spot::of(scene, &f), f)).collect();
    // What a party lacks is shown at the party.
    let shown_at = |spot: &Spot, f: &Failure| {
        let rule: &'static Rule = pack.rules[usize::from(f.entry.rule)];
        party::lacking(invoice, rule).map_or(spot.at, |party| party.node)
    };
    placed.sort_by_cached_key(|(spot, f)| (shown_at(spot, f), spot.attribute.is_some(), f.entry.rule));
    (placed, unlisted)
}

/// Where a failure is shown: at the value that is wrong, or at the element in which something is missing.
pub struct Spot {
    pub at: NodeId,
    pub attribute: Option<Name>,
    /// What is not there.
    pub lacks: Option<Lack>,
    /// The question that fails.
    pub ask: &'static Ask,
    /// The value that was asked about, where there is exactly one.
    pub value: Option<String>,
}

impl Spot {
    fn of(scene: &Scene<'_, '_>, failure: &Failure) -> Spot {
        let mut ask = &failure.entry.ask;
        loop {
            ask = match ask {
                Ask::When(_, then) => then,
                Ask::All(all) => match scene.failing(failure.node, all) {
                    Some(one) => one,
                    None => break,
                },
                _ => break,
            };
        }
        let path = subject(ask).map(|(path, _)| path);
        let seen = path.and_then(|p| scene.single(failure.node, p).ok().flatten().map(|n| (n, p)));
        let own = failure.evidence.at;
        let alone = matches!(
            ask,
            Ask::Check(..)
                | Ask::Number(..)
                | Ask::Count(..)
                | Ask::Long(..)
                | Ask::Same(..)
                | Ask::Match(..)
                | Ask::Digits(..)
        );
        let lacking = path.filter(|_| alone && own.is_none() && seen.is_none());
        let lacking = lacking.and_then(|path| scene.absent(failure.node, path));
        let beside = own.is_none().then(|| around_alternatives(scene, failure.node, ask)).flatten();
        Spot {
            at: own.or(seen.map(|(n, _)| n)).or(lacking.map(|(n, _)| n)).or(beside).unwrap_or(failure.node),
            attribute: failure
                .evidence
                .attribute
                .or(seen.filter(|_| own.is_none()).and_then(|(_, path)| path.attribute)),
            lacks: lacking.map(|(_, lack)| lack).or(failure.evidence.child.map(Lack::Child)),
            ask,
            value: seen.map(|(n, path)| quote(trim(scene.value(n, path)))),
        }
    }

    /// What is wrong about it.
    pub fn about(&self) -> About {
        match (self.ask, self.lacks) {
            (_, Some(_)) => About::Missing,
            (Ask::Not(_) | Ask::True, _) => About::Banned,
            (Ask::Count(..) | Ask::Distinct(..) | Ask::Unique(..), _) => About::TooMany,
            (ask, None) if asks_presence(ask) || matches!(ask, Ask::Any(_)) && self.value.is_none() => About::Missing,
            _ => About::Value,
        }
    }

    fn aim(&self, right: Option<String>) -> Aim {
        let (child, attribute) = match self.lacks {
            Some(Lack::Child(name)) => (Some(name), None),
            Some(Lack::Attribute(name)) => (None, Some(name)),
            None => (None, None),
        };
        Aim { about: self.about(), node: self.at, attribute: self.attribute.or(attribute), child, right }
    }
}

fn finding(
    pack: &'static Pack,
    scene: &Scene<'_, '_>,
    terms: &Terms<'_>,
    addresses: &HashMap<(NodeId, Term), String>,
    mut spot: Spot,
    failure: Failure,
) -> Finding {
    let Failure { entry, mut evidence, node: failed } = failure;
    // The difference is in the digits that a double has and a decimal does not show.
    let unseen = evidence.difference.is_some_and(|d| d.is_zero())
        && evidence.found == evidence.expected
        && evidence.found.as_deref().is_some_and(is_beyond_doubles);
    let difference = evidence.difference.filter(|_| !unseen).map(signed);
    let working = working(scene, addresses, &evidence, difference.clone()).filter(|_| !unseen);
    let rule: &'static Rule = pack.rules[usize::from(entry.rule)];
    let lacking = party::lacking(terms.invoice(), rule);
    if let Some(party) = &lacking {
        spot.at = party.node;
        evidence.expected = Some(party.expected.to_owned());
        evidence.fix = Some(party.fix(rule));
    }
    let row = subject(spot.ask);
    let nothing_there = spot.value.is_none();
    // Blanks are no value to show.
    // Where something is missing, what stands beside it is not what was found.
    let value = spot.value.clone().filter(|_| !matches!(row, Some((_, Some(ask))) if asks_presence(ask)));
    let here = Some(here(scene, spot.at, spot.attribute));
    let banned = spot.about() == About::Banned && spot.at != failed;
    let found = evidence.found.or(value).filter(|f| !trim(f).is_empty()).or_else(|| here.clone().filter(|_| banned));
    let expected = evidence.expected.or_else(|| expected(rule, spot.ask)).or_else(|| by_the_catalogue(rule));
    let own = match (spot.attribute, spot.lacks) {
        (Some(name), _) | (None, Some(Lack::Attribute(name))) => terms.at(spot.at, Some(name)),
        (None, Some(Lack::Child(_))) => None,
        (None, None) => terms.at(spot.at, None),
    };
    let around = own.or_else(|| terms.around(scene.tree, spot.at));
    let path = path(rule, scene.syntax);
    let cii = (scene.syntax == Syntax::Cii).then(String::new);
    let list = match row {
        Some((_, Some(Ask::Check(_, Check::OneOf(Codes::Table(list) | Codes::Listed(list)))))) => Some(*list),
        _ => None,
    };
    let named = list.map(|list| list.name().to_owned());
    let lacks = spot.lacks.map(|lack| match lack {
        Lack::Child(name) => scene.tree.qualified(name),
        Lack::Attribute(name) => format!("@{}", scene.tree.qualified(name)),
    });
    // How often is no answer to what is missing.
    let expected = match (spot.lacks, spot.ask) {
        (Some(Lack::Attribute(_)), Ask::Count(..)) => lacks.clone(),
        _ => expected,
    };
    let values: Vec<(&str, &str)> = [
        ("found", &found),
        ("expected", &expected),
        ("path", &path),
        ("cii", &cii),
        ("here", &here),
        ("list", &named),
        ("lacks", &lacks),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    .collect();
    let one = |text: &str, lang: Lang| fill(&filled(text, lang, own), &values);
    let both = |fr: &str, en: &str| Text { fr: one(fr, Lang::Fr), en: one(en, Lang::En) };
    let near = list.and_then(|list| found.as_deref().map(|found| scene.near(list, found))).unwrap_or_default();
    let elsewhere = list.and_then(|list| found.as_deref().and_then(|found| near::elsewhere(list, found, pack)));
    // A code that is right elsewhere is no slip of another.
    let near = if elsewhere.is_some() { near::Near::default() } else { near };
    let (told, advised, expected, shown) = match elsewhere {
        Some(e) => (Some(e.message), e.fix, Some(e.expected), e.example),
        None => (None, None, expected.clone(), None),
    };
    let mut message = evidence
        .message
        .or(told)
        .or_else(|| not_a_number(row, found.as_deref()))
        .or_else(|| nothing_there.then(|| no_attribute(row)).flatten())
        .or_else(|| empty_currency(scene, &spot))
        .unwrap_or_else(|| both(rule.doc(Lang::Fr).message, rule.doc(Lang::En).message));
    if let (Some(term), Some(_)) = (own, list) {
        message = of_this_term(message, term);
    }
    let mut right = evidence.right.clone().or(near.sure.map(str::to_owned));
    right = right.or_else(|| working.is_some().then(|| expected.clone()).flatten());
    right = right.or_else(|| by_the_question(spot.ask, found.as_deref()));
    right = right.or_else(|| in_eight_digits(expected.as_deref(), found.as_deref()));
    // What the document says is put between quotes where blanks around it count.
    let blank =
        Around::of(scene, &spot, right.as_deref(), expected.as_deref()).filter(|_| evidence.difference.is_none());
    let alone = blank.as_ref().filter(|blank| blank.alone);
    let told = alone.map(|blank| blank.said(here.as_deref().filter(|_| around.or_else(|| only(rule)).is_none())));
    let advice = evidence.fix.or(advised).unwrap_or_else(|| both(rule.doc(Lang::Fr).fix, rule.doc(Lang::En).fix));
    let (message, mut fix) = told.unwrap_or((message, advice));
    let mut message = with_a_name(message, rule, around.or_else(|| only(rule)));
    // The rule speaks of one term, and what stands empty is another that its syntax writes in the same element.
    let stands_empty = spot.attribute.is_none()
        && spot.lacks.is_none()
        && !scene.tree.has_children(spot.at)
        && trim(scene.text(spot.at)).is_empty();
    let instead = own.filter(|t| stands_empty && !t.is_group() && !rule.terms.contains(t) && only(rule).is_some());
    let expected = match instead {
        Some(term) => {
            (message, fix) = empty(term, scene.syntax);
            Some(term.id().to_owned())
        }
        None => expected,
    };
    if let Some(difference) = difference {
        message.fr.push_str(&format!(" Écart : {difference}."));
        message.en.push_str(&format!(" Difference: {difference}."));
    }
    if unseen {
        (message, fix) = beyond_doubles(found.as_deref().unwrap_or_default());
    }
    let blanks = blanks_that_count(scene, &spot);
    if let Some((raw, number)) = &blanks {
        (message, fix) = with_blanks(&in_quotes(raw), number);
    }
    let right = right.or_else(|| alone.map(|blank| blank.bare.to_owned()));
    let bears = currency(terms.invoice(), scene, &spot, found.is_none());
    if let Some(currency) = bears.as_deref().filter(|_| right.is_none() && rule.group == "BR-CL-03") {
        fix = write_the_currency(scene, &spot, currency);
    }
    let right = right.or(bears).filter(|_| !unseen);
    add(&mut fix, near.words().filter(|_| alone.is_none()));
    add(&mut fix, blank.as_ref().filter(|blank| !blank.alone).map(|_| besides()));
    add(&mut fix, rounded(spot.ask, right.as_deref().filter(|_| blanks.is_none())));
    add(&mut fix, belongs(scene, &spot));
    if expected.as_deref() == Some("YYYYMMDD") {
        add(&mut fix, found.as_deref().and_then(|found| formats::doubt(formats::Lexical::Date, found)));
    }
    let of_the_rule = || of_the_catalogue(rule, scene.syntax).filter(|_| pack.own_examples && right.is_none());
    let example = evidence.example.or(shown).or_else(of_the_rule).or_else(|| match &lacking {
        Some(party) => party.example(scene.syntax),
        None => example(
            scene,
            terms,
            rule,
            &spot,
            (right.as_deref().or(near.only()), found.is_none().then_some(expected.as_deref()).flatten()),
        ),
    });
    let example = example.map(|example| of_profile(example, pack));
    let (expected, example) = if unseen { (None, None) } else { (expected, example) };
    let found = blanks.map(|(raw, _)| raw).or(blank.map(|blank| quote(blank.raw))).or(found);
    // Of a rule without terms, that of the element; of a currency, that of its amount.
    let amount = around.filter(|t| !t.is_group() && rule.group == "BR-CL-03");
    // Of a rule about several terms with codes, the one whose code it is; of an element that another term stands in, that term.
    let amount = amount.or_else(|| own.filter(|t| !t.is_group() && list.is_some()).or(instead));
    let around = amount.or(around);
    let ids = rule.terms.iter().filter(|_| amount.is_none());
    let ids = ids.chain(around.iter().filter(|_| rule.terms.is_empty() || amount.is_some()));
    Finding {
        rule: rule.id.to_owned(),
        group: rule.group.to_owned(),
        severity: entry.severity,
        pack: pack.id.to_owned(),
        terms: ids.map(|t| t.id().to_owned()).collect(),
        place: Some(place(scene, spot.at, spot.attribute)),
        aim: Some(spot.aim(right)),
        message,
        fix,
        found,
        expected,
        working,
        example,
        ..Finding::default()
    }
}

/// A term whose element is there and holds nothing.
fn empty(term: Term, syntax: Syntax) -> (Text, Text) {
    let path = formats::path(syntax, term).and_then(|path| path.split('|').next().map(|first| first.trim().to_owned()));
    let (fr, en) = (term.called(Lang::Fr), term.called(Lang::En));
    let (at_fr, at_en) = match &path {
        Some(path) => (format!("\u{a0}: {path}"), format!(": {path}")),
        None => Default::default(),
    };
    (
        Text::new(format!("{fr} est vide."), format!("{en} is empty.")),
        Text::new(
            format!("Renseigner {term}{at_fr}, ou retirer l'élément."),
            format!("Fill in {term}{at_en}, or remove the element."),
        ),
    )
}

fn add(fix: &mut Text, more: Option<Text>) {
    if let Some(more) = more {
        fix.fr.push_str(&format!(" {}", more.fr));
        fix.en.push_str(&format!(" {}", more.en));
    }
}

/// The element in which one of several children is missing, where all of them would stand in the same.
fn around_alternatives(scene: &Scene<'_, '_>, node: NodeId, ask: &'static Ask) -> Option<NodeId> {
    let Ask::Any(all) = ask else { return None };
    let mut only = None;
    for one in *all {
        let Ask::Check(path, check) = one else { return None };
        let (at, Lack::Child(_)) = scene.absent(node, path).filter(|_| check.is_presence())? else { return None };
        if *only.get_or_insert(at) != at {
            return None;
        }
    }
    only
}

/// The element with the one around it, or the attribute with its element: `cac:OrderReference/cbc:UUID`.
fn here(scene: &Scene<'_, '_>, node: NodeId, attribute: Option<Name>) -> String {
    let tree = scene.tree;
    let name = |node: NodeId| tree.qualified(tree.node(node).name);
    match attribute {
        Some(attribute) => format!("{}/@{}", name(node), tree.qualified(attribute)),
        // The document element needs no naming.
        None if tree.node(node).parent == 0 => name(node),
        None => format!("{}/{}", name(tree.node(node).parent), name(node)),
    }
}

fn place(scene: &Scene<'_, '_>, node: NodeId, attribute: Option<Name>) -> Place {
    invoice::place(scene.tree, node, position(scene, node, attribute))
}

fn position(scene: &Scene<'_, '_>, node: NodeId, attribute: Option<Name>) -> Option<usize> {
    attribute.and_then(|name| scene.tree.attributes(node).iter().position(|a| a.name == name))
}

/// A difference with its sign, as people write it.
fn signed(difference: Decimal) -> String {
    let sign = if difference.is_sign_negative() { "" } else { "+" };
    format!("{sign}{}", plain(difference))
}
