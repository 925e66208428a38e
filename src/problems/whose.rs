//! Whose is what a refusal speaks of: the seller's SIRET or the customer's? `schemas/problems/parties.csv`.
//!
//! French puts the owner after the thing ("le SIRET du fournisseur"), English before it ("the supplier's SIRET") or after
//! ("SIRET of the supplier"): the party next to it counts, over words that only link. Without a neighbour, the seller
//! counts where it is the one party named, unless it is named as whoever has to act ("the supplier must correct …"), which says
//! nothing about whose the thing is.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};

/// Whom a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    /// Who issues the invoice: supplier, seller, issuer. BG-4.
    Seller,
    /// Who is billed: customer, buyer, recipient. BG-7.
    Buyer,
    /// Who is to be paid where it is not the seller: payee, factor. BG-10.
    Payee,
}

impl Party {
    pub fn parse(text: &str) -> Option<Party> {
        match text {
            "seller" => Some(Party::Seller),
            "buyer" => Some(Party::Buyer),
            "payee" => Some(Party::Payee),
            _ => None,
        }
    }
}

/// Words to either side that are looked at: more links than that join nothing.
const NEAR: usize = 12;

/// The owner of what stands at `at` in `words`: lower case, without accents, words apart by one space.
pub(super) fn owner(words: &str, at: std::ops::Range<usize>) -> Option<Party> {
    let (before, after) = (words.get(..at.start)?, words.get(at.end..)?);
    // A part of a word was asked for: the rest of that word is no neighbour.
    let whole = words.get(at)?;
    let after = if whole.ends_with(' ') { after } else { after.split_once(' ').map_or("", |(_, rest)| rest) };
    let before = if whole.starts_with(' ') { before } else { before.rsplit_once(' ').map_or("", |(rest, _)| rest) };
    let after: Vec<&str> = after.split_whitespace().take(NEAR).collect();
    let mut before: Vec<&str> = before.split_whitespace().rev().take(NEAR).collect();
    before.reverse();
    neighbour_after(&after).or_else(|| neighbour_before(&before)).or_else(|| only_seller(words))
}

fn neighbour_after(words: &[&str]) -> Option<Party> {
    let at = words.iter().position(|word| role(word) != Some(Role::Link))?;
    named(words, at)
}

fn neighbour_before(words: &[&str]) -> Option<Party> {
    let at = words.iter().rposition(|word| role(word) != Some(Role::Link))?;
    named(words, at)
}

/// The seller, where it is the one party that the text names as an owner. The customer is often named as the one who speaks.
fn only_seller(words: &str) -> Option<Party> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut parties = (0..words.len()).filter_map(|at| named(&words, at));
    let first = parties.next()?;
    (first == Party::Seller && parties.all(|other| other == first)).then_some(first)
}

/// The party of this word, unless it is only said to have to act, or to have acted.
fn named(words: &[&str], at: usize) -> Option<Party> {
    let Role::Party(party) = role(words.get(at)?)? else { return None };
    let next = |n: usize| words.get(at + n).copied().unwrap_or_default();
    let acts = match next(1) {
        "a" => !["un", "une"].contains(&next(2)),
        // "n'a pas indiqué", and not "n'a pas de".
        "n" => next(2) == "a" && !["de", "d"].contains(&next(4)),
        other => role(other) == Some(Role::Duty),
    };
    let owns = role(next(2)) == Some(Role::Owns);
    (!acts || owns).then_some(party)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Party(Party),
    /// Stands between a thing and its owner.
    Link,
    /// After a party: it has to act, or acted.
    Duty,
    /// After a duty: it has to have, or to be; so it owns.
    Owns,
}

fn role(word: &str) -> Option<Role> {
    let roles: &'static HashMap<String, Role> = &ROLES;
    roles.get(word).copied()
}

static ROLES: LazyLock<HashMap<String, Role>> = LazyLock::new(|| built_in("problems/parties.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/problems/parties.csv");

fn read(text: &str) -> Result<HashMap<String, Role>, TableError> {
    let table = Table::parse(text)?;
    let (word, is) = (table.column("word")?, table.column("is")?);
    let mut roles = HashMap::new();
    for row in &table.rows {
        let role = match row.get(is) {
            "link" => Role::Link,
            "duty" => Role::Duty,
            "owns" => Role::Owns,
            other => Role::Party(Party::parse(other).ok_or_else(|| row.error("unknown role"))?),
        };
        let plain = !row.get(word).is_empty() && row.get(word).bytes().all(|byte| byte.is_ascii_lowercase());
        if !plain || roles.insert(row.get(word).to_owned(), role).is_some() {
            return Err(row.error("one plain lower-case word, once, is expected"));
        }
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_party_next_to_the_thing_owns_it() {
        read(TEXT).unwrap();
        use Party::{Buyer, Payee, Seller};
        for (words, expected) in [
            (" le siret du fournisseur est obligatoire ", Some(Seller)),
            (" le siret de la structure destinataire est inactif ", Some(Buyer)),
            (" the supplier s siret is missing ", Some(Seller)),
            (" siret of the customer is unknown ", Some(Buyer)),
            (" le fournisseur n a pas indique le siret du destinataire ", Some(Buyer)),
            (" le fournisseur doit indiquer le siret de l acheteur ", Some(Buyer)),
            (" the customer rejects it seller siret missing ", Some(Seller)),
            (" siret du beneficiaire absent ", Some(Payee)),
            (" fournisseur inconnu verifier siret ", Some(Seller)),
            (" siret absent le fournisseur doit corriger ", None),
            (" le fournisseur doit avoir un siret ", Some(Seller)),
            (" le fournisseur a indique un siret inconnu ", None),
            (" le fournisseur n a pas indique de siret ", None),
            (" le fournisseur n a pas de siret ", Some(Seller)),
            (" siret absent fournisseur et client differents ", None),
            (" siret absent ", None),
        ] {
            let start = words.find(" siret ").unwrap();
            assert_eq!(owner(words, start..start + " siret ".len()), expected, "{words}");
        }
        // A part of a word: the rest of it is skipped.
        let words = " les adresses du vendeur ";
        assert_eq!(owner(words, 5..12), Some(Seller));
        assert_eq!(owner("x", 5..9), None);
    }

    #[test]
    fn a_damaged_table_is_refused() {
        for row in ["Client,buyer", "client,owner", ",link", "client,buyer\nclient,seller", "du client,buyer"] {
            assert!(read(&format!("word,is\n{row}\n")).is_err(), "{row}");
        }
    }
}
