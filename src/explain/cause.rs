//! A cause of billing problems, and a family of them.

use super::page::Explanation;
use crate::problems::{self, Category, Cause};
use crate::story::words::pick;
use crate::text::Lang;

pub fn cause(cause: &'static Cause, lang: Lang) -> Explanation {
    let what = pick(lang, "Cause de problème de facturation", "Cause of billing problems");
    let mut page = Explanation::new(&cause.id, cause.label.get(lang), what);
    let family = problems::category(&cause.category);
    let family = family.map(|family| format!("{} {}", family.id, family.label.get(lang)));
    page.section(lang, ("Famille", "Family"), family.into_iter().collect());
    let mut told = Vec::new();
    if cause.inferred {
        told.push(pick(
            lang,
            "Aucun code de plateforme ne le dit : la cause est déduite et marquée comme telle.",
            "No platform code says it: the cause is inferred, and marked so.",
        ));
    }
    if !cause.in_report {
        told.push(pick(
            lang,
            "Montrée aux exploitants, hors du rapport.",
            "Shown to operators, left out of the report.",
        ));
    }
    page.section(lang, ("À savoir", "To know"), told.into_iter().map(str::to_owned).collect());
    page.section(lang, ("Que faire", "What to do"), vec![cause.advice.get(lang).to_owned()]);
    page
}

pub fn category(category: &'static Category, lang: Lang) -> Explanation {
    let what = pick(lang, "Famille de causes de problèmes de facturation", "Family of causes of billing problems");
    let mut page = Explanation::new(&category.id, category.label.get(lang), what);
    let causes = problems::causes().iter().filter(|cause| cause.category == category.id);
    let causes = causes.map(|cause| format!("{} {}", cause.id, cause.label.get(lang))).collect();
    page.section(lang, ("Causes", "Causes"), causes);
    page
}
