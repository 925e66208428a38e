//! Explanations of all families, as a user reads them.

use facteur::explain::find;
use facteur::text::Lang;

#[test]
fn explanations_of_all_families_read_well() {
    for (name, id) in [
        ("rule", "BR-CO-15"),
        ("plain-rule", "UBL-CR-005"),
        ("own-rule", "FCT-XSD-ORDER"),
        ("mention", "late-payment-penalties"),
        ("term", "BT-13"),
        ("group", "BG-16"),
        ("element", "cac:InvoiceLine/cbc:InvoicedQuantity"),
        ("vatex", "VATEX-FR-FRANCHISE"),
        ("status", "210"),
        ("reason", "TX_TVA_ERR"),
        ("chorus", "SUSPENDUE"),
        ("cause", "A2"),
        ("document-type", "380"),
        ("category", "AE"),
        ("country", "FR"),
        ("scheme", "0225"),
        ("unit", "C62"),
        ("list", "untdid-5305"),
    ] {
        for lang in [Lang::Fr, Lang::En] {
            let pages: Vec<String> = find(id, lang).iter().map(|page| without_digest(&page.text())).collect();
            insta::assert_snapshot!(format!("{name}-{lang:?}"), pages.join("\n"));
        }
    }
}

/// The digest of a pack changes with every word of it.
fn without_digest(text: &str) -> String {
    let digest = |line: &str| line.strip_prefix("SHA-256 ").map(|_| "SHA-256 …".to_owned());
    let lines: Vec<String> = text.lines().map(|line| digest(line).unwrap_or_else(|| line.to_owned())).collect();
    lines.join("\n") + "\n"
}

/// The name that the ids of both syntaxes share, as the tables of problems give it.
#[test]
fn a_shared_name_shows_the_rules_of_both_syntaxes() {
    let text = |id: &str| find(id, Lang::En).iter().map(|page| page.text()).collect::<String>();
    for (shared, ids) in [
        ("BR-FR-05", &["BR-FR-05_BT-22-1", "BR-FR-05_BT-22_PMT"][..]),
        ("br-fr-31", &["BR-FR-30_BT-21", "BR-FR-31_BT-21"]),
        ("BR-FR-12", &["BR-FR-12_BT-49"]),
        ("BR-FR-05_BT-22-9", &["BR-FR-05_BT-22-1"]),
    ] {
        assert!(ids.iter().all(|id| text(shared).contains(id)), "{shared}: {}", text(shared));
    }
}
