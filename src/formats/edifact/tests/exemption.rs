//! Whose a reason of exemption is.

use super::*;

fn of(release: &str, texts: &str, categories: &[&str]) -> Stated {
    let taxes: String = categories.iter().map(|c| format!("TAX+7+VAT+++:::0+{c}'MOA+125:1'MOA+124:0'")).collect();
    super::of(release, &format!("{HEAD}{texts}CUX+2:EUR'LIN+1'MOA+203:2'UNS+S'MOA+79:2'{taxes}"))
}

fn reasons(stated: &Stated) -> String {
    let taxes = stated.draft.groups(bt::BG_23).map(|tax| tax.text(bt::BT_120).unwrap_or("-").to_owned());
    taxes.collect::<Vec<_>>().join("|")
}

fn notes(stated: &Stated) -> String {
    texts(&stated.draft, &[bt::BG_1], bt::BT_22).join("|")
}

fn is_derived(stated: &Stated, term: Term, why: &Why) -> bool {
    stated.derived.iter().any(|one| one.term == term && one.why == *why)
}

#[test]
fn a_reason_of_exemption_is_of_the_breakdown_that_its_code_names() {
    for (release, code) in [("96A", "TXD"), ("01B", "AGM")] {
        let stated = of(release, &format!("FTX+{code}+++one'FTX+{code}+++two'"), &["AE", "E"]);
        // Nothing says which is whose: they are one note, since BR-FR-06 takes no two.
        assert_eq!((reasons(&stated), notes(&stated)), ("-|-".into(), "one; two".into()));
        assert!(is_derived(&stated, bt::BG_1, &Why::Reasons));
        assert!(
            stated.remarks[0].what.en.contains("(AE, E)")
                && stated.remarks[0].fix.en.contains(&format!("FTX+{code}++VATEX"))
        );
        // Of one category it is sure, and one reason is of all.
        let stated = of(release, &format!("FTX+{code}+++one'FTX+{code}+++two'"), &["E"]);
        assert_eq!((reasons(&stated), notes(&stated)), ("one".into(), "two".into()));
        assert_eq!(reasons(&of(release, &format!("FTX+{code}+++one'"), &["AE", "E"])), "one|one");
    }
    let coded = "FTX+AGM++VATEX-EU-AE+one'FTX+AGM++VATEX-EU-132+two'";
    assert_eq!(reasons(&of("01B", coded, &["E", "AE"])), "two|one");
    assert_eq!(reasons(&of("16B", coded, &["E", "AE"])), "two|one");
    let stated = of("16B", "FTX+AGM+++one'FTX+AGM+++two'", &["E", "AE"]);
    assert_eq!((reasons(&stated), stated.remarks.len()), ("-|-".into(), 1));
    assert!(stated.untaken.iter().any(|one| one.segment == "FTX+AGM"));
    // The law prescribes what is written where the buyer owes the tax; any accountant knows it by that.
    let mentions = "FTX+TXD+++Exonération, article 261 du CGI'FTX+TXD+++Autoliquidation, article 283-2'";
    let stated = of("96A", mentions, &["AE", "E"]);
    assert_eq!(reasons(&stated), "Autoliquidation, article 283-2|Exonération, article 261 du CGI");
    assert!(is_derived(&stated, bt::BT_120, &Why::Mention) && stated.remarks.is_empty() && notes(&stated).is_empty());
    let other = of("96A", &mentions.replace("Exonération, article 261 du CGI", "TVA sur les débits"), &["AE", "E"]);
    assert_eq!(
        (reasons(&other), notes(&other)),
        ("Autoliquidation, article 283-2|-".into(), "TVA sur les débits".into())
    );
}

/// What is read of FTX+TXD: the reasons of the breakdowns, and the notes.
fn read(texts: &[&str], categories: &[&str]) -> (String, String) {
    let texts: String = texts.iter().map(|text| format!("FTX+TXD+++{text}'")).collect();
    let stated = of("96A", &texts, categories);
    (reasons(&stated), notes(&stated))
}

#[test]
fn a_reason_is_never_that_of_a_category_which_it_does_not_name() {
    for (texts, categories, wanted, left) in [
        (&["Autoliquidation"][..], &["AE", "E"][..], "Autoliquidation|-", ""),
        (&["Exonération art. 261 CGI"], &["AE", "E"], "-|Exonération art. 261 CGI", ""),
        (&["TVA non applicable, art. 293 B du CGI"], &["AE", "E"], "-|TVA non applicable, art. 293 B du CGI", ""),
        (&["Art. 283-2 nonies CGI"], &["AE", "E"], "Art. 283-2 nonies CGI|-", ""),
        // It names both, or neither: one reason is of all.
        (&["Exonération, art. 262 ter I ; reverse charge"], &["AE", "K"], "1|1", ""),
        (&["Chantier"], &["AE", "E"], "Chantier|Chantier", ""),
        (&["Exonération de TVA"], &["AE", "E", "K"], "-|Exonération de TVA|Exonération de TVA", ""),
        // Negated it names nothing.
        (
            &["Pas d autoliquidation exonération art 261 CGI", "Loi de finances"],
            &["AE", "E"],
            "-|Pas d autoliquidation exonération art 261 CGI",
            "Loi de finances",
        ),
        (
            &["Autoliquidation. Exonération art. 261", "Autre"],
            &["AE", "E"],
            "-|-",
            "Autoliquidation. Exonération art. 261; Autre",
        ),
        (
            &["Exonération TVA art. 262 I du CGI", "Autre"],
            &["E", "G"],
            "-|-",
            "Exonération TVA art. 262 I du CGI; Autre",
        ),
    ] {
        let (reasons, notes) = read(texts, categories);
        let wanted = wanted.replace('1', if wanted == "1|1" { texts[0] } else { "1" });
        assert_eq!((reasons, &*notes), (wanted, left), "{texts:?} {categories:?}");
    }
}

#[test]
fn when_vat_falls_due_is_no_reason() {
    for due in [
        "TVA sur les débits",
        "TVA acquittee sur les encaissements",
        "Option pour le paiement de la taxe d’après les débits",
        "MEMBRE_ASSUJETTI_UNIQUE",
    ] {
        let exempt = "Exonération art. 261 CGI";
        assert_eq!(read(&[due, exempt], &["S", "E"]), (format!("-|{exempt}"), due.to_owned()));
        assert_eq!(read(&[due], &["S", "E"]), ("-|-".into(), due.to_owned()));
        assert_eq!(read(&[due, "one"], &["AE", "E"]), ("one|one".into(), due.to_owned()));
    }
    let both = "TVA sur les encaissements - exonération art. 261 CGI";
    assert_eq!(read(&[both], &["S", "E"]), (format!("-|{both}"), String::new()));
    // Of two of one category, the one that says so.
    assert_eq!(read(&["Chantier", "Autoliquidation"], &["AE"]), ("Autoliquidation".into(), "Chantier".into()));
}

#[test]
fn what_is_asked_is_true_where_one_reason_was_attributed() {
    let stated = of("96A", "FTX+TXD+++Autoliquidation'FTX+TXD+++Autre'", &["AE", "E"]);
    assert_eq!((reasons(&stated), notes(&stated)), ("Autoliquidation|-".into(), "Autre".into()));
    let [asked] = &stated.remarks[..] else { panic!("{:?}", stated.remarks) };
    assert!(
        asked.what.en.contains("not sure (1)") && asked.what.en.contains("left without a reason (E)"),
        "{}",
        asked.what.en
    );
}
