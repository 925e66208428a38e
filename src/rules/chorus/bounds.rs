//! How heavy a deposit and its attachments may be.

use crate::rules::check::trim;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::xml::NodeId;

/// Largest attachment, decoded, in bytes: 10 MB, as public software states it.
const ATTACHMENT_BYTES: usize = 10 * 1024 * 1024;
/// Largest flow that the API takes, in bytes: 30 MB (external specifications, 5.4.1).
const FLOW_BYTES: usize = 30 * 1024 * 1024;

/// FCT-CHORUS-ATTACHMENT-SIZE: the bytes that the base64 text of an attachment stands for.
pub fn chorus_attachment(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let text = trim(scene.tree.text_of(node));
    let letters = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    // Four letters stand for three bytes; divided first, so that no length overflows.
    Ok(within(letters / 4 * 3 + letters % 4 * 3 / 4, ATTACHMENT_BYTES, node))
}

/// FCT-CHORUS-FLOW-SIZE: the whole document, as it is written.
pub fn chorus_flow(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    Ok(within(scene.tree.source().len(), FLOW_BYTES, node))
}

fn within(bytes: usize, most: usize, node: NodeId) -> Verdict {
    if bytes <= most {
        return Verdict::Holds;
    }
    Verdict::failed(Evidence {
        at: Some(node),
        found: Some(bytes.to_string()),
        expected: Some(format!("≤ {most}")),
        ..Evidence::default()
    })
}
