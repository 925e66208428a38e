//! What the page shows against what the XML says: agreeing pages have nothing said of them, each value that differs is told, what
//! nobody sees does not count, and what cannot be read is not compared.

use std::fmt::Write as _;

use facteur::pdf;
use facteur::report::{Report, Verdict};
use facteur::rules::{Finding, Severity};

use super::container::judged;
use super::make::{FacturX, Objects, deflate};
use super::{fixtures, hostile, xml};

const NUMBER: &str = "FCT-PDF-VISIBLE-NUMBER";
const DATE: &str = "FCT-PDF-VISIBLE-DATE";
const TOTAL: &str = "FCT-PDF-VISIBLE-TOTAL";
const DUE: &str = "FCT-PDF-VISIBLE-DUE";
const NOT_COMPARED: &str = "FCT-PDF-NOT-COMPARED";

/// A page of the invoice F-1 of 5 October 2026 over 10512.96, drawn by hand.
#[derive(Clone)]
pub struct Drawn {
    pub content: String,
    /// Inside the dictionary of its resources, and inside its own.
    pub resources: String,
    pub page: String,
    pub catalogue: String,
    pub objects: Vec<(u32, Vec<u8>)>,
}

impl Drawn {
    /// In Helvetica, WinAnsi, from the top.
    pub fn lines(lines: &[&str]) -> Self {
        Self {
            content: text("1 0 0 1 50 780", lines),
            resources: "/Font<</H 60 0 R>>".to_owned(),
            page: String::new(),
            catalogue: String::new(),
            objects: vec![(60, font("/Encoding/WinAnsiEncoding"))],
        }
    }

    pub fn object(mut self, id: u32, body: impl Into<Vec<u8>>) -> Self {
        self.objects.push((id, body.into()));
        self
    }

    pub fn stream(self, id: u32, dictionary: &str, content: &[u8]) -> Self {
        let mut objects = Objects::default();
        objects.stream(id, dictionary, content);
        let body = objects.list.remove(0).1;
        self.object(id, body)
    }

    fn with(mut self, more: &str) -> Self {
        self.content += more;
        self
    }

    /// Drawn before the rest.
    fn first(mut self, before: &str) -> Self {
        self.content = before.to_owned() + &self.content;
        self
    }

    /// In the objects beside the page.
    fn replaced(mut self, from: &str, to: &str) -> Self {
        for (_, body) in &mut self.objects {
            *body = String::from_utf8(body.clone()).unwrap().replace(from, to).into_bytes();
        }
        self
    }

    fn resource(mut self, more: &str) -> Self {
        self.resources += more;
        self
    }

    /// In a Factur-X whose XML this is.
    pub fn around(&self, xml: &[u8]) -> Vec<u8> {
        let mut pdf = FacturX::new(xml).objects();
        pdf.list.retain(|(id, _)| !matches!(id, 3 | 4 | 5 | 7 | 200..));
        let page = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<{}>>{}>>",
            self.resources, self.page
        );
        pdf.add(3, page);
        pdf.stream(4, "/Filter/FlateDecode", &deflate(self.content.as_bytes()));
        let catalogue = &mut pdf.list.iter_mut().find(|(id, _)| *id == 1).unwrap().1;
        catalogue.splice(2..2, self.catalogue.bytes());
        pdf.list.extend(self.objects.iter().cloned());
        pdf.bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.around(&xml("F-1"))
    }
}

pub fn font(more: &str) -> Vec<u8> {
    format!("<</Type/Font/Subtype/Type1/BaseFont/Helvetica{more}>>").into_bytes()
}

/// Lines below each other, in WinAnsi.
pub fn text(matrix: &str, lines: &[&str]) -> String {
    let mut out = format!("BT /H 11 Tf 14 TL {matrix} Tm\n");
    for line in lines {
        let code = |c: char| match c {
            '€' => "\\200".to_owned(),
            '(' | ')' | '\\' => format!("\\{c}"),
            c if c.is_ascii() => c.to_string(),
            c => format!("\\{:o}", c as u32),
        };
        writeln!(out, "({}) Tj T*", line.chars().map(code).collect::<String>()).unwrap();
    }
    out + "ET\n"
}

pub const AGREEING: [&str; 4] =
    ["Facture n° F-1", "Date de facture 05/10/2026", "Total TTC 10 512,96 €", "Net à payer 10 512,96 €"];
/// The same page with another total.
pub const OTHER: [&str; 3] = ["Facture n° F-1", "Date de facture 05/10/2026", "Total TTC 12 615,55 €"];

fn of_pages(report: &Report) -> Vec<&Finding> {
    let is = |f: &&Finding| f.rule.starts_with("FCT-PDF-VISIBLE-") || f.rule == NOT_COMPARED;
    report.findings.iter().filter(is).collect()
}

fn rules(what: &str, bytes: &[u8]) -> Vec<String> {
    let report = judged(bytes);
    // Whatever a page shows, the XML is judged as it is.
    assert_eq!(report.verdict, Verdict::Valid, "{what}: {:?}", report.findings);
    of_pages(&report).into_iter().map(|f| f.rule.clone()).collect()
}

fn nothing(what: &str, page: &Drawn) {
    assert!(rules(what, &page.bytes()).is_empty(), "{what}: {:?}", of_pages(&judged(&page.bytes())));
}

fn only(what: &str, page: &Drawn, rule: &str) -> Finding {
    let report = judged(&page.bytes());
    assert_eq!(rules(what, &page.bytes()), [rule], "{what}: {:?}", of_pages(&report));
    let finding = of_pages(&report)[0].clone();
    assert!(finding.message.fr != finding.message.en && finding.fix.fr != finding.fix.en, "{finding:?}");
    finding
}

#[test]
fn a_page_that_agrees_has_nothing_said_of_it_in_any_usual_form() {
    let numbers = ["Facture n° F-1", "FACTURE F‑1", "Invoice no: f - 1", "N° F1"];
    let dates = [
        "05/10/2026",
        "5.10.26",
        "2026-10-05",
        "5 octobre 2026",
        "October 5, 2026",
        "den 5. Oktober 2026",
        "05 oct. 2026",
    ];
    let amounts = [
        "10 512,96 €",
        "10.512,96",
        "€ 10,512.96",
        "10512.96",
        "EUR 10 512,96",
        "10'512.96",
        "-10 512,96",
        "10512,960",
    ];
    for n in 0..8 {
        let (number, date, amount) = (numbers[n % 4].replace('‑', "-"), dates[n % 7], amounts[n]);
        let lines = [number.clone(), format!("Date : {date}"), format!("Total TTC : {amount}")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        nothing(&lines.join(" | "), &Drawn::lines(&lines));
    }
    // Each letter by itself, kerned, in two columns, and turned.
    let kerned = "BT /H 11 Tf 1 0 0 1 50 780 Tm [(F)20(a)-15(cture n)] TJ [(\\260 F)] TJ 0 -14 Td [(05)-80(/)20(10/20)10(26)] TJ ET \
                  BT /H 11 Tf 1 0 0 1 95.7 780 Tm (-1) Tj ET BT /H 11 Tf 1 0 0 1 50 700 Tm (Total TTC) Tj ET \
                  BT /H 11 Tf 1 0 0 1 400 700 Tm (10) Tj 1 0 0 1 415 700 Tm (512) Tj 1 0 0 1 434.8 700 Tm (,96) Tj ET";
    nothing("kerned", &Drawn { content: kerned.into(), ..Drawn::lines(&[]) });
    let page = Drawn { page: "/Rotate 90".into(), content: text("0 1 -1 0 400 50", &AGREEING), ..Drawn::lines(&[]) };
    nothing("turned", &page);
    nothing("letter by letter", &Drawn::lines(&["F - 1", "0 5 / 1 0 / 2 0 2 6", "T O T A L", "1 0 5 1 2 , 9 6"]));
    let good = fixtures::good("F-1").bytes();
    assert!(rules("the fixture", &good).is_empty(), "{:?}", of_pages(&judged(&good)));
}

#[test]
fn each_value_that_differs_is_told_with_what_the_page_shows() {
    let change = |at: usize, line: &'static str| {
        let mut lines = AGREEING;
        lines[at] = line;
        Drawn::lines(&lines)
    };
    let number = only("number", &change(0, "Facture n° F-2"), NUMBER);
    assert_eq!((number.found.as_deref(), number.expected.as_deref()), (Some("F-2"), Some("F-1")));
    assert_eq!(number.terms, ["BT-1"]);
    assert_eq!(number.severity, Severity::Warning);
    assert!(
        number.message.fr.contains("« Facture n° »") && number.message.en.contains("page 1"),
        "{:?}",
        number.message
    );
    let date = only("date", &change(1, "Date de facture 15/10/2026"), DATE);
    assert_eq!((date.found.as_deref(), date.expected.as_deref()), (Some("15/10/2026"), Some("2026-10-05")));
    // The amount that is due is the total: the other line still shows it, and yet says another.
    let total = only("total", &change(2, "Total TTC 12 615,55 €"), TOTAL);
    assert_eq!((total.found.as_deref(), total.expected.as_deref()), (Some("12 615,55"), Some("10512.96")));
    let due = only("due", &change(3, "Net à payer 12 615,55 €"), DUE);
    assert_eq!((due.found.as_deref(), &*due.terms[0]), (Some("12 615,55"), "BT-115"));
    // No words to go by: it is said that it is not there.
    let lines = ["F-1 du 5 octobre 2026", "Prestations 8 760,80", "TVA 1 752,16"];
    let total = only("nowhere", &Drawn::lines(&lines), TOTAL);
    assert_eq!(total.found, None);
    assert!(total.message.en.contains("10512.96, is not on the pages"), "{:?}", total.message);
}

/// The brief's own fraud: the XML's total is on the page, as the net amount.
#[test]
fn a_total_that_is_there_as_another_amount_is_no_agreement() {
    let lines = ["Facture n° F-1", "05/10/2026", "Total HT\t10 512,96", "TVA 20 %  2 102,59", "Total TTC  12 615,55"];
    let total = only("net", &Drawn::lines(&lines), TOTAL);
    assert_eq!(total.found.as_deref(), Some("12 615,55"));
    // One of several amounts beside the words is enough.
    nothing("three columns", &Drawn::lines(&[AGREEING[0], AGREEING[1], "Total TTC 8 760,80 1 752,16 10 512,96"]));
}

/// Rows of columns, each piece at its place.
fn table(rows: &[&[(u32, &str)]]) -> String {
    let mut out = String::new();
    for (n, row) in rows.iter().enumerate() {
        for (x, piece) in *row {
            out += &text(&format!("1 0 0 1 {x} {}", 600 - 20 * n), &[piece]);
        }
    }
    out
}

#[test]
fn a_longer_number_is_no_date() {
    let of = |date: &'static str| Drawn::lines(&[AGREEING[0], date, "Payable le 05/11/2026", AGREEING[2]]);
    for date in ["Date de facture 05/10/20261", "Date de facture 105/10/2026", "12/05/10/2026", "2026-10-051"] {
        only(date, &of(date), DATE);
    }
    for date in ["Date de facture 05/10/2026 1", "Date de facture:05/10/2026.", "0 5 / 1 0 / 2 0 2 6"] {
        nothing(date, &of(date));
    }
}

#[test]
fn the_same_amount_in_another_currency_is_no_agreement() {
    let of = |total: &'static str| Drawn::lines(&[AGREEING[0], AGREEING[1], total]);
    for total in
        ["Total TTC 10 512,96 USD", "Total TTC $10,512.96", "Total TTC : CHF 10'512.96", "Total TTC 10 512,96 dollars"]
    {
        let told = only(total, &of(total), TOTAL);
        assert_eq!(told.expected.as_deref(), Some("10512.96 EUR"), "{total}");
        assert!(told.found.is_some_and(|found| found.contains("512") && found.len() > 9), "{total}");
    }
    for total in
        ["Total TTC 10 512,96 euros", "Total TTC EUR 10 512,96 USD 12 000,00", "Total TTC 12 000,00 USD, 10 512,96 €"]
    {
        nothing(total, &of(total));
    }
    // What it comes to in another currency is no contradiction.
    let lines = [AGREEING[0], AGREEING[1], "Total TTC 12 000,00 USD", "soit 10 512,96 €"];
    nothing("a translation", &Drawn::lines(&lines));
    // The XML in dollars: the page in dollars agrees, in euros it does not.
    let dollars = String::from_utf8(xml("F-1")).unwrap().replace("EUR", "USD").into_bytes();
    let told = |lines: &[&str]| of_pages(&judged(&Drawn::lines(lines).around(&dollars))).len();
    assert_eq!((told(&[AGREEING[0], AGREEING[1], "Total TTC $10,512.96"]), told(&AGREEING[..3])), (0, 1));
}

#[test]
fn a_value_below_its_words_is_read() {
    let head: &[(u32, &str)] = &[(50, "Total HT"), (200, "TVA"), (300, "Total TTC"), (450, "Net à payer")];
    let page = |rows: &[&[(u32, &str)]]| Drawn::lines(&AGREEING[..2]).with(&table(rows));
    let row = |total: &'static str| [(50, "8 760,80"), (200, "1 752,16"), (300, total), (450, total)];
    nothing("agrees", &page(&[head, &row("10 512,96 €")]));
    let other = page(&[head, &[(50, "10 512,96"), (200, "2 102,59"), (300, "12 615,55")]]);
    let told = only("the net amount is the XML's total", &other, TOTAL);
    assert_eq!(told.found.as_deref(), Some("12 615,55"));
    // In the table of lines, and in a column of several amounts, nobody knows which one is the invoice's.
    let lines: &[(u32, &str)] = &[(50, "Désignation"), (200, "Qté"), (300, "Total TTC")];
    let more = page(&[lines, &[(50, "Vis"), (200, "3"), (300, "12,00")]]).with(&text("1 0 0 1 50 300", &AGREEING[3..]));
    nothing("lines", &more);
    let rates: &[(u32, &str)] = &[(50, "Base HT"), (300, "Total TTC")];
    let more = page(&[rates, &[(50, "10,00"), (300, "12,00")], &[(50, "8,00"), (300, "8,44")]]);
    nothing("rates", &more.with(&text("1 0 0 1 50 300", &AGREEING[3..])));
    let two = Drawn::lines(&[AGREEING[0], AGREEING[1], "Total TTC", "10 512,96 €"]);
    nothing("two lines", &two);
    let wrong = Drawn::lines(&[AGREEING[0], AGREEING[1], "Total TTC", "12 615,55 €"]);
    assert_eq!(only("two lines", &wrong, TOTAL).found.as_deref(), Some("12 615,55"));
    // Number and date: what stands below is told as what the page shows instead.
    let rows: [&[(u32, &str)]; 2] =
        [&[(50, "Facture n°"), (200, "Date de facture")], &[(50, "F-2"), (200, "05/10/2026")]];
    let number = Drawn::lines(&AGREEING[2..]).with(&table(&rows));
    assert_eq!(only("number", &number, NUMBER).found.as_deref(), Some("F-2"));
    let rows: [&[(u32, &str)]; 2] =
        [&[(50, "Facture n°"), (200, "Date de facture")], &[(50, "F-1"), (200, "15/10/2026")]];
    let date = Drawn::lines(&AGREEING[2..]).with(&table(&rows));
    assert_eq!(only("date", &date, DATE).found.as_deref(), Some("15/10/2026"));
}

#[test]
fn what_was_paid_already_is_not_looked_for_and_what_is_due_is() {
    let text = String::from_utf8(xml("F-1")).unwrap();
    let of = |due: &str| text.replace("DuePayableAmount>10512.96", &format!("DuePayableAmount>{due}")).into_bytes();
    let fired = |due: &str, lines: &[&str]| {
        let report = judged(&Drawn::lines(lines).around(&of(due)));
        of_pages(&report).iter().map(|f| f.rule.clone()).collect::<Vec<_>>()
    };
    assert!(fired("0.00", &AGREEING[..3]).is_empty());
    assert_eq!(fired("512.96", &AGREEING[..3]), [DUE]);
    assert!(fired("512.96", &[AGREEING[0], AGREEING[1], AGREEING[2], "Reste à payer 512,96"]).is_empty());
    // The total beside the words for what is due: the words are used loosely, but 512.96 is nowhere.
    assert_eq!(fired("512.96", &AGREEING), [DUE]);
}

#[test]
fn a_date_that_agrees_with_the_month_first_is_information() {
    let lines = ["Invoice F-1", "Invoice date 10/05/2026", "Grand total 10,512.96"];
    let order = only("order", &Drawn::lines(&lines), "FCT-PDF-VISIBLE-ORDER");
    assert_eq!(order.severity, Severity::Information);
    assert!(order.message.en.contains("2026-05-10 otherwise"), "{:?}", order.message);
}

#[test]
fn what_nobody_sees_is_not_on_the_page() {
    let right = text("1 0 0 1 50 300", &AGREEING[2..]);
    let gs = |more: &str| format!("/ExtGState<</Z <<{more}>>>>");
    let layer = "/OCProperties<</OCGs[70 0 R]/D<</OFF[70 0 R]>>>>";
    let form = |page: Drawn, more: &str| {
        page.resource("/XObject<</X 71 0 R>>").stream(
            71,
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</H 60 0 R>>>>{more}"),
            right.as_bytes(),
        )
    };
    let page = || Drawn::lines(&OTHER);
    let tiny = right.replace("/H 11 Tf", "/H 0.4 Tf");
    let off =
        |content: &str| page().with(content).resource("/Properties<</L 70 0 R>>").object(70, "<</Type/OCG/Name(L)>>");
    let hidden = [
        ("mode 3", page().with(&format!("3 Tr {right}"))),
        ("mode 7", page().with(&format!("7 Tr {right}"))),
        ("tiny", page().with(&tiny)),
        ("scaled to nothing", page().with(&format!("q .01 0 0 .01 0 0 cm {right} Q"))),
        ("below the page", page().with(&right.replace("50 300", "50 -300"))),
        ("beside the page", page().with(&right.replace("50 300", "700 300"))),
        ("cut off", Drawn { page: "/CropBox[0 400 595 842]".into(), ..page().with(&right) }),
        ("white", page().with(&format!("1 g {right}"))),
        ("white in three", page().with(&format!("1 1 .99 rg {right}"))),
        ("no ink", page().with(&format!("/DeviceCMYK cs 0 0 0 0 sc {right}"))),
        ("white on white", page().first("1 g 0 0 595 842 re f 0 g ").with(&format!("1 g {right}"))),
        ("white beside black", page().with(&format!("0 g 0 0 20 20 re f 1 g {right}"))),
        ("nothing covers", page().resource(&gs("/ca 0")).with(&format!("/Z gs {right}"))),
        ("clipped", page().with(&format!("q 0 0 100 100 re W n {right} Q"))),
        ("clipped by a form", form(page().with("/X Do"), "").replaced("/BBox[0 0 600 800]", "/BBox[0 0 600 200]")),
        ("painted over", page().first(&format!("{right} 1 g 40 250 500 100 re f 0 g "))),
        ("blackened", page().first(&format!("{right} q 0 0 595 842 re W n 0 0 0 1 k 40 250 500 100 re f Q "))),
        ("a layer", Drawn { catalogue: layer.into(), ..off(&format!("/OC /L BDC {right} EMC")) }),
        ("a form in a layer", Drawn { catalogue: layer.into(), ..form(off("/X Do"), "/OC 70 0 R") }),
    ];
    for (what, page) in &hidden {
        let report = judged(&page.bytes());
        assert_eq!(rules(what, &page.bytes()), [TOTAL], "{what}");
        assert_eq!(of_pages(&report)[0].found.as_deref(), Some("12 615,55"), "{what}");
        let pages = pdf::pages(&page.bytes()).unwrap();
        assert!(pages.pages[0].hidden.contains("10 512,96"), "{what}: {:?}", pages.pages[0].hidden);
    }
    // Without other words for a total, it is told that the hidden text has it.
    let told =
        only("told", &Drawn::lines(&["F-1", "05/10/2026", "12 615,55 EUR"]).with(&format!("3 Tr {right}")), TOTAL);
    assert!(
        told.message.en.contains("nobody sees") && told.message.fr.contains("personne ne voit"),
        "{:?}",
        told.message
    );
    // The same things seen.
    let page = || Drawn::lines(&AGREEING[..2]);
    let seen = [
        ("white on black", page().with(&format!("0 g 0 250 595 100 re f 1 g {right}"))),
        (
            "white on a picture",
            page()
                .resource("/XObject<</X 72 0 R>>")
                .stream(72, PICTURE, &[0])
                .with(&format!("q 500 0 0 40 40 280 cm /X Do Q 1 g {right}")),
        ),
        ("painted beside", page().with(&format!("{right} 1 g 40 350 500 400 re f 0 g "))),
        ("clipped around", page().with(&format!("q 0 200 595 200 re W n {right} 1 g 0 0 595 199 re f Q"))),
        ("painted under a clip", page().with(&format!("{right} q 0 0 9 9 re W n 1 g 0 0 595 400 re f Q"))),
        ("marked", page().resource(&gs("/BM/Multiply")).with(&format!("{right} /Z gs 1 1 0 rg 40 250 500 100 re f"))),
        ("shaded", page().resource(&gs("/ca .5")).with(&format!("{right} /Z gs 1 1 0 rg 40 250 500 100 re f"))),
        ("black again", page().with(&format!("q 1 g Q {right}"))),
        ("back to mode 0", page().with(&format!("3 Tr (x) Tj 0 Tr {right}"))),
        ("outlined in black", page().with(&format!("1 g 1 Tr {right}"))),
        ("small", page().with(&right.replace("/H 11 Tf", "/H 4 Tf"))),
        (
            "size by the matrix",
            page().with(
                &right.replace("/H 11 Tf", "/H 1 Tf").replace("1 0 0 1 50", "11 0 0 11 50").replace("14 TL", "1.3 TL"),
            ),
        ),
        ("a form", form(page().with("/X Do"), "")),
        ("a form that moves", form(page().with("q 1 0 0 1 0 -5000 cm /X Do Q"), "/Matrix[1 0 0 1 0 5000]")),
        (
            "a layer that is on",
            Drawn {
                catalogue: layer.replace("/OFF", "/ON"),
                ..page()
                    .with(&format!("/OC /L BDC {right} EMC"))
                    .resource("/Properties<</L 70 0 R>>")
                    .object(70, "<</Type/OCG>>")
            },
        ),
    ];
    for (what, page) in &seen {
        nothing(what, page);
    }
}

const PICTURE: &str = "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8";

#[test]
fn a_scan_is_not_compared_and_no_alarm() {
    let scan = || Drawn::lines(&[]).resource("/XObject<</X 72 0 R>>").stream(72, PICTURE, &[0]);
    let drawn = "q 595 0 0 842 0 0 cm /X Do Q ";
    let bare = only("bare", &scan().with(drawn), NOT_COMPARED);
    assert_eq!(bare.severity, Severity::Information);
    assert_eq!(bare.terms, ["BT-1", "BT-2", "BT-112"]);
    assert!(bare.message.en.contains("no text") && bare.message.fr.contains("aucun texte"), "{:?}", bare.message);
    // The text that a recogniser laid under it, right or wrong, is not what the page shows.
    only("recognised", &scan().with(&format!("{drawn} 3 Tr {}", text("1 0 0 1 50 700", &OTHER))), NOT_COMPARED);
    let stamp =
        only("stamped", &scan().with(drawn).with(&text("1 0 0 1 50 20", &["Factur-X 1.0 - 12,50"])), NOT_COMPARED);
    assert!(stamp.message.en.contains("picture"), "{:?}", stamp.message);
    let inline = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \u{1} EI Q ";
    only("inline", &Drawn::lines(&[]).with(inline), NOT_COMPARED);
    // A letterhead as a picture does not hide what the text says.
    let lines = text("1 0 0 1 50 700", &OTHER);
    only("contradicted", &scan().with(drawn).with(&lines), TOTAL);
    // Nothing to compare with, or next to nothing.
    only("empty", &Drawn::lines(&[]), NOT_COMPARED);
    only("a cover", &Drawn::lines(&["Please find the invoice attached."]), NOT_COMPARED);
    only("drawn letters", &Drawn::lines(&["Capital 120 000,00 €", "Imprimé le 01/01/2020"]), NOT_COMPARED);
}

#[test]
fn fonts_are_read_as_they_say_and_those_that_do_not_say_are_not_compared() {
    let of = |font: Vec<u8>, content: &str| {
        let mut page = Drawn::lines(&[]);
        page.objects.clear();
        page.content = content.to_owned();
        page.object(60, font)
    };
    let plain = text("1 0 0 1 50 780", &AGREEING);
    let mac = plain.replace("\\260", "\\241").replace("\\340", "\\210").replace("\\200", "\\333");
    nothing("MacRoman", &of(font("/Encoding/MacRomanEncoding"), &mac));
    nothing("Standard", &of(font(""), &plain.replace("\\260", "o").replace("\\340", "a").replace("\\200", "EUR")));
    // Digits under other codes, by their names.
    let names = ["zero", "one.tnum", "two", "threeoldstyle", "four", "five", "uni0036", "u0037", "eight", "nine"];
    let differences = format!("/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/{}]>>", names.join("/"));
    let moved: String = plain.lines().fold(String::new(), |out, line| {
        let moved = |c: char| if c.is_ascii_digit() { format!("\\00{:o}", c as u32 - 47) } else { c.to_string() };
        let strings = line.starts_with('(');
        let line = line.replace("\\260", "o").replace("\\340", "a").replace("\\200", "E");
        let line = if strings { line.chars().map(moved).collect() } else { line };
        out + &line.replace("\\0010", "\\010").replace("\\0011", "\\011").replace("\\0012", "\\012") + "\n"
    });
    nothing("Differences", &of(font(&differences), &moved));
    // Codes of two bytes, with a map and without.
    let wide: String = plain.lines().fold(String::new(), |out, line| match line.strip_prefix('(') {
        Some(line) => {
            let line = line.replace("\\260", "o").replace("\\340", "a").replace("\\200", "E");
            let (string, rest) = line.rsplit_once(')').unwrap();
            let hex: String = string.chars().map(|c| format!("{:04X}", c as u32 + 0x100)).collect();
            out + &format!("<{hex}>{rest}\n")
        }
        None => out + line + "\n",
    });
    let wide_font = |map: &str| {
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H{map}/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X\
             /DW 500/W[256[250] 257 400 500]>>]>>"
        );
        of(font.into_bytes(), &wide)
    };
    let map = b"1 begincodespacerange <0000><FFFF> endcodespacerange 1 beginbfrange <0120><017E><0020> endbfrange";
    nothing("mapped", &wide_font("/ToUnicode 61 0 R").stream(61, "", map));
    let mute = only("mute", &wide_font(""), NOT_COMPARED);
    assert!(mute.message.en.contains("does not say which characters"), "{:?}", mute.message);
    let private = b"1 beginbfrange <0120><017E><E020> endbfrange";
    only("private use", &wide_font("/ToUnicode 61 0 R").stream(61, "", private), NOT_COMPARED);
    let signs = "/FontDescriptor<</Type/FontDescriptor/Flags 4/FontFile2 62 0 R>>";
    only("signs of its own", &of(font(signs), &plain), NOT_COMPARED);
    // A few bullets without a meaning are no reason not to compare.
    let bullets = Drawn::lines(&OTHER).resource("").with("BT /S 9 Tf 1 0 0 1 40 780 Tm (l) Tj 0 -14 Td (l) Tj ET");
    let bullets = Drawn { resources: "/Font<</H 60 0 R/S 63 0 R>>".into(), ..bullets };
    only("bullets", &bullets.object(63, "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"), TOTAL);
}

#[test]
fn annotations_and_locked_files_show_what_they_show() {
    let look = text("1 0 0 1 0 60", &AGREEING[2..]);
    let with = |flags: u32| {
        let mut page = Drawn::lines(&AGREEING[..2]);
        page.page = format!("/Annots[<</Type/Annot/Subtype/FreeText/Rect[50 300 450 400]/F {flags}/AP<</N 73 0 R>>>>]");
        page.stream(73, "/Type/XObject/Subtype/Form/BBox[0 0 400 100]/Resources<</Font<</H 60 0 R>>>>", look.as_bytes())
    };
    nothing("shown", &with(4));
    only("hidden", &with(2), NOT_COMPARED);
    let mut widget = with(4);
    widget.page = widget.page.replace("/N 73 0 R", "/N<</On 73 0 R/Off 74 0 R>>").replace("/F 4", "/F 4/AS/On");
    nothing("a state", &widget);
    let locked = hostile::encrypted(&Drawn::lines(&OTHER).bytes(), "");
    let report = judged(&locked);
    assert_eq!(of_pages(&report).iter().map(|f| &*f.rule).collect::<Vec<_>>(), [TOTAL]);
}
