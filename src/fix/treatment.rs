//! `FIX-TREATMENT`: the BAR note, where the invoice proves its treatment or somebody named it.

use crate::formats::{self, Mend, Piece};
use crate::invoice::{Identity, Invoice, Party, bt, siren_of_vat};
use crate::text::Text;
use crate::xml::NodeId;

use crate::rules::ours::vat_number_is_right;

use super::look::{Candidate, Found, Scene};
use super::scheme_reading::{is_siren, is_siret};

pub(super) fn note(scene: &Scene<'_>) -> Vec<Found> {
    let invoice = scene.invoice();
    // Whatever it says: a treatment that is there is the issuer's.
    let there = |o: crate::invoice::Occurrence<'_>| o.trimmed().eq_ignore_ascii_case("BAR");
    let written = invoice.all(bt::BT_22).any(|o| o.text().contains("#BAR#")) || bears_text(scene, "#BAR#");
    if invoice.all(bt::BT_21).any(there) || written {
        return Vec::new();
    }
    let treatment = match &scene.asked.treatment {
        Some(named) => match contradicted(invoice, named) {
            Some(why) => return vec![Found::left_whole(bt::BT_22, why)],
            None => named.as_str(),
        },
        None => match proven(invoice) {
            Ok(treatment) => treatment,
            Err(why) => return vec![Found::left_whole(bt::BT_22, why)],
        },
    };
    vec![put_in(scene, treatment)]
}

/// Why a treatment that somebody named cannot be that of the invoice; what is not in it (a sale outside the reform, a document for the
/// archive, a buyer that is no business in this sale) is the issuer's to say.
fn contradicted(invoice: &Invoice<'_>, named: &str) -> Option<Text> {
    let proven = proven(invoice).ok().filter(|proven| *proven != named)?;
    let has_vat = Identity::of(invoice).buyer.vat.is_some();
    let contradicts = match proven {
        "B2B" => matches!(named, "B2BINT" | "B2CINT") || named == "B2C" && has_vat,
        _ => named == "B2B" || named == "B2C" || named == "B2CINT" && has_vat,
    };
    contradicts.then(|| {
        Text::new(
            format!("--treatment dit {named}, et les pays, les identifiants et les catégories de TVA de la facture prouvent {proven}"),
            format!("--treatment says {named}, and the countries, identifiers and VAT categories of the invoice prove {proven}"),
        )
    })
}

/// Does a note hold this, wherever in its text? The official artefact takes it for a code even there.
fn bears_text(scene: &Scene<'_>, mark: &str) -> bool {
    scene.invoice().groups(bt::BG_1).filter_map(|note| note.node()).any(|n| scene.tree().text_of(n).contains(mark))
}

fn put_in(scene: &Scene<'_>, treatment: &str) -> Found {
    let (tree, syntax) = (scene.tree(), scene.syntax());
    let text = format!("#BAR#{treatment}");
    let (name, local, piece) = match syntax.is_ubl() {
        true => ("cbc:Note", "Note", Piece::Leaf("cbc:Note", &text)),
        false => {
            let parts = vec![Piece::Leaf("ram:Content", treatment), Piece::Leaf("ram:SubjectCode", "BAR")];
            ("ram:IncludedNote", "IncludedNote", Piece::Of("ram:IncludedNote", parts))
        }
    };
    let parent: Option<NodeId> = match syntax.is_ubl() {
        true => Some(0),
        false => tree.children(0).find(|n| scene.name(*n) == "rsm:ExchangedDocument"),
    };
    let mend = parent.and_then(|parent| {
        let last = tree.children(parent).filter(|n| scene.name(*n) == name).last();
        match last {
            Some(last) => Mend::after(tree, syntax, last, &piece),
            None => Mend::child(tree, syntax, parent, formats::name_of(name)?, &piece),
        }
    });
    match (parent, mend) {
        (Some(parent), Some(mend)) => {
            let candidate = Candidate::of(bt::BT_22, parent, vec![mend]);
            Found::Change(Candidate { puts_in: Some(local), ..candidate })
        }
        _ => Found::left_whole(
            bt::BT_22,
            Text::new(
                "l'élément où une note doit se trouver manque ou est vide",
                "the element in which a note belongs is missing or empty",
            ),
        ),
    }
}

/// The treatment that the invoice proves, else what is missing for it.
fn proven(invoice: &Invoice<'_>) -> Result<&'static str, Text> {
    let Identity { seller, buyer, .. } = Identity::of(invoice);
    let named = "--treatment";
    let unsure =
        |fr: &str, en: &str| Text::new(format!("{fr} : le nommer avec {named}"), format!("{en}: name it with {named}"));
    let own = sirens(&seller);
    let ([own], Some("FR")) = (own.as_slice(), seller.country.as_deref()) else {
        return Err(unsure(
            "le vendeur n'est pas désigné comme une entreprise établie en France (BT-40 = FR, et un SIREN, un SIRET ou un numéro de TVA français, d'une seule entreprise)",
            "the seller is not named as one business established in France (BT-40 = FR, and a SIREN, a SIRET or a French VAT number, of one business alone)",
        ));
    };
    for (party, fr, en) in [(&seller, "du vendeur", "of the seller"), (&buyer, "de l'acheteur", "of the buyer")] {
        if let Some(wrong) = wrong(party) {
            return Err(unsure(
                &format!("un identifiant {fr} est faux ({wrong})"),
                &format!("an identifier {en} is wrong ({wrong})"),
            ));
        }
    }
    if invoice.groups(bt::BG_11).next().is_some() {
        return Err(unsure(
            "un représentant fiscal déclare la TVA (BG-11)",
            "a tax representative declares the VAT (BG-11)",
        ));
    }
    // S8, B8, M8: several sellers on one invoice; S9, B9, M9: sales in both directions. Each may be treated otherwise.
    if invoice.text(bt::BT_23).is_some_and(|frame| frame.ends_with(['8', '9'])) {
        return Err(unsure(
            "la facture est de plusieurs vendeurs, ou dans les deux sens (BT-23)",
            "the invoice is of several sellers, or in both directions (BT-23)",
        ));
    }
    match buyer.country.as_deref() {
        None => Err(unsure("le pays de l'acheteur manque (BT-55)", "the country of the buyer is missing (BT-55)")),
        Some("FR") => domestic(invoice, own, &buyer).map_err(|(fr, en)| unsure(&fr, &en)),
        Some(country) if FRENCH_ELSEWHERE.contains(&country) => Err(unsure(
            "l'acheteur est outre-mer ou à Monaco, où le traitement dépend de l'opération",
            "the buyer is overseas or in Monaco, where the treatment depends on the transaction",
        )),
        Some(country) => abroad(invoice, country, &buyer).map_err(|(fr, en)| unsure(fr, en)),
    }
}

fn domestic(invoice: &Invoice<'_>, seller: &str, buyer: &Party) -> Result<&'static str, (String, String)> {
    let both = |fr: &str, en: &str| Err((fr.to_owned(), en.to_owned()));
    let named = sirens(buyer);
    if let [one, other, ..] = named.as_slice() {
        return Err((
            format!("les identifiants de l'acheteur désignent plusieurs entreprises (SIREN {one} et {other})"),
            format!("the identifiers of the buyer name several businesses (SIREN {one} and {other})"),
        ));
    }
    let Some(siren) = named.first().copied() else {
        return both(
            "l'acheteur n'a ni SIREN, ni SIRET, ni numéro de TVA français : entreprise (B2B) ou particulier (B2C), rien ne le dit",
            "the buyer has no SIREN, SIRET or French VAT number: business (B2B) or private person (B2C), nothing says which",
        );
    };
    if let Some(vat) = buyer.vat.as_deref().filter(|vat| !vat.starts_with("FR")) {
        return Err((
            format!("l'acheteur est en France et a un numéro de TVA d'un autre pays ({vat})"),
            format!("the buyer is in France and has a VAT number of another country ({vat})"),
        ));
    }
    if siren == seller {
        return both("vendeur et acheteur ont le même SIREN", "seller and buyer have the same SIREN");
    }
    // State and public bodies: INSEE gives them numbers that begin with 1 and 2.
    if siren.starts_with(['1', '2']) {
        return both(
            "l'acheteur est une personne publique (son SIREN commence par 1 ou 2)",
            "the buyer is a public body (its SIREN begins with 1 or 2)",
        );
    }
    if let Some(country) = invoice.all(bt::BT_80).map(|o| o.trimmed()).find(|c| !c.is_empty() && *c != "FR") {
        return Err((
            format!("la livraison est dans un autre pays (BT-80 = {country})"),
            format!("delivery is in another country (BT-80 = {country})"),
        ));
    }
    match other_category(invoice, &["S", "AE"]) {
        Some(none) if none.is_empty() => both("aucune catégorie de TVA n'est donnée", "no VAT category is given"),
        // Exempt sales may be outside the reform, or not: articles 261 to 261 E are, the small businesses of 293 B are not.
        Some(category) => Err((
            format!("une catégorie de TVA ({category}) peut être celle d'une opération hors du champ ou à l'étranger"),
            format!("a VAT category ({category}) may be that of a transaction outside the reform or abroad"),
        )),
        None => Ok("B2B"),
    }
}

fn abroad(invoice: &Invoice<'_>, country: &str, buyer: &Party) -> Result<&'static str, (&'static str, &'static str)> {
    let prefix = if country == "GR" { "EL" } else { country };
    let has_vat = buyer.vat.as_deref().is_some_and(|vat| vat.starts_with(prefix) && vat.len() > 4);
    let is_foreign = |o: crate::invoice::Occurrence<'_>| matches!(o.trimmed(), "0223" | "0227");
    let named = [bt::BT_46_1, bt::BT_47_1].into_iter().any(|term| invoice.all(term).any(is_foreign));
    if !sirens(buyer).is_empty() {
        return Err((
            "l'acheteur est à l'étranger et a un identifiant français",
            "the buyer is abroad and has a French identifier",
        ));
    }
    if !has_vat && !named {
        return Err((
            "l'acheteur étranger n'a ni numéro de TVA de son pays ni identifiant d'entreprise (0223, 0227) : entreprise ou particulier, rien ne le dit",
            "the buyer abroad has neither a VAT number of its country nor an identifier of a business (0223, 0227): business or private person, nothing says which",
        ));
    }
    match other_category(invoice, &["K", "G", "AE"]) {
        Some(_) => Err((
            "une catégorie de TVA n'est pas celle d'une vente à une entreprise étrangère (K, G, AE)",
            "a VAT category is not that of a sale to a business abroad (K, G, AE)",
        )),
        None => Ok("B2BINT"),
    }
}

/// A VAT category of the invoice that is none of these; empty where there is none at all.
fn other_category(invoice: &Invoice<'_>, known: &[&str]) -> Option<String> {
    let terms = [bt::BT_95, bt::BT_102, bt::BT_118, bt::BT_151];
    let mut all = terms.into_iter().flat_map(|term| invoice.all(term)).map(|o| o.trimmed()).peekable();
    if all.peek().is_none() {
        return Some(String::new());
    }
    all.find(|category| !known.contains(category)).map(str::to_owned)
}

/// An identifier of a party whose check digits or form are wrong: what it names is not known.
fn wrong(party: &Party) -> Option<&str> {
    let vat = party.vat.as_deref().filter(|vat| !vat_number_is_right(vat));
    let siren = party.siren.as_deref().filter(|siren| !is_siren(siren));
    let siret = party.siret.as_deref().filter(|siret| !is_siret(siret));
    vat.or(siren).or(siret)
}

/// The SIRENs of a party, by whatever names it, their check digits right; each once.
fn sirens(party: &Party) -> Vec<&str> {
    let of_siret = party.siret.as_deref().filter(|siret| is_siret(siret)).and_then(|siret| siret.get(..9));
    let all = [party.siren.as_deref(), of_siret, party.vat.as_deref().and_then(siren_of_vat)];
    let mut sirens: Vec<&str> = all.into_iter().flatten().filter(|siren| is_siren(siren)).collect();
    sirens.sort_unstable();
    sirens.dedup();
    sirens
}

/// Countries by ISO 3166 whose VAT or reform is France's in part.
const FRENCH_ELSEWHERE: [&str; 13] = ["GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC"];
