//! A report made by hand, so that forms are held to what they show and not to the words of a rule.

use facteur::day::Day;
use facteur::invoice::Place;
use facteur::report::{Calendar, NotRun, PackRun, Report, Summary, Verdict};
use facteur::rules::{Direction, Finding, Part, Severity, Working};
use facteur::text::Text;

/// Tabs, wide characters, an accent of its own, a hidden character.
pub const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<Invoice>
\t<cac:LegalMonetaryTotal>
\t\t<cbc:TaxExclusiveAmount currencyID=\"EUR\">100.02</cbc:TaxExclusiveAmount>
\t\t<cbc:TaxInclusiveAmount currencyID=\"EUR\">120.02</cbc:TaxInclusiveAmount>
\t</cac:LegalMonetaryTotal>
\t<cac:Item><cbc:Name>日本酒 & e\u{301}\u{202e}x</cbc:Name><cbc:Quantity unitCode=\"??\">1</cbc:Quantity></cac:Item>
</Invoice>
";

fn at(line: u32, column: u32, path: &str) -> Option<Place> {
    Some(Place::Xml { line, column, path: path.to_owned(), attachment: None })
}

/// A cause with its computation, what follows from it, a warning about an attribute, one without a place, a pack that did not run.
pub fn report() -> Report {
    let part = |term: &str, value: &str, line: u32| Part {
        sign: "+".to_owned(),
        term: term.to_owned(),
        value: value.to_owned(),
        place: at(line, 7, "/Invoice/cac:InvoiceLine/cbc:LineExtensionAmount"),
    };
    let cause = Finding {
        rule: "BR-CO-13".to_owned(),
        group: "BR-CO-13".to_owned(),
        severity: Severity::Fatal,
        pack: "en16931".to_owned(),
        terms: vec!["BT-109".to_owned()],
        place: at(4, 3, "/Invoice/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        found: Some("100.02".to_owned()),
        expected: Some("100.00".to_owned()),
        message: Text::new("Le total HT n'est pas la somme.", "The total without VAT is not the sum."),
        fix: Text::new("Corriger BT-109.", "Correct BT-109."),
        working: Some(Working {
            parts: vec![part("BG-25[1]/BT-131", "91.5", 12), part("BG-25[2]/BT-131", "8.50", 20)],
            more: 0,
            result: "100.00".to_owned(),
            difference: Some("+0.02".to_owned()),
        }),
        example: Some("<cbc:TaxExclusiveAmount currencyID=\"EUR\">100.00</cbc:TaxExclusiveAmount>".to_owned()),
        ..Finding::default()
    };
    let follower = Finding {
        rule: "BR-CO-15".to_owned(),
        group: "BR-CO-15".to_owned(),
        terms: vec!["BT-112".to_owned()],
        place: at(5, 3, "/Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        found: Some("120.02".to_owned()),
        expected: Some("120.00".to_owned()),
        message: Text::new("Le total TTC n'est pas juste.", "The total with VAT is not right."),
        fix: Text::new("Corriger BT-112.", "Correct BT-112."),
        working: None,
        example: None,
        follows: Some(0),
        ..cause.clone()
    };
    let attribute = Finding {
        rule: "BR-CL-23".to_owned(),
        group: "BR-CL-23".to_owned(),
        severity: Severity::Warning,
        terms: vec!["BT-130".to_owned()],
        place: at(7, 52, "/Invoice/cac:Item/cbc:Quantity/@unitCode"),
        found: Some("??".to_owned()),
        expected: None,
        message: Text::new("L'unité n'est pas dans la liste.", "The unit is not in the list."),
        fix: Text::new("Prendre un code de la liste.\nC62 : une pièce.", "Take a code of the list.\nC62: one."),
        working: None,
        example: None,
        ..cause.clone()
    };
    let nowhere = Finding {
        rule: "FCT-ROUTE".to_owned(),
        group: "FCT-ROUTE".to_owned(),
        severity: Severity::Information,
        pack: "client:a:b".to_owned(),
        message: Text::new("Rien à dire.", "Nothing to say."),
        ..Finding::default()
    };
    Report {
        schema: "facteur-report/1".to_owned(),
        tool: "facteur 0.0.0".to_owned(),
        file: "in/a b.xml".to_owned(),
        sha256: "ab".repeat(32),
        as_of: Day::parse_iso("2026-11-21").unwrap(),
        verdict: Verdict::Invalid,
        syntax: Some("ubl-invoice".to_owned()),
        profile: Some("urn:cen.eu:en16931:2017".to_owned()),
        invoice: Some(Summary {
            number: Some("F-1".to_owned()),
            issued: Some("2026-11-02".to_owned()),
            seller: Some("Dupont & Fils".to_owned()),
            buyer: Some("=Mairie".to_owned()),
            payable: Some("-120.02".to_owned()),
            currency: Some("EUR".to_owned()),
            payable_currency: None,
            kind: None,
        }),
        message: None,
        packs: vec![PackRun {
            in_force: None,
            id: "en16931".to_owned(),
            version: "1.2.3".to_owned(),
            sha256: "cd".repeat(32),
            rules: 9,
            reason: "BT-24".to_owned(),
            presumed: true,
            calendar: Some(Calendar {
                severity: Severity::Warning,
                direction: Direction::In,
                day: Day::parse_iso("2026-09-30").expect("a day"),
                day_from: "--date".to_owned(),
                warning_until: Some(Day::parse_iso("2026-09-30").expect("a day")),
            }),
        }],
        findings: vec![cause, follower, attribute, nowhere],
        waived: None,
        lowered: None,
        not_run: vec![NotRun { pack: "fr".to_owned(), reason: Text::new("pas bâti", "not built") }],
    }
}
