//! Reading pages: as another reader of PDFs reads them, and what pages made to break the reader cannot do.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use facteur::pdf::{self, Pages, RefusalKind};
use facteur::report::Verdict;
use proptest::prelude::*;

use super::container::judged;
use super::fixtures::tool;
use super::make::{FacturX, deflate};
use super::visible::{Drawn, text};
use super::xml;

/// Far above what any of these takes, even where nothing is optimised and the machine does other things.
const SOON: Duration = Duration::from_secs(20);

fn all_text(pages: &Pages) -> String {
    let lines = pages.pages.iter().flat_map(|page| page.lines.iter().map(|line| page.line(line)));
    lines.collect::<Vec<_>>().join("\n")
}

/// How often each row of letters and digits with a digit in it is there: what numbers, dates and amounts are made of.
fn digits(text: &str) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for word in text.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty()) {
        *all.entry(word.to_owned()).or_default() += 1;
    }
    all
}

/// pdftotext sees the same digits, page by page, in the PDFs of others and in ours.
#[test]
fn another_reader_reads_the_same() {
    const TEST: &str = "another_reader_reads_the_same";
    if !tool("pdftotext", TEST) {
        return;
    }
    let mut files: Vec<_> =
        ["facturx-en16931", "facturx-attachment"].map(|n| format!("fixtures/invoices/{n}.pdf").into()).into();
    match std::env::var_os("FACTEUR_CORPUS").map(|corpus| std::path::Path::new(&corpus).join("facturx-pdf")) {
        Some(corpus) => files.extend(fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path())),
        None => eprintln!("{TEST}: only our own PDFs; FACTEUR_CORPUS does not say where others are"),
    }
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let began = Instant::now();
        let pages = pdf::pages(&bytes).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        assert!(began.elapsed() < Duration::from_secs(2), "{}: {:?}", file.display(), began.elapsed());
        for (page, number) in pages.pages.iter().zip(1..) {
            let number = number.to_string();
            let run =
                Command::new("pdftotext").args(["-layout", "-f", &number, "-l", &number]).arg(file).arg("-").output();
            let other = digits(&String::from_utf8_lossy(&run.unwrap().stdout));
            let own = digits(&page.lines.iter().map(|line| page.line(line)).collect::<Vec<_>>().join("\n"));
            assert_eq!(own, other, "{} page {number}", file.display());
            assert!(page.hidden.is_empty() && page.unreadable == 0, "{} page {number}: {page:?}", file.display());
        }
    }
}

/// The pages are refused by this name, or read; in time, and the invoice is judged all the same.
fn hostile(what: &str, page: &Drawn, expected: Option<RefusalKind>) {
    let bytes = page.around(&xml("F-1"));
    let began = Instant::now();
    let refused = pdf::pages(&bytes).err().map(|refusal| refusal.kind);
    let took = began.elapsed();
    assert!(took < SOON, "{what} took {took:?}");
    assert_eq!(refused, expected, "{what}");
    let report = judged(&bytes);
    // What unpacks without end is a doubt of the container already: a file may hang behind it.
    if expected == Some(RefusalKind::Bomb) {
        assert!(report.findings.iter().any(|f| f.rule == "FCT-PDF-NOT-COMPARED"), "{what}");
        return;
    }
    assert_eq!(report.verdict, Verdict::Valid, "{what}: {:?}", report.findings);
    if expected.is_some() {
        let found: Vec<_> = report.findings.iter().map(|f| (&*f.rule, f.found.as_deref())).collect();
        assert_eq!(found, [("FCT-PDF-NOT-COMPARED", expected.map(RefusalKind::rule))], "{what}");
    }
}

#[test]
fn pages_without_end_are_refused_by_name() {
    let page = || Drawn { resources: String::new(), objects: Vec::new(), ..Drawn::lines(&[]) };
    let form = |page: Drawn, id: u32, names: &str, content: &str| {
        let dictionary = format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<<{names}>>>>");
        page.stream(id, &dictionary, content.as_bytes())
    };
    let own = Drawn { resources: "/XObject<</X 70 0 R>>".into(), content: "/X Do".into(), ..page() };
    hostile("a form in itself", &form(own.clone(), 70, "/X 70 0 R", "/X Do"), Some(RefusalKind::TooDeep));
    // Ten times ten times ten…
    let mut ten = own.clone();
    for n in 0..12 {
        ten = form(ten, 70 + n, &format!("/X {} 0 R", 71 + n), &"/X Do ".repeat(10));
    }
    hostile("ten to the twelfth forms", &form(ten, 82, "", "0 0 m"), Some(RefusalKind::TooManyObjects));
    let drawn = |content: String| Drawn { content, ..Drawn::lines(&[]) };
    hostile("states kept", &drawn("q ".repeat(400_000)), Some(RefusalKind::TooDeep));
    hostile("lists", &drawn("[".repeat(400_000)), Some(RefusalKind::TooDeep));
    hostile("numbers", &drawn("0 ".repeat(4_000_000)), Some(RefusalKind::TooManyObjects));
    hostile(
        "letters",
        &drawn(text("1 0 0 1 0 0", &["x".repeat(1_200_000).as_str()])),
        Some(RefusalKind::TooManyObjects),
    );
    hostile("a bomb", &drawn(" ".repeat(40 * 1024 * 1024)), Some(RefusalKind::Bomb));
    let white: String = (0..3_000).map(|n| format!("{n} 1 1 1 re f ")).collect();
    hostile(
        "white on many areas",
        &drawn(format!("{white} 1 g {}", text("1 0 0 1 0 0", &["x".repeat(90_000).as_str()]))),
        None,
    );
    // A hundred thousand names, for six hundred fonts and for one.
    let many = |id: &dyn Fn(u32) -> u32| {
        let mut page = page();
        let fonts: String = (0..100_000).map(|n| format!("/F{n} {} 0 R ", id(n))).collect();
        page.resources = format!("/Font<<{fonts}>>");
        page.content = (0..100_000).map(|n| format!("/F{n} 9 Tf ")).collect();
        page
    };
    let fonts = (0..600).fold(many(&|n| 1_000 + n % 600), |page, n| page.object(1_000 + n, "<</Subtype/Type1>>"));
    hostile("fonts", &fonts, Some(RefusalKind::TooManyObjects));
    hostile("one font", &many(&|_| 60).object(60, "<</Type/Font/Subtype/Type1>>"), None);
}

#[test]
fn maps_and_widths_without_end_are_refused_or_passed() {
    let wide = |map: Vec<u8>, more: &str| {
        let font =
            format!("<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 61 0 R/DescendantFonts[<<{more}>>]>>");
        let mut page = Drawn::lines(&["abc"]);
        page.objects.clear();
        page.object(60, font).stream(61, "/Filter/FlateDecode", &deflate(&map))
    };
    let bound = Some(RefusalKind::TooManyObjects);
    hostile(
        "four thousand million codes",
        &wide(b"1 beginbfrange <0000><FFFFFFFF><0041> endbfrange".to_vec(), ""),
        None,
    );
    hostile("a map of millions", &wide(b"<00> <41> ".repeat(2_000_000), ""), bound);
    hostile(
        "a list of millions",
        &wide([&b"1 beginbfrange <0000><FFFFFFFF>["[..], &b"<41>".repeat(2_000_000), b"]endbfrange"].concat(), ""),
        bound,
    );
    hostile("a bomb", &wide(vec![b' '; 40 * 1024 * 1024], ""), Some(RefusalKind::Bomb));
    hostile("itself as its map", &wide(b"".to_vec(), "").object(62, "62 0 R"), None);
    hostile("widths", &wide(b"".to_vec(), &format!("/W[{}]", "1[2]".repeat(300_000))), None);
    hostile("nonsense", &wide(b"\xFF<<(]endbfrange <".to_vec(), "/W[1 2]/DW(x)"), None);
    // One map, unpacked for each of many fonts.
    let mut page = wide(b"<00> <41> ".repeat(100_000), "");
    page.resources = format!("/Font<<{}>>", (0..90).map(|n| format!("/F{n} {} 0 R ", 100 + n)).collect::<String>());
    for n in 0..90 {
        page = page.object(100 + n, "<</Type/Font/Subtype/Type1/ToUnicode 61 0 R>>");
    }
    page.content = (0..90).map(|n| format!("/F{n} 9 Tf ")).collect();
    hostile("a map for each font", &page, bound);
}

#[test]
fn trees_of_pages_that_lead_astray_are_followed_once() {
    let tree = |pages: &[u8]| {
        let mut pdf = FacturX::new(&xml("F-1")).objects();
        pdf.list.iter_mut().find(|(id, _)| *id == 2).unwrap().1 = pages.to_vec();
        pdf.bytes()
    };
    assert_eq!(pdf::pages(&tree(b"<</Type/Pages/Kids[2 0 R 3 0 R 3 0 R 2 0 R 99 0 R 7]>>")).unwrap().pages.len(), 1);
    assert_eq!(pdf::pages(&tree(b"<</Type/Pages/Kids[2 0 R]>>")).unwrap_err().kind, RefusalKind::Damaged);
    assert_eq!(pdf::pages(&tree(b"<</Type/Pages/Kids 2 0 R>>")).unwrap_err().kind, RefusalKind::Damaged);
    let mut many = FacturX::new(&xml("F-1")).objects();
    let kids: String = (1_000..6_000).map(|id| format!("{id} 0 R ")).collect();
    many.list.iter_mut().find(|(id, _)| *id == 2).unwrap().1 = format!("<</Kids[{kids}]>>").into_bytes();
    (1_000..6_000).for_each(|id| many.add(id, "<</Type/Page/Parent 2 0 R>>"));
    assert_eq!(pdf::pages(&many.bytes()).unwrap_err().kind, RefusalKind::TooManyObjects);
    // Damaged tables are rebuilt, as they are for the invoice.
    let mended = pdf::pages(&super::hostile::without_tail(&FacturX::new(&xml("F-1")).bytes())).unwrap();
    assert!(all_text(&mended).contains("FACTURE F-1"), "{mended:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No content stream breaks the reader, whatever operators follow each other.
    #[test]
    fn no_page_breaks_it(tokens in proptest::collection::vec(
        "(q|Q|cm|BT|ET|Tf|Td|TD|Tm|T\\*|Tj|TJ|'|\"|Do|BDC|EMC|gs|g|rg|k|cs|sc|re|m|l|c|f|S|n|Tr|Tz|Tc|BI|ID|EI|sh|/H|/X|/OC|-?[0-9]{1,9}|[0-9]*\\.[0-9]|\\(a9\\)|<41>|\\[|\\]|<<|>>) ", 0..200)
    ) {
        let page = Drawn { content: tokens.concat(), ..Drawn::lines(&[]) };
        let page = Drawn { resources: page.resources + "/XObject<</X 70 0 R>>", objects: page.objects, content: page.content, page: page.page, catalogue: page.catalogue };
        let page = page.stream(70, "/Subtype/Form/BBox[0 0 9 9]", b"BT /H 1 Tf (x) Tj ET");
        let _ = judged(&page.around(&xml("F-1")));
    }

    /// Nor does a page whose bytes are changed.
    #[test]
    fn no_change_breaks_it(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = Drawn::lines(&["Facture F-1", "Total TTC 10 512,96"]).around(&xml("F-1"));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = pdf::pages(&bytes);
    }
}
