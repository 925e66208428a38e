//! Files made to break the reader: each is refused by name or read, in bounded time, and nothing panics.

use std::time::{Duration, Instant};

use facteur::pdf::{self, Container, RefusalKind};
use lopdf::encryption::crypt_filters::{Aes256CryptFilter, CryptFilter};
use lopdf::{Document, EncryptionState, EncryptionVersion, Permissions};
use proptest::prelude::*;

use super::make::{Embedded, FacturX, NAME, Objects, deflate};
use super::xml;

/// Far above what any of these takes, even on a machine that does other things.
const SOON: Duration = Duration::from_secs(20);

fn open(what: &str, bytes: &[u8]) -> Result<Container, RefusalKind> {
    let began = Instant::now();
    let opened = pdf::open(bytes).map_err(|refusal| refusal.kind);
    let took = began.elapsed();
    assert!(took < SOON, "{what} took {took:?}");
    opened
}

/// The refusal of the file as a whole, or of its invoice.
fn refusal(what: &str, bytes: &[u8]) -> Option<RefusalKind> {
    match open(what, bytes) {
        Err(kind) => Some(kind),
        Ok(container) => container.attachments.iter().find_map(|a| a.content.as_ref().err()).map(|r| r.kind),
    }
}

fn good() -> FacturX {
    FacturX::new(&xml("F-1"))
}

fn invoice(container: &Container) -> Option<&[u8]> {
    container.attachments.iter().find(|a| a.name == NAME).and_then(|a| a.content.as_deref().ok())
}

/// Encrypted with AES-256 under this user password.
pub fn encrypted(bytes: &[u8], password: &str) -> Vec<u8> {
    let mut document = Document::load_mem(bytes).unwrap();
    let key = [7u8; 32];
    let filter: std::sync::Arc<dyn CryptFilter> = std::sync::Arc::new(Aes256CryptFilter);
    let version = EncryptionVersion::V5 {
        encrypt_metadata: true,
        crypt_filters: [(b"StdCF".to_vec(), filter)].into(),
        file_encryption_key: &key,
        stream_filter: b"StdCF".to_vec(),
        string_filter: b"StdCF".to_vec(),
        owner_password: "owner",
        user_password: password,
        permissions: Permissions::all(),
    };
    document.encrypt(&EncryptionState::try_from(version).unwrap()).unwrap();
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

/// The entry of this object in the cross-reference table leads elsewhere.
pub fn astray(bytes: &[u8], id: u32) -> Vec<u8> {
    let line = format!("\n{id} 1\n").into_bytes();
    let at = bytes.windows(line.len()).rposition(|w| w == line).unwrap() + line.len();
    let mut out = bytes.to_vec();
    out[at..at + 10].copy_from_slice(b"0000000009");
    out
}

/// The file without its tables: cut before `xref`.
pub fn without_tail(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(5).rposition(|w| w == b"\nxref").unwrap();
    bytes[..=at].to_vec()
}

/// A PDF of these objects; 1 is the catalogue.
fn pdf(objects: &[(u32, &str)]) -> Vec<u8> {
    let mut all = Objects::default();
    for (id, body) in objects {
        all.add(*id, *body);
    }
    all.bytes()
}

#[test]
fn passwords() {
    let locked = encrypted(&good().bytes(), "secret");
    assert_eq!(open("a password", &locked).unwrap_err(), RefusalKind::Encrypted);
    let container = open("an empty password", &encrypted(&good().bytes(), "")).unwrap();
    assert!(container.locked && container.rebuilt.is_none());
    assert_eq!(invoice(&container), Some(&xml("F-1")[..]));
    let attachment = &container.attachments[0];
    assert_eq!(attachment.size, Some(xml("F-1").len() as i64));
    assert_eq!(attachment.checksum.as_ref().map(Vec::len), Some(16), "strings are decrypted too");
    let mut unknown = good().objects();
    unknown.trailer = "/Encrypt<</Filter/Unknown/V 9>>".into();
    assert_eq!(open("an unknown lock", &unknown.bytes()).unwrap_err(), RefusalKind::Encrypted);
}

#[test]
fn references_in_circles() {
    type Case<'c> = (&'c str, &'c [(u32, &'c str)], RefusalKind);
    let cases: &[Case<'_>] = &[
        ("self", &[(1, "1 0 R")], RefusalKind::Cyclic),
        ("two", &[(1, "2 0 R"), (2, "1 0 R")], RefusalKind::Cyclic),
        (
            "names",
            &[(1, "<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>"), (2, "<</Kids[2 0 R]>>")],
            RefusalKind::Cyclic,
        ),
        (
            "names in two steps",
            &[(1, "<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>"), (2, "<</Kids[3 0 R]>>"), (3, "<</Kids[2 0 R]>>")],
            RefusalKind::Cyclic,
        ),
        ("a value that is its own list", &[(1, "<</Type/Catalog/AF 2 0 R>>"), (2, "2 0 R")], RefusalKind::Cyclic),
    ];
    for (what, objects, kind) in cases {
        assert_eq!(open(what, &pdf(objects)).unwrap_err(), *kind, "{what}");
    }
    // Pages are only looked through; a circle there ends, and harms nobody.
    let circle = pdf(&[(1, "<</Type/Catalog/Pages 2 0 R>>"), (2, "<</Kids[2 0 R 2 0 R]/Annots 2 0 R>>")]);
    assert!(open("pages", &circle).unwrap().attachments.is_empty());
    // A length that leads to itself is not believed.
    for length in ["21 0 R", "99 0 R", "-5", "99999999999", "(x)", "1.5"] {
        let mut objects = good().objects();
        for (id, body) in &mut objects.list {
            if *id == 21 {
                let text: Vec<u8> = body.clone();
                let at = text.windows(8).position(|w| w == b"/Length ").unwrap() + 8;
                let end = at + text[at..].iter().position(|b| *b == b'>').unwrap();
                *body = [&text[..at], length.as_bytes(), &text[end..]].concat();
            }
        }
        let container = open(length, &objects.bytes()).unwrap();
        assert_eq!(invoice(&container), Some(&xml("F-1")[..]), "{length}");
    }
}

#[test]
fn a_name_tree_of_4_to_the_30_nodes_ends() {
    // Thirty levels, each of whose nodes names the next level four times.
    let bodies: Vec<String> = (0..30).map(|n| format!("<</Kids[{0} 0 R {0} 0 R {0} 0 R {0} 0 R]>>", n + 3)).collect();
    let mut objects = vec![(1, "<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>")];
    objects.extend(bodies.iter().enumerate().map(|(n, body)| (n as u32 + 2, body.as_str())));
    objects.push((32, "<</Names[]>>"));
    assert_eq!(open("4^30", &pdf(&objects)).unwrap_err(), RefusalKind::Cyclic);
    // The same without a reference: direct dictionaries are bounded as they are read.
    let direct = format!("<</Type/Catalog/Names<</EmbeddedFiles {}{}>>>>", "<</Kids[".repeat(40), "]>>".repeat(40));
    assert!(matches!(refusal("direct kids", &pdf(&[(1, &direct)])), Some(RefusalKind::TooDeep | RefusalKind::Damaged)));
    // Wide and all different.
    let mut wide = Objects::default();
    let kids: String = (10..9_000).map(|n| format!("{n} 0 R ")).collect();
    wide.add(1, "<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>");
    wide.add(2, format!("<</Kids[{kids}]>>"));
    (10..9_000).for_each(|n| wide.add(n, "<</Names[]>>"));
    assert_eq!(open("wide", &wide.bytes()).unwrap_err(), RefusalKind::TooManyObjects);
    let mut many = good();
    many.files.extend((0..300).map(|n| Embedded::new(&format!("{n}.txt"), b"x")));
    assert_eq!(open("300 files", &many.bytes()).unwrap_err(), RefusalKind::TooManyObjects);
}

#[test]
fn deep_nesting_costs_no_stack() {
    for (open_it, close) in [("[", "]"), ("<</A", ">>"), ("[<</A[", "]>>]")] {
        for depth in [60, 1_000, 1_000_000] {
            let deep = format!("<</Type/Catalog/AF {}{}>>", open_it.repeat(depth), close.repeat(depth));
            let run = std::thread::Builder::new().stack_size(512 * 1024);
            let kind = run.spawn(move || refusal("deep", &pdf(&[(1, &deep)]))).unwrap().join().unwrap();
            assert!(matches!(kind, Some(RefusalKind::TooDeep)), "{open_it} {depth}: {kind:?}");
        }
    }
    // A long chain of references.
    let chain: Vec<String> = (2..5_000).map(|n| format!("{} 0 R", n + 1)).collect();
    let mut objects = vec![(1, "<</Type/Catalog/AF 2 0 R>>")];
    objects.extend(chain.iter().enumerate().map(|(n, body)| (n as u32 + 2, body.as_str())));
    assert!(matches!(open("chain", &pdf(&objects)), Err(RefusalKind::Cyclic | RefusalKind::TooDeep)));
}

#[test]
fn tables_that_lie() {
    let bytes = good().bytes();
    let at = bytes.windows(9).rposition(|w| w == b"startxref").unwrap();
    let trailer = bytes.windows(9).rposition(|w| w == b"\ntrailer\n").unwrap();
    let text = |from: usize, to: usize| String::from_utf8_lossy(&bytes[from..to]).into_owned();
    let start: usize = text(at + 10, bytes.len()).lines().next().unwrap().parse().unwrap();
    // The section is its own predecessor: a circle of revisions.
    let prev = [
        &bytes[..trailer],
        format!("\ntrailer\n<</Size 300/Root 1 0 R/Prev {start}>>\n{}", text(at, bytes.len())).as_bytes(),
    ]
    .concat();
    assert_eq!(open("/Prev", &prev).unwrap_err(), RefusalKind::Cyclic);
    // Sizes and counts that nothing backs are not set aside for.
    for lie in ["/Size 2147483647", "/Size -1", "/Size 99999999999999999999"] {
        let body = format!("\ntrailer\n<<{lie}/Root 1 0 R>>\n{}", text(at, bytes.len()));
        assert_eq!(invoice(&open(lie, &[&bytes[..trailer], body.as_bytes()].concat()).unwrap()), Some(&xml("F-1")[..]));
    }
    for table in ["xref\n0 4294967295\n", "xref\n0 18446744073709551615\n0000000000 65535 f \n", "xref\n"] {
        let body = format!("{table}trailer\n<</Root 1 0 R>>\nstartxref\n{start}\n%%EOF");
        let container = open(table, &[&bytes[..start], body.as_bytes()].concat()).unwrap();
        assert!(container.rebuilt.is_some() && invoice(&container).is_some(), "{table}");
    }
    for (w, index) in [
        ("[8 8 8]", "[0 4294967295]"),
        ("[1 2 1]", "[4294967290 100]"),
        ("[0 0 0]", "[0 9]"),
        ("[9 9 9]", "[0 1]"),
        ("[1 -2 1]", "[0 1]"),
        ("[1]", "[0]"),
        ("[1 4 2]", "[0 -1]"),
    ] {
        let mut out = bytes[..start].to_vec();
        let rows = deflate(&[1u8; 4_000]);
        out.extend_from_slice(format!("500 0 obj\n<</Type/XRef/W{w}/Index{index}/Size 4294967295/Root 1 0 R/Filter/FlateDecode/Length {}>>stream\n", rows.len()).as_bytes());
        out.extend_from_slice(&rows);
        out.extend_from_slice(format!("\nendstream endobj\nstartxref\n{start}\n%%EOF").as_bytes());
        let container = open(w, &out);
        assert!(
            container.as_ref().is_ok_and(|c| invoice(c).is_some() && c.rebuilt.is_some()),
            "{w} {index}: {container:?}"
        );
    }
    // Every object said to stand at one place, a million times over.
    let mut many = bytes[..start].to_vec();
    let row: Vec<u8> = [1u8, 0, 0, 0, 15, 0].repeat(2_100_000);
    let rows = deflate(&row);
    many.extend_from_slice(
        format!(
            "500 0 obj\n<</Type/XRef/W[1 4 1]/Size 2100000/Root 1 0 R/Filter/FlateDecode/Length {}>>stream\n",
            rows.len()
        )
        .as_bytes(),
    );
    many.extend_from_slice(&rows);
    many.extend_from_slice(format!("\nendstream endobj\nstartxref\n{start}\n%%EOF").as_bytes());
    assert_eq!(open("many entries", &many).unwrap_err(), RefusalKind::TooManyObjects);
}

#[test]
fn cut_files_are_refused_or_read_with_a_doubt() {
    let bytes = super::fixtures::good("F-1").bytes();
    for percent in [1, 10, 50, 90, 99] {
        let cut = &bytes[..bytes.len() * percent / 100];
        match open("cut", cut) {
            Err(kind) => assert_eq!(kind, RefusalKind::Damaged, "{percent} %"),
            Ok(container) => assert!(container.rebuilt.is_some(), "{percent} %: read as if nothing were missing"),
        }
    }
    // Every length of the end, where the tables are.
    for length in bytes.len() - 400..bytes.len() - 8 {
        match open("cut", &bytes[..length]) {
            Err(kind) => assert_eq!(kind, RefusalKind::Damaged),
            Ok(container) => assert!(container.rebuilt.is_some() || length > bytes.len() - 10, "cut at {length}"),
        }
    }
}

#[test]
fn an_update_that_is_cut_off_is_never_passed_over() {
    use super::make::updated;
    let before = good().bytes();
    let packed = deflate(&xml("F-2"));
    let body = [
        format!("<</Type/EmbeddedFile/Filter/FlateDecode/Length {}>>\nstream\n", packed.len()).as_bytes(),
        &packed,
        b"\nendstream",
    ]
    .concat();
    let after = updated(&before, 21, &body);
    let container = open("whole", &after).unwrap();
    assert!(invoice(&container) == Some(&xml("F-2")[..]) && !container.cut && container.rebuilt.is_none());
    for length in
        (before.len() + 1..after.len() - 1).filter(|n| n % 11 == 0 || *n > after.len() - 150 || *n < before.len() + 60)
    {
        let container = open("cut", &after[..length]).unwrap();
        assert!(
            container.cut || container.rebuilt.is_some(),
            "cut {} behind the first revision",
            length - before.len()
        );
    }
    // What is no part of a PDF does no harm there.
    for tail in [&[0u8; 1_500][..], b"\r\n\r\n--boundary--\r\n", b"\x1A", b"\n% a comment\n%%EOF\n"] {
        let container = open("tail", &[&before, tail].concat()).unwrap();
        assert!(!container.cut && container.rebuilt.is_none(), "{tail:?}");
    }
    for tail in [&b"\n--x\n12 0 obj"[..], b"xref", b"trailer\n<<", b"9", b"% note\n12 0 ob"] {
        assert!(open("tail", &[&before, tail].concat()).unwrap().cut, "{tail:?}");
    }
}

#[test]
fn damage_on_the_way_is_seen() {
    let bytes = super::fixtures::good("F-1").bytes();
    // As text mode does it: every line end becomes two.
    let crlf: Vec<u8> = bytes.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect();
    let container = open("CRLF", &crlf);
    assert!(!matches!(&container, Ok(c) if c.rebuilt.is_none()), "{container:?}");
    // Garbage before the header, as mail gateways leave it, with places that count from the header and from the file.
    for garbage in [1, 7, 1_000] {
        let shifted = [&vec![b'\n'; garbage][..], &bytes].concat();
        let container = open("garbage", &shifted).unwrap();
        assert!(
            container.rebuilt.is_none() && invoice(&container) == Some(invoice(&pdf::open(&bytes).unwrap()).unwrap())
        );
    }
    assert_eq!(open("late header", &[&[b'\n'; 1_024][..], &bytes].concat()).unwrap_err(), RefusalKind::NotPdf);
    // Anything may follow the end.
    let tail = [&bytes[..], &[b'\n'; 3_000]].concat();
    assert!(open("tail", &tail).unwrap().rebuilt.is_none());
    for other in [&b""[..], b"%PDF", b"PK\x03\x04", b"\x89PNG"] {
        assert_eq!(open("other", other).unwrap_err(), RefusalKind::NotPdf);
    }
    assert_eq!(open("header alone", b"%PDF-1.7").unwrap_err(), RefusalKind::Damaged);
}

#[test]
fn a_polyglot_is_what_it_begins_as() {
    use facteur::formats::Envelope;
    let pdf = good().bytes();
    // XML that quotes a header is XML; a PDF behind a picture's first bytes is a PDF for every reader, and so for us.
    let quoting = format!("<a><!-- %PDF-1.7 -->{}</a>", "x".repeat(2_000));
    assert!(Envelope::open(quoting.as_bytes(), &facteur::pdf::Direct).unwrap().pdf.is_none());
    // So is a PDF behind a prolog, for `validate` and for `extract` alike.
    let prolog = [&b"<?xml version=\"1.0\"?><!--\n"[..], &pdf, b"\n-->"].concat();
    assert!(Envelope::open(&prolog, &facteur::pdf::Direct).unwrap().pdf.is_none());
    assert!(pdf::is_pdf(&prolog) && !facteur::formats::facturx::is_envelope(&prolog));
    for before in [&b"\xFF\xD8\xFF\xE0"[..], b"GIF89a", b"PK\x03\x04", b"#!/bin/sh\n"] {
        let bytes = [before, &pdf].concat();
        let envelope = Envelope::open(&bytes, &facteur::pdf::Direct).unwrap();
        assert_eq!(&*envelope.bytes, &xml("F-1")[..]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever bits flip: a name or a reading. What is read as an invoice without a doubt has the very bytes of before; a
    /// flip may as well turn the filter's key into another, and then the packed bytes are what is embedded, and no invoice.
    #[test]
    fn flipped_bits(flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..12)) {
        let mut bytes = good().bytes();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Ok(container) = pdf::open(&bytes)
            && let Some(read) = container.attachments.first().and_then(|a| a.content.as_deref().ok())
        {
            let is_invoice = facteur::formats::read(read).is_ok();
            prop_assert!(container.rebuilt.is_some() || !is_invoice || read == &xml("F-1")[..]);
        }
    }

    #[test]
    fn pieces_that_go_missing_or_come_twice(at in any::<prop::sample::Index>(), length in 1usize..3_000, twice in any::<bool>()) {
        let bytes = good().bytes();
        let from = at.index(bytes.len());
        let to = (from + length).min(bytes.len());
        let middle = if twice { [&bytes[from..to], &bytes[from..to]].concat() } else { Vec::new() };
        let _ = pdf::open(&[&bytes[..from], &middle, &bytes[to..]].concat());
    }

    #[test]
    fn tokens_in_any_order(tokens in proptest::collection::vec(
        prop::sample::select(vec!["1 0 obj", "<<", ">>", "[", "]", "/Type/Catalog", "/AF", "/Names", "/EmbeddedFiles", "/Kids", "/EF", "/F",
            "/UF", "1 0 R", "2 0 R", "stream\n", "endstream", "endobj", "xref\n0 2\n", "0000000000 65535 f \n", "0000000009 00000 n \n",
            "trailer", "/Root 1 0 R", "/Prev 9", "startxref\n9\n", "(a)", "/Length 9", "/Type/ObjStm/N 2/First 4", "/Type/XRef/W[1 1 1]",
            "2 0 obj", "/Encrypt 2 0 R", "%%EOF", "/Filter/FlateDecode", "null", "-1"]), 0..80)) {
        let text = format!("%PDF-1.7\n{}", tokens.join(" "));
        let _ = pdf::open(text.as_bytes());
    }
}
