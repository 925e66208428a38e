//! What a status is about, by its own time: the deposit that counts, one before it, or nothing that ever left here.

use super::draft::Draft;
use super::ports::Meaning;
use super::settings::PlatformSettings;
use super::trouble::{self, Trouble};
use crate::clock::{Millis, moment};
use crate::limits::CLOCK_BEHIND_MS;
use crate::platforms::{PlatformStatus, Voice};
use crate::problems::{Confidence, Mapped, Number, Problem, Said, cause};
use crate::store::InvoiceRow;
use crate::text::Text;

/// The cause of problems that are about a message and not about the invoice.
pub(super) const MESSAGE: &str = "X0";
const DUPLICATE: &str = "A6";
const HOUR: Millis = 3_600_000;

/// That a deposit came to nothing, said by a message of a time before this one was begun, was said of another: of one before it, or of the document that it
/// replaces.
pub(super) fn is_of_former(
    row: &InvoiceRow,
    status: &PlatformStatus,
    meaning: &Meaning,
    settings: &PlatformSettings,
) -> bool {
    let others = row.deposits > 1 || row.replaces.is_some();
    let at = status.at.as_deref().and_then(moment);
    others && meaning.exists == Some(false) && at.zip(begun(row, settings)).is_some_and(|(at, begun)| at < begun)
}

/// Was it said before anything of the invoice left, beyond what clocks differ by? Then it was said of something else, or by a clock that is wrong.
pub(super) fn is_early(
    row: &InvoiceRow,
    status: &PlatformStatus,
    meaning: &Meaning,
    settings: &PlatformSettings,
) -> bool {
    // What we say ourselves bears the day on which it became so, and moves nothing.
    if meaning.state.is_none() || status.voice == Voice::Seller {
        return false;
    }
    let first = match row.sends.first() {
        Some(sent) => Some(sent.at),
        None if row.deposits == 1 => begun(row, settings),
        // Deposited before the moment was kept: it came before it left.
        None => (row.deposits > 1).then_some(row.received_at),
    };
    let latest = status.at.as_deref().and_then(latest);
    first.zip(latest).is_some_and(|(first, latest)| latest.saturating_add(CLOCK_BEHIND_MS) < first)
}

/// When the call of the deposit that counts was begun.
fn begun(row: &InvoiceRow, settings: &PlatformSettings) -> Option<Millis> {
    let sent = row.sends.last().map(|sent| sent.at);
    sent.or_else(|| row.call_until.map(|until| until - settings.call_timeout))
}

/// The last moment that a time of a platform may mean: a day is all of it, wherever on earth.
fn latest(at: &str) -> Option<Millis> {
    let moment = moment(at)?;
    const DAY: Millis = 24 * HOUR;
    // Midnight to the second is how a day is written where a time is asked for.
    let is_day = crate::day::Day::parse_iso(at.trim()).is_some() || moment % DAY == 0;
    Some(if is_day { moment.saturating_add(36 * HOUR) } else { moment })
}

/// The problem of a status that was said too early. The invoice stays as it is.
pub(super) fn open(draft: &mut Draft, known: &[Problem], status: &PlatformStatus) {
    let at = status.at.as_deref().unwrap_or_default();
    let code = &status.code;
    let message = Text::new(
        format!("Le statut {code} est daté du {at}, avant le dépôt de la facture : il ne lui est pas appliqué."),
        format!("Status {code} bears the time {at}, before the invoice was deposited: it is not applied to it."),
    );
    let suggestion = Text::new(
        "Demander à la plateforme de quelle facture parle ce statut, et si son horloge est à l'heure. Si c'est bien celle-ci, l'y suivre sur son portail.",
        "Ask the platform which invoice this status is about, and whether its clock is right. If it is this one, follow it on its portal.",
    );
    put(draft, known, status, &message, MESSAGE, suggestion);
}

/// The problem of an invoice that a platform has to which an earlier deposit went, while this one counts for another platform.
pub(super) fn open_elsewhere(draft: &mut Draft, known: &[Problem], status: &PlatformStatus) {
    let now = draft.platform();
    let message = Text::new(
        format!(
            "La plateforme d'un dépôt antérieur dit avoir la facture, qui va maintenant à « {now} » : elle peut être réclamée deux fois."
        ),
        format!(
            "The platform of an earlier deposit says that it has the invoice, which goes to \"{now}\" now: it may be claimed twice."
        ),
    );
    let suggestion = Text::new(
        "Annuler l'une des deux, chez la plateforme qui ne doit pas l'avoir.",
        "Cancel one of the two, at the platform that should not have it.",
    );
    // Nothing else leaves under its number, nor itself again.
    draft.row.existed = true;
    put(draft, known, status, &message, DUPLICATE, suggestion);
}

/// The problem of a status that no table knows. The invoice stays as it is.
pub(super) fn open_unknown(draft: &mut Draft, known: &[Problem], status: &PlatformStatus) {
    let code = &status.code;
    let message = Text::new(
        format!("Le statut {code} est inconnu de facteur : il est conservé, et ne change rien à la facture."),
        format!("Status {code} is unknown to facteur: it is kept, and changes nothing of the invoice."),
    );
    let suggestion = Text::new(
        "Regarder chez la plateforme ce que ce statut veut dire, et où en est la facture.",
        "Look at the platform what this status means, and where the invoice stands.",
    );
    put(draft, known, status, &message, MESSAGE, suggestion);
}

/// The problem of an invoice that stands, while its platform calls something under its number a duplicate that did not leave here.
pub(super) fn open_duplicate(draft: &mut Draft, known: &[Problem], status: &PlatformStatus) {
    let message = Text::new(
        "La plateforme rejette un doublon de cette facture, déposée ici une seule fois et déjà prise : la facture reste ce qu'elle est.",
        "The platform rejects a duplicate of this invoice, which was deposited once from here and taken before: the invoice stays what it is.",
    );
    let suggestion = Text::new(
        "Chercher qui d'autre dépose les factures de ce vendeur (ancien logiciel, portail, autre plateforme), et demander à la plateforme laquelle des deux elle a rejetée. Ne pas facturer à nouveau sous un autre numéro avant sa réponse.",
        "Find out who else deposits this seller's invoices (former software, portal, another platform), and ask the platform which of the two it rejected. Do not invoice anew under another number before it answers.",
    );
    put(draft, known, status, &message, DUPLICATE, suggestion);
}

fn put(draft: &mut Draft, known: &[Problem], status: &PlatformStatus, message: &Text, id: &str, suggestion: Text) {
    let Some(cause) = cause(id) else { return };
    let mapped = Mapped {
        cause,
        acts: "platform",
        number: Number::None,
        caught_by: None,
        suggestion,
        inferred: false,
        known: true,
        opens: true,
        confidence: Confidence::High,
    };
    let (code, text) = (status.code.as_str(), status.text.as_deref());
    let said = if status.voice == Voice::Buyer { Said::Buyer } else { Said::Platform };
    trouble::open(
        draft,
        known,
        &Trouble { said, code, text, message: Some(message), mapped, passed: None, outweighs: false },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::State;
    use crate::store::Sent;

    #[test]
    fn a_time_before_the_first_deposit_is_early_beyond_what_clocks_differ_by() {
        let first = 1_795_252_080_000; // 2026-11-21T09:08:00Z
        let sent = |at| Sent { platform: "pa".into(), at, reference: None };
        let row = InvoiceRow { deposits: 2, sends: vec![sent(first), sent(first + HOUR)], ..InvoiceRow::default() };
        let early = |at: &str, voice: Voice, state: Option<State>| {
            let status = PlatformStatus { code: "205".into(), reason: None, text: None, at: Some(at.into()), voice };
            is_early(&row, &status, &Meaning { state, ..Meaning::default() }, &PlatformSettings::default())
        };
        let buyer = |at: &str| early(at, Voice::Buyer, Some(State::Accepted));
        assert!(buyer("2026-11-21T08:07:59Z") && buyer("2026-11-21T09:07:59+01:00") && buyer("2026-11-19"));
        let meant =
            ["2026-11-21T08:08:00Z", "2026-11-21T09:08:00Z", "2026-11-21T00:00:00Z", "2026-11-21", "2026-11-20"];
        for at in meant.into_iter().chain(["soon", ""]) {
            assert!(!buyer(at), "{at}");
        }
        assert!(!early("2020-01-01", Voice::Buyer, None), "it moves nothing anyway");
        assert!(!early("2020-01-01", Voice::Seller, Some(State::Paid)), "what we say ourselves");
    }
}
