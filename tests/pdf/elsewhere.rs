//! A second invoice that hangs neither in the catalogue's list nor in the name tree is seen wherever it hangs; what nothing leads
//! to, what is the same file again and what is no invoice does no harm.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;

use facteur::pdf::{self, Found};
use facteur::report::{Report, Verdict};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::container::judged;
use super::fixtures::tool;
use super::make::{FacturX, Objects, deflate, updated};
use super::{hostile, xml};

const SECOND: &str = "50 0 R";

fn good() -> Objects {
    FacturX::new(&xml("F-1")).objects()
}

/// Adds this to the dictionary of an object.
fn put(pdf: &mut Objects, id: u32, more: &str) {
    let (_, body) = pdf.list.iter_mut().find(|(n, _)| *n == id).unwrap();
    assert!(body.starts_with(b"<<"));
    body.splice(2..2, more.bytes());
}

/// A file specification (50) and its stream (51), which nothing leads to yet.
fn file(pdf: &mut Objects, name: &str, kind: &str, content: &[u8]) {
    pdf.add(50, format!("<</Type/Filespec/F({name})/UF({name})/AFRelationship/Data/EF<</F 51 0 R/UF 51 0 R>>>>"));
    pdf.stream(51, &format!("{kind}/Filter/FlateDecode"), &deflate(content));
}

fn with_second(hang: impl FnOnce(&mut Objects)) -> Objects {
    let mut pdf = good();
    file(&mut pdf, "autre.xml", "/Type/EmbeddedFile", &xml("F-2"));
    hang(&mut pdf);
    pdf
}

fn rules(report: &Report) -> BTreeSet<&str> {
    report.findings.iter().map(|f| &*f.rule).collect()
}

fn nothing_said(what: &str, bytes: &[u8]) {
    let report = judged(bytes);
    assert_eq!((rules(&report), report.verdict), (BTreeSet::new(), Verdict::Valid), "{what}");
}

fn two(what: &str, bytes: &[u8]) {
    let report = judged(bytes);
    assert_eq!(
        (rules(&report), report.verdict),
        (BTreeSet::from(["FCT-PDF-TWO-INVOICES"]), Verdict::Invalid),
        "{what}"
    );
}

fn doubt(what: &str, bytes: &[u8], rule: &str) {
    let report = judged(bytes);
    assert_eq!((rules(&report), report.verdict), (BTreeSet::from([rule]), Verdict::NotJudged), "{what}");
}

/// Ways to hang it, by what leads there.
fn places() -> Vec<(&'static str, Objects)> {
    let at = |id: u32, more: &str| with_second(|pdf| put(pdf, id, more));
    let annotation = |more: &str| at(3, &format!("/Annots[<</Type/Annot/Rect[0 0 9 9]{more}>>]"));
    let drawn = |head: &str| {
        with_second(|pdf| {
            pdf.stream(60, &format!("/Type/XObject{head}/AF[{SECOND}]"), b"");
            let page = &mut pdf.list.iter_mut().find(|(n, _)| *n == 3).unwrap().1;
            let text = String::from_utf8(page.clone()).unwrap();
            *page = text.replace("/Resources<<", "/Resources<</XObject<</X 60 0 R>>").into_bytes();
        })
    };
    let mut list = vec![
        ("a page's list", at(3, "/AF[50 0 R]")),
        ("a single file in place of a list", at(3, "/AF 50 0 R")),
        ("the page tree", at(2, "/AF[50 0 R]")),
        ("a form", drawn("/Subtype/Form/BBox[0 0 1 1]")),
        ("an image", drawn("/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8")),
        ("the content of a page", at(4, "/AF[50 0 R]")),
        ("an annotation", annotation("/Subtype/Text/AF[50 0 R]")),
        ("an annotation of another kind with a file", annotation("/Subtype/Link/FS 50 0 R")),
        ("an annotation that is the file specification", annotation("/Subtype/Screen/EF<</F 51 0 R>>")),
        ("assets of a rich medium", annotation("/Subtype/RichMedia/RichMediaContent<</Assets<</Names[(a)50 0 R]>>>>")),
        ("an action", annotation("/Subtype/Link/A<</S/Launch/F 50 0 R>>")),
        ("a structure element", at(1, "/StructTreeRoot<</Type/StructTreeRoot/K[<</S/Figure/AF[50 0 R]>>]>>")),
        ("a collection", at(1, "/Collection<</Folders<</Child<</AF 50 0 R>>>>>>")),
        ("a page piece", at(3, "/PieceInfo<</App<</Private<</AF[50 0 R]>>>>>>")),
        ("another name tree", at(1, "/Names<</EmbeddedFile<</Names[(a)50 0 R]>>>>")),
        ("a list that is there twice", at(1, "/AF[50 0 R]")),
        ("the XMP packet's own dictionary", at(6, "/AF[50 0 R]")),
        ("a related file", at(20, "/RF<</F[(autre.xml)51 0 R]>>")),
        ("a specification inside the other one", at(20, "/CI<</More 50 0 R>>")),
        ("a key of EF that is none", at(3, "/AF[<</EF<</X 51 0 R>>>>]")),
        ("a key written with escapes", at(3, "/#41F[<</E#46<</#46 51 0 R>>>>]")),
        ("no file specification at all", at(3, "/X 51 0 R")),
        (
            "a reference to a reference",
            with_second(|pdf| {
                pdf.add(52, SECOND);
                put(pdf, 3, "/AF[52 0 R]");
            }),
        ),
        (
            "a stream that nothing calls a file",
            with_second(|pdf| {
                pdf.stream(53, "/Filter[/ASCIIHexDecode/FlateDecode]", &hex(&deflate(&xml("F-2"))));
                put(pdf, 3, "/PieceInfo<</App<</Private 53 0 R>>>>");
            }),
        ),
        (
            "a stream that breaks off",
            with_second(|pdf| {
                let packed = deflate(&xml("F-2"));
                pdf.stream(53, "/Filter/FlateDecode", &packed[..packed.len() - 9]);
                put(pdf, 3, "/X 53 0 R");
            }),
        ),
        (
            "a plain stream that nothing calls a file",
            with_second(|pdf| {
                pdf.stream(53, "", &[b"\xEF\xBB\xBF ", &xml("F-2")[..]].concat());
                put(pdf, 3, "/X 53 0 R");
            }),
        ),
    ];
    let mut information = with_second(|pdf| pdf.add(54, "<</X 50 0 R>>"));
    information.trailer = "/Info 54 0 R".to_owned();
    list.push(("the trailer", information));
    list
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).chain(*b">").collect()
}

#[test]
fn a_second_invoice_is_seen_wherever_it_hangs() {
    for (place, pdf) in places() {
        two(place, &pdf.bytes());
    }
    let annotated = with_second(|pdf| put(pdf, 3, "/Annots[<</Subtype/FileAttachment/Rect[0 0 9 9]/FS 50 0 R>>]"));
    two("a file attachment", &annotated.bytes());
}

/// qpdf puts everything into object streams, and locks what it is told to lock.
#[test]
fn it_is_seen_in_object_streams_and_in_locked_files() {
    if !tool("qpdf", "it_is_seen_in_object_streams_and_in_locked_files") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.pdf"), folder.path().join("to.pdf"));
    let rewritten = |pdf: &Objects, how: &[&str]| {
        std::fs::write(&from, pdf.bytes()).unwrap();
        let run = Command::new("qpdf").args(how).arg(&from).arg(&to).output().unwrap();
        assert!(run.status.code().is_some_and(|c| c != 2), "{}", String::from_utf8_lossy(&run.stderr));
        std::fs::read(&to).unwrap()
    };
    nothing_said("good", &rewritten(&good(), &["--object-streams=generate"]));
    // qpdf keeps one value of a key that is there twice, and follows no reference to a reference.
    let lost = ["a list that is there twice", "another name tree", "a reference to a reference"];
    for (place, pdf) in places().iter().filter(|(place, _)| !lost.contains(place)) {
        two(place, &rewritten(pdf, &["--object-streams=generate"]));
    }
    let page = with_second(|pdf| put(pdf, 3, "/AF[50 0 R]"));
    let locked = judged(&rewritten(&page, &["--encrypt", "", "owner", "256", "--"]));
    assert_eq!(rules(&locked), BTreeSet::from(["FCT-PDF-LOCKED", "FCT-PDF-TWO-INVOICES"]));
}

#[test]
fn whatever_it_is_called_and_however_it_is_written() {
    let on_page = |name: &str, kind: &str, content: &[u8]| {
        let mut pdf = good();
        file(&mut pdf, name, kind, content);
        put(&mut pdf, 3, "/AF[50 0 R]");
        pdf.bytes()
    };
    let second = String::from_utf8(xml("F-2")).unwrap();
    let (_, body) = second.split_once("?>").unwrap();
    let latin =
        |name: &str| [format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{body}").as_bytes(), b"<!--\xE9-->"].concat();
    let wide: Vec<u8> = format!("\u{FEFF}{body}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wider: Vec<u8> = body.trim_start().chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let ubl = std::fs::read("fixtures/invoices/ubl-minimal.xml").unwrap();
    for (what, name, kind, content) in [
        ("text", "notes.txt", "/Subtype/text#2Fplain", second.clone().into_bytes()),
        ("a picture by its type", "photo.jpg", "/Subtype/image#2Fjpeg", second.clone().into_bytes()),
        ("an image by its dictionary", "a", "/Subtype/Image", second.clone().into_bytes()),
        ("UBL", "b.bin", "", ubl),
        ("UTF-16", "c.txt", "", wide),
        ("UTF-32", "d.txt", "", wider),
        ("windows-1252", "e.txt", "", latin("windows-1252")),
        ("not the encoding that it says", "f.txt", "", latin("utf-8")),
        ("a DTD", "g.txt", "", format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{body}").into_bytes()),
        ("behind a comment", "h.txt", "", format!("<!--{}-->{body}", "-x".repeat(99_999)).into_bytes()),
    ] {
        two(what, &on_page(name, kind, &content));
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(second.as_bytes()).unwrap();
    doubt("packed", &on_page("i.bin", "", &packed.finish().unwrap()), "FCT-PDF-SECOND");
    // What is no invoice is nobody's second invoice.
    for (what, content) in
        [("text", &b"voir la facture"[..]), ("a picture", b"\x89PNG\r\n\x1A\n"), ("markup", b"<svg/>"), ("none", b"")]
    {
        let bytes = on_page("annexe.bin", "/Type/EmbeddedFile", content);
        nothing_said(what, &bytes);
        let container = pdf::open(&bytes).unwrap();
        let annex = container.attachments.iter().find(|a| a.name == "annexe.bin").unwrap();
        assert_eq!((&annex.found, annex.content.as_deref()), (&vec![Found::Elsewhere], Ok(content)), "{what}");
    }
}

#[test]
fn the_same_file_again_is_no_second_one() {
    let same = |hang: &str| {
        let mut pdf = good();
        put(&mut pdf, 3, hang);
        pdf.bytes()
    };
    nothing_said("the page names it too", &same("/AF[20 0 R]"));
    nothing_said("another specification of it", &same("/AF[<</Type/Filespec/F(x.xml)/EF<</F 21 0 R>>>>]"));
    let mut copy = good();
    file(&mut copy, "copie.xml", "", &xml("F-1"));
    put(&mut copy, 3, "/AF[50 0 R]");
    let report = judged(&copy.bytes());
    assert_eq!((rules(&report), report.verdict), (BTreeSet::from(["FCT-PDF-SAME-TWICE"]), Verdict::Valid));
    // Nothing calls it a file: a copy of what was read is worth no word.
    let mut loose = good();
    loose.stream(53, "/Filter/FlateDecode", &deflate(&xml("F-1")));
    put(&mut loose, 3, "/X 53 0 R");
    nothing_said("a loose copy", &loose.bytes());
}

#[test]
fn what_nothing_leads_to_any_more_does_no_harm() {
    nothing_said("left over", &with_second(|_| {}).bytes());
    // The second invoice hung on the page; a later revision of the page is without it.
    let before = with_second(|pdf| put(pdf, 3, "/AF[50 0 R]"));
    let page = good().list.into_iter().find(|(id, _)| *id == 3).unwrap().1;
    two("before", &before.bytes());
    nothing_said("taken away", &updated(&before.bytes(), 3, &page));
    // The other way round it is there.
    let (_, hung) = before.list.iter().find(|(id, _)| *id == 3).unwrap();
    two("put there", &updated(&with_second(|_| {}).bytes(), 3, hung));
    // The invoice itself was exchanged, and the first one is still in the file.
    let mut first = FacturX::new(&xml("F-1")).objects();
    first.add(90, "null");
    let exchanged = FacturX::new(&xml("F-9")).objects().list.into_iter().find(|(id, _)| *id == 21).unwrap().1;
    let container = pdf::open(&updated(&first.bytes(), 21, &exchanged)).unwrap();
    assert_eq!((container.attachments.len(), container.loose.len(), &container.unseen), (1, 0, &None));
    assert_eq!(container.attachments[0].content.as_deref(), Ok(&*xml("F-9")));
    // References that lead nowhere are null.
    let mut dangling = good();
    put(&mut dangling, 3, "/AF[777 0 R]/B 778 0 R");
    nothing_said("dangling", &dangling.bytes());
}

#[test]
fn where_it_alone_is_there_it_is_read_and_what_is_missing_is_said() {
    let mut pdf = FacturX::new(&xml("F-1"));
    pdf.file().in_af = false;
    pdf.file().in_names = false;
    let mut objects = pdf.objects();
    put(&mut objects, 3, "/AF[20 0 R]");
    let report = judged(&objects.bytes());
    assert_eq!(rules(&report), BTreeSet::from(["FCT-PDF-NO-AF", "FCT-PDF-NO-NAMES"]));
    assert_eq!(report.verdict, Verdict::Invalid);
    // A stream that nothing calls a file is no invoice: nobody would take it for one.
    let mut loose = FacturX::new(&xml("F-1"));
    loose.files.clear();
    let mut objects = loose.objects();
    objects.stream(53, "", &xml("F-1"));
    put(&mut objects, 3, "/X 53 0 R");
    assert_eq!(rules(&judged(&objects.bytes())), BTreeSet::from(["FCT-PDF-NO-INVOICE"]));
}

#[test]
fn a_second_one_that_cannot_be_read_is_a_doubt() {
    let mut broken = good();
    file(&mut broken, "autre.xml", "/Type/EmbeddedFile", &xml("F-2"));
    broken.list.retain(|(id, _)| *id != 51);
    broken.stream(51, "/Type/EmbeddedFile/Filter/FlateDecode", &deflate(&xml("F-2"))[..40]);
    put(&mut broken, 3, "/AF[50 0 R]");
    doubt("broken", &broken.bytes(), "FCT-PDF-UNREAD");
}

#[test]
fn a_table_that_lies_about_a_page_hides_nothing() {
    // The entry of the second specification leads astray: a reader that mends tables finds it all the same.
    let hidden = with_second(|pdf| put(pdf, 3, "/AF[50 0 R]")).bytes();
    let astray = hostile::astray(&hidden, 50);
    let report = judged(&astray);
    assert_eq!(rules(&report), BTreeSet::from(["FCT-PDF-REBUILT", "FCT-PDF-TWO-INVOICES"]));
    // Where mending the tables brings nothing new to light, the damage hid nothing.
    let mut harmless = good();
    harmless.add(50, "<</Desc(rien)>>");
    put(&mut harmless, 3, "/X 50 0 R");
    nothing_said("harmless", &hostile::astray(&harmless.bytes(), 50));
    // Not so where it brings another content to light: an object behind the table, which only such a reader takes.
    let other = FacturX::new(&xml("F-2")).objects().list.into_iter().find(|(id, _)| *id == 21).unwrap().1;
    let whole = harmless.bytes();
    let table = whole.windows(6).rposition(|w| w == b"\nxref\n").unwrap() + 1;
    let (before, after) = whole.split_at(table);
    let late = [before, b"21 0 obj\n", &other, b"\nendobj\n"].concat();
    let shift = (late.len() - before.len()) as u64;
    let after = String::from_utf8(after.to_vec()).unwrap();
    let (head, start) = after.split_once("startxref\n").unwrap();
    let start: u64 = start.lines().next().unwrap().parse().unwrap();
    let twice = [&late, head.as_bytes(), format!("startxref\n{}\n%%EOF\n", start + shift).as_bytes()].concat();
    nothing_said("the table decides", &twice);
    doubt("two contents", &hostile::astray(&twice, 50), "FCT-PDF-UNSEEN");
    // A part that nobody can read, mended or not.
    let mut unreadable = good();
    unreadable.add(50, "<</A[1 2");
    put(&mut unreadable, 3, "/X 50 0 R");
    doubt("unreadable", &unreadable.bytes(), "FCT-PDF-UNSEEN");
}
