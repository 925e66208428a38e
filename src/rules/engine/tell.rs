//! Failures in words: place, values, sentence, fix.

use std::collections::HashMap;

use crate::decimal::{Decimal, plain};
use crate::formats;
use crate::invoice::{self, Invoice, Place, Syntax, Term, bt};
use crate::limits;
use crate::rules::check::{Check, Codes, codes, trim};
use crate::rules::finding::{About, Aim, Finding};
use crate::rules::predicate::quote;
use crate::rules::registry::{Pack, Rule};
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::example::{example, of_the_catalogue};
use super::named::{Terms, filled, with_a_name};
use super::near;
use super::party;
use super::run::Failure;
use super::working::{Addends, working};
use super::{Ask, From, Lack, Order, Path, Scene, cents, fill};

/// Failures in words, in the order of the document, and how many are counted and not listed.
pub fn told(
    pack: &'static Pack,
    invoice: &Invoice<'_>,
    scene: &Scene<'_, '_>,
    failures: Vec<Failure>,
) -> (Vec<Finding>, usize) {
    let (placed, unlisted) = spots(pack, scene, failures);
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
    let (placed, unlisted) = spots(pack, scene, failures);
    let one = |(spot, failure): (Spot, Failure)| {
        let rule: &'static Rule = pack.rules[usize::from(failure.entry.rule)];
        let at = party::lacking(invoice, rule).map_or(spot.at, |party| party.node);
        Finding {
            rule: rule.id.to_owned(),
            severity: failure.entry.severity,
            place: Some(place(scene, at, spot.attribute)),
            ..Finding::default()
        }
    };
    (placed.into_iter().map(one).collect(), unlisted)
}

/// Failures with their spots, in the order of the document; and how many are counted and not listed.
fn spots(pack: &'static Pack, scene: &Scene<'_, '_>, mut failures: Vec<Failure>) -> (Vec<(Spot, Failure)>, usize) {
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
    placed.sort_by_key(|(spot, f)| (spot.at, spot.attribute.is_some(), f.entry.rule));
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
    let values: Vec<(&str, &str)> =
        [("found", &found), ("expected", &expected), ("path", &path), ("cii", &cii), ("here", &here)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .collect();
    let one = |text: &str, lang: Lang| fill(&filled(text, lang, own), &values);
    let both = |fr: &str, en: &str| Text { fr: one(fr, Lang::Fr), en: one(en, Lang::En) };
    let list = match row {
        Some((_, Some(Ask::Check(_, Check::OneOf(Codes::Table(list)))))) => Some(*list),
        _ => None,
    };
    let near = list.and_then(|list| found.as_deref().map(|found| near::of(list, found))).unwrap_or_default();
    let elsewhere = list.and_then(|list| found.as_deref().and_then(|found| near::elsewhere(list, found)));
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
    let mut message = with_a_name(message, rule, around.or_else(|| only(rule)));
    let mut fix = evidence.fix.or(advised).unwrap_or_else(|| both(rule.doc(Lang::Fr).fix, rule.doc(Lang::En).fix));
    if let Some(difference) = difference {
        message.fr.push_str(&format!(" Écart : {difference}."));
        message.en.push_str(&format!(" Difference: {difference}."));
    }
    if unseen {
        (message, fix) = beyond_doubles(found.as_deref().unwrap_or_default());
    }
    let blanks = blanks_that_count(scene, &spot);
    if let Some((shown, number)) = &blanks {
        (message, fix) = with_blanks(shown, number);
    }
    let right = evidence.right.clone().or(near.sure.map(str::to_owned));
    let right = right.or_else(|| working.is_some().then(|| expected.clone()).flatten());
    let right = right.or_else(|| by_the_question(spot.ask, found.as_deref()));
    let right = right.or_else(|| currency(terms.invoice(), scene, &spot, found.is_none())).filter(|_| !unseen);
    add(&mut fix, near.words());
    add(&mut fix, rounded(spot.ask, right.as_deref().filter(|_| blanks.is_none())));
    add(&mut fix, belongs(scene, &spot));
    let of_the_rule = || of_the_catalogue(rule, scene.syntax).filter(|_| pack.own_examples && right.is_none());
    let example = evidence.example.or(shown).or_else(of_the_rule).or_else(|| match &lacking {
        Some(party) => party.example(scene.syntax),
        None => example(
            scene,
            terms,
            rule,
            &spot,
            (right.as_deref(), found.is_none().then_some(expected.as_deref()).flatten()),
        ),
    });
    let (expected, example) = if unseen { (None, None) } else { (expected, example) };
    let found = blanks.map(|(shown, _)| shown).or(found);
    // Of a rule without terms, that of the element; of a currency, that of its amount.
    let amount = around.filter(|t| !t.is_group() && rule.group == "BR-CL-03");
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

fn add(fix: &mut Text, more: Option<Text>) {
    if let Some(more) = more {
        fix.fr.push_str(&format!(" {}", more.fr));
        fix.en.push_str(&format!(" {}", more.en));
    }
}

/// What the catalogue says is expected, where the question does not show it.
fn by_the_catalogue(rule: &Rule) -> Option<String> {
    Some(rule.expected.to_owned()).filter(|e| !e.is_empty())
}

/// The one term of a rule.
fn only(rule: &Rule) -> Option<Term> {
    let mut values = rule.terms.iter().filter(|t| !t.is_group());
    values.next().filter(|_| values.next().is_none()).copied()
}

/// A sentence about a kind of code, made one about the term that stands there.
fn of_this_term(message: Text, term: Term) -> Text {
    let one = |text: &str, colon: &str, lang: Lang| match text.split_once(colon) {
        Some((_, rest)) if !text.contains(term.called(lang).as_str()) => format!("{}{colon}{rest}", term.called(lang)),
        _ => text.to_owned(),
    };
    Text { fr: one(&message.fr, " : ", Lang::Fr), en: one(&message.en, ": ", Lang::En) }
}

/// The one value that a question accepts, or the one it would with the digits that are too many rounded away.
fn by_the_question(ask: &Ask, found: Option<&str>) -> Option<String> {
    match ask {
        Ask::Number(_, _, Order::Equal, than) => Some(than.to_string()),
        Ask::Fraction(_, 2) => Some(plain(cents(crate::decimal::parse(found?).ok()?)?)),
        _ => None,
    }
}

fn rounded(ask: &Ask, right: Option<&str>) -> Option<Text> {
    let right = right.filter(|_| matches!(ask, Ask::Fraction(..)))?;
    Some(Text::new(format!("Ici : {right}."), format!("Here: {right}.")))
}

/// Before which sibling the missing child belongs.
fn belongs(scene: &Scene<'_, '_>, spot: &Spot) -> Option<Text> {
    let Some(Lack::Child(name)) = spot.lacks else { return None };
    let tree = scene.tree;
    let before = formats::follower(tree, spot.at, name)?;
    let (name, before) = (tree.qualified(name), tree.qualified(tree.node(before).name));
    Some(Text::new(format!("Placer {name} avant {before}."), format!("Put {name} before {before}.")))
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

/// What a question is about, for the place and the value of its finding.
fn subject(ask: &'static Ask) -> Option<(&'static Path, Option<&'static Ask>)> {
    match ask {
        Ask::Check(path, _)
        | Ask::Number(path, ..)
        | Ask::Fraction(path, _)
        | Ask::Long(path, _)
        | Ask::Brief(path, _)
        | Ask::Match(path, ..)
        | Ask::Digits(path, ..)
        | Ask::Count(path, ..) => Some((path, Some(ask))),
        Ask::Any(all) | Ask::All(all) => all.iter().find_map(subject),
        Ask::When(_, then) => subject(then),
        _ => None,
    }
}

fn asks_presence(ask: &Ask) -> bool {
    match ask {
        Ask::Check(_, check) => check.is_presence(),
        Ask::Long(..) | Ask::Count(..) => true,
        _ => false,
    }
}

/// What is expected, in signs: a bound, the name of a list, the terms of which something is missing.
fn expected(rule: &Rule, ask: &'static Ask) -> Option<String> {
    match subject(ask)?.1? {
        Ask::Check(_, Check::OneOf(Codes::Table(list))) => {
            by_the_catalogue(rule).or_else(|| Some(list.name().to_owned()))
        }
        Ask::Check(_, check) if !check.is_presence() => check.expected(),
        Ask::Check(..) | Ask::Long(..) => missing(rule, ask),
        Ask::Fraction(_, most) => Some(format!("≤ {most} decimals")),
        Ask::Brief(_, most) => Some(format!("≤ {most} characters")),
        Ask::Count(_, min, max) if min == max => Some(min.to_string()),
        Ask::Count(_, min, usize::MAX) => Some(format!("≥ {min}")),
        Ask::Count(_, _, max) => Some(format!("≤ {max}")),
        Ask::Number(_, _, order, than) => Some(match order {
            super::Order::Equal => than.to_string(),
            super::Order::More => format!("> {than}"),
            super::Order::AtLeast => format!("≥ {than}"),
        }),
        _ => None,
    }
}

/// The terms of which something is missing. `None` where it is not missing in the element that is judged: what the parties must
/// have where a category is used is said by the sentence.
fn missing(rule: &Rule, ask: &'static Ask) -> Option<String> {
    fn elsewhere(ask: &Ask) -> bool {
        match ask {
            Ask::Check(path, _) => path.from != From::Here,
            Ask::All(all) | Ask::Any(all) => all.iter().any(elsewhere),
            _ => false,
        }
    }
    if matches!(ask, Ask::All(_) | Ask::Any(_)) && elsewhere(ask) {
        return None;
    }
    // What the advice says to fill in; some rules also name the terms that they depend on.
    let fix = rule.doc(Lang::En).fix;
    let advised = |id: &str| {
        fix.match_indices(id).any(|(at, _)| {
            let after = fix[at + id.len()..].trim_start_matches('-');
            !after.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    let ids = |chosen: &dyn Fn(Term) -> bool| -> Vec<&'static str> {
        rule.terms.iter().copied().filter(|t| chosen(*t)).map(|t| t.id()).collect()
    };
    let mut terms = ids(&|t| advised(t.id()));
    if terms.is_empty() {
        terms = ids(&|t| !t.is_group());
    }
    Some(terms.join(if matches!(ask, Ask::All(_)) { ", " } else { " | " })).filter(|t| !t.is_empty())
}

/// Where the term of a rule stands in a syntax, without conditions: the last one it names.
fn path(rule: &Rule, syntax: Syntax) -> Option<String> {
    let term = rule.terms.iter().rev().find(|t| !t.is_group()).or(rule.terms.last())?;
    let path = formats::path(syntax, *term)?;
    path.split('|').next().map(|first| first.trim().to_owned())
}

/// A number was asked for and the text is none: that is what the finding must say.
fn not_a_number(row: Option<(&Path, Option<&Ask>)>, found: Option<&str>) -> Option<Text> {
    let (_, Some(Ask::Number(..))) = row? else { return None };
    let found = found?;
    crate::decimal::parse(found).is_err().then(|| {
        Text::new(format!("« {found} » n'est pas un nombre décimal."), format!("\"{found}\" is not a decimal number."))
    })
}

/// Has it more digits than every double keeps?
fn is_beyond_doubles(amount: &str) -> bool {
    amount.bytes().filter(u8::is_ascii_digit).count() > f64::DIGITS as usize
}

/// Two amounts that are the same to the last digit, and not so where they are computed in binary.
fn beyond_doubles(found: &str) -> (Text, Text) {
    (
        Text::new(
            format!(
                "Le calcul exact donne bien {found}, la valeur qui figure ; l'artefact officiel calcule en virgule flottante binaire et refuse un montant d'autant de chiffres, pour un écart qui ne se montre pas."
            ),
            format!(
                "Computed exactly, the result is {found}, as it stands; the official artefact computes in binary floating point and refuses an amount of so many digits, for a difference too small to be shown."
            ),
        ),
        Text::new(
            "Vérifiez le montant : il a plus de chiffres que l'artefact n'en calcule exactement (15).",
            "Check the amount: it has more digits than the artefact computes exactly (15).",
        ),
    )
}

/// The number with the blanks around it in sight, and the number alone, where only the blanks make it have too many decimals.
fn blanks_that_count(scene: &Scene<'_, '_>, spot: &Spot) -> Option<(String, String)> {
    let Ask::Fraction(_, most) = spot.ask else { return None };
    let raw = scene.tree.text_of(spot.at);
    let number = trim(raw);
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.chars().count());
    let only_blanks = spot.attribute.is_none() && raw.len() != number.len() && decimals <= *most;
    only_blanks.then(|| (quote(&format!("\"{}\"", raw.escape_debug())), quote(number)))
}

fn with_blanks(shown: &str, number: &str) -> (Text, Text) {
    (
        Text::new(
            format!(
                "{shown} : les blancs et fins de ligne après le point comptent comme des décimales, et il y en a trop."
            ),
            format!("{shown}: blanks and line ends after the point count as decimals, and those are too many."),
        ),
        Text::new(
            format!("Écrivez {number}, sans blanc ni fin de ligne autour."),
            format!("Write {number}, without blanks or line ends around it."),
        ),
    )
}

/// A value was asked of an attribute that does not stand: that is what the finding must say.
fn no_attribute(row: Option<(&'static Path, Option<&Ask>)>) -> Option<Text> {
    let (path, Some(Ask::Check(_, check))) = row? else { return None };
    path.attribute.filter(|_| !check.is_presence())?;
    let name = path.whole.text.rsplit('/').next().unwrap_or(path.whole.text).trim_start_matches('@');
    let (fr, en) = match check {
        Check::OneOf(Codes::Table(list)) => (
            format!(" ; un code de la liste {} est attendu", list.name()),
            format!("; a code of list {} is expected", list.name()),
        ),
        _ => Default::default(),
    };
    Some(Text::new(format!("L'attribut {name} manque{fr}."), format!("The attribute {name} is missing{en}.")))
}

/// The attribute of a finding, standing or not, is the currency of an amount.
fn is_currency(scene: &Scene<'_, '_>, spot: &Spot) -> bool {
    let name = match (spot.attribute, spot.lacks) {
        (Some(name), _) | (None, Some(Lack::Attribute(name))) => name,
        _ => return false,
    };
    scene.tree.qualified(name) == "currencyID"
}

/// The currency of an amount stands and is empty: that is what the finding must say.
fn empty_currency(scene: &Scene<'_, '_>, spot: &Spot) -> Option<Text> {
    let empty = spot.value.as_deref().is_some_and(|value| trim(value).is_empty());
    (empty && is_currency(scene, spot)).then(|| {
        Text::new(
            "L'attribut currencyID est vide ; un code de la liste ISO 4217 est attendu.",
            "The attribute currencyID is empty; a code of list ISO 4217 is expected.",
        )
    })
}

/// The currency that an amount must bear where it bears none: that of BT-6 for the second VAT total, else that of the document.
fn currency(invoice: &Invoice<'_>, scene: &Scene<'_, '_>, spot: &Spot, none: bool) -> Option<String> {
    if !none || !is_currency(scene, spot) {
        return None;
    }
    let currency = match formats::vat_total(scene.syntax, scene.tree, spot.at) {
        Some((_, currency)) => currency?,
        None => invoice.text(bt::BT_5)?.trim(),
    };
    codes::ISO_4217.contains(currency).then(|| currency.to_owned())
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
    let position = attribute.and_then(|name| scene.tree.attributes(node).iter().position(|a| a.name == name));
    invoice::place(scene.tree, node, position)
}

/// A difference with its sign, as people write it.
fn signed(difference: Decimal) -> String {
    let sign = if difference.is_sign_negative() { "" } else { "+" };
    format!("{sign}{}", plain(difference))
}
