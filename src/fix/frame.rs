//! `FIX-FRAME`: the billing frame (BT-23), named or proven by the lines.

use crate::decimal::Decimal;
use crate::formats::{self, Mend, Piece};
use crate::invoice::{Group, Invoice, Term, bt};
use crate::rules::codes::BILLING_FRAMES;
use crate::text::Text;

use super::codes::mend;
use super::look::{Candidate, Found, Frame, Scene};
use super::table;

pub(super) fn frame(scene: &Scene<'_>) -> Vec<Found> {
    let Some(asked) = &scene.asked.frame else { return Vec::new() };
    let there = scene.invoice().all(bt::BT_23).find(|o| !o.trimmed().is_empty());
    if let Some(there) = there
        && (BILLING_FRAMES.codes.contains(&there.trimmed()) || is_of_chorus(there.trimmed()))
    {
        let said = there.trimmed();
        if *asked == Frame::Named(said.to_owned()) {
            return Vec::new();
        }
        return vec![Found::left(
            bt::BT_23,
            there.node(),
            format!("la facture dit déjà {said}, un cadre valable : l'émetteur seul le change"),
            format!("the invoice says {said} already, a valid frame: the issuer alone changes it"),
        )];
    }
    if let Some(there) = there.filter(|there| there.trimmed().contains(':')) {
        return vec![Found::left(
            bt::BT_23,
            there.node(),
            "BT-23 nomme le processus d'un autre profil : l'émetteur seul en change",
            "BT-23 names the process of another profile: the issuer alone changes it",
        )];
    }
    let right = match asked {
        Frame::Named(code) => code.clone(),
        Frame::FromLines => match proven(scene.invoice()) {
            Ok(code) => code.to_owned(),
            Err(why) => return vec![Found::left_whole(bt::BT_23, why)],
        },
    };
    if let Some(blank) = there.or_else(|| scene.invoice().first(bt::BT_23)) {
        return vec![Found::written(bt::BT_23, blank.node(), mend(scene.tree(), blank, &right))];
    }
    vec![put_in(scene, &right)]
}

/// A cadre of Chorus Pro's own channel: `A` and digits.
fn is_of_chorus(frame: &str) -> bool {
    frame.strip_prefix('A').is_some_and(|n| !n.is_empty() && n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The element where there is none yet.
fn put_in(scene: &Scene<'_>, code: &str) -> Found {
    const CII: [&str; 3] =
        ["rsm:ExchangedDocumentContext", "ram:BusinessProcessSpecifiedDocumentContextParameter", "ram:ID"];
    let (tree, syntax) = (scene.tree(), scene.syntax());
    let child = |parent, name: &str| tree.children(parent).find(|n| scene.name(*n) == name);
    let (parent, name, piece) = match syntax.is_ubl() {
        true => (Some(0), "cbc:ProfileID", Piece::Leaf("cbc:ProfileID", code)),
        false => {
            let context = child(0, CII[0]);
            match context.and_then(|context| child(context, CII[1])) {
                Some(process) => (Some(process), CII[2], Piece::Leaf(CII[2], code)),
                None => (context, CII[1], Piece::Of(CII[1], vec![Piece::Leaf(CII[2], code)])),
            }
        }
    };
    let mend =
        parent.zip(formats::name_of(name)).and_then(|(parent, name)| Mend::child(tree, syntax, parent, name, &piece));
    match (parent, mend) {
        (Some(parent), Some(mend)) => Found::Change(Candidate::of(bt::BT_23, parent, vec![mend])),
        _ => Found::left_whole(
            bt::BT_23,
            Text::new(
                format!("l'élément où {name} doit se trouver manque ou est vide"),
                format!("the element in which {name} belongs is missing or empty"),
            ),
        ),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Goods,
    Service,
}

/// S1 or B1, where every line proves it and nothing says that another frame is meant.
fn proven(invoice: &Invoice<'_>) -> Result<&'static str, Text> {
    let amount = |term: Term| invoice.first(term).and_then(|o| o.number()).unwrap_or(Decimal::ZERO);
    if !amount(bt::BT_113).is_zero() {
        return Err(Text::new(
            "un montant est déjà payé (BT-113) : payée d'avance (2) ou facture après acompte (4), les lignes ne le disent pas ; le nommer avec --frame",
            "an amount is paid already (BT-113): paid in advance (2) or final after prepayment (4), the lines do not say; name it with --frame",
        ));
    }
    if invoice.all(bt::EXT_FR_FE_163).next().is_some() {
        return Err(Text::new(
            "des lignes sont regroupées (plusieurs vendeurs, ou dans les deux sens) : nommer le cadre avec --frame",
            "lines are grouped (several sellers, or both directions): name the frame with --frame",
        ));
    }
    let mut natures = Vec::new();
    for (at, line) in invoice.lines().enumerate() {
        let number = at + 1;
        natures.push(match (is_service(line), is_goods(line)) {
            (Some(_), None) => Nature::Service,
            (None, Some(_)) => Nature::Goods,
            (Some(service), Some(goods)) => {
                return Err(Text::new(
                    format!("la ligne {number} se contredit : un service d'après {service}, un bien d'après {goods}"),
                    format!("line {number} contradicts itself: a service by {service}, a good by {goods}"),
                ));
            }
            (None, None) => {
                return Err(Text::new(
                    format!("rien ne prouve que la ligne {number} est un bien ou un service (unité de temps, nomenclature, GTIN, pays d'origine) : nommer le cadre avec --frame"),
                    format!("nothing proves that line {number} is a good or a service (unit of time, nomenclature, GTIN, country of origin): name the frame with --frame"),
                ));
            }
        });
    }
    let has = |nature| natures.contains(&nature);
    match (has(Nature::Service), has(Nature::Goods)) {
        (true, false) => Ok("S1"),
        (false, true) => Ok("B1"),
        (true, true) => Err(Text::new(
            "des lignes sont des biens et d'autres des services : mixte (M), ou les uns accessoires des autres, seul l'émetteur le sait",
            "some lines are goods and others services: mixed (M), or ancillary to each other, the issuer alone knows",
        )),
        (false, false) => Err(Text::new("la facture n'a pas de ligne", "the invoice has no line")),
    }
}

/// What proves that a line is a service.
fn is_service(line: Group<'_>) -> Option<String> {
    let units = &table::lines().service_units;
    let unit = line.all(bt::BT_130).find(|o| units.iter().any(|unit| unit == o.trimmed()));
    unit.map(|o| format!("BT-130 {}", o.trimmed())).or_else(|| classified(line, Nature::Service))
}

/// What proves that it is a good.
fn is_goods(line: Group<'_>) -> Option<String> {
    let schemes = &table::lines().goods_schemes;
    let gtin = line.all(bt::BT_157_1).find(|o| schemes.iter().any(|scheme| scheme == o.trimmed()));
    let origin = || line.all(bt::BT_159).find(|o| !o.trimmed().is_empty()).map(|o| format!("BT-159 {}", o.trimmed()));
    gtin.map(|o| format!("BT-157-1 {}", o.trimmed())).or_else(origin).or_else(|| classified(line, Nature::Goods))
}

fn classified(line: Group<'_>, nature: Nature) -> Option<String> {
    let lines = table::lines();
    line.all(bt::BT_158).find_map(|code| {
        let list = code.part(bt::BT_158_1)?.trimmed();
        let goods = nature == Nature::Goods && lines.goods_classifications.iter().any(|own| own == list);
        let begins = |numbers: &[String]| numbers.iter().any(|number| code.trimmed().starts_with(number.as_str()));
        let numbered = lines.nomenclature.iter().filter(|own| own.list == list).any(|own| match nature {
            Nature::Goods => begins(&own.goods),
            Nature::Service => begins(&own.services),
        });
        (goods || numbered).then(|| format!("BT-158 {} ({list})", code.trimmed()))
    })
}
