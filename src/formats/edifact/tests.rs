//! Meanings, one by one.

use super::*;
use crate::edifact::{Options, read};
use crate::invoice::Term;

mod again;
mod aside;
mod counted;
mod currency;
mod exemption;
mod left;
mod lies;
mod parties;
mod proven;

/// What an INVOIC with this body states.
fn of(release: &str, body: &str) -> Stated {
    with(release, body, &Partner::default())
}

fn with(release: &str, body: &str, partner: &Partner) -> Stated {
    let count = body.matches('\'').count() + 2;
    let text = format!(
        "UNB+UNOC:{}+3012345678902:14+12345678200010:5+{}261122:1000+1'UNH+1+INVOIC:D:{release}:UN'{body}UNT+{count}+1'UNZ+1+1'",
        if release.starts_with("96") { 3 } else { 4 },
        if release.starts_with("96") { "" } else { "20" },
    );
    let (wholes, refusal) = read(text.as_bytes(), &Options::default());
    assert_eq!(refusal, None);
    stated(&wholes[0].messages[0], &wholes[0].packages, partner)
}

fn texts(draft: &Draft, way: &[Term], term: Term) -> Vec<String> {
    let Some((first, rest)) = way.split_first() else {
        return draft.all(term).map(|said| said.text.clone()).collect();
    };
    draft.groups(*first).flat_map(|group| texts(group, rest, term)).collect()
}

const HEAD: &str = "BGM+380+F-1+9'DTM+137:20261122:102'";

fn line(extra: &str) -> String {
    format!("{HEAD}CUX+2:EUR:4'LIN+1++3012345678902:EN'{extra}UNS+S'MOA+79:90'")
}

#[test]
fn a_line_allowance_in_the_price_is_not_taken_off_again() {
    let body = line("QTY+47:10:PCE'MOA+203:90'PRI+AAA:9'PRI+AAB:10'TAX+7+VAT+++:::20+S'ALC+A++++TD'MOA+8:10'");
    let stated = of("96A", &body);
    assert!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136).is_empty());
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_29], bt::BT_147), ["1"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_130), ["H87"]);
    assert!(stated.derived.iter().any(|d| matches!(d.why, Why::InPrice { .. })));
    // The same where the amount is less than quantity × price: the allowance is real.
    let body = line("QTY+47:10'MOA+203:90'PRI+AAA:10'TAX+7+VAT+++:::20+S'ALC+A++++TD'MOA+8:10'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136), ["10"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_140), ["95"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_130), ["C62"]);
    // Neither: it stays, and is told.
    let stated = of("96A", &line("QTY+47:10'MOA+203:77'PRI+AAA:10'ALC+A++++TD'MOA+8:10'"));
    assert_eq!(stated.unbalanced.len(), 1);
}

#[test]
fn the_base_quantity_of_a_price_counts() {
    let body = line("QTY+47:10'MOA+203:90'PRI+AAA:900:::100'ALC+A'MOA+8:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_29], bt::BT_149), ["100"]);
    assert!(stated.draft.groups(bt::BG_25).all(|line| line.groups(bt::BG_27).next().is_none()));
}

#[test]
fn a_gross_price_alone_is_the_net_price_where_it_gives_the_amount() {
    let stated = of("96A", &line("QTY+47:10'MOA+203:90'PRI+AAB:9'"));
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_29], bt::BT_146), ["9"]);
    let stated = of("96A", &line("QTY+47:10'MOA+203:90'PRI+AAB:12'"));
    assert!(texts(&stated.draft, &[bt::BG_25, bt::BG_29], bt::BT_146).is_empty());
}

#[test]
fn allowances_of_the_summary_are_not_counted_twice() {
    let body = format!(
        "{HEAD}ALC+A++++TD'MOA+8:10'TAX+7+VAT+++:::20+S'LIN+1'MOA+203:100'TAX+7+VAT+++:::20+S'UNS+S'MOA+79:100'MOA+125:90'MOA+176:18'MOA+86:108'ALC+A'MOA+8:10'"
    );
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_20], bt::BT_92), ["10"]);
    let total = |term| texts(&stated.draft, &[bt::BG_22], term);
    assert_eq!(
        (total(bt::BT_107), total(bt::BT_109), total(bt::BT_112)),
        (vec!["10.00".into()], vec!["90".into()], vec!["108".into()])
    );
    // Nothing says what is to be paid: it is worked out, and told.
    assert_eq!(total(bt::BT_115), ["108.00"]);
    assert!(stated.derived.iter().any(|d| d.term == bt::BT_115));
    // And the breakdown is made from line and allowance.
    assert_eq!(texts(&stated.draft, &[bt::BG_23], bt::BT_116), ["90.00"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_23], bt::BT_117), ["18.00"]);
}

#[test]
fn amounts_under_tax_are_no_totals() {
    let body = format!(
        "{HEAD}CUX+2:EUR'LIN+1'UNS+S'MOA+79:100'MOA+77:121'MOA+86:120'MOA+125:100'MOA+176:20'MOA+77:999:USD'TAX+7+VAT+++:::20+S'MOA+125:100'MOA+124:20'"
    );
    let stated = of("96A", &body);
    // Two totals: the one that adds up.
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_112), ["120"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_110), ["20"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_23], bt::BT_117), ["20"]);
}

#[test]
fn parties_and_their_identifiers() {
    let body = format!(
        "{HEAD}NAD+SU+12345678200010::107++Ateliers Morel:SAS+12 rue des Ateliers+Lyon++69007'RFF+VA:FR11123456782'RFF+GN:123456782'NAD+BY+C-17::92'NAD+IV+3012345678919::9++Kerguelen'LIN+1'UNS+S'MOA+79:1'"
    );
    let stated = of("96A", &body);
    let draft = &stated.draft;
    assert_eq!(texts(draft, &[bt::BG_4], bt::BT_27), ["Ateliers Morel SAS"]);
    assert_eq!(texts(draft, &[bt::BG_7], bt::BT_44), ["Kerguelen"]);
    let scheme = |group, term| draft.groups(group).next().unwrap().first(term).unwrap().parts[0].text.clone();
    assert_eq!(scheme(bt::BG_4, bt::BT_29), "0009");
    assert_eq!(scheme(bt::BG_4, bt::BT_30), "0002");
    assert_eq!(scheme(bt::BG_7, bt::BT_46), "0088");
    assert_eq!(scheme(bt::BG_4, bt::BT_34), "0088");
    assert_eq!(scheme(bt::BG_7, bt::BT_49), "0009");
    assert_eq!(texts(draft, &[bt::BG_4, bt::BG_5], bt::BT_40), ["FR"]);
    // The orderer is not the buyer, and not forgotten.
    assert!(stated.untaken.iter().any(|u| u.segment == "NAD+BY"));
}

#[test]
fn payment_is_due_so_many_days_after_the_invoice() {
    for (pat, due) in [
        ("PAT+1++5:3:D:30'", "2026-12-22"),
        ("PAT+1++5:3:M:3'", "2027-02-22"),
        ("PAT+3++66'DTM+13:20261231:102'", "2026-12-31"),
    ] {
        let stated = of("96A", &format!("{HEAD}{pat}LIN+1'UNS+S'MOA+79:1'"));
        assert_eq!(texts(&stated.draft, &[], bt::BT_9), [due], "{pat}");
        assert_eq!(stated.derived.iter().any(|d| d.term == bt::BT_9), pat.contains("5:3"));
    }
    let stated = of("96A", &format!("{HEAD}PAT+22++5:3:D:30'LIN+1'UNS+S'MOA+79:1'"));
    assert!(texts(&stated.draft, &[], bt::BT_9).is_empty());
}

#[test]
fn the_order_of_all_lines_is_that_of_the_invoice() {
    let lines = |a, b| format!("{HEAD}LIN+1'RFF+ON:{a}:1'LIN+2'RFF+ON:{b}'UNS+S'MOA+79:1'");
    assert_eq!(texts(&of("01B", &lines("C1", "C1")).draft, &[], bt::BT_13), ["C1"]);
    let stated = of("01B", &lines("C1", "C2"));
    assert!(texts(&stated.draft, &[], bt::BT_13).is_empty());
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_132), ["1"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::EXT_FR_FE_135), ["C1", "C2"]);
}

#[test]
fn further_references_are_documents() {
    let body = format!("{HEAD}RFF+ON:C1'RFF+ON:C2'RFF+DQ:L1'LIN+1'UNS+S'MOA+79:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[], bt::BT_13), ["C1"]);
    assert_eq!(texts(&stated.draft, &[], bt::BT_16), ["L1"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_24], bt::BT_122), ["C2"]);
}

#[test]
fn vat_of_the_header_is_that_of_lines_without() {
    let body = format!("{HEAD}TAX+7+VAT+++:::20+S'LIN+1'MOA+203:1'LIN+2'TAX+7+VAT+++:::5.5+S'UNS+S'MOA+79:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_30], bt::BT_152), ["20", "5.5"]);
}

#[test]
fn a_tax_that_is_no_vat_is_a_charge() {
    let body = line("QTY+47:10'MOA+203:91'PRI+AAA:9'TAX+7+VAT+++:::20+S'TAX+7+ENV'MOA+124:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_28], bt::BT_141), ["1"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_30], bt::BT_151), ["S"]);
}

#[test]
fn notes_and_terms_of_payment() {
    let seller = "NAD+SU+1::9++Morel+r+Lyon++69007+FR'";
    let body = format!(
        "{HEAD}FTX+AAB+++Pas d?'escompte'FTX+PMT+++40 EUR'FTX+REG+++SAS:au capital de 50000 EUR'{seller}LIN+1'UNS+S'MOA+79:1'"
    );
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[], bt::BT_20), ["Pas d'escompte"]);
    let mut notes = texts(&stated.draft, &[bt::BG_1], bt::BT_21);
    notes.sort();
    assert_eq!(notes, ["AAB", "PMT"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_4], bt::BT_33), ["SAS au capital de 50000 EUR"]);
}

#[test]
fn what_only_the_partner_knows() {
    let partner = Partner {
        constants: vec![
            (bt::BT_24, "urn:cen.eu:en16931:2017".into()),
            (bt::BT_23, "B1".into()),
            (bt::BT_131, "1".into()),
        ],
        negative_credit_notes: true,
        ..Partner::default()
    };
    let body = "BGM+381+A-1+9'DTM+137:20261122:102'LIN+1'QTY+47:-2'MOA+203:-10'PRI+AAA:5'UNS+S'MOA+79:-10'MOA+9:0'";
    let stated = with("96A", body, &partner);
    assert_eq!(texts(&stated.draft, &[bt::BG_2], bt::BT_24), ["urn:cen.eu:en16931:2017"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_106), ["10"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_129), ["2"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_29], bt::BT_146), ["5"]);
    assert!(texts(&stated.draft, &[], bt::BT_131).is_empty());
    // Without the agreement nothing is turned round.
    assert_eq!(texts(&of("96A", body).draft, &[bt::BG_22], bt::BT_106), ["-10"]);
}

#[test]
fn the_form_of_en_16931() {
    let body = "BGM+380+F-1'DTM+137:20261122:102'DTM+35::102'FTX+AAB+++30 jours'FTX+DOC++P1+urn?:cen.eu?:en16931?:2017'FTX+AGM++VATEX-EU-132+Formation'RFF+ATS'GIR+14+OBJ9'NAD+SE+5790000436101:0088++Morel:Marque+rue:etage+Lyon+:::Rhone+69007+FR'FII+RB+FR76 1'FII+RB+FR761+AGRIFRPP'CTA+IC'COM+a@b.fr:EM'CTA+SU+:Marie'COM+01:TE'NAD+BY+++K'RFF+AOU:7'RFF+AVS:RUM'CUX+2:EUR'PYT+1'DTM+13:20261222:102'PYT+1'PAI+::58'EFI+bl.pdf:Bon'RFF+ATS:BL7'LIN+1++123:SRV'PIA+1+9:HS'IMD+F++:::Nom'QTY+47:1:PCE'MOA+203:10'PRI+AAA:10:::1:C62'TAX+7+VAT+++:::0+E'ALC+A'MOA+509:2'UNS+S'MOA+79:10'TAX+7+VAT+++:::0+E'MOA+125:10'MOA+124:0'";
    let stated = of("14B:UN::16B", body);
    let draft = &stated.draft;
    let all = |way: &[Term], term| texts(draft, way, term).join("|");
    assert_eq!(stated.chosen, Chosen::Named);
    assert_eq!(stated.faults, []);
    assert_eq!(all(&[], bt::BT_8), "29");
    assert_eq!(all(&[bt::BG_2], bt::BT_23), "P1");
    assert_eq!(all(&[bt::BG_2], bt::BT_24), "urn:cen.eu:en16931:2017");
    assert_eq!(all(&[], bt::BT_18), "OBJ9");
    assert_eq!(all(&[bt::BG_4], bt::BT_28), "Marque");
    assert_eq!(all(&[bt::BG_4], bt::BT_34), "a@b.fr");
    assert_eq!(all(&[bt::BG_4, bt::BG_5], bt::BT_39), "Rhone");
    assert_eq!(all(&[bt::BG_4, bt::BG_6], bt::BT_41), "Marie");
    assert_eq!(all(&[bt::BG_16, bt::BG_17], bt::BT_86), "AGRIFRPP");
    assert_eq!(draft.groups(bt::BG_16).flat_map(|g| g.groups(bt::BG_17)).count(), 1);
    assert_eq!(all(&[bt::BG_16, bt::BG_19], bt::BT_89), "RUM");
    assert_eq!(all(&[bt::BG_16], bt::BT_81), "58");
    assert_eq!(all(&[], bt::BT_9), "2026-12-22");
    assert_eq!(all(&[bt::BG_24], bt::BT_122), "BL7");
    assert_eq!(all(&[bt::BG_23], bt::BT_120), "Formation");
    assert_eq!(all(&[bt::BG_23], bt::BT_121), "VATEX-EU-132");
    assert_eq!(all(&[bt::BG_25, bt::BG_29], bt::BT_147), "2");
    assert_eq!(draft.groups(bt::BG_25).flat_map(|g| g.groups(bt::BG_27)).count(), 0);
    assert_eq!(all(&[bt::BG_25, bt::BG_31], bt::BT_158), "9");
    // Nothing is worked out that this form can state.
    assert!(draft.groups(bt::BG_22).all(|totals| totals.first(bt::BT_115).is_none()));
}

#[test]
fn what_came_back_is_the_quantity_where_none_is_invoiced() {
    let amounts = |quantity: &str, amount: &str| {
        let stated = of("96A", &line(&format!("{quantity}MOA+203:{amount}'PRI+AAA:9'")));
        (texts(&stated.draft, &[bt::BG_25], bt::BT_129), stated.derived.iter().any(|d| d.why == Why::Returned))
    };
    assert_eq!(amounts("QTY+61:10:KGM'", "90"), (vec!["10".to_owned()], true));
    assert_eq!(amounts("QTY+61:10:KGM'", "-90"), (vec!["-10".to_owned()], true));
    assert_eq!(amounts("QTY+61:-10:KGM'", "-90"), (vec!["-10".to_owned()], true));
    assert_eq!(amounts("QTY+47:12'QTY+61:2'", "90"), (vec!["12".to_owned()], false));
    let stated = of("96A", &line("QTY+61:10:PCE'MOA+203:90'"));
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_130), ["H87"]);
}

#[test]
fn percentages_are_taken_step_by_step() {
    // 1000: 10 % and 5 % of it, then 2 % of what is left.
    let steps = "ALC+A+++1'PCD+1:10'ALC+A+++1'PCD+1:5'ALC+C+++2'PCD+2:2'";
    let body = format!("{HEAD}CUX+2:EUR'{steps}LIN+1'MOA+203:1000'UNS+S'MOA+79:1000'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_20], bt::BT_92), ["100.00", "50.00"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_99), ["17.00"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_100), ["850.00"]);
    assert_eq!(stated.derived.iter().filter(|d| d.why == Why::Percentage).count(), 3);
    // A stated base is the base, and a stated amount stays.
    let body = body.replace("PCD+1:5'", "PCD+1:5'MOA+25:200'").replace("PCD+1:10'", "PCD+1:10'MOA+8:90'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_20], bt::BT_92), ["90", "10.00"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_100), ["900.00"]);
    // Of a line: off the gross price, so that the net price holds it; or off quantity × price.
    let stated = of("96A", &line("QTY+47:10'MOA+203:81'PRI+AAA:8.1'PRI+AAB:10'ALC+A+++1'PCD+1:10'ALC+A+++2'PCD+1:10'"));
    assert!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136).is_empty());
    assert!(stated.unbalanced.is_empty());
    let stated = of("96A", &line("QTY+47:10'MOA+203:81'PRI+AAA:10'ALC+A+++1'PCD+1:10'ALC+A+++2'PCD+1:10'"));
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136), ["10.00", "9.00"]);
    assert!(stated.unbalanced.is_empty());
}

#[test]
fn the_order_may_stand_with_the_buyer() {
    let body = format!("{HEAD}NAD+BY+A::9++Magasin'RFF+ON:C1'NAD+IV+B::9++Centrale'LIN+1'UNS+S'MOA+79:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[], bt::BT_13), ["C1"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_7], bt::BT_44), ["Centrale"]);
    assert!(stated.derived.iter().any(|d| d.why == Why::Invoicee));
    let same = body.replace("+B::9", "+A::9");
    assert!(of("96A", &same).derived.iter().all(|d| d.why != Why::Invoicee));
}

#[test]
fn an_address_without_structure_is_its_lines() {
    let stated = of("96A", &format!("{HEAD}NAD+SU+1::9+12 rue A:Batiment C:CS 1+Morel'LIN+1'UNS+S'MOA+79:1'"));
    let at = |term| texts(&stated.draft, &[bt::BG_4, bt::BG_5], term);
    assert_eq!((at(bt::BT_35), at(bt::BT_36)), (vec!["12 rue A".to_owned()], vec!["Batiment C".to_owned()]));
    assert_eq!(at(bt::BT_162), ["CS 1"]);
}

#[test]
fn several_rates_in_the_header_are_nobody_s() {
    let body = format!("{HEAD}TAX+7+VAT+++:::20+S'TAX+7+VAT+++:::5.5+S'LIN+1'MOA+203:1'UNS+S'MOA+79:1'");
    assert!(texts(&of("96A", &body).draft, &[bt::BG_25, bt::BG_30], bt::BT_152).is_empty());
}

#[test]
fn taxes_of_the_header_that_are_no_vat_are_charges_each() {
    let body =
        format!("{HEAD}TAX+7+ENV'MOA+124:1.50'TAX+7+EXC'MOA+161:2'TAX+7+VAT+++:::20+S'LIN+1'MOA+203:1'UNS+S'MOA+79:1'");
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_99), ["1.50", "2"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_30], bt::BT_152), ["20"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_108), ["3.50"]);
}

#[test]
fn a_message_says_what_it_is_sent_for() {
    for (code, function) in [
        ("9", Function::Original),
        ("", Function::Original),
        ("1", Function::Cancel),
        ("5", Function::Replace),
        ("31", Function::Copy),
        ("43", Function::Again),
        ("53", Function::Test),
        ("4", Function::Other),
    ] {
        let stated = of("01B", &format!("BGM+380+F-1+{code}'DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'"));
        assert_eq!((&*stated.function.0, Function::of(&stated.function.0)), (code, function));
        assert!(!stated.test);
    }
}

#[test]
fn a_credit_note_without_lines_states_no_line() {
    let stated = of("96A", "BGM+381+A-1+9'DTM+137:20261122:102'CUX+2:EUR'UNS+S'MOA+79:10'");
    assert_eq!(stated.draft.groups(bt::BG_25).count(), 0);
    assert_eq!(stated.faults, []);
}

#[test]
fn places_are_those_of_the_message() {
    let stated = of("96A", &line("QTY+47:10:KGM'MOA+203:90'"));
    let line = stated.draft.groups(bt::BG_25).next().unwrap();
    let Some(Place::Edifact { segment, element, component, .. }) = line.first(bt::BT_131).unwrap().place else {
        panic!()
    };
    assert_eq!((segment, element, component), (7, 1, 2));
    let Some(Place::Edifact { segment, element, .. }) = line.place else { panic!() };
    assert_eq!((segment, element), (5, 0));
}

/// 388 and 389 are in no list of D96A: nobody is told to write them there.
#[test]
fn a_term_stands_where_its_directory_has_a_code() {
    use crate::formats::edifact::structure::Directory;
    let homes = |directory| [bt::BT_109, bt::BT_112, bt::BT_114].map(|term| binding::home(directory, term).unwrap());
    assert_eq!(homes(Directory::D96A), ["UNS / MOA+125, 1.2", "UNS / MOA+77, 1.2", "UNS / MOA+165, 1.2"]);
    assert_eq!(homes(Directory::D16B), ["UNS / MOA+389, 1.2", "UNS / MOA+388, 1.2", "UNS / MOA+366, 1.2"]);
}

#[test]
fn what_is_said_twice_and_differently_is_told() {
    let told = |body: &str| -> Vec<(Term, String, String, bool)> {
        of("96A", body).doubts.into_iter().map(|d| (d.term, d.read, d.other, d.open)).collect()
    };
    let of_line = line("QTY+47:10'QTY+47:12'MOA+203:90'PRI+AAA:9'TAX+7+VAT+++:::20+S'TAX+7+VAT+++:::5.5+S'");
    let lines = told(&of_line);
    assert!(lines.contains(&(bt::BT_129, "10".into(), "12".into(), true)), "{lines:?}");
    assert!(lines.contains(&(bt::BT_152, "20".into(), "5.5".into(), true)), "{lines:?}");
    // The same again, or the same value, is no contradiction.
    assert!(told(&line("QTY+47:10'QTY+47:10.0'MOA+203:90'PRI+AAA:9'")).is_empty());
    let document = "BGM+380+F-1+9'BGM+381+F-2+9'DTM+137:20261122:102'NAD+BY+++X'NAD+BY+++Y'CUX+2:EUR:4'CUX+2:USD:4'UNS+S'MOA+79:1'";
    let terms: Vec<Term> = told(document).into_iter().map(|d| d.0).collect();
    for term in [bt::BT_1, bt::BT_3, bt::BT_5, bt::BT_44] {
        assert!(terms.contains(&term), "{term}: {terms:?}");
    }
    let totals = |more: &str| told(&line(&format!("UNS+S'MOA+125:50'MOA+176:10'MOA+77:60'{more}")));
    assert_eq!(totals("MOA+77:70'"), [(bt::BT_112, "60".into(), "70".into(), true)]);
    assert_eq!(totals("MOA+128:61'"), [(bt::BT_112, "60".into(), "61".into(), false)]);
    assert!(totals("MOA+86:60.00'").is_empty());
}

#[test]
fn the_parts_of_a_segment_that_no_term_takes_are_told() {
    let left = |body: &str| -> Vec<String> { of("96A", body).untaken.into_iter().map(|u| u.segment).collect() };
    let body = format!(
        "{HEAD}RFF+ON:P1'RFF+DQ:B:3'CUX+2:EUR:4+3:GBP:4'LIN+1'MOA+203:1'RFF+ON:P1:1'LIN+2'MOA+203:1'RFF+ON:P2:1'UNS+S'CNT+16:7'CNT+2:2'MOA+79:2'"
    );
    assert_eq!(left(&body), ["RFF+DQ 1.3", "CUX+2 2.2", "CNT+16"]);
}

#[test]
fn an_amount_that_quantity_and_price_do_not_give_is_told() {
    let unbalanced = |line_: &str| of("96A", &line(line_)).unbalanced.len();
    assert_eq!(unbalanced("QTY+47:1.000'MOA+203:5000'PRI+AAA:5'"), 1);
    assert_eq!(unbalanced("QTY+47:1000'MOA+203:5000'PRI+AAA:5'"), 0);
    // A price that was rounded gives the amount as nearly as it can.
    assert_eq!(unbalanced("QTY+47:3000'MOA+203:1000'PRI+AAA:0.33'"), 0);
    assert_eq!(unbalanced("QTY+47:3000'MOA+203:1001'PRI+AAA:0.3333'"), 1);
    // A price in whole units is one in cents.
    assert_eq!(unbalanced("QTY+47:10'MOA+203:52'PRI+AAA:5'"), 1);
}

#[test]
fn a_negative_credit_note_is_told_unless_it_is_agreed() {
    let body = "BGM+381+A-1+9'DTM+137:20261122:102'CUX+2:EUR:4'LIN+1'MOA+203:-50'UNS+S'MOA+79:-50'MOA+77:-60'";
    assert_eq!(of("96A", body).negative.map(|n| n.0).as_deref(), Some("-60"));
    let partner = Partner { negative_credit_notes: true, ..Partner::default() };
    assert_eq!(with("96A", body, &partner).negative, None);
    assert_eq!(of("96A", &body.replace('-', "").replace("A1", "A")).negative, None);
}

#[test]
fn the_total_of_vat_is_the_breakdown_where_it_lies_between_the_totals() {
    let totals = |gross: &str| {
        let body = format!(
            "UNS+S'MOA+125:150'MOA+77:{gross}'TAX+7+VAT+++:::20+S'MOA+124:10'MOA+125:50'TAX+7+VAT+++:::5.5+S'MOA+124:5.5'MOA+125:100'"
        );
        texts(&of("96A", &format!("{HEAD}CUX+2:EUR:4'LIN+1'{body}")).draft, &[bt::BG_22], bt::BT_110)
    };
    assert_eq!(totals("165.50"), ["15.50"]);
    assert!(totals("170").is_empty());
}

#[test]
fn further_references_of_a_french_seller_have_a_role_that_french_rules_take() {
    let body = |vat: &str| {
        format!("{HEAD}RFF+ON:P1'RFF+ON:P2'RFF+DQ:B1'RFF+DQ:B2'NAD+SU+++X'RFF+VA:{vat}'LIN+1'UNS+S'MOA+79:1'")
    };
    let roles = |vat: &str| texts(&of("96A", &body(vat)).draft, &[bt::BG_24], bt::BT_123);
    assert_eq!(roles("FR83404833048"), ["BON_COMMANDE", "BON_LIVRAISON"]);
    assert_eq!(roles("DE123456789"), ["Purchase order reference", "Despatch advice reference"]);
}
