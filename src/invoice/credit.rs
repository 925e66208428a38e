//! Which documents are credit notes, and which the buyer issues: the one place that says so, for every amount that facteur shows or adds up, and for who
//! writes to whom.

use std::borrow::Cow;

use super::{Invoice, Syntax, bt};
use crate::decimal;
use crate::text::{Lang, trim};

/// The types of document (BT-3, UNTDID 1001) that EN 16931 takes for credit notes, and the two that the French reform adds.
const CREDITS: [&str; 13] = ["81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"];

/// Is a document a credit note? By its syntax (`ubl-creditnote`), or by BT-3.
pub fn is_credit(syntax: Option<&str>, kind: Option<&str>) -> bool {
    syntax == Some("ubl-creditnote") || CREDITS.contains(&trim(kind.unwrap_or_default()))
}

/// The types of document (BT-3, UNTDID 1001) that the buyer issues in the seller's name: 389 and its credit note 261, the debit note 527, and those that the
/// French reform adds (corrected 471 and 473, deposit 500, factored 501 and 502).
const SELF_BILLED: [&str; 8] = ["261", "389", "471", "473", "500", "501", "502", "527"];

/// Does the buyer issue it, so that the buyer is the one who sends it, and the seller receives it?
pub fn is_self_billed(kind: Option<&str>) -> bool {
    SELF_BILLED.contains(&trim(kind.unwrap_or_default()))
}

/// What an amount due (BT-115) adds to what is owed, as it is shown: of a credit note, which writes what it gives back without a
/// sign, its opposite. What is no number, and nothing at all, stays as it is.
pub fn owed(payable: &str, credit: bool) -> Cow<'_, str> {
    match decimal::parse(trim(payable)) {
        Ok(number) if credit && !number.is_zero() => match trim(payable).strip_prefix('-') {
            Some(positive) => Cow::Borrowed(positive),
            None => Cow::Owned(format!("-{}", trim(payable).trim_start_matches('+'))),
        },
        _ => Cow::Borrowed(payable),
    }
}

/// What a document is called where it is named in passing.
pub fn called(credit: bool, lang: Lang) -> &'static str {
    if credit { lang.pick("avoir", "credit note") } else { lang.pick("facture", "invoice") }
}

impl Invoice<'_> {
    /// Is it a credit note? By its document element, or by BT-3.
    pub fn is_credit(&self) -> bool {
        self.syntax() == Syntax::UblCreditNote || is_credit(None, self.text(bt::BT_3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types that the code list of EN 16931 gives to UBL's CreditNote are all of them.
    #[test]
    fn the_code_list_and_this_one_agree() {
        let text = include_str!("../../schemas/codes/untdid-1001-creditnote.ubl.txt");
        let codes: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).map(str::trim).collect();
        assert_eq!(codes, CREDITS);
        assert!(CREDITS.iter().all(|code| is_credit(None, Some(code))));
        assert!(is_credit(Some("ubl-creditnote"), Some("380")) && !is_credit(Some("cii"), Some("380")));
        assert!(!is_credit(None, None));
    }

    /// The French rules that ask who must be addressed (BR-FR-22) list them, but for the debit note, which they do not allow.
    #[test]
    fn the_french_rules_and_this_list_agree() {
        let rules = include_str!("../../schemas/rules/fr.toml");
        let row = rules
            .lines()
            .find(|line| line.starts_with("cii = ") && line.contains("and rsm:ExchangedDocument/ram:TypeCode = '389'"));
        let listed = row.and_then(|row| row.split("ram:TypeCode = ").nth(1)?.split(" then ").next()).unwrap();
        let mut codes: Vec<&str> = listed.split('|').map(|code| code.trim().trim_matches('\'')).collect();
        codes.push("527");
        codes.sort_unstable();
        assert_eq!(codes, SELF_BILLED);
        assert!(is_self_billed(Some(" 389 ")) && !is_self_billed(Some("380")) && !is_self_billed(None));
    }

    #[test]
    fn what_a_credit_note_gives_back_is_below_zero() {
        for (payable, owed_by_credit) in
            [("60.00", "-60.00"), ("-5", "5"), ("+5.5", "-5.5"), ("0.00", "0.00"), ("x", "x")]
        {
            assert_eq!(owed(payable, true), owed_by_credit);
            assert_eq!(owed(payable, false), payable);
        }
    }
}
