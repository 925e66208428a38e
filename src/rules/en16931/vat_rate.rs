//! A VAT rate that no VAT amount can fit: below zero, or a fraction where a percentage is asked for (0.20 for 20 %).

use crate::decimal::{Decimal, hundredth, mul, round_half_up, sub};
use crate::rules::engine::{Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::NodeId;

/// The rate itself is what is wrong, where it is below zero, or where the VAT stated is that of a hundred times the rate. `or_else` is
/// what is expected where no rate fits the amount: told apart by rule, since nothing proves that one correction mends both.
pub fn wrong_rate(
    scene: &Scene<'_, '_>,
    at: Option<NodeId>,
    base: Option<Decimal>,
    stated: Option<Decimal>,
    or_else: &'static str,
) -> Option<Verdict> {
    let at = at?;
    let text = scene.text(at);
    let rate = crate::decimal::parse(text).ok()?;
    let (negative, small) = (rate.is_sign_negative() && !rate.is_zero(), rate.abs() < Decimal::ONE && !rate.is_zero());
    if !negative && !small {
        return None;
    }
    let hundred = mul(rate.abs(), Decimal::ONE_HUNDRED).filter(|_| small);
    let own = Some(rate.abs()).filter(|_| negative);
    let fits = |rate: &Decimal| {
        let fits = || {
            let vat = mul(base?.abs(), hundredth(*rate)?)?;
            Some(!vat.is_zero() && sub(stated?.abs(), round_half_up(vat, 2)?)?.abs() <= Decimal::new(2, 2))
        };
        fits().unwrap_or(false)
    };
    let right = own.into_iter().chain(hundred).find(fits);
    if right.is_none() && !negative {
        return None;
    }
    let found = quote(text);
    let (why_fr, why_en) = match (negative, right) {
        (true, _) => ("un taux n'est jamais négatif", "a rate is never negative"),
        (false, _) => (
            "un taux est un pourcentage ; la règle lit ce nombre tel quel, et BT-117 ne peut pas convenir",
            "a rate is a percentage; the rule reads this number as it is, and BT-117 cannot fit it",
        ),
    };
    let right = right.map(|rate| rate.normalize().to_string());
    let fix = match &right {
        Some(right) if !negative => Text::new(
            format!("Écrire {right} dans BT-119 : {right} % s'écrit {right}, non {found}."),
            format!("Write {right} in BT-119: {right} % is written {right}, not {found}."),
        ),
        Some(right) => Text::new(format!("Écrire {right} dans BT-119."), format!("Write {right} in BT-119.")),
        None => Text::new(
            "Corriger BT-119 : zéro ou plus, en pour cent ; d'une correction, les montants portent le signe.",
            "Correct BT-119: zero or more, in per cent; of a correction, the amounts bear the sign.",
        ),
    };
    Some(Verdict::failed(Evidence {
        at: Some(at),
        expected: Some(right.clone().unwrap_or_else(|| or_else.to_owned())),
        message: Some(Text::new(
            format!("Le taux de TVA (BT-119) est {found} : {why_fr}."),
            format!("The VAT rate (BT-119) is {found}: {why_en}."),
        )),
        fix: Some(fix),
        example: Some(crate::formats::put_right(scene.tree, at, Some(right.as_deref().unwrap_or("20")), None, None))
            .filter(|_| right.is_some()),
        found: Some(found),
        right,
        ..Evidence::default()
    }))
}
