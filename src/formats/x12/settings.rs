//! What a partner's file says about its X12: plain data.

use serde::{Deserialize, Serialize};

/// What X12 cannot say, or says differently from partner to partner. Nothing here is needed; what is not said is not assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Do wrong counts, control numbers and forms of the envelope refuse?
    pub strict: bool,
    /// Terms and the text that each gets where the set does not say it: `BT-24`, `BT-151`, `BT-40`. Terms of lines, allowances, charges and
    /// breakdowns get it in each.
    pub constants: Vec<(String, String)>,
    /// Are the amounts of credits (BIG07) written negative? Then all signs are turned: a credit note of EN 16931 is positive.
    pub negative_credits: bool,
    /// Are TDS and SAC05 of type N2, two decimals implied (12345 is 123.45), as the standard has them? Some senders write them as they mean them.
    pub implied_decimals: bool,
    /// Types of tax (TXI01) that count as VAT, beside `VA`.
    pub vat_types: Vec<String>,
    /// Codes of BIG07 with their BT-3, before those of the table.
    pub types: Vec<(String, String)>,
    /// Roles (N101) with their group (BG-4, BG-7, BG-10, BG-13), before those of the table.
    pub roles: Vec<(String, String)>,
    /// Qualifiers of references in the heading (REF01) with their term, before those of the table.
    pub references: Vec<(String, String)>,
    /// Codes of amounts in the summary (AMT01) with their term: BT-113 (paid) or BT-114 (rounding).
    pub amounts: Vec<(String, String)>,
    /// Units (element 355) with their code of Rec 20 or 21, before those of the table.
    pub units: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            strict: false,
            constants: Vec::new(),
            negative_credits: false,
            implied_decimals: true,
            vat_types: Vec::new(),
            types: Vec::new(),
            roles: Vec::new(),
            references: Vec::new(),
            amounts: Vec::new(),
            units: Vec::new(),
        }
    }
}

/// What a list of pairs says of a key.
pub fn of<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}
