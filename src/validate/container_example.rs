//! What is right in a PDF, for the findings of the container: the entry of the dictionary or the property of the packet, written out.

use crate::formats::facturx::{Inside, Remark, RemarkKind};
use crate::limits;

/// The entry as it would be right for this file; none where only another tool can write it anew, or where the file itself must go.
pub(super) fn example(remark: &Remark, inside: &Inside) -> Option<String> {
    let expected = remark.expected.as_deref();
    let name = remark.attachment.as_deref().unwrap_or(&inside.name);
    let level = inside.level.map_or("EN 16931", |level| level.xmp());
    let shown = match remark.kind {
        RemarkKind::Name | RemarkKind::OldName => {
            let right = expected?.split(", ").next()?;
            format!("/F {0} /UF {0}", string(right))
        }
        RemarkKind::NoList => "/Type /Catalog /AF [ 12 0 R ]".to_owned(),
        RemarkKind::NoTree => {
            format!("/Names << /EmbeddedFiles << /Names [ {} 12 0 R ] >> >>", string(name))
        }
        RemarkKind::TreeKey => format!("/Names [ {} 12 0 R ]", string(expected?)),
        RemarkKind::Relationship => format!("/AFRelationship /{}", expected?.split(", ").next()?),
        RemarkKind::Keys => format!("/F {0} /UF {0} /EF << /F 13 0 R /UF 13 0 R >>", string(name)),
        RemarkKind::Size => format!("/Params << /Size {} >>", expected?),
        RemarkKind::CheckSum => format!("/Params << /CheckSum <{}> >>", expected?),
        RemarkKind::Date => "/Params << /ModDate (D:20261102093000+01'00') >>".to_owned(),
        RemarkKind::Length => format!("/Length {}", expected?),
        RemarkKind::XmpProperties | RemarkKind::NoXmp => [
            ("DocumentType", "INVOICE"),
            ("DocumentFileName", inside.name.as_str()),
            ("Version", "1.0"),
            ("ConformanceLevel", level),
        ]
        .map(|(name, value)| property(name, value))
        .concat(),
        RemarkKind::XmpLevel | RemarkKind::XmpSpelling => {
            property("ConformanceLevel", expected.filter(|one| !one.contains(',')).unwrap_or(level))
        }
        RemarkKind::XmpName => property("DocumentFileName", expected?),
        RemarkKind::XmpOld if expected == Some("INVOICE") => property("DocumentType", "INVOICE"),
        RemarkKind::XmpOld => "xmlns:fx=\"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#\"".to_owned(),
        RemarkKind::NotPdfA3 => "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>".to_owned(),
        _ => return None,
    };
    (shown.len() <= limits::EXAMPLE_BYTES).then_some(shown)
}

fn property(name: &str, value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<fx:{name}>{value}</fx:{name}>")
}

/// A text as PDF writes it.
fn string(text: &str) -> String {
    format!("({})", text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_strings_and_values_stay_text() {
        assert_eq!(string("a(1)\\.xml"), "(a\\(1\\)\\\\.xml)");
        assert_eq!(property("Version", "<1&"), "<fx:Version>&lt;1&amp;</fx:Version>");
    }
}
