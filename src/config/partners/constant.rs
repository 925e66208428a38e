//! What a partner file may say for all invoices of a partner ([constants]): identifiers, codes, conditions. What is of each single invoice it may not: a number
//! or an amount from a file would be that of every invoice that lacks its own, and none would be found wrong for it.

use crate::invoice::{Kind, Term, bt};
use crate::text::{Lang, Text};

/// Terms that each invoice, or each of its lines, has to say itself, beside all amounts, prices, quantities and dates.
const OF_EACH: [Term; 15] = [
    bt::BT_1,
    bt::BT_3,
    bt::BT_13,
    bt::BT_14,
    bt::BT_15,
    bt::BT_16,
    bt::BT_25,
    bt::BT_83,
    bt::BT_126,
    bt::BT_127,
    bt::BT_128,
    bt::BT_132,
    bt::BT_153,
    bt::BT_154,
    bt::BT_155,
];

/// Why a term cannot be this constant; none where it can.
pub(super) fn refused(term: Term, value: &str) -> Option<Text> {
    if value.trim().is_empty() {
        return Some(Text::new(
            format!("{term} est vide : une constante dit une valeur ; ôter la ligne si rien n'est convenu"),
            format!("{term} is empty: a constant says a value; remove the line if nothing is agreed"),
        ));
    }
    let of_each = matches!(term.kind(), Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Date)
        || OF_EACH.contains(&term)
        || term.parent().is_some_and(|whole| term.kind() == Kind::Part && OF_EACH.contains(&whole));
    of_each.then(|| {
        Text::new(
            format!(
                "{term} ({}) est propre à chaque facture : la constante vaudrait pour toutes celles qui ne le disent pas. Ôter la ligne ; l'émetteur doit le dire",
                term.name(Lang::Fr)
            ),
            format!(
                "{term} ({}) is of each single invoice: the constant would hold for all that do not say it. Remove the line; the sender has to say it",
                term.name(Lang::En)
            ),
        )
    })
}
