//! The checks of mentions in words, for `facteur explain FCT-MENTION-…`.

use std::sync::LazyLock;

use crate::invoice::Term;
use crate::rules::client::{self, Mention, where_proven};
use crate::rules::own::{CHECKS, FIX, RIGHT, SOURCE, TERMS, WHY, WRONG, page};
use crate::text::{Lang, Text};

use super::say;

/// The explanation of a check. `None` where none is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let mention = client::mentions().iter().find(|mention| mention.rule().eq_ignore_ascii_case(id.trim()))?;
    let terms: Vec<String> = mention.places().iter().map(|term| format!("{term} {}", term.name(lang))).collect();
    let right = mention.wording.as_ref().map(|wording| wording.get(lang)).unwrap_or_default();
    Some(page(
        &format!("{}: {}", mention.rule(), mention.name.get(lang)),
        &[
            (TERMS, &terms.join("\n")),
            (CHECKS, checks(mention).get(lang)),
            (WHY, why(mention).get(lang)),
            (WRONG, &wrong(mention, lang)),
            (RIGHT, right),
            (FIX, say::fix(mention, &[]).get(lang)),
            (SOURCE, SECOND_HAND.get(lang)),
        ],
        lang,
    ))
}

/// All ids that can be explained.
pub fn explained() -> impl Iterator<Item = &'static str> {
    client::mentions().iter().map(Mention::rule)
}

static SECOND_HAND: LazyLock<Text> = LazyLock::new(|| {
    Text::new(
        "facteur lui-même, pack mentions. Les articles sont cités de seconde main : à faire confirmer par un juriste avant de s'y fier.",
        "facteur itself, pack mentions. The articles are cited at second hand: have a lawyer confirm them before relying on them.",
    )
});

fn checks(mention: &Mention) -> Text {
    let id = &mention.id;
    let proof = match mention.has_parts() {
        true => Text::new(
            format!("Chaque partie est renseignée : {}.", parts(mention)),
            format!("Each part is filled in: {}.", parts(mention)),
        ),
        false => Text::new(
            format!("Une preuve suffit, en {}.", where_proven(mention)),
            format!("One proof is enough, in {}.", where_proven(mention)),
        ),
    };
    let except = mention.except.as_ref().map_or_else(Text::default, |except| {
        let source = except.source();
        Text::new(format!("\nJamais demandée si {source}."), format!("\nNever asked where {source}."))
    });
    let Some(check) = &mention.check else {
        return Text::new(
            format!(
                "{}\nRien dans la facture ne dit si elle est due : demandée seulement où un fichier client le veut ([mentions] {id} = \"warning\").{}",
                proof.fr, except.fr
            ),
            format!(
                "{}\nNothing in the invoice tells whether it is due: asked only where a customer's file wants it ([mentions] {id} = \"warning\").{}",
                proof.en, except.en
            ),
        );
    };
    let mut fr = format!("{}\nDemandée {}.", proof.fr, check.asked.fr);
    let mut en = format!("{}\nAsked {}.", proof.en, check.asked.en);
    if let Some(when) = &check.when {
        fr.push_str(&format!("\nCondition : {}", when.source()));
        en.push_str(&format!("\nCondition: {}", when.source()));
    }
    let official: Vec<&str> =
        check.said.iter().chain(mention.needs().iter().flat_map(|n| &n.said)).map(String::as_str).collect();
    if !official.is_empty() {
        fr.push_str(&format!("\nPas de second constat où l'une de celles-ci le dit déjà : {}.", official.join(", ")));
        en.push_str(&format!("\nNo second finding where one of these says it already: {}.", official.join(", ")));
    }
    if !check.judged_by.is_empty() {
        let rules = check.judged_by.join(", ");
        fr.push_str(&format!("\nNon demandée où ces règles officielles sont jugées : {rules}."));
        en.push_str(&format!("\nNot asked where these official rules are judged: {rules}."));
    }
    fr.push_str(&format!("\nAvertissement, sauf si un fichier client en décide autrement : [mentions] {id} = \"fatal\", \"information\" ou \"off\"."));
    en.push_str(&format!(
        "\nA warning, unless a customer's file says otherwise: [mentions] {id} = \"fatal\", \"information\" or \"off\"."
    ));
    Text { fr, en }
}

fn why(mention: &Mention) -> Text {
    Text::new(
        format!(
            "Mention obligatoire en droit français : {}. Le client peut refuser la facture sans elle, et l'amende vise le vendeur.",
            mention.law
        ),
        format!(
            "A mention that French law makes compulsory: {}. The customer may refuse the invoice without it, and the fine is the seller's.",
            mention.law
        ),
    )
}

fn wrong(mention: &Mention, lang: Lang) -> String {
    let missing = if lang == Lang::Fr { "absent" } else { "missing" };
    let first = mention.places().first().map(Term::to_string).unwrap_or_default();
    format!("{first}: {missing}")
}

fn parts(mention: &Mention) -> String {
    let part = |need: &client::Need| {
        let any = need.any.iter().map(|term| term.id()).collect::<Vec<_>>().join(" | ");
        need.each.map_or(any.clone(), |group| format!("{group}[*]/{any}"))
    };
    mention.needs().iter().map(part).collect::<Vec<_>>().join(", ")
}
