//! An X12 810 in a report: what breaks its syntax and structure, what could be read in two ways, what was worked out or left over.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::received::{finding, worked_out};
use crate::formats::write::Loss;
use crate::formats::x12::{How, Made, NoInvoice, Received, Remark, Topic, place_of};
use crate::invoice::{Place, Term};
use crate::limits;
use crate::rules::{Finding, Severity};
use crate::text::Text;
use crate::x12::{Fault, List};

/// Why a file of X12 gives no invoice: what is said, what to do, what was found.
pub(super) fn unreadable(why: &NoInvoice) -> (Text, Text, Option<String>) {
    match why {
        NoInvoice::Refused(refusal) => (
            Text::new(
                format!("L’échange X12 n’est pas lu : {}.", refusal.what.fr),
                format!("The X12 interchange is not read: {}.", refusal.what.en),
            ),
            Text::new(
                "Faire corriger l’enveloppe (ISA … IEA) par l’émetteur, puis renvoyer l’échange.",
                "Have the sender mend the envelope (ISA … IEA), then send the interchange again.",
            ),
            refusal.code.map(|code| code.to_string()),
        ),
        NoInvoice::Others(codes) => (
            Text::new(
                "L’échange X12 est lu, mais aucun de ses messages n’est une facture (810).",
                "The X12 interchange was read, and none of its transaction sets is an invoice (810).",
            ),
            Text::new("Envoyer l’échange qui contient la facture.", "Send the interchange that holds the invoice."),
            Some(few(codes)).filter(|codes| !codes.is_empty()),
        ),
        NoInvoice::Releases(versions) => (
            Text::new(
                "La facture X12 est d’une version qui n’est pas lue ; 004010 à 005010 le sont.",
                "The X12 invoice is of a release that is not read; 004010 to 005010 are.",
            ),
            Text::new(
                "Demander au partenaire une version de 004010 à 005010 (GS08).",
                "Ask the partner for a release from 004010 to 005010 (GS08).",
            ),
            Some(few(versions)),
        ),
        NoInvoice::Several(count) => (
            Text::new(
                format!("L’échange X12 contient {count} factures ; une seule est attendue ici."),
                format!("The X12 interchange holds {count} invoices; one alone is expected here."),
            ),
            Text::new(
                "Donner l’échange à « facteur validate », qui juge chaque facture à part, ou envoyer une facture par échange.",
                "Give the interchange to \"facteur validate\", which judges each invoice apart, or send one invoice an interchange.",
            ),
            Some(count.to_string()),
        ),
    }
}

/// The first of some codes, each cut to the length that such codes have.
fn few(codes: &[String]) -> String {
    let mut shown: Vec<String> = codes.iter().map(|code| code.chars().take(12).collect()).collect();
    shown.dedup();
    shown.truncate(3);
    shown.join(", ")
}

/// The digest of the tables by which an 810 is judged, and how many rules it has.
pub(super) fn tables() -> (&'static str, usize) {
    static SHA256: LazyLock<String> = LazyLock::new(|| {
        super::hex(&Sha256::digest(concat!(
            include_str!("../../schemas/x12/810.txt"),
            include_str!("../../schemas/x12/binding.csv"),
            include_str!("../../schemas/x12/codes.csv")
        )))
    });
    (&SHA256, 11)
}

/// What is to be said of the set itself.
pub(super) fn findings(received: &Received) -> Vec<Finding> {
    let drawn = &received.drawn;
    let mut found: Vec<Finding> = drawn.around.iter().map(|f| fault(f, drawn.refused && f.refuses())).collect();
    found.extend(drawn.faults.iter().map(|f| fault(f, f.refuses() || unread(f))));
    found.extend(rest(received));
    found.extend(drawn.envelope.test.then(|| test(received)));
    found.extend(releases(received));
    found.extend(doubts(&drawn.remarks));
    found.extend(left_over(received));
    let told = |one: &Made| {
        let why = one.why();
        Text::new(format!("{} : {}", one.term, why.fr), format!("{}: {}", one.term, why.en))
    };
    // What the partner file supplies stands nowhere in the set: first.
    let (constants, rest): (Vec<&Made>, Vec<&Made>) = drawn.made.iter().partition(|one| one.how == How::Partner);
    let made: Vec<(Term, Text)> =
        constants.into_iter().chain(rest).take(limits::X12_REMARKS).map(|one| (one.term, told(one))).collect();
    found.extend(worked_out("FCT-X12-DERIVED", &made, limits::EDIFACT_DERIVED));
    found
}

/// Is a segment missing, or was it not read? It may have held an amount.
fn unread(fault: &Fault) -> bool {
    fault.code.list == List::Ak304 && matches!(fault.code.number, 2 | 3 | 6)
}

fn fault(fault: &Fault, fatal: bool) -> Finding {
    let rule = match fault.code.list {
        List::Ak304 => "FCT-X12-STRUCTURE",
        List::Ak403 => "FCT-X12-FORM",
        _ => "FCT-X12-ENVELOPE",
    };
    let words = fault.code.words();
    let of = |what: &str, words: &str| if words.is_empty() { what.to_owned() } else { format!("{words} ; {what}") };
    let sentence = Text::new(
        format!("{} ({})", of(&fault.what.fr, &words.fr), fault.code),
        format!("{} ({})", of(&fault.what.en, &words.en).replace(" ; ", "; "), fault.code),
    );
    Finding {
        place: Some(place_of(fault)),
        ..finding(
            rule,
            if fatal { Severity::Fatal } else { Severity::Warning },
            sentence,
            Text::new("Faire corriger le message par l’émetteur.", "Have the sender correct the transaction set."),
        )
    }
}

/// That the rest of the file was not read.
fn rest(received: &Received) -> Option<Finding> {
    let refusal = received.refusal.as_ref()?;
    let place = Place::Edifact { segment: 0, element: 0, component: 0, offset: refusal.offset };
    Some(Finding {
        place: Some(place),
        found: refusal.code.map(|code| code.to_string()),
        ..finding(
            "FCT-X12-ENVELOPE",
            Severity::Warning,
            Text::new(
                format!("La suite du fichier n’est pas lue : {}", refusal.what.fr),
                format!("The rest of the file is not read: {}", refusal.what.en),
            ),
            Text::new("Faire corriger l’échange par l’émetteur.", "Have the sender correct the interchange."),
        )
    })
}

fn test(received: &Received) -> Finding {
    Finding {
        found: Some("T".to_owned()),
        expected: Some("P".to_owned()),
        ..finding(
            "FCT-X12-TEST",
            Severity::Warning,
            Text::new(
                format!("L’échange {} est un essai (ISA15 = T) : rien n’en est dû", received.drawn.controls[0]),
                format!("Interchange {} is a test (ISA15 = T): nothing of it is owed", received.drawn.controls[0]),
            ),
            Text::new(
                "Ne pas payer ni transmettre cette facture ; demander l’échange de production (P).",
                "Neither pay this invoice nor send it on; ask for the production interchange (P).",
            ),
        )
    }
}

/// Invoices of the same file that were not read.
fn releases(received: &Received) -> Option<Finding> {
    let first = received.unread.first()?;
    let count = received.unread.len();
    let versions: Vec<String> = received.unread.iter().map(|other| other.version.clone()).collect();
    Some(Finding {
        place: Some(Place::Edifact { segment: 1, element: 0, component: 0, offset: first.offset }),
        found: Some(few(&versions)),
        ..finding(
            "FCT-X12-RELEASE",
            Severity::Warning,
            Text::new(
                format!("Le fichier contient aussi {count} facture(s) d’une version qui n’est pas lue"),
                format!("The file also holds {count} invoice(s) of a release that is not read"),
            ),
            Text::new(
                "Demander au partenaire une version de 004010 à 005010 (GS08).",
                "Ask the partner for a release from 004010 to 005010 (GS08).",
            ),
        )
    })
}

/// What each topic of a remark is called, and what is to be done; nothing for what was not read, which is told together.
fn of_topic(topic: Topic) -> Option<(&'static str, Text)> {
    let (rule, fr, en) = match topic {
        Topic::Unread => return None,
        Topic::Ambiguous => (
            "FCT-X12-AMBIGUOUS",
            "Demander à l’émetteur ce qu’il entend, et l’écrire dans le fichier partenaire.",
            "Ask the sender what is meant, and write it into the partner file.",
        ),
        Topic::Arithmetic => (
            "FCT-X12-TOTAL",
            "Vérifier qu’aucune ligne, remise ou taxe ne manque ou n’est lue de travers.",
            "Check that no line, allowance or tax is missing or misread.",
        ),
        Topic::Code => (
            "FCT-X12-CODE",
            "Donner le code correspondant dans le fichier partenaire, ou faire corriger le message.",
            "Give the counterpart in the partner file, or have the set corrected.",
        ),
        Topic::Cancelled => (
            "FCT-EDI-FUNCTION",
            "Comparer avec l’envoi que ce message annule ; une facture originale porte 00 en BIG08.",
            "Compare with what this set cancels; an original invoice bears 00 in BIG08.",
        ),
        Topic::Contradiction => (
            "FCT-EDI-CONTRADICTION",
            "Demander à l’émetteur ce qui vaut, et un message qui ne le dise qu’une fois.",
            "Ask the sender which holds, and for a message that says it once.",
        ),
        Topic::Sign => (
            "FCT-X12-SIGN",
            "Convenir du signe des avoirs avec le partenaire (negative-credits).",
            "Agree on the sign of credits with the partner (negative-credits).",
        ),
        Topic::Tax => {
            ("FCT-X12-TAX", "Demander le montant de la taxe (TXI02).", "Ask for the amount of the tax (TXI02).")
        }
        Topic::Form => {
            ("FCT-X12-FORM", "Faire corriger l’élément par l’émetteur.", "Have the sender correct the element.")
        }
    };
    Some((rule, Text::new(fr, en)))
}

fn is_fatal(remark: &Remark) -> bool {
    matches!(remark.topic, Topic::Cancelled | Topic::Contradiction)
}

/// What is in doubt; the same said of many lines is one finding.
fn doubts(remarks: &[Remark]) -> Vec<Finding> {
    let mut found: Vec<(&Remark, usize)> = Vec::new();
    let (fatal, rest): (Vec<&Remark>, Vec<&Remark>) = remarks.iter().partition(|remark| is_fatal(remark));
    for remark in fatal.into_iter().chain(rest).filter(|remark| remark.topic != Topic::Unread) {
        let known = found.iter().position(|(known, _)| known.topic == remark.topic && known.what == remark.what);
        if let Some((_, count)) = known.and_then(|at| found.get_mut(at)) {
            *count += 1;
        } else if found.len() < limits::X12_FAULTS {
            found.push((remark, 1));
        }
    }
    let finding = |(remark, count): (&Remark, usize)| {
        let (rule, fix) = of_topic(remark.topic)?;
        let (fr, en) = match count {
            1 => (String::new(), String::new()),
            _ => (format!(" ({count} fois, ici la première)"), format!(" ({count} times, here the first)")),
        };
        let said = Text::new(format!("{}{fr}", remark.what.fr), format!("{}{en}", remark.what.en));
        Some(Finding {
            terms: remark.terms.iter().map(|term| term.id().to_owned()).collect(),
            place: Some(remark.place.clone()),
            found: Some(remark.said.clone()),
            ..finding(rule, if is_fatal(remark) { Severity::Fatal } else { Severity::Warning }, said, fix)
        })
    };
    found.into_iter().filter_map(finding).collect()
}

/// What no term of EN 16931 takes, as the set writes it, and terms that could not be written.
fn left_over(received: &Received) -> Option<Finding> {
    let drawn = &received.drawn;
    let mut unread: Vec<&Remark> = drawn.remarks.iter().filter(|remark| remark.topic == Topic::Unread).collect();
    unread.sort_by_key(|remark| match remark.place {
        Place::Edifact { offset, .. } => offset,
        _ => 0,
    });
    let of_loss = |loss: &Loss| (loss.address.clone(), format!("{} {}", loss.address, loss.value));
    let of_remark = |remark: &&Remark| (remark.kind(), remark.said.clone());
    // The same of many lines is shown once.
    let mut all: Vec<(String, String, usize)> = Vec::new();
    for (kind, said) in unread.iter().map(of_remark).chain(received.losses.iter().map(of_loss)) {
        match all.iter().position(|(known, ..)| *known == kind).and_then(|at| all.get_mut(at)) {
            Some((.., count)) => *count += 1,
            None => all.push((kind, said, 1)),
        }
    }
    let count = unread.len() + received.losses.len() + drawn.unremarked;
    let told = |(_, said, count): &(String, String, usize)| match count {
        1 => said.clone(),
        _ => format!("{said} (× {count})"),
    };
    let shown = all.iter().take(SHOWN).map(told).collect::<Vec<_>>().join(" | ");
    let more = if all.len() > SHOWN || drawn.unremarked > 0 { " | …" } else { "" };
    let place = unread.first().map(|remark| remark.place.clone());
    (count > 0).then(|| Finding {
        place: place.or_else(|| received.losses.first().and_then(|loss| loss.place.clone())),
        found: Some(count.to_string()),
        ..finding(
            "FCT-X12-NOT-CARRIED",
            Severity::Information,
            Text::new(
                format!("Le message dit aussi ce qu’aucun terme de EN 16931 ne reprend : {shown}{more}"),
                format!("The set also says what no term of EN 16931 takes up: {shown}{more}"),
            ),
            Text::new(
                "Conserver le fichier reçu : il reste la source.",
                "Keep the file received: it remains the source.",
            ),
        )
    })
}

/// How many different ones a sentence lists.
const SHOWN: usize = 40;
