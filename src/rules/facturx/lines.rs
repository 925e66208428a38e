//! Lines below lines: a line of EXTENDED may name the one that bears it, and say whether it details, groups or informs.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use crate::decimal::{Decimal, plain};
use crate::rules::engine::{Crash, Evidence, Scene, Verdict, round_double, same_double};
use crate::rules::france::ask::{normal, on, text};
use crate::rules::predicate::quote;
use crate::xml::{Name, NodeId};

use super::name::*;
use super::uses::Uses;

/// The lines of a document by what they are called and by the line that bears them, found once. Blanks around and between words of
/// identifiers are reduced.
pub struct Sublines {
    ids: HashSet<String>,
    below: HashMap<String, Vec<NodeId>>,
    /// What was asked of an identifier: several lines may bear one.
    sums: RefCell<HashMap<String, f64>>,
    groups: RefCell<HashMap<String, Groups>>,
    uses: OnceCell<Uses>,
}

/// How many lines that group stand below a line, how many amounts they have, and the first without one.
type Groups = (usize, usize, Option<NodeId>);

impl Sublines {
    pub fn of(scene: &Scene<'_, '_>) -> Sublines {
        let mut known = Sublines {
            ids: HashSet::new(),
            below: HashMap::new(),
            sums: RefCell::default(),
            groups: RefCell::default(),
            uses: OnceCell::new(),
        };
        let said = |line: NodeId, name: Name| -> Vec<String> {
            let found = on(scene, line, &[ram_AssociatedDocumentLineDocument, name]);
            found.into_iter().map(|n| normal(scene.tree.text_of(n))).collect()
        };
        for line in scene.named(ram_IncludedSupplyChainTradeLineItem) {
            known.ids.extend(said(line, ram_LineID));
            for id in said(line, ram_ParentLineID) {
                known.below.entry(id).or_default().push(line);
            }
        }
        known
    }

    /// What bears a VAT category.
    pub fn uses(&self, scene: &Scene<'_, '_>) -> &Uses {
        self.uses.get_or_init(|| Uses::of_document(scene))
    }

    fn below(&self, id: &str) -> &[NodeId] {
        self.below.get(id).map_or(&[], Vec::as_slice)
    }

    /// What the details and groups below an identifier add up to, rounded to the cent.
    fn sum_below(&self, scene: &Scene<'_, '_>, id: String) -> Result<f64, Crash> {
        if let Some(known) = self.sums.borrow().get(&id) {
            return Ok(*known);
        }
        let mut sum = None;
        for line in self.below(&id).iter().filter(|line| is(scene, **line, &["DETAIL", "GROUP"])) {
            let value = number(scene, *line)?;
            sum = Some(sum.map_or(value, |before: f64| before + value));
        }
        let rounded = round_double(sum.unwrap_or(0.0) * 100.0) / 100.0;
        self.sums.borrow_mut().insert(id, rounded);
        Ok(rounded)
    }

    /// The groups that name exactly this identifier.
    fn groups_below(&self, scene: &Scene<'_, '_>, id: &str) -> Groups {
        if let Some(known) = self.groups.borrow().get(id) {
            return *known;
        }
        let named_so = |line: NodeId| {
            let parents = on(scene, line, &[ram_AssociatedDocumentLineDocument, ram_ParentLineID]);
            parents.iter().any(|parent| scene.tree.text_of(*parent) == id)
        };
        let mut found: Groups = (0, 0, None);
        for line in self.below(&normal(id)).iter().filter(|l| named_so(**l) && is(scene, **l, &["GROUP"])) {
            let amounts = on(scene, *line, AMOUNT).len();
            found = (found.0 + 1, found.1 + amounts, found.2.or((amounts != 1).then_some(*line)));
        }
        self.groups.borrow_mut().insert(id.to_owned(), found);
        found
    }
}

/// BR-FXEXT-11: the line that bears this one, which it names, stands in the document.
pub fn parent_stands(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let parents = on(scene, node, &[ram_AssociatedDocumentLineDocument, ram_ParentLineID]);
    let parent = text(scene, &parents)?;
    if scene.sublines().ids.contains(&parent) {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::fails(parents.first().copied().unwrap_or(node), quote(&parent), None))
}

/// BR-FXEXT-08: the amount of a line that groups is that of the details and groups that it bears. Asked of each line of its own group; the
/// artefact asks each line of all groups.
pub fn groups_add_up(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let amounts = on(scene, node, AMOUNT);
    let stated = text(scene, &amounts)?;
    if stated.is_empty() || !is(scene, node, &["GROUP"]) {
        return Ok(Verdict::Holds);
    }
    let id = text(scene, &on(scene, node, &[ram_AssociatedDocumentLineDocument, ram_LineID]))?;
    let computed = scene.sublines().sum_below(scene, id)?;
    if same_double(number(scene, node)?, computed) {
        return Ok(Verdict::Holds);
    }
    let expected = Decimal::from_f64_retain(computed).map(|d| plain(d.round_dp(2)));
    Ok(Verdict::fails(amounts.first().copied().unwrap_or(node), quote(&stated), expected))
}

/// BR-FXEXT-12, asked of a line that groups and has an amount: it has an identifier, and the lines that group below it have one amount
/// each.
pub fn groups_below_have_amounts(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let ids = on(scene, node, &[ram_AssociatedDocumentLineDocument, ram_LineID]);
    let Some(id) = ids.first() else { return Ok(Verdict::of(false)) };
    let (groups, amounts, without) = scene.sublines().groups_below(scene, scene.tree.text_of(*id));
    if groups == amounts {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence { at: without.or(Some(node)), ..Evidence::default() }))
}

/// The amount of a line, as a double.
fn number(scene: &Scene<'_, '_>, line: NodeId) -> Result<f64, Crash> {
    Ok(text(scene, &on(scene, line, AMOUNT))?.parse::<f64>().unwrap_or(f64::NAN))
}

/// Is the line of detail, or does it not say what it is?
pub fn is_detail(scene: &Scene<'_, '_>, line: NodeId) -> bool {
    on(scene, line, STATUS).is_empty() || is(scene, line, &["DETAIL"])
}

fn is(scene: &Scene<'_, '_>, line: NodeId, wanted: &[&str]) -> bool {
    on(scene, line, STATUS).iter().any(|status| wanted.contains(&scene.tree.text_of(*status)))
}

const STATUS: &[Name] = &[ram_AssociatedDocumentLineDocument, ram_LineStatusReasonCode];
pub const AMOUNT: &[Name] =
    &[ram_SpecifiedLineTradeSettlement, ram_SpecifiedTradeSettlementLineMonetarySummation, ram_LineTotalAmount];
