//! What leaves in the place of a document that no platform takes: the text that was judged, on disk in the same commit as its judgement.
//!
//! Until a deposit is begun, each judgement says anew what leaves. With the first intent it is fixed: seal, deposits, questions and
//! later judgements are all about the one document, whatever another version of facteur would write.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::draft::Draft;
use super::ports::Written;
use crate::store::Outgoing;

/// Losses named in an event; how many there are is said besides.
const NAMED: usize = 50;

/// Takes what was written over into the step that judges, and says so where it is another than before.
pub(super) fn take_over(draft: &mut Draft, written: Option<&Written>) {
    if draft.row.fixed().is_some() {
        return;
    }
    let before = draft.row.outgoing.take().map(|outgoing| outgoing.sha256);
    let Some(written) = written else { return };
    let outgoing = of(written);
    if before.as_ref() != Some(&outgoing.sha256) {
        let named = written.not_carried.get(..NAMED).unwrap_or(&written.not_carried);
        let data = json!({
            "as": outgoing.syntax, "of": draft.row.facts.syntax, "sha256": outgoing.sha256, "bytes": outgoing.bytes,
            "former_sha256": before, "not_carried": outgoing.not_carried, "losses": named,
        });
        draft.say("written", data);
        draft.document = Some(written.bytes.clone());
    }
    draft.row.outgoing = Some(outgoing);
}

/// A deposit is begun: what leaves is this document for good.
pub(super) fn fix(draft: &mut Draft) {
    if let Some(outgoing) = &mut draft.row.outgoing {
        outgoing.fixed = true;
    }
}

fn of(written: &Written) -> Outgoing {
    let sha256 = Sha256::digest(&written.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Outgoing {
        sha256,
        bytes: written.bytes.len() as u64,
        syntax: written.syntax.clone(),
        not_carried: written.not_carried.len() as u64,
        fixed: false,
    }
}
