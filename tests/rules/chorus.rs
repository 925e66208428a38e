//! Chorus Pro: which of its packs an invoice asks for and why, what a guess is worth, what the customer's file settles, and the
//! bounds that only a document of many megabytes passes.

use std::collections::BTreeSet;

use facteur::day::Day;
use facteur::report::{Report, Verdict};
use facteur::rules::client::{Clients, Folder};
use facteur::rules::{self, Severity};
use facteur::text::Lang;
use facteur::validate::{Choice, Direction, Options, validate};

use super::edit::{Case, List};
use super::fixtures::judge_by;

/// Rules that fire on bulk alone: no list of edits can hold what they refuse; here it is made.
pub const BY_BULK: [&str; 3] = ["BR-FR-CPRO-19", "FCT-CHORUS-ATTACHMENT-SIZE", "FCT-CHORUS-FLOW-SIZE"];

const BOTH: [&str; 3] = ["ubl", "ubl-credit", "cii"];

fn edited(pack: &str, base: &str, edit: &str) -> String {
    let case = Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of(pack).edited(&case)
}

fn as_of() -> Day {
    Day::parse_iso("2026-11-22").expect("a day")
}

fn report(text: &str, client: Option<&str>) -> Report {
    let folder: Folder = client.map(|toml| ("mairie.toml", toml.to_owned())).into_iter().collect();
    let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    validate(text.as_bytes(), "invoice.xml", &Options { clients: Some(&clients), ..Options::new(as_of()) }).report
}

/// The packs that ran beside structure and EN 16931, each with its reason; a presumed one with a question mark.
fn packs(report: &Report) -> Vec<String> {
    let beside = report
        .packs
        .iter()
        .filter(|run| !["en16931", "facteur", "mentions", "client:mairie"].contains(&run.id.as_str()));
    let ours = beside.filter(|run| !run.id.starts_with("structure"));
    ours.map(|run| format!("{}{}: {}", run.id, if run.presumed { "?" } else { "" }, run.reason)).collect()
}

fn found(report: &Report) -> Vec<(&str, Severity)> {
    report.findings.iter().map(|f| (f.rule.as_str(), f.severity)).collect()
}

const MATCH: &str = "match = { siren = [\"213500150\"] }\n";

#[test]
fn what_the_invoice_and_its_customer_say_chooses_the_pack() {
    let route = |name: &str| format!("{MATCH}route = \"{name}\"\n");
    let private = "set /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID = 987654324 ; \
                   set /Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID = 98765432400019";
    let frame = |frame: &str| format!("set /Invoice/cbc:ProfileID = {frame}");
    let fr = "fr: BT-40 = FR";
    for (edit, client, expected) in [
        (frame("S1"), None, vec![fr, "chorus-pa?: SIREN 213500150"]),
        (frame("S3"), None, vec![fr, "chorus-pa: BT-23 = S3"]),
        (frame("A1"), None, vec!["chorus: BT-23 = A1"]),
        (frame("A12"), None, vec!["chorus: BT-23 = A12"]),
        (frame("A123"), None, vec![fr, "chorus-pa?: SIREN 213500150"]),
        (private.to_owned(), None, vec![fr]),
        (frame("S1"), Some(MATCH.to_owned()), vec![fr, "chorus-pa?: SIREN 213500150"]),
        (frame("S1"), Some(format!("{MATCH}[chorus]\n")), vec![fr, "chorus-pa: [chorus], mairie.toml"]),
        // A route to another platform proves nothing; one to Chorus Pro itself does, whatever the cadre.
        (frame("S1"), Some(route("agreed")), vec![fr, "chorus-pa?: SIREN 213500150"]),
        (frame("S1"), Some(route("chorus-pro")), vec!["chorus: route = chorus-pro"]),
        (frame("A1"), Some(route("agreed")), vec!["chorus: BT-23 = A1"]),
        (frame("A1"), Some(format!("{MATCH}[chorus]\n")), vec!["chorus: BT-23 = A1"]),
    ] {
        let told = packs(&report(&edited("chorus-pa", "ubl", &edit), client.as_deref()));
        assert_eq!(told, expected, "{edit}, {client:?}");
    }
    // A seller abroad and a French buyer: the channel takes both; the reform's rules are not asked.
    let abroad = "set /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode = BE ; \
                  delete /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID ; \
                  delete /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification ; \
                  set /Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID = BE0123456749 ; \
                  delete /Invoice/cac:AccountingSupplierParty/cac:Party/cbc:EndpointID";
    assert_eq!(packs(&report(&edited("chorus", "ubl", abroad), None)), ["chorus: BT-23 = A1"]);
    assert_eq!(packs(&report(&edited("chorus-pa", "ubl", abroad), None)), Vec::<String>::new());
}

/// A frame of Chorus Pro switches the French rules off: where nothing says that the buyer is public, that is said.
#[test]
fn a_frame_of_chorus_without_a_public_buyer_is_told() {
    let party = "/Invoice/cac:AccountingCustomerParty/cac:Party";
    let private = format!(
        "set {party}/cac:PartyLegalEntity/cbc:CompanyID = 987654324 ; set {party}/cac:PartyIdentification/cbc:ID = 98765432400019 ; \
         set {party}/cac:PartyTaxScheme/cbc:CompanyID = FR35987654324"
    );
    let warns = |edit: &str, client: Option<&str>| {
        let report = report(&edited("chorus", "ubl", edit), client);
        found(&report).contains(&("FCT-CHORUS-BUYER-PRIVATE", Severity::Warning))
    };
    assert!(!warns("set /Invoice/cbc:ID = FA-1", None), "a public buyer");
    assert!(warns(&private, None));
    let client = "match = { siren = [\"987654324\"] }\n[chorus]\n";
    assert!(!warns(&private, Some(client)), "the customer's file says that it is one");
}

#[test]
fn what_is_right_is_valid_by_its_content() {
    for pack in ["chorus", "chorus-pa"] {
        for base in BOTH {
            let report = report(&List::of(pack).text(base), None);
            assert_eq!((report.verdict, found(&report)), (Verdict::Valid, vec![]), "{pack}, {base}");
        }
    }
}

/// The connections are called as the configuration calls them.
#[test]
fn a_route_is_chorus_where_the_configuration_says_so() {
    let folder: Folder = [("mairie.toml", format!("{MATCH}route = \"etat\"\n"))].into_iter().collect();
    let clients = Clients::load(&folder).expect("it loads");
    let text = List::of("chorus-pa").text("cii");
    for (names, expected) in [
        (vec!["etat"], vec!["chorus: route = etat"]),
        (vec!["chorus-pro"], vec!["fr: BT-40 = FR", "chorus-pa?: SIREN 213500150"]),
    ] {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        let options = Options { clients: Some(&clients), chorus_routes: Some(&names), ..Options::new(as_of()) };
        let report = validate(text.as_bytes(), "invoice.xml", &options).report;
        assert_eq!(packs(&report), expected, "{names:?}");
        // Where it goes to Chorus Pro it is read as D16B.
        let d16b = report.packs.iter().find(|run| run.id == "structure-d16b").map(|run| run.reason.as_str());
        assert_eq!(d16b, expected[0].strip_prefix("chorus: "), "{names:?}");
    }
}

/// Who has no file, or a file without a route, is sent to by the default: judged so before sending, and not when received.
#[test]
fn the_default_route_leads_to_chorus_too() {
    let names: BTreeSet<String> = ["etat".to_owned()].into();
    let text = List::of("chorus-pa").text("cii");
    let judged = |client: Option<&str>, default: &str, direction: Direction| {
        let folder: Folder = client.map(|toml| ("mairie.toml", toml.to_owned())).into_iter().collect();
        let clients = Clients::load(&folder).expect("it loads");
        let (clients, default_route) = (Some(&clients), Some(default));
        let options =
            Options { clients, chorus_routes: Some(&names), default_route, direction, ..Options::new(as_of()) };
        validate(text.as_bytes(), "invoice.xml", &options).report
    };
    let otherwise = vec!["fr: BT-40 = FR", "chorus-pa?: SIREN 213500150"];
    let elsewhere = format!("{MATCH}route = \"plateforme\"\n");
    for (client, default, direction, expected) in [
        (None, "etat", Direction::Out, vec!["chorus: [routes] default = etat"]),
        (Some(MATCH), "etat", Direction::Out, vec!["chorus: [routes] default = etat"]),
        (None, "etat", Direction::In, otherwise.clone()),
        (None, "plateforme", Direction::Out, otherwise.clone()),
        // The customer's own route comes first.
        (Some(elsewhere.as_str()), "etat", Direction::Out, otherwise),
    ] {
        let report = judged(client, default, direction);
        assert_eq!(packs(&report), expected, "{client:?} {default} {direction:?}");
        let d16b = report.packs.iter().find(|run| run.id == "structure-d16b").map(|run| run.reason.as_str());
        assert_eq!(d16b, expected[0].strip_prefix("chorus: "), "{client:?} {default} {direction:?}");
    }
    // Its frame is one of the reform: the portal would refuse it, and so do we before it leaves.
    let report = judged(None, "etat", Direction::Out);
    assert!(report.findings.iter().any(|f| f.rule == "FCT-CHORUS-FRAME"), "{:?}", report.findings);
    assert_eq!(report.verdict, Verdict::Invalid);
}

/// A guess warns and says that it is one; a proof stops the invoice.
#[test]
fn a_rule_that_rests_on_a_guess_warns() {
    let text = edited("chorus-pa", "ubl", "set /Invoice/cbc:ID = FACTURE-2026-SIEGE-0042");
    let guessed = report(&text, None);
    assert_eq!(guessed.verdict, Verdict::Valid);
    let told = [("BR-FR-CPRO-02", Severity::Warning), ("FCT-CHORUS-PRESUMED", Severity::Information)];
    assert_eq!(found(&guessed), told);
    let presumed = &guessed.findings[1];
    assert!(presumed.message.fr.contains("commence par 1 ou 2") && presumed.message.en.contains("begins with 1 or 2"));
    assert!(presumed.found.as_deref().is_some_and(|found| found.contains("213500150")) && presumed.place.is_some());
    let json = serde_json::to_value(&guessed).expect("JSON");
    let run = |id: &str| json["packs"].as_array().expect("a list").iter().find(|run| run["id"] == id).expect("it ran");
    assert_eq!((&run("chorus-pa")["presumed"], run("fr").get("presumed")), (&serde_json::json!(true), None));

    let proven = report(&text, Some(&format!("{MATCH}[chorus]\n")));
    assert_eq!((proven.verdict, found(&proven)), (Verdict::Invalid, vec![("BR-FR-CPRO-02", Severity::Fatal)]));
    let choice = Choice::parse("en16931,fr,chorus-pa").expect("packs");
    let named = validate(text.as_bytes(), "invoice.xml", &Options { choice, ..Options::new(as_of()) }).report;
    assert_eq!(found(&named), [("BR-FR-CPRO-02", Severity::Fatal)]);
}

/// What the buyer asks for is not known from the invoice: that is said, until the customer's file settles it.
#[test]
fn what_the_buyer_asks_for_is_told_as_unknown_until_it_is_known() {
    let missing = |pack: &str, base: &str| {
        let (root, order, reference) = match base {
            "cii" => (
                "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement",
                "ram:BuyerOrderReferencedDocument",
                "ram:BuyerReference",
            ),
            "ubl-credit" => ("/CreditNote", "cac:OrderReference", "cbc:BuyerReference"),
            _ => ("/Invoice", "cac:OrderReference", "cbc:BuyerReference"),
        };
        edited(pack, base, &format!("delete {root}/{order} ; delete {root}/{reference}"))
    };
    use Severity::{Fatal, Information};
    for (pack, ids) in [
        ("chorus-pa", ["BR-FR-CPRO-11", "BR-FR-CPRO-12", "BR-FR-CPRO-13"]),
        ("chorus", ["FCT-CHORUS-SERVICE", "FCT-CHORUS-ENGAGEMENT", "FCT-CHORUS-SERVICE-OR-ENGAGEMENT"]),
    ] {
        for base in BOTH {
            for (settings, expected) in [
                ("", vec![(0, Information), (1, Information)]),
                ("[chorus]\nservice = true\n", vec![(0, Fatal), (1, Information)]),
                ("[chorus]\nservice = false\nengagement = true\n", vec![(1, Fatal)]),
                ("[chorus]\nservice_or_engagement = true\n", vec![(2, Fatal)]),
                ("[chorus]\nservice = false\nengagement = false\nservice_or_engagement = false\n", vec![]),
            ] {
                let report = report(&missing(pack, base), Some(&format!("{MATCH}{settings}")));
                let place = |rule: &str| ids.iter().position(|id| *id == rule).unwrap_or_else(|| panic!("{rule}"));
                let mut told: Vec<_> = report.findings.iter().map(|f| (place(&f.rule), f.severity)).collect();
                told.sort_unstable();
                assert_eq!(told, expected, "{pack}, {base}: {settings}");
                let fatal = report.findings.iter().find(|f| f.severity == Fatal);
                assert!(fatal.is_none_or(|f| f.message.fr.contains("= true, mairie.toml")), "{fatal:?}");
                assert_eq!(report.verdict == Verdict::Invalid, fatal.is_some());
            }
        }
    }
}

/// `[chorus]` is inherited key by key, shown with its origin, and read again as the same; what is wrong in it is told.
#[test]
fn the_customer_file_says_it_once_for_all_who_extend_it() {
    let folder: Folder = [
        ("public.toml", "[chorus]\nengagement = true\nservice = true\n".to_owned()),
        ("mairie.toml", format!("extends = \"public\"\n{MATCH}[chorus]\nservice = false\n")),
    ]
    .into_iter()
    .collect();
    let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let rules = clients.named("mairie").expect("it is there");
    let settings = rules.chorus.settings();
    assert_eq!(
        (settings.service, settings.engagement, settings.service_or_engagement),
        (Some(false), Some(true), None)
    );
    let shown = rules.show();
    assert!(shown.contains("service = false # mairie.toml:4\nengagement = true # public.toml:2\n"), "{shown}");
    let again: Folder = [("mairie.toml", shown)].into_iter().collect();
    let again = Clients::load(&again).expect("it reads again");
    assert_eq!(again.named("mairie").expect("it is there").chorus.settings(), settings);

    let wrong: Folder =
        [("mairie.toml", format!("{MATCH}[chorus]\nservice = \"oui\"\nengagment = true\n"))].into_iter().collect();
    let faults = Clients::load(&wrong).expect_err("both keys are wrong");
    let told: Vec<_> = faults.iter().map(|f| (f.line, f.did_you_mean.as_deref())).collect();
    assert_eq!(told, [(3, None), (4, Some("engagement"))], "{faults:?}");
}

/// No schematron of these rules is published: whoever asks is told, of each.
#[test]
fn every_rule_says_where_it_comes_from() {
    for (id, fr, en) in
        [("chorus-pa", "De seconde main", "Second-hand"), ("chorus", "Règle de facteur", "Rule of facteur's own")]
    {
        let pack = rules::pack(id).expect("the pack");
        assert!(pack.rules.len() > 18, "{}", pack.rules.len());
        for rule in pack.rules {
            for (lang, source) in [(Lang::Fr, fr), (Lang::En, en)] {
                let told = rules::explain(rule.id, lang).expect("it is explained");
                assert!(told.contains(source) && told.contains("schematron"), "{}: {told}", rule.id);
            }
        }
    }
}

fn fired(pack: &str, text: &str) -> Vec<String> {
    let judged = judge_by(rules::pack(pack).expect("the pack"), text);
    assert_eq!(judged.not_run, None);
    judged.findings.into_iter().map(|finding| finding.rule).collect()
}

/// 10 MB of an attachment are 13.98 million letters of base64; the document then has less than 30 MB.
#[test]
fn an_attachment_has_ten_megabytes_and_a_deposit_thirty() {
    let most = 10 * 1024 * 1024;
    // Whole groups of four letters: three bytes each.
    let letters = |bytes: usize| "QUJD".repeat(bytes / 3);
    for base in ["ubl", "cii"] {
        for pack in ["chorus", "chorus-pa"] {
            let with = |bytes: usize| List::of(pack).text(base).replace("JVBERi0xLjQK", &letters(bytes));
            assert_eq!(fired(pack, &with(most)), Vec::<String>::new(), "{pack}, {base}");
            assert_eq!(fired(pack, &with(most + 3)), ["FCT-CHORUS-ATTACHMENT-SIZE"], "{pack}, {base}");
        }
        let padded = |bytes: usize| {
            let text = List::of("chorus").text(base);
            let end = text.rfind("</").expect("a close");
            format!("{}{}{}", &text[..end], " ".repeat(bytes - text.len()), &text[end..])
        };
        assert_eq!(fired("chorus", &padded(30 * 1024 * 1024)), Vec::<String>::new(), "{base}");
        assert_eq!(fired("chorus", &padded(30 * 1024 * 1024 + 1)), ["FCT-CHORUS-FLOW-SIZE"], "{base}");
    }
}

/// Lines of nothing, so that a million of them can be read at all.
#[test]
fn an_invoice_has_at_most_999_999_lines() {
    for (base, line) in [
        ("ubl", "<cac:InvoiceLine/>"),
        ("ubl-credit", "<cac:CreditNoteLine/>"),
        ("cii", "<ram:IncludedSupplyChainTradeLineItem/>"),
    ] {
        let text = List::of("chorus-pa").text(base);
        let end = if base == "cii" { text.rfind("</rsm:Supply") } else { text.rfind("</") }.expect("a close");
        let with = |lines: usize| format!("{}{}{}", &text[..end], line.repeat(lines), &text[end..]);
        // One stands there.
        assert_eq!(fired("chorus-pa", &with(999_998)), Vec::<String>::new(), "{base}");
        assert_eq!(fired("chorus-pa", &with(999_999)), ["BR-FR-CPRO-19"], "{base}");
    }
}
