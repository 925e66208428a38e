//! A rule, a mention, a pack.

use super::page::Explanation;
use crate::invoice::Syntax;
use crate::rules::{self, Pack};
use crate::story::words::{colon, pick};
use crate::text::Lang;

/// What a rule's explanation says of it, as `rules` has it.
pub fn explained(id: &str, lang: Lang) -> Explanation {
    let text = rules::explain(id, lang).unwrap_or_default();
    Explanation::parse(&text, kind(id, lang))
}

/// The sentence that says what it checks.
pub fn title(id: &str, lang: Lang) -> String {
    match rules::rule(id) {
        Some(rule) => rule.doc(lang).title.to_owned(),
        None => explained(id, lang).title,
    }
}

/// The rules whose ids start so: `BR-CO`, `FCT-PDF-*`, `BR-FR-0*`; or that share this name over both syntaxes: `BR-FR-05`. `None` where none do, or
/// one does by the start of its id.
pub fn family(query: &str, lang: Lang) -> Option<Explanation> {
    // The pack of the legal mentions, by its name in `--rules`.
    let query = if query.trim().eq_ignore_ascii_case(rules::mentions::PACK) { "FCT-MENTION-" } else { query };
    let start = query.trim().trim_end_matches(['*', '-']).to_ascii_uppercase();
    let any = query.trim().ends_with('*');
    let inside = |id: &str| id.strip_prefix(start.as_str()).is_some_and(|rest| any || rest.starts_with('-'));
    let shares = |id: &str| rules::rule(id).is_some_and(|rule| rule.group == start);
    let ids: Vec<&str> = rules::explained().filter(|id| inside(id) || shares(id)).collect();
    match ids.as_slice() {
        [only] if shares(only) => return Some(explained(only, lang)),
        [] | [_] => return None,
        _ if start.is_empty() => return None,
        _ => {}
    }
    let mut page = Explanation::new(
        &start,
        &format!("{} {}", ids.len(), pick(lang, "règles", "rules")),
        pick(lang, "Famille de règles", "Family of rules"),
    );
    let lines = ids.iter().map(|id| format!("{id}{}{}", colon(lang), title(id, lang))).collect();
    page.section(lang, ("Règles", "Rules"), lines);
    Some(page)
}

/// Whose rule it is.
fn kind(id: &str, lang: Lang) -> String {
    let of_pack = rules::packs().iter().find(|pack| pack.rules.iter().any(|rule| rule.id == id));
    let said = match of_pack {
        Some(pack) => {
            return format!("{} ({} {})", pick(lang, "Règle du paquet", "Rule of the pack"), pack.id, pack.version)
                .replace(" (", " ")
                .replace(')', "");
        }
        None if id.starts_with("FCT-CLIENT-") => pick(lang, "Règle d'un fichier client", "Rule of a customer file"),
        None if id.starts_with("FCT-") => pick(lang, "Règle de facteur", "Rule of facteur's own"),
        None => pick(
            lang,
            "Mention légale, qu'un fichier client peut exiger : [[require]] mention",
            "Legal mention that a customer file may require: [[require]] mention",
        ),
    };
    said.to_owned()
}

pub fn pack_title(pack: &Pack, lang: Lang) -> String {
    pack.title().get(lang).to_owned()
}

pub fn pack(pack: &Pack, lang: Lang) -> Explanation {
    let mut page = Explanation::new(pack.id, &pack_title(pack, lang), pick(lang, "Paquet de règles", "Pack of rules"));
    let counted = |name: &str, syntax: Syntax| {
        let (all, fatal) = (pack.count(syntax), pack.fatal(syntax));
        let (colon, rules) = (colon(lang), pick(lang, "règles, dont bloquantes", "rules, fatal among them"));
        format!("{name}{colon}{all} {rules}{colon}{fatal}")
    };
    let syntaxes = [("UBL", Syntax::UblInvoice), ("CII", Syntax::Cii), ("CDAR", Syntax::Cdar)];
    let having = syntaxes.into_iter().filter(|(_, syntax)| pack.count(*syntax) > 0);
    page.section(lang, ("Contenu", "Contents"), having.map(|(name, syntax)| counted(name, syntax)).collect());
    page.section(lang, ("Version", "Version"), vec![pack.version.to_owned(), format!("SHA-256 {}", pack.sha256)]);
    page.section(lang, ("Source", "Source"), vec![pack.source(lang).to_owned()]);
    let judged = Some(pack.how_judged(lang)).filter(|how| !how.is_empty());
    page.section(
        lang,
        ("Comment elles ont été vérifiées", "How they were verified"),
        judged.map(str::to_owned).into_iter().collect(),
    );
    let phases = pack.calendar.iter().map(|phase| phase.said(lang));
    page.section(lang, ("Calendrier", "Calendar"), phases.collect());
    page
}
