//! How one value is written: as the document has it, with what it means beside it.

use super::super::{form, words};
use super::Sheet;
use crate::invoice::{Bad, Kind, Occurrence, Term, Value, bt};
use crate::text::Lang;

/// Longest number that is given the marks of a language; of a longer one, all of it zeros, nothing is gained.
const NUMBER_CHARS: usize = 60;
/// A longer currency is no code, and may wrap.
const CODE_BYTES: usize = 8;
/// Bytes of a number with its marks that stays on one line.
const LONG_NUMBER: usize = 36;
/// Digits of a card number that may be shown: the first six and the last four (BT-87).
const CARD_DIGITS: usize = 10;

impl<'s> Sheet<'s, '_> {
    /// The value of an occurrence with its parts, in the form of its kind.
    pub fn value(&mut self, o: Occurrence<'s>) {
        if !self.begin(o) {
            return;
        }
        let written = o.trimmed();
        let (term, lang) = (o.term(), self.lang);
        match o.value() {
            _ if written.is_empty() => {
                self.html
                    .raw(" data-value=\"\"><em class=\"soft\">")
                    .text(lang.pick("(vide)", "(empty)"))
                    .raw("</em></bdi>");
            }
            Value::Number(_) if written.len() <= NUMBER_CHARS => {
                let shown = match term.kind() {
                    Kind::Percentage => form::percent(written, lang),
                    _ => form::number(written, lang),
                };
                self.html.attr("data-value", written).raw(">").text(&shown).raw("</bdi>");
                self.currency(o);
            }
            Value::Day(day) => {
                self.html.attr("data-value", written).raw(">").text(&form::day(day, lang)).raw("</bdi>");
            }
            Value::Bad(bad) => {
                self.html.raw(">");
                self.cut(term, written);
                self.html.raw("</bdi>");
                self.currency(o);
                self.html.raw(" <em class=\"x-odd\">").text(wrong(bad, lang)).raw("</em>");
            }
            Value::Text | Value::Number(_) => {
                self.words(o, written);
                self.currency(o);
            }
        }
        self.parts(o);
    }

    /// An amount that is written elsewhere as well: no findings, but its currency, and whether it is a number at all.
    pub fn again(&mut self, o: Occurrence<'s>) {
        let written = o.trimmed();
        let mut shown = match o.value() {
            Value::Number(_) if written.len() <= NUMBER_CHARS => form::number(written, self.lang),
            _ => written.chars().take(NUMBER_CHARS).collect(),
        };
        if written.len() > NUMBER_CHARS && written.chars().nth(NUMBER_CHARS).is_some() {
            shown.push('…');
        }
        let is_number = matches!(o.value(), Value::Number(_)) && shown.len() <= LONG_NUMBER;
        self.html.raw(if is_number { "<bdi class=\"x-num\">" } else { "<bdi>" }).line(&shown).raw("</bdi>");
        self.currency(o);
        if let Value::Bad(bad) = o.value() {
            self.html.raw(" <em class=\"x-odd\">").text(wrong(bad, self.lang)).raw("</em>");
        }
    }

    /// A code by itself, where its name stands beside.
    pub fn code(&mut self, o: Occurrence<'s>) {
        if self.begin(o) {
            self.html.raw(">").text(o.trimmed()).raw("</bdi>");
        }
    }

    /// A text, an identifier or a code.
    pub(super) fn words(&mut self, o: Occurrence<'s>, written: &str) {
        let (term, lang) = (o.term(), self.lang);
        // The schemes of electronic addresses are known by their codes.
        let name = words::code(term, written, self.facts.invoice.syntax(), lang)
            .filter(|_| !matches!(term, bt::BT_34_1 | bt::BT_49_1));
        if term == bt::BT_87 && written.chars().filter(char::is_ascii_digit).count() > CARD_DIGITS {
            // A whole card number has no place on a page that is passed around.
            let last: String = written.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
            self.html.raw(">•••• ").text(&last).raw("</bdi> <span class=\"soft\">");
            self.html.text(lang.pick("(le reste n'est pas montré)", "(the rest is not shown)")).raw("</span>");
            return;
        }
        let groups = match term {
            bt::BT_84 | bt::BT_91 => form::iban(written),
            bt::BT_29 | bt::BT_30 | bt::BT_46 | bt::BT_47 | bt::BT_60 | bt::BT_61 => {
                let french = self.parts_of(o).iter().any(|part| matches!(part.trimmed(), "0002" | "0009"));
                form::siren(written).filter(|_| french)
            }
            _ => None,
        };
        match (name, groups) {
            (_, Some(groups)) => {
                // The blanks are drawn, not written: what is copied is the number.
                self.html.attr("data-value", written).raw(">");
                for group in groups {
                    self.html.raw("<span class=\"x-g\">").text(group).raw("</span>");
                }
                self.html.raw("</bdi>");
            }
            (Some(name), None) => {
                let shown = if short(term) { words::head(name) } else { name };
                if plain(term) {
                    self.html.attr("data-value", written).raw(">").text(shown).raw("</bdi>");
                } else {
                    self.html.raw(">").text(shown).raw(" <span class=\"soft\">(").text(written).raw(")</span></bdi>");
                }
            }
            (None, None) if term == bt::BT_24 => {
                self.html.raw(">");
                if let Some(known) = words::profile(written) {
                    self.html.text(known).raw(" ");
                }
                self.html.raw("<span class=\"soft\">").text(written).raw("</span></bdi>");
            }
            (None, None) => {
                self.html.raw(">");
                self.cut(term, written);
                self.html.raw("</bdi>");
            }
        }
    }

    /// As much of a text as there is room for, and how much more there is.
    pub fn cut(&mut self, term: Term, text: &str) {
        let most = self.about.bounds.value.min(self.chars);
        // As many bytes are no more characters.
        let end = if text.len() <= most { None } else { text.char_indices().nth(most) };
        let (shown, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
        self.chars -= shown.len().min(self.chars);
        // In a text for people a line ends where it ends; in a name, a code or a number that is a character like another.
        if several_lines(term) {
            self.html.text(shown);
        } else {
            self.html.line(shown);
        }
        if !rest.is_empty() {
            let more = rest.chars().count();
            self.left.cut += more;
            self.html.raw("<span class=\"soft\">… (+").number(more).raw(")</span>");
        }
    }

    /// Scheme and version behind an identifier.
    pub(super) fn parts(&mut self, o: Occurrence<'s>) {
        for part in self.parts_of(o) {
            self.html.raw(" <span class=\"x-part\">");
            self.value(part);
            self.html.raw("</span>");
        }
    }

    /// The currency behind an amount: the one written on it (`currencyID`) where that is not the one of its place, and marked so;
    /// where every amount bears one ([`Sheet::currencies`]), the usual one where none is written.
    pub(super) fn currency(&mut self, o: Occurrence<'s>) {
        let vat = matches!(o.term(), bt::BT_111 | bt::EXT_FR_FE_182);
        if o.term().kind() != Kind::Amount && o.term().kind() != Kind::UnitPrice {
            return;
        }
        let facts = self.facts;
        let usual = if vat { &facts.vat_currency } else { &facts.currency };
        let own = facts.written_currency(o.node()).unwrap_or_default();
        let (shown, odd) = match own {
            "" if self.currencies => (usual.as_str(), false),
            _ => (own, own != usual.as_str() && !usual.is_empty()),
        };
        if !shown.is_empty() && (shown != usual || vat || self.currencies) {
            self.html
                .text("\u{a0}")
                .raw(match (odd, shown.len() > CODE_BYTES) {
                    (true, true) => "<span class=\"x-odd x-long\">",
                    (true, false) => "<span class=\"x-odd\">",
                    (false, true) => "<span class=\"x-long\">",
                    (false, false) => "<span>",
                })
                .line(shown)
                .raw("</span>");
        }
    }
}

/// Texts that may have several lines.
fn several_lines(term: Term) -> bool {
    matches!(
        term,
        bt::BT_20
            | bt::BT_22
            | bt::BT_33
            | bt::BT_82
            | bt::BT_97
            | bt::BT_104
            | bt::BT_120
            | bt::BT_123
            | bt::BT_127
            | bt::BT_139
            | bt::BT_144
            | bt::BT_154
            | bt::BT_161
    )
}

/// Codes whose names carry an explanation that a narrow field has no room for.
fn short(term: Term) -> bool {
    term.kind() == Kind::Part
        || matches!(
            term,
            bt::BT_95 | bt::BT_102 | bt::BT_118 | bt::BT_151 | bt::BT_130 | bt::BT_150 | bt::BT_5 | bt::BT_6
        )
}

/// Codes whose names say all that a reader wants; the code itself is in `data-value`.
fn plain(term: Term) -> bool {
    term.kind() == Kind::Part
        || matches!(
            term,
            bt::BT_40
                | bt::BT_55
                | bt::BT_69
                | bt::BT_80
                | bt::BT_159
                | bt::BT_130
                | bt::BT_150
                | bt::EXT_FR_FE_161
                | bt::EXT_FR_FE_177
        )
}

fn wrong(bad: Bad, lang: Lang) -> &'static str {
    match bad {
        Bad::Empty => lang.pick("vide", "empty"),
        Bad::NotANumber => lang.pick("n'est pas un nombre", "is no number"),
        Bad::TooManyDigits => lang.pick("trop de chiffres pour être calculé", "too many digits to compute with"),
        Bad::NotADay => lang.pick("n'est pas une date", "is no date"),
        Bad::DateFormat => lang.pick("date d'un autre format", "date in another format"),
    }
}
