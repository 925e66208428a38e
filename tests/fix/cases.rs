//! Each correction on an invoice that needs it, and what is left where there are two readings.

use super::*;

fn ubl() -> String {
    fixture("rules/fr/ubl-minimal.xml")
}

fn cii() -> String {
    fixture("rules/fr/cii-minimal.xml")
}

fn without_bar(text: &str) -> String {
    let cii = "    <ram:IncludedNote>\n      <ram:Content>B2B</ram:Content>\n      <ram:SubjectCode>BAR</ram:SubjectCode>\n    </ram:IncludedNote>\n";
    text.replace("  <cbc:Note>#BAR#B2B</cbc:Note>\n", "").replace(cii, "")
}

/// What is made of a text by default.
fn made(text: &str) -> (String, Fixed) {
    let fixed = fixed(text.as_bytes(), &Asked::default());
    (String::from_utf8(fixed.bytes.clone()).unwrap(), fixed)
}

/// Why something is left, in English.
fn left(text: &str, asked: &Asked) -> Vec<String> {
    let fixed = fixed(text.as_bytes(), asked);
    assert_eq!(ids(&fixed), [""; 0], "{:?}", fixed.applied);
    fixed.left.into_iter().map(|left| format!("{} {}: {}", left.correction.id, left.term, left.why.en)).collect()
}

#[test]
fn an_invoice_in_order_has_nothing_to_correct() {
    for text in
        [ubl(), cii(), fixture("rules/fr/ubl.xml"), fixture("rules/fr/cii.xml"), fixture("rules/fr/ubl-credit.xml")]
    {
        let (after, fixed) = made(&text);
        assert_eq!(after, text);
        assert!(fixed.applied.is_empty() && !fixed.sealed);
    }
}

/// Each fault, mended: the very text that was there before the fault.
#[test]
fn each_correction_puts_back_what_was_there() {
    let note = "\n      <ram:SubjectCode>PMT</ram:SubjectCode>";
    let cases: [(&str, String, &str, &str); 19] = [
        ("FIX-TREATMENT", ubl(), "  <cbc:Note>#BAR#B2B</cbc:Note>\n", ""),
        (
            "FIX-TREATMENT",
            cii(),
            "    <ram:IncludedNote>\n      <ram:Content>B2B</ram:Content>\n      <ram:SubjectCode>BAR</ram:SubjectCode>\n    </ram:IncludedNote>\n",
            "",
        ),
        ("FIX-MENTION", ubl(), "#PMT#", ""),
        ("FIX-MENTION", ubl(), "#PMD#", ""),
        ("FIX-MENTION", ubl(), "#AAB#", ""),
        ("FIX-MENTION", cii(), note, ""),
        ("FIX-NOTE-CODE", ubl(), "#PMD#", " #pmd #"),
        ("FIX-SCHEME", ubl(), "<cbc:CompanyID schemeID=\"0002\">1", "<cbc:CompanyID>1"),
        ("FIX-SCHEME", ubl(), "schemeID=\"0009\">1", "schemeID=\"SIRET\">1"),
        ("FIX-SCHEME", ubl(), "schemeID=\"0009\">9", "schemeID=\"0002\">9"),
        ("FIX-SCHEME", ubl(), " schemeID=\"0225\">1", ">1"),
        ("FIX-SCHEME", cii(), "schemeID=\"0002\">9", "schemeID=\"\">9"),
        ("FIX-SCHEME", cii(), " schemeID=\"0009\">1", ">1"),
        ("FIX-CODE", ubl(), ">380<", ">\n380<"),
        ("FIX-CODE", ubl(), ">S1<", ">s1<"),
        ("FIX-CODE", cii(), ">PMD<", ">pmd<"),
        ("FIX-CODE", cii(), "<ram:TypeCode>380<", "<ram:TypeCode>380 <"),
        ("FIX-DATE-FORMAT", cii(), " format=\"102\">20261122", ">20261122"),
        ("FIX-DATE-FORMAT", cii(), "format=\"102\">20261222", "format=\"\">20261222"),
    ];
    for (id, text, right, wrong) in cases {
        assert!(text.contains(right), "{right}");
        let faulty = text.replacen(right, wrong, 1);
        let (after, fixed) = made(&faulty);
        assert_eq!(ids(&fixed), [id], "{wrong}: {:?}", fixed.left);
        // One blank before a code in UBL stays where it was.
        assert_eq!(after.replace("> #PMD#", ">#PMD#"), text, "{id}: {wrong}");
        assert!(holds(faulty.as_bytes(), &Asked::default()).is_ok(), "{wrong}");
    }
}

/// The treatment is written wrong, and put right it asks for the buyer's SIREN, whose scheme is missing: a later correction makes way for
/// an earlier one.
#[test]
fn corrections_make_way_for_each_other() {
    let faulty = cii().replace("SubjectCode>BAR<", "SubjectCode>bar<").replace(" schemeID=\"0002\"", "");
    let (after, fixed) = made(&faulty);
    assert_eq!(ids(&fixed), ["FIX-SCHEME", "FIX-CODE"]);
    assert_eq!(after, cii());
    assert!(fixed.left.is_empty() && holds(faulty.as_bytes(), &Asked::default()).is_ok());
}

/// Of a hundred lines, one whose rate is in a section, and one whose correction would bring up a finding: the others are corrected.
#[test]
fn one_of_many_that_cannot_be_mended_does_not_hold_up_the_others() {
    let text = ubl();
    let start = text.find("  <cac:InvoiceLine>").unwrap();
    let line = &text[start..text.find("</Invoice>").unwrap()];
    let rate = |n| match n {
        40 => "Percent><![CDATA[20.000]]><",
        70 => "Percent>5.500<",
        _ => "Percent>20.000<",
    };
    let lines: String = (1..=100)
        .map(|n| line.replace("Percent>20<", rate(n)).replace("<cbc:ID>1<", &format!("<cbc:ID>{n}<")))
        .collect();
    let text = text.replace(line, &lines);
    let strict = |bytes: &[u8]| {
        let mut standing = judge(bytes);
        if String::from_utf8_lossy(bytes).contains("Percent>5.50<") {
            standing.findings.push(facteur::rules::Finding { rule: "X-1".to_owned(), ..Default::default() });
        }
        standing
    };
    let fixed = fix::fix(text.as_bytes(), &Asked::default(), &strict).unwrap();
    let after = String::from_utf8(fixed.bytes.clone()).unwrap();
    assert_eq!((ids(&fixed), after.matches("Percent>20.00<").count()), (vec!["FIX-RATE"], 98));
    let why: Vec<&str> = fixed.left.iter().map(|left| left.why.en.as_str()).collect();
    assert!(why.len() == 2 && why[0].contains("a section") && why[1].contains("bring up X-1"), "{why:?}");
    assert!(
        fixed.left[1].place
            == facteur::formats::read(text.as_bytes()).unwrap().invoice.all(bt::BT_152).nth(69).map(|o| o.place())
    );
}

#[test]
fn a_rate_is_the_same_number_otherwise_written() {
    for (text, right) in
        [(ubl(), "<cbc:Percent>20.00</cbc:Percent>"), (cii(), "<ram:RateApplicablePercent>20.00</ram:")]
    {
        let (after, fixed) = made(&text.replace("Percent>20<", "Percent>20.000<"));
        assert_eq!(ids(&fixed), ["FIX-RATE"]);
        assert_eq!(after.matches(right).count(), 2, "{after}");
        assert_eq!(fixed.applied[0].gone.values().sum::<usize>(), 4);
    }
    // Another number than any rate of the list: what is refused for its decimals alone is mended, the rest stays refused.
    let (after, fixed) = made(&ubl().replace("Percent>20<", "Percent>20.100<"));
    assert!(after.contains("Percent>20.10<") && fixed.after.findings.iter().any(|f| f.group == "BR-FR-16"));
}

#[test]
fn a_code_of_the_other_syntax_says_the_same_here() {
    let tax = "<ram:CategoryCode>S</ram:CategoryCode>\n        <ram:Rate";
    let point = |code: &str| {
        format!(
            "<ram:CategoryCode>S</ram:CategoryCode>\n        <ram:DueDateTypeCode>{code}</ram:DueDateTypeCode>\n        <ram:Rate"
        )
    };
    for (ubl_code, cii_code) in [("3", "5"), ("35", "29"), ("432", "72")] {
        let (after, fixed) = made(&cii().replace(tax, &point(ubl_code)));
        assert_eq!((ids(&fixed), after), (vec!["FIX-TAX-POINT"], cii().replace(tax, &point(cii_code))));
        let period = |code: &str| {
            let currency = "<cbc:BuyerReference>SERVICE-01</cbc:BuyerReference>";
            ubl().replace(currency, &format!("{currency}\n  <cac:InvoicePeriod>\n    <cbc:DescriptionCode>{code}</cbc:DescriptionCode>\n  </cac:InvoicePeriod>"))
        };
        let (after, fixed) = made(&period(cii_code));
        assert_eq!((ids(&fixed), after), (vec!["FIX-TAX-POINT"], period(ubl_code)));
    }
}

#[test]
fn a_code_in_the_text_of_cii_goes_into_its_element() {
    let (after, fixed) = made(
        &cii()
            .replace("<ram:Content>Indem", "<ram:Content>#PMT#Indem")
            .replace("\n      <ram:SubjectCode>PMT</ram:SubjectCode>", ""),
    );
    assert_eq!(ids(&fixed), ["FIX-NOTE-CODE"]);
    assert_eq!(after, cii());
}

#[test]
fn a_frame_is_written_where_it_is_asked_for() {
    let gone = ubl().replace("  <cbc:ProfileID>S1</cbc:ProfileID>\n", "");
    assert!(ids(&fixed(gone.as_bytes(), &Asked::default())).is_empty());
    let asked = |frame| Asked { frame: Some(frame), ..Asked::default() };
    let from_lines = fixed(gone.as_bytes(), &asked(Frame::FromLines));
    assert_eq!((ids(&from_lines), String::from_utf8(from_lines.bytes.clone()).unwrap()), (vec!["FIX-FRAME"], ubl()));
    let process = "    <ram:BusinessProcessSpecifiedDocumentContextParameter>\n      <ram:ID>S1</ram:ID>\n    </ram:BusinessProcessSpecifiedDocumentContextParameter>\n";
    let named = fixed(cii().replace(process, "").as_bytes(), &asked(Frame::Named("S1".to_owned())));
    assert_eq!(String::from_utf8(named.bytes).unwrap(), cii());
    // What is there and valid stays.
    let stays = left(&ubl(), &asked(Frame::Named("B1".to_owned())));
    assert!(stays[0].contains("says S1 already"), "{stays:?}");
    for (from, to, why) in [
        ("unitCode=\"HUR\"", "unitCode=\"C62\"", "nothing proves that line 1"),
        (
            "<cbc:Name>Conseil</cbc:Name>",
            "<cbc:Name>Conseil</cbc:Name><cac:OriginCountry><cbc:IdentificationCode>FR</cbc:IdentificationCode></cac:OriginCountry>",
            "line 1 contradicts itself",
        ),
        (
            "<cbc:PayableAmount currencyID=\"EUR\">120.00",
            "<cbc:PrepaidAmount currencyID=\"EUR\">20.00</cbc:PrepaidAmount><cbc:PayableAmount currencyID=\"EUR\">100.00",
            "paid already",
        ),
    ] {
        let said = left(&gone.replace(from, to), &asked(Frame::FromLines));
        assert!(said.iter().any(|said| said.contains(why)), "{why}: {said:?}");
    }
    let german =
        ["0002", "0009", "0225"].iter().fold(gone.replace(">FR<", ">DE<"), |t, scheme| t.replace(scheme, "0204"));
    for (text, why) in [
        (german, "do not judge"),
        (ubl().replace(">S1<", ">urn:fdc:peppol.eu:2017:poacc:billing:01:1.0<"), "another profile"),
    ] {
        let fixed = fixed(text.as_bytes(), &Asked { only: vec!["FIX-FRAME".to_owned()], ..asked(Frame::FromLines) });
        let said: Vec<&str> = fixed.left.iter().map(|left| left.why.en.as_str()).collect();
        assert!(fixed.applied.is_empty() && said.iter().any(|said| said.contains(why)), "{why}: {said:?}");
    }
    // A frame that the rules refuse beside the rest is not written.
    let said = left(&gone, &asked(Frame::Named("B2".to_owned())));
    assert!(said.iter().any(|said| said.contains("BR-FR-CO-09")), "{said:?}");
}

#[test]
fn a_treatment_is_proven_or_named() {
    let bare = without_bar(&ubl());
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[("<cbc:CompanyID schemeID=\"0002\">987654324</cbc:CompanyID>", "")], "BR-FR-11"),
        (&[("schemeID=\"0225\">987654324", "schemeID=\"0225\">123456782")], "BR-FR-21"),
        (&[("987654324", "212345672"), ("98765432400019", "21234567200019"), ("FR14", "FR04")], "a public body"),
        (&[(">FR14987654324<", ">FR11123456782<")], "name several businesses"),
        (&[(">S<", ">E<")], "a VAT category (E)"),
        (&[(">S1<", ">S8<")], "several sellers"),
        (&[("98765432400019", "C-1"), (">987654324<", ">987654321<"), ("FR14987654324", "FR14987654321")], "is wrong"),
        (&[("98765432400019", "C-1"), (">987654324<", ">C-2<"), ("FR14987654324", "")], "nothing says which"),
    ];
    for (changes, why) in cases {
        // The longer number first: it holds the shorter one.
        let mut changes = changes.to_vec();
        changes.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        let text = changes.iter().fold(bare.clone(), |text, (from, to)| text.replace(from, to));
        let fixed = fixed(text.as_bytes(), &Asked { only: vec!["FIX-TREATMENT".to_owned()], ..Asked::default() });
        let said: Vec<String> = fixed.left.iter().map(|left| left.why.en.clone()).collect();
        assert!(fixed.applied.is_empty() && said.iter().any(|said| said.contains(why)), "{why}: {said:?}");
    }
    let german = bare.replace("<cbc:IdentificationCode>FR</cbc:IdentificationCode>\n        </cac:Country>\n      </cac:PostalAddress>\n      <cac:PartyTaxScheme>\n        <cbc:CompanyID>FR14", "<cbc:IdentificationCode>DE</cbc:IdentificationCode>\n        </cac:Country>\n      </cac:PostalAddress>\n      <cac:PartyTaxScheme>\n        <cbc:CompanyID>FR14");
    assert!(german != bare);
    assert!(left(&german, &Asked::default())[0].contains("a French identifier"));
    let named = fixed(german.as_bytes(), &Asked { treatment: Some("OUTOFSCOPE".to_owned()), ..Asked::default() });
    assert_eq!(ids(&named), ["FIX-TREATMENT"]);
    assert!(String::from_utf8(named.bytes).unwrap().contains("#BAR#OUTOFSCOPE<"));
    // A treatment that is there is the issuer's, right or wrong.
    assert!(
        ids(&fixed(
            ubl().replace("#BAR#B2B", "#BAR#B2BX").as_bytes(),
            &Asked { treatment: Some("B2B".to_owned()), ..Asked::default() }
        ))
        .is_empty()
    );
}

#[test]
fn what_has_two_readings_is_left() {
    let several = ubl()
        .replace("#PMT#", "")
        .replace("#AAB#", "")
        .replace("Pas d'escompte", "Frais de recouvrement : 40 EUR. Pas d'escompte");
    let (_, fixed) = made(&several);
    assert!(fixed.left.iter().any(|left| left.why.en.contains("several mentions")), "{:?}", fixed.left);
    let twice = ubl().replace("#AAB#Pas", "Pas").replace(
        "<cbc:Note>#BAR#B2B</cbc:Note>",
        "<cbc:Note>#BAR#B2B</cbc:Note><cbc:Note>Escompte 2 % à 8 jours</cbc:Note>",
    );
    assert!(left(&twice, &Asked::default()).iter().any(|said| said.contains("2 notes can be the mention AAB")));
    // Late delivery is no late payment.
    let delivery = ubl().replace(
        "#PMD#Pénalités de retard : trois fois le taux d'intérêt légal",
        "Pénalités de retard de livraison : 1 % par jour",
    );
    assert_eq!(left(&delivery, &Asked::default()), [""; 0]);
    let customer = ubl().replace("<cbc:ID schemeID=\"0009\">98765432400019</cbc:ID>", "<cbc:ID>552100554</cbc:ID>");
    assert!(
        left(&customer, &Asked::default()).iter().any(|said| said.contains("0002 or 0060 or 0231")),
        "{:?}",
        left(&customer, &Asked::default())
    );
    let french = ubl().replace("<cbc:ID schemeID=\"0009\">98765432400019</cbc:ID>", "<cbc:ID>FR14987654324</cbc:ID>");
    assert!(left(&french, &Asked::default()).iter().any(|said| said.contains("0223")));
    let twice = ubl().replace("<cbc:ID schemeID=\"0009\">98765432400019</cbc:ID>", "<cbc:ID schemeID=\"0009\">98765432400019</cbc:ID></cac:PartyIdentification><cac:PartyIdentification><cbc:ID>98765432400019</cbc:ID>");
    assert!(left(&twice, &Asked::default()).iter().any(|said| said.contains("given once alone")));
    // A date that could be of another format is left, and one of another format too.
    for wrong in [" format=\"203\">20261122", ">2026-11-22", ">22112026"] {
        assert_eq!(left(&cii().replace(" format=\"102\">20261122", wrong), &Asked::default()), [""; 0], "{wrong}");
    }
    // A value in a section is for a person.
    let section = ubl().replace("Percent>20<", "Percent><![CDATA[20.000]]><");
    assert!(left(&section, &Asked::default()).iter().any(|said| said.contains("a section")));
}

/// Currencies, countries and categories are no mere codes.
#[test]
fn what_is_owed_is_left_even_where_it_is_wrong() {
    for (from, to) in [
        (">EUR<", ">eur<"),
        ("<cbc:ID>S<", "<cbc:ID>s<"),
        (">FR<", ">fr <"),
        ("currencyID=\"EUR\"", "currencyID=\"eur\""),
    ] {
        let (after, fixed) = made(&ubl().replace(from, to));
        assert!(!ids(&fixed).contains(&"FIX-CODE"), "{to}");
        assert!(after.contains(to));
    }
}

#[test]
fn the_page_lists_every_correction() {
    let page = fs::read_to_string("docs/fix.md").unwrap();
    for correction in fix::corrections() {
        let row = format!(
            "| `{}` | {} | {} | {} |",
            correction.id,
            correction.en.changes,
            correction.en.why,
            correction.rules.join(", ")
        );
        assert!(page.contains(&row), "docs/fix.md lacks: {row}");
    }
}

/// A unit symbol in capitals may be the code of another unit: whatever its list says, it keeps its case.
#[test]
fn a_unit_keeps_its_case() {
    for symbol in ["ha", "pal", "kw", "stk", "kj", "kl", "gm", "dt", "hm", "ctn", "hur", " ha ", "Ha"] {
        for text in [ubl(), cii()] {
            let faulty = text.replacen("unitCode=\"HUR\"", &format!("unitCode=\"{symbol}\""), 1);
            assert_ne!(faulty, text);
            let (after, fixed) = made(&faulty);
            assert!(after == faulty && fixed.applied.is_empty(), "{symbol}");
            let said = left(&faulty, &Asked::default());
            assert!(said.iter().any(|said| said.contains("may mean another unit")), "{symbol}: {said:?}");
        }
    }
    let faulty = ubl().replacen("unitCode=\"HUR\"", "unitCode=\"ha\"", 1);
    assert!(left(&faulty, &Asked::default()).iter().any(|said| said.contains("perhaps H18")));
}

/// An identifier that is wrong, or of another country, proves nothing: no treatment is written beside it.
#[test]
fn a_wrong_identifier_proves_no_treatment() {
    let without = ubl().replacen("  <cbc:Note>#BAR#B2B</cbc:Note>\n", "", 1);
    for (vat, why) in [("FR11987654324", "is wrong"), ("DE136695976", "another country"), ("DE136695970", "is wrong")] {
        let faulty = without.replace("FR14987654324", vat);
        let (after, _) = made(&faulty);
        assert!(!after.contains("#BAR#"), "{vat}");
        let said = left(&faulty, &Asked::default());
        assert!(said.iter().any(|said| said.contains(why)), "{vat}: {said:?}");
    }
}

/// A note is given a code only where it surely is the mention, and none before a broken one.
#[test]
fn what_only_looks_like_a_mention_is_left() {
    let pmt = "#PMT#Indemnité forfaitaire pour frais de recouvrement : 40 EUR";
    let aab = "#AAB#Pas d'escompte pour paiement anticipé";
    assert!(ubl().contains(pmt) && ubl().contains(aab));
    for (right, wrong, why) in [
        (pmt, "Indemnité forfaitaire de déplacement : 40 EUR", "looks like the mention PMT"),
        (pmt, "Indemnité forfaitaire pour frais de recouvrement 40 EUR : non applicable", "looks like the mention PMT"),
        (pmt, "Avoir sur indemnité forfaitaire de recouvrement de 40 EUR", "looks like the mention PMT"),
        (aab, "Escompte 2 % déduit sur FA-2", "looks like the mention AAB"),
        (pmt, "Frais de recouvrement de toiture", "looks like the mention PMT"),
        (pmt, "Pas d'indemnité forfaitaire de recouvrement", "looks like the mention PMT"),
        (pmt, "#PMT Indemnité forfaitaire pour frais de recouvrement : 40 EUR", "written wrong"),
        (pmt, "PMT# Indemnité forfaitaire pour frais de recouvrement : 40 EUR", "written wrong"),
        (aab, "Escompte", "looks like the mention AAB"),
        (aab, "Effet remis à l'escompte le 12", "looks like the mention AAB"),
        (aab, "Early payment discount code: see the catalogue", "looks like the mention AAB"),
        (aab, "Pas d'escompte. Pas de pénalités de retard", "several mentions"),
    ] {
        let said = left(&ubl().replace(right, wrong), &Asked::default());
        assert!(said.iter().any(|said| said.contains(why)), "{wrong}: {said:?}");
    }
    let other = ubl().replace(pmt, "Frais de recouvrement de toiture").replace(
        "<cbc:Note>#BAR#B2B</cbc:Note>",
        "<cbc:Note>#BAR#B2B</cbc:Note><cbc:Note>Frais de recouvrement : 40 EUR</cbc:Note>",
    );
    let (after, _) = made(&other);
    assert!(
        after.contains(">#PMT#Frais de recouvrement : 40 EUR<") && after.contains(">Frais de recouvrement de toiture<")
    );
}

#[test]
fn a_treatment_is_written_as_in_its_list() {
    for (text, right, wrong) in [
        (ubl(), ">#BAR#B2B<", ">#BAR#b2b<"),
        (ubl(), ">#BAR#B2B<", ">#BAR# B2B <"),
        (ubl(), ">#BAR#B2B<", "># bar # b2b\n<"),
        (cii(), ">B2B<", "> b2b <"),
    ] {
        let faulty = text.replace(right, wrong);
        assert!(faulty != text);
        let (after, fixed) = made(&faulty);
        assert_eq!((ids(&fixed), after), (vec!["FIX-NOTE-CODE"], text), "{wrong}: {:?}", fixed.left);
        assert!(holds(faulty.as_bytes(), &Asked::default()).is_ok(), "{wrong}");
    }
}

#[test]
fn a_treatment_that_the_invoice_contradicts_is_not_written() {
    let bare = without_bar(&ubl());
    let named = |code: &str| Asked { treatment: Some(code.to_owned()), ..Asked::default() };
    for code in ["B2BINT", "B2CINT", "B2C"] {
        let said = left(&bare, &named(code));
        assert!(
            said.iter().any(|said| said.contains(&format!("says {code}")) && said.contains("prove B2B")),
            "{said:?}"
        );
    }
    for code in ["B2B", "ARCHIVEONLY"] {
        assert_eq!(ids(&fixed(bare.as_bytes(), &named(code))), ["FIX-TREATMENT"], "{code}");
    }
}
