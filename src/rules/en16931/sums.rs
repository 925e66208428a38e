//! What sums share: the words for a difference, and amounts of several elements.

use crate::decimal::{Decimal, add, plain};
use crate::rules::engine::{Crash, Evidence, Scene, Verdict, exact};
use crate::text::Text;
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

/// A stated amount is not the computed one: both, and the difference.
pub fn differs(scene: &Scene<'_, '_>, stated: Option<NodeId>, at: NodeId, computed: Decimal) -> Verdict {
    let found = stated.map(|n| scene.text(n));
    let difference = found.and_then(|f| crate::decimal::parse(f).ok()).and_then(|f| f.checked_sub(computed));
    Verdict::Fails(Evidence {
        at: Some(stated.unwrap_or(at)),
        found: found.map(crate::rules::predicate::quote),
        expected: Some(plain(computed)),
        difference,
        ..Evidence::default()
    })
}

/// A sum or product cannot be computed: of these terms, those that are not there are missing.
pub fn cannot(node: NodeId, terms: &[(&str, bool)]) -> Verdict {
    let terms: Vec<&str> = terms.iter().filter(|(_, there)| !there).map(|(term, _)| *term).collect();
    let terms = terms.join(", ");
    Verdict::Fails(Evidence {
        at: Some(node),
        expected: Some(terms.clone()),
        message: Some(Text::new(
            format!("Le calcul ne peut pas être fait sans {terms}."),
            format!("This cannot be computed without {terms}."),
        )),
        fix: Some(Text::new(format!("Renseigner {terms}."), format!("Fill in {terms}."))),
        ..Evidence::default()
    })
}

/// The same for a sum of doubles.
pub fn differs_from_double(scene: &Scene<'_, '_>, stated: Option<NodeId>, at: NodeId, computed: f64) -> Verdict {
    match Decimal::from_f64_retain(computed).map(|d| d.round_dp(10)) {
        Some(computed) => differs(scene, stated, at, computed),
        None => Verdict::fails(stated.unwrap_or(at), stated.map(|n| scene.text(n).to_owned()), computed.to_string()),
    }
}
