//! Documents that bear a signature: a change of any byte would break it.

use crate::xml::Tree;

/// Name spaces of XML signatures, and of those that UBL has for them.
const SIGNATURES: [&str; 4] = [
    "http://www.w3.org/2000/09/xmldsig#",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2",
    "urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2",
    "urn:oasis:names:specification:ubl:schema:xsd:SignatureBasicComponents-2",
];

/// Does the document bear a signature? `cac:Signature` of UBL says that there is one.
pub(super) fn is_sealed(tree: &Tree<'_>) -> bool {
    tree.nodes().iter().any(|node| {
        let (space, local) = tree.expanded(node.name);
        SIGNATURES.contains(&space) || local == "Signature"
    })
}

/// Does a PDF bear a signature? Its dictionary says which bytes it covers (ISO 32000-1, 12.8.1), and stands in the file as it is.
pub fn is_sealed_pdf(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"/ByteRange";
    bytes.windows(MARK.len()).any(|window| window == MARK)
}
