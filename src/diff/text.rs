//! The differences as a person reads them on a terminal.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::json::Heading;
use super::{Change, Diff, Difference, Options, Said};
use crate::decimal::Decimal;
use crate::invoice::{Kind, Place, bt, called, in_message, owed};
use crate::limits;
use crate::text::{Lang, visible};

/// Most paths of what was not compared that are listed; the JSON has all.
const UNCOMPARED: usize = 20;
/// Lines that got another number, up to which each is told by itself.
const NUMBERED: usize = 8;
/// Characters kept before the first that differs, where a long value is cut.
const BEFORE: usize = 20;
/// Most accents of one letter whose code points are told.
const ACCENTS: usize = 3;

/// What the documents are, what differs, and a sentence that sums it up; ends with a line end.
pub fn text(diff: &Diff, a: &Heading, b: &Heading, options: &Options, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut out, diff, (a, b), options, lang);
    out
}

fn write_all(
    out: &mut String,
    diff: &Diff,
    (a, b): (&Heading, &Heading),
    options: &Options,
    lang: Lang,
) -> std::fmt::Result {
    heading(out, "a", a, lang)?;
    heading(out, "b", b, lang)?;
    let numbers: Vec<&Difference> = diff.differences.iter().filter(|d| is_renumbering(d)).collect();
    let folded = numbers.len() > NUMBERED;
    for difference in diff.differences.iter().filter(|d| !folded || !is_renumbering(d)) {
        one(out, difference, lang)?;
    }
    if folded {
        renumbered(out, &numbers, lang)?;
    }
    if !diff.outside.is_empty() {
        let what = pick(lang, "Hors des termes d'EN 16931", "No term of EN 16931");
        writeln!(out, "\n{what}")?;
        for difference in &diff.outside {
            one(out, difference, lang)?;
        }
    }
    writeln!(out, "\n{}", summary(diff, options, lang))?;
    uncompared(out, diff, lang)
}

fn heading(out: &mut String, side: &str, of: &Heading, lang: Lang) -> std::fmt::Result {
    let or = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), |v| visible(v).into_owned());
    write!(out, "{side}: {}  {}", visible(&of.file), of.syntax)?;
    if let Some(name) = &of.attachment {
        write!(out, " ({})", visible(name))?;
    }
    let (invoice, number, issued) = (called(of.credit, lang), or(&of.number), or(&of.issued));
    write!(out, "  {invoice} {number}, {issued}, {} → {}", or(&of.seller), or(&of.buyer))?;
    let due = of.payable.as_deref().map(|payable| owed(payable, of.credit).into_owned());
    writeln!(
        out,
        ", {} {}",
        or(&due),
        or(if of.payable_currency.is_some() { &of.payable_currency } else { &of.currency })
    )
}

/// A line that is the same but for its number, or has another number beside other differences.
fn is_renumbering(difference: &Difference) -> bool {
    difference.term == Some(bt::BT_126) && difference.change == Change::Changed
}

/// Many lines with another number, in one: how many, by how much, and the first of them.
fn renumbered(out: &mut String, all: &[&Difference], lang: Lang) -> std::fmt::Result {
    let by = |d: &Difference| {
        let number = |said: &Option<Said>| crate::decimal::parse(&said.as_ref()?.value).ok();
        crate::decimal::sub(number(&d.b)?, number(&d.a)?)
    };
    let first = all.first().and_then(|d| by(d));
    let each = first.filter(|first| all.iter().all(|d| by(d) == Some(*first)));
    let each = each.map_or(String::new(), |each| {
        format!(" ({}{})", if each.is_sign_negative() { "" } else { "+" }, each.normalize())
    });
    let n = all.len();
    writeln!(out, "\nBG-25[…]/BT-126  {}", bt::BT_126.name(lang))?;
    match lang {
        Lang::Fr => writeln!(out, "  {n} lignes portent un autre numéro{each}")?,
        Lang::En => writeln!(out, "  {n} lines have another number{each}")?,
    }
    if let Some(Difference { a: Some(a), b: Some(b), .. }) = all.first() {
        let (x, y) = excerpts(&a.value, &b.value, true);
        let (at, other) = (place(&a.place, lang), place(&b.place, lang));
        writeln!(out, "  {} a {x} ({at}), b {y} ({other})", pick(lang, "d'abord :", "first:"))?;
    }
    writeln!(out, "  {}", pick(lang, "(tous dans le JSON)", "(all of them in the JSON)"))
}

fn one(out: &mut String, difference: &Difference, lang: Lang) -> std::fmt::Result {
    let Difference { change, term, a, b, delta } = difference;
    let name = term.map_or("", |term| term.name(lang));
    let addresses: Vec<&str> = [a, b].into_iter().flatten().map(|said| said.address.as_str()).collect();
    let mut title = visible(addresses.first().copied().unwrap_or_default()).into_owned();
    if let [first, second] = addresses.as_slice()
        && first != second
    {
        let _ = write!(title, " = {}", visible(second));
    }
    let how = match change {
        Change::Changed => String::new(),
        Change::OnlyA => pick(lang, "seulement dans a", "only in a").to_owned(),
        Change::OnlyB => pick(lang, "seulement dans b", "only in b").to_owned(),
        Change::Written if a.is_none() || b.is_none() => {
            pick(lang, "ne pas l'écrire dit la même chose", "leaving it out says the same").to_owned()
        }
        Change::Written => pick(lang, "même valeur, écrite autrement", "the same value, written otherwise").to_owned(),
        Change::Moved => pick(lang, "à une autre place", "in another place").to_owned(),
    };
    let about: Vec<&str> = [name, how.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    writeln!(out, "\n{title}  {}", about.join("  "))?;
    // Other than in a text, a blank that is none of ASCII is a mistake that nobody sees.
    let blanks = term.is_some_and(|term| !term.is_group() && !matches!(term.kind(), Kind::Text | Kind::Part));
    let (shown_a, shown_b) = match (a, b) {
        (Some(a), Some(b)) => excerpts(&a.value, &b.value, blanks),
        (a, b) => {
            let alone =
                |said: &Option<Said>| said.as_ref().map(|s| excerpts(&s.value, "", blanks).0).unwrap_or_default();
            (alone(a), alone(b))
        }
    };
    let width = shown_a.chars().count().max(shown_b.chars().count());
    for (side, said, shown) in [("a", a, &shown_a), ("b", b, &shown_b)] {
        let Some(said) = said else { continue };
        let mut line = format!("  {side}  {shown:width$}  {}", place(&said.place, lang));
        if side == "b"
            && let Some(delta) = delta
        {
            let _ = write!(line, "  ({})", signed(*delta));
        }
        writeln!(out, "{}", line.trim_end())?;
        if let Some(why) = &said.why {
            writeln!(out, "     {side}{}{}", pick(lang, "\u{a0}: ", ": "), why.get(lang))?;
        }
    }
    if let (Change::Changed, Some(a), Some(b), None) = (change, a, b, delta)
        && a.why.is_none()
        && b.why.is_none()
        && let Some(note) = look_alike(&a.value, &b.value, lang)
    {
        writeln!(out, "     {note}")?;
    }
    Ok(())
}

/// What the whole comes to.
fn summary(diff: &Diff, options: &Options, lang: Lang) -> String {
    let count = |change: Change| diff.differences.iter().filter(|d| d.change == change).count();
    let listed = [Change::Changed, Change::OnlyA, Change::OnlyB, Change::Written, Change::Moved].map(|c| (c, count(c)));
    let filtered = !options.only.is_empty() || !options.ignore.is_empty();
    let all = diff.is_same() && diff.uncompared.is_empty() && !options.terms_only;
    let mut out = match (diff.differences.is_empty() && diff.unlisted == 0, filtered, lang) {
        (true, false, Lang::Fr) if !all => "Aucun terme ne diffère.".to_owned(),
        (true, false, Lang::En) if !all => "No term differs.".to_owned(),
        (true, false, Lang::Fr) => "Aucun terme ne diffère : la même facture.".to_owned(),
        (true, false, Lang::En) => "No term differs: the same invoice.".to_owned(),
        (true, true, Lang::Fr) => "Aucun des termes demandés ne diffère.".to_owned(),
        (true, true, Lang::En) => "None of the terms asked for differs.".to_owned(),
        (false, ..) => {
            let total = diff.differences.len() + diff.unlisted;
            let parts = listed.iter().filter(|(_, n)| *n > 0).map(|(change, n)| {
                let what = match (change, lang) {
                    (Change::Changed, Lang::Fr) => "de valeur",
                    (Change::Changed, Lang::En) => "of value",
                    (Change::OnlyA, Lang::Fr) => "seulement dans a",
                    (Change::OnlyA, Lang::En) => "only in a",
                    (Change::OnlyB, Lang::Fr) => "seulement dans b",
                    (Change::OnlyB, Lang::En) => "only in b",
                    (Change::Written, Lang::Fr) => "d'écriture",
                    (Change::Written, Lang::En) => "of writing",
                    (Change::Moved, Lang::Fr) => "de place",
                    (Change::Moved, Lang::En) => "of place",
                };
                format!("{n} {what}")
            });
            let parts = parts.collect::<Vec<_>>().join(", ");
            let s = if total == 1 { "" } else { "s" };
            match lang {
                Lang::Fr => format!("{total} différence{s} : {parts}."),
                Lang::En => format!("{total} difference{s}: {parts}."),
            }
        }
    };
    let mut more = |n: usize, fr: [&str; 2], en: [&str; 2]| {
        if n > 0 {
            let sentence = pick(lang, fr[usize::from(n > 1)], en[usize::from(n > 1)]);
            let _ = write!(out, " {}", sentence.replace("{n}", &n.to_string()));
        }
    };
    more(
        diff.outside.len() + diff.unlisted_outside,
        [
            "{n} différence porte sur un élément qui n'est pas un terme d'EN 16931.",
            "{n} différences portent sur des éléments qui ne sont pas des termes d'EN 16931.",
        ],
        [
            "{n} difference is in an element that is no term of EN 16931.",
            "{n} differences are in elements that are no term of EN 16931.",
        ],
    );
    more(
        diff.unlisted + diff.unlisted_outside,
        ["{n} autre n'est pas listée.", "{n} autres ne sont pas listées."],
        ["{n} more is not listed.", "{n} more are not listed."],
    );
    if !options.as_written {
        more(
            diff.written,
            [
                "{n} chose est écrite ou placée autrement sans rien changer (--as-written la montre).",
                "{n} choses sont écrites ou placées autrement sans rien changer (--as-written les montre).",
            ],
            [
                "{n} thing is written or placed otherwise and means the same (--as-written shows it).",
                "{n} things are written or placed otherwise and mean the same (--as-written shows them).",
            ],
        );
    }
    if !options.only.is_empty() || options.terms_only {
        out += pick(lang, " Ce qui n'est pas un terme n'a pas été regardé.", " What is no term was not looked at.");
    }
    out
}

fn uncompared(out: &mut String, diff: &Diff, lang: Lang) -> std::fmt::Result {
    if diff.uncompared.is_empty() {
        return Ok(());
    }
    let of = |in_a: bool| diff.uncompared.iter().filter(|d| d.a.is_some() == in_a).count();
    let (a, b) = (of(true), of(false));
    match lang {
        Lang::Fr => writeln!(
            out,
            "Non comparé, d'une syntaxe à l'autre : {a} dans a et {b} dans b, qui ne sont pas des termes d'EN 16931."
        )?,
        Lang::En => {
            writeln!(out, "Not compared between the two syntaxes: {a} in a and {b} in b that are no term of EN 16931.")?
        }
    }
    for difference in diff.uncompared.iter().take(UNCOMPARED) {
        for (side, said) in [("a", &difference.a), ("b", &difference.b)] {
            if let Some(said) = said {
                let shown = excerpts(&said.value, "", false).0;
                writeln!(out, "  {side}  {}  {shown}  {}", visible(&said.address), place(&said.place, lang))?;
            }
        }
    }
    if diff.uncompared.len() > UNCOMPARED {
        let rest = diff.uncompared.len() - UNCOMPARED;
        writeln!(out, "  … {rest} {}", pick(lang, "de plus (tous dans le JSON)", "more (all of them in the JSON)"))?;
    }
    Ok(())
}

fn place(place: &Option<Place>, lang: Lang) -> String {
    match place {
        Some(Place::Xml { line, column, .. }) => format!("{} {line}:{column}", pick(lang, "ligne", "line")),
        Some(Place::Edifact { segment, element, component, offset }) => {
            in_message(*segment, *element, *component, *offset, lang)
        }
        Some(Place::Attachment { .. }) | None => String::new(),
    }
}

fn signed(delta: Decimal) -> String {
    let sign = if delta.is_sign_positive() && !delta.is_zero() { "+" } else { "" };
    format!("{sign}{}", crate::decimal::plain(delta))
}

/// Both values on one line each; long ones from a little before where they part.
fn excerpts(a: &str, b: &str, blanks: bool) -> (String, String) {
    let long = |text: &str| text.chars().nth(limits::QUOTED_CHARS).is_some();
    let alike = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let from = if (long(a) || long(b)) && alike > 2 * BEFORE { alike - BEFORE } else { 0 };
    let shown = |text: &str| {
        let mut kept: String = text.chars().skip(from).take(limits::QUOTED_CHARS).collect();
        if text.chars().nth(from + limits::QUOTED_CHARS).is_some() {
            kept.push('…');
        }
        let mut seen = visible(&kept).into_owned();
        if blanks {
            let escaped =
                |c: char| if c.is_whitespace() && !c.is_ascii() { c.escape_unicode().to_string() } else { c.into() };
            seen = seen.chars().map(escaped).collect();
        }
        format!("{}{seen}", if from > 0 { "…" } else { "" })
    };
    (shown(a), shown(b))
}

/// Where two texts part in a way that the eye may miss: by one character alone, a blank or a letter beyond ASCII, or by letters
/// and accents that are put together otherwise.
fn look_alike(a: &str, b: &str, lang: Lang) -> Option<String> {
    let at = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let same: usize = a.chars().take(at).map(char::len_utf8).sum();
    let (from_a, from_b) = (a.get(same..)?, b.get(same..)?);
    let (mut after_a, mut after_b) = (from_a.chars(), from_b.chars());
    let (x, y) = (after_a.next(), after_b.next());
    let (after_a, after_b) = (after_a.as_str(), after_b.as_str());
    if a.nfc().eq(b.nfc()) {
        let points = |text: &str| {
            // A letter, and the accents that follow it.
            let accents = text.chars().skip(1).take_while(|c| is_combining_mark(*c)).count();
            let points = text.chars().take(1 + accents.min(ACCENTS)).map(|c| format!("U+{:04X}", u32::from(c)));
            match points.collect::<Vec<_>>().join(" ") {
                none if none.is_empty() => pick(lang, "rien", "nothing").to_owned(),
                points => points,
            }
        };
        let (x, y) = (points(from_a), points(from_b));
        return Some(match lang {
            Lang::Fr => format!("même aspect ; caractère {} : {x} dans a, {y} dans b", at + 1),
            Lang::En => format!("look the same; character {}: {x} in a, {y} in b", at + 1),
        });
    }
    let alone = after_a == after_b || after_a == from_b || from_a == after_b;
    let unseen = |c: Option<char>| c.is_some_and(|c| c.is_whitespace() || !c.is_ascii());
    if !alone || !unseen(x) && !unseen(y) {
        return None;
    }
    let code =
        |c: Option<char>| c.map_or(pick(lang, "rien", "nothing").to_owned(), |c| format!("U+{:04X}", u32::from(c)));
    Some(match lang {
        Lang::Fr => format!("caractère {} : {} dans a, {} dans b", at + 1, code(x), code(y)),
        Lang::En => format!("character {}: {} in a, {} in b", at + 1, code(x), code(y)),
    })
}

fn pick<'t>(lang: Lang, fr: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shown_where_it_parts() {
        let (a, b) = (format!("{}1 tail", "x".repeat(500)), format!("{}2 tail", "x".repeat(500)));
        let (a, b) = excerpts(&a, &b, false);
        assert_eq!((a.as_str(), b.as_str()), ("…xxxxxxxxxxxxxxxxxxxx1 tail", "…xxxxxxxxxxxxxxxxxxxx2 tail"));
        assert_eq!(excerpts("a\u{202e}\nb", "", false).0, "a\\u{202e}\\u{a}b");
    }

    #[test]
    fn look_alikes_are_told_apart() {
        let note = look_alike("a b", "a\u{a0}b", Lang::En).unwrap();
        assert_eq!(note, "character 2: U+0020 in a, U+00A0 in b");
        assert_eq!(look_alike("pa", "p\u{430}", Lang::Fr).unwrap(), "caractère 2 : U+0061 dans a, U+0430 dans b");
        assert!(look_alike("FA 1", "FA1", Lang::En).unwrap().starts_with("character 3: U+0020 in a"));
        assert_eq!(look_alike("ab", "ac", Lang::En), None);
        assert_eq!(
            look_alike("Stéphane, né à", "Ste\u{301}phane, ne\u{301} a\u{300}", Lang::En).unwrap(),
            "look the same; character 3: U+00E9 in a, U+0065 U+0301 in b"
        );
        assert_eq!(look_alike("Conseil", "Étiquette", Lang::En), None);
    }

    #[test]
    fn a_difference_has_its_sign() {
        assert_eq!(signed("0.1".parse().unwrap()), "+0.10");
        assert_eq!(signed("-3".parse().unwrap()), "-3.00");
    }
}
