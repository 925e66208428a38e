//! What is said of the container: for every id of the layer a PDF that fires it and one that does not, changed in nothing else.

use std::collections::BTreeSet;

use facteur::day::Day;
use facteur::formats::facturx::RemarkKind;
use facteur::invoice::Place;
use facteur::pdf::RefusalKind;
use facteur::report::{Report, Verdict};
use facteur::rules::Severity;
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use super::make::{Embedded, FacturX, NAME, deflate, replaced, updated, xmp};
use super::{fixtures, hostile, xml};

/// By the rules of EN 16931 alone, so that nothing but the container stands between the invoice and `valid`.
pub fn judged(bytes: &[u8]) -> Report {
    let core =
        Options { choice: Choice::parse("en16931").unwrap(), ..Options::new(Day::parse_iso("2026-11-21").unwrap()) };
    validate(bytes, "f.pdf", &core).report
}

/// The ids of the container layer that fire.
fn fired(bytes: &[u8]) -> BTreeSet<String> {
    judged(bytes).findings.into_iter().filter(|f| f.pack == "container").map(|f| f.rule).collect()
}

fn good() -> FacturX {
    FacturX::new(&xml("F-1"))
}

/// A good Factur-X with one change.
fn changed(change: impl FnOnce(&mut FacturX)) -> Vec<u8> {
    let mut pdf = good();
    change(&mut pdf);
    pdf.bytes()
}

/// All ids of remarks, each with a PDF that fires it.
fn rejects() -> Vec<(RemarkKind, Vec<u8>)> {
    let ubl = std::fs::read("fixtures/invoices/ubl-minimal.xml").unwrap();
    let minimum =
        String::from_utf8(xml("F-1")).unwrap().replace("urn:cen.eu:en16931:2017", "urn:factur-x.eu:1p0:minimum");
    vec![
        (RemarkKind::TwoInvoices, changed(|p| p.files.push(Embedded::new("zugferd-invoice.xml", &xml("F-2"))))),
        (RemarkKind::SameTwice, changed(|p| p.files.push(Embedded::new("copie.xml", &xml("F-1"))))),
        (
            RemarkKind::Second,
            changed(|p| p.files.push(Embedded::new(NAME, &[b"<w>", &xml("F-2")[..], b"</w>"].concat()))),
        ),
        (RemarkKind::Second, changed(|p| p.files.push(Embedded::new(NAME, &deflate(&xml("F-2")))))),
        (RemarkKind::Second, changed(|p| p.files.push(Embedded::new("zugferd-invoice.xml", b"")))),
        (RemarkKind::NotCii, FacturX::new(&ubl).bytes()),
        (
            RemarkKind::Name,
            changed(|p| {
                p.files = vec![Embedded::new("F-1.xml", &xml("F-1"))];
                p.xmp = Some(xmp("F-1.xml", "EN 16931"));
            }),
        ),
        (
            RemarkKind::OldName,
            changed(|p| {
                p.files = vec![Embedded::new("Factur-X.XML", &xml("F-1"))];
                p.xmp = Some(xmp("Factur-X.XML", "EN 16931"));
            }),
        ),
        (RemarkKind::NoList, changed(|p| p.file().in_af = false)),
        (RemarkKind::NoTree, changed(|p| p.file().in_names = false)),
        (
            RemarkKind::TreeOther,
            changed(|p| {
                let mut notes = Embedded::new("notes.txt", b"something else");
                notes.key = Some(NAME.into());
                p.files.push(notes);
            }),
        ),
        (RemarkKind::TreeKey, changed(|p| p.file().key = Some("zzz".into()))),
        (RemarkKind::Relationship, changed(|p| p.file().relationship = Some("Unspecified"))),
        (RemarkKind::Relationship, changed(|p| p.file().relationship = None)),
        (RemarkKind::Relationship, {
            let mut pdf = FacturX { xmp: Some(xmp(NAME, "MINIMUM")), ..FacturX::new(minimum.as_bytes()) };
            pdf.file().relationship = Some("Alternative");
            pdf.bytes()
        }),
        (RemarkKind::Keys, changed(|p| p.file().uf = None)),
        (RemarkKind::Keys, changed(|p| p.file().under_f = false)),
        (RemarkKind::Size, changed(|p| p.file().size = Some(7))),
        (RemarkKind::Size, changed(|p| p.file().size = Some(-1))),
        (RemarkKind::CheckSum, changed(|p| p.file().sum = Some(vec![0; 16]))),
        (RemarkKind::Date, changed(|p| p.file().dated = false)),
        (RemarkKind::NoXmp, changed(|p| p.xmp = None)),
        (RemarkKind::NoXmp, changed(|p| p.xmp = Some("<x:xmpmeta".into()))),
        (RemarkKind::NoXmp, changed(|p| p.xmp = p.xmp.take().map(|x| x.replace("</rdf:RDF>", "</rdf:RDX>")))),
        (
            RemarkKind::XmpTwice,
            changed(|p| {
                p.xmp = p.xmp.take().map(|x| {
                    x.replace(
                        "<fx:ConformanceLevel>",
                        "<fx:ConformanceLevel>BASIC</fx:ConformanceLevel><fx:ConformanceLevel>",
                    )
                    .replace("BASIC<", "EN 16931<")
                    .replacen(
                        "EN 16931</fx:ConformanceLevel></rdf",
                        "BASIC</fx:ConformanceLevel></rdf",
                        1,
                    )
                })
            }),
        ),
        (
            RemarkKind::XmpTwice,
            changed(|p| {
                p.xmp = p.xmp.take().map(|x| {
                    x.replace("<pdfaid:part>", "<pdfaid:part>3</pdfaid:part><pdfaid:part>").replacen(
                        "part>3</pdfaid:part><pdfaid:conf",
                        "part>1</pdfaid:part><pdfaid:conf",
                        1,
                    )
                })
            }),
        ),
        (
            RemarkKind::Level,
            FacturX::new(
                String::from_utf8(xml("F-1")).unwrap().replace("urn:cen.eu:en16931:2017", "urn:foo:bar").as_bytes(),
            )
            .bytes(),
        ),
        (RemarkKind::XmpSpelling, changed(|p| p.xmp = Some(xmp(NAME, "COMFORT")))),
        (
            RemarkKind::XmpSchema,
            changed(|p| p.xmp = p.xmp.take().map(|x| x.replace("pdfaExtension:schemas", "pdfaExtension:other"))),
        ),
        (RemarkKind::XmpProperties, changed(|p| p.xmp = p.xmp.take().map(|x| x.replace("fx:Version>", "fx:Other>")))),
        (RemarkKind::XmpLevel, changed(|p| p.xmp = Some(xmp(NAME, "BASIC")))),
        (RemarkKind::XmpLevel, changed(|p| p.xmp = Some(xmp(NAME, "PLATINUM")))),
        (RemarkKind::XmpName, changed(|p| p.xmp = Some(xmp("zugferd-invoice.xml", "EN 16931")))),
        (RemarkKind::XmpOld, changed(|p| p.xmp = p.xmp.take().map(|x| x.replace(">INVOICE<", ">ORDER<")))),
        (
            RemarkKind::XmpOld,
            changed(|p| {
                p.xmp = p.xmp.take().map(|x| {
                    x.replace(
                        "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
                        "urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#",
                    )
                })
            }),
        ),
        (RemarkKind::NotPdfA3, changed(|p| p.xmp = p.xmp.take().map(|x| x.replace("part>3<", "part>1<")))),
        (RemarkKind::Locked, hostile::encrypted(&good().bytes(), "")),
        (RemarkKind::Cut, {
            let whole = updated(&good().bytes(), 90, b"<<>>");
            whole[..whole.len() - 30].to_vec()
        }),
        (RemarkKind::Rebuilt, hostile::without_tail(&good().bytes())),
        (
            RemarkKind::Unread,
            changed(|p| {
                let mut broken = Embedded::new("photo.png", b"x");
                broken.packed = Some(("/FlateDecode".into(), deflate(b"some pixels")[..8].to_vec()));
                p.files.push(broken);
            }),
        ),
        (
            RemarkKind::Length,
            replaced(&good().bytes(), &format!("/Length {}>>", deflate(&xml("F-1")).len()), "/Length -1>>"),
        ),
        (RemarkKind::Ambiguous, {
            let mut pdf = good().objects();
            pdf.trailer = "/Root 9 0 R/Root 1 0 R".into();
            pdf.bytes()
        }),
        (RemarkKind::Unseen, {
            let mut pdf = good().objects();
            pdf.add(50, "[1 2");
            let page = &mut pdf.list.iter_mut().find(|(id, _)| *id == 3).unwrap().1;
            page.splice(2..2, *b"/X 50 0 R");
            pdf.bytes()
        }),
    ]
}

#[test]
fn a_good_one_has_nothing_said_of_it() {
    let bytes = fixtures::good("F-1").bytes();
    let report = judged(&bytes);
    assert_eq!(report.findings, [], "accept");
    assert_eq!((report.verdict, report.syntax.as_deref()), (Verdict::Valid, Some("facturx-pdf")));
    assert_eq!(report.packs[0].id, "container");
    assert_eq!(report.profile.as_deref(), Some("urn:cen.eu:en16931:2017"));
    for relationship in ["Alternative", "Source"] {
        assert!(fired(&changed(|p| p.file().relationship = Some(relationship))).is_empty());
    }
    // The digits of the sum in place of the sum, as some writers have it.
    let digits = |p: &mut FacturX| {
        let sum = p.file().sum.take().unwrap();
        p.file().sum = Some(sum.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect());
    };
    assert!(fired(&changed(digits)).is_empty());
}

#[test]
fn every_id_fires_alone_on_its_own_fault() {
    let mut seen = BTreeSet::new();
    for (kind, bytes) in rejects() {
        let fired = fired(&bytes);
        assert_eq!(fired, BTreeSet::from([kind.rule().to_owned()]), "{kind:?}");
        seen.insert(kind.rule());
        let report = judged(&bytes);
        let finding = report.findings.iter().find(|f| f.rule == kind.rule()).unwrap();
        assert_eq!(finding.severity == Severity::Fatal, kind.is_fatal());
        // A proven fault is invalid; a doubt is never valid; a dislike is only said.
        let expected = match (kind.is_fatal(), kind.is_doubt()) {
            (true, _) => Verdict::Invalid,
            (_, true) => Verdict::NotJudged,
            // MINIMUM lacks lines: the rules of EN 16931 say so themselves.
            _ if report.profile.as_deref().is_some_and(|p| p.ends_with("minimum")) => report.verdict,
            _ => Verdict::Valid,
        };
        assert_eq!(report.verdict, expected, "{kind:?}");
        assert_eq!(report.not_run.iter().any(|n| n.pack == "container"), kind.is_doubt());
        assert!(facteur::rules::explain(kind.rule(), Lang::Fr).is_some(), "{kind:?} is explained");
    }
    let all: BTreeSet<&str> = RemarkKind::ALL.iter().map(|k| k.rule()).collect();
    assert_eq!(seen, all);
    for kind in RefusalKind::ALL {
        assert!(facteur::rules::explain(kind.rule(), Lang::En).is_some(), "{kind:?} is explained");
    }
}

#[test]
fn the_sum_of_a_minimum_without_its_data_relationship_is_the_only_remark() {
    let minimum =
        String::from_utf8(xml("F-1")).unwrap().replace("urn:cen.eu:en16931:2017", "urn:factur-x.eu:1p0:minimum");
    let pdf = FacturX { xmp: Some(xmp(NAME, "MINIMUM")), ..FacturX::new(minimum.as_bytes()) };
    assert!(fired(&pdf.bytes()).is_empty());
    // By content, it is judged by the rules of its level.
    let report = validate(&pdf.bytes(), "f.pdf", &Options::new(Day::parse_iso("2026-11-21").unwrap())).report;
    assert!(report.packs.iter().any(|run| run.id == "facturx-minimum") && report.not_run.is_empty(), "{report:?}");
}

#[test]
fn places_name_the_attachment() {
    let wrong = String::from_utf8(xml("F-1"))
        .unwrap()
        .replace(">10512.96</ram:GrandTotalAmount>", ">10512.97</ram:GrandTotalAmount>");
    let report = judged(&FacturX::new(wrong.as_bytes()).bytes());
    assert_eq!(report.verdict, Verdict::Invalid);
    for finding in &report.findings {
        let Some(Place::Xml { attachment, line, .. }) = &finding.place else { panic!("{finding:?}") };
        assert!(attachment.as_deref() == Some(NAME) && *line > 1);
    }
    // So for an attachment that is no XML, or not well-formed, or something else.
    for (content, rule) in [
        (&b"<rsm:CrossIndustryInvoice xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\"><a>"[..], "FCT-XML-MALFORMED"),
        (b"<order/>", "FCT-READ-NOT-INVOICE"),
        (b"\x89PNG", "FCT-READ-NOT-XML"),
        (b"", "FCT-READ-EMPTY"),
    ] {
        let report = judged(&FacturX::new(content).bytes());
        let finding = report.findings.iter().find(|f| f.rule == rule).unwrap_or_else(|| panic!("{rule}: {:?}", report.findings));
        let named = match &finding.place {
            Some(Place::Xml { attachment, .. }) => attachment.clone(),
            Some(Place::Attachment { attachment }) => Some(attachment.clone()),
            _ => None,
        };
        assert_eq!(named.as_deref(), Some(NAME), "{rule}");
        assert_eq!(report.verdict, Verdict::NotJudged, "{rule}");
    }
}

#[test]
fn zugferd_1_is_named_as_such_in_a_pdf_and_alone() {
    let old = "<rsm:CrossIndustryDocument xmlns:rsm=\"urn:ferd:CrossIndustryDocument:invoice:1p0\" xmlns:ram=\"urn:x\">\
        <rsm:SpecifiedExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:ferd:CrossIndustryDocument:invoice:1p0:comfort</ram:ID>\
        </ram:GuidelineSpecifiedDocumentContextParameter></rsm:SpecifiedExchangedDocumentContext></rsm:CrossIndustryDocument>";
    let mut pdf = FacturX::new(old.as_bytes());
    pdf.files = vec![Embedded::new("ZUGFeRD-invoice.xml", old.as_bytes())];
    for bytes in [pdf.bytes(), old.as_bytes().to_vec()] {
        let report = judged(&bytes);
        assert_eq!(report.findings.iter().map(|f| &*f.rule).collect::<Vec<_>>(), ["FCT-READ-ZUGFERD"]);
        assert_eq!(report.verdict, Verdict::NotJudged);
        assert_eq!(report.profile.as_deref(), Some("urn:ferd:CrossIndustryDocument:invoice:1p0:comfort"));
        let in_pdf = bytes.starts_with(b"%PDF-");
        assert_eq!(report.syntax.as_deref(), in_pdf.then_some("facturx-pdf"));
    }
}

#[test]
fn the_best_name_is_chosen_and_files_beside_it_do_no_harm() {
    let mut pdf = good();
    let mut photo = Embedded::new("aaa.png", b"\x89PNG\r\n");
    photo.relationship = Some("Supplement");
    pdf.files.insert(0, photo);
    pdf.files.insert(0, Embedded::new("bordereau.xml", b"<bordereau/>"));
    let report = judged(&pdf.bytes());
    assert_eq!((report.findings.len(), report.verdict), (0, Verdict::Valid), "{:?}", report.findings);
    // `F` and `UF` under which different bytes lie are two files, as two readers would have it.
    let mut objects = good().objects();
    objects.stream(90, "/Type/EmbeddedFile", &xml("F-2"));
    for (id, body) in &mut objects.list {
        if *id == 20 {
            *body = String::from_utf8(body.clone())
                .unwrap()
                .replace("/EF<</F 21 0 R/UF 21 0 R>>", "/EF<</F 21 0 R/UF 90 0 R>>")
                .into_bytes();
        }
    }
    assert!(fired(&objects.bytes()).contains("FCT-PDF-TWO-INVOICES"));
}

#[test]
fn a_second_invoice_is_seen_however_late_it_begins() {
    let second = xml("F-2");
    let root = second.windows(5).position(|w| w == b"<rsm:").unwrap();
    for before in [format!("<!--{}-->", "x".repeat(300_000)), " ".repeat(200_000)] {
        let late = [before.as_bytes(), &second[root..]].concat();
        assert!(fired(&changed(|p| p.files.push(Embedded::new(NAME, &late)))).contains("FCT-PDF-TWO-INVOICES"));
        // Alone it is the invoice, as for every reader.
        assert!(fired(&FacturX::new(&late).bytes()).is_empty());
    }
    // Of two of one name, that of the catalogue's list is judged.
    let mut pdf = good();
    pdf.files.push(Embedded::new(NAME, &second));
    pdf.files[0].in_af = false;
    assert_eq!(judged(&pdf.bytes()).invoice.and_then(|i| i.number).as_deref(), Some("F-2"));
}

#[test]
fn two_descriptions_that_differ_are_fatal_in_either_order() {
    let one = xmp(NAME, "EN 16931");
    let at = one.find("<rdf:Description rdf:about=\"\" xmlns:fx=").unwrap();
    let end = at + one[at..].find("</rdf:Description>").unwrap() + 18;
    let other = one[at..end].replace("EN 16931", "MINIMUM");
    for place in [at, end] {
        let both = format!("{}{other}{}", &one[..place], &one[place..]);
        assert!(fired(&changed(|p| p.xmp = Some(both))).contains("FCT-PDF-XMP-TWICE"));
        // The same said twice contradicts nothing.
        let same = format!("{}{}{}", &one[..place], &one[at..end], &one[place..]);
        assert!(fired(&changed(|p| p.xmp = Some(same))).is_empty());
    }
}

#[test]
fn an_empty_attachment_is_an_empty_file() {
    // As qpdf writes it: a filter, and no byte to undo.
    let empty = |name: &str| Embedded { packed: Some(("/FlateDecode".into(), Vec::new())), ..Embedded::new(name, b"") };
    assert!(fired(&changed(|p| p.files.push(empty("note.txt")))).is_empty());
    let report = judged(&changed(|p| p.files = vec![empty(NAME)]));
    assert_eq!(report.findings.iter().map(|f| &*f.rule).collect::<Vec<_>>(), ["FCT-READ-EMPTY"]);
    assert_eq!(report.verdict, Verdict::NotJudged);
}

/// What is found is a name, a number or a code; sentences are in the message, in both languages.
#[test]
fn no_english_sentence_stands_in_a_french_report() {
    let broken = |p: &mut FacturX| p.file().packed = Some(("/FlateDecode".into(), b"nonsense".to_vec()));
    let bomb = |p: &mut FacturX| p.file().packed = Some(("/FlateDecode".into(), deflate(&vec![b' '; 34 << 20])));
    let twice = |p: &mut FacturX| p.file().packed = Some(("[/Fl/Fl/Fl/Fl/Fl]".into(), vec![1]));
    for (bytes, fr, en) in [
        (good().bytes()[..900].to_vec(), "le fichier est coupé", "the file is cut off"),
        (hostile::without_tail(&good().bytes()), "le fichier est coupé", "the file is cut off"),
        (changed(broken), "un flux ne se décompresse pas", "a stream does not unpack"),
        (changed(bomb), "plus de 32 Mio pour un flux", "more than 32 MiB in one stream"),
        (changed(twice), "5 filtres sur un flux", "5 filters on one stream"),
        (hostile::encrypted(&good().bytes(), "secret"), "le mot de passe vide ne l'ouvre pas", "the empty password"),
        (
            changed(|p| p.xmp = Some(format!("<a>{}", " ".repeat(2 << 20)))),
            "paquet XMP a 2097155 octets",
            "XMP packet has 2097155",
        ),
        (FacturX::new(b"<a/><b/>").bytes(), "un second élément racine", "a second root element"),
        (b"<a/>text".to_vec(), "du texte hors de l'élément racine", "text outside the root"),
    ] {
        let report = judged(&bytes);
        let told = |f: &&facteur::rules::Finding| f.message.fr.contains(fr) && f.message.en.contains(en);
        let finding = report.findings.iter().find(told).unwrap_or_else(|| panic!("{fr}: {:#?}", report.findings));
        assert_eq!(finding.found.as_ref().filter(|found| !found.starts_with("FCT-")), None, "{fr}");
        assert!(!finding.message.fr.contains(en), "{fr}");
    }
    let picture = judged(b"\x89PNG\r\n");
    assert_eq!(picture.findings[0].found.as_deref(), Some("PNG"));
}

#[test]
fn a_portfolio_says_that_the_pdf_inside_may_be_the_invoice() {
    let mut outer = good();
    outer.files = vec![Embedded::new("facture.pdf", &good().bytes()), Embedded::new("notes.txt", b"x")];
    let report = judged(&outer.bytes());
    let finding = &report.findings[0];
    assert_eq!((&*finding.rule, finding.found.as_deref()), ("FCT-PDF-NO-INVOICE", Some("facture.pdf, notes.txt")));
    assert!(finding.fix.fr.contains("(facture.pdf)") && finding.fix.en.contains("(facture.pdf)"), "{:?}", finding.fix);
    outer.files.remove(0);
    assert!(!judged(&outer.bytes()).findings[0].fix.en.contains("another one"));
}

/// What is expected is also shown as it would stand in the PDF, where one entry says it.
#[test]
fn findings_of_the_container_show_what_is_right() {
    let without = [
        // The file itself must go, or another tool must write the PDF anew.
        RemarkKind::TwoInvoices,
        RemarkKind::SameTwice,
        RemarkKind::Second,
        RemarkKind::NotCii,
        RemarkKind::TreeOther,
        RemarkKind::XmpTwice,
        RemarkKind::Level,
        RemarkKind::XmpSchema,
        RemarkKind::Locked,
        RemarkKind::Cut,
        RemarkKind::Rebuilt,
        RemarkKind::Unread,
        RemarkKind::Ambiguous,
        RemarkKind::Unseen,
    ];
    for (kind, bytes) in rejects() {
        let report = judged(&bytes);
        let finding = report.findings.iter().find(|f| f.rule == kind.rule()).unwrap();
        assert_eq!(finding.example.is_some(), !without.contains(&kind), "{finding:?}");
    }
    let report = judged(&changed(|p| p.xmp = Some(xmp(NAME, "BASIC"))));
    let level = report.findings.iter().find(|f| f.rule == RemarkKind::XmpLevel.rule()).unwrap();
    assert_eq!(level.example.as_deref(), Some("<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>"));
}
