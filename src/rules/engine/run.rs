//! The pass over a document, and what fails.

use crate::invoice::Invoice;
use crate::rules::check::trim;
use crate::rules::finding::Finding;
use crate::rules::predicate::quote;
use crate::rules::registry::Pack;
use crate::text::Text;
use crate::xml::{Name, Node, NodeId};

use super::ban::{Stray, strays};
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
    let scene = Scene::new(tree, invoice.syntax());
    let table: &'static Table = if invoice.syntax().is_ubl() { pack.ubl } else { pack.cii };
    let seen = Seen::of(tree);
    let mut remaining = Remaining::of(table, &seen);
    let (mut failures, mut crash): (Vec<Failure>, Option<Crash>) = (Vec::new(), None);
    for node in 0..tree.len() as NodeId {
        let (mut judged_in, before) = (None, failures.len());
        let Node { name, parent, .. } = *tree.node(node);
        let around = tree.node(parent).name;
        let candidates = table.contexts_of(name);
        for (at, candidate) in candidates.iter().enumerate() {
            if candidate.around.is_some_and(|name| name != around) {
                continue;
            }
            let context = &table.contexts[usize::from(candidate.context)];
            if judged_in == Some(context.pass) {
                continue;
            }
            let left = remaining.of_context(candidate.context);
            if !left.possible {
                continue;
            }
            // Where nothing of it can fail, it matters only for the contexts that come after it in its pass.
            let last = |next: &Candidate| table.contexts[usize::from(next.context)].pass != context.pass;
            if left.is_idle() && candidates.get(at + 1).is_none_or(last) || !scene.matches(node, context) {
                continue;
            }
            judged_in = Some(context.pass);
            for entry in (left.entries.0..left.entries.1).filter_map(|at| remaining.entry(at)) {
                match judge(&scene, node, entry) {
                    Ok(None) => {}
                    Ok(Some(evidence)) => failures.push(Failure { node, entry, evidence }),
                    Err(error) => _ = crash.get_or_insert(error),
                }
            }
            if let Some(live) = remaining.bans(left) {
                failures.extend(strays(&scene, node, live).into_iter().map(|stray| banned(&scene, context, stray)));
            }
        }
        if let Some(spent) = scene.spent(node) {
            failures.truncate(before);
            crash = Some(spent);
            break;
        }
    }
    let not_run = crash.map(|c| c.reason(&tree.path(c.node())));
    let (findings, unlisted) = tell(pack, invoice, &scene, failures);
    Judged { findings, not_run, unlisted }
}

impl Table {
    /// The contexts that an element of that name may be in, in order.
    fn contexts_of(&self, name: Name) -> &'static [Candidate] {
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
