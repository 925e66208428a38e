//! What many items ask of the whole document, found once: a line must not cost a walk over all lines.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::Hash;

use crate::rules::en16931::sums::sum_of_doubles;
use crate::rules::engine::{Crash, Scene};
use crate::xml::{Name, NodeId};

use super::ask::{on, only, says, text};
use super::groups::groups_with_own_number;
use super::lines::declared_parents;
use super::name::*;

/// The document as its lines see it.
pub struct Whole {
    /// The numbers of the invoice (BT-1): one, as long as the structure is right.
    pub numbers: Vec<NodeId>,
    /// The billing frame (BT-23); an error where two stand.
    pub frame: Result<String, Crash>,
    pub lines: Vec<NodeId>,
    /// The legal identifiers of the seller and of the buyer.
    pub seller: Vec<NodeId>,
    pub buyer: Vec<NodeId>,
    /// The currencies of the invoice, and those for accounting.
    pub currency: Vec<NodeId>,
    pub accounting: Vec<NodeId>,
    index: OnceCell<Index>,
    /// What is below each line that was asked about, looked for once: groups may bear one identifier.
    sums_below: RefCell<HashMap<String, Sum>>,
    counts_below: RefCell<HashMap<Vec<String>, usize>>,
    vat_sums: RefCell<HashMap<String, Sum>>,
    own_groups: OnceCell<Result<usize, Crash>>,
    notes: OnceCell<String>,
    vat: OnceCell<Result<HashMap<String, Vec<NodeId>>, Crash>>,
}

/// So many amounts and what they add up to, as the artefact adds them; nothing of none.
pub type Sum = (usize, Result<f64, Crash>);

/// Lines by their own identifier, and by those that they say are around them.
struct Index {
    by_id: HashMap<String, Vec<NodeId>>,
    by_parent: HashMap<String, Vec<NodeId>>,
}

impl Whole {
    pub fn of(scene: &Scene<'_, '_>) -> Whole {
        let ubl = scene.syntax.is_ubl();
        let from = |way: &[Name]| on(scene, 0, way);
        let transaction = |way: &[Name]| {
            from(&[rsm_SupplyChainTradeTransaction]).into_iter().flat_map(|t| on(scene, t, way)).collect::<Vec<_>>()
        };
        let party = |role: Name| match ubl {
            true => from(&[role, cac_Party, cac_PartyLegalEntity, cbc_CompanyID]),
            false => transaction(&[ram_ApplicableHeaderTradeAgreement, role, ram_SpecifiedLegalOrganization, ram_ID]),
        };
        let frame: &[Name] = match ubl {
            true => &[cbc_ProfileID],
            false => &[rsm_ExchangedDocumentContext, ram_BusinessProcessSpecifiedDocumentContextParameter, ram_ID],
        };
        let is_line = |n: &NodeId| [cac_InvoiceLine, cac_CreditNoteLine].contains(&scene.tree.node(*n).name);
        Whole {
            numbers: if ubl { from(&[cbc_ID]) } else { from(&[rsm_ExchangedDocument, ram_ID]) },
            frame: text(scene, &from(frame)),
            lines: match ubl {
                true => scene.tree.children(0).filter(is_line).collect(),
                false => transaction(&[ram_IncludedSupplyChainTradeLineItem]),
            },
            seller: party(if ubl { cac_AccountingSupplierParty } else { ram_SellerTradeParty }),
            buyer: party(if ubl { cac_AccountingCustomerParty } else { ram_BuyerTradeParty }),
            currency: match ubl {
                true => from(&[cbc_DocumentCurrencyCode]),
                false => transaction(&[ram_ApplicableHeaderTradeSettlement, ram_InvoiceCurrencyCode]),
            },
            accounting: match ubl {
                true => scene.named(cbc_TaxCurrencyCode).collect(),
                false => transaction(&[ram_ApplicableHeaderTradeSettlement, ram_TaxCurrencyCode]),
            },
            index: OnceCell::new(),
            sums_below: RefCell::default(),
            counts_below: RefCell::default(),
            vat_sums: RefCell::default(),
            own_groups: OnceCell::new(),
            notes: OnceCell::new(),
            vat: OnceCell::new(),
        }
    }

    /// All notes of the document in one text.
    pub fn notes(&self, join: impl FnOnce() -> String) -> &str {
        self.notes.get_or_init(join)
    }

    /// The lines that have one of these identifiers, in the order of the document.
    pub fn called(&self, scene: &Scene<'_, '_>, ids: &[NodeId]) -> Cow<'_, [NodeId]> {
        let known = &self.index(scene).by_id;
        let lines = |id: &NodeId| known.get(scene.tree.text_of(*id)).map_or(&[][..], Vec::as_slice);
        if let [id] = ids {
            return Cow::Borrowed(lines(id));
        }
        let mut found: Vec<NodeId> = ids.iter().flat_map(lines).copied().collect();
        found.sort_unstable();
        found.dedup();
        Cow::Owned(found)
    }

    /// The sum of the amounts below the lines of an identifier.
    pub fn sum_below(&self, scene: &Scene<'_, '_>, id: &str, look: impl FnOnce() -> Vec<NodeId>) -> Sum {
        once(&self.sums_below, id, || added(scene, &look()))
    }

    /// How many lines are below those of these identifiers.
    pub fn count_below(&self, scene: &Scene<'_, '_>, ids: &[NodeId], count: impl FnOnce() -> usize) -> usize {
        let ids: Vec<String> = ids.iter().map(|id| scene.tree.text_of(*id).to_owned()).collect();
        once(&self.counts_below, &ids, count)
    }

    /// The VAT of the breakdowns whose reason starts with `#NUMBER#`.
    pub fn vat_sum(&self, scene: &Scene<'_, '_>, number: &str) -> Result<Sum, Crash> {
        if let Some(known) = self.vat_sums.borrow().get(number) {
            return Ok(known.clone());
        }
        let amounts = self.vat_of(scene, number)?;
        Ok(once(&self.vat_sums, number, || added(scene, &amounts)))
    }

    /// The lines that name this one as being around them, whatever else they say.
    pub fn below(&self, scene: &Scene<'_, '_>, id: &str) -> &[NodeId] {
        self.index(scene).by_parent.get(id).map_or(&[], Vec::as_slice)
    }

    /// How many groups of the seller bear the number of the invoice.
    pub fn own_groups(&self, scene: &Scene<'_, '_>) -> Result<usize, Crash> {
        self.own_groups.get_or_init(|| groups_with_own_number(scene, self)).clone()
    }

    fn vat_of(&self, scene: &Scene<'_, '_>, number: &str) -> Result<Vec<NodeId>, Crash> {
        let all = self.vat.get_or_init(|| breakdowns(scene)).as_ref().map_err(Clone::clone)?;
        let start = format!("#{number}#");
        // A number with a # of its own is no key.
        if number.contains('#') {
            let mut found: Vec<NodeId> =
                all.iter().filter(|(reason, _)| reason.starts_with(&start)).flat_map(|(_, a)| a).copied().collect();
            found.sort_unstable();
            return Ok(found);
        }
        Ok(all.get(&start).cloned().unwrap_or_default())
    }

    fn index(&self, scene: &Scene<'_, '_>) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index { by_id: HashMap::new(), by_parent: HashMap::new() };
            let way: &[Name] =
                if scene.syntax.is_ubl() { &[cbc_ID] } else { &[ram_AssociatedDocumentLineDocument, ram_LineID] };
            let add = |map: &mut HashMap<String, Vec<NodeId>>, ids: Vec<NodeId>, line: NodeId| {
                for id in ids {
                    let known = map.entry(scene.tree.text_of(id).to_owned()).or_default();
                    if known.last() != Some(&line) {
                        known.push(line);
                    }
                }
            };
            for &line in &self.lines {
                add(&mut index.by_id, on(scene, line, way), line);
                add(&mut index.by_parent, declared_parents(scene, line), line);
            }
            index
        })
    }
}

fn added(scene: &Scene<'_, '_>, amounts: &[NodeId]) -> Sum {
    (amounts.len(), sum_of_doubles(scene, amounts.iter().copied()))
}

/// What is known of a key, or is found now.
fn once<K, Q, V>(known: &RefCell<HashMap<K, V>>, key: &Q, find: impl FnOnce() -> V) -> V
where
    K: std::borrow::Borrow<Q> + Hash + Eq,
    Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
    V: Clone,
{
    if let Some(found) = known.borrow().get(key) {
        return found.clone();
    }
    let found = find();
    known.borrow_mut().insert(key.to_owned(), found.clone());
    found
}

/// The amounts of the VAT breakdowns by the start of their reason, `#NUMBER#`; by the whole reason too where more than one # follows.
fn breakdowns(scene: &Scene<'_, '_>) -> Result<HashMap<String, Vec<NodeId>>, Crash> {
    let (way, kind, reason, amounts): (&[Name], &[Name], &[Name], Name) = if scene.syntax.is_ubl() {
        (
            &[cac_TaxTotal, cac_TaxSubtotal],
            &[cac_TaxCategory, cac_TaxScheme, cbc_ID],
            &[cac_TaxCategory, cbc_TaxExemptionReason],
            cbc_TaxAmount,
        )
    } else {
        (
            &[rsm_SupplyChainTradeTransaction, ram_ApplicableHeaderTradeSettlement, ram_ApplicableTradeTax],
            &[ram_TypeCode],
            &[ram_ExemptionReason],
            ram_CalculatedAmount,
        )
    };
    let mut found: HashMap<String, Vec<NodeId>> = HashMap::new();
    for breakdown in on(scene, 0, way) {
        if !says(scene, &on(scene, breakdown, kind), "VAT") {
            continue;
        }
        let said = only(scene, &on(scene, breakdown, reason))?.map_or("", |n| scene.tree.text_of(n));
        let Some((number, rest)) = said.strip_prefix('#').and_then(|rest| rest.split_once('#')) else { continue };
        found.entry(format!("#{number}#")).or_default().extend(scene.all(breakdown, amounts));
        if rest.contains('#') {
            found.entry(said.to_owned()).or_default().extend(scene.all(breakdown, amounts));
        }
    }
    Ok(found)
}
