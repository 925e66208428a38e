//! What sums share: the words for a difference, and amounts of several elements.

use crate::decimal::{Decimal, add, plain};
use crate::invoice::Term;
use crate::rules::engine::{Addends, Crash, Evidence, Scene, Verdict, exact};
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

/// Sum of `xs:decimal(amount)` over elements.
pub fn sum(scene: &Scene<'_, '_>, nodes: impl Iterator<Item = NodeId>, amount: Name) -> Result<Decimal, Crash> {
    let mut total = Decimal::ZERO;
    for node in nodes {
        if let Some(value) = scene.decimal_of(node, amount)? {
            total = exact(add(total, value), node)?;
        }
    }
    Ok(total)
}

/// Sum of the amounts themselves, as doubles, as `sum()` adds texts: it starts at the first of them, so minus zero stays what it is.
pub fn sum_of_doubles(scene: &Scene<'_, '_>, nodes: impl Iterator<Item = NodeId>) -> Result<f64, Crash> {
    let mut total = None;
    for node in nodes {
        let value = scene.double(node)?;
        total = Some(total.map_or(value, |before| before + value));
    }
    Ok(total.unwrap_or(0.0))
}

/// A stated amount, the child of that name, is not the computed one or is missing: both, the difference, and what went into the
/// computation.
pub fn differs(scene: &Scene<'_, '_>, (parent, name): (NodeId, Name), computed: Decimal, addends: Addends) -> Verdict {
    amount_differs(scene, scene.tree.child(parent, name), (parent, name), computed, addends)
}

fn amount_differs(
    scene: &Scene<'_, '_>,
    stated: Option<NodeId>,
    (parent, name): (NodeId, Name),
    computed: Decimal,
    addends: Addends,
) -> Verdict {
    let found = stated.map(|n| scene.text(n));
    let difference = found.and_then(|f| crate::decimal::parse(f).ok()).and_then(|f| f.checked_sub(computed));
    Verdict::failed(Evidence {
        at: Some(stated.unwrap_or(parent)),
        found: found.map(crate::rules::predicate::quote),
        expected: Some(plain(computed)),
        difference,
        addends: Some(addends),
        child: stated.is_none().then_some(name),
        ..Evidence::default()
    })
}

/// An amount (its term first) cannot be computed: of these terms, those that are not there are missing.
pub fn cannot(node: NodeId, amount: &'static str, terms: &[(&str, bool)]) -> Verdict {
    let missing: Vec<Term> = terms.iter().filter(|(_, there)| !there).filter_map(|(id, _)| Term::parse(id)).collect();
    let ids: Vec<&str> = missing.iter().map(|term| term.id()).collect();
    let (fr, en) = (named(missing.iter().copied(), Lang::Fr), named(missing.iter().copied(), Lang::En));
    let amount = Term::parse(amount);
    Verdict::failed(Evidence {
        at: Some(node),
        expected: Some(ids.join(", ")),
        message: Some(Text::new(
            format!("{} ne peut pas être vérifié : il manque {fr}.", named(amount, Lang::Fr)),
            format!("{} cannot be checked: {en} is missing.", named(amount, Lang::En)),
        )),
        fix: Some(Text::new(format!("Renseigner {fr}."), format!("Fill in {en}."))),
        ..Evidence::default()
    })
}

/// Terms with their names, as sentences name them: French `BT-106 (Somme…)`, English `Sum… (BT-106)`.
pub fn named(terms: impl IntoIterator<Item = Term>, lang: Lang) -> String {
    let all: Vec<String> = terms.into_iter().map(|term| term.called(lang)).collect();
    all.join(if lang == Lang::Fr { " et " } else { " and " })
}

/// The same for a sum of doubles; `stated` is the amount itself.
pub fn differs_from_double(
    scene: &Scene<'_, '_>,
    stated: Option<NodeId>,
    place: (NodeId, Name),
    computed: f64,
    addends: Addends,
) -> Verdict {
    match Decimal::from_f64_retain(computed).map(|d| d.round_dp(10)) {
        Some(computed) => amount_differs(scene, stated, place, computed, addends),
        None => {
            Verdict::fails(stated.unwrap_or(place.0), stated.map(|n| scene.text(n).to_owned()), computed.to_string())
        }
    }
}
