//! A code list, and a code of one.

use super::codes::{List, counted};
use super::page::Explanation;
use crate::rules;
use crate::story::words::{colon, pick};
use crate::text::Lang;

pub fn list(list: &'static List, lang: Lang) -> Explanation {
    let mut page = Explanation::new(&list.id, list.title.get(lang), pick(lang, "Liste de codes", "Code list"));
    used(&mut page, list, lang);
    let named = list.codes.iter().filter_map(|code| Some((code, list.named(code)?)));
    let lines = named.map(|(code, named)| format!("{code}{}{}", colon(lang), named.name.get(lang))).collect();
    page.section(lang, ("Codes", "Codes"), lines);
    let bare: Vec<&str> = list.codes.iter().filter(|code| list.named(code).is_none()).map(String::as_str).collect();
    page.section(
        lang,
        (
            "Codes dont facteur ne sait que la présence dans la liste",
            "Codes of which facteur knows only that they are in the list",
        ),
        vec![bare.join(" ")],
    );
    page
}

pub fn code(list: &'static List, code: &str, lang: Lang) -> Explanation {
    let named = list.named(code);
    let title = match named {
        Some(named) => named.name.get(lang),
        None => pick(
            lang,
            "code de cette liste ; facteur n'en sait pas le nom",
            "a code of this list; facteur does not know its name",
        ),
    };
    let what = format!("{}{}{}", pick(lang, "Code", "Code"), colon(lang), list.title.get(lang));
    let mut page = Explanation::new(code, title, what);
    if let Some(named) = named {
        let ground = Some(named.ground.get(lang)).filter(|ground| !ground.is_empty());
        page.section(lang, ("Fondement", "Legal ground"), ground.map(str::to_owned).into_iter().collect());
        let category = named.category.as_ref().map(|category| {
            let of = pick(lang, "catégorie de TVA (BT-118)", "VAT category (BT-118)");
            format!("{of}{}{category}", colon(lang))
        });
        page.section(lang, ("Va avec", "Goes with"), category.into_iter().collect());
    }
    // Where the syntaxes have lists of their own, each says whether it has the code.
    if list.files.len() > 1 {
        let yes = |has| if has { pick(lang, "oui", "yes") } else { pick(lang, "non", "no") };
        let title = |file: &rules::CodeList| if lang == Lang::Fr { file.title_fr } else { file.title_en };
        let told = list.files.iter().map(|file| format!("{}{}{}", title(file), colon(lang), yes(file.contains(code))));
        page.section(lang, ("Admis", "Allowed"), told.collect());
    }
    used(&mut page, list, lang);
    if let Some(family) = named.and_then(|named| named.rules.as_deref()) {
        let all = rules::rules();
        let own = all.filter(|rule| rule.id.rsplit_once('-').is_some_and(|(start, _)| start == family));
        let lines = own.map(|rule| format!("{}{}{}", rule.id, colon(lang), rule.doc(lang).title)).collect();
        page.section(lang, ("Règles de cette catégorie", "Rules of this category"), lines);
    }
    page
}

/// Where its codes stand, and the rules that look them up.
fn used(page: &mut Explanation, list: &'static List, lang: Lang) {
    let terms = list.terms().iter().map(|term| format!("{term} {}", term.name(lang))).collect();
    page.section(lang, ("Où", "Where"), terms);
    let rules = list.rules().iter().map(|rule| format!("{}{}{}", rule.id, colon(lang), rule.doc(lang).title));
    let mut rules: Vec<String> = rules.collect();
    if rules.is_empty() {
        rules.push(
            pick(
                lang,
                "aucune : facteur ne vérifie pas encore ces codes",
                "none: facteur does not check these codes yet",
            )
            .to_owned(),
        );
    }
    page.section(lang, ("Vérifié par", "Checked by"), rules);
}

/// How many codes have a name, in words.
pub fn told(list: &List, lang: Lang) -> String {
    let (named, all) = counted(list);
    match lang {
        Lang::Fr => format!("{all} codes, dont {named} avec leur nom"),
        Lang::En => format!("{all} codes, {named} of them with their names"),
    }
}
