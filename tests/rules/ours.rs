//! Our own checks, the pack `facteur`: each accepts and rejects in both syntaxes, is silent where an official rule has spoken, and
//! changes no verdict.

use std::collections::{BTreeMap, BTreeSet};

use facteur::day::Day;
use facteur::report::{Report, Verdict};
use facteur::rules::client::{Clients, Folder};
use facteur::rules::{Severity, ours};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use super::edit::{Case, List};

fn options() -> Options<'static> {
    Options::new(Day::parse_iso("2026-11-22").expect("a day"))
}

fn judged(text: &str, rules: &str) -> Report {
    let choice = Choice::parse(rules).expect("packs");
    validate(text.as_bytes(), "invoice.xml", &Options { choice, ..options() }).report
}

fn own(report: &Report) -> Vec<&str> {
    let own = report.findings.iter().filter(|f| f.pack == ours::PACK);
    own.map(|f| f.rule.as_str()).collect()
}

fn edited(base: &str, edit: &str) -> String {
    let case = Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of("facteur").edited(&case)
}

#[test]
fn each_check_fires_where_its_list_says_and_nowhere_else() {
    let list = List::of("facteur");
    let mut wrong = Vec::new();
    for name in list.base.keys() {
        let report = judged(&list.text(name), "en16931,facteur");
        assert!(report.findings.is_empty() && report.verdict == Verdict::Valid, "{name}: {:?}", report.findings);
    }
    for case in &list.case {
        let text = list.edited(case);
        let report = judged(&text, "facteur");
        let mut fired = own(&report);
        fired.sort_unstable();
        if fired != case.fires {
            wrong.push(format!("{}: {}\n  expected {:?}\n  fired    {fired:?}", case.base, case.edit, case.fires));
        }
        for finding in report.findings.iter().filter(|f| f.pack == ours::PACK) {
            let whole = finding.place.is_some() && !finding.message.fr.is_empty() && !finding.fix.en.is_empty();
            let told = finding.found.is_some() || finding.expected.is_some() || finding.example.is_some();
            assert!(whole && told && finding.severity < Severity::Fatal, "{finding:?}");
            assert!(finding.message.fr != finding.message.en, "{finding:?}");
            assert!(finding.follows.is_none_or(|root| report.findings[root].rule == "FCT-SIREN"), "{finding:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// But for those of size, which no small fixture shows (`attachments_are_weighed`).
#[test]
fn each_check_has_an_accept_and_a_reject_fixture_in_each_syntax() {
    let list = List::of("facteur");
    for syntax in ["ubl", "cii"] {
        let fired: BTreeSet<&str> =
            list.case.iter().filter(|c| c.base == syntax).flat_map(|c| &c.fires).map(String::as_str).collect();
        let bare: Vec<_> =
            ours::RULES.iter().filter(|id| !fired.contains(**id) && **id != "FCT-ATTACHMENT-SIZE").collect();
        assert!(bare.is_empty(), "{syntax}: {bare:?}");
        assert!(list.case.iter().any(|c| c.base == syntax && c.fires.is_empty()), "{syntax}");
    }
    for id in ours::RULES {
        for lang in [Lang::Fr, Lang::En] {
            assert!(facteur::rules::explain(id, lang).is_some_and(|page| page.contains("## ")), "{id}");
        }
    }
}

/// Whatever they find, the other packs' findings and the verdict are as they were.
#[test]
fn they_change_no_verdict_and_say_nothing_twice() {
    let list = List::of("facteur");
    for case in &list.case {
        let text = list.edited(case);
        let (without, with) = (judged(&text, "en16931,fr"), judged(&text, "en16931,fr,facteur"));
        assert_eq!(without.verdict, with.verdict, "{}", case.edit);
        let others: Vec<_> = with.findings.iter().filter(|f| f.pack != ours::PACK).cloned().collect();
        assert_eq!(without.findings, others, "{}", case.edit);
        // At one place, an official rule and one of ours are about two things: a check digit beside an address.
        let mut at: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for finding in &with.findings {
            at.entry(format!("{:?}", finding.place)).or_default().push(&finding.rule);
        }
        for (place, rules) in at.iter().filter(|(_, rules)| rules.len() > 1) {
            let own = rules.iter().filter(|rule| ours::RULES.contains(rule)).count();
            let checks = rules.iter().any(|rule| ["FCT-SIREN", "FCT-SIRET", "FCT-VAT"].contains(rule));
            let same = rules.contains(&"FCT-ADDRESS-SAME");
            assert!(own < 2 || same, "{place}: {rules:?}");
            assert!(own == 0 || own == rules.len() || checks, "{place}: {rules:?}");
        }
    }
}

#[test]
fn where_the_french_rules_speak_ours_are_silent() {
    let rate = "/Invoice/cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory/cbc:Percent";
    for edit in [
        format!("set {rate} = 20.000"),
        "set /Invoice/cbc:DueDate = 2026-11-01".to_owned(),
        "set /Invoice/cbc:ID = FA\u{2011}2026\u{2011}43".to_owned(),
        "delete /Invoice/cac:BillingReference ; set /Invoice/cbc:InvoiceTypeCode = 384".to_owned(),
    ] {
        let text = edited("ubl", &edit);
        assert_eq!(own(&judged(&text, "en16931,facteur")).len(), 1, "{edit}");
        let both = judged(&text, "en16931,fr,facteur");
        assert!(own(&both).is_empty() && both.verdict == Verdict::Invalid, "{edit}: {:?}", own(&both));
    }
}

/// They run whenever the content chooses, and by their name; not where others are named.
#[test]
fn the_report_lists_the_pack() {
    let text = edited("ubl", "set /Invoice/cbc:IssueDate = 2026-11-23");
    let of = |report: &Report| {
        let pack = report.packs.iter().find(|pack| pack.id == ours::PACK);
        pack.map(|pack| (pack.reason.clone(), pack.rules, pack.sha256.len()))
    };
    let content = validate(text.as_bytes(), "invoice.xml", &options()).report;
    assert_eq!(of(&content), Some(("always".to_owned(), ours::RULES.len(), 64)));
    assert_eq!((own(&content), content.verdict), (vec!["FCT-DATE-FUTURE"], Verdict::Valid));
    assert_eq!(of(&judged(&text, "facteur")).map(|(reason, ..)| reason).as_deref(), Some("--rules"));
    assert_eq!(of(&judged(&text, "en16931")), None);
    assert!(own(&judged(&text, "en16931,fr")).is_empty());
}

/// What was kept and is judged again by its own day is not old; a day to come is no day to judge by.
#[test]
fn an_old_invoice_is_old_on_the_day_of_judgement() {
    let old = edited(
        "ubl",
        "set /Invoice/cbc:IssueDate = 2023-03-01 ; set /Invoice/cbc:DueDate = 2023-03-31 ; delete /Invoice/cac:BillingReference",
    );
    let new = edited("ubl", "set /Invoice/cbc:DueDate = 2026-12-22");
    for (text, date, told) in [
        (&old, None, true),
        (&old, Some("2023-03-02"), false),
        (&old, Some("2024-02-28"), false),
        (&old, Some("2024-02-29"), true),
        (&new, Some("2030-01-01"), false),
        (&new, None, false),
    ] {
        let choice = Choice::parse("facteur").expect("the pack");
        let date = date.map(|day| Day::parse_iso(day).expect("a day"));
        let report = validate(text.as_bytes(), "invoice.xml", &Options { choice, date, ..options() }).report;
        assert_eq!(own(&report).contains(&"FCT-DATE-PAST"), told, "{date:?}: {:?}", own(&report));
    }
}

/// Where Chorus Pro's own rule has spoken of a long name, the remark is not made; elsewhere it is one, to French sellers alone.
#[test]
fn a_name_too_long_for_chorus_is_a_remark() {
    let object = "/Invoice/cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject";
    let long = edited("ubl", &format!("attribute {object}/@filename = {}.pdf", "b".repeat(47)));
    let report = judged(&long, "facteur");
    let told: Vec<_> = report.findings.iter().map(|f| (f.rule.as_str(), f.severity)).collect();
    assert_eq!(told, [("FCT-ATTACHMENT-NAME", Severity::Information)]);
    let chorus = judged(&long, "chorus,facteur");
    assert!(own(&chorus).is_empty(), "{:?}", own(&chorus));
    assert!(chorus.findings.iter().any(|f| f.rule == "FCT-CHORUS-ATTACHMENT-NAME"), "{:?}", chorus.findings);
    let seller = "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode";
    let abroad = edited("ubl", &format!("attribute {object}/@filename = {}.pdf ; set {seller} = BE", "b".repeat(47)));
    assert!(!own(&judged(&abroad, "facteur")).contains(&"FCT-ATTACHMENT-NAME"));
}

/// A wrong SIREN is one fault, however often it stands.
#[test]
fn what_bears_a_wrong_siren_follows_it() {
    let party = "/Invoice/cac:AccountingCustomerParty/cac:Party";
    let edit = format!(
        "set {party}/cac:PartyLegalEntity/cbc:CompanyID = 987654323 ; set {party}/cbc:EndpointID = 987654323 ; \
         set {party}/cac:PartyIdentification/cbc:ID = 98765432300019 ; set {party}/cac:PartyTaxScheme/cbc:CompanyID = FR11987654323"
    );
    let report = validate(edited("ubl", &edit).as_bytes(), "invoice.xml", &options()).report;
    let roots: Vec<_> = report.findings.iter().filter(|f| f.follows.is_none()).collect();
    assert_eq!(roots.iter().map(|f| (&*f.rule, &*f.terms[0])).collect::<Vec<_>>(), [("FCT-SIREN", "BT-47")]);
    assert_eq!(report.findings.len(), 4);
}

/// What stands beside a SIREN that is none tells the one that was meant.
#[test]
fn a_slip_in_a_siren_is_put_right_by_what_stands_beside_it() {
    for (edit, right) in [
        (
            "set /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID = 987654342",
            Some("987654324"),
        ),
        (
            "set /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID = 123456781",
            Some("123456782"),
        ),
        ("set /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID = 211111111", None),
    ] {
        let report = judged(&edited("ubl", edit), "facteur");
        let found = report.findings.iter().find(|f| f.rule == "FCT-SIREN").expect("the finding");
        assert_eq!(found.expected.as_deref(), right.or(Some("9 digits, Luhn check digit")), "{edit}");
        assert!(right.is_none_or(|right| found.example.as_ref().is_some_and(|e| e.contains(right))), "{found:?}");
    }
}

fn due(clients: &str, due: &str, more: &str) -> Option<(String, String)> {
    let folder: Folder = [("client.toml", clients)].into_iter().collect();
    let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let text = edited("ubl", &format!("set /Invoice/cbc:DueDate = {due}{more}"));
    let options = Options { clients: Some(&clients), client: Some("client"), ..options() };
    let report = validate(text.as_bytes(), "invoice.xml", &options).report;
    assert!(report.not_run.is_empty(), "{:?}", report.not_run);
    let found = report.findings.into_iter().find(|f| f.rule == "FCT-DUE-LIMIT")?;
    Some((found.expected.unwrap_or_default(), found.message.en))
}

/// Issued on 22 November 2026: the last day passes, the next does not.
#[test]
fn the_customer_file_says_which_maximum_holds() {
    let delivered = |day: &str| format!(" ; set /Invoice/cac:Delivery/cbc:ActualDeliveryDate = {day}");
    for (payment, last, next, more, why) in [
        ("", "2027-01-21", "2027-01-22", String::new(), "L441-10"),
        ("maximum = \"45 days end of month\"", "2027-01-31", "2027-02-01", String::new(), "client.toml:"),
        ("maximum = \"90 jours\"", "2027-02-20", "2027-02-21", String::new(), "client.toml:"),
        ("periodic = true", "2027-01-06", "2027-01-07", String::new(), "289"),
        ("public = true", "2026-12-22", "2026-12-23", String::new(), "R2192-10"),
        ("sector = \"public-health\"", "2027-01-11", "2027-01-12", String::new(), "R2192-11"),
        ("sector = \"transport\"", "2026-12-22", "2026-12-23", String::new(), "L441-11"),
        ("sector = \"livestock\"", "2026-12-01", "2026-12-02", delivered("2026-11-11"), "BT-72"),
        ("sector = \"perishable-food\"", "2026-12-11", "2026-12-12", delivered("2026-11-11"), "BT-72"),
        (
            "sector = \"perishable-food\"\nperiodic = true",
            "2026-12-20",
            "2026-12-21",
            delivered("2026-11-11"),
            "ten days",
        ),
        ("sector = \"alcohol\"", "2026-12-30", "2026-12-31", delivered("2026-11-11"), "end of month 2026-11-30"),
        ("sector = \"wine\"", "2027-01-31", "2027-02-01", String::new(), "45 days end of month or 60 days"),
    ] {
        let file = format!("match = {{ siren = [\"987654324\"] }}\n[payment]\n{payment}\n");
        assert_eq!(due(&file, last, &more), None, "{payment}");
        let (expected, message) = due(&file, next, &more).unwrap_or_else(|| panic!("{payment}: nothing on {next}"));
        assert_eq!(expected, format!("≤ {last}"), "{payment}");
        assert!(message.contains(why), "{payment}: {message}");
    }
}

/// A SIREN that starts with 1 or 2 is a public body's, and the file may say otherwise.
#[test]
fn public_buyers_are_known_by_their_siren() {
    let buyer = |siren: &str| {
        let party = "/Invoice/cac:AccountingCustomerParty/cac:Party";
        format!(
            " ; set {party}/cac:PartyLegalEntity/cbc:CompanyID = {siren} ; set {party}/cbc:EndpointID = {siren} ; \
             delete {party}/cac:PartyIdentification ; delete {party}/cac:PartyTaxScheme"
        )
    };
    let file = |more: &str| format!("match = {{ siren = [\"987654324\"] }}\n[payment]\n{more}");
    for (siren, last, next) in [("216901231", "2026-12-22", "2026-12-23"), ("263300010", "2027-01-11", "2027-01-12")] {
        assert_eq!(due(&file(""), last, &buyer(siren)), None, "{siren}");
        assert!(due(&file(""), next, &buyer(siren)).is_some(), "{siren}");
        assert_eq!(due(&file("public = false"), next, &buyer(siren)), None, "{siren}");
    }
}

#[test]
fn a_bad_payment_table_is_refused_with_its_place() {
    for (payment, message) in [
        ("maximum = \"soon\"", "unreadable payment term"),
        ("public = \"yes\"", "wrong type"),
        ("sector = \"transports\"", "unknown sector"),
        ("term = 3", "unknown key"),
    ] {
        let text = format!("match = {{ siren = [\"987654324\"] }}\n[payment]\n{payment}\n");
        let folder: Folder = [("client.toml", text.as_str())].into_iter().collect();
        let faults = Clients::load(&folder).expect_err(payment);
        assert!(faults[0].message.en.contains(message) && faults[0].line == 3, "{payment}: {}", faults[0]);
    }
}

/// What is extended is taken over, key by key.
#[test]
fn payment_is_inherited() {
    let group = "[payment]\nsector = \"transport\"\npublic = false\n";
    let own = "extends = \"groupe\"\nmatch = { siren = [\"987654324\"] }\n[payment]\nperiodic = true\n";
    let folder: Folder = [("groupe.toml", group), ("client.toml", own)].into_iter().collect();
    let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let payment = &clients.named("client").expect("the file").payment;
    assert_eq!(payment.sector.as_ref().map(|s| s.value.as_str()), Some("transport"));
    assert_eq!((payment.periodic.as_ref().map(|f| f.value), payment.maximum.is_none()), (Some(true), true));
    let shown = clients.named("client").expect("the file").show();
    assert!(shown.ends_with("[payment]\nperiodic = true # client.toml:4\npublic = false # groupe.toml:3\nsector = \"transport\" # groupe.toml:2\n"), "{shown}");
}

#[test]
fn attachments_are_weighed() {
    let large = "JVBE".repeat(3_400_000);
    let object = "/Invoice/cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject";
    let report = judged(&edited("ubl", &format!("set {object} = {large}")), "facteur");
    let told: Vec<_> = report.findings.iter().map(|f| (f.rule.as_str(), f.severity, f.found.clone())).collect();
    let found = Some("10200000".to_owned());
    // `%PD` over and over is no PDF.
    assert_eq!(told[0], ("FCT-ATTACHMENT-SIZE", Severity::Information, found));
    assert_eq!(told.len(), 2, "{told:?}");
}

/// What they take grows with the invoice and no faster.
#[test]
fn a_wrong_number_on_each_of_ten_thousand_lines_is_told_each_time() {
    let list = List::of("facteur");
    let text = list
        .text("ubl")
        .replace(">4012345000009</cbc:ID>\n      </cac:Standard", ">4012345000008</cbc:ID>\n      </cac:Standard");
    let (start, end) = (text.find("  <cac:InvoiceLine>").expect("a line"), text.find("</Invoice>").expect("an end"));
    let lines = text[start..end].repeat(10_000);
    let report = judged(&format!("{}{lines}</Invoice>", &text[..start]), "facteur");
    assert_eq!(own(&report).iter().filter(|id| **id == "FCT-GTIN").count(), 10_000);
}

/// What findings show as right is cut out of our own examples: they bear no number that these checks refuse.
#[test]
fn what_we_show_and_ship_is_right() {
    let mut seen = 0;
    for folder in ["schemas/examples", "fixtures/invoices", "fixtures/demo"] {
        for path in xml_files(std::path::Path::new(folder)) {
            let bytes = std::fs::read(&path).expect("a file");
            let choice = Choice::parse("facteur").expect("the pack");
            let report = validate(&bytes, "invoice.xml", &Options { choice, ..options() }).report;
            // The demo's refusals are its lesson.
            let told = own(&report).into_iter().filter(|id| *id != "FCT-DUE-LIMIT" || folder != "fixtures/demo");
            assert_eq!(told.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

fn xml_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(xml_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "xml") {
            found.push(path);
        }
    }
    found
}

/// A buyer without any SIREN.
const NO_SIREN: &str = "delete /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID ; \
     delete /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyIdentification";

#[test]
fn the_overseas_departments_count_as_france_and_other_territories_do_not() {
    let country = |side: &str, code: &str| {
        format!(
            " ; set /Invoice/cac:Accounting{side}Party/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode = {code}"
        )
    };
    for (seller, buyer, told) in [
        ("FR", "FR", true),
        ("RE", "RE", true),
        ("FR", "RE", true),
        ("GP", "YT", true),
        ("MQ", "GF", true),
        ("FR", "NC", false),
        ("PF", "FR", false),
        ("FR", "BE", false),
    ] {
        let parties = country("Supplier", seller) + &country("Customer", buyer);
        let late = format!("set /Invoice/cbc:DueDate = 2027-06-30{parties}");
        for (edit, rule) in [(format!("{NO_SIREN}{parties}"), "FCT-BUYER-SIREN"), (late, "FCT-DUE-LIMIT")] {
            let report = judged(&edited("ubl", &edit), "facteur");
            assert_eq!(own(&report).contains(&rule), told, "{seller} → {buyer}: {rule}: {:?}", own(&report));
        }
    }
}

#[test]
fn no_note_hides_that_a_buyers_siren_is_missing() {
    for (note, told) in [
        ("#BAR#", true),
        ("#BAR# ", true),
        ("#BAR#B2BINT", true),
        ("#BAR#B2C", false),
        ("#BAR#OUTOFSCOPE", false),
        // BR-FR-11 is the official rule's.
        ("#BAR#B2B", false),
    ] {
        let report = judged(&edited("ubl", &format!("{NO_SIREN} ; set /Invoice/cbc:Note[1] = {note}")), "facteur");
        assert_eq!(own(&report).contains(&"FCT-BUYER-SIREN"), told, "{note}: {:?}", own(&report));
    }
    let good = edited("ubl", "set /Invoice/cbc:Note[1] = #BAR#B2BINT");
    assert!(own(&judged(&good, "facteur")).is_empty());
}

#[test]
fn a_siret_is_no_siren_of_the_buyer() {
    let text = edited("ubl", "set /Invoice/cbc:Note[1] = a note");
    let at = text.find("<cac:AccountingCustomerParty>").expect("a buyer");
    let legal = at + text[at..].find("<cac:PartyLegalEntity>").expect("a legal entity");
    let from = legal + text[legal..].find("<cbc:CompanyID").expect("an identifier");
    let to = from + text[from..].find("</cbc:CompanyID>").expect("its end");
    let siret = "<cbc:CompanyID schemeID=\"0009\">98765432400019";
    let report = judged(&format!("{}{siret}{}", &text[..from], &text[to..]), "facteur");
    let finding = report.findings.iter().find(|f| f.rule == "FCT-BUYER-SIREN").expect("a finding");
    assert_eq!(finding.expected.as_deref(), Some("0002: 987654324"));
    assert!(finding.message.en.contains("BR-FR-11"), "{}", finding.message.en);
}

/// A SIRET contains the SIREN, and says who the buyer is; it does not say it where platforms look, nor where BR-FR-11 does.
#[test]
fn a_siret_in_bt_46_does_not_fill_bt_47() {
    for (scheme, id) in [("0009", "98765432400019"), ("0002", "987654324")] {
        let text = edited("ubl", &format!("{NO_SIREN} ; set /Invoice/cbc:Note[1] = a note"));
        let at = text.find("<cac:AccountingCustomerParty>").expect("a buyer");
        let before =
            ["<cac:PartyName>", "<cac:PostalAddress>"].iter().filter_map(|e| text[at..].find(e)).min().unwrap() + at;
        let party =
            format!("<cac:PartyIdentification><cbc:ID schemeID=\"{scheme}\">{id}</cbc:ID></cac:PartyIdentification>");
        let with = format!("{}{party}{}", &text[..before], &text[before..]);
        let report = judged(&with, "facteur");
        let told: Vec<_> = report.findings.iter().filter(|f| f.rule == "FCT-BUYER-SIREN").collect();
        assert_eq!(told.len(), 1, "{:?}", report.findings);
        assert_eq!(told[0].expected.as_deref(), Some("0002: 987654324"));
        assert!(told[0].message.en.contains("BT-46 gives") && told[0].message.fr.contains("BT-47"), "{:?}", told[0]);
        // What the official rule says of the same with its note.
        let b2b = with.replacen("a note", "#BAR#B2B", 1);
        assert!(judged(&b2b, "fr").findings.iter().any(|f| f.group == "BR-FR-11"), "BR-FR-11 is the fact behind it");
    }
}

/// One reference that is missing is told once, whichever packs are named.
#[test]
fn a_missing_reference_is_told_once() {
    let text = edited("ubl", "delete /Invoice/cac:BillingReference ; set /Invoice/cbc:InvoiceTypeCode = 384");
    let told = |rules: &str| -> Vec<String> {
        let report = judged(&text, rules);
        let roots = report.findings.iter().filter(|f| f.follows.is_none());
        roots.map(|f| f.rule.clone()).filter(|rule| rule.contains("PRECEDING")).collect()
    };
    assert_eq!(told("facteur"), ["FCT-PRECEDING-MISSING"]);
    assert_eq!(told("facteur,mentions"), ["FCT-MENTION-PRECEDING-INVOICE"]);
    let both = judged(&text, "facteur,mentions");
    let own = both.findings.iter().find(|f| f.rule == "FCT-PRECEDING-MISSING").expect("a finding");
    assert_eq!(own.follows.map(|root| &*both.findings[root].rule), Some("FCT-MENTION-PRECEDING-INVOICE"));
    assert_eq!(told("mentions"), ["FCT-MENTION-PRECEDING-INVOICE"]);
}

#[test]
fn scheme_0223_is_for_vat_numbers_of_the_union() {
    for (number, wrong) in
        [("XX123", true), ("123", true), ("CHE123456789", true), ("DE136695976", false), ("FR14987654324", false)]
    {
        let text = edited(
            "ubl",
            &format!("set /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID = {number}"),
        );
        let at = text.find("<cac:AccountingCustomerParty>").expect("a buyer");
        let id = at + text[at..].find("<cac:PartyIdentification>").expect("an identifier");
        let text = format!("{}{}", &text[..id], text[id..].replacen("0009", "0223", 1));
        assert!(text.contains("0223"));
        let report = judged(&text, "facteur");
        assert_eq!(own(&report).contains(&"FCT-VAT"), wrong, "{number}: {:?}", own(&report));
    }
}
