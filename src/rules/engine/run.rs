//! The pass over a document, and what fails.

use crate::invoice::Invoice;
use crate::rules::check::trim;
use crate::rules::finding::Finding;
use crate::rules::predicate::quote;
use crate::rules::registry::Pack;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::ban::{Stray, strays};
use super::plan::{Planned, Plans};
use super::seen::{Remaining, Seen};
use super::tell::{placed, told};
use super::{Ask, Candidate, Context, Crash, Entry, Evidence, Scene, Table, Verdict};

/// What a pack says of a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// In the order of the document.
    pub findings: Vec<Finding>,
    /// Why the pack gives no verdict, where the official artefact gives none.
    pub not_run: Option<Text>,
    /// Findings past `limits::FINDINGS_PER_RULE` of one rule: counted, not listed.
    pub unlisted: usize,
}

/// A failure, before it is put into words.
pub struct Failure {
    /// The element judged.
    pub node: NodeId,
    pub entry: &'static Entry,
    pub evidence: Evidence,
}

/// Judges a document by a pack.
pub fn run(pack: &'static Pack, invoice: &Invoice<'_>) -> Judged {
    judged(pack, invoice, told)
}

/// The same where only rule, severity and place of each finding are wanted: putting thousands into words takes longer than judging.
pub fn run_for_places(pack: &'static Pack, invoice: &Invoice<'_>) -> Judged {
    judged(pack, invoice, placed)
}

type Tell = fn(&'static Pack, &Invoice<'_>, &Scene<'_, '_>, Vec<Failure>) -> (Vec<Finding>, usize);

fn judged(pack: &'static Pack, invoice: &Invoice<'_>, tell: Tell) -> Judged {
    let tree = invoice.tree();
    let scene = Scene::of(invoice);
    let table: &'static Table = pack.table(invoice.syntax());
    let seen = Seen::of(tree);
    let mut plans = Plans::new(table, &scene, Remaining::of(table, &seen));
    let (mut failures, mut crash): (Vec<Failure>, Option<Crash>) = (Vec::new(), None);
    for node in 0..tree.len() as NodeId {
        let (mut judged_in, before) = (None, failures.len());
        let plan = plans.of(node);
        for planned @ Planned { context, bans, .. } in plans.at(plan) {
            if judged_in == Some(context.pass) || context.conditional && !scene.satisfies_all(node, context) {
                continue;
            }
            judged_in = Some(context.pass);
            for entry in plans.entries(planned) {
                match judge(&scene, node, entry) {
                    Ok(None) => {}
                    Ok(Some(evidence)) => failures.push(Failure { node, entry, evidence }),
                    Err(error) => _ = crash.get_or_insert(error),
                }
            }
            if let Some(live) = bans {
                failures.extend(strays(&scene, node, live).into_iter().map(|stray| banned(&scene, context, stray)));
            }
        }
        if let Some(spent) = scene.spent(node) {
            failures.truncate(before);
            crash = Some(spent);
            break;
        }
    }
    let not_run = crash.map(|c| c.reason(&tree.path(c.node()), !pack.unpublished));
    let (findings, unlisted) = tell(pack, invoice, &scene, failures);
    Judged { findings, not_run, unlisted }
}

impl Table {
    /// The contexts that an element of that name may be in, in order.
    pub fn contexts_of(&self, name: Name) -> &'static [Candidate] {
        if !name.is_known() {
            return self.loose;
        }
        let name = usize::from(name.0);
        let [start, end] = self.starts.get(name..name + 2).map_or([0, 0], |w| [w[0], w[1]]);
        &self.flat[usize::from(start)..usize::from(end)]
    }
}

fn judge(scene: &Scene<'_, '_>, node: NodeId, entry: &'static Entry) -> Result<Option<Evidence>, Crash> {
    if let Ask::Item(item, told) = &entry.ask {
        return Ok(match item(scene, node, told)? {
            Verdict::Holds => None,
            Verdict::Fails(evidence) => Some(*evidence),
        });
    }
    if scene.ask(node, &entry.ask)? { Ok(None) } else { Ok(Some(scene.evidence(node, &entry.ask)?)) }
}

/// The failure of a ban: what may not stand, and its value where it has one.
fn banned(scene: &Scene<'_, '_>, context: &'static Context, stray: Stray) -> Failure {
    let Stray { ban, at, attribute } = stray;
    let value = attribute.map_or_else(|| scene.text(at), |name| scene.attribute(at, name).unwrap_or_default());
    let evidence = Evidence { at: Some(at), attribute, found: Some(quote(trim(value))), ..Evidence::default() };
    Failure { node: at, entry: &context.bans[usize::from(ban)], evidence }
}
