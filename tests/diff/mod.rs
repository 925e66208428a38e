//! `facteur diff`: what is the same is the same however it is written, and what differs is told, that and nothing else.

mod command;
mod repeated;
mod same;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::process::{Command, Stdio};

use facteur::diff::{self, Change, Diff, Difference, Heading, Options};
use facteur::formats::read;
use facteur::invoice::{Kind, Syntax, Term, bt};
use facteur::text::Lang;
use proptest::prelude::*;
use serde_json::Value;

use crate::stage::PROGRAM;

const FULL: [&str; 4] =
    ["invoices/ubl-full.xml", "invoices/cii-full.xml", "invoices/ubl-creditnote.xml", "diff/twin-cii.xml"];

fn fixture(path: &str) -> String {
    fs::read_to_string(format!("fixtures/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn compare(a: &str, b: &str, options: &Options) -> Diff {
    let (a, b) = (read(a.as_bytes()).unwrap(), read(b.as_bytes()).unwrap());
    diff::compare(&a.invoice, &b.invoice, options)
}

fn plain(a: &str, b: &str) -> Diff {
    compare(a, b, &Options::default())
}

fn as_written() -> Options {
    Options { as_written: true, ..Options::default() }
}

/// Change, term or path, value in a, value in b.
fn told(diff: &Diff) -> Vec<String> {
    let value = |said: &Option<diff::Said>| said.as_ref().map_or("-".to_owned(), |s| s.value.clone());
    let line = |d: &Difference| {
        let at = d.a.as_ref().or(d.b.as_ref()).unwrap();
        format!("{} {}: {} | {}", d.change.as_str(), at.address, value(&d.a), value(&d.b))
    };
    diff.differences.iter().chain(&diff.outside).map(line).collect()
}

/// The elements of a name, as ranges of the text; they do not nest.
fn elements(text: &str, name: &str) -> Vec<Range<usize>> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let starts = text.match_indices(&open).map(|(at, _)| at);
    starts.map(|at| at..at + text[at..].find(&close).unwrap() + close.len()).collect()
}

/// The document with its elements of a name in another order.
fn reordered(text: &str, name: &str, order: &[usize]) -> String {
    let ranges = elements(text, name);
    let mut out = text[..ranges[0].start].to_owned();
    for (n, range) in ranges.iter().enumerate() {
        out.push_str(&text[ranges[order[n]].clone()]);
        out.push_str(&text[range.end..ranges.get(n + 1).map_or(text.len(), |next| next.start)]);
    }
    out
}

fn line_name(text: &str) -> &'static str {
    match () {
        () if text.contains("<cac:InvoiceLine>") => "cac:InvoiceLine",
        () if text.contains("<cac:CreditNoteLine>") => "cac:CreditNoteLine",
        () => "ram:IncludedSupplyChainTradeLineItem",
    }
}

/// Every place where a value can be changed: the term, its range in the text, and what to put there.
fn values(text: &str) -> Vec<(Term, Range<usize>, String)> {
    let read = read(text.as_bytes()).unwrap();
    let ubl = read.invoice.syntax() != Syntax::Cii;
    let source = read.invoice.tree().source();
    let mut found = Vec::new();
    for occurrence in read.invoice.occurrences().filter(|o| !o.is_echo()) {
        let value = occurrence.trimmed();
        // A text that was put together from pieces stands nowhere as it is.
        let Some(at) = (value.as_ptr() as usize).checked_sub(source.as_ptr() as usize).filter(|at| *at < source.len())
        else {
            continue;
        };
        let other = match occurrence.term().kind() {
            Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage => {
                (occurrence.number().unwrap() + facteur::decimal::Decimal::from(7)).to_string()
            }
            Kind::Date if ubl => "2031-07-08".to_owned(),
            Kind::Date => "20310708".to_owned(),
            Kind::Binary if !occurrence.is_attribute() => "YXV0cmU=".to_owned(),
            _ => "autre".to_owned(),
        };
        found.push((occurrence.term(), at..at + value.len(), other));
    }
    found.sort_by_key(|(_, range, _)| range.start);
    found
}

fn replaced(text: &str, range: &Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..range.start], &text[range.end..])
}

/// Terms of which other terms depend, by what the syntaxes ask for: the currencies decide which total of VAT is which; the code
/// in a UBL note is told by its length; a scheme may decide which term an identifier is.
const DECIDES: [Term; 3] = [bt::BT_5, bt::BT_6, bt::BT_21];

#[test]
fn the_twins_are_one_invoice() {
    for (a, b) in [
        ("diff/twin-ubl.xml", "diff/twin-cii.xml"),
        ("invoices/ubl-full.xml", "invoices/cii-full.xml"),
        ("invoices/ubl-minimal.xml", "invoices/cii-minimal.xml"),
    ] {
        let (ubl, cii) = (fixture(a), fixture(b));
        for (a, b) in [(&ubl, &cii), (&cii, &ubl)] {
            let diff = plain(a, b);
            assert_eq!(told(&diff), [""; 0]);
            assert_eq!(diff.uncompared, []);
            // Asked for, what is written otherwise is told, and said to be that.
            let written = compare(a, b, &as_written());
            assert_eq!(written.differences.len(), diff.written, "{:?}", told(&written));
            assert!(written.differences.iter().all(|d| matches!(d.change, Change::Written | Change::Moved)));
        }
    }
    let written = compare(&fixture("diff/twin-ubl.xml"), &fixture("diff/twin-cii.xml"), &as_written());
    let moved: Vec<&str> = written
        .differences
        .iter()
        .filter(|d| d.change == Change::Moved)
        .filter_map(|d| d.a.as_ref().map(|said| said.address.as_str()))
        .collect();
    // The fewest that explain the other order.
    assert_eq!(moved.len(), 5, "{moved:?}");
}

#[test]
fn the_twins_of_the_test_are_clean_invoices() {
    for name in ["twin-ubl.xml", "twin-cii.xml"] {
        let bytes = fixture(&format!("diff/{name}"));
        assert_eq!(read(bytes.as_bytes()).unwrap().faults, [], "{name}");
        let run = Command::new(PROGRAM)
            .args(["validate", "--rules", "en16931", &format!("fixtures/diff/{name}")])
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    }
}

#[test]
fn nothing_differs_from_itself() {
    let mut compared = 0;
    for folder in ["invoices", "diff", "rules/en16931", "rules/fr", "hostile", "demo/invoices"] {
        for entry in fs::read_dir(format!("fixtures/{folder}")).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let Ok(document) = read(&bytes) else { continue };
            let diff = diff::compare(&document.invoice, &document.invoice, &as_written());
            assert_eq!(diff, Diff::default(), "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// Each value of each term changed in turn: that term differs, with both values, and no other.
#[test]
fn a_term_that_changed_is_told_and_no_other() {
    let mut terms = BTreeSet::new();
    for path in FULL {
        let text = fixture(path);
        for (term, range, other) in values(&text) {
            let changed = replaced(&text, &range, &other);
            let Ok(document) = read(changed.as_bytes()) else { panic!("{path}: {term} made it unreadable") };
            let original = read(text.as_bytes()).unwrap();
            let diff = diff::compare(&original.invoice, &document.invoice, &Options::default());
            let found = told(&diff);
            assert!(!diff.is_same(), "{path}: {term} at {range:?} is not told");
            if DECIDES.contains(&term) {
                assert!(diff.differences.iter().any(|d| d.term == Some(term)), "{path}: {term}: {found:#?}");
                continue;
            }
            assert!(diff.differences.iter().all(|d| d.term == Some(term)), "{path}: {term}: {found:#?}");
            assert_eq!(diff.outside, [], "{path}: {term}: {found:#?}");
            // What a syntax writes in several places makes two of it when one of them changes.
            let several = [bt::BT_7, bt::BT_8, bt::BT_9, bt::BT_83, bt::BT_90].contains(&term);
            if !several {
                let [one] = diff.differences.as_slice() else { panic!("{path}: {term}: {found:#?}") };
                assert_eq!(one.change, Change::Changed, "{path}: {term}: {found:#?}");
                assert_eq!(one.delta.is_some(), term.is_number(), "{path}: {term}");
                assert_ne!(one.a.as_ref().unwrap().value, one.b.as_ref().unwrap().value);
            }
            terms.insert(term);
        }
    }
    // All of the norm, but for what excludes something else there.
    let missed: Vec<Term> = Term::all().filter(|t| !t.is_group() && !t.is_extension() && !terms.contains(t)).collect();
    assert!(missed.iter().all(|t| DECIDES.contains(t) || *t == bt::BT_7), "{missed:?}");
}

/// Each element that holds one value taken out in turn.
#[test]
fn a_term_that_is_missing_is_told() {
    for path in ["invoices/ubl-full.xml", "invoices/cii-full.xml"] {
        let text = fixture(path);
        let original = read(text.as_bytes()).unwrap();
        let mut seen = 0;
        for (term, range, _) in values(&text) {
            let gone = replaced(&text, &range, "");
            let document = read(gone.as_bytes()).unwrap();
            let diff = diff::compare(&original.invoice, &document.invoice, &Options::default());
            // Nothing written says what its absence says: the price before discount, which is the sum of two others here.
            let means = [bt::BT_147, bt::BT_148, bt::BT_149, bt::BT_150, bt::BT_113, bt::BT_114];
            assert!(!diff.is_same() || means.contains(&term), "{path}: {term} at {range:?} is not told");
            seen += 1;
        }
        assert!(seen > 150, "{seen}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Lines in any order, some values changed: what changed is told, whatever moved; and the other way round is the mirror image.
    #[test]
    fn what_moved_is_no_difference_and_what_changed_is(
        which in 0..FULL.len(),
        order in prop::collection::vec(any::<u32>(), 16),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let text = fixture(FULL[which]);
        let all: Vec<_> = values(&text).into_iter().filter(|(term, ..)| !DECIDES.contains(term)).collect();
        let mut chosen: Vec<usize> = picks.iter().map(|pick| pick.index(all.len())).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let mut changed = text.clone();
        for n in chosen.iter().rev() {
            changed = replaced(&changed, &all[*n].1, &all[*n].2);
        }
        let name = line_name(&changed);
        let mut places: Vec<usize> = (0..elements(&changed, name).len()).collect();
        places.sort_by_key(|n| order[*n % order.len()]);
        let changed = reordered(&changed, name, &places);

        let diff = plain(&text, &changed);
        let mut wanted: BTreeSet<Term> = chosen.iter().map(|n| all[*n].0).collect();
        let found: BTreeSet<Term> = diff.differences.iter().filter_map(|d| d.term).collect();
        // Several changes in one small group may leave so little of it that it is another.
        for d in diff.differences.iter().filter(|d| d.term.is_some_and(Term::is_group)) {
            let group = d.term.unwrap();
            wanted.retain(|t| !std::iter::successors(Some(*t), |t| t.parent()).any(|t| t == group));
        }
        prop_assert!(wanted.is_subset(&found), "{wanted:?} of {found:?}");
        let plain_terms: BTreeSet<Term> = found.iter().copied().filter(|t| !t.is_group()).collect();
        prop_assert!(plain_terms.iter().all(|t| chosen.iter().any(|n| all[*n].0 == *t)), "{:#?}", told(&diff));
        prop_assert_eq!(diff.outside.len(), 0);

        let mirror = plain(&changed, &text).mirrored();
        let sorted = |diff: &Diff| {
            let mut lines = told(diff);
            lines.sort();
            lines
        };
        prop_assert_eq!(sorted(&diff), sorted(&mirror));
        prop_assert_eq!(diff.written, mirror.written);
        prop_assert_eq!(&diff, &plain(&text, &changed));
    }
}

/// A UBL invoice with these lines: number, name, quantity, amount.
fn with_lines(lines: &[(&str, &str, &str, &str)]) -> String {
    let text = fixture("invoices/ubl-minimal.xml");
    let range = elements(&text, "cac:InvoiceLine").remove(0);
    let line = &text[range.clone()];
    let lines: String = lines
        .iter()
        .map(|(id, name, quantity, amount)| {
            line.replace(">2<", &format!(">{quantity}<"))
                .replace(">100.00<", &format!(">{amount}<"))
                .replace("Conseil", name)
                .replace("<cbc:ID>1</cbc:ID>", &format!("<cbc:ID>{id}</cbc:ID>"))
        })
        .collect();
    replaced(&text, &range, &lines)
}

#[test]
fn lines_are_matched_by_what_they_are() {
    let three = [("1", "Vis 4x40", "10", "12.00"), ("2", "Écrou", "5", "3.00"), ("3", "Rondelle", "7", "1.40")];
    let a = with_lines(&three);
    // One more, in front, and all numbers moved by one.
    let b = with_lines(&[
        ("1", "Boulon", "1", "9.00"),
        ("2", "Vis 4x40", "10", "12.00"),
        ("3", "Écrou", "6", "3.60"),
        ("4", "Rondelle", "7", "1.40"),
    ]);
    assert_eq!(
        told(&plain(&a, &b)),
        [
            "changed BG-25[1]/BT-126: 1 | 2",
            "only-b BG-25[1]: - | 1 'Boulon', 9.00 EUR",
            "changed BG-25[2]/BT-126: 2 | 3",
            "changed BG-25[2]/BT-129: 5 | 6",
            "changed BG-25[2]/BT-131: 3.00 | 3.60",
            "changed BG-25[3]/BT-126: 3 | 4",
        ]
    );
    // One less.
    let b = with_lines(&[three[0], three[2]]);
    assert_eq!(told(&plain(&a, &b)), ["only-a BG-25[2]: 2 'Écrou', 3.00 EUR | -"]);
    // The same number, and all else new: the line of that number changed.
    let b = with_lines(&[three[0], ("2", "Colle", "1", "8.00"), three[2]]);
    assert_eq!(
        told(&plain(&a, &b)),
        [
            "changed BG-25[2]/BT-129: 5 | 1",
            "changed BG-25[2]/BT-131: 3.00 | 8.00",
            "changed BG-25[2]/BT-153: Écrou | Colle",
        ]
    );
    // Another number and all else new: one went, one came.
    let b = with_lines(&[three[0], ("9", "Colle", "1", "8.00"), three[2]]);
    assert_eq!(
        told(&plain(&a, &b)),
        ["only-a BG-25[2]: 2 'Écrou', 3.00 EUR | -", "only-b BG-25[2]: - | 9 'Colle', 8.00 EUR"]
    );
    // Twice the same line is not once.
    let b = with_lines(&[three[0], three[0], three[1], three[2]]);
    assert_eq!(told(&plain(&a, &b)), ["only-b BG-25[2]: - | 1 'Vis 4x40', 12.00 EUR"]);
}

#[test]
fn only_and_ignore_choose_what_is_told() {
    let a = with_lines(&[("1", "Vis", "10", "12.00"), ("2", "Clou", "1", "1.00")]);
    let b = with_lines(&[("1", "Vis", "10", "13.00")]).replace("MIN-2026-0001", "MIN-2026-0002");
    let of = |only: &[Term], ignore: &[Term]| {
        told(&compare(&a, &b, &Options { only: only.to_vec(), ignore: ignore.to_vec(), ..Options::default() }))
    };
    assert_eq!(of(&[bt::BT_1], &[]), ["changed BT-1: MIN-2026-0001 | MIN-2026-0002"]);
    // A line that is missing misses its amount too.
    let line = "only-a BG-25[2]: 2 'Clou', 1.00 EUR | -";
    assert_eq!(of(&[bt::BT_131], &[]), ["changed BG-25[1]/BT-131: 12.00 | 13.00", line]);
    assert_eq!(of(&[bt::BG_25], &[bt::BT_131]), [line]);
    assert_eq!(of(&[], &[bt::BG_25]), ["changed BT-1: MIN-2026-0001 | MIN-2026-0002"]);
    assert_eq!(of(&[bt::BT_2], &[]), [""; 0]);
}

#[test]
fn what_is_no_term_is_never_passed_over() {
    let a = fixture("invoices/ubl-minimal.xml");
    let party = "<cac:PartyLegalEntity>\n        <cbc:RegistrationName>Papeterie";
    let with = |extra: &str| a.replacen(party, &format!("{extra}{party}"), 1);
    let web = |uri: &str| with(&format!("<cbc:WebsiteURI>{uri}</cbc:WebsiteURI>"));
    let path = "/Invoice/cac:AccountingSupplierParty/cac:Party/cbc:WebsiteURI";
    assert_eq!(told(&plain(&a, &web("x"))), [format!("only-b {path}: - | x")]);
    assert_eq!(told(&plain(&web("x"), &web(" y "))), [format!("changed {path}: x | y")]);
    assert!(plain(&web("x"), &web("\n x ")).is_same());
    // The currency of an amount is no term, and is no trifle.
    let dollars = a.replacen("currencyID=\"EUR\">50.00", "currencyID=\"USD\">50.00", 1);
    let diff = plain(&a, &dollars);
    assert_eq!(told(&diff), ["changed /Invoice/cac:InvoiceLine/cac:Price/cbc:PriceAmount/@currencyID: EUR | USD"]);
    assert!(!diff.is_same());
    // Left aside when asked for.
    assert!(compare(&a, &dollars, &Options { terms_only: true, ..Options::default() }).is_same());
    // Prefixes, the order of attributes and the place of a schema say nothing.
    let other = a.replace("cbc:", "b:").replace("xmlns:cbc", "xmlns:b").replace(
        "<Invoice ",
        "<Invoice xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" ",
    );
    assert_eq!(told(&compare(&a, &other, &as_written())), [""; 0]);
    // Elements of one kind that belong together otherwise.
    let pair = |x: &str, y: &str| {
        with(&format!(
            "<cac:Language><cbc:ID>{x}</cbc:ID></cac:Language><cac:Language><cbc:ID>{y}</cbc:ID></cac:Language>"
        ))
    };
    assert!(plain(&pair("fr", "en"), &pair("en", "fr")).is_same());
    let apart = with("<cac:Language><cbc:ID>fr</cbc:ID><cbc:Name>en</cbc:Name></cac:Language>");
    let together = with("<cac:Language><cbc:Name>en</cbc:Name><cbc:ID>fr</cbc:ID></cac:Language>");
    assert_eq!(plain(&apart, &together).outside.len(), 1);
    // Between two syntaxes it is named, and is no difference.
    let cii = fixture("invoices/cii-minimal.xml");
    let diff = plain(&cii, &web("x"));
    assert!(diff.is_same());
    let [one] = diff.uncompared.as_slice() else { panic!("{diff:?}") };
    assert_eq!((one.a.is_none(), one.b.as_ref().unwrap().address.as_str()), (true, path));
}

#[test]
fn an_extension_in_a_line_follows_its_line() {
    let lines = [("1", "Vis", "10", "12.00"), ("2", "Clou", "1", "1.00")];
    let mark = |text: String, name: &str, by: &str| {
        text.replace(&format!("<cbc:Name>{name}"), &format!("<cbc:Keyword>{by}</cbc:Keyword><cbc:Name>{name}"))
    };
    let a = mark(mark(with_lines(&lines), "Vis", "un"), "Clou", "deux");
    let moved = mark(mark(with_lines(&[lines[1], lines[0]]), "Vis", "un"), "Clou", "deux");
    assert!(plain(&a, &moved).is_same());
    let swapped = mark(mark(with_lines(&lines), "Vis", "deux"), "Clou", "un");
    assert_eq!(plain(&a, &swapped).outside.len(), 2);
}

#[test]
fn values_are_compared_as_values() {
    let a = fixture("invoices/ubl-minimal.xml");
    for (from, to) in [
        (">100.00<", ">100<"),
        (">100.00<", "> +0100.000 <"),
        ("2026-11-02<", "2026-11-02Z<"),
        (">Conseil<", ">\n  Conseil\n<"),
        ("</cbc:DueDate>", "</cbc:DueDate><cbc:Note> </cbc:Note>"),
    ] {
        let b = a.replace(from, to);
        assert_ne!(a, b);
        let diff = plain(&a, &b);
        assert!(diff.is_same() && diff.written > 0, "{from} {to}: {:?}", told(&diff));
        assert_eq!(told(&compare(&a, &b, &as_written())).len(), diff.written);
    }
    for (from, to) in [
        (">100.00<", ">100.001<"),
        (">100.00<", ">-100.00<"),
        (">Conseil<", ">conseil<"),
        (">Conseil<", ">Con\u{ad}seil<"),
        (">EUR<", ">eur<"),
        (">20.00<", ">20,00<"),
    ] {
        let b = a.replacen(from, to, 1);
        assert!(a != b && !plain(&a, &b).is_same(), "{from} {to}");
    }
    let scheme = plain(&a, &a.replacen("schemeID=\"0009\"", "schemeID=\"0088\"", 1));
    assert_eq!(told(&scheme), ["changed BT-29[1]-1: 0009 | 0088"]);
}

#[test]
fn a_bound_that_is_met_is_told() {
    let a = fixture("invoices/cii-minimal.xml");
    let ids: String = (0..facteur::limits::DIFFERENCES + 10).map(|n| format!("<ram:ID>{n}</ram:ID>")).collect();
    let b = a.replacen("<ram:SellerTradeParty>", &format!("<ram:SellerTradeParty>{ids}"), 1);
    let diff = plain(&a, &b);
    assert_eq!((diff.differences.len(), diff.unlisted), (facteur::limits::DIFFERENCES, 10));
    let heading = Heading::default();
    let text = diff::text(&diff, &heading, &heading, &Options::default(), Lang::En);
    assert!(
        text.contains("200010 differences") && text.contains("10 more are not listed"),
        "{}",
        &text[text.len() - 300..]
    );
    assert!(diff::csv(&diff, Lang::En).ends_with("\r\nunlisted,,,,,,,,,,,,,10\r\n"));
}

#[test]
fn many_lines_that_all_differ_cost_their_number() {
    // Not timed; squared, this would not come back.
    let number = |n: usize| n.to_string();
    let owned = |salt: &str| -> String {
        let lines: Vec<[String; 4]> = (0..4_000)
            .map(|n| [format!("{salt}{n}"), format!("Article {salt}{n}"), number(n), format!("{n}.{salt}")])
            .collect();
        let lines: Vec<_> = lines.iter().map(|[a, b, c, d]| (a.as_str(), b.as_str(), c.as_str(), d.as_str())).collect();
        with_lines(&lines)
    };
    let diff = plain(&owned("1"), &owned("2"));
    assert!(diff.differences.len() >= 4_000, "{}", diff.differences.len());
}

/// Every readable document of a corpus against itself, where there is one.
#[test]
fn a_corpus_does_not_differ_from_itself() {
    let Ok(corpus) = std::env::var("FACTEUR_CORPUS") else {
        eprintln!("skipped: FACTEUR_CORPUS names no folder of invoices");
        return;
    };
    let mut compared = 0;
    let mut folders = vec![std::path::PathBuf::from(corpus)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let Ok(document) = read(&bytes) else { continue };
            let diff = diff::compare(&document.invoice, &document.invoice, &as_written());
            assert_eq!(diff, Diff::default(), "{}", path.display());
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let name = line_name(&text);
            let count = elements(&text, name).len();
            if count > 1 && read(text.as_bytes()).is_ok() && !text.contains("cac:SubInvoiceLine") {
                let turned = reordered(&text, name, &(0..count).rev().collect::<Vec<_>>());
                assert_eq!(told(&plain(&text, &turned)), [""; 0], "{}", path.display());
            }
            compared += 1;
        }
    }
    assert!(compared > 0);
    eprintln!("{compared} documents compared");
}
