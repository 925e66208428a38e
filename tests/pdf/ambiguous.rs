//! Files out of which two readers take two invoices: each is noticed, and never valid. What looks alike and is read in one way by
//! everybody has nothing said of it.

use std::collections::BTreeSet;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use facteur::pdf;
use facteur::report::Verdict;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::container::judged;
use super::make::{Embedded, FacturX, Objects, deflate, hybrid, replaced};
use super::xml;

fn said(what: &str, bytes: &[u8], rules: &[&str], verdict: Verdict) {
    let report = judged(bytes);
    // There is one page, and it shows one of the invoices.
    let of_pages = |rule: &str| rule.starts_with("FCT-PDF-VISIBLE-") || rule == "FCT-PDF-NOT-COMPARED";
    let found: BTreeSet<&str> = report.findings.iter().map(|f| &*f.rule).filter(|rule| !of_pages(rule)).collect();
    assert_eq!((found, report.verdict), (rules.iter().copied().collect(), verdict), "{what}");
}

fn ambiguous(what: &str, bytes: &[u8]) {
    said(what, bytes, &["FCT-PDF-AMBIGUOUS"], Verdict::NotJudged);
    let report = judged(bytes);
    let message = &report.findings[0].message;
    assert!(message.fr.contains("Constat : ") && message.en.contains("Seen: "), "{what}: {message:?}");
}

fn nothing(what: &str, bytes: &[u8]) {
    said(what, bytes, &[], Verdict::Valid);
}

/// Two invoices under one name (20 and 22), of which the catalogue (1) leads to the first and another one (9) to the second.
fn two_catalogues() -> Objects {
    let mut pdf = FacturX::new(&xml("F-1"));
    pdf.files.push(Embedded { in_af: false, in_names: false, ..Embedded::new("factur-x.xml", &xml("F-2")) });
    let mut pdf = pdf.objects();
    let catalogue = pdf.list.iter().find(|(id, _)| *id == 1).unwrap().1.clone();
    pdf.add(9, String::from_utf8(catalogue).unwrap().replace("20 0 R", "22 0 R"));
    pdf
}

#[test]
fn a_key_of_the_trailer_that_is_there_twice() {
    for (trailer, other) in [("/Root 9 0 R", "F-2"), ("/Ro#6ft 9 0 R", "F-2"), ("/Root 9 0 R/Root 1 0 R", "F-1")] {
        let mut pdf = two_catalogues();
        pdf.trailer = trailer.into();
        ambiguous(trailer, &pdf.bytes());
        assert_eq!(judged(&pdf.bytes()).invoice.and_then(|i| i.number).as_deref(), Some(other));
    }
    let mut same = FacturX::new(&xml("F-1")).objects();
    same.trailer = "/Root 1 0 R/Info<</Root 9 0 R>>".into();
    nothing("the same twice", &same.bytes());
    // `/Prev` twice: two histories.
    let bytes = FacturX::new(&xml("F-1")).bytes();
    let start = String::from_utf8_lossy(&bytes[bytes.windows(9).rposition(|w| w == b"startxref").unwrap() + 10..])
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let later = super::make::updated(&bytes, 90, b"<<>>");
    nothing("an update", &later);
    ambiguous("/Prev twice", &replaced(&later, &format!("/Prev {start}>>"), &format!("/Prev 15/Prev {start}>>")));
}

#[test]
fn a_key_of_a_stream_that_is_there_twice() {
    let pdf = FacturX::new(&xml("F-1")).bytes();
    let packed = deflate(&xml("F-1")).len();
    let length = format!("/Length {packed}>>");
    // The last one is right here, and the first one there.
    ambiguous("right at last", &replaced(&pdf, &length, &format!("/Length 9/Length {packed}>>")));
    ambiguous(
        "another filter",
        &replaced(&pdf, &length, &format!("/Filter/ASCIIHexDecode/Filter/FlateDecode{length}")),
    );
    let twice = replaced(&pdf, &length, &format!("/Length {packed}/Length 9>>"));
    said("right at first", &twice, &["FCT-PDF-AMBIGUOUS", "FCT-PDF-LENGTH"], Verdict::NotJudged);
    nothing("the same twice", &replaced(&pdf, &length, &format!("/Length {packed}{length}")));
}

/// Junk before the header; `startxref` leads to one table counted from the first byte and to another counted from the header.
fn two_origins(junk: usize) -> Vec<u8> {
    let mut body = two_catalogues().bytes();
    let at = body.windows(5).rposition(|w| w == b"\nxref").unwrap() + 1;
    body.truncate(at);
    let places: Vec<(u32, usize)> = [1, 2, 3, 4, 5, 6, 9, 20, 21, 22, 23]
        .into_iter()
        .map(|id: u32| {
            (id, body.windows(9).position(|w| w.starts_with(format!("\n{id} 0 obj").as_bytes())).unwrap() + 1)
        })
        .collect();
    let table = |root: u32, shift: usize| {
        let mut out = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (id, at) in &places {
            out += &format!("{id} 1\n{:010} 00000 n \n", at + shift);
        }
        out + &format!("trailer\n<</Size 24/Root {root} 0 R>>\nstartxref\nPLACE\n%%EOF\n")
    };
    // The first table counts from the first byte, and so does its place; the second stands `junk` bytes behind it.
    let (mut one, two) = (table(9, junk), table(1, 0));
    let place = format!("{:05}", at + junk);
    one = one.replace("PLACE", &place);
    assert!(one.len() < junk, "the tables would overlap");
    let blank = " ".repeat(junk - one.len());
    let tables = one + &blank + &two.replace("PLACE", &place);
    [&vec![b'%'; junk - 1][..], b"\n", &body, tables.as_bytes()].concat()
}

#[test]
fn places_that_count_from_two_origins() {
    let bytes = two_origins(900);
    ambiguous("two tables", &bytes);
    assert_eq!(judged(&bytes).invoice.and_then(|i| i.number).as_deref(), Some("F-1"));
    // With one origin for everybody, junk does no harm.
    let good = FacturX::new(&xml("F-1")).bytes();
    for junk in [1, 2, 3, 900] {
        nothing("from the header", &[&vec![b'\n'; junk][..], &good].concat());
    }
}

#[test]
fn a_hybrid_file_whose_stream_replaces_what_the_tables_say() {
    let before = FacturX::new(&xml("F-1")).objects();
    let other = |id: u32| {
        let mut two = two_catalogues();
        two.list.retain(|(n, _)| *n == 22 || *n == 23);
        two.list.iter().find(|(n, _)| *n == id).unwrap().1.clone()
    };
    let specification = String::from_utf8(other(22)).unwrap();
    let both = two_catalogues();
    let both = both.bytes();
    let first = both.windows(9).position(|w| w == b"\n20 0 obj").unwrap() + 1;
    let names_first = format!("20 1\n{first:010} 00000 n \n");
    for (what, table) in [("the table does not name it", ""), ("the table names the first", &*names_first)] {
        ambiguous(what, &hybrid(&both, 20, specification.as_bytes(), table));
    }
    // A stream that takes the invoice away from those who read it.
    let freed = hybrid(&both, 20, b"", "");
    said("the stream frees it", &freed, &["FCT-PDF-REBUILT"], Verdict::NotJudged);
    // What only the stream tells of, or tells as the table does, is what hybrid files are for.
    nothing("new", &hybrid(&before.bytes(), 90, b"<</Hidden true>>", ""));
    nothing("new and called free", &hybrid(&before.bytes(), 90, b"<</Hidden true>>", "90 1\n0000000000 65535 f \n"));
    nothing("another page", &hybrid(&before.bytes(), 2, b"<</Type/Pages/Kids[3 0 R]/Count 1/Hidden true>>", ""));
}

#[test]
fn an_object_in_two_places_of_one_section() {
    let both = two_catalogues().bytes();
    let at = |id: u32| both.windows(9).position(|w| w.starts_with(format!("\n{id} 0 obj").as_bytes())).unwrap() + 1;
    let row = |place: usize| format!("1 1\n{place:010} 00000 n \n");
    // Two catalogues of one number.
    let renamed = replaced(&both, "\n9 0 obj", "\n1 0 obj");
    for (one, two) in [(at(1), at(9)), (at(9), at(1))] {
        ambiguous("a table", &replaced(&renamed, &row(at(1)), &(row(one) + &row(two))));
    }
    nothing("the same place", &replaced(&FacturX::new(&xml("F-1")).bytes(), "xref\n0 1", "xref\n0 0\n0 1"));
    // An object stream with the file specification of either.
    let mut pdf = two_catalogues();
    let mut specifications = Vec::new();
    pdf.list.retain(|(id, body)| {
        if matches!(id, 20 | 22) {
            specifications.push(body.clone());
        }
        !matches!(id, 20 | 22)
    });
    let shelf = |second: u32| {
        let head = format!("20 0 {second} {} ", specifications[0].len());
        let mut pdf = pdf.clone();
        let body = [head.as_bytes(), &specifications[0], &specifications[1]].concat();
        pdf.stream(30, &format!("/Type/ObjStm/N 2/First {}", head.len()), &body);
        let bytes = pdf.bytes();
        let place = bytes.windows(9).position(|w| w == b"\n30 0 obj").unwrap() as u32 + 1;
        let mut out = bytes[..bytes.windows(5).rposition(|w| w == b"\nxref").unwrap() + 1].to_vec();
        // The rows of the table, as a stream has them.
        let ids = [1, 2, 3, 4, 5, 6, 21, 23].map(|id: u32| (id, 1u8, at_of(&out, id)));
        let rows: Vec<(u32, u8, u32)> = ids.into_iter().chain([(20, 2, 30), (30, 1, place)]).collect();
        let index: String = rows.iter().map(|(id, ..)| format!("{id} 1 ")).collect();
        let packed: Vec<u8> =
            rows.iter().flat_map(|(_, kind, at)| [&[*kind][..], &at.to_be_bytes(), &[0]].concat()).collect();
        let start = out.len();
        let dictionary = format!("/Type/XRef/Size 300/W[1 4 1]/Index[{index}]/Root 1 0 R/Length {}", packed.len());
        out.extend_from_slice(
            &[format!("200 0 obj\n<<{dictionary}>>stream\n").as_bytes(), &packed, b"\nendstream\nendobj\n"].concat(),
        );
        out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        out
    };
    ambiguous("an object stream", &shelf(20));
    nothing("each once", &shelf(22));
    let length = "/Root 1 0 R/Length 60>>";
    ambiguous("the section's own length", &patched(&shelf(22), length, "/Root 1 0 R/Length 62>>"));
}

fn at_of(bytes: &[u8], id: u32) -> u32 {
    bytes.windows(9).position(|w| w.starts_with(format!("\n{id} 0 obj").as_bytes())).unwrap() as u32 + 1
}

/// With another text of the same length.
fn patched(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|w| w == from.as_bytes()).unwrap();
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

#[test]
fn a_stream_of_another_length_than_it_says() {
    let good = FacturX::new(&xml("F-1"));
    let packed = deflate(&xml("F-1")).len();
    let length = format!("/Length {packed}>>");
    let with = |other: &str| replaced(&good.bytes(), &length, other);
    for other in [
        "/Length -1>>".to_owned(),
        "/Length 99999999999999>>".to_owned(),
        "/Length 99999999999999999999999>>".to_owned(),
        "/Length 0>>".to_owned(),
        "/Length 10.5>>".to_owned(),
        format!("/Length {}>>", packed - 1),
        format!("/Length {}>>", packed + 3),
        "/Length 99 0 R>>".to_owned(),
        "/Length 21 0 R>>".to_owned(),
        "/Length null>>".to_owned(),
        "/Length/Name>>".to_owned(),
        ">>".to_owned(),
    ] {
        let bytes = with(&other);
        said(&other, &bytes, &["FCT-PDF-LENGTH"], Verdict::NotJudged);
        let finding = &judged(&bytes).findings[0];
        assert_eq!(finding.expected.as_deref(), Some(&*packed.to_string()), "{other}");
    }
    // The stream of another file, too: what others take out of it may be an invoice.
    let mut two = good.clone();
    two.files.push(Embedded::new("note.txt", b"a note"));
    let note = format!("/Length {}>>", deflate(b"a note").len());
    said("a note", &replaced(&two.bytes(), &note, "/Length 3>>"), &["FCT-PDF-LENGTH"], Verdict::NotJudged);
    // Inside the stream, the end of another one.
    let mut inner = good.clone();
    let body =
        [&xml("F-1")[..], b"\nendstream\nendobj\n\n21 0 obj\n<</Type/EmbeddedFile>>stream\n", &xml("F-2")].concat();
    inner.file().packed = Some(("[]".into(), body.clone()));
    let inner = replaced(&inner.bytes(), &format!("/Length {}>>", body.len()), "/Length 99 0 R>>");
    said("two ends", &inner, &["FCT-PDF-LENGTH"], Verdict::NotJudged);
    // A line end more or less before `endstream`, and a length elsewhere, are what many write.
    nothing("with the line end", &with(&format!("/Length {}>>", packed + 1)));
    let mut elsewhere = good.objects();
    elsewhere.add(99, packed.to_string());
    nothing("elsewhere", &replaced(&elsewhere.bytes(), &length, "/Length 99 0 R>>"));
    // A page's own stream is none of it.
    let page = pdf::open(&good.bytes()).unwrap();
    assert!(page.twofold.is_none() && page.attachments.iter().all(|a| a.misfit.is_none()));
}

#[test]
fn object_streams_and_metadata_of_another_length() {
    let good = FacturX::new(&xml("F-1"));
    let packet = good.xmp.as_ref().unwrap().len();
    ambiguous("the XMP packet", &replaced(&good.bytes(), &format!("/Length {packet}>>"), "/Length 7>>"));
}

fn beside(name: &str, content: &[u8]) -> Vec<u8> {
    let mut pdf = FacturX::new(&xml("F-1"));
    pdf.files.push(Embedded { relationship: Some("Supplement"), ..Embedded::new(name, content) });
    pdf.bytes()
}

/// Without its XML declaration, as it stands inside other XML.
fn element(number: &str) -> String {
    let text = String::from_utf8(xml(number)).unwrap();
    text[text.find("<rsm:").unwrap()..].to_owned()
}

#[test]
fn an_invoice_inside_another_file() {
    let (same, other) = (element("F-1"), element("F-2"));
    let ubl = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let ubl = &ubl[ubl.find("<Invoice").or(ubl.find("<ubl:Invoice")).unwrap()..];
    let soap = |body: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
        )
    };
    let sbd = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
    let sbdh = format!(
        "<StandardBusinessDocument xmlns=\"{sbd}\"><StandardBusinessDocumentHeader/>{ubl}</StandardBusinessDocument>"
    );
    for body in [sbdh, soap(&other), format!("<envelope>{other}</envelope>"), soap(&format!("{same}{other}"))] {
        said("wrapped", &beside("annexe.xml", body.as_bytes()), &["FCT-PDF-TWO-INVOICES"], Verdict::Invalid);
        said("of any name", &beside("annexe.bin", body.as_bytes()), &["FCT-PDF-TWO-INVOICES"], Verdict::Invalid);
    }
    said("the same", &beside("annexe.xml", soap(&same).as_bytes()), &["FCT-PDF-SAME-TWICE"], Verdict::Valid);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&xml("F-2")).unwrap();
    let ebcdic = b"\x4C\x6F\xA7\x94\x93\x40\xA5\x85\x99\xA2\x89\x96\x95\x7E\x7F\xF1\x4B\xF0\x7F\x6F\x6E";
    for (what, content) in [
        ("not well-formed", format!("<a>{other}").into_bytes()),
        ("as text", format!("<a><![CDATA[{other}]]></a>").into_bytes()),
        ("gzip", gzip.finish().unwrap()),
        ("zlib", deflate(&xml("F-2"))),
        ("bzip2", b"BZh91AY&SY\x01\x02".to_vec()),
        ("xz", b"\xFD7zXZ\0\0\x04\x01".to_vec()),
        ("base64", BASE64_STANDARD.encode(xml("F-2")).into_bytes()),
        ("EBCDIC", ebcdic.to_vec()),
        ("UTF-7", b"+ADw-?xml version=\"1.0\" encoding=\"UTF-7\"?>".to_vec()),
    ] {
        said(what, &beside("annexe.bin", &content), &["FCT-PDF-SECOND"], Verdict::NotJudged);
    }
    for (what, content) in [
        (
            "another document",
            soap("<Order xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Order-2\"/>").into_bytes(),
        ),
        ("an element called so", b"<a><Invoice>F-2</Invoice></a>".to_vec()),
        ("a packed note", deflate(b"a note")),
        ("a picture in base64", BASE64_STANDARD.encode([0x89; 400]).into_bytes()),
        ("words", b"Bonjour ".repeat(40)),
    ] {
        nothing(what, &beside("annexe.bin", &content));
    }
}
