//! What the XMP packet of a PDF says about the invoice in it: the four properties of Factur-X and ZUGFeRD, and PDF/A.

use crate::formats::vocabulary;
use crate::xml::{self, NodeId, Tree};

/// Name spaces of the properties, the newest first, and the words by which each is called.
const SPACES: [(&str, &str); 4] = [
    ("urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#", "Factur-X 1.0"),
    ("urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#", "ZUGFeRD 2.0"),
    ("urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#", "ZUGFeRD 1.0"),
    ("urn:ferd:pdfa:invoice:rc#", "ZUGFeRD 1.0 RC"),
];
const PDFAID: &str = "http://www.aiim.org/pdfa/ns/id/";
const EXTENSION: &str = "http://www.aiim.org/pdfa/ns/extension/";
const SCHEMA: &str = "http://www.aiim.org/pdfa/ns/schema#";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// The properties, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Xmp {
    /// Whose name space the four properties are in; none where there are none.
    pub standard: Option<&'static str>,
    pub document_type: Option<String>,
    pub file_name: Option<String>,
    pub version: Option<String>,
    pub level: Option<String>,
    /// `pdfaid:part` and `pdfaid:conformance`, such as 3 and B.
    pub part: Option<String>,
    pub conformance: Option<String>,
    /// Properties that are said more than once, and not the same: the name, and the values that differ.
    pub twice: Vec<(String, String)>,
    /// Does an extension schema describe the properties' name space, as PDF/A asks?
    pub described: bool,
}

impl Xmp {
    /// Is the name space that of Factur-X itself?
    pub fn is_current(&self) -> bool {
        self.standard == Some(SPACES[0].1)
    }

    /// Reads a packet.
    ///
    /// # Errors
    /// It is no well-formed XML.
    pub fn read(bytes: &[u8]) -> Result<Xmp, xml::Refusal> {
        // Writers pad the packet with blanks and sometimes with zeros.
        let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
        let text = xml::decode(bytes.get(..end).unwrap_or_default())?;
        let tree = Tree::parse(text, vocabulary())?;
        let mut xmp = Xmp::default();
        for (id, _) in tree.nodes().iter().enumerate() {
            let id = id as NodeId;
            if tree.expanded(tree.node(id).name) == (RDF, "Description") {
                description(&tree, id, &mut xmp);
            }
        }
        xmp.described = xmp.standard.is_some_and(|standard| described(&tree, standard));
        Ok(xmp)
    }
}

/// Is there an extension schema for the name space of this standard?
fn described(tree: &Tree<'_>, standard: &str) -> bool {
    let Some((space, _)) = SPACES.iter().find(|(_, words)| *words == standard) else { return false };
    let is = |id: NodeId, name: (&str, &str)| tree.expanded(tree.node(id).name) == name;
    let ids = || (0..tree.nodes().len()).map(|id| id as NodeId);
    let uri = |id: NodeId| {
        let written = is(id, (SCHEMA, "namespaceURI")) && tree.text_of(id).trim_ascii() == *space;
        let mut attributes = tree.attributes(id).iter();
        written
            || attributes
                .any(|a| tree.expanded(a.name) == (SCHEMA, "namespaceURI") && tree.text(a.value).trim_ascii() == *space)
    };
    ids().any(|id| is(id, (EXTENSION, "schemas"))) && ids().any(uri)
}

/// A property is an element or an attribute of a description: both forms mean the same.
fn description(tree: &Tree<'_>, id: NodeId, xmp: &mut Xmp) {
    for attribute in tree.attributes(id) {
        property(tree.expanded(attribute.name), tree.text(attribute.value), xmp);
    }
    for child in tree.children(id) {
        property(tree.expanded(tree.node(child).name), tree.text_of(child), xmp);
    }
}

fn property((space, name): (&str, &str), value: &str, xmp: &mut Xmp) {
    let value = || value.trim_ascii().to_owned();
    if space == PDFAID {
        match name {
            "part" => say(&mut xmp.part, value(), "pdfaid:part", &mut xmp.twice),
            "conformance" => say(&mut xmp.conformance, value(), "pdfaid:conformance", &mut xmp.twice),
            _ => {}
        }
        return;
    }
    let Some(rank) = SPACES.iter().position(|(known, _)| *known == space) else { return };
    let held = xmp.standard.and_then(|held| SPACES.iter().position(|(_, words)| *words == held));
    // Two standards in one packet: the newer one speaks.
    if held.is_some_and(|held| held < rank) {
        return;
    }
    if held.is_some_and(|held| held > rank) {
        *xmp = Xmp { part: xmp.part.take(), conformance: xmp.conformance.take(), ..Xmp::default() };
    }
    xmp.standard = Some(SPACES[rank].1);
    let place = match name {
        "DocumentType" => &mut xmp.document_type,
        "DocumentFileName" => &mut xmp.file_name,
        "Version" => &mut xmp.version,
        "ConformanceLevel" => &mut xmp.level,
        _ => return,
    };
    say(place, value(), name, &mut xmp.twice);
}

/// The first value stays; another one is a contradiction.
fn say(place: &mut Option<String>, value: String, name: &str, twice: &mut Vec<(String, String)>) {
    match place {
        None => *place = Some(value),
        Some(first) if *first != value && twice.len() < 8 => twice.push((name.to_owned(), format!("{first}, {value}"))),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_attributes_say_the_same() {
        let elements = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description><rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>   <?xpacket end="w"?>"#;
        let attributes = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:f="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" xmlns:p="http://www.aiim.org/pdfa/ns/id/"
 f:DocumentType="INVOICE" f:DocumentFileName="factur-x.xml" f:Version="1.0" f:ConformanceLevel="EN 16931" p:part="3" p:conformance="B"/>
</rdf:RDF></x:xmpmeta>"#;
        let read = Xmp::read(elements.as_bytes()).unwrap();
        assert_eq!(read, Xmp::read(attributes.as_bytes()).unwrap());
        assert!(read.is_current());
        assert_eq!(read.level.as_deref(), Some("EN 16931"));
        assert_eq!((read.part.as_deref(), read.conformance.as_deref()), (Some("3"), Some("B")));
        assert!(Xmp::read(b"<a>").is_err() && Xmp::read(b"").is_err());
        assert_eq!(Xmp::read(b"<a/>").unwrap(), Xmp::default());
    }
}
