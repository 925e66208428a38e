//! Did you mean: the codes nearest to one that a list does not have.

use std::sync::LazyLock;

use crate::rules::check::{CodeList, codes};
use crate::rules::registry::Pack;
use crate::table::{Row, Table};
use crate::text::Text;

/// Codes near to what stands.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Near {
    /// The one that was certainly meant.
    pub sure: Option<&'static str>,
    /// Others that look like it, three at most.
    pub others: Vec<&'static str>,
}

impl Near {
    /// The only one that looks like it.
    pub fn only(&self) -> Option<&'static str> {
        self.others.first().copied().filter(|_| self.others.len() == 1)
    }

    /// "Did you mean EUR?", where there is something to say.
    pub fn words(&self) -> Option<Text> {
        if let Some(code) = self.sure {
            return Some(Text::new(format!("Le plus proche : {code}."), format!("The nearest: {code}.")));
        }
        let listed = self.others.join(", ");
        if self.others.len() == 1 {
            return Some(Text::new(format!("Le plus proche : {listed}."), format!("The nearest: {listed}.")));
        }
        (!listed.is_empty())
            .then(|| Text::new(format!("Les plus proches : {listed}."), format!("The nearest: {listed}.")))
    }
}

/// The codes of a list that are near to a text: what people write for it (`schemas/codes/meant.csv`), the same but for case or
/// signs, the same but for letters that look alike, one edit away.
pub fn of(list: &'static CodeList, found: &str) -> Near {
    let looks = || list.near(found).or_else(|| alike(list, found)).filter(|code| !is_symbol(list, code));
    let sure = meant(list, found).or_else(looks);
    let others = if sure.is_some() { Vec::new() } else { list.around(found) };
    Near { sure, others: others.into_iter().filter(|code| !is_symbol(list, code)).collect() }
}

/// Symbols of units are short, and another unit in capitals than in small letters: what looks like a code of one or two characters
/// is seldom it (`ha` is a hectare, `HA` a hank).
fn is_symbol(list: &CodeList, code: &str) -> bool {
    list.id == codes::REC20_21.id && code.len() < 3
}

/// What people write where they mean a code of a list (`schemas/codes/meant.csv`).
pub fn meant(list: &'static CodeList, found: &str) -> Option<&'static str> {
    let wanted = found.trim().to_uppercase();
    let family = list.id.split('.').next().unwrap_or(list.id);
    let (.., code) = rows().iter().find(|(of, written, _)| family.starts_with(of.as_str()) && *written == wanted)?;
    list.codes.iter().copied().find(|c| c == code)
}

/// The codes, of whatever list, for which people write this.
pub fn written(word: &str) -> Vec<&'static str> {
    let wanted = word.trim().to_uppercase();
    let mut codes: Vec<&'static str> = Vec::new();
    for (_, _, code) in rows().iter().filter(|(_, written, _)| *written == wanted) {
        if !codes.contains(&code.as_str()) {
            codes.push(code);
        }
    }
    codes
}

/// List, what is written in capitals, code.
fn rows() -> &'static [(String, String, String)] {
    static ROWS: LazyLock<Vec<(String, String, String)>> = LazyLock::new(|| {
        let table = Table::parse(include_str!("../../../schemas/codes/meant.csv"));
        let rows = table.expect("invariant: the tests read this table").rows;
        let cell = |row: &Row<'_>, n: usize| row.cells.get(n).map(|c| c.to_string()).unwrap_or_default();
        rows.iter().map(|row| (cell(row, 0), cell(row, 1).to_uppercase(), cell(row, 2))).collect()
    });
    &ROWS
}

/// The one code that is the same once letters and digits that look alike are the same.
fn alike(list: &'static CodeList, found: &str) -> Option<&'static str> {
    let fold = |text: &str| -> String {
        text.trim()
            .to_uppercase()
            .chars()
            .map(|c| LOOKS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to))
            .collect()
    };
    let wanted = fold(found);
    // Codes are ASCII, and stay as long as they are: the others are not looked into.
    let length = wanted.chars().count();
    let looks = |code: &str| code.bytes().map(|b| ASCII[usize::from(b & 0x7F)]).eq(wanted.chars());
    let mut all = list.codes.iter().copied().filter(|code| code.len() == length && looks(code));
    all.next().filter(|_| all.next().is_none())
}

/// Digits for letters, and letters of other alphabets that look Latin.
const LOOKS: [(char, char); 17] = [
    ('0', 'O'),
    ('1', 'I'),
    ('L', 'I'),
    ('5', 'S'),
    ('8', 'B'),
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('Ѕ', 'S'),
];

/// The same for the signs of ASCII, in capitals.
const ASCII: [char; 128] = {
    let mut all = ['\0'; 128];
    let mut at = 0;
    while at < all.len() {
        all[at] = (at as u8).to_ascii_uppercase() as char;
        let mut look = 0;
        while look < LOOKS.len() {
            if LOOKS[look].0 as u32 == all[at] as u32 {
                all[at] = LOOKS[look].1;
                break;
            }
            look += 1;
        }
        at += 1;
    }
    all
};

/// What is said of a code that belongs elsewhere.
pub struct Elsewhere {
    pub message: Text,
    pub fix: Option<Text>,
    pub expected: String,
    pub example: Option<String>,
}

/// Who asks: a profile where its rules are judged, else the norm.
fn whose(pack: &Pack) -> Text {
    let title = pack.title();
    match (title.fr.strip_prefix("règles du "), title.en.strip_prefix("rules of ")) {
        (Some(fr), Some(en)) => Text::new(format!("le {fr}"), en),
        _ => Text::new("EN 16931", "EN 16931"),
    }
}

/// A code that the same public list has, and that is only not for this place: that is what the finding must say, with what to do
/// where there is one thing to do.
pub fn elsewhere(list: &'static CodeList, found: &str, pack: &Pack) -> Option<Elsewhere> {
    let code = found.trim();
    let known =
        codes::ALL.iter().any(|other| other.id != list.id && other.name() == list.name() && other.contains(code));
    if !known {
        return None;
    }
    let told = match list.id {
        "untdid-1001-invoice.ubl" => (
            Text::new(
                format!(
                    "BT-3 : {code} est bien un code UNTDID 1001, mais celui d'un avoir ; un document dont la racine est Invoice ne peut pas le porter."
                ),
                format!(
                    "BT-3: {code} is a code of UNTDID 1001, but one of a credit note; a document whose root is Invoice cannot bear it."
                ),
            ),
            Some(Text::new(
                format!(
                    "Écrire un avoir : racine CreditNote, {code} dans cbc:CreditNoteTypeCode, lignes cac:CreditNoteLine. Si c'est une facture : 380."
                ),
                format!(
                    "Write a credit note: root CreditNote, {code} in cbc:CreditNoteTypeCode, lines cac:CreditNoteLine. If it is an invoice: 380."
                ),
            )),
        ),
        "untdid-1001-creditnote.ubl" => (
            Text::new(
                format!(
                    "BT-3 : {code} est bien un code UNTDID 1001, mais celui d'une facture ; un document dont la racine est CreditNote ne peut pas le porter."
                ),
                format!(
                    "BT-3: {code} is a code of UNTDID 1001, but one of an invoice; a document whose root is CreditNote cannot bear it."
                ),
            ),
            Some(Text::new(
                format!(
                    "Écrire une facture : racine Invoice, {code} dans cbc:InvoiceTypeCode, lignes cac:InvoiceLine. Si c'est un avoir : 381."
                ),
                format!(
                    "Write an invoice: root Invoice, {code} in cbc:InvoiceTypeCode, lines cac:InvoiceLine. If it is a credit note: 381."
                ),
            )),
        ),
        _ => (
            Text::new(
                format!(
                    "Le code : « {code} » existe dans {}, mais {} ne l'admet pas à cet endroit dans cette syntaxe.",
                    list.name(),
                    whose(pack).fr
                ),
                format!(
                    "The code: \"{code}\" exists in {}, but {} does not allow it in this place of this syntax.",
                    list.name(),
                    whose(pack).en
                ),
            ),
            None,
        ),
    };
    let (root, example) = match list.id {
        "untdid-1001-invoice.ubl" => {
            ("Invoice", Some(format!("<cbc:CreditNoteTypeCode>{code}</cbc:CreditNoteTypeCode>")))
        }
        "untdid-1001-creditnote.ubl" => {
            ("CreditNote", Some(format!("<cbc:InvoiceTypeCode>{code}</cbc:InvoiceTypeCode>")))
        }
        _ => ("EN 16931", None),
    };
    let (message, fix) = told;
    Some(Elsewhere { message, fix, expected: format!("{} ({root})", list.name()), example })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::packs;

    #[test]
    fn what_people_write_leads_to_the_code_they_mean() {
        for (list, found, code) in [
            (&codes::ISO_4217, "EURO", "EUR"),
            (&codes::ISO_4217, "€", "EUR"),
            (&codes::ISO_4217, "FRF", "EUR"),
            (&codes::ISO_4217, "ЕUR", "EUR"),
            (&codes::ISO_3166_UBL, "UK", "GB"),
            (&codes::ISO_3166_CII, "fra", "FR"),
            (&codes::REC20_21, "PCE", "H87"),
            (&codes::REC20_21, "kg", "KGM"),
            (&codes::REC20_21, "ha", "H18"),
            (&codes::REC20_21, "pal", "XPX"),
            (&codes::REC20_21, "palette", "XPX"),
            (&codes::REC20_21, "kW", "KWT"),
            (&codes::REC20_21, "kw", "KWT"),
            (&codes::REC20_21, "stk", "H87"),
            (&codes::REC20_21, "Stück", "H87"),
            (&codes::REC20_21, "kJ", "KJO"),
            (&codes::REC20_21, "kl", "K6"),
            (&codes::REC20_21, "gm", "GRM"),
            (&codes::REC20_21, "dt", "DTN"),
            (&codes::REC20_21, "hm", "HMT"),
            (&codes::REC20_21, "ctn", "XCT"),
            (&codes::REC20_21, "pce", "H87"),
            (&codes::REC20_21, "ea", "EA"),
            (&codes::REC20_21, "hur", "HUR"),
            (&codes::REC20_21, "kwh", "KWH"),
            (&codes::UNTDID_5305, "s", "S"),
            (&codes::UNTDID_4461, "VIR", "30"),
            (&codes::UNTDID_5305, "5", "S"),
            (&codes::UNTDID_1001, "38O", "380"),
            (&codes::MIME, "pdf", "application/pdf"),
            (&codes::ICD_6523, "SIREN", "0002"),
        ] {
            assert_eq!(of(list, found).sure, Some(code), "{found} in {}", list.id);
        }
        assert_eq!(of(&codes::ISO_4217, "EUX").sure, None);
        assert!(of(&codes::ISO_4217, "EUX").others.contains(&"EUR"));
        assert_eq!(of(&codes::ISO_4217, "??"), Near::default());
    }

    /// Whatever stands in small letters is never led to another unit only because that is written so in capitals.
    #[test]
    fn a_unit_symbol_is_not_its_capitals() {
        for code in
            codes::REC20_21.codes.iter().filter(|code| code.len() < 3 && code.bytes().any(|b| b.is_ascii_alphabetic()))
        {
            let symbol = code.to_lowercase();
            let near = of(&codes::REC20_21, &symbol);
            let by_table = meant(&codes::REC20_21, &symbol);
            assert_eq!(near.sure.filter(|_| by_table.is_none()), None, "{symbol}");
            assert!(!near.others.contains(code), "{symbol}");
        }
        for symbol in ["lm", "kt", "as", "ml"] {
            assert_eq!(of(&codes::REC20_21, symbol).sure, None, "{symbol}");
        }
    }

    #[test]
    fn every_row_of_the_table_names_a_code_of_its_list() {
        for (of, _, code) in rows() {
            let lists: Vec<_> = codes::ALL.iter().filter(|l| l.id.starts_with(of.as_str())).collect();
            assert!(!lists.is_empty() && lists.iter().any(|l| l.contains(code)), "{of}: {code}");
        }
    }

    #[test]
    fn a_code_of_the_other_document_is_not_called_unknown() {
        assert!(
            elsewhere(&codes::UNTDID_1001_INVOICE_UBL, "381", &packs()[0]).is_some_and(|e| e
                .message
                .en
                .contains("credit note")
                && e.fix.is_some())
        );
        assert!(elsewhere(&codes::UNTDID_1001_CREDITNOTE_UBL, "380", &packs()[0]).is_some());
        assert!(elsewhere(&codes::UNTDID_1001_INVOICE_UBL, "999", &packs()[0]).is_none());
    }
}
