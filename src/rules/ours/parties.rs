//! What the identifiers of a party say of each other, and what a platform needs to find the buyer of a domestic sale.

use crate::invoice::{Party, Term, bt, siren_of_vat};
use crate::text::Text;

use super::digits::{are_digits, luhn};
use super::facts::{Facts, compact};
use super::say::{Said, around, called, missing, quoted, value};
use super::vat;

/// The terms of a party: identifiers and schemes.
struct Terms {
    id: (Term, Term),
    legal: (Term, Term),
    vat: Term,
    address: (Term, Term),
}

const SELLER: Terms = Terms {
    id: (bt::BT_29, bt::BT_29_1),
    legal: (bt::BT_30, bt::BT_30_1),
    vat: bt::BT_31,
    address: (bt::BT_34, bt::BT_34_1),
};

const BUYER: Terms = Terms {
    id: (bt::BT_46, bt::BT_46_1),
    legal: (bt::BT_47, bt::BT_47_1),
    vat: bt::BT_48,
    address: (bt::BT_49, bt::BT_49_1),
};

/// What a BAR note says of a sale between businesses of which one is not in France.
const ABROAD: &str = "B2BINT";

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    for terms in [&SELLER, &BUYER] {
        out.extend(vat_of_another(facts, terms));
        out.extend(address_of_another(facts, terms));
    }
    let domestic = facts.is_domestic() && !facts.is_of_chorus();
    match facts.treatment() {
        None if domestic => {
            out.extend(
                buyer_siren(facts, None).or_else(|| establishment_alone(facts)).or_else(|| siren_elsewhere(facts)),
            );
            // The directory is of France itself; for the departments outside its VAT territory nobody has said that it is theirs.
            out.extend(address_scheme(facts).filter(|_| facts.is_written_domestic()));
        }
        // Abroad by the note, in France by the addresses: one of the two is wrong.
        Some(treatment) if domestic && treatment == ABROAD && facts.is_written_domestic() => {
            out.extend(buyer_siren(facts, Some(treatment)));
        }
        _ => {}
    }
    out.extend(same_address(facts));
}

/// Where a party's SIREN is none, and what stands beside it bears one that is a slip away: that one is meant.
pub fn meant(facts: &Facts<'_>, said: &mut [Said]) {
    for terms in [&SELLER, &BUYER] {
        let legal = terms.legal.0;
        let of_party = |said: &&mut Said| {
            let finding = &said.finding;
            finding.rule == "FCT-SIREN" && said.legal && finding.terms.first().is_some_and(|term| term == legal.id())
        };
        let Some(Said { finding, siren: Some(siren), .. }) = said.iter_mut().find(of_party) else { continue };
        let Some(at) = facts.of_scheme(legal, terms.legal.1, "0002") else { continue };
        let start = |text: &str| text.get(..9).filter(|start| are_digits(start)).map(str::to_owned);
        let beside = [
            facts.of_scheme(terms.id.0, terms.id.1, "0009").and_then(|o| start(&compact(o.text()))),
            facts.value(terms.vat).and_then(|o| siren_of_vat(&compact(o.text())).map(str::to_owned)),
            facts.of_scheme(terms.address.0, terms.address.1, "0225").and_then(|o| start(o.trimmed())),
        ];
        let mut fits = beside.into_iter().flatten().filter(|other| luhn(other) && a_slip_away(siren, other));
        let Some(right) = fits.next().filter(|right| fits.all(|other| other == *right)) else { continue };
        finding
            .message
            .fr
            .push_str(&format!(" La même partie dit {right} ailleurs (SIRET, numéro de TVA ou adresse)."));
        finding.message.en.push_str(&format!(" The same party says {right} elsewhere (SIRET, VAT number or address)."));
        finding.example = Some(crate::formats::put_right(facts.invoice.tree(), at.node(), Some(&right), None, None));
        finding.expected = Some(right);
    }
}

/// One digit is another, or two that stand side by side have changed places.
fn a_slip_away(one: &str, other: &str) -> bool {
    let differ: Vec<usize> = (0..one.len()).filter(|at| one.as_bytes().get(*at) != other.as_bytes().get(*at)).collect();
    let sign = |text: &str, at: usize| text.as_bytes().get(at).copied();
    one.len() == other.len()
        && match differ[..] {
            [_] => true,
            [a, b] => b == a + 1 && sign(one, a) == sign(other, b) && sign(one, b) == sign(other, a),
            _ => false,
        }
}

/// The SIREN that a party gives itself: legal identifier, else the start of a SIRET. Not what its address or VAT number says.
fn own_siren(facts: &Facts<'_>, terms: &Terms) -> Option<String> {
    let of = |(term, part): (Term, Term), scheme: &str, digits: usize| {
        let text = compact(facts.of_scheme(term, part, scheme)?.text());
        (text.len() == digits && are_digits(&text)).then(|| text.chars().take(9).collect::<String>())
    };
    of(terms.legal, "0002", 9)
        .or_else(|| of(terms.id, "0002", 9))
        .or_else(|| of(terms.legal, "0009", 14))
        .or_else(|| of(terms.id, "0009", 14))
}

/// A French VAT number whose SIREN is not the party's. Members of a single taxable person (0231) bear that one's number.
fn vat_of_another(facts: &Facts<'_>, terms: &Terms) -> Option<Said> {
    let siren = own_siren(facts, terms)?;
    let at = facts.value(terms.vat)?;
    let bare = compact(at.text());
    let other = siren_of_vat(&bare).filter(|other| *other != siren && !other.starts_with("000"))?;
    if facts.of_scheme(terms.id.0, terms.id.1, "0231").is_some() {
        return None;
    }
    let right = vat::of_siren(&siren).filter(|_| luhn(&siren));
    let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(at.trimmed()));
    let legal = terms.legal.0;
    let message = Text::new(
        format!("{fr} : {found_fr} est le numéro du SIREN {other}, et la même partie dit être {siren} ({legal})."),
        format!(
            "{en}: {found_en} is the number of SIREN {other}, and the same party says that it is {siren} ({legal})."
        ),
    );
    let fix = Text::new(
        format!(
            "Corriger celui des deux qui est d'une autre société. Un membre d'un assujetti unique donne le numéro de celui-ci, et son SIREN sous le schéma 0231 ({}).",
            terms.id.0
        ),
        format!(
            "Correct whichever of the two is another company's. A member of a single taxable person gives that one's number, and its SIREN under scheme 0231 ({}).",
            terms.id.0
        ),
    );
    let said = Said::beside(value("FCT-VAT-SIREN", at, right.as_deref(), message, fix));
    // Where one of the two is no SIREN at all, that one is the root.
    let bad = [siren.as_str(), other].into_iter().find(|siren| !luhn(siren)).map(str::to_owned);
    Some(Said { siren: bad, ..said })
}

/// A French electronic address that starts with another SIREN than the party's.
fn address_of_another(facts: &Facts<'_>, terms: &Terms) -> Option<Said> {
    let siren = own_siren(facts, terms)?;
    let at = facts.of_scheme(terms.address.0, terms.address.1, "0225")?;
    let start = at.trimmed().split('_').next().filter(|start| start.len() == 9 && are_digits(start))?;
    if start == siren {
        return None;
    }
    let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(at.trimmed()));
    let message = Text::new(
        format!("{fr} : {found_fr} est une adresse du SIREN {start}, et la partie est {siren}."),
        format!("{en}: {found_en} is an address of SIREN {start}, and the party is {siren}."),
    );
    let fix = Text::new(
        "Chercher dans l'annuaire l'adresse exacte de cette société, et l'écrire telle quelle : la facture part où l'adresse le dit, quel que soit le SIREN.",
        "Look up this company's exact address in the directory, and write it as it stands: the invoice goes where the address says, whatever the SIREN.",
    );
    let right = Some(siren.as_str()).filter(|siren| luhn(siren));
    let said = Said::yielding(value("FCT-ADDRESS-SIREN", at, right, message, fix));
    let bad = [siren.as_str(), start].into_iter().find(|siren| !luhn(siren)).map(str::to_owned);
    Some(Said { siren: bad, ..said })
}

/// A domestic sale without the buyer's SIREN, and without a note that says that it is none between businesses; `abroad` is a note that
/// says that it is one with a foreign business.
fn buyer_siren(facts: &Facts<'_>, abroad: Option<&str>) -> Option<Said> {
    if own_siren(facts, &BUYER).is_some() || facts.of_scheme(bt::BT_47, bt::BT_47_1, "0002").is_some() {
        return None;
    }
    let buyer: &Party = &facts.identity.buyer;
    let told = buyer.vat.as_deref().and_then(siren_of_vat).or(buyer.siren.as_deref()).filter(|siren| luhn(siren));
    let (hint_fr, hint_en) = match told {
        Some(siren) => (
            format!(" Le numéro de TVA ou l'adresse dit {siren}."),
            format!(" The VAT number or the address says {siren}."),
        ),
        None => Default::default(),
    };
    let message = Text::new(
        format!(
            "Vendeur et acheteur sont en France et BT-47 (SIREN de l'acheteur, schéma 0002) manque : entre entreprises, la plateforme ne sait à qui remettre la facture.{hint_fr}"
        ),
        format!(
            "Seller and buyer are in France and BT-47 (the buyer's SIREN, scheme 0002) is missing: between businesses, the platform cannot tell whose invoice it is.{hint_en}"
        ),
    );
    let message = match abroad {
        None => message,
        Some(note) => Text::new(
            format!(
                "Une note BAR dit {note} (entreprise étrangère), alors que vendeur et acheteur sont en France et que BT-47 (SIREN de l'acheteur, schéma 0002) manque : l'un des deux est faux.{hint_fr}"
            ),
            format!(
                "A BAR note says {note} (a foreign business), while seller and buyer are in France and BT-47 (the buyer's SIREN, scheme 0002) is missing: one of the two is wrong.{hint_en}"
            ),
        ),
    };
    let fix = match abroad {
        None => no_business(),
        Some(_) => Text::new(
            "Si l'acheteur est une entreprise française : note BAR = B2B, et son SIREN. Sinon, corriger son pays (BT-55).",
            "Where the buyer is a French business: BAR note = B2B, and its SIREN. Else correct its country (BT-55).",
        ),
    };
    let finding = missing("FCT-BUYER-SIREN", around(facts.invoice, bt::BG_7), bt::BT_47, message, fix);
    let shown = told.map_or_else(|| "0002: 9 × [0-9]".to_owned(), |siren| format!("0002: {siren}"));
    Some(Said::yielding(crate::rules::Finding { expected: Some(shown), ..finding }))
}

fn no_business() -> Text {
    Text::new(
        "Donner le SIREN de l'acheteur ; s'il est un particulier ou hors du champ, le dire par une note BAR (B2C, OUTOFSCOPE).",
        "Give the buyer's SIREN; where the buyer is a consumer or outside the scope, say so in a BAR note (B2C, OUTOFSCOPE).",
    )
}

/// The buyer's legal identifier is a SIRET and no SIREN: with a BAR note B2B that would be fatal (BR-FR-11).
fn establishment_alone(facts: &Facts<'_>) -> Option<Said> {
    if facts.of_scheme(bt::BT_47, bt::BT_47_1, "0002").is_some() {
        return None;
    }
    let at = facts.of_scheme(bt::BT_47, bt::BT_47_1, "0009")?;
    let siren = own_siren(facts, &BUYER).filter(|siren| luhn(siren));
    let (found_fr, found_en) = quoted(at.trimmed());
    let message = Text::new(
        format!(
            "BT-47 est un SIRET (schéma 0009), {found_fr} : l'annuaire cherche l'acheteur par son SIREN (schéma 0002). Sous une note BAR = B2B, la facture serait refusée (BR-FR-11)."
        ),
        format!(
            "BT-47 is a SIRET (scheme 0009), {found_en}: the directory looks for the buyer by the SIREN (scheme 0002). With a BAR note of B2B the invoice would be refused (BR-FR-11)."
        ),
    );
    let fix = Text::new(
        "Donner dans BT-47 le SIREN, sous le schéma 0002, et le SIRET dans BT-46, sous le schéma 0009.",
        "Give the SIREN in BT-47, under scheme 0002, and the SIRET in BT-46, under scheme 0009.",
    );
    let finding = value("FCT-BUYER-SIREN", at, None, message, fix);
    let tree = facts.invoice.tree();
    let example = siren
        .as_ref()
        .map(|siren| crate::formats::put_right(tree, at.node(), Some(siren), Some(("schemeID", "0002")), None));
    let shown = siren.map_or_else(|| "0002: 9 × [0-9]".to_owned(), |siren| format!("0002: {siren}"));
    Some(Said::yielding(crate::rules::Finding { expected: Some(shown), example, ..finding }))
}

/// The buyer's SIREN is told in BT-46 alone, by itself or within a SIRET: who the buyer is is known, and yet BT-47, where platforms
/// look for it, is empty. With a BAR note B2B that would be fatal (BR-FR-11).
fn siren_elsewhere(facts: &Facts<'_>) -> Option<Said> {
    if facts.value(bt::BT_47).is_some() {
        return None;
    }
    let siren = own_siren(facts, &BUYER)?;
    let within = facts.of_scheme(bt::BT_46, bt::BT_46_1, "0002").is_none();
    let (fr, en) = if within { ("son SIRET", "its SIRET") } else { ("son SIREN", "its SIREN") };
    let message = Text::new(
        format!(
            "BT-47 (SIREN de l'acheteur, schéma 0002) est vide : BT-46 donne {fr}, et le SIREN {siren} s'en déduit, mais l'annuaire cherche l'acheteur par BT-47. Sous une note BAR = B2B, la facture serait refusée (BR-FR-11)."
        ),
        format!(
            "BT-47 (the buyer's SIREN, scheme 0002) is empty: BT-46 gives {en}, and SIREN {siren} follows from it, but the directory looks for the buyer by BT-47. With a BAR note of B2B the invoice would be refused (BR-FR-11)."
        ),
    );
    let fix = Text::new(
        "Donner dans BT-47 le SIREN, sous le schéma 0002 ; BT-46 peut rester.",
        "Give the SIREN in BT-47, under scheme 0002; BT-46 may stay.",
    );
    let finding = missing("FCT-BUYER-SIREN", around(facts.invoice, bt::BG_7), bt::BT_47, message, fix);
    let shown = if luhn(&siren) { format!("0002: {siren}") } else { "0002: 9 × [0-9]".to_owned() };
    Some(Said::yielding(crate::rules::Finding { expected: Some(shown), ..finding }))
}

/// A domestic sale to a business whose electronic address is of another scheme than the French directory's.
fn address_scheme(facts: &Facts<'_>) -> Option<Said> {
    let siren = own_siren(facts, &BUYER)?;
    let at = facts.value(bt::BT_49)?;
    let scheme = at.part(bt::BT_49_1)?.trimmed();
    if scheme == "0225" || scheme.is_empty() {
        return None;
    }
    let (found_fr, found_en) = quoted(&format!("{scheme}:{}", at.trimmed()));
    let message = Text::new(
        format!(
            "BT-49 (adresse électronique de l'acheteur) est {found_fr} : entre entreprises françaises, les plateformes acheminent par l'annuaire, dont les adresses sont de schéma 0225."
        ),
        format!(
            "BT-49 (the buyer's electronic address) is {found_en}: between French businesses platforms route by the directory, whose addresses are of scheme 0225."
        ),
    );
    let fix = Text::new(
        format!("Donner l'adresse que l'annuaire a pour {siren}, schéma 0225."),
        format!("Give the address that the directory has for {siren}, scheme 0225."),
    );
    let finding = value("FCT-ADDRESS-SCHEME", at, None, message, fix);
    let tree = facts.invoice.tree();
    let example = crate::formats::put_right(tree, at.node(), Some(&siren), Some(("schemeID", "0225")), None);
    let shown = format!("0225:{siren}…");
    Some(Said::yielding(crate::rules::Finding { expected: Some(shown), example: Some(example), ..finding }))
}

/// The invoice would come back to whoever sends it.
fn same_address(facts: &Facts<'_>) -> Option<Said> {
    let (seller, buyer) = (facts.value(bt::BT_34)?, facts.value(bt::BT_49)?);
    let scheme = |at: crate::invoice::Occurrence<'_>, part| at.part(part).map(|s| s.trimmed().to_owned());
    if seller.trimmed() != buyer.trimmed() || scheme(seller, bt::BT_34_1) != scheme(buyer, bt::BT_49_1) {
        return None;
    }
    let (found_fr, found_en) = quoted(buyer.trimmed());
    let message = Text::new(
        format!(
            "Vendeur (BT-34) et acheteur (BT-49) ont la même adresse électronique, {found_fr} : la facture reviendrait à qui l'envoie."
        ),
        format!(
            "Seller (BT-34) and buyer (BT-49) have the same electronic address, {found_en}: the invoice would come back to its sender."
        ),
    );
    let fix = Text::new("Donner à chacun la sienne.", "Give each its own.");
    let finding = value("FCT-ADDRESS-SAME", buyer, None, message, fix);
    let expected = Some(format!("≠ BT-34 ({})", crate::rules::predicate::quote(seller.trimmed())));
    let terms = [bt::BT_34, bt::BT_49].map(|term| term.id().to_owned()).to_vec();
    Some(Said::yielding(crate::rules::Finding { expected, terms, ..finding }))
}

#[cfg(test)]
mod tests {
    use super::a_slip_away;

    #[test]
    fn slips() {
        for (one, other, near) in [
            ("987654323", "987654324", true),
            ("897654324", "987654324", true),
            ("987654324", "987654324", false),
            ("123456782", "987654324", false),
            ("887654334", "987654324", false),
            ("98765432", "987654324", false),
        ] {
            assert_eq!(a_slip_away(one, other), near, "{one} {other}");
        }
    }
}
