//! The loss report: what of an invoice did not survive, in words and for machines.

use serde::Serialize;

use super::edifact::Around;
use crate::formats::write::Loss;
use crate::invoice::{Place, Term, in_message};
use crate::limits;
use crate::text::{Lang, Text, one_line, visible};

/// What is told of one document.
pub(super) struct Told<'t> {
    pub file: String,
    pub from: String,
    pub to: String,
    /// Where it was written, `-` for standard output; none where it was not.
    pub written: Option<String>,
    /// How many terms the source states.
    pub terms: usize,
    pub losses: &'t [Loss],
    /// Of an interchange.
    pub around: Option<&'t Around>,
    /// The rules by which the source is invalid; none where it is not.
    pub invalid: &'t [String],
}

#[derive(Serialize)]
struct Document<'t> {
    schema: &'static str,
    tool: &'static str,
    file: &'t str,
    from: &'t str,
    to: &'t str,
    written: Option<&'t str>,
    terms: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    edifact: Option<&'t Around>,
    losses: Vec<Lost<'t>>,
    /// What was changed because it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Lost<'t>>,
    /// The rules by which the source is invalid.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    invalid: &'t [String],
}

#[derive(Serialize)]
struct Lost<'t> {
    address: &'t str,
    term: Option<Term>,
    value: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'t Place>,
    reason: &'static str,
    message: Both,
}

#[derive(Serialize)]
struct Both {
    fr: String,
    en: String,
}

impl<'t> Lost<'t> {
    fn of(loss: &'t Loss) -> Lost<'t> {
        let text = loss.text();
        Lost {
            address: &loss.address,
            term: loss.term,
            value: &loss.value,
            place: loss.place.as_ref(),
            reason: loss.reason.code(),
            message: Both { fr: text.get(Lang::Fr).to_owned(), en: text.get(Lang::En).to_owned() },
        }
    }
}

impl Told<'_> {
    /// One object on one line: `facteur-convert/1`.
    pub fn json(&self) -> String {
        let (changed, lost): (Vec<&Loss>, Vec<&Loss>) = self.losses.iter().partition(|loss| !loss.reason.is_loss());
        let document = Document {
            schema: "facteur-convert/1",
            tool: concat!("facteur ", env!("CARGO_PKG_VERSION")),
            file: &self.file,
            from: &self.from,
            to: &self.to,
            written: self.written.as_deref(),
            terms: self.terms,
            edifact: self.around,
            losses: lost.into_iter().map(Lost::of).collect(),
            changes: changed.into_iter().map(Lost::of).collect(),
            invalid: self.invalid,
        };
        one_line(serde_json::to_string(&document).unwrap_or_default()) + "\n"
    }

    pub fn text(&self, strict: bool, lang: Lang) -> String {
        let (file, from, to) = (visible(&self.file), &self.from, &self.to);
        let (terms, told) = (self.terms, self.losses.len());
        let lost = self.losses.iter().filter(|loss| loss.reason.is_loss()).count();
        let unwritten = self.written.is_none() && lost == 0;
        let head = match (lost, lang) {
            // Nothing can be said to be there of what is not.
            _ if unwritten => match lang {
                Lang::Fr => format!("{file} : {from} → {to}, {terms} termes, rien n'est écrit"),
                Lang::En => format!("{file}: {from} → {to}, {terms} terms, nothing is written"),
            },
            (0, Lang::Fr) => format!("{file} : {from} → {to}, {terms} termes, rien de perdu"),
            (0, Lang::En) => format!("{file}: {from} → {to}, {terms} terms, nothing lost"),
            (_, Lang::Fr) => format!("{file} : {from} → {to}, {terms} termes, {lost} perte(s)"),
            (_, Lang::En) => format!("{file}: {from} → {to}, {terms} terms, {lost} loss(es)"),
        };
        let mut out = head + "\n";
        out.extend(self.around.map(|around| around.text(lang)));
        out.extend(self.invalid(lang));
        for loss in self.losses.iter().take(limits::LOSSES_TOLD) {
            out.push_str(&line(loss, lang));
        }
        if let Some(more @ 1..) = told.checked_sub(limits::LOSSES_TOLD) {
            out.push_str(&match lang {
                Lang::Fr => format!("  … et {more} de plus ; --format json les donne toutes\n"),
                Lang::En => format!("  … and {more} more; --format json has them all\n"),
            });
        }
        if self.written.is_none() && lost > 0 {
            out.push_str(match strict {
                true => lang.pick("  rien n'est écrit (--strict)\n", "  nothing is written (--strict)\n"),
                false => lang.pick("  rien n'est écrit\n", "  nothing is written\n"),
            });
        }
        out
    }
}

impl Told<'_> {
    /// That the source is invalid, on one line.
    fn invalid(&self, lang: Lang) -> Option<String> {
        /// Rules named in it.
        const NAMED: usize = 12;
        let named: Vec<&str> = self.invalid.iter().take(NAMED).map(String::as_str).collect();
        let more = self.invalid.len().checked_sub(NAMED).filter(|more| *more > 0);
        let more = more.map(|more| lang.pick(format!(" et {more} de plus"), format!(" and {more} more")));
        let rules = named.join(", ") + &more.unwrap_or_default();
        (!named.is_empty()).then(|| match lang {
            Lang::Fr => format!("  la source est INVALIDE : {rules} ; facteur validate dit pourquoi\n"),
            Lang::En => format!("  the source is INVALID: {rules}; facteur validate says why\n"),
        })
    }
}

fn line(loss: &Loss, lang: Lang) -> String {
    const SHOWN: usize = 60;
    let mut value: String = loss.value.chars().take(SHOWN).collect();
    if value.len() < loss.value.len() {
        value.push('…');
    }
    let reason: Text = loss.text();
    let name = loss.term.map(|term| format!(" ({})", term.name(lang))).unwrap_or_default();
    let at = match &loss.place {
        Some(Place::Xml { line, column, .. }) => format!("{line}:{column} "),
        Some(Place::Edifact { segment, element, component, offset }) => {
            in_message(*segment, *element, *component, *offset, lang) + " "
        }
        _ => String::new(),
    };
    let value = if value.is_empty() { String::new() } else { format!(" = {}", visible(&value)) };
    let colon = lang.pick(" : ", ": ");
    format!("  {at}{}{name}{value}{colon}{}\n", visible(&loss.address), reason.get(lang))
}
