//! Life-cycle messages (CDAR): judged as they are, no invoices.

use super::run::run;
use super::{Options, chorus, structure};
use crate::day::Day;
use crate::formats::Read;
use crate::invoice::{Identity, Invoice, Syntax, bt};
use crate::report::{Message, NotRun, Report};
use crate::text::Text;

/// Judges a message: structure, and the rules that are asked for. Customer files speak of invoices and have no say.
pub(super) fn judge(read: &Read<'_>, options: &Options<'_>, report: &mut Report) {
    let message = &read.invoice;
    report.syntax = Some(message.syntax().as_str().to_owned());
    report.profile = message.text(bt::MDT_3).map(str::to_owned);
    report.message = Some(summary(message));
    report.packs.push(structure::pack(message.syntax()));
    report.findings.extend(structure::findings(read));
    let when = day_that_counts(message, options);
    let known = chorus::Known::default();
    for asked in options.choice.packs(message, &Identity::default(), &known, when.0) {
        run(asked, message, options.direction, when, &known, report);
    }
    if let Some(name) = options.client {
        let reason = other_documents(Syntax::Cdar);
        report.not_run.push(NotRun { pack: format!("client:{name}"), reason });
    }
}

/// Why a pack has nothing to say of a document.
pub(super) fn other_documents(syntax: Syntax) -> Text {
    if syntax.is_invoice() {
        Text::new(
            "ces règles sont celles des messages de cycle de vie (CDAR) : ce document est une facture",
            "these rules are those of life-cycle messages (CDAR): this document is an invoice",
        )
    } else {
        Text::new(
            "ces règles sont celles des factures : ce document est un message de cycle de vie (CDAR)",
            "these rules are those of invoices: this document is a life-cycle message (CDAR)",
        )
    }
}

/// The day by which packs are chosen, and where it comes from: the message's own is that of its creation.
fn day_that_counts(message: &Invoice<'_>, options: &Options<'_>) -> (Day, &'static str) {
    let created = || message.text(bt::MDT_8).and_then(day_of).map(|day| (day, "MDT-8"));
    options.date.map(|day| (day, "--date")).or_else(created).unwrap_or((options.as_of, "as_of"))
}

/// The day of a moment written `CCYYMMDDHHMMSS`.
fn day_of(moment: &str) -> Option<Day> {
    moment.get(..8).and_then(Day::parse_102)
}

fn summary(message: &Invoice<'_>) -> Message {
    let text = |term| message.text(term).map(str::to_owned);
    let issued = message.all(bt::MDT_100).find_map(|o| o.day()).map(|day| day.to_string());
    let reasons = message.all(bt::MDT_113).map(|o| o.trimmed().to_owned()).filter(|reason| !reason.is_empty());
    Message {
        id: text(bt::MDT_4),
        status: text(bt::MDT_105),
        at: text(bt::MDT_78),
        reasons: reasons.collect(),
        invoice: text(bt::MDT_87),
        issued: issued.or_else(|| text(bt::MDT_100)),
        seller: text(bt::MDT_129),
        author: text(bt::MDT_39).or_else(|| text(bt::MDT_38)),
        author_role: text(bt::MDT_40),
        sender: text(bt::MDT_19),
        sender_role: text(bt::MDT_21),
    }
}
