//! The French rules: the changes of a minimal invoice that the official artefacts were asked about, and the calendar.

use std::collections::BTreeSet;
use std::fs;

use facteur::day::Day;
use facteur::formats;
use facteur::report::{Verdict, dated};
use facteur::rules::{self, Direction, Judged, Severity};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};
use serde::Deserialize;

use super::edit::{Case, List};
use super::fixtures::judge_by;
use super::times_longer;

#[derive(Deserialize)]
struct Matrix {
    case: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    base: String,
    edit: String,
    en16931: BTreeSet<String>,
    fr: BTreeSet<String>,
    #[serde(default)]
    stops: bool,
}

#[test]
fn a_minimal_invoice_changed_in_one_thing_is_judged_as_officially() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rules/fr/matrix.toml");
    let matrix: Matrix = toml::from_str(&fs::read_to_string(path).expect("the matrix")).expect("it reads");
    assert!(matrix.case.len() > 60, "{}", matrix.case.len());
    let mut wrong = Vec::new();
    for row in &matrix.case {
        let text = edited(&row.base, &row.edit);
        let [en, fr] = ["en16931", "fr"].map(|id| judge_by(rules::pack(id).expect("the pack"), &text));
        if en.not_run.is_some() != row.stops || !row.stops && fatal(&en) != row.en16931 || fatal(&fr) != row.fr {
            wrong.push(format!("{}, {}: {:?} {:?}", row.base, row.name, fatal(&en), fatal(&fr)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Over the document types and the billing frames, in both syntaxes.
#[test]
fn what_is_right_is_accepted() {
    let list = List::of("fr");
    let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    let mut seen = BTreeSet::new();
    for case in list.valid() {
        let report = validate(list.edited(&case).as_bytes(), "invoice.xml", &options).report;
        assert_eq!(report.verdict, Verdict::Valid, "{}, {}: {:?}", case.base, case.edit, report.findings);
        seen.insert((case.base, case.edit));
    }
    assert!(seen.len() >= 30, "{}", seen.len());
}

/// What a new user is shown first: nothing to be said of it, by the content alone, and one invoice in two syntaxes.
#[test]
fn the_minimal_french_invoices_are_right() {
    let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    let told = ["ubl", "cii"].map(|syntax| {
        let path = format!("{}/fixtures/invoices/{syntax}-minimal-fr.xml", env!("CARGO_MANIFEST_DIR"));
        let bytes = fs::read(path).expect("it is there");
        let report = validate(&bytes, "invoice.xml", &options).report;
        assert_eq!((report.verdict, &report.findings[..]), (Verdict::Valid, &[][..]));
        let packs: Vec<&str> = report.packs.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(packs, ["structure", "en16931", "fr", "facteur", "mentions"]);
        report.invoice
    });
    assert_eq!(told[0], told[1]);
}

fn edited(base: &str, edit: &str) -> String {
    let case = Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of("fr").edited(&case)
}

fn fatal(judged: &Judged) -> BTreeSet<String> {
    judged.findings.iter().filter(|f| f.severity == Severity::Fatal).map(|f| f.rule.clone()).collect()
}

/// All assertions of the official artefact, by syntax: 175 and 171.
#[test]
fn the_pack_has_every_assertion() {
    let pack = rules::pack("fr").expect("the pack");
    let count = |ubl: bool| pack.rules.iter().filter(|r| !if ubl { r.ubl } else { r.cii }.is_empty()).count();
    assert_eq!((count(true), count(false)), (175, 171));
    let never: Vec<_> = pack.rules.iter().filter(|r| r.never).map(|r| r.id).collect();
    assert_eq!(never, ["BR-FR-16_BT-103", "BR-FR-DEC-01_BT-111"]);
}

#[test]
fn the_ids_of_a_rule_in_both_syntaxes_share_one_name() {
    let group = |id: &str| rules::rule(id).map(|rule| rule.group);
    for (id, shared) in [
        ("BR-FR-05_BT-22-1", "BR-FR-05"),
        ("BR-FR-05_BT-22_PMT", "BR-FR-05"),
        ("BR-FR-30_BT-21", "BR-FR-31"),
        ("BR-FR-31_BT-21", "BR-FR-31"),
        ("BR-FR-08_BT-151-2", "BR-FR-15"),
        ("BR-FR-MV-BD_BT-3", "BR-FR-BD-13"),
        ("BR-FR-BD-02_BT-31", "BR-FR-BD-02"),
    ] {
        assert_eq!(group(id), Some(shared), "{id}");
    }
}

/// Of an invoice to be issued until 31 August 2026, of one received until 30 September; rules of several sellers are fatal all along.
#[test]
fn the_first_days_only_warn() {
    let text = edited("ubl-several", "set /Invoice/cbc:ID = FA.2026.0100 ; set /Invoice/cbc:InvoiceTypeCode = 389");
    let read = formats::read(text.as_bytes()).expect("it reads");
    let pack = rules::pack("fr").expect("the pack");
    for (direction, day, severity) in [
        (Direction::Out, "2026-08-31", Severity::Warning),
        (Direction::Out, "2026-09-01", Severity::Fatal),
        (Direction::In, "2026-09-01", Severity::Warning),
        (Direction::In, "2026-09-30", Severity::Warning),
        (Direction::In, "2026-10-01", Severity::Fatal),
    ] {
        let judged = pack.judge_on(&read.invoice, direction, Day::parse_iso(day).expect("a day"));
        let of = |id: &str| judged.findings.iter().find(|f| f.rule == id).map(|f| f.severity);
        assert_eq!(of("BR-FR-02_BT-1"), Some(severity), "{direction:?} {day}");
        assert_eq!(of("BR-FR-MV-13_BT-3"), Some(Severity::Fatal), "{direction:?} {day}");
    }
}

/// The report says which severity counted, by which day and direction, and where the day came from.
#[test]
fn the_report_says_where_the_pack_stood_in_its_calendar() {
    let text = edited("ubl-minimal", "set /Invoice/cbc:IssueDate = 2026-08-15 ; delete /Invoice/cbc:Note[1]");
    let as_of = Day::parse_iso("2026-11-22").expect("a day");
    let told = |direction: Direction, date: Option<&str>| {
        let options = Options { direction, date: date.and_then(Day::parse_iso), ..Options::new(as_of) };
        let report = validate(text.as_bytes(), "invoice.xml", &options).report;
        let run = report.packs.iter().find(|run| run.id == "fr").expect("it ran");
        let said = serde_json::to_value(run.calendar.as_ref().expect("it has a calendar")).expect("JSON");
        let says = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let finding = report.findings.iter().find(|f| f.rule == "BR-FR-05_BT-22-1").expect("it fires");
        let said = ["severity", "direction", "day", "day_from", "warning_until"].map(says).join(" ");
        (said, finding.severity, report.verdict)
    };
    for (direction, date, said, severity, verdict) in [
        (Direction::Out, None, "warning out 2026-08-15 BT-2 2026-08-31", Severity::Warning, Verdict::Valid),
        (
            Direction::Out,
            Some("2026-09-01"),
            "fatal out 2026-09-01 --date 2026-08-31",
            Severity::Fatal,
            Verdict::Invalid,
        ),
        (
            Direction::In,
            Some("2026-09-30"),
            "warning in 2026-09-30 --date 2026-09-30",
            Severity::Warning,
            Verdict::Valid,
        ),
        (Direction::In, Some("2026-10-01"), "fatal in 2026-10-01 --date 2026-09-30", Severity::Fatal, Verdict::Invalid),
    ] {
        assert_eq!(told(direction, date), (said.to_owned(), severity, verdict));
    }
}

/// Each line of an invoice of several sellers asks about other lines: eight times the lines are judged in about eight times the time.
#[test]
fn many_lines_of_several_sellers_are_judged_in_time() {
    for (base, element) in [("ubl-several", "cac:InvoiceLine"), ("cii-several", "ram:IncludedSupplyChainTradeLineItem")]
    {
        let text = List::of("fr").text(base);
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let start = text.find(&open).expect("a line");
        let end = text.rfind(&close).expect("it ends") + close.len();
        let judged = |lines: usize| {
            let many = format!("{}{}{}", &text[..start], text[start..end].repeat(lines), &text[end..]);
            let judged = judge_by(rules::pack("fr").expect("the pack"), &many);
            assert!(judged.not_run.is_some() || !judged.findings.is_empty(), "{base}: numbers stand twice");
        };
        let times = times_longer(|| judged(60), || judged(480));
        assert!(times < 32.0, "{base}: eight times the lines take {times:.1} times as long");
    }
}

/// A French seller's invoice is judged by the French rules without being asked to; BT-2 chooses the day.
#[test]
fn a_french_seller_asks_for_the_french_rules() {
    let day = Day::parse_iso("2026-11-22").expect("a day");
    let verdict = |edit: &str| {
        let options = Options { choice: Choice::Content, ..Options::new(day) };
        let report = validate(edited("ubl-minimal", edit).as_bytes(), "invoice.xml", &options).report;
        let fired: BTreeSet<_> = report.findings.into_iter().map(|f| f.rule).collect();
        (report.verdict, fired.contains("BR-FR-05_BT-22-1"))
    };
    assert_eq!(verdict("set /Invoice/cbc:ID = FA-1"), (Verdict::Valid, false));
    assert_eq!(verdict("delete /Invoice/cbc:Note[1]"), (Verdict::Invalid, true));
    // A cadre of Chorus Pro's own channel is none of the reform's: other rules, which ask for no such note.
    assert_eq!(verdict("set /Invoice/cbc:ProfileID = A1 ; delete /Invoice/cbc:Note[1]"), (Verdict::Valid, false));
    assert_eq!(verdict("set /Invoice/cbc:ProfileID = A1B ; delete /Invoice/cbc:Note[1]"), (Verdict::Invalid, true));
}

/// The report says why they were asked: the seller's country, or, where that is another one, its SIREN; neither, no French rules.
#[test]
fn the_report_says_what_made_the_seller_french() {
    let ubl = "/Invoice/cac:AccountingSupplierParty/cac:Party";
    let cii = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty";
    for (base, country, vat, ids) in [
        (
            "ubl-minimal",
            format!("set {ubl}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
            format!("delete {ubl}/cac:PartyTaxScheme"),
            [
                format!("delete {ubl}/cac:PartyIdentification ; attribute {ubl}/cbc:EndpointID/@schemeID = 0088"),
                format!("delete {ubl}/cac:PartyLegalEntity/cbc:CompanyID"),
            ],
        ),
        (
            "cii-minimal",
            format!("set {cii}/ram:PostalTradeAddress/ram:CountryID"),
            format!("delete {cii}/ram:SpecifiedTaxRegistration"),
            [
                format!(
                    "delete {cii}/ram:GlobalID ; attribute {cii}/ram:URIUniversalCommunication/ram:URIID/@schemeID = 0088"
                ),
                format!("delete {cii}/ram:SpecifiedLegalOrganization"),
            ],
        ),
    ] {
        let reason = |edit: &str| {
            let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
            let report = validate(edited(base, edit).as_bytes(), "invoice.xml", &options).report;
            report.packs.into_iter().find(|run| run.id == "fr").map(|run| run.reason)
        };
        let by_siren = Some("SIREN 123456782".to_owned());
        let [siret, siren] = ids;
        assert_eq!(reason(&format!("{country} = FR ; {siret}")), Some("BT-40 = FR".to_owned()), "{base}");
        assert_eq!(reason(&format!("{country} = BE")), by_siren, "{base}");
        assert_eq!(reason(&format!("{country} = BE ; {siret}")), by_siren, "{base}: by BT-30");
        assert_eq!(reason(&format!("{country} = BE ; {siren}")), by_siren, "{base}: the SIRET begins with it");
        let neither = format!("{country} = BE ; {siret} ; {siren}");
        let by_frame = Some("BT-23 = S1, BT-31 = FR11123456782".to_owned());
        assert_eq!(reason(&neither), by_frame, "{base}: by the frame and the VAT number");
        assert_eq!(reason(&format!("{neither} ; {vat}")), None, "{base}");
    }
}

/// A day that BR-FR-03 refuses, or that is written in another form, does not make the rules warn: what counts as today chooses.
#[test]
fn an_issue_date_that_is_wrong_itself_chooses_no_calendar() {
    let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    for (date, from, verdict) in [
        ("1926-10-31", "as_of", Verdict::Invalid),
        ("1999-12-31", "as_of", Verdict::Invalid),
        ("2026-08-31Z", "as_of", Verdict::Invalid),
        ("2026-08-31", "BT-2", Verdict::Valid),
    ] {
        let text =
            edited("ubl-minimal", &format!("set /Invoice/cbc:IssueDate = {date} ; set /Invoice/cbc:ProfileID = S0"));
        let report = validate(text.as_bytes(), "invoice.xml", &options).report;
        let calendar = report.packs.iter().find(|run| run.id == "fr").and_then(|run| run.calendar.as_ref());
        assert_eq!(calendar.map(|c| c.day_from.as_str()), Some(from), "{date}");
        assert_eq!(report.verdict, verdict, "{date}: {:?}", report.findings);
    }
}

const SELLER: &str = "/Invoice/cac:AccountingSupplierParty/cac:Party";

/// A seller without SIREN, in a country, with a French VAT number or none.
fn seller_in(country: &str, vat: &str) -> String {
    format!(
        "set {SELLER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode = {country} ; \
         set {SELLER}/cac:PartyTaxScheme/cbc:CompanyID = {vat} ; \
         delete {SELLER}/cac:PartyLegalEntity/cbc:CompanyID ; delete {SELLER}/cac:PartyIdentification ; delete {SELLER}/cbc:EndpointID"
    )
}

/// Overseas, in Monaco, abroad: by whom and where, and what the invoice says of itself. Nothing that looks French is left out in silence.
#[test]
fn what_looks_french_asks_for_the_french_rules_or_says_why_not() {
    let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    let extended = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";
    let french = "FR32123456782";
    for (country, vat, more, expected) in [
        ("GP", "BE0123456749", String::new(), Ok("BT-40 = GP")),
        ("RE", french, String::new(), Ok("BT-40 = RE")),
        ("GF", french, String::new(), Ok("BT-23 = S1, BT-31 = FR32123456782")),
        ("MC", french, String::new(), Ok("BT-23 = S1, BT-31 = FR32123456782")),
        ("DE", "DE123456789", format!(" ; set /Invoice/cbc:CustomizationID = {extended}"), Ok("BT-24")),
        ("YT", "BE0123456749", String::new(), Err(Some("BT-40"))),
        ("MC", french, " ; delete /Invoice/cbc:ProfileID".to_owned(), Err(Some("BT-31"))),
        ("DE", "DE123456789", String::new(), Err(Some("BT-23"))),
        ("DE", "DE123456789", " ; delete /Invoice/cbc:ProfileID".to_owned(), Err(None)),
    ] {
        let text = edited("ubl-minimal", &(seller_in(country, vat) + &more));
        let report = validate(text.as_bytes(), "invoice.xml", &options).report;
        let reason = report.packs.iter().find(|run| run.id == "fr").map(|run| run.reason.as_str());
        let told = report.findings.iter().find(|finding| finding.rule == "FCT-FR-NOT-ASKED");
        let told = told.map(|finding| finding.terms[0].as_str());
        assert_eq!(reason.ok_or(told), expected, "{country}, {vat}{more}");
        assert_eq!(report.packs.iter().any(|run| run.id == "mentions"), reason.is_some(), "{country}");
    }
}

/// The line of the calendar speaks as a person does, and contradicts none of the findings.
#[test]
fn the_calendar_is_told_as_it_is() {
    let as_of = Day::parse_iso("2026-11-22").expect("a day");
    let told = |edit: &str, date: Option<&str>, lang: Lang| {
        let options = Options { date: date.and_then(Day::parse_iso), ..Options::new(as_of) };
        let report = validate(edited("ubl-minimal", edit).as_bytes(), "invoice.xml", &options).report;
        dated::calendars(&report, lang).collect::<Vec<_>>().join("\n")
    };
    let zone = "set /Invoice/cbc:IssueDate = 2026-08-31+02:00";
    assert!(told(zone, None, Lang::En).ends_with("day 2026-11-22 (today's: BT-2 is not in the form that counts)"));
    assert!(told(zone, None, Lang::Fr).ends_with("(celui d'aujourd'hui : BT-2 n'est pas dans la forme qui compte)"));
    let none = told("delete /Invoice/cbc:IssueDate", None, Lang::En);
    assert!(none.ends_with("(today's: BT-2 is missing)"), "{none}");
    let warned = told("set /Invoice/cbc:ID = FA-1", Some("2026-08-01"), Lang::En);
    assert!(warned.contains("until 2026-08-31, but BR-FR-BD and BR-FR-MV block all along;"), "{warned}");
}

/// Where a group says no VAT, what computes with it follows, and no sentence calls a term an amount.
#[test]
fn a_group_without_vat_is_one_fault() {
    for base in ["ubl-several", "cii-several"] {
        let text = List::of("fr").text(base);
        let (open, close) = match base {
            "ubl-several" => ("<cac:TaxTotal>", "</cac:TaxTotal>"),
            _ => ("<ram:TaxTotalAmount", "</ram:TaxTotalAmount>"),
        };
        let line = text.find("GROUP").expect("a group");
        let start = line + text[line..].find(open).expect("its VAT");
        let end = start + text[start..].find(close).expect("it ends") + close.len();
        let without = format!("{}{}", &text[..start], &text[end..]);
        let options = Options {
            choice: Choice::Named(vec!["fr".to_owned()]),
            ..Options::new(Day::parse_iso("2026-11-22").expect("a day"))
        };
        let findings = validate(without.as_bytes(), "invoice.xml", &options).report.findings;
        let at = |group: &str| findings.iter().position(|f| f.group == group);
        let root = findings.iter().position(|f| f.rule == "BR-FR-MV-03_EXT-FR-FE-181").expect("it is missing");
        let follower = &findings[at("BR-FR-MV-09").expect("it cannot be compared")];
        assert_eq!(follower.follows, Some(root), "{base}");
        assert!(follower.expected.as_deref().is_some_and(|e| e.starts_with(|c: char| c.is_ascii_digit())), "{base}");
    }
}

/// VAT in the accounting currency: the example is in euros, whatever the invoice's currency, and what it shows holds.
#[test]
fn what_is_asked_in_euros_is_shown_in_euros() {
    let text = edited("ubl-minimal", "set /Invoice/cbc:ID = FA-1").replace("EUR", "USD");
    let options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    let judged = |text: &str| validate(text.as_bytes(), "invoice.xml", &options).report.findings;
    let findings = judged(&text);
    let finding = findings.iter().find(|finding| finding.group == "BR-FR-CO-12").expect("it is not in euros");
    let example = finding.example.clone().expect("it shows what is right");
    assert!(example.contains("currencyID=\"EUR\"") && !example.contains("USD"), "{example}");
    let (code, vat) = example.split_at(example.find("<cac:TaxTotal>").expect("the amount"));
    let mended = text
        .replace("</cbc:DocumentCurrencyCode>", &format!("</cbc:DocumentCurrencyCode>{code}"))
        .replace("</cac:TaxTotal>", &format!("</cac:TaxTotal>{vat}"));
    assert!(judged(&mended).iter().all(|finding| finding.group != "BR-FR-CO-12"), "{mended}");
}

/// Two reasons on a line: the artefact stops where it reads them, and only there (asked of it). A detail without a number is refused before.
#[test]
fn two_reasons_stop_the_artefact_where_it_reads_them() {
    let judged = |pack: &str, text: &str| judge_by(rules::pack(pack).expect("the pack"), text);
    let twice = |text: &str, line: &str| {
        let from = text.find(line).expect("the line");
        let at = from + text[from..].find("<cac:ClassifiedTaxCategory>").expect("its category");
        let at = at + text[at..].find("<cac:TaxScheme>").expect("its scheme");
        let reason = "<cbc:TaxExemptionReason>#FA-2026-0100#</cbc:TaxExemptionReason>";
        let stands = text[from..at].matches("<cbc:TaxExemptionReason>").count();
        format!("{}{}{}", &text[..at], reason.repeat(2 - stands), &text[at..])
    };
    let several = twice(&List::of("fr").text("ubl-several"), "DETAIL");
    assert!(judged("fr", &several).not_run.is_some());
    let from = several.find("DETAIL").expect("a detail");
    let numberless =
        format!("{}{}", &several[..from], several[from..].replacen("schemeID=\"AFL\"", "schemeID=\"AVV\"", 1));
    let refused = judged("fr", &numberless);
    assert!(refused.not_run.is_none() && refused.findings.iter().any(|f| f.rule == "BR-FR-MV-08_BT-128"));
    // A line that does not count is asked for its VAT all the same.
    let plain = List::of("fr-extended").text("ubl");
    assert!(judged("fr-extended", &plain).not_run.is_none());
    let name = "<cbc:Name>Dont 20 en inox</cbc:Name>";
    let reason = "<cbc:TaxExemptionReason>x</cbc:TaxExemptionReason>";
    let with = |reasons: usize| {
        let category = format!(
            "<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent>{}<cac:TaxScheme><cbc:ID>VAT</cbc:ID>\
             </cac:TaxScheme></cac:ClassifiedTaxCategory>",
            reason.repeat(reasons)
        );
        judged("fr-extended", &plain.replace(name, &format!("{name}{category}"))).not_run.is_some()
    };
    assert_eq!((with(1), with(2)), (false, true));
}
