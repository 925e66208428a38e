//! `facteur explain`: a rule, a term, an element, a code, a status or a cause in words; and the whole book of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{out, show};
use crate::explain::{self, Explanation};
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 all explained; 2 nothing is called so, or the book cannot be written.

`--all -o docs/rules` writes the book as Markdown, a page for each family, into docs/rules/fr and docs/rules/en, or into the one \
                        of them that --lang names. `--all` without -o prints it.")]
pub struct ExplainArgs {
    /// `text` for a terminal, `markdown` for a page
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Everything there is, as a book
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// The folder that the book goes into
    #[arg(short, long, value_name = "FOLDER", requires = "all")]
    output: Option<PathBuf>,
    /// Rules (BR-CO-10), terms (BT-13, BG-25), elements (cac:InvoiceLine/cbc:InvoicedQuantity), codes (380, C62, VATEX-EU-AE), code
    /// lists (UNTDID 1001), statuses (210, REJETEE), their reasons (TX_TVA_ERR), causes of problems (A2), mentions
    #[arg(required_unless_present = "all", value_name = "ID")]
    ids: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
}

/// What is known is printed; what is not makes the status 2. `said` is the language that was asked for on the command line.
pub fn run(args: &ExplainArgs, lang: Lang, said: Option<Lang>) -> ExitCode {
    if args.all {
        return whole(args, lang, said);
    }
    let mut shown = Vec::new();
    let mut unknown = 0;
    for id in asked(&args.ids) {
        let found = explain::find(&id, lang);
        if found.is_empty() {
            unknown += 1;
            show::tell(&nothing(&id, lang));
        }
        shown.extend(found);
    }
    let form = |page: &Explanation| match args.format {
        Some(Format::Markdown) => page.markdown(1, &explain::escaped),
        _ => page.text(),
    };
    if let Err(code) = out::piece(&shown.iter().map(form).collect::<Vec<_>>().join("\n")) {
        return code;
    }
    ExitCode::from(if unknown > 0 { 2 } else { 0 })
}

/// Ids as they were meant: `UNTDID 1001` is one where nothing is called `UNTDID`.
fn asked(words: &[String]) -> Vec<String> {
    const LONGEST: usize = 4;
    let (mut ids, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let alone = explain::knows(&words[at]);
        let most = if alone { 1 } else { LONGEST.min(words.len() - at) };
        let long = (2..=most).rev().find(|n| explain::knows(&words[at..at + n].join(" "))).unwrap_or(1);
        ids.push(words[at..at + long].join(" "));
        at += long;
    }
    ids
}

/// The book, into a folder or printed.
fn whole(args: &ExplainArgs, lang: Lang, said: Option<Lang>) -> ExitCode {
    let Some(folder) = &args.output else {
        return match args.format {
            Some(Format::Text) => {
                let all = explain::everything().map(|what| what.explained(lang).text());
                out::document(&all.collect::<Vec<_>>().join("\n"))
            }
            _ => out::document(&explain::book(lang).text()),
        };
    };
    if args.format == Some(Format::Text) {
        show::tell(match lang {
            Lang::Fr => "le livre s'écrit en Markdown : --format text ne va pas avec -o",
            Lang::En => "the book is written as Markdown: --format text does not go with -o",
        });
        return ExitCode::from(2);
    }
    let languages = said.map_or(vec![Lang::Fr, Lang::En], |lang| vec![lang]);
    for one in languages {
        let folder = folder.join(if one == Lang::Fr { "fr" } else { "en" });
        if let Err(why) = write(&folder, one) {
            show::tell(&match lang {
                Lang::Fr => format!("{} ne peut être écrit : {why}", folder.display()),
                Lang::En => format!("{} cannot be written: {why}", folder.display()),
            });
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn write(folder: &Path, lang: Lang) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for leaf in explain::book(lang).leaves {
        std::fs::write(folder.join(&leaf.file), leaf.text)?;
    }
    Ok(())
}

/// What is said of an id that is none: what was probably meant, by its letters or by its name.
fn nothing(id: &str, lang: Lang) -> String {
    let mut id_shown =
        crate::text::visible(&id.chars().take(crate::limits::QUOTED_CHARS).collect::<String>()).into_owned();
    if id.chars().nth(crate::limits::QUOTED_CHARS).is_some() {
        id_shown.push('…');
    }
    let said = match lang {
        Lang::Fr => format!("rien ne s'appelle « {id_shown} »"),
        Lang::En => format!("nothing is called \"{id_shown}\""),
    };
    let mut near = explain::near(id);
    if near.is_empty() {
        near = explain::named(id, lang, 3).into_iter().map(|(id, title)| format!("{id} ({title})")).collect();
    }
    match (near.as_slice(), lang) {
        ([], _) => said,
        (near, Lang::Fr) => format!("{said} ; vouliez-vous dire {} ?", near.join(", ")),
        (near, Lang::En) => format!("{said}; did you mean {}?", near.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised() {
        assert!(nothing("BR-CO-1O", Lang::En).contains("did you mean BR-CO-10?"), "{}", nothing("BR-CO-1O", Lang::En));
        assert!(nothing("purchase order ref", Lang::En).contains("BT-13 (Purchase order reference)"));
        let long = nothing(&"x".repeat(100_000), Lang::En);
        assert!(long.chars().count() < 400 && long.contains('…'), "{}", long.len());
        assert_eq!(nothing("what is this", Lang::En), "nothing is called \"what is this\"");
        assert_eq!(nothing("a\u{1b}[2J", Lang::En), "nothing is called \"a\\u{1b}[2J\"");
    }

    #[test]
    fn an_id_of_two_words_is_one() {
        let words = |text: &str| asked(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(words("UNTDID 1001"), ["UNTDID 1001"]);
        assert_eq!(words("BT-13 380 ISO 4217 FR"), ["BT-13", "380", "ISO 4217", "FR"]);
        assert_eq!(words("no such thing"), ["no", "such", "thing"]);
    }
}
