//! Identifiers whose standard gives them a check: by their scheme (ISO 6523) wherever one stands, VAT numbers and bank accounts by
//! their term.

use crate::invoice::{Invoice, Occurrence, Term, bt};
use crate::rules::Finding;
use crate::text::Text;

use super::digits::{LA_POSTE, are_digits, gs1, luhn, mod11, mod97, number, siret};
use super::facts::{Facts, compact};
use super::iban;
use super::say::{Said, called, quoted, value};
use super::vat::{self, Vat};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let invoice = facts.invoice;
    for (at, scheme) in schemed(invoice) {
        match scheme {
            "0002" | "0231" => out.extend(siren(at, scheme)),
            "0009" => out.extend(of_siret(at, at.trimmed())),
            "0225" => out.extend(address(at)),
            "0223" => out.extend(of_union(at).or_else(|| of_vat(at))),
            "9957" => out.extend(of_vat(at)),
            // Item numbers of GS1 often stand under the scheme of its locations.
            "0088" if at.term() == bt::BT_157 => out.extend(GTIN.judge(at)),
            _ => out.extend(OTHERS.iter().filter(|other| other.scheme == scheme).filter_map(|other| other.judge(at))),
        }
    }
    for term in [bt::BT_31, bt::BT_48, bt::BT_63] {
        out.extend(invoice.all(term).filter_map(of_vat));
    }
    for term in [bt::BT_84, bt::BT_91] {
        out.extend(invoice.all(term).filter_map(|at| account(facts, at)));
    }
    out.extend(invoice.all(bt::BT_86).filter_map(bank));
    out.extend(invoice.all(bt::BT_90).filter_map(creditor));
}

/// Every value whose scheme identifier is written beside it, with that scheme.
pub fn schemed<'i>(invoice: &'i Invoice<'i>) -> impl Iterator<Item = (Occurrence<'i>, &'i str)> {
    invoice.occurrences().filter(|part| !part.is_echo()).filter_map(|part| {
        let scheme = part.trimmed();
        let coded = scheme.len() == 4 && are_digits(scheme) && is_scheme(part.term());
        let whole = coded.then(|| part.whole().or_else(|| beside(invoice, part)))??;
        (!whole.is_attribute() && !whole.trimmed().is_empty()).then_some((whole, scheme))
    })
}

fn is_scheme(term: Term) -> bool {
    term.name(crate::text::Lang::En) == "Scheme identifier"
}

/// The value of the element whose attribute this is, where the model has it as a term of its own.
fn beside<'i>(invoice: &'i Invoice<'i>, part: Occurrence<'i>) -> Option<Occurrence<'i>> {
    let before = part.id().checked_sub(1).and_then(|id| invoice.occurrence(id));
    before.filter(|o| part.is_attribute() && !o.is_attribute() && o.node() == part.node())
}

/// 0002, and 0231, which is a SIREN too.
fn siren(at: Occurrence<'_>, scheme: &str) -> Option<Said> {
    let said = siren_as(at, at.trimmed(), "SIREN")?;
    Some(Said { legal: scheme == "0002", ..said })
}

fn siren_as(at: Occurrence<'_>, written: &str, what: &str) -> Option<Said> {
    // Nothing is put into words, nor copied, for a number that is right: most are.
    if written.len() == 9 && luhn(written) {
        return None;
    }
    let (fr, en) = called(at.term());
    let (found_fr, found_en) = quoted(written);
    let bare = compact(written);
    let of_form = bare.len() == 9 && are_digits(&bare);
    if !of_form || written != bare {
        let right = Some(bare.as_str()).filter(|bare| of_form && luhn(bare));
        let message = Text::new(
            format!("{fr} dit {found_fr} : un {what} a neuf chiffres, sans rien entre eux."),
            format!("{en} says {found_en}: a {what} has nine digits, and nothing between them."),
        );
        let fix = Text::new("Écrire les neuf chiffres, sans espace.", "Write the nine digits, without blanks.");
        let finding = expected(value("FCT-SIREN", at, right, message, fix), "9 × [0-9]");
        return Some(Said::yielding(finding));
    }
    if luhn(&bare) {
        return None;
    }
    let message = Text::new(
        format!(
            "{fr} : la clé de contrôle de {found_fr} n'est pas celle d'un SIREN. Un chiffre au moins est faux, ou deux sont échangés."
        ),
        format!(
            "{en}: the check digit of {found_en} is not that of a SIREN. One digit at least is wrong, or two have changed places."
        ),
    );
    let finding = expected(value("FCT-SIREN", at, None, message, from_register()), "9 digits, Luhn check digit");
    Some(Said::beside(finding).of_siren(&bare))
}

fn from_register() -> Text {
    Text::new(
        "Reprendre le numéro de l'annuaire des entreprises (INSEE, base Sirene), et corriger la fiche du tiers.",
        "Take the number from the register of companies (INSEE, Sirene), and correct the party's record.",
    )
}

fn of_siret(at: Occurrence<'_>, written: &str) -> Option<Said> {
    if written.len() == 14 && siret(written) && written.get(..9).is_some_and(luhn) {
        return None;
    }
    let (fr, en) = called(at.term());
    let (found_fr, found_en) = quoted(written);
    let bare = compact(written);
    let of_form = bare.len() == 14 && are_digits(&bare);
    if !of_form || written != bare {
        let right = Some(bare.as_str()).filter(|bare| of_form && siret(bare));
        let message = Text::new(
            format!("{fr} dit {found_fr} : un SIRET a quatorze chiffres, sans rien entre eux."),
            format!("{en} says {found_en}: a SIRET has fourteen digits, and nothing between them."),
        );
        let fix = Text::new("Écrire les quatorze chiffres, sans espace.", "Write the fourteen digits, without blanks.");
        return Some(Said::yielding(expected(value("FCT-SIRET", at, right, message, fix), "14 × [0-9]")));
    }
    let siren = bare.get(..9).unwrap_or_default();
    let wrong_start = !luhn(siren);
    if siret(&bare) && !wrong_start {
        return None;
    }
    let (why_fr, why_en) = match wrong_start {
        true => (
            format!("ses neuf premiers chiffres ({siren}) ne sont pas un SIREN"),
            format!("its first nine digits ({siren}) are no SIREN"),
        ),
        false => (
            "sa clé de contrôle n'est pas la bonne (le SIREN qui le commence a la sienne : voir les cinq derniers chiffres)".to_owned(),
            "its check digit is not right (that of the SIREN it starts with is: see the last five digits)".to_owned(),
        ),
    };
    let message = Text::new(
        format!("{fr} : {found_fr} n'est pas un SIRET, {why_fr}."),
        format!("{en}: {found_en} is no SIRET, {why_en}."),
    );
    let how = if siren == LA_POSTE { "14 digits, sum a multiple of 5" } else { "14 digits, Luhn check digit" };
    let said = Said::beside(expected(value("FCT-SIRET", at, None, message, from_register()), how));
    Some(if wrong_start { said.of_siren(siren) } else { said })
}

/// A French electronic address: a SIREN, then perhaps `_` and a SIRET or something else.
fn address(at: Occurrence<'_>) -> Option<Said> {
    let mut steps = at.trimmed().split('_');
    let start = steps.next().unwrap_or_default();
    if let Some(said) = siren_as(at, start, "SIREN") {
        return Some(said);
    }
    let establishment = steps.next().filter(|step| step.len() == 14 && are_digits(step))?;
    of_siret(at, establishment)
}

/// Scheme 0223 is for VAT numbers of the Union: one of no country of it is none.
fn of_union(at: Occurrence<'_>) -> Option<Said> {
    let bare = compact(at.trimmed());
    if bare.is_empty() || bare.get(..2).is_some_and(vat::is_known) {
        return None;
    }
    let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(at.trimmed()));
    let message = Text::new(
        format!(
            "{fr} : {found_fr} n'est le numéro de TVA d'aucun pays de l'Union, pour lesquels est le schéma 0223 : il commence par les deux lettres d'un d'eux."
        ),
        format!(
            "{en}: {found_en} is the VAT number of no country of the Union, which scheme 0223 is for: those start with the two letters of one."
        ),
    );
    let fix = Text::new(
        "Donner le numéro avec les lettres de son pays ; pour une entreprise hors de l'Union, le schéma 0227.",
        "Give the number with the letters of its country; for a business outside the Union, scheme 0227.",
    );
    let finding = value("FCT-VAT", at, None, message, fix);
    Some(Said::yielding(expected(finding, "DE…, BE…, IT… (VIES)")))
}

fn of_vat(at: Occurrence<'_>) -> Option<Said> {
    let written = at.trimmed();
    let bare = compact(written);
    let country = bare.get(..2).unwrap_or_default();
    let verdict = vat::judge(&bare);
    if verdict == Vat::Right && (written == bare || !vat::is_known(country)) {
        return None;
    }
    let (fr, en) = called(at.term());
    let (found_fr, found_en) = quoted(written);
    Some(match verdict {
        Vat::Right => {
            let message = Text::new(
                format!(
                    "{fr} dit {found_fr} : un numéro de TVA s'écrit en capitales, sans espace. Un destinataire le compare lettre pour lettre."
                ),
                format!(
                    "{en} says {found_en}: a VAT number is written in capitals, without blanks. A receiver compares it letter by letter."
                ),
            );
            let fix = Text::new(format!("Écrire {bare}."), format!("Write {bare}."));
            Said::yielding(value("FCT-VAT", at, Some(&bare), message, fix))
        }
        Vat::Form(forms) => {
            let shown: Vec<String> = forms.iter().map(|form| format!("{country}{form}")).collect();
            let message = Text::new(
                format!("{fr} : {found_fr} n'a pas la forme d'un numéro de TVA {country}."),
                format!("{en}: {found_en} is not of the form of a VAT number of {country}."),
            );
            let fix = Text::new(
                "Reprendre le numéro tel que le tiers l'a donné, et le vérifier dans VIES.",
                "Take the number as the party gave it, and check it in VIES.",
            );
            let finding = value("FCT-VAT", at, None, message, fix);
            Said::yielding(expected(finding, &format!("{} (9 = [0-9], A = [A-Z], X = [0-9A-Z])", shown.join(" | "))))
        }
        Vat::Key(right) => {
            let message = Text::new(
                format!(
                    "{fr} : la clé de {found_fr} n'est pas celle que ses autres chiffres donnent. Un chiffre au moins est faux."
                ),
                format!(
                    "{en}: the key of {found_en} is not the one that its other digits make. One digit at least is wrong."
                ),
            );
            let fix = match &right {
                Some(right) => Text::new(
                    format!(
                        "Si le SIREN est le bon, le numéro est {right} ; sinon, reprendre celui que le tiers a donné."
                    ),
                    format!("If the SIREN is right, the number is {right}; else take the one that the party gave."),
                ),
                None => Text::new(
                    "Reprendre le numéro tel que le tiers l'a donné, et le vérifier dans VIES.",
                    "Take the number as the party gave it, and check it in VIES.",
                ),
            };
            let said = Said::beside(value("FCT-VAT", at, right.as_deref(), message, fix));
            match bare.get(4..).filter(|siren| country == "FR" && !luhn(siren)) {
                Some(siren) => said.of_siren(siren),
                None => said,
            }
        }
        Vat::NoSiren => {
            let siren = bare.get(4..).unwrap_or_default();
            let message = Text::new(
                format!("{fr} : {found_fr} a la clé de ses chiffres, mais {siren} n'est pas un SIREN."),
                format!("{en}: {found_en} has the key of its digits, but {siren} is no SIREN."),
            );
            Said::beside(value("FCT-VAT", at, None, message, from_register())).of_siren(siren)
        }
    })
}

fn account(facts: &Facts<'_>, at: Occurrence<'_>) -> Option<Said> {
    let bare = compact(at.trimmed());
    if bare.is_empty() {
        return None;
    }
    let claims = iban::claims(&bare);
    if claims && iban::judge(&bare).is_ok() {
        return None;
    }
    let (fr, en) = called(at.term());
    let (found_fr, found_en) = quoted(at.trimmed());
    if !claims {
        // SEPA moves money between IBANs alone; by other means an account may have any number.
        let sepa = facts.value(bt::BT_81).filter(|means| matches!(means.trimmed(), "58" | "59"))?;
        let means = sepa.trimmed();
        let message = Text::new(
            format!(
                "{fr} dit {found_fr}, qui n'est pas un IBAN : le paiement SEPA (BT-81 = {means}) n'en connaît pas d'autre."
            ),
            format!("{en} says {found_en}, which is no IBAN: SEPA (BT-81 = {means}) knows no other account."),
        );
        return Some(Said::yielding(expected(
            value("FCT-IBAN", at, None, message, bank_details()),
            "IBAN (ISO 13616)",
        )));
    }
    let (shown, why_fr, why_en) = match iban::judge(&bare) {
        Ok(()) => return None,
        Err(iban::Wrong::Length(right)) => {
            let (country, has) = (bare.get(..2).unwrap_or_default(), bare.len());
            (
                format!("{country} + {}", right - 2),
                format!("a {has} caractères ; un IBAN {country} en a {right}"),
                format!("has {has} characters; an IBAN of {country} has {right}"),
            )
        }
        Err(iban::Wrong::Key) => (
            "mod 97 = 1".to_owned(),
            "n'a pas la clé que ses autres caractères donnent : un caractère au moins est faux".to_owned(),
            "has not the key that its other characters make: one character at least is wrong".to_owned(),
        ),
    };
    let message = Text::new(format!("{fr} : {found_fr} {why_fr}."), format!("{en}: {found_en} {why_en}."));
    Some(Said::beside(expected(value("FCT-IBAN", at, None, message, bank_details()), &shown)))
}

fn bank_details() -> Text {
    Text::new(
        "Reprendre l'IBAN du relevé d'identité bancaire.",
        "Take the IBAN from the bank's own statement of the account.",
    )
}

fn bank(at: Occurrence<'_>) -> Option<Said> {
    let bare = compact(at.trimmed());
    // Beside other accounts than IBAN, countries have names of their own: `SE:BANKGIRO`.
    let beside_iban = || at.group().all(bt::BT_84).any(|account| iban::claims(&compact(account.text())));
    if bare.is_empty() || iban::is_bic(&bare) || !beside_iban() {
        return None;
    }
    let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(at.trimmed()));
    let message = Text::new(
        format!("{fr} : {found_fr} n'a pas la forme d'un BIC : 8 ou 11 caractères, le pays en cinquième et sixième."),
        format!("{en}: {found_en} is not of the form of a BIC: 8 or 11 characters, the country fifth and sixth."),
    );
    let fix = Text::new(
        "Reprendre le BIC du relevé, ou l'omettre : l'IBAN suffit.",
        "Take the BIC from the bank's statement, or leave it out: the IBAN is enough.",
    );
    Some(Said::yielding(expected(value("FCT-BIC", at, None, message, fix), "AAAABBCC[DDD] (ISO 9362)")))
}

fn creditor(at: Occurrence<'_>) -> Option<Said> {
    let bare = compact(at.trimmed());
    // In CII the element is also used for the creditor's reference of the payment (ISO 11649), which starts with RF.
    if !iban::claims(&bare) || bare.starts_with("RF") || iban::is_creditor(&bare) {
        return None;
    }
    let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(at.trimmed()));
    let message = Text::new(
        format!("{fr} : {found_fr} n'a pas la clé d'un identifiant créancier SEPA."),
        format!("{en}: {found_en} has not the key of a SEPA creditor identifier."),
    );
    let fix = Text::new(
        "Reprendre l'ICS de la lettre de la banque ou de la Banque de France.",
        "Take the identifier from the letter of the bank that gave it.",
    );
    Some(Said::beside(expected(value("FCT-CREDITOR", at, None, message, fix), "mod 97 = 1 (ISO 7064)")))
}

/// Another scheme of ISO 6523 whose identifiers carry a check.
struct Other {
    scheme: &'static str,
    rule: &'static str,
    /// As people call it, and its form and check in signs.
    name: &'static str,
    form: &'static str,
    holds: fn(&str) -> bool,
}

const GTIN: Other = Other {
    scheme: "0160",
    rule: "FCT-GTIN",
    name: "GTIN",
    form: "8 | 12 | 13 | 14 × [0-9], GS1",
    holds: |text| matches!(text.len(), 8 | 12 | 13 | 14) && gs1(text),
};

const OTHERS: [Other; 6] = [
    Other {
        scheme: "0088",
        rule: "FCT-GLN",
        name: "GLN",
        form: "13 × [0-9], GS1",
        holds: |text| text.len() == 13 && gs1(text),
    },
    GTIN,
    Other {
        scheme: "0199",
        rule: "FCT-IDENTIFIER",
        name: "LEI",
        form: "20 × [0-9A-Z], mod 97 = 1",
        holds: |text| text.len() == 20 && text.bytes().all(|b| b.is_ascii_alphanumeric()) && mod97(text.chars()),
    },
    Other {
        scheme: "0208",
        rule: "FCT-IDENTIFIER",
        name: "KBO/BCE",
        form: "10 × [0-9], mod 97",
        holds: |text| {
            let (body, key) = (text.get(..8).and_then(number), text.get(8..).and_then(number));
            text.len() == 10 && body.zip(key).is_some_and(|(body, key)| body > 0 && key == 97 - body % 97)
        },
    },
    Other {
        scheme: "0192",
        rule: "FCT-IDENTIFIER",
        name: "organisasjonsnummer",
        form: "9 × [0-9], mod 11",
        holds: |text| {
            let sum = mod11(text, &[3, 2, 7, 6, 5, 4, 3, 2]);
            sum.is_some_and(|(sum, last)| last == (11 - sum) % 11)
        },
    },
    Other {
        scheme: "0007",
        rule: "FCT-IDENTIFIER",
        name: "organisationsnummer",
        form: "10 digits, Luhn check digit",
        holds: |text| text.len() == 10 && luhn(text),
    },
];

impl Other {
    fn judge(&self, at: Occurrence<'_>) -> Option<Said> {
        let written = at.trimmed();
        if (self.holds)(written) {
            return None;
        }
        let bare = compact(written);
        let right = Some(bare.as_str()).filter(|bare| (self.holds)(bare));
        let (name, scheme, form) = (self.name, self.scheme, self.form);
        let ((fr, en), (found_fr, found_en)) = (called(at.term()), quoted(written));
        let message = Text::new(
            format!("{fr} : {found_fr} n'est pas un {name} (schéma {scheme}), dont la forme et la clé sont : {form}."),
            format!("{en}: {found_en} is no {name} (scheme {scheme}), whose form and check are: {form}."),
        );
        let fix = Text::new(
            format!("Reprendre le {name} à sa source, ou donner le schéma qui est celui de l'identifiant."),
            format!("Take the {name} from its source, or give the scheme that is the identifier's own."),
        );
        Some(Said::beside(expected(value(self.rule, at, right, message, fix), form)))
    }
}

/// What is expected, in signs, where no one value is.
fn expected(finding: Finding, form: &str) -> Finding {
    Finding { expected: finding.expected.or_else(|| Some(form.to_owned())), ..finding }
}
