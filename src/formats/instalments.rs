//! Payment in instalments, whatever syntax says them: EN 16931 has one day on which payment is due (BT-9), so that several are a text (BT-20); and what
//! does not add up among them.

use std::collections::BTreeSet;

use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, bt};
use crate::text::Text;

/// What is due on a day: a percentage of the amount due, an amount, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instalment {
    pub day: Day,
    pub percent: Option<Decimal>,
    pub amount: Option<Decimal>,
    /// Of its amount.
    pub currency: String,
}

/// Is the seller French, by its VAT number or its address?
pub fn is_french(draft: &Draft) -> bool {
    let seller = draft.groups(bt::BG_4).next();
    let vat = seller.and_then(|s| s.text(bt::BT_31)).is_some_and(|vat| vat.starts_with("FR"));
    vat || seller.and_then(|s| s.groups(bt::BG_5).next()).and_then(|a| a.text(bt::BT_40)) == Some("FR")
}

/// All of them as text, with the days of terms that are stated beside them without an amount.
pub fn sentences(all: &[Instalment], general: &BTreeSet<Day>, french: bool) -> String {
    let written = |day: &Day| match french {
        true => format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()),
        false => day.to_string(),
    };
    let on = if french { "le" } else { "on" };
    let said = all.iter().map(|one| format!("{} {on} {}", one.how_much(french), written(&one.day)));
    let said = said.collect::<Vec<_>>().join(if french { " ; " } else { "; " });
    let text = match (french, all.len()) {
        (true, 1) => format!("Échéance partielle : {said}."),
        (true, _) => format!("Paiement en plusieurs échéances : {said}."),
        (false, 1) => format!("Instalment: {said}."),
        (false, _) => format!("Instalments: {said}."),
    };
    let general: Vec<String> = general.iter().map(written).collect();
    match (general.is_empty(), french) {
        (true, _) => text,
        (false, true) => format!("{text} Échéance indiquée sans montant : {}.", general.join(" ; ")),
        (false, false) => format!("{text} Due date stated without an amount: {}.", general.join("; ")),
    }
}

/// Behind the terms of payment that stand there, as a sentence of its own.
pub fn behind(terms: &str, text: &str) -> String {
    let terms = terms.trim_end();
    let ends = terms.is_empty() || terms.ends_with(['.', '!', '?', ';', ':', '…']);
    format!("{terms}{}{text}", if ends { " " } else { ". " }).trim_start().to_owned()
}

/// Do they say by themselves when what is due is to be paid, whatever day a general term gives beside them: are they several, of which nothing says that they
/// are not the whole?
pub fn are_whole(all: &[Instalment], due: Option<Decimal>, currency: &str) -> bool {
    all.len() > 1 && off(all, due, currency).is_none()
}

impl Instalment {
    fn how_much(&self, french: bool) -> String {
        let number = |number: Decimal| match french {
            true => number.to_string().replace('.', ","),
            false => number.to_string(),
        };
        let share = self.percent.map(|share| format!("{}{}", number(share), if french { " %" } else { "%" }));
        let amount = self.amount.map(|amount| format!("{} {}", number(amount), self.currency).trim_end().to_owned());
        match (share, amount) {
            (Some(share), Some(amount)) => format!("{share} ({amount})"),
            (share, amount) => share.or(amount).unwrap_or_default(),
        }
    }

    /// Its part of the amount due, and how far that may be off: a percentage is as exact as it is written.
    fn part(&self, due: Decimal) -> Option<(Decimal, Decimal)> {
        if let Some(amount) = self.amount {
            return Some((amount, Decimal::ZERO));
        }
        self.share(due)
    }

    /// What its percentage comes to, and how far that may be off.
    fn share(&self, due: Decimal) -> Option<(Decimal, Decimal)> {
        let share = self.percent?;
        let part = |share| decimal::hundredth(decimal::mul(due.abs(), share)?);
        let sign = if due.is_sign_negative() { -Decimal::ONE } else { Decimal::ONE };
        Some((part(share)?.checked_mul(sign)?, decimal::add(part(half_digit(share))?, Decimal::new(1, 2))?))
    }

    /// A percentage that does not come to the amount beside it.
    fn against_itself(&self, due: Decimal) -> Option<Text> {
        let (amount, (share, slack)) = self.amount.zip(self.share(due))?;
        if decimal::sub(amount, share)?.abs() <= slack {
            return None;
        }
        let (percent, share) = (self.percent?.normalize(), decimal::plain(decimal::round_half_up(share, 2)?));
        let (amount, due, day) = (decimal::plain(amount), decimal::plain(due), self.day);
        Some(Text::new(
            format!(
                "l’échéance du {day} se contredit : {percent} % du montant à payer (BT-115), {due}, font {share}, son montant est {amount}"
            ),
            format!(
                "the instalment of {day} contradicts itself: {percent}% of the amount due (BT-115), {due}, is {share}, its amount is {amount}"
            ),
        ))
    }
}

/// Half of the last digit that a number is written with.
fn half_digit(number: Decimal) -> Decimal {
    Decimal::new(5, number.scale().min(20) + 1)
}

/// Why they are not the amount due (BT-115): another currency, another sum, or a percentage that is not its amount.
pub fn off(all: &[Instalment], due: Option<Decimal>, currency: &str) -> Option<Text> {
    if let Some(other) = all.iter().find(|one| one.amount.is_some() && !currency.is_empty() && one.currency != currency)
    {
        let other: String = other.currency.chars().take(3).collect();
        return Some(Text::new(
            format!("les échéances sont en {other}, la facture en {currency} : rien ne dit ce qui est dû à chacune"),
            format!("the instalments are in {other}, the invoice in {currency}: nothing says what is due by each"),
        ));
    }
    let shares: Option<Vec<Decimal>> = all.iter().map(|one| one.percent).collect();
    if let Some(shares) = shares {
        let slack = decimal::sum(shares.iter().map(|share| half_digit(*share)))?;
        let sum = decimal::sum(shares)?;
        if decimal::sub(sum, Decimal::ONE_HUNDRED)?.abs() > slack {
            let sum = sum.normalize();
            return Some(Text::new(
                format!("les échéances font {sum} % du montant à payer (BT-115), et non 100 %"),
                format!("the instalments come to {sum}% of the amount due (BT-115), not to 100%"),
            ));
        }
    }
    let due = due?;
    let parts: Vec<(Decimal, Decimal)> = all.iter().map(|one| one.part(due)).collect::<Option<_>>()?;
    let (sum, slack) = (decimal::sum(parts.iter().map(|part| part.0))?, decimal::sum(parts.iter().map(|part| part.1))?);
    if decimal::sub(sum, due)?.abs() <= slack {
        return all.iter().find_map(|one| one.against_itself(due));
    }
    let (sum, due) = (decimal::plain(decimal::round_half_up(sum, 2)?), decimal::plain(due));
    Some(Text::new(
        format!("les échéances font {sum}, le montant à payer (BT-115) est {due}"),
        format!("the instalments come to {sum}, the amount due (BT-115) is {due}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(percent: Option<&str>, amount: Option<&str>) -> Instalment {
        let number = |text: Option<&str>| text.map(|text| decimal::parse(text).unwrap());
        let day = Day::parse_iso("2026-12-22").unwrap();
        Instalment { day, percent: number(percent), amount: number(amount), currency: "EUR".to_owned() }
    }

    #[test]
    fn a_sentence_is_set_apart_from_what_stands_before() {
        assert_eq!(behind("Escompte néant", "B."), "Escompte néant. B.");
        assert_eq!(behind("30 jours. ", "B."), "30 jours. B.");
        assert_eq!(behind("", "B."), "B.");
    }

    #[test]
    fn what_is_not_the_amount_due_is_told() {
        let due = decimal::parse("120.00").ok();
        let told = |all: &[Instalment]| off(all, due, "EUR").map(|text| text.en);
        assert_eq!(told(&[of(None, Some("60.00")), of(None, Some("60.00"))]), None);
        let short = "the instalments come to 110.00, the amount due (BT-115) is 120.00";
        assert_eq!(told(&[of(None, Some("60.00")), of(None, Some("50.00"))]).as_deref(), Some(short));
        assert_eq!(told(&[of(Some("50"), None), of(None, Some("60"))]), None);
        // A third is as exact as it is written.
        assert_eq!(told(&[of(Some("33.33"), None), of(Some("33.33"), None), of(Some("33.33"), None)]), None);
        let share = "the instalments come to 90% of the amount due (BT-115), not to 100%";
        assert_eq!(told(&[of(Some("30"), None), of(Some("60"), None)]).as_deref(), Some(share));
        assert!(off(&[of(None, Some("120"))], due, "USD").unwrap().fr.contains("en EUR, la facture en USD"));
        let contradiction = told(&[of(Some("50"), Some("40.00")), of(Some("50"), Some("80.00"))]).unwrap();
        assert!(contradiction.ends_with("50% of the amount due (BT-115), 120.00, is 60.00, its amount is 40.00"));
        // The last one takes what rounding leaves.
        let thirds = ["40.00", "39.99", "40.01"].map(|amount| of(Some("33.33"), Some(amount)));
        assert_eq!(told(&thirds), None);
        // Who does not say what is due is told of percentages alone.
        assert_eq!(off(&[of(None, Some("1"))], None, "EUR"), None);
    }
}
