//! What is said of a mention that is not there.

use crate::rules::client::{Mention, Missing, add_mention, where_proven};
use crate::text::{Lang, Text};

/// `BT-22 (BT-21 = PMD) | BT-20`; of a mention of several parts those that are missing.
pub fn expected(mention: &Mention, missing: &[Missing<'_, '_>]) -> Text {
    let said = match missing {
        [] => where_proven(mention).replace(", ", " | "),
        parts => parts.iter().map(|part| ids(part)).collect::<Vec<_>>().join(", "),
    };
    Text::new(said.clone(), said)
}

pub fn message(mention: &Mention, missing: &[Missing<'_, '_>]) -> Text {
    let law = &mention.law;
    let parts = |lang| missing.iter().map(|part| named(part, lang)).collect::<Vec<_>>().join(", ");
    match missing {
        [] => Text::new(
            format!("{} : cette mention manque ({law}).", mention.name.fr),
            format!("{}: this mention is missing ({law}).", mention.name.en),
        ),
        _ => Text::new(
            format!("{} : il manque {} ({law}).", mention.name.fr, parts(Lang::Fr)),
            format!("{}: {} is missing ({law}).", mention.name.en, parts(Lang::En)),
        ),
    }
}

pub fn fix(mention: &Mention, missing: &[Missing<'_, '_>]) -> Text {
    let parts = |lang| missing.iter().map(|part| named(part, lang)).collect::<Vec<_>>().join(", ");
    match missing {
        [] => add_mention(mention),
        _ => Text::new(format!("Renseigner {}.", parts(Lang::Fr)), format!("Fill in {}.", parts(Lang::En))),
    }
}

/// `BT-35 | BT-36`.
fn ids(part: &Missing<'_, '_>) -> String {
    part.need.any.iter().map(|term| term.id()).collect::<Vec<_>>().join(" | ")
}

/// The first of the terms that would do, with its name: `BT-35 (Seller address line 1)`.
fn named(part: &Missing<'_, '_>, lang: Lang) -> String {
    part.need.any.first().map_or(String::new(), |term| format!("{term} ({})", term.name(lang)))
}
