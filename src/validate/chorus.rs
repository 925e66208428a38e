//! Does an invoice go to Chorus Pro, and by which of its two ways? What the invoice says, what its customer's file says, or a guess.
//!
//! BT-23 and the customer's file are proof. A SIREN that begins with 1 or 2 is a guess: SIRENE keeps these numbers for public bodies, but
//! a public body may have another one, and some of theirs receive elsewhere. What rests on the guess warns.

use crate::invoice::{Identity, Invoice, bt, siren_of_vat};
use crate::report::PackRun;
use crate::rules::chorus::{DIRECT, Settings, THROUGH_A_PLATFORM};
use crate::rules::client::ClientRules;
use crate::rules::ours::department;
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// The id of what tells that rules were presumed.
pub const PRESUMED: &str = "FCT-CHORUS-PRESUMED";

/// The id of what tells that a frame of Chorus Pro is used and nothing says that the buyer is public.
pub const BUYER_PRIVATE: &str = "FCT-CHORUS-BUYER-PRIVATE";

/// What the customer's file says of the way to it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Its route, or that of everybody without one, where that is a connection of ours to Chorus Pro: as the report says it.
    pub direct: Option<String>,
    /// It says what the buyer asks for in Chorus Pro: `[chorus]`.
    pub settings: Option<Settings>,
    /// The file's name without `.toml`.
    pub file: Option<String>,
}

impl Known {
    /// `direct` is why its invoices are deposited with Chorus Pro itself, where they are.
    pub fn of(client: Option<&ClientRules>, direct: Option<String>) -> Known {
        let Some(client) = client else { return Known { direct, ..Known::default() } };
        Known {
            direct,
            settings: client.chorus.declared().then(|| client.chorus.settings()),
            file: Some(client.id.to_string()),
        }
    }
}

/// Why the invoice is deposited with Chorus Pro itself: its cadre (BT-23) is of family A, or its route leads there.
pub fn direct(invoice: &Invoice<'_>, identity: &Identity, known: &Known) -> Option<String> {
    let in_france = |country: &Option<String>| country.as_deref().is_some_and(|c| c == "FR" || department(c).is_some());
    let french = in_france(&identity.seller.country)
        || in_france(&identity.buyer.country)
        || identity.seller.siren.is_some()
        || identity.buyer.siren.is_some();
    match invoice.text(bt::BT_23).filter(|frame| french && is_of_chorus(frame)) {
        Some(frame) => Some(format!("BT-23 = {frame}")),
        None => known.direct.clone(),
    }
}

/// Why it goes to Chorus Pro through an accredited platform, and whether that is a guess.
pub fn through_a_platform(invoice: &Invoice<'_>, identity: &Identity, known: &Known) -> Option<(String, bool)> {
    if known.settings.is_some() {
        return Some((format!("[chorus], {}.toml", known.file.as_deref().unwrap_or_default()), false));
    }
    // The cadre of a subcontractor whom a public buyer pays directly.
    if invoice.text(bt::BT_23) == Some("S3") {
        return Some(("BT-23 = S3".to_owned(), false));
    }
    let siren = public_siren(identity).filter(|_| super::french::is_seller(identity))?;
    Some((format!("SIREN {siren}"), true))
}

/// The buyer's SIREN, where it is one that SIRENE keeps for public bodies: it begins with 1 or 2.
fn public_siren(identity: &Identity) -> Option<&str> {
    let buyer = &identity.buyer;
    let siren = buyer.siren.as_deref().or_else(|| siren_of_vat(buyer.vat.as_deref()?))?;
    Some(siren).filter(|siren| siren.starts_with(['1', '2']))
}

/// A frame of Chorus Pro chose its rules in place of those of the reform, and nothing says that the buyer is public.
pub fn private_buyer(invoice: &Invoice<'_>, identity: &Identity, known: &Known) -> Option<Finding> {
    let frame = invoice.first(bt::BT_23).filter(|frame| is_of_chorus(frame.trimmed()))?;
    let told = known.direct.is_some() || known.settings.is_some() || public_siren(identity).is_some();
    if told || says_public(invoice) {
        return None;
    }
    let found = crate::rules::predicate::quote(frame.trimmed());
    Some(Finding {
        rule: BUYER_PRIVATE.to_owned(),
        group: BUYER_PRIVATE.to_owned(),
        severity: Severity::Warning,
        pack: DIRECT.to_owned(),
        terms: vec![bt::BT_23.to_string(), bt::BT_47.to_string()],
        place: Some(frame.place()),
        found: Some(found.clone()),
        message: Text::new(
            format!(
                "BT-23 = {found} est un cadre de Chorus Pro, et rien ne dit que l'acheteur est public : ni SIREN en 1 ou 2, ni note BAR B2G, ni fichier du client. Les règles françaises de la réforme (fr) et les mentions légales n'ont pas été jugées."
            ),
            format!(
                "BT-23 = {found} is a frame of Chorus Pro, and nothing says that the buyer is public: no SIREN that begins with 1 or 2, no BAR note B2G, no customer file. The French rules of the reform (fr) and the legal mentions were not judged."
            ),
        ),
        fix: Text::new(
            "Acheteur privé : écrire un cadre de la réforme (S1, B1, M1…) dans BT-23. Acheteur public : donner son SIRET (BT-46, schéma 0009), ou écrire [chorus] dans le fichier du client.",
            "A private buyer: write a frame of the reform (S1, B1, M1…) in BT-23. A public one: give its SIRET (BT-46, scheme 0009), or write [chorus] in the customer's file.",
        ),
        ..Finding::default()
    })
}

/// Does a BAR note say that the buyer is public?
fn says_public(invoice: &Invoice<'_>) -> bool {
    invoice.groups(bt::BG_1).any(|note| {
        let text = note.first(bt::BT_22).map_or("", |text| text.trimmed());
        let of_bar = note.first(bt::BT_21).is_some_and(|subject| subject.trimmed() == "BAR");
        (of_bar && text == "B2G") || text.contains("#BAR#B2G")
    })
}

/// Is it a cadre de facturation of the historical channel: `A` and digits?
fn is_of_chorus(frame: &str) -> bool {
    frame.strip_prefix('A').is_some_and(|n| !n.is_empty() && n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// What is fatal in a pack that is only presumed warns, and the report says why.
pub fn presume(findings: &mut Vec<Finding>, run: &PackRun, invoice: &Invoice<'_>) {
    let mut softened = false;
    for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Fatal) {
        finding.severity = Severity::Warning;
        softened = true;
    }
    if !softened {
        return;
    }
    let at = [bt::BT_47, bt::BT_46, bt::BT_48].into_iter().find_map(|term| invoice.first(term));
    findings.push(Finding {
        rule: PRESUMED.to_owned(),
        group: PRESUMED.to_owned(),
        severity: Severity::Information,
        pack: THROUGH_A_PLATFORM.to_owned(),
        terms: vec![bt::BT_47.to_string()],
        place: at.map(|id| id.place()),
        found: Some(run.reason.clone()),
        message: Text::new(
            "L'acheteur paraît public : son SIREN commence par 1 ou 2. Les règles BR-FR-CPRO avertissent donc seulement.",
            "The buyer seems to be public: its SIREN begins with 1 or 2. So the rules BR-FR-CPRO only warn.",
        ),
        fix: Text::new(
            "Si la facture va à Chorus Pro, écrire [chorus] dans le fichier du client, ou demander --rules …,chorus-pa : les règles décident alors.",
            "Where the invoice goes to Chorus Pro, write [chorus] in the customer's file, or ask for --rules …,chorus-pa: the rules then decide.",
        ),
        ..Finding::default()
    });
}
