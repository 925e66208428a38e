//! A computation as a person writes it down: one amount below the other, points in line, what comes out, and what is off.

use super::paint::{Paint, width};
use crate::invoice::{Place, Term};
use crate::rules::{Part, Working};
use crate::text::{Lang, visible};

/// The lines of a computation, without indentation.
pub(super) fn lines(working: &Working, lang: Lang, paint: Paint) -> Vec<String> {
    let pick = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let values: Vec<String> = working.parts.iter().map(|part| visible(part.value.trim()).into_owned()).collect();
    let result = visible(working.result.trim()).into_owned();
    let difference = working.difference.as_deref().map(|text| visible(text.trim()).into_owned());
    let all = values.iter().chain([&result]).chain(&difference);
    let whole = all.clone().map(|value| width(value.split('.').next().unwrap_or(value))).max().unwrap_or(0);
    let decimals = all.map(|value| value.split_once('.').map_or(0, |(_, after)| 1 + width(after))).max().unwrap_or(0);
    let aligned = |value: &str| {
        let (before, after) = value.split_once('.').map_or((value, 0), |(before, after)| (before, 1 + width(after)));
        format!(
            "{}{value}{}",
            " ".repeat(whole.saturating_sub(width(before))),
            " ".repeat(decimals.saturating_sub(after))
        )
    };
    let mut lines = Vec::with_capacity(values.len() + 3);
    for (at, (part, value)) in working.parts.iter().zip(&values).enumerate() {
        let sign = if at == 0 && part.sign == "+" { " ".into() } else { visible(&part.sign) };
        lines.push(format!("{sign} {}  {}", aligned(value), paint.dim(&origin(part, lang))));
    }
    if working.more > 0 {
        let more = working.more;
        lines.push(match lang {
            Lang::Fr => format!("  … et {more} autre{0} montant{0}", lang.s(more)),
            Lang::En => format!("  … and {more} more amount{}", lang.s(more)),
        });
    }
    lines.push(format!("= {}  {}", paint.bold(&aligned(&result)), pick("attendu", "expected")));
    if let Some(difference) = difference {
        lines.push(format!("  {}  {}", aligned(&difference), pick("écart", "difference")));
    }
    lines
}

/// Where an amount stands: its term, the term's name, and the line; nothing for a number of the formula itself.
fn origin(part: &Part, lang: Lang) -> String {
    if part.term.is_empty() {
        return String::new();
    }
    let id = part.term.rsplit('/').next().unwrap_or(&part.term);
    let id = id.split('[').next().unwrap_or(id);
    let name = Term::parse(id).map_or(String::new(), |term| format!(" {}", term.name(lang)));
    let line = match &part.place {
        Some(Place::Xml { line, .. }) => match lang {
            Lang::Fr => format!(", ligne {line}"),
            Lang::En => format!(", line {line}"),
        },
        _ => String::new(),
    };
    format!("{}{name}{line}", visible(&part.term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_in_line() {
        let part = |sign: &str, term: &str, value: &str| Part {
            sign: sign.to_owned(),
            term: term.to_owned(),
            value: value.to_owned(),
            place: None,
        };
        let working = Working {
            parts: vec![
                part("+", "BG-25[1]/BT-131", "1200"),
                part("+", "BG-25[2]/BT-131", "8.5"),
                part("-", "BT-107", "3.125"),
            ],
            more: 2,
            result: "1205.38".to_owned(),
            difference: Some("-0.01".to_owned()),
        };
        assert_eq!(
            lines(&working, Lang::En, Paint(false)),
            [
                "  1200      BG-25[1]/BT-131 Invoice line net amount",
                "+    8.5    BG-25[2]/BT-131 Invoice line net amount",
                "-    3.125  BT-107 Sum of allowances on document level",
                "  … and 2 more amounts",
                "= 1205.38   expected",
                "    -0.01   difference",
            ]
        );
    }
}
