//! What is asked for is found, and nothing silly is offered.

use super::*;

fn first(query: &str) -> (String, String) {
    let found = find(query, Lang::En);
    let first = found.first().unwrap_or_else(|| panic!("nothing is called {query}"));
    (first.id.clone(), first.title.clone())
}

#[test]
fn what_people_ask_for_is_found() {
    for (query, id, title) in [
        ("br-co-10.", "BR-CO-10", "BT-106"),
        ("bt13", "BT-13", "Purchase order reference"),
        ("BT-29-1", "BT-29-1", "scheme"),
        ("BG 25", "BG-25", "LINE"),
        ("VATEX-FR-FRANCHISE", "VATEX-FR-FRANCHISE", "small-business"),
        ("vatex-eu-ae", "VATEX-EU-AE", "reverse charge"),
        ("207", "207", "Disputed"),
        ("380", "380", "commercial invoice"),
        ("c62", "C62", "one (unit)"),
        ("eur", "EUR", "Euro"),
        ("S", "S", "standard"),
        ("FR", "FR", "France"),
        ("0009", "0009", "SIRET"),
        ("UNTDID 1001", "untdid-1001", "document types"),
        ("ISO 3166", "iso-3166", "country"),
        ("a2", "A2", "Missing reference"),
        ("rejetée", "REJETEE", "Rejected"),
        ("PMD", "PMD", "late-payment"),
        ("FCT-XSD-ORDER", "FCT-XSD-ORDER", ""),
        ("tx_tva_err", "TX_TVA_ERR", "VAT rate"),
        ("late-payment-penalties", "late-payment-penalties", "penalties"),
        ("UBL-CR-515", "UBL-CR-515", ""),
        ("IN_REJETE", "IN_REJETE", "rejected"),
        ("en16931", "en16931", "norm"),
        ("application/pdf", "application/pdf", "PDF"),
        ("BR-CO-10_UBL", "BR-CO-10", ""),
        ("refused", "210", "Refused"),
        ("FCT-PDF-*", "FCT-PDF", "rules"),
        ("BR-*", "BR", "rules"),
        ("BR-FR-0*", "BR-FR-0", "rules"),
        ("br-co", "BR-CO", "24 rules"),
        ("kilogram", "KGM", "kilogram"),
    ] {
        let (found, said) = first(query);
        assert!(found == id && said.to_lowercase().contains(&title.to_lowercase()), "{query}: {found}: {said}");
    }
}

#[test]
fn an_id_that_means_several_things_means_all_of_them() {
    let kinds = |query: &str| find(query, Lang::En).into_iter().map(|page| page.what).collect::<Vec<_>>();
    for (query, first, also) in [
        ("501", "Life-cycle status", "document types"),
        ("E", "VAT categories", "Family of causes"),
        ("FR", "country codes", "VAT number prefixes"),
        ("AAB", "note subjects", "reference qualifiers"),
        ("NON_CONFORME", "Reason", "Status of Chorus Pro"),
        ("0009", "electronic address", "identifier schemes"),
    ] {
        let kinds = kinds(query);
        assert!(kinds[0].contains(first) && kinds[1..].iter().any(|kind| kind.contains(also)), "{query}: {kinds:?}");
    }
}

#[test]
fn elements_are_found_by_path_and_by_name() {
    let page = &find("cac:InvoiceLine/cbc:InvoicedQuantity", Lang::En)[0];
    assert!(page.title.starts_with("BT-129"), "{page:?}");
    let text = page.text();
    assert!(text.contains("after cbc:ID, cbc:UUID, cbc:Note; before cbc:LineExtensionAmount"), "{text}");
    assert!(
        find("/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity/@unitCode", Lang::En)[0].title.starts_with("BT-130")
    );
    assert!(find("ram:BuyerReference", Lang::En)[0].title.starts_with("BT-10"));
    assert_eq!(find("buyerreference", Lang::En).len(), 2);
    let unused = find("cbc:UUID", Lang::En).remove(0);
    assert!(unused.title.contains("no term") && unused.text().contains("UBL-CR-005"), "{}", unused.text());
    assert!(find("cac:InvoiceLine/cbc:Nope", Lang::En).is_empty());
    assert!(find("cac:InvoiceLine/ram:BuyerReference", Lang::En).is_empty());
}

#[test]
fn a_slip_is_recognised_and_nonsense_is_not() {
    for (query, wanted) in [
        ("BT-1l", vec!["BT-11"]),
        ("VATEX-FR-FRANCHIZE", vec!["VATEX-FR-FRANCHISE"]),
        ("REJETE", vec!["REJETEE"]),
        ("BR-CO-1O", vec!["BR-CO-10"]),
        ("2O7", vec!["207"]),
        ("BR-C0-10", vec!["BR-CO-10"]),
        ("TX_TVA_ER", vec!["TX_TVA_ERR"]),
        ("PDM", vec!["PMD"]),
        ("late-payement-penalties", vec!["late-payment-penalties"]),
        ("cbc:BuyerReferense", vec!["cbc:BuyerReference"]),
        ("hello", vec![]),
        ("BG-98", vec!["BT-98"]),
        ("BR-S-99", vec![]),
        ("Q", vec![]),
        ("999", vec![]),
        ("99999999", vec![]),
        ("something else entirely", vec![]),
        ("", vec![]),
        ("../../etc/passwd", vec![]),
    ] {
        assert!(find(query, Lang::En).is_empty(), "{query} is something");
        let near = near(query);
        assert!(near.len() <= 3 && near.first().map(String::as_str) == wanted.first().copied(), "{query}: {near:?}");
        assert!(!wanted.is_empty() || near.is_empty(), "{query}: {near:?}");
    }
}

#[test]
fn names_lead_to_ids() {
    let ids = |words: &str, lang| named(words, lang, 5).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert!(ids("purchase order reference", Lang::En).contains(&"BT-13"));
    assert!(ids("franchise en base", Lang::Fr).contains(&"VATEX-FR-FRANCHISE"));
    assert!(ids("kilogramme", Lang::Fr).contains(&"KGM"));
    assert!(ids("xyzzy", Lang::Fr).is_empty() && ids("a", Lang::Fr).is_empty());
}

#[test]
fn everything_is_explained_in_both_languages() {
    let mut count = 0;
    for what in everything() {
        let [fr, en] = [Lang::Fr, Lang::En].map(|lang| what.explained(lang));
        assert_eq!((fr.id.as_str(), en.id.as_str()), (what.id(), what.id()));
        for page in [&fr, &en] {
            assert!(!page.title.trim().is_empty() && !page.what.trim().is_empty(), "{page:?}");
            assert!(!page.text().contains('\u{2019}'), "{page:?}");
        }
        assert!(fr.what != en.what, "{}", what.id());
        count += 1;
    }
    assert!(count > 6000, "{count}");
}

#[test]
fn the_book_links_only_to_what_is_there() {
    for lang in [Lang::Fr, Lang::En] {
        let book = book(lang);
        let anchors: std::collections::HashSet<String> = book
            .leaves
            .iter()
            .flat_map(|leaf| {
                let ids = leaf.text.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
                ids.map(|id| format!("{}#{id}", leaf.file)).collect::<Vec<_>>()
            })
            .collect();
        let mut links = 0;
        for leaf in &book.leaves {
            for target in leaf.text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
                let whole = if target.starts_with('#') { format!("{}{target}", leaf.file) } else { target.to_owned() };
                let there = anchors.contains(&whole) || book.leaves.iter().any(|known| known.file == whole);
                assert!(there, "{}: {target}", leaf.file);
                links += 1;
            }
            assert!(leaf.text.ends_with('\n') && !leaf.text.contains("\n\n\n"), "{}", leaf.file);
        }
        assert!(links > 2000, "{links}");
    }
}

#[test]
fn what_people_write_and_signs_of_no_id() {
    for (written, meant) in [
        ("UK", "GB"),
        ("PCE", "H87"),
        ("TVA", "S"),
        ("vir", "30"),
        ("IC", "K"),
        ("BR-S-8", "BR-S-08"),
        ("BR-CO-4", "BR-CO-04"),
    ] {
        assert!(find(written, Lang::En).is_empty(), "{written}");
        assert_eq!(near(written), [meant], "{written}");
    }
    for none in ["%s", "-x", "S%", "$S", "380=", "BT<13>"] {
        assert!(find(none, Lang::En).is_empty() && !knows(none), "{none}");
    }
    for same in ["«PMD»", "bt 13.", "BT\u{2011}13", "e\u{301}", "BR_CO_10"] {
        assert!(knows(same), "{same}");
    }
}

#[test]
fn a_name_of_the_other_language_is_found() {
    let ids = |lang| find("refusée", lang).into_iter().map(|page| page.id).collect::<Vec<_>>();
    assert!(ids(Lang::Fr).contains(&"210".to_owned()));
    assert_eq!(ids(Lang::En), ids(Lang::Fr));
}

/// One state of ours stands for both: it says so, and neither status is told as the other.
#[test]
fn refused_and_rejected_stay_two() {
    for code in ["210", "213"] {
        let (fr, en) = (find(code, Lang::Fr)[0].text(), find(code, Lang::En)[0].text());
        assert!(fr.contains("l'état refused de facteur : refusée ou rejetée"), "{fr}");
        assert!(en.contains("facteur's state refused: refused or rejected"), "{en}");
    }
}

#[test]
fn a_label_stands_once() {
    for page in everything().map(|what| what.explained(Lang::Fr)) {
        assert!(!page.text().contains("Code de type de moyen de paiement"), "{}", page.id);
    }
}
