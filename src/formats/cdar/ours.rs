//! What the seller says of an invoice of his: that documents complete it (209), that money came in (212).

use std::collections::BTreeMap;

use super::{ABOUT_INVOICE, About, Attachment, Datum, Detail, Moment, Party, Statement};
use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::invoice::{Identity, Invoice, Term, bt};
use crate::lifecycle::cdar_status;

/// 209: the documents that the buyer asked for go with the message.
pub const COMPLETED: u16 = 209;
/// 212: money came in.
pub const CASHED: u16 = 212;

/// The matricule of the state's hub, to which 212 goes as well, and its scheme.
const HUB: (&str, &str) = ("0238", "0000");

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    Completed {
        files: Vec<Attachment>,
        comment: Option<String>,
    },
    /// What came in, by VAT rate; negative where it was given back.
    Cashed {
        amounts: Vec<Cashed>,
    },
}

/// What came in of one VAT rate, tax included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cashed {
    /// In percent.
    pub rate: Decimal,
    pub amount: Decimal,
}

/// Why a statement cannot be made of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacks {
    /// The invoice does not say this term, and the message needs it.
    Term(Term),
    /// A 209 without documents, a 212 without an amount.
    Nothing,
    /// One rate said twice, or an amount of zero.
    Amounts,
    /// All was paid, as is said, and the invoice does not tell what that is by VAT rate: it has been paid in part, is rounded, or its breakdowns are not its
    /// total.
    Share,
}

impl Saying {
    pub fn status(&self) -> u16 {
        match self {
            Saying::Completed { .. } => COMPLETED,
            Saying::Cashed { .. } => CASHED,
        }
    }

    /// The message about this invoice. `at` is when it became so, `created` is now.
    ///
    /// # Errors
    /// [`Lacks`] where the invoice or the saying lacks what the message needs.
    pub fn of<'s>(&self, invoice: &Invoice<'_>, at: Moment, created: Moment) -> Result<Statement<'s>, Lacks> {
        let text = |term: Term| invoice.text(term).map(str::to_owned);
        let needed = |term: Term| text(term).ok_or(Lacks::Term(term));
        let seller_siren = siren(invoice, [bt::BT_30, bt::BT_29]).ok_or(Lacks::Term(bt::BT_30))?;
        let seller = Party {
            id: Some(("0002".into(), seller_siren.clone())),
            name: text(bt::BT_27),
            role: "SE".into(),
            address: None,
        };
        let buyer = Party {
            id: siren(invoice, [bt::BT_47, bt::BT_46]).map(|siren| ("0002".into(), siren)),
            name: text(bt::BT_44),
            role: "BY".into(),
            address: Some(address(invoice).ok_or(Lacks::Term(bt::BT_49))?),
        };
        let mut recipients = vec![buyer];
        if matches!(self, Saying::Cashed { .. }) {
            let (scheme, id) = HUB;
            let id = Some((scheme.into(), id.into()));
            recipients.push(Party { id, role: "DFH".into(), ..Party::default() });
        }
        let issued = invoice.first(bt::BT_2).and_then(|date| date.day()).ok_or(Lacks::Term(bt::BT_2))?;
        let (details, attachments) = self.said(invoice, at)?;
        Ok(Statement {
            process: "REGULATED",
            profile: ABOUT_INVOICE,
            created,
            at,
            sender: Party { name: None, ..seller.clone() },
            issuer: seller,
            recipients,
            about: About {
                number: needed(bt::BT_1)?,
                kind: text(bt::BT_3),
                issued: Some(issued),
                seller: Some(seller_siren),
                received: None,
            },
            status: cdar_status(self.status()).ok_or(Lacks::Nothing)?,
            details,
            attachments,
        })
    }

    fn said(&self, invoice: &Invoice<'_>, at: Moment) -> Result<(Vec<Detail>, Vec<Attachment>), Lacks> {
        let words = |comment: &Option<String>| Detail { comment: comment.clone(), ..Detail::default() };
        match self {
            Saying::Completed { files, .. } if files.is_empty() => Err(Lacks::Nothing),
            Saying::Completed { files, comment } => {
                Ok((comment.iter().map(|_| words(comment)).collect(), files.clone()))
            }
            Saying::Cashed { amounts } => {
                let twice = |n: usize| amounts[..n].iter().any(|other| other.rate == amounts[n].rate);
                if amounts.is_empty() {
                    return Err(Lacks::Nothing);
                }
                if (0..amounts.len()).any(|n| twice(n) || amounts[n].amount == Decimal::ZERO) {
                    return Err(Lacks::Amounts);
                }
                let currency = invoice.text(bt::BT_5).ok_or(Lacks::Term(bt::BT_5))?;
                let day = Day::parse_iso(at.rfc3339().get(..10).unwrap_or_default());
                let datum = |one: &Cashed| Datum {
                    kind: "MEN".into(),
                    amount: Some((two_decimals(one.amount), currency.to_owned())),
                    rate: Some(two_decimals(one.rate)),
                    date: day,
                    ..Datum::default()
                };
                Ok((vec![Detail { data: amounts.iter().map(datum).collect(), ..Detail::default() }], Vec::new()))
            }
        }
    }
}

/// All that is to be paid, by VAT rate, tax included, as the breakdowns (BG-23) have it.
///
/// # Errors
/// [`Lacks::Share`] where that is not the amount due.
pub fn cashed_whole(invoice: &Invoice<'_>) -> Result<Vec<Cashed>, Lacks> {
    let mut by_rate: BTreeMap<Decimal, Decimal> = BTreeMap::new();
    let add = decimal::add;
    for group in invoice.groups(bt::BG_23) {
        let part = |term: Term| group.number(term).ok_or(Lacks::Share);
        let amount = add(part(bt::BT_116)?, part(bt::BT_117)?).ok_or(Lacks::Share)?;
        // Where no rate is due, none is said (category O).
        let rate = group.number(bt::BT_119).unwrap_or(Decimal::ZERO);
        let sum = by_rate.entry(rate).or_insert(Decimal::ZERO);
        *sum = add(*sum, amount).ok_or(Lacks::Share)?;
    }
    let total = by_rate.values().try_fold(Decimal::ZERO, |sum, amount| add(sum, *amount)).ok_or(Lacks::Share)?;
    if invoice.first(bt::BT_115).and_then(|due| due.number()) != Some(total) {
        return Err(Lacks::Share);
    }
    by_rate.retain(|_, amount| *amount != Decimal::ZERO);
    Ok(by_rate.into_iter().map(|(rate, amount)| Cashed { rate, amount }).collect())
}

/// With two decimals at least, as amounts and rates are written.
fn two_decimals(value: Decimal) -> String {
    let text = value.to_string();
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, decimals)) if decimals.len() == 1 => format!("{text}0"),
        Some(_) => text,
    }
}

/// The buyer's electronic address and its scheme; of a public one without (Chorus Pro asks for none), the line that the directory has of its establishment.
fn address(invoice: &Invoice<'_>) -> Option<(String, String)> {
    if let Some(own) = invoice.text(bt::BT_49) {
        return Some((scheme(invoice, bt::BT_49, bt::BT_49_1), own.to_owned()));
    }
    let siret = Identity::of(invoice).buyer.siret?;
    Some(("0225".to_owned(), format!("{}_{siret}", siret.get(..9)?)))
}

fn scheme(invoice: &Invoice<'_>, of: Term, part: Term) -> String {
    let own = invoice.first(of).and_then(|address| address.part(part).map(|scheme| scheme.trimmed().to_owned()));
    own.filter(|own| !own.is_empty()).unwrap_or_else(|| "0225".into())
}

/// The first number of nine digits, or the head of one of fourteen.
fn siren(invoice: &Invoice<'_>, terms: [Term; 2]) -> Option<String> {
    let ids = terms.into_iter().flat_map(|term| invoice.all(term));
    ids.map(|id| id.text().chars().filter(|c| !c.is_whitespace()).collect::<String>())
        .find(|id| matches!(id.len(), 9 | 14) && id.bytes().all(|b| b.is_ascii_digit()))
        .map(|id| id[..9].to_owned())
}
