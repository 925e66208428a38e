//! Makes PDFs byte by byte, so that each thing about a Factur-X can be right or wrong on its own. The same input gives the
//! same bytes: the fixtures in `fixtures/invoices/` come from here.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use md5::{Digest as _, Md5};

use super::font;

pub const NAME: &str = "factur-x.xml";

/// The objects of a PDF, by number, and its trailer's other keys.
#[derive(Clone, Default)]
pub struct Objects {
    pub list: Vec<(u32, Vec<u8>)>,
    pub trailer: String,
}

impl Objects {
    pub fn add(&mut self, id: u32, body: impl Into<Vec<u8>>) {
        self.list.push((id, body.into()));
    }

    pub fn stream(&mut self, id: u32, dictionary: &str, content: &[u8]) {
        let mut body = format!("<<{dictionary}/Length {}>>\nstream\n", content.len()).into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\nendstream");
        self.add(id, body);
    }

    /// With a cross-reference table.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut places = vec![(0, 0)];
        for (id, body) in &self.list {
            places.push((*id, out.len()));
            out.extend_from_slice(format!("{id} 0 obj\n").as_bytes());
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        places.sort_unstable();
        let start = out.len();
        let size = places.last().unwrap().0 + 1;
        let mut table = String::from("xref\n");
        for (id, at) in places {
            let (generation, kind) = if id == 0 { (65535, 'f') } else { (0, 'n') };
            write!(table, "{id} 1\n{at:010} {generation:05} {kind} \n").unwrap();
        }
        let id: String = Md5::digest(&out).iter().map(|b| format!("{b:02x}")).collect();
        write!(table, "trailer\n<</Size {size}/Root 1 0 R/ID[<{id}><{id}>]{}>>\n", self.trailer).unwrap();
        write!(table, "startxref\n{start}\n%%EOF\n").unwrap();
        out.extend_from_slice(table.as_bytes());
        out
    }
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The file with one more revision, in which this object is another.
pub fn updated(bytes: &[u8], id: u32, body: &[u8]) -> Vec<u8> {
    let word = bytes.windows(9).rposition(|w| w == b"startxref").unwrap();
    let previous: String = bytes[word + 10..].iter().take_while(|b| b.is_ascii_digit()).map(|b| *b as char).collect();
    let mut out = bytes.to_vec();
    let at = out.len();
    out.extend_from_slice(format!("{id} 0 obj\n").as_bytes());
    out.extend_from_slice(body);
    let start = out.len() + 8;
    let table =
        format!("\nendobj\nxref\n{id} 1\n{at:010} 00000 n \ntrailer\n<</Size 300/Root 1 0 R/Prev {previous}>>\n");
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

/// The file with this in place of that, which is there once, and with its tables put right.
pub fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut places = bytes.windows(from.len()).enumerate().filter(|(_, w)| *w == from.as_bytes());
    let (at, _) = places.next().unwrap_or_else(|| panic!("{from} is not there"));
    assert!(places.next().is_none(), "{from} is there twice");
    let tables = bytes.windows(5).position(|w| w == b"\nxref").unwrap();
    let moved = |place: usize| if place > at { place + to.len() - from.len() } else { place };
    let whole = [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat();
    if at > tables {
        return whole;
    }
    let (body, tail) = whole.split_at(moved(tables));
    let mut out = body.to_vec();
    let tail = String::from_utf8(tail.to_vec()).unwrap();
    let mut lines = tail.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let entry = line.ends_with(" 00000 n \n").then(|| line[..10].parse().unwrap());
        out.extend_from_slice(
            entry.map_or(line.to_owned(), |at| format!("{:010}{}", moved(at), &line[10..])).as_bytes(),
        );
        if line == "startxref\n" {
            let place: usize = lines.next().unwrap().trim().parse().unwrap();
            out.extend_from_slice(format!("{}\n", moved(place)).as_bytes());
        }
    }
    out
}

/// The file with one more revision as hybrid files have it: a table with these rows, and a cross-reference stream beside it that
/// tells where this object is, or that it is free where it is empty.
pub fn hybrid(bytes: &[u8], id: u32, body: &[u8], table: &str) -> Vec<u8> {
    let word = bytes.windows(9).rposition(|w| w == b"startxref").unwrap();
    let previous: String = bytes[word + 10..].iter().take_while(|b| b.is_ascii_digit()).map(|b| *b as char).collect();
    let mut out = bytes.to_vec();
    let at = out.len() as u32;
    if !body.is_empty() {
        out.extend_from_slice(&[format!("{id} 0 obj\n").as_bytes(), body, b"\nendobj\n"].concat());
    }
    let stream = out.len();
    let row = [&[u8::from(!body.is_empty())][..], &at.to_be_bytes(), &[0, 0]].concat();
    let dictionary = format!("<</Type/XRef/Size 300/W[1 4 2]/Index[{id} 1]/Root 1 0 R/Length {}>>", row.len());
    out.extend_from_slice(
        &[format!("200 0 obj\n{dictionary}\nstream\n").as_bytes(), &row, b"\nendstream\nendobj\n"].concat(),
    );
    let start = out.len();
    let table = format!(
        "xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size 300/Root 1 0 R/Prev {previous}/XRefStm {stream}>>\n"
    );
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

/// An embedded file, as it should be unless changed.
#[derive(Clone)]
pub struct Embedded {
    pub f: Option<String>,
    pub uf: Option<String>,
    pub bytes: Vec<u8>,
    pub relationship: Option<&'static str>,
    pub in_af: bool,
    pub in_names: bool,
    /// The key in the name tree, where it is not the name.
    pub key: Option<String>,
    pub under_f: bool,
    pub under_uf: bool,
    pub size: Option<i64>,
    pub sum: Option<Vec<u8>>,
    pub dated: bool,
    /// Filter and packed bytes, where they are not deflate.
    pub packed: Option<(String, Vec<u8>)>,
}

impl Embedded {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self {
            f: Some(name.to_owned()),
            uf: Some(name.to_owned()),
            bytes: bytes.to_vec(),
            relationship: Some("Data"),
            in_af: true,
            in_names: true,
            key: None,
            under_f: true,
            under_uf: true,
            size: Some(bytes.len() as i64),
            sum: Some(Md5::digest(bytes).to_vec()),
            dated: true,
            packed: None,
        }
    }
}

/// A Factur-X, good unless changed.
#[derive(Clone)]
pub struct FacturX {
    pub files: Vec<Embedded>,
    /// The XMP packet; none leaves it out.
    pub xmp: Option<String>,
    /// What the page says.
    pub page: Vec<String>,
}

impl FacturX {
    pub fn new(xml: &[u8]) -> Self {
        Self {
            files: vec![Embedded::new(NAME, xml)],
            xmp: Some(xmp(NAME, "EN 16931")),
            page: shown(&String::from_utf8_lossy(xml)),
        }
    }

    pub fn file(&mut self) -> &mut Embedded {
        &mut self.files[0]
    }

    pub fn objects(&self) -> Objects {
        let mut pdf = Objects::default();
        let (mut af, mut names) = (String::new(), Vec::new());
        for (n, file) in self.files.iter().enumerate() {
            let (spec, stream) = (20 + 2 * n, 21 + 2 * n);
            if file.in_af {
                write!(af, "{spec} 0 R ").unwrap();
            }
            if file.in_names {
                let name = file.uf.as_deref().or(file.f.as_deref()).unwrap_or("file");
                names.push((text(file.key.as_deref().unwrap_or(name)), spec));
            }
            let key = |key: &str, value: &Option<String>| {
                value.as_ref().map(|v| format!("/{key} {}", text(v))).unwrap_or_default()
            };
            let ef = |key: &str, there: bool| if there { format!("/{key} {stream} 0 R") } else { String::new() };
            let relationship = file.relationship.map(|r| format!("/AFRelationship/{r}")).unwrap_or_default();
            let body = format!(
                "<</Type/Filespec{}{}{relationship}/Desc(Facture)/EF<<{}{}>>>>",
                key("F", &file.f),
                key("UF", &file.uf),
                ef("F", file.under_f),
                ef("UF", file.under_uf)
            );
            pdf.add(spec as u32, body);
            let mut with = String::new();
            if file.dated {
                with += "/ModDate(D:20261005080000+02'00')";
            }
            if let Some(size) = file.size {
                write!(with, "/Size {size}").unwrap();
            }
            if let Some(sum) = &file.sum {
                let hex: String = sum.iter().map(|b| format!("{b:02X}")).collect();
                write!(with, "/CheckSum<{hex}>").unwrap();
            }
            let (filter, packed) = file.packed.clone().unwrap_or_else(|| ("/FlateDecode".into(), deflate(&file.bytes)));
            let dictionary = format!("/Type/EmbeddedFile/Subtype/text#2Fxml/Filter{filter}/Params<<{with}>>");
            pdf.stream(stream as u32, &dictionary, &packed);
        }
        names.sort();
        let tree: String = names.iter().map(|(name, spec)| format!("{name} {spec} 0 R ")).collect();
        let metadata = if self.xmp.is_some() { "/Metadata 6 0 R" } else { "" };
        let catalogue = format!(
            "<</Type/Catalog/Pages 2 0 R{metadata}/AF[{af}]/Names<</EmbeddedFiles<</Names[{tree}]>>>>/Lang(fr-FR)\
             /ViewerPreferences<</DisplayDocTitle true>>>>"
        );
        pdf.add(1, catalogue);
        pdf.add(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>\
                    /ColorSpace<</Gray[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]>>>>>>";
        pdf.add(3, page);
        pdf.stream(4, "/Filter/FlateDecode", &deflate(content(&self.page).as_bytes()));
        font::add(&mut pdf, 5, 7);
        if let Some(xmp) = &self.xmp {
            pdf.stream(6, "/Type/Metadata/Subtype/XML", xmp.as_bytes());
        }
        pdf.list.sort_by_key(|(id, _)| *id);
        pdf
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.objects().bytes()
    }
}

/// A text string: as it is where it is plain, else UTF-16BE.
fn text(value: &str) -> String {
    if value.chars().all(|c| c.is_ascii_graphic() && !"()\\".contains(c) || c == ' ') {
        return format!("({value})");
    }
    value.encode_utf16().fold("<FEFF".to_owned(), |hex, unit| hex + &format!("{unit:04X}")) + ">"
}

fn content(lines: &[String]) -> String {
    let mut out = String::from("BT\n/Gray cs 0 sc\n/F1 11 Tf 16 TL\n60 770 Td\n");
    for line in lines {
        writeln!(out, "({}) Tj T*", font::encode(line)).unwrap();
    }
    out + "ET\n"
}

/// What a page says of this invoice: its number, its date and its totals.
fn shown(xml: &str) -> Vec<String> {
    let value = |before: &[&str]| {
        let rest = before.iter().try_fold(xml, |rest, part| rest.split_once(part).map(|(_, behind)| behind))?;
        rest.split('<').next()?.split_once('>').map(|(_, value)| value)
    };
    let either = |cii: &[&str], ubl: &str| value(cii).or_else(|| value(&[ubl])).unwrap_or_default().to_owned();
    let number = either(&["<rsm:ExchangedDocument>", "<ram:ID"], "<cbc:ID");
    let mut date = either(&["<ram:IssueDateTime>", "<udt:DateTimeString"], "<cbc:IssueDate");
    if date.len() == 8 {
        date = format!("{}/{}/{}", &date[6..], &date[4..6], &date[..4]);
    }
    let total = either(&["<ram:GrandTotalAmount"], "<cbc:TaxInclusiveAmount");
    let due = either(&["<ram:DuePayableAmount"], "<cbc:PayableAmount");
    vec![format!("FACTURE {number} DU {date}"), format!("TOTAL TTC {total}"), format!("NET A PAYER {due}")]
}

/// A packet that announces PDF/A-3B and a Factur-X of this level under this name.
pub fn xmp(name: &str, level: &str) -> String {
    let property = |name: &str, of: &str| {
        format!(
            "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>\
             <pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{of}</pdfaProperty:description></rdf:li>\n"
        )
    };
    let properties = [
        ("DocumentFileName", "name of the embedded XML invoice"),
        ("DocumentType", "INVOICE"),
        ("Version", "version of the standard"),
        ("ConformanceLevel", "level of the embedded invoice"),
    ];
    let properties: String = properties.iter().map(|(name, of)| property(name, of)).collect();
    format!(
        r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Facture</rdf:li></rdf:Alt></dc:title></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
{properties}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{name}</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>{level}</fx:ConformanceLevel></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"#
    )
}
