//! The differences as JSON: `facteur-diff/1`, one object on one line.

use serde::Serialize;

use super::{Diff, Difference, Options, Said};
use crate::invoice::{Invoice, Listed, Place, Term, bt};
use crate::text::{Lang, one_line};

/// What one of the documents is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Heading {
    pub file: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    pub syntax: &'static str,
    /// The file in the PDF, where it came out of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<String>,
    /// BT-24, as written; the rest likewise, a day as YYYY-MM-DD where it is one.
    pub profile: Option<String>,
    pub number: Option<String>,
    pub issued: Option<String>,
    pub seller: Option<String>,
    pub buyer: Option<String>,
    pub payable: Option<String>,
    pub currency: Option<String>,
    /// A credit note, by its document element or BT-3; amounts stand as written.
    #[serde(skip)]
    pub credit: bool,
    /// The currency written on BT-115, where it is not that of BT-5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable_currency: Option<String>,
}

impl Heading {
    pub fn of(
        invoice: &Invoice<'_>,
        file: String,
        sha256: String,
        syntax: &'static str,
        attachment: Option<String>,
    ) -> Heading {
        let text = |term| invoice.text(term).map(str::to_owned);
        let issued = invoice.first(bt::BT_2).and_then(|o| o.day()).map(|day| day.to_string());
        Heading {
            file,
            sha256,
            syntax,
            attachment,
            profile: text(bt::BT_24),
            number: text(bt::BT_1),
            issued: issued.or_else(|| text(bt::BT_2)),
            seller: text(bt::BT_27),
            buyer: text(bt::BT_44),
            payable: text(bt::BT_115),
            currency: text(bt::BT_5),
            credit: invoice.is_credit(),
            payable_currency: invoice.payable_currency().map(str::to_owned),
        }
    }
}

/// The whole comparison; without a line end.
pub fn json(diff: &Diff, a: &Heading, b: &Heading, options: &Options, lang: Lang) -> String {
    let document = Document {
        schema: "facteur-diff/1",
        tool: concat!("facteur ", env!("CARGO_PKG_VERSION")),
        same: diff.is_same(),
        a,
        b,
        as_written: options.as_written,
        only: &options.only,
        ignore: &options.ignore,
        terms_only: options.terms_only || !options.only.is_empty(),
        differences: diff.differences.iter().map(|d| One::of(d, lang)).collect(),
        outside: diff.outside.iter().map(|d| One::of(d, lang)).collect(),
        uncompared: diff.uncompared.iter().map(|d| One::of(d, lang)).collect(),
        unlisted: diff.unlisted,
        unlisted_outside: diff.unlisted_outside,
        written: diff.written,
    };
    one_line(serde_json::to_string(&document).unwrap_or_default())
}

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    tool: &'static str,
    same: bool,
    a: &'d Heading,
    b: &'d Heading,
    as_written: bool,
    only: &'d [Term],
    ignore: &'d [Term],
    terms_only: bool,
    differences: Vec<One<'d>>,
    outside: Vec<One<'d>>,
    uncompared: Vec<One<'d>>,
    unlisted: usize,
    unlisted_outside: usize,
    written: usize,
}

#[derive(Serialize)]
struct One<'d> {
    change: &'static str,
    term: Option<Term>,
    name: Option<&'static str>,
    a: Option<Shown<'d>>,
    b: Option<Shown<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<String>,
}

#[derive(Serialize)]
struct Shown<'d> {
    address: &'d str,
    value: &'d str,
    place: Option<&'d Place>,
    #[serde(skip_serializing_if = "<[Listed]>::is_empty")]
    terms: &'d [Listed],
}

impl<'d> One<'d> {
    fn of(difference: &'d Difference, lang: Lang) -> One<'d> {
        fn shown(said: &Option<Said>) -> Option<Shown<'_>> {
            said.as_ref().map(|s| Shown {
                address: &s.address,
                value: &s.value,
                place: s.place.as_ref(),
                terms: &s.terms,
            })
        }
        One {
            change: difference.change.as_str(),
            term: difference.term,
            name: difference.term.map(|term| term.name(lang)),
            a: shown(&difference.a),
            b: shown(&difference.b),
            delta: difference.delta.map(|delta| delta.to_string()),
        }
    }
}
