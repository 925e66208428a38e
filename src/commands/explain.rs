//! `facteur explain`: a rule, a term, a code list or a cause, in words.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{out, show, words};
use crate::lifecycle::chorus_status;
use crate::problems::{self, Cause};
use crate::rules;
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 all explained; 2 nothing is called so.")]
pub struct ExplainArgs {
    /// `text` for a terminal, `markdown` for a page
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Rules (BR-CO-10), terms (BT-13, BG-25), code lists, causes of problems (A2), statuses (REJETEE)
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
}

/// What is known is printed; what is not makes the status 2.
pub fn run(args: &ExplainArgs, lang: Lang) -> ExitCode {
    let mut shown = Vec::new();
    let mut unknown = 0;
    for id in &args.ids {
        match explanation(id, lang) {
            Some(text) if args.format == Format::Markdown => shown.push(markdown(&text)),
            Some(text) => shown.push(plain(&text)),
            None => {
                unknown += 1;
                show::tell(&nothing(id, lang));
            }
        }
    }
    if let Err(code) = out::piece(&shown.join("\n")) {
        return code;
    }
    ExitCode::from(if unknown > 0 { 2 } else { 0 })
}

/// A title line `id: title`, then sections headed by `## `.
fn explanation(id: &str, lang: Lang) -> Option<String> {
    let upper = id.trim().to_ascii_uppercase();
    let cause = || problems::cause(&upper).map(|cause| of_cause(cause, lang));
    let category = || {
        problems::category(&upper).map(|category| {
            let causes = problems::causes().iter().filter(|cause| cause.category == category.id);
            let listed: String = causes.map(|cause| format!("{} {}\n", cause.id, cause.label.get(lang))).collect();
            format!("{}: {}\n\n{listed}", category.id, category.label.get(lang))
        })
    };
    rules::explain(id, lang).or_else(cause).or_else(category).or_else(|| of_status(&upper, lang))
}

fn of_cause(cause: &Cause, lang: Lang) -> String {
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    let category =
        problems::category(&cause.category).map_or(String::new(), |c| format!("{} {}", c.id, c.label.get(lang)));
    let mut out = format!("{}: {}\n\n{category}\n", cause.id, cause.label.get(lang));
    if cause.inferred {
        out.push_str(pick(
            "Aucun code de plateforme ne le dit : la cause est déduite et marquée comme telle.\n",
            "No platform code says it: the cause is inferred, and marked so.\n",
        ));
    }
    if !cause.in_report {
        out.push_str(pick(
            "Montrée aux exploitants, hors du rapport.\n",
            "Shown to operators, left out of the report.\n",
        ));
    }
    format!("{out}\n## {}\n{}\n", pick("Que faire", "What to do"), cause.advice.get(lang))
}

/// A status of Chorus Pro, and what it means here.
fn of_status(code: &str, lang: Lang) -> Option<String> {
    let status = chorus_status(code)?;
    let pick = |fr: &'static str, en: &'static str| words::pick(lang, fr, en);
    let mut out = format!(
        "{}: {}\n\n{}\n",
        status.code,
        status.label.get(lang),
        pick("Statut de Chorus Pro", "Status of Chorus Pro")
    );
    if let Some(cdar) = status.cdar {
        out.push_str(&format!("{} {cdar}\n", pick("cycle de vie (CDAR)", "life cycle (CDAR)")));
    }
    let state =
        status.state.map_or(pick("ne change rien", "changes nothing"), |state| words::state(state.as_str(), lang));
    out.push_str(&format!("{}{}{state}\n", pick("la facture devient", "the invoice becomes"), words::colon(lang)));
    out.push_str(&format!(
        "{}{}{}\n",
        pick("à faire par", "up to"),
        words::colon(lang),
        words::acts(&status.acts, lang)
    ));
    Some(out)
}

fn nothing(id: &str, lang: Lang) -> String {
    let near = rules::near(id);
    let said = match lang {
        Lang::Fr => format!("rien ne s'appelle « {id} »"),
        Lang::En => format!("nothing is called \"{id}\""),
    };
    match (near.as_slice(), lang) {
        ([], _) => said,
        (near, Lang::Fr) => format!("{said} ; vouliez-vous dire {} ?", near.join(", ")),
        (near, Lang::En) => format!("{said}; did you mean {}?", near.join(", ")),
    }
}

/// For a terminal: section marks away.
fn plain(text: &str) -> String {
    text.lines().map(|line| line.strip_prefix("## ").unwrap_or(line).to_owned() + "\n").collect()
}

/// For a page: the title as a heading, sections under it. Lines of a section stay lines; a section that holds XML (an example) or
/// the exact form of a rule is fenced, and elsewhere a `<` is escaped: nothing vanishes when the page is rendered.
fn markdown(text: &str) -> String {
    let mut lines = text.lines();
    let mut out = lines.next().map_or_else(String::new, |title| format!("# {}\n", escaped(title)));
    let (mut heading, mut section) = ("", Vec::new());
    for line in lines {
        if line.starts_with("## ") {
            body(&mut out, heading, &std::mem::take(&mut section));
            out.push_str(&format!("{line}\n"));
            heading = line;
        } else {
            section.push(line);
        }
    }
    body(&mut out, heading, &section);
    out
}

/// The sections that hold what is to be written or was written, letter for letter.
const VERBATIM: [&str; 6] =
    ["## Exact form", "## Forme exacte", "## Wrong", "## Exemple refusé", "## Right", "## Exemple accepté"];

fn body(out: &mut String, heading: &str, lines: &[&str]) {
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
    let (said, blank) = lines.split_at(end);
    let tag = |line: &&str| {
        line.trim_start().strip_prefix('<').is_some_and(|l| l.starts_with(|c: char| c.is_alphabetic() || c == '!'))
    };
    let xml = said.iter().any(tag);
    let code = xml || VERBATIM.contains(&heading);
    if code {
        out.push_str(if xml { "```xml\n" } else { "```text\n" });
    }
    for line in said {
        // Two blanks end a line inside a paragraph.
        match *line {
            _ if code => out.push_str(&format!("{line}\n")),
            "" => out.push('\n'),
            line => out.push_str(&format!("{}  \n", escaped(line))),
        }
    }
    if code {
        out.push_str("```\n");
    }
    out.push_str(&"\n".repeat(blank.len()));
}

/// Signs that a page would take for its own.
fn escaped(line: &str) -> String {
    line.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_terms_causes_and_statuses_are_explained_in_both_languages() {
        for id in ["BR-01", "br-co-10", "BT-13", "BG-25", "A2", "a", "REJETEE"] {
            let [fr, en] = [Lang::Fr, Lang::En].map(|lang| explanation(id, lang).unwrap());
            assert!(
                fr != en && fr.lines().next().unwrap().to_uppercase().starts_with(&id.to_uppercase()),
                "{id}: {fr}"
            );
        }
        assert_eq!(explanation("BR-CO-1000", Lang::Fr), None);
    }

    #[test]
    fn a_slip_is_recognised() {
        assert!(nothing("BR-CO-1O", Lang::En).contains("did you mean BR-CO-1"), "{}", nothing("BR-CO-1O", Lang::En));
        assert_eq!(nothing("what is this", Lang::En), "nothing is called \"what is this\"");
    }

    #[test]
    fn markdown_has_one_heading() {
        assert_eq!(markdown("A2: x\n\nA y\n\n## Do\nthis\n"), "# A2: x\n\nA y  \n\n## Do\nthis  \n");
        assert_eq!(
            markdown("R: x\n\n## Wrong\n<a/>\n\n## Right\n<b/>\n"),
            "# R: x\n\n## Wrong\n```xml\n<a/>\n```\n\n## Right\n```xml\n<b/>\n```\n"
        );
        assert_eq!(plain("A2: x\n\n## Do\nthis\n"), "A2: x\n\nDo\nthis\n");
    }
}
