//! Files that unpack to more than the machine has. Each is given to the real program with little address space: a reader that
//! set aside what the file asks for would be ended by the machine.

use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::make::{Embedded, FacturX, NAME, Objects, deflate, xmp};
use super::xml;
use crate::stage::PROGRAM;

const MIB: usize = 1024 * 1024;
/// What a reader may have beside the program itself: the limits say 96 MiB unpacked and half a million objects. Address space
/// is not memory in use: threads reserve a good part of it without touching it.
const SPACE_KIB: usize = 700 * 1024;
const SOON: Duration = Duration::from_secs(30);

/// `facteur extract --list` of these bytes, in little space and little time; what it refuses them by.
fn refused(what: &str, bytes: &[u8]) -> String {
    let line = listed(what, bytes);
    line["refused"].as_str().unwrap_or_else(|| panic!("{what}: {line}")).to_owned()
}

fn listed(what: &str, bytes: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.pdf");
    fs::write(&path, bytes).unwrap();
    let began = Instant::now();
    let Output { status, stdout, stderr } = Command::new("sh")
        .args(["-c", &format!("ulimit -v {SPACE_KIB}; exec \"$0\" --lang en extract --list --format json \"$1\"")])
        .args([PROGRAM.as_ref(), path.as_os_str()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.code().is_some_and(|code| code <= 2) && !said.contains("panicked"), "{what}: {status} {said}");
    assert!(began.elapsed() < SOON, "{what}: {:?}", began.elapsed());
    serde_json::from_slice(&stdout).unwrap_or_else(|e| panic!("{what}: {e}: {said}"))
}

fn packed(filter: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut pdf = FacturX::new(b"");
    pdf.file().packed = Some((filter.to_owned(), bytes));
    pdf.bytes()
}

/// The dictionary of a predictor right after the filter.
fn predicted(parameters: &str) -> Vec<u8> {
    packed(&format!("/FlateDecode/DecodeParms<<{parameters}>>"), deflate(&[2u8; 64 * 1024]))
}

/// Zeros as LZW: each code stands for one zero more than the one before.
fn lzw_zeros(codes: usize) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0u64, 0);
    let mut put = |code: u64, width: u32| {
        held = (held << width) | code;
        bits += width;
        while bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    };
    put(256, 9);
    let (mut next, mut width) = (258u64, 9);
    for n in 0..codes {
        put(if n == 0 { 0 } else { next }, width);
        if n > 0 {
            next += 1;
        }
        // The table is full: it begins anew.
        if next >= 4_093 {
            put(256, width);
            (next, width) = (258, 9);
            put(0, 9);
            continue;
        }
        width = match next {
            ..511 => 9,
            511..1_023 => 10,
            1_023..2_047 => 11,
            _ => 12,
        };
    }
    put(257, width);
    put(0, 7);
    out
}

#[test]
fn streams_that_unpack_without_end() {
    let zeros = deflate(&vec![b' '; 64 * MIB]);
    for (what, bytes) in [
        ("flate", packed("/FlateDecode", zeros.clone())),
        ("flate twice", packed("[/FlateDecode/FlateDecode]", deflate(&zeros))),
        ("flate four times", packed("[/Fl/Fl/Fl/Fl]", deflate(&deflate(&deflate(&zeros))))),
        ("3000 filters", packed(&format!("[{}]", "/FlateDecode".repeat(3_000)), deflate(b"x"))),
        ("run length", packed("/RunLengthDecode", [129u8, 0].repeat(MIB / 2))),
        ("run length in flate", packed("[/FlateDecode/RunLengthDecode]", deflate(&[129u8, 0].repeat(MIB)))),
        ("ASCII 85 in flate", packed("[/FlateDecode/ASCII85Decode]", deflate(&vec![b'z'; 20 * MIB]))),
        ("LZW", packed("/LZWDecode", lzw_zeros(80_000))),
    ] {
        assert_eq!(refused(what, &bytes), "FCT-PDF-BOMB", "{what}");
    }
}

#[test]
fn predictors_that_ask_for_rows_of_any_length() {
    for parameters in [
        "/Predictor 15/Columns 2147483647/Colors 99/BitsPerComponent 32",
        "/Predictor 12/Columns 9223372036854775807",
        "/Predictor 12/Columns -1",
        "/Predictor 12/Columns 0/Colors 0",
        "/Predictor 2/Columns 1/BitsPerComponent 999999999",
    ] {
        assert_eq!(refused(parameters, &predicted(parameters)), "FCT-PDF-DAMAGED", "{parameters}");
    }
}

/// Objects in the file and inside object streams, with a cross-reference stream at the end.
struct Packed {
    out: Vec<u8>,
    rows: Vec<(u32, [u64; 3])>,
}

impl Packed {
    fn new() -> Self {
        Self { out: b"%PDF-1.7\n".to_vec(), rows: Vec::new() }
    }

    fn put(&mut self, id: u32, body: &[u8]) {
        self.rows.push((id, [1, self.out.len() as u64, 0]));
        self.out.extend_from_slice(format!("{id} 0 obj\n").as_bytes());
        self.out.extend_from_slice(body);
        self.out.extend_from_slice(b"\nendobj\n");
    }

    /// An object stream with these objects, each at this place of the content.
    fn stream(&mut self, outer: u32, inner: &[(u32, usize)], content: &[u8]) {
        let head: String = inner.iter().map(|(id, at)| format!("{id} {at} ")).collect();
        let packed = deflate(&[head.as_bytes(), content].concat());
        let (count, first, length) = (inner.len(), head.len(), packed.len());
        let head = format!("<</Type/ObjStm/N {count}/First {first}/Filter/FlateDecode/Length {length}>>stream\n");
        self.put(outer, &[head.as_bytes(), &packed, b"\nendstream"].concat());
        self.rows.extend(inner.iter().map(|(id, _)| (*id, [2, u64::from(outer), 0])));
    }

    fn bytes(mut self) -> Vec<u8> {
        let start = self.out.len();
        let (mut table, mut index) = (Vec::new(), String::new());
        for (id, [kind, second, _]) in self.rows {
            index += &format!("{id} 1 ");
            table.push(kind as u8);
            table.extend_from_slice(&(second as u32).to_be_bytes());
            table.push(0);
        }
        let length = table.len();
        let head =
            format!("9000 0 obj\n<</Type/XRef/W[1 4 1]/Index[{index}]/Size 9001/Root 1 0 R/Length {length}>>stream\n");
        self.out.extend_from_slice(&[head.as_bytes(), &table].concat());
        self.out.extend_from_slice(format!("\nendstream endobj\nstartxref\n{start}\n%%EOF").as_bytes());
        self.out
    }
}

/// A file whose objects from 10 on lie in object streams, one a stream, and whose catalogue lists them.
fn in_object_streams(contents: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = Packed::new();
    let refs: String = (0..contents.len()).map(|n| format!("{} 0 R ", 10 + n)).collect();
    pdf.put(1, format!("<</Type/Catalog/AF[{refs}]>>").as_bytes());
    for (n, content) in contents.iter().enumerate() {
        pdf.stream(1_000 + n as u32, &[(10 + n as u32, 0)], content);
    }
    pdf.bytes()
}

#[test]
fn object_streams_that_become_sixty_times_their_size() {
    // Thirty megabytes of text are within the limit of a stream; as a list they would take two gigabytes.
    let list = |length: usize| [&b"["[..], &b"0 ".repeat(length), b"]"].concat();
    assert_eq!(refused("one list", &in_object_streams(&[list(15 * MIB)])), "FCT-PDF-OBJECTS");
    assert_eq!(
        refused("names", &in_object_streams(&[[&b"["[..], &b"/".repeat(20 * MIB), b"]"].concat()])),
        "FCT-PDF-OBJECTS"
    );
    let blank = |length: usize| [b"<</EF 7>>".to_vec(), vec![b' '; length]].concat();
    assert_eq!(refused("one stream", &in_object_streams(&[blank(40 * MIB)])), "FCT-PDF-BOMB");
    let many: Vec<Vec<u8>> = (0..20).map(|_| blank(20 * MIB)).collect();
    assert_eq!(refused("many streams", &in_object_streams(&many)), "FCT-PDF-BOMB");
    // What nobody asks for is not unpacked: the same streams beside a good invoice do no harm.
    let mut good = FacturX::new(&xml("F-1")).objects();
    let packed = deflate(&list(15 * MIB));
    for n in 0..50 {
        let head = format!("/Type/ObjStm/N 1/First 4/Filter/FlateDecode/Extends {n} 0 R");
        good.stream(1_000 + n, &head, &packed);
    }
    let line = listed("beside", &good.bytes());
    assert_eq!((&line["invoice"], &line["refused"]), (&NAME.into(), &Value::Null));
    let mut plain = Objects::default();
    plain.add(1, [&b"<</Type/Catalog/AF"[..], &list(20 * MIB), b">>"].concat());
    assert_eq!(refused("a plain list", &plain.bytes()), "FCT-PDF-OBJECTS");
}

#[test]
fn attachments_that_are_each_within_bounds_and_not_together() {
    let big = vec![b' '; 30 * MIB];
    let mut pdf = FacturX::new(&xml("F-1"));
    pdf.files.clear();
    for n in 0..20 {
        let mut file = Embedded::new(&format!("{n}.bin"), b"");
        file.packed = Some(("/FlateDecode".into(), deflate(&big)));
        pdf.files.push(file);
    }
    assert_eq!(refused("twenty of thirty", &pdf.bytes()), "FCT-PDF-BOMB");
    // With an invoice among them it is read, and what could not be looked at is said.
    pdf.files.push(Embedded::new(NAME, &xml("F-1")));
    let line = listed("with an invoice", &pdf.bytes());
    assert_eq!(line["invoice"], NAME);
    assert!(
        line["remarks"].as_array().unwrap().iter().all(|r| r["rule"] == "FCT-PDF-UNREAD")
            && line["remarks"][0].is_object()
    );
    let mut huge = FacturX::new(&xml("F-1"));
    huge.xmp = Some(xmp(NAME, "EN 16931") + &" ".repeat(2 * MIB));
    assert_eq!(listed("XMP", &huge.bytes())["remarks"][0]["rule"], "FCT-PDF-XMP");
}

/// A good invoice, and a page that leads to more than can be looked at.
fn with_page(page: &str, more: impl FnOnce(&mut Packed)) -> Value {
    let mut pdf = Packed::new();
    for (id, mut body) in FacturX::new(&xml("F-1")).objects().list {
        if id == 3 {
            body.splice(2..2, page.bytes());
        }
        pdf.put(id, &body);
    }
    more(&mut pdf);
    listed(&page[..page.len().min(40)], &pdf.bytes())
}

#[test]
fn what_hangs_elsewhere_without_end_is_a_doubt_in_little_time() {
    let unseen = |line: &Value| {
        assert_eq!((&line["invoice"], &line["refused"]), (&NAME.into(), &Value::Null), "{line}");
        let remarks = line["remarks"].as_array().unwrap();
        let [only] = remarks.as_slice() else { panic!("{remarks:?}") };
        assert_eq!(only["rule"], "FCT-PDF-UNSEEN");
        only["found"].as_str().unwrap().to_owned()
    };
    let refs = |ids: std::ops::Range<u32>| ids.map(|id| format!("{id} 0 R ")).collect::<String>();
    // Four thousand objects that all are the same megabyte.
    let long = [&b"["[..], &b"0 ".repeat(MIB / 2), b"]"].concat();
    let line = with_page(&format!("/X[{}]", refs(3_000..7_000)), |pdf| {
        pdf.stream(2_000, &(3_000..7_000).map(|id| (id, 0)).collect::<Vec<_>>(), &long);
    });
    assert_eq!(unseen(&line), "FCT-PDF-OBJECTS");
    // Object streams that unpack to more than there is, and such that break at their end.
    let blank = vec![b' '; 30 * MIB];
    let line = with_page(&format!("/X[{}]", refs(3_000..3_020)), |pdf| {
        for n in 0..20 {
            pdf.stream(2_000 + n, &[(3_000 + n, 0)], &[b"<<>>", &blank[..]].concat());
        }
    });
    assert_eq!(unseen(&line), "FCT-PDF-BOMB");
    let mut broken = deflate(&blank);
    let end = broken.len() - 1;
    broken[end] ^= 1;
    let line = with_page(&format!("/X[{}]", refs(3_000..3_400)), |pdf| {
        let head = format!("<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>stream\n", broken.len());
        let body = [head.as_bytes(), &broken, b"\nendstream"].concat();
        pdf.put(2_000, &body);
        for n in 0..400 {
            if n > 0 && n < 40 {
                pdf.put(2_000 + n, &body);
            }
            pdf.rows.push((3_000 + n, [2, u64::from(2_000 + n % 40), 0]));
        }
    });
    assert_eq!(unseen(&line), "FCT-PDF-BOMB");
    // A stream of no kind that begins as markup and does not end.
    let markup = deflate(&[&b"<"[..], &vec![b' '; 40 * MIB]].concat());
    let line = with_page("/X 3000 0 R", |pdf| {
        let head = format!("<</Filter/FlateDecode/Length {}>>stream\n", markup.len());
        pdf.put(3_000, &[head.as_bytes(), &markup, b"\nendstream"].concat());
    });
    assert_eq!(unseen(&line), "FCT-PDF-BOMB");
    // More files than are kept.
    let line = with_page(&format!("/AF[{}]", refs(3_000..3_300)), |pdf| {
        for id in 3_000..3_300 {
            pdf.put(id, format!("<</EF<</F {} 0 R>>>>", id + 1_000).as_bytes());
            pdf.put(id + 1_000, b"<</Length 1>>stream\nx\nendstream");
        }
    });
    assert_eq!(unseen(&line), "FCT-PDF-OBJECTS");
}
