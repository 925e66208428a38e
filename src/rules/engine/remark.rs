//! What a sentence says beyond its rule's own: that a value is no number, that blanks count, where a child belongs.

use crate::formats;
use crate::invoice::Term;
use crate::rules::check::{Check, Codes, trim};
use crate::rules::predicate::quote;
use crate::rules::registry::Rule;
use crate::text::{Lang, Text};

use super::count::Lack;
use super::tell::Spot;
use super::{Ask, Path, Scene};

/// A sentence about a kind of code, made one about the term that stands there.
pub(super) fn of_this_term(message: Text, term: Term) -> Text {
    let one = |text: &str, colon: &str, lang: Lang| match text.split_once(colon) {
        Some((_, rest)) if !text.contains(term.called(lang).as_str()) => format!("{}{colon}{rest}", term.called(lang)),
        _ => text.to_owned(),
    };
    Text { fr: one(&message.fr, " : ", Lang::Fr), en: one(&message.en, ": ", Lang::En) }
}

/// The one term of a rule.
pub(super) fn only(rule: &Rule) -> Option<Term> {
    let mut values = rule.terms.iter().filter(|t| !t.is_group());
    values.next().filter(|_| values.next().is_none()).copied()
}

pub(super) fn rounded(ask: &Ask, right: Option<&str>) -> Option<Text> {
    let right = right.filter(|_| matches!(ask, Ask::Fraction(..)))?;
    Some(Text::new(format!("Ici : {right}."), format!("Here: {right}.")))
}

/// Before which sibling the missing child belongs.
pub(super) fn belongs(scene: &Scene<'_, '_>, spot: &Spot) -> Option<Text> {
    let Some(Lack::Child(name)) = spot.lacks else { return None };
    let tree = scene.tree;
    let before = formats::follower(tree, spot.at, name)?;
    let (name, before) = (tree.qualified(name), tree.qualified(tree.node(before).name));
    Some(Text::new(format!("Placer {name} avant {before}."), format!("Put {name} before {before}.")))
}

/// A number was asked for and the text is none: that is what the finding must say.
pub(super) fn not_a_number(row: Option<(&Path, Option<&Ask>)>, found: Option<&str>) -> Option<Text> {
    let (_, Some(Ask::Number(..) | Ask::Fraction(..))) = row? else { return None };
    let found = found?;
    crate::decimal::parse(trim(found)).is_err().then(|| {
        Text::new(format!("« {found} » n'est pas un nombre décimal."), format!("\"{found}\" is not a decimal number."))
    })
}

/// A value was asked of an attribute that does not stand: that is what the finding must say.
pub(super) fn no_attribute(row: Option<(&'static Path, Option<&Ask>)>) -> Option<Text> {
    let (path, Some(Ask::Check(_, check))) = row? else { return None };
    path.attribute.filter(|_| !check.is_presence())?;
    let name = path.whole.text.rsplit('/').next().unwrap_or(path.whole.text).trim_start_matches('@');
    let (fr, en) = match check {
        Check::OneOf(Codes::Table(list) | Codes::Listed(list)) => (
            format!(" ; un code de la liste {} est attendu", list.name()),
            format!("; a code of list {} is expected", list.name()),
        ),
        _ => Default::default(),
    };
    Some(Text::new(format!("L'attribut {name} manque{fr}."), format!("The attribute {name} is missing{en}.")))
}

/// Has it more digits than every double keeps?
pub(super) fn is_beyond_doubles(amount: &str) -> bool {
    amount.bytes().filter(u8::is_ascii_digit).count() > f64::DIGITS as usize
}

/// Two amounts that are the same to the last digit, and not so where they are computed in binary.
pub(super) fn beyond_doubles(found: &str) -> (Text, Text) {
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

/// The number as it stands, with the blanks around it, and the number alone, where only the blanks make it have too many decimals.
pub(super) fn blanks_that_count(scene: &Scene<'_, '_>, spot: &Spot) -> Option<(String, String)> {
    let Ask::Fraction(_, most) = spot.ask else { return None };
    let raw = scene.tree.text_of(spot.at);
    let number = trim(raw);
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.chars().count());
    let only_blanks = spot.attribute.is_none() && raw.len() != number.len() && decimals <= *most;
    only_blanks.then(|| (quote(raw), quote(number)))
}

pub(super) fn with_blanks(shown: &str, number: &str) -> (Text, Text) {
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
