//! INVOIC in a report: what breaks its syntax and structure, what was worked out or left over, and places in the file as it came.

mod doubts;

use std::collections::HashMap;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::received::{finding, worked_out};
use crate::decimal;
use crate::edifact::{Concern, Fault, Level, RefusalKind};
use crate::formats::edifact::{Chosen, Derived, Function, NoInvoic, Received, Why, place_of};
use crate::formats::write::Loss;
use crate::invoice::{Draft, Place, Term};
use crate::limits;
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text};

/// Why a file of EDIFACT gives no invoice: what is said, what to do, what was found.
pub(super) fn unreadable(why: &NoInvoic) -> (Text, Text, Option<String>) {
    match why {
        NoInvoic::Refused(refusal) if refusal.kind == RefusalKind::Limit => (
            Text::new(
                format!("L’échange EDIFACT n’est pas lu : {}.", refusal.what.fr),
                format!("The EDIFACT interchange is not read: {}.", refusal.what.en),
            ),
            Text::new(
                "Demander à l’émetteur un message de taille usuelle, ou plusieurs échanges plus petits.",
                "Ask the sender for a message of usual size, or for several smaller interchanges.",
            ),
            Some(format!("CONTRL {}", refusal.code)).filter(|_| refusal.code > 0),
        ),
        NoInvoic::Refused(refusal) => (
            Text::new(
                format!("L’échange EDIFACT n’est pas lu : {}.", refusal.what.fr),
                format!("The EDIFACT interchange is not read: {}.", refusal.what.en),
            ),
            Text::new(
                "Faire corriger l’enveloppe (UNA, UNB … UNZ) par l’émetteur, puis renvoyer l’échange.",
                "Have the sender mend the envelope (UNA, UNB … UNZ), then send the interchange again.",
            ),
            Some(format!("CONTRL {}", refusal.code)).filter(|_| refusal.code > 0),
        ),
        NoInvoic::Others(kinds) if answers(kinds) => (
            Text::new(
                "Ce n’est pas une facture, mais une réponse EDIFACT (CONTRL : syntaxe ; APERAK : acceptation ou refus de la facture).",
                "This is no invoice but an EDIFACT answer (CONTRL: syntax; APERAK: the invoice accepted or not).",
            ),
            Text::new(
                "Pour que la facture dont elle parle l’apprenne, la remettre à POST /v1/answers ou dans un dossier surveillé ; « facteur inspect » la lit. Pour juger une facture, envoyer la facture elle-même.",
                "To let the invoice it speaks of know, hand it in at POST /v1/answers or in a watched folder; \"facteur inspect\" reads it. To judge an invoice, send the invoice itself.",
            ),
            kinds.first().map(|kind| kind.chars().take(6).collect()),
        ),
        NoInvoic::Others(kinds) => (
            Text::new(
                "L’échange EDIFACT est lu, mais aucun de ses messages n’est une facture (INVOIC).",
                "The EDIFACT interchange was read, and none of its messages is an invoice (INVOIC).",
            ),
            Text::new("Envoyer l’échange qui contient la facture.", "Send the interchange that holds the invoice."),
            Some(kinds.iter().take(3).map(|kind| kind.chars().take(6).collect()).collect::<Vec<String>>().join(", ")),
        ),
        NoInvoic::Several(count) => (
            Text::new(
                format!("L’échange EDIFACT contient {count} factures ; une seule est attendue ici."),
                format!("The EDIFACT interchange holds {count} invoices; one alone is expected here."),
            ),
            Text::new(
                "Donner l’échange à « facteur validate », qui juge chaque facture à part, ou envoyer une facture par échange.",
                "Give the interchange to \"facteur validate\", which judges each invoice apart, or send one invoice an interchange.",
            ),
            Some(count.to_string()),
        ),
        NoInvoic::TooMany(most) => (
            Text::new(
                format!(
                    "L’échange EDIFACT a plus de {most} messages, ou des enveloppes trop grandes pour être répétées : il n’est pas pris."
                ),
                format!(
                    "The EDIFACT interchange has more than {most} messages, or envelopes too large to be repeated: it is not taken."
                ),
            ),
            Text::new(
                "Envoyer plusieurs échanges plus petits ; « facteur answer --contrl » écrit le CONTRL (14) qui refuse celui-ci.",
                "Send several smaller interchanges; \"facteur answer --contrl\" writes the CONTRL (14) that rejects this one.",
            ),
            None,
        ),
    }
}

/// Are these messages answers, and nothing else?
fn answers(kinds: &[String]) -> bool {
    !kinds.is_empty() && kinds.iter().all(|kind| matches!(kind.trim(), "CONTRL" | "APERAK"))
}

/// The digest of the tables by which the structure of an INVOIC is judged, and how many rules it has.
pub(super) fn tables() -> (&'static str, usize) {
    static SHA256: LazyLock<String> = LazyLock::new(|| {
        super::hex(&Sha256::digest(concat!(
            include_str!("../../schemas/edifact/invoic.txt"),
            include_str!("../../schemas/edifact/segments.txt"),
            include_str!("../../schemas/edifact/binding.csv")
        )))
    });
    (&SHA256, 12)
}

/// What is to be said of the message itself.
pub(super) fn findings(received: &Received) -> Vec<Finding> {
    let stated = &received.stated;
    let mut terms = HashMap::new();
    if stated.faults.iter().any(|fault| fault.level == Level::Element) {
        stands_at(&stated.draft, &mut terms);
    }
    let mut found: Vec<Finding> = received.around.iter().map(|f| fault(f, received)).collect();
    found.extend(stated.faults.iter().map(|one| {
        let at = (one.place.segment, one.place.element, one.place.component);
        let term = terms.get(&at).filter(|_| one.level == Level::Element);
        Finding { terms: term.map(|term| term.id().to_owned()).into_iter().collect(), ..fault(one, received) }
    }));
    found.extend(directory(received));
    found.extend(function(received));
    found.extend(stated.amended.iter().take(limits::EDIFACT_FAULTS).map(amended));
    found.extend(stated.test.then(|| {
        finding(
            "FCT-EDI-TEST",
            Severity::Warning,
            Text::new(
                "L’échange se dit d’essai (UNB 0035) : la facture n’est pas à comptabiliser.",
                "The interchange calls itself a test (UNB 0035): the invoice is not to be booked.",
            ),
            Text::new(
                "Ne rien payer d’après ce message ; l’émetteur ôte l’indicateur en production.",
                "Pay nothing by this message; the sender leaves the indicator out in production.",
            ),
        )
    }));
    found.extend(stated.unbalanced.iter().map(|line| {
        let (amount, reached) = (decimal::plain(line.amount), decimal::plain(line.reached));
        let balance = decimal::plain(line.balance);
        Finding {
            terms: vec!["BT-131".to_owned()],
            place: line.place.clone(),
            found: Some(amount.clone()),
            ..finding(
                "FCT-EDI-LINE-AMOUNT",
                Severity::Warning,
                Text::new(
                    format!("Le montant net de la ligne est {amount} ; quantité × prix donne {reached}, et remises et frais de la ligne {balance} : ni l’un ni la somme ne donnent le montant."),
                    format!("The line’s net amount is {amount}; quantity × price is {reached}, and its charges less allowances {balance}: neither that nor the sum gives the amount."),
                ),
                Text::new(
                    "Écrire en MOA+203 le montant après remises (PRI+AAA avant remises), ou un prix net et des ALC pour information.",
                    "Write in MOA+203 the amount after allowances (PRI+AAA before them), or a net price and ALC for information.",
                ),
            )
        }
    }));
    found.extend(stated.zero_bases.iter().take(limits::EDIFACT_FAULTS).map(|place| Finding {
        terms: vec!["BT-149".to_owned()],
        place: place.clone(),
        found: Some("0".to_owned()),
        ..finding(
            "FCT-EDI-LINE-AMOUNT",
            Severity::Warning,
            Text::new(
                "Le prix est donné pour 0 unité (BT-149) : le montant de la ligne ne s’explique pas par lui.",
                "The price is given for 0 units (BT-149): it does not explain the amount of the line.",
            ),
            Text::new(
                "Écrire pour combien d’unités vaut le prix (PRI 5284), ou rien pour une.",
                "Write for how many units the price holds (PRI 5284), or nothing for one.",
            ),
        )
    }));
    found.extend(stated.doubts.iter().take(limits::EDIFACT_FAULTS).map(doubts::doubt));
    found.extend(stated.remarks.iter().take(limits::EDIFACT_FAULTS).map(doubts::remark));
    found.extend(stated.negative.iter().map(|(amount, place)| Finding {
        terms: vec!["BT-3".to_owned(), "BT-112".to_owned()],
        place: place.clone(),
        found: Some(amount.clone()),
        ..finding(
            "FCT-EDI-SIGN",
            Severity::Warning,
            Text::new(
                format!("Cet avoir a un total négatif ({amount}) : tel quel, c’est l’acheteur qui doit. Si ce partenaire écrit ses avoirs en négatif, son fichier doit le dire ; les signes restent comme écrits."),
                format!("This credit note has a negative total ({amount}): as it stands the buyer owes it. If this partner writes credit notes negative, its file has to say so; signs stay as written."),
            ),
            Text::new(
                "Demander à l’émetteur ; écrire negative_credit_notes = true dans son fichier partenaire s’il écrit ses avoirs en négatif.",
                "Ask the sender; write negative_credit_notes = true into its partner file if it writes credit notes negative.",
            ),
        )
    }));
    found.extend(stated.miscounts.iter().take(limits::EDIFACT_FAULTS).map(doubts::miscount));
    found.extend(left_over(received));
    // What the partner file supplies stands nowhere in the message: first.
    let (constants, rest): (Vec<&Derived>, Vec<&Derived>) =
        stated.derived.iter().partition(|one| one.why == Why::Partner);
    let made: Vec<(Term, Text)> = constants
        .into_iter()
        .chain(rest)
        .map(|one| (one.term, Text::new(one.told(Lang::Fr), one.told(Lang::En))))
        .collect();
    let place = stated.derived.iter().find_map(|one| one.place.clone());
    let made = worked_out("FCT-EDI-DERIVED", &made, limits::EDIFACT_DERIVED);
    found.extend(made.map(|finding| Finding { place, ..finding }));
    found
}

/// Which term stands where in the message: segment, element, component.
fn stands_at(draft: &Draft, found: &mut HashMap<(u32, u32, u32), Term>) {
    let parts = draft.said.iter().flat_map(|said| said.parts.iter());
    for said in draft.said.iter().chain(parts) {
        if let Some(Place::Edifact { segment, element, component, .. }) = said.place {
            found.entry((segment, element, component)).or_insert(said.term);
            // A simple element has no components to speak of.
            if component == 1 {
                found.entry((segment, element, 0)).or_insert(said.term);
            }
        }
    }
    draft.groups.iter().for_each(|group| stands_at(group, found));
}

fn fault(fault: &Fault, received: &Received) -> Finding {
    let rule = match (fault.concern, fault.level) {
        (Concern::Repertoire, _) => "FCT-EDI-CHARSET",
        (Concern::Presence | Concern::Structure | Concern::Completeness, Level::Segment) => "FCT-EDI-STRUCTURE",
        (Concern::Forms, _) | (Concern::Presence, Level::Element) => "FCT-EDI-FORM",
        _ => "FCT-EDI-ENVELOPE",
    };
    // What refuses is not agreed, or may hide an amount; a breach that the receiver lets pass is none of the invoice.
    let severity = if fault.refuses() { Severity::Fatal } else { Severity::Warning };
    let upper = |text: &str| {
        let mut chars = text.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    Finding {
        place: Some(place_of(fault)),
        ..finding(
            rule,
            severity,
            Text::new(
                format!("{} (CONTRL {}).", upper(&fault.what.fr), fault.code),
                format!("{} (CONTRL {}).", upper(&fault.what.en), fault.code),
            ),
            match fault.level {
                Level::Interchange => Text::new(
                    "Faire corriger l’enveloppe de l’échange (UNA, UNB … UNZ) par l’émetteur.",
                    "Have the sender correct the envelope of the interchange (UNA, UNB … UNZ).",
                ),
                Level::Group => Text::new(
                    "Faire corriger le groupe de messages (UNG … UNE) par l’émetteur.",
                    "Have the sender correct the group of messages (UNG … UNE).",
                ),
                Level::Message if matches!(&*fault.tag, "UNO" | "UNP") => Text::new(
                    "Faire corriger l’objet joint à l’échange (UNO … UNP) par l’émetteur.",
                    "Have the sender correct the object beside the messages (UNO … UNP).",
                ),
                Level::Message | Level::Segment | Level::Element => Text::new(
                    format!("Faire corriger le message {} par l’émetteur.", received.reference),
                    format!("Have the sender correct message {}.", received.reference),
                ),
            },
        )
    }
}

/// What the message function (BGM 1225) says, where it is not an original.
fn function(received: &Received) -> Option<Finding> {
    use Severity::{Fatal, Information, Warning};
    let (code, place) = &received.stated.function;
    let (severity, fr, en) = match Function::of(code) {
        Function::Original => return None,
        Function::Again => (
            Information,
            "cet envoi répète ou complète un envoi précédent",
            "this transmission repeats or completes an earlier one",
        ),
        Function::Replace => (
            Warning,
            "ce message remplace un envoi précédent, qui ne vaut plus",
            "this message replaces an earlier one, which no longer holds",
        ),
        Function::Copy => (
            Warning,
            "ce message est une copie ou un duplicata : l’original seul se comptabilise",
            "this message is a copy or a duplicate: the original alone is booked",
        ),
        Function::Cancel => (
            Fatal,
            "ce message annule un envoi précédent : ce n’est pas une facture",
            "this message cancels an earlier one: it is no invoice",
        ),
        Function::Test => {
            (Warning, "ce message est un essai : il ne se comptabilise pas", "this message is a test: it is not booked")
        }
        Function::Other => (
            Warning,
            "cette fonction n’est pas celle d’une facture originale",
            "this function is not that of an original invoice",
        ),
    };
    let code: String = code.chars().take(3).collect();
    Some(Finding {
        place: place.clone(),
        found: Some(code.clone()),
        expected: Some("9".to_owned()),
        ..finding(
            "FCT-EDI-FUNCTION",
            severity,
            Text::new(format!("BGM 1225 = {code} : {fr}."), format!("BGM 1225 = {code}: {en}.")),
            Text::new(
                "Comparer avec l’envoi que ce message répète, remplace ou annule ; une facture originale porte 9.",
                "Compare with what this message repeats, replaces or cancels; an original invoice bears 9.",
            ),
        )
    })
}

/// A line that is deleted or changed (LIN 1229): the message amends another, and the line is not billed as it stands.
fn amended((code, place): &(String, Option<Place>)) -> Finding {
    let (fr, en) = match &**code {
        "2" => ("cette ligne est supprimée : elle n’est pas facturée", "this line is deleted: it is not invoiced"),
        _ => (
            "cette ligne en modifie une d’un envoi précédent : ce message n’est pas une facture entière",
            "this line changes one of an earlier message: this is no whole invoice",
        ),
    };
    Finding {
        terms: vec!["BG-25".to_owned()],
        place: place.clone(),
        found: Some(code.clone()),
        expected: Some("1".to_owned()),
        ..finding(
            "FCT-EDI-FUNCTION",
            Severity::Fatal,
            Text::new(format!("LIN 1229 = {code} : {fr}."), format!("LIN 1229 = {code}: {en}.")),
            Text::new(
                "Demander à l’émetteur la facture entière, sans lignes supprimées ni modifiées (1229 vide ou 1).",
                "Ask the sender for the whole invoice, without lines deleted or changed (1229 empty or 1).",
            ),
        )
    }
}

fn directory(received: &Received) -> Option<Finding> {
    let (said, by) = (&received.kind, received.stated.directory.as_str());
    let (message, fix) = match received.stated.chosen {
        Chosen::Named => return None,
        Chosen::Nearest => (
            Text::new(
                format!("Le message suit le répertoire {said} ; il est lu selon {by}, le plus proche connu."),
                format!("The message follows directory {said}; it is read by {by}, the nearest that is known."),
            ),
            Text::new("Rien à faire si les termes lus sont les bons.", "Nothing to do if the terms read are right."),
        ),
        Chosen::Agreed => (
            Text::new(
                format!(
                    "Le message dit suivre le répertoire {said} ; il est lu selon {by}, que dit le fichier partenaire (directory)."
                ),
                format!(
                    "The message says it follows directory {said}; it is read by {by}, which the partner file says (directory)."
                ),
            ),
            Text::new(
                "Rien à faire si les termes lus sont les bons ; sinon, corriger ou ôter directory dans le fichier partenaire.",
                "Nothing to do if the terms read are right; if not, correct or remove directory in the partner file.",
            ),
        ),
    };
    Some(Finding {
        found: Some(said.clone()),
        expected: Some(by.to_owned()).filter(|_| received.stated.chosen == Chosen::Agreed),
        ..finding("FCT-EDI-DIRECTORY", Severity::Information, message, fix)
    })
}

/// Segments that no term of EN 16931 takes, and terms that could not be written.
fn left_over(received: &Received) -> Option<Finding> {
    let stated = &received.stated;
    let mut names: Vec<String> = Vec::new();
    let of_loss = |loss: &Loss| loss.address.clone();
    for name in stated.untaken.iter().map(|u| u.segment.clone()).chain(received.losses.iter().map(of_loss)) {
        if !names.contains(&name) {
            names.push(name);
        }
        // Of more than are listed no one asks which they are.
        if names.len() > SHOWN {
            break;
        }
    }
    let count = stated.untaken.len() + received.losses.len();
    let place = stated.untaken.first().and_then(|u| u.place.clone());
    let place = place.or_else(|| received.losses.first().and_then(|loss| loss.place.clone()));
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > SHOWN { ", …" } else { "" };
    // A segment without a term could be in no e-invoice at all; a term that was read and could not be written is another matter.
    let (severity, message) = match received.losses.is_empty() {
        true => (
            Severity::Information,
            Text::new(
                format!("Le message dit aussi ce qu’aucun terme de EN 16931 ne reprend : {shown}{more}."),
                format!("The message also says what no term of EN 16931 takes up: {shown}{more}."),
            ),
        ),
        false => (
            Severity::Warning,
            Text::new(
                format!(
                    "Le message dit aussi ce que la facture écrite à partir de lui ne reprend pas : {shown}{more}."
                ),
                format!("The message also says what the invoice written from it does not take up: {shown}{more}."),
            ),
        ),
    };
    (count > 0).then(|| Finding {
        place,
        found: Some(count.to_string()),
        ..finding(
            "FCT-EDI-NOT-CARRIED",
            severity,
            message,
            Text::new(
                "Conserver le fichier reçu : il reste la source.",
                "Keep the file received: it remains the source.",
            ),
        )
    })
}

/// How many different ones a sentence lists.
const SHOWN: usize = 12;

const _: () = assert!(limits::EDIFACT_FAULTS >= SHOWN);

#[cfg(test)]
mod tests {
    use crate::formats::edifact::{Directory, home};

    #[test]
    fn every_directory_names_its_segments() {
        for directory in Directory::ALL {
            assert!(home(directory, crate::invoice::bt::BT_31).is_some_and(|home| home.contains("RFF+VA")));
        }
    }

    fn told(body: &str) -> Vec<crate::rules::Finding> {
        let count = body.matches('\'').count() + 2;
        let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
        let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
        super::findings(&received[0])
    }

    #[test]
    fn a_directory_is_read_by_the_nearest_or_by_the_one_that_is_agreed() {
        let told = |release: &str, directory: Option<Directory>| {
            let body = "BGM+380+F-1+9'DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'";
            let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:{release}:UN'{body}UNT+7+1'UNZ+1+1'");
            let partner =
                crate::formats::edifact::Partner { identifiers: vec!["A".into()], directory, ..Default::default() };
            let received = crate::formats::edifact::received(file.as_bytes(), &[partner]).unwrap();
            let found = super::findings(&received[0]).into_iter().find(|one| one.rule == "FCT-EDI-DIRECTORY");
            found.map(|one| one.message.en)
        };
        assert_eq!(told("01B", None), None);
        assert_eq!(told("01B", Some(Directory::D01B)), None);
        assert!(told("98A", None).unwrap().contains("nearest"));
        for release in ["01B", "98A"] {
            let agreed = told(release, Some(Directory::D96A)).unwrap();
            assert!(agreed.contains("partner file") && !agreed.contains("nearest"), "{agreed}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_envelope_is_no_fault_of_the_message() {
        let fix = |unt: &str, unz: &str| {
            let body = "BGM+380+F-1+9'DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'";
            let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+M1+INVOIC:D:96A:UN'{body}{unt}{unz}");
            let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
            let found = super::findings(&received[0]);
            found.into_iter().find(|one| one.rule == "FCT-EDI-ENVELOPE").unwrap().fix.en
        };
        for unz in ["", "UNZ+1+9'", "UNZ+2+1'"] {
            assert!(fix("UNT+7+M1'", unz).contains("(UNA, UNB … UNZ)"), "{unz}");
        }
        assert!(fix("UNT+9+M1'", "UNZ+1+1'").contains("correct message M1"));
    }

    #[test]
    fn forms_and_contradictions_name_their_terms() {
        let body = "BGM+380+F-1+9'DTM+137:20261122:102'LIN+1'QTY+47:10'QTY+47:12'MOA+203:1.000,50'UNS+S'MOA+79:1'MOA+77:1'MOA+86:2'";
        let found = told(body);
        let of = |rule: &str| found.iter().filter(|f| f.rule == rule).collect::<Vec<_>>();
        assert_eq!(of("FCT-EDI-FORM")[0].terms, ["BT-131"]);
        let contradictions = of("FCT-EDI-CONTRADICTION");
        let severities: Vec<_> = contradictions.iter().map(|f| (f.terms[0].as_str(), f.severity)).collect();
        assert!(severities.contains(&("BT-129", crate::rules::Severity::Fatal)), "{severities:?}");
        assert!(severities.contains(&("BT-112", crate::rules::Severity::Warning)), "{severities:?}");
        assert!(contradictions.iter().all(|f| f.place.is_some() && f.message.fr.contains("BT-1")));
    }

    #[test]
    fn deleted_lines_and_amounts_in_another_currency_are_fatal() {
        let found = told("BGM+380+F-1+9'DTM+137:20261122:102'CUX+2:EUR:4'LIN+1+2'UNS+S'MOA+9:120:USD'");
        let of = |rule: &str| found.iter().find(|f| f.rule == rule && f.severity == crate::rules::Severity::Fatal);
        assert!(
            of("FCT-EDI-FUNCTION")
                .is_some_and(|f| f.message.en == "LIN 1229 = 2: this line is deleted: it is not invoiced.")
        );
        let contradiction = of("FCT-EDI-CONTRADICTION").unwrap();
        assert_eq!(contradiction.terms, ["BT-115"]);
        assert!(contradiction.message.en.contains("120 USD") && contradiction.message.en.contains("EUR"));
    }

    #[test]
    fn a_price_of_no_units_and_vat_in_a_third_currency_are_told() {
        let found = told(
            "BGM+380+F-1+9'DTM+137:20261122:102'CUX+2:EUR:4'CUX+6:GBP'LIN+1'QTY+47:1'MOA+203:2'PRI+AAA:2:::0'UNS+S'MOA+9:120'",
        );
        let price = found.iter().find(|f| f.rule == "FCT-EDI-LINE-AMOUNT").unwrap();
        assert_eq!((&*price.terms[0], price.severity), ("BT-149", crate::rules::Severity::Warning));
        assert!(price.place.is_some());
        let body = "BGM+380+F-1+9'DTM+137:20261122:102'CUX+2:EUR'CUX+6:GBP'LIN+1'UNS+S'MOA+2:17:USD'";
        let count = body.matches('\'').count() + 2;
        let file = format!("UNB+UNOC:4+A+B+20261122:1000+1'UNH+1+INVOIC:D:16B:UN'{body}UNT+{count}+1'UNZ+1+1'");
        let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
        let found = super::findings(&received[0]);
        let third = found.iter().find(|f| f.rule == "FCT-EDI-CONTRADICTION").unwrap();
        assert!(third.message.en.contains("17 USD") && third.message.en.contains("BT-6, GBP"), "{}", third.message.en);
    }

    #[test]
    fn a_negative_credit_note_is_a_warning() {
        let found = told("BGM+381+A-1+9'DTM+137:20261122:102'UNS+S'MOA+79:-50'MOA+77:-60'");
        assert!(found.iter().any(|f| f.rule == "FCT-EDI-SIGN" && f.found.as_deref() == Some("-60")));
    }

    #[test]
    fn packages_that_no_invoice_takes_are_told() {
        let left = |efi: &str, packages: &str| {
            let body = format!("BGM+380+F-1+9'DTM+137:20261122:102'{efi}LIN+1'UNS+S'MOA+79:1'");
            let count = body.matches('\'').count() + 2;
            let file =
                format!("UNB+UNOC:4+A+B+20261122:1000+1'UNH+1+INVOIC:D:16B:UN'{body}UNT+{count}+1'{packages}UNZ+2+1'");
            let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
            received[0].not_carried().into_iter().map(|one| one.what).collect::<Vec<_>>()
        };
        let package = |reference: &str| format!("UNO+{reference}+1:Releve+13:application/pdf+4'AAAAUNP+4+{reference}'");
        assert!(left("", &package("P1")).contains(&"UNO+P1".to_owned()));
        let named = left("EFI+Releve'", &(package("P1") + &package("P2")));
        assert!(named.contains(&"UNO+P2".to_owned()) && !named.contains(&"UNO+P1".to_owned()), "{named:?}");
        // What is wrong with a package is told of the invoice that encloses it.
        let faults = |efi: &str| {
            let body = format!("BGM+380+F-1+9'DTM+137:20261122:102'{efi}LIN+1'UNS+S'MOA+79:1'");
            let package = package("P1").replace("UNP+4+P1", "UNP+4+P9");
            let file = format!("UNB+UNOC:4+A+B+20261122:1000+1'UNH+1+INVOIC:D:16B:UN'{body}UNT+9+1'{package}UNZ+2+1'");
            let received = crate::formats::edifact::received(file.as_bytes(), &[]).unwrap();
            received[0].around.iter().map(|fault| fault.code).collect::<Vec<_>>()
        };
        assert_eq!((faults("EFI+Releve'"), faults("")), (vec![28], vec![]));
    }

    #[test]
    fn constants_of_the_partner_file_come_first_and_nothing_is_cut() {
        let lines: String = (1..=20).map(|n| format!("LIN+{n}'QTY+47:1:X{n}'MOA+203:1'PRI+AAA:1'")).collect();
        let body = format!("BGM+380+F-1+9'DTM+137:20261122:102'{lines}UNS+S'MOA+79:20'MOA+77:20'");
        let count = body.matches('\'').count() + 2;
        let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
        let constants = vec![(crate::invoice::bt::BT_23, "S1".to_owned())];
        let partner =
            crate::formats::edifact::Partner { identifiers: vec!["A".into()], constants, ..Default::default() };
        let received = crate::formats::edifact::received(file.as_bytes(), &[partner]).unwrap();
        let found = super::findings(&received[0]);
        let derived = found.iter().find(|finding| finding.rule == "FCT-EDI-DERIVED").unwrap();
        assert!(derived.message.en.contains("as such: BT-23: "), "{}", derived.message.en);
        assert!(!derived.message.en.contains('…'), "{}", derived.message.en);
    }
}
