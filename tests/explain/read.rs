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
            let pages: Vec<String> = find(id, lang).iter().map(|page| page.text()).collect();
            insta::assert_snapshot!(format!("{name}-{lang:?}"), pages.join("\n"));
        }
    }
}
