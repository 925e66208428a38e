//! Blanks around a value that are the very fault, or part of it: rules that compare as written refuse `380 ` as they refuse `999`.

use crate::day::Day;
use crate::rules::check::{Check, Codes};
use crate::rules::form::in_quotes;
use crate::rules::predicate::quote;
use crate::text::Text;

use super::tell::Spot;
use super::{Ask, Fold, Scene};

/// A value with blanks around it, where they count.
pub struct Around<'t> {
    /// As it stands in the document.
    pub raw: &'t str,
    /// Without the blanks, of whatever kind.
    pub bare: &'t str,
    /// Nothing else is wrong about it.
    pub alone: bool,
}

impl<'t> Around<'t> {
    /// None where no blanks stand around the value, or where they do not count. `right` is the one right value, where there is one.
    pub fn of(scene: &Scene<'t, '_>, spot: &Spot, right: Option<&str>, expected: Option<&str>) -> Option<Around<'t>> {
        let raw = match spot.attribute {
            Some(name) => scene.attribute(spot.at, name)?,
            None if scene.tree.has_children(spot.at) => return None,
            None => scene.tree.text_of(spot.at),
        };
        let bare = raw.trim();
        if bare.is_empty() || bare.len() == raw.len() || spot.lacks.is_some() {
            return None;
        }
        let alone = is_day(expected, bare).unwrap_or_else(|| right == Some(bare) || holds(spot.ask, bare));
        (alone || counts(spot.ask)).then_some(Around { raw, bare, alone })
    }

    /// What a finding says where the blanks are all that is wrong; `here` names the element where no term does.
    pub fn said(&self, here: Option<&str>) -> (Text, Text) {
        let (shown, bare) = (in_quotes(&quote(self.raw)), quote(self.bare));
        let (before, after) = match self.raw.split_once(self.bare) {
            Some((before, after)) => (before, after),
            None => ("", ""),
        };
        let line = [before, after].concat().contains(['\n', '\r']);
        let (what_fr, what_en) = match (before.chars().count() + after.chars().count(), line) {
            (_, true) => ("des blancs ou une fin de ligne", "blanks or a line end"),
            (1, _) => ("un blanc", "a blank"),
            _ => ("des blancs", "blanks"),
        };
        let (where_fr, where_en) = match (before.is_empty(), after.is_empty()) {
            (false, true) => ("devant", "before it"),
            (true, false) => ("derrière", "behind it"),
            _ => ("autour", "around it"),
        };
        let (at_fr, at_en) = here.map_or(Default::default(), |here| (format!("{here} : "), format!("{here}: ")));
        (
            Text::new(
                format!("{at_fr}{shown} a {what_fr} {where_fr}, et cela compte : sans cela, {bare} serait admis."),
                format!("{at_en}{shown} has {what_en} {where_en}, and that counts: without it, {bare} would pass."),
            ),
            Text::new(
                format!("Écrire {bare}, sans blanc ni fin de ligne autour."),
                format!("Write {bare}, without blanks or line ends around it."),
            ),
        )
    }
}

/// What is added to the advice where the blanks are wrong as well.
pub fn besides() -> Text {
    Text::new(
        "Retirer aussi les blancs autour de la valeur : ils comptent.",
        "Remove the blanks around the value as well: they count.",
    )
}

/// Would the question be true of this text?
fn holds(ask: &Ask, text: &str) -> bool {
    match ask {
        Ask::Check(_, check) => !check.is_presence() && check.accepts(text),
        Ask::Same(_, _, values) => values.contains(&text),
        Ask::Match(_, _, pattern) => pattern.matches(text),
        Ask::Brief(_, most) => text.chars().count() <= *most,
        _ => false,
    }
}

/// Is a value compared as it is written?
fn counts(ask: &Ask) -> bool {
    match ask {
        Ask::Check(_, Check::OneOf(Codes::Listed(_))) => true,
        Ask::Check(_, Check::OneOf(Codes::Table(list))) => list.exact,
        Ask::Same(_, Fold::Listed, _) | Ask::Match(_, false, _) => true,
        _ => false,
    }
}

/// Where a day is expected: is it one, in its form and of the years that rules take?
fn is_day(expected: Option<&str>, text: &str) -> Option<bool> {
    let day = match expected? {
        "YYYY-MM-DD" => Day::parse_iso(text),
        "YYYYMMDD" => Day::parse_102(text),
        _ => return None,
    };
    Some(day.is_some_and(|day| (2000..=2099).contains(&day.year())))
}
