//! Texts that deny what they speak of: "Sans autoliquidation", "Pénalités de retard : non applicables".
//!
//! They are asked in plain text (`text::plain`), of one place in which something is spoken of. What denies it stands right before it,
//! with nothing but small words between, or behind it in the same clause. What is not surely a denial is none.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

/// Is what stands there denied?
pub fn is_denied(text: &str, at: Range<usize>) -> bool {
    let before = text.get(..at.start).unwrap_or_default();
    let behind = text.get(at.end..).unwrap_or_default();
    let end = ENDS.find(behind.as_bytes()).map_or(behind.len(), |end| end.start());
    let (clause, rest) = behind.split_at_checked(end).unwrap_or((behind, ""));
    BEFORE.is_match(before.as_bytes()) || BEHIND.is_match(clause.as_bytes()) || NEXT.is_match(rest.as_bytes())
}

/// `sans`, `pas de l'`, `not subject to`, at the end of what stands before.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let small = r"(d|l|de|du|des|la|le|les|un|une|a|au|aux|soumise?s?|concernee?s?|of|an|the|any|to|subject|under|articles?|art\.?|our|nos|vos)";
    compiled(&format!(
        r"(\bnon[\s-]+(a\s+l.|d.|une?\s+)?|\b(sans|pas|point|hors|ni|aucune?s?|jamais|renon\w+|dispens\w+|exempt\w*\s+(de|d.)|annul\w+|no|not|without|never|nor|neither|waiv\w+|free\s+of)\W+({small}\W+)*)$"
    ))
});

/// `: néant`, `… n'est pas due`, `non applicable`.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    let not = not();
    compiled(&format!(
        r"\b{not}|\bin-?applicables?\b|\bn.(est|etait|sont|sera|seront)\s+(pas|point|plus|jamais)\s+{DUE}|\bne\s+s.appliquent?\s+(pas|point|plus)|\b(does|do|shall)\s+not\s+apply\b|\b(is|are|will)\s+not\s+(be\s+)?{DUE}|\b(est|sont|is|are)\s+(annul|supprim|remis|waived|cancel)\w*|^\s*[:(=-]*\s*(neant|aucune?s?|none|non|no|nil|sans\s+objet|n/?a)\W*$"
    ))
});

/// The same at the beginning of the next clause.
static NEXT: LazyLock<Regex> = LazyLock::new(|| compiled(&format!(r"^\W*{}", not())));

const DUE: &str = r"(applicables?|appliquee?s?|pratiquee?s?|dues?|du|exigibles?|exigee?s?|concernee?s?|requise?s?|demandee?s?|facturee?s?|payable|required|applied|charged)\b";

fn not() -> String {
    format!(r"(non|pas|not)[\s-]+{DUE}")
}

/// Where a clause ends: a point that no abbreviation has, a comma that no number has, a dash or a slash between blanks.
static ENDS: LazyLock<Regex> = LazyLock::new(|| compiled(r"[.;,!?](\s|$)|\s[-/|]\s|\n"));

fn compiled(pattern: &str) -> Regex {
    let pattern = RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build();
    pattern.expect("invariant: a test compiles these patterns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain;

    #[test]
    fn a_denial_stands_by_what_it_denies() {
        for (text, word, denied) in [
            ("Sans autoliquidation", "autoliquidation", true),
            ("Pas autoliquidation", "autoliquidation", true),
            ("N'est pas soumis à l'autoliquidation", "autoliquidation", true),
            ("Non-autoliquidation", "autoliquidation", true),
            ("Autoliquidation non applicable", "Autoliquidation", true),
            ("Autoliquidation : non", "Autoliquidation", true),
            ("Autoliquidation, non applicable en France", "Autoliquidation", true),
            ("Ce document n'est pas une autofacturation", "autofacturation", true),
            ("L'autofacturation n'est pas pratiquée", "autofacturation", true),
            ("Hors régime de la marge", "regime", true),
            ("ne relève pas de l'article 293 B", "293 B", true),
            ("No reverse charge", "reverse charge", true),
            ("Reverse charge does not apply", "Reverse charge", true),
            ("Pénalités de retard : néant", "Penalites de retard", true),
            ("Les pénalités de retard ne s'appliquent pas", "penalites de retard", true),
            ("Pénalités de retard de 12 % si la facture n'est pas payée à l'échéance", "Penalites de retard", false),
            ("Late payment interest if the invoice is not paid", "Late payment interest", false),
            ("Autoliquidation", "Autoliquidation", false),
            ("Sans escompte, autoliquidation", "autoliquidation", false),
            ("Sans mise en demeure. Pénalités de retard : 12 %", "Penalites", false),
            ("TVA non applicable, art. 293 B du CGI", "293 B", false),
            ("TVA non applicable art 293 B du CGI", "293 B", false),
            ("Autoliquidation. Pas d'escompte", "Autoliquidation", false),
            ("Autoliquidation, pas d'escompte", "Autoliquidation", false),
            ("Autoliquidation - pas de TVA due en France", "Autoliquidation", false),
            ("Pénalités de retard : 12 %, sans rappel", "Penalites", false),
        ] {
            let text = plain(text);
            let at = text.find(word).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(is_denied(&text, at..at + word.len()), denied, "{text}");
        }
    }
}
