//! Documents that cannot be read: what is wrong, and what to do.

use super::{detail, unreadable_pdf};
use crate::formats::Unreadable;
use crate::formats::edifact::NoInvoic;
use crate::formats::x12::NoInvoice;
use crate::invoice::{Bad, Invoice, Place, Value, bt};
use crate::lifecycle::cdar_status;
use crate::limits;
use crate::rules::{Finding, Severity};
use crate::text::Text;
use crate::xml::RefusalKind;

/// The finding, and the reason why nothing was judged. The finding is a warning: nothing fatal is proven of an invoice
/// that nobody could read, and the verdict says `not-judged`.
pub(super) fn explain(why: &Unreadable) -> (Finding, Text) {
    let (message, fix, found) = match why {
        Unreadable::Xml(refusal) => {
            let (message, fix) = of_xml(refusal.kind);
            // The sentence says all of it, except where the parser knows more.
            let tells = matches!(refusal.kind, RefusalKind::Malformed | RefusalKind::Encoding | RefusalKind::TooLarge);
            match tells.then(|| detail::with(&message, &refusal.detail)) {
                None => (message, fix, None),
                Some(Some(message)) => (message, fix, None),
                // The words of a library, as it said them.
                Some(None) => (message, fix, Some(refusal.detail.clone())),
            }
        }
        Unreadable::NotAnInvoice { space, name } => (
            Text::new(
                "Le fichier est du XML, mais pas une facture : l'élément racine n'est ni une facture UBL 2.1, ni un avoir UBL 2.1, ni une facture CII.",
                "The file is XML, but no invoice: its root element is neither a UBL 2.1 Invoice, nor a UBL 2.1 CreditNote, nor a CII CrossIndustryInvoice.",
            ),
            Text::new(
                "Envoyez la facture elle-même ; vérifiez aussi l'espace de noms de l'élément racine.",
                "Send the invoice itself; check the name space of the root element too.",
            ),
            Some(if space.is_empty() { name.clone() } else { format!("{{{space}}}{name}") }),
        ),
        Unreadable::LifeCycle { status, number } => of_life_cycle(status.as_deref(), number.as_deref()),
        Unreadable::Absent { why } => (
            Text::new("Le fichier n'existe pas ou ne peut pas être lu.", "The file does not exist or cannot be read."),
            Text::new("Vérifiez le chemin et les droits de lecture.", "Check the path and the right to read it."),
            Some(why.clone()),
        ),
        Unreadable::NotXml { looks_like: syntax @ ("EDIFACT" | "X12") } => (
            Text::new(
                format!("Le fichier est un échange {syntax} : rien n'y est corrigé, son émetteur seul l'écrit."),
                format!(
                    "The file is an interchange of {syntax}: nothing is corrected in it, only its sender writes it."
                ),
            ),
            Text::new(
                "Donner l'échange à « facteur validate », et les constats à son émetteur.",
                "Give the interchange to \"facteur validate\", and the findings to its sender.",
            ),
            None,
        ),
        Unreadable::NotXml { looks_like } => (
            Text::new(
                "Le fichier n'est pas du XML, quel que soit son nom.",
                "The file is not XML, whatever its name says.",
            ),
            Text::new(
                "Envoyez la facture en UBL ou en CII. facteur ne lit pas encore ce format.",
                "Send the invoice as UBL or CII. facteur does not read this format yet.",
            ),
            Some((*looks_like).to_owned()),
        ),
        Unreadable::Pdf(refusal) => {
            let (message, fix) = unreadable_pdf::of_pdf(refusal.kind);
            (detail::with(&message, &refusal.detail).unwrap_or(message), fix, None)
        }
        Unreadable::NoInvoice { files, pdfs } => unreadable_pdf::no_invoice(files, pdfs),
        Unreadable::Zugferd1 { profile } => unreadable_pdf::zugferd1(profile),
        Unreadable::Edifact(why) => super::edifact::unreadable(why),
        Unreadable::X12(why) => super::x12::unreadable(why),
    };
    let place = match why {
        Unreadable::Xml(refusal) => {
            refusal.place.map(|(line, column)| Place::Xml { line, column, path: String::new(), attachment: None })
        }
        Unreadable::Edifact(NoInvoic::Refused(refusal)) => {
            Some(Place::Edifact { segment: 0, element: 0, component: 0, offset: refusal.offset })
        }
        Unreadable::X12(NoInvoice::Refused(refusal)) => {
            Some(Place::Edifact { segment: 0, element: 0, component: 0, offset: refusal.offset })
        }
        _ => None,
    };
    let rule = why.rule().to_owned();
    let reason = Text::new(
        format!("le document n'a pas pu être lu ({rule})"),
        format!("the document could not be read ({rule})"),
    );
    let pdf = matches!(why, Unreadable::Pdf(_) | Unreadable::NoInvoice { .. });
    let finding = Finding {
        group: rule.clone(),
        rule,
        severity: Severity::Warning,
        pack: if pdf { super::container::PACK } else { "structure" }.to_owned(),
        terms: Vec::new(),
        place,
        found,
        expected: None,
        message,
        fix,
        ..Finding::default()
    };
    (finding, reason)
}

/// A status where an invoice is expected.
fn of_life_cycle(status: Option<&str>, number: Option<&str>) -> (Text, Text, Option<String>) {
    let known = status.and_then(|code| code.parse().ok()).and_then(cdar_status);
    let (mut fr, mut en) = Default::default();
    if let Some(known) = known {
        (fr, en) = (format!(" ({} {})", known.code, known.label.fr), format!(" ({} {})", known.code, known.label.en));
    }
    let quoted = |number: &str| number.chars().take(limits::QUOTED_CHARS).collect::<String>();
    if let Some(number) = number.map(quoted) {
        fr.push_str(&format!(" de la facture {number}"));
        en.push_str(&format!(" of invoice {number}"));
    }
    (
        Text::new(
            format!("Ce n'est pas une facture, mais un message de cycle de vie (CDAR) : le statut{fr}."),
            format!("This is no invoice but a life-cycle message (CDAR): the status{en}."),
        ),
        Text::new(
            "Envoyer la facture elle-même. Pour juger ce message, le donner à « facteur validate » ; pour le lire, à « facteur inspect ».",
            "Send the invoice itself. To judge this message, give it to \"facteur validate\"; to read it, to \"facteur inspect\".",
        ),
        status.map(quoted),
    )
}

/// A number that no arithmetic here holds exactly: whatever the rules say of the document is then no whole judgement.
pub(super) fn too_many_digits(invoice: &Invoice<'_>) -> Option<(Finding, Text)> {
    let number = invoice.occurrences().find(|o| o.value() == Value::Bad(Bad::TooManyDigits))?;
    let reason = Text::new("un nombre a plus de 28 chiffres", "a number has more than 28 digits");
    let finding = Finding {
        rule: "FCT-LIMIT-DIGITS".to_owned(),
        group: "FCT-LIMIT-DIGITS".to_owned(),
        severity: Severity::Warning,
        pack: "structure".to_owned(),
        terms: vec![number.term().id().to_owned()],
        place: Some(number.place()),
        found: Some(number.text().chars().take(limits::QUOTED_CHARS).collect()),
        expected: None,
        message: Text::new(
            "Ce nombre a plus de 28 chiffres : aucun calcul exact n'est possible.",
            "This number has more than 28 digits: nothing exact can be computed with it.",
        ),
        fix: Text::new("Écrire le montant sans chiffres superflus.", "Write the amount without needless digits."),
        ..Finding::default()
    };
    Some((finding, reason))
}

/// More VAT breakdowns or totals than any rule should be asked to hold against every line.
pub(super) fn too_many_breakdowns(invoice: &Invoice<'_>) -> Option<(Finding, Text)> {
    let tree = invoice.tree();
    let totals = tree.children(0).filter(|&n| tree.expanded(tree.node(n).name).1 == "TaxTotal").count();
    let count = invoice.groups(bt::BG_23).count().max(totals);
    if count <= limits::BREAKDOWNS {
        return None;
    }
    let (most, rule) = (limits::BREAKDOWNS, "FCT-LIMIT-BREAKDOWNS".to_owned());
    let reason = Text::new(format!("plus de {most} ventilations de TVA"), format!("more than {most} VAT breakdowns"));
    let finding = Finding {
        group: rule.clone(),
        rule,
        severity: Severity::Warning,
        pack: "structure".to_owned(),
        terms: vec![bt::BG_23.id().to_owned()],
        place: invoice.groups(bt::BG_23).nth(most).and_then(|g| g.place()),
        found: Some(count.to_string()),
        expected: Some(format!("≤ {most}")),
        message: Text::new(
            format!(
                "La facture a {count} ventilations ou totaux de TVA : au-delà de {most}, les règles ne sont pas jugées."
            ),
            format!("The invoice has {count} VAT breakdowns or totals: beyond {most}, rules are not judged."),
        ),
        fix: Text::new(
            "Regroupez les ventilations : une par catégorie et par taux de TVA.",
            "Merge the breakdowns: one for each VAT category and rate.",
        ),
        ..Finding::default()
    };
    Some((finding, reason))
}

fn of_xml(kind: RefusalKind) -> (Text, Text) {
    let bound = |fr: &str, en: &str, limit: usize| {
        (
            Text::new(format!("{fr} : au plus {limit}."), format!("{en}: at most {limit}.")),
            Text::new(
                "Une facture réelle ne dépasse pas cette borne ; découpez le document ou vérifiez le logiciel qui l'écrit.",
                "No real invoice passes this bound; split the document, or check the software that writes it.",
            ),
        )
    };
    match kind {
        RefusalKind::Empty => (
            Text::new("Le fichier est vide.", "The file is empty."),
            Text::new(
                "Exportez de nouveau la facture depuis votre logiciel.",
                "Export the invoice from your software again.",
            ),
        ),
        RefusalKind::TooLarge => {
            let most = limits::mebibytes(limits::DOCUMENT_BYTES);
            (
                Text::new(
                    format!("Le fichier est trop gros : au plus {most} Mio."),
                    format!("The file is too large: at most {most} MiB."),
                ),
                Text::new(
                    "Alléger les images et les pièces jointes ; un fichier qui contient plusieurs factures, ou un échange EDIFACT ou X12, est à envoyer en plusieurs fois.",
                    "Make pictures and attachments lighter; a file that holds several invoices, or an interchange of EDIFACT or X12, has to be sent in several parts.",
                ),
            )
        }
        RefusalKind::TooDeep => {
            bound("Éléments imbriqués trop profondément", "Elements nested too deep", limits::XML_DEPTH)
        }
        RefusalKind::TooManyElements => bound("Trop d'éléments", "Too many elements", limits::XML_ELEMENTS),
        RefusalKind::TooManyNames => {
            bound("Trop de noms inconnus", "Too many unknown names", limits::XML_UNKNOWN_NAMES)
        }
        RefusalKind::TooManyAttributes => {
            bound("Trop d'attributs sur un élément", "Too many attributes on one element", limits::XML_ATTRIBUTES)
        }
        RefusalKind::NameTooLong => {
            bound("Nom trop long, en octets", "Name too long, in bytes", limits::XML_NAME_BYTES)
        }
        RefusalKind::Encoding => (
            Text::new(
                "Les octets du fichier ne correspondent à aucun codage de caractères lisible, ou contredisent celui que le prologue annonce.",
                "The bytes of the file fit no character encoding that is read, or contradict the one its prolog declares.",
            ),
            Text::new("Écrivez le fichier en UTF-8 et annoncez UTF-8.", "Write the file in UTF-8 and declare UTF-8."),
        ),
        RefusalKind::Dtd => (
            Text::new(
                "Le document contient une déclaration de type (DTD). Aucune facture n'en a besoin, et elle permet des attaques : elle est refusée sans être lue.",
                "The document has a document type declaration (DTD). No invoice needs one, and it allows attacks: it is refused unread.",
            ),
            Text::new("Retirez la ligne <!DOCTYPE …>.", "Remove the <!DOCTYPE …> line."),
        ),
        RefusalKind::Entity => (
            Text::new(
                "Le document appelle une entité que XML ne définit pas.",
                "The document refers to an entity that XML does not define.",
            ),
            Text::new(
                "Écrivez le caractère lui-même, ou l'une des cinq entités de XML : &amp; &lt; &gt; &quot; &apos;",
                "Write the character itself, or one of the five entities of XML: &amp; &lt; &gt; &quot; &apos;",
            ),
        ),
        RefusalKind::Malformed => (
            Text::new("Le document n'est pas du XML bien formé.", "The document is not well-formed XML."),
            Text::new(
                "La lecture s'arrête à l'endroit indiqué. Exportez le fichier de nouveau, sans le modifier à la main ; s'il est tronqué, le transfert l'a coupé.",
                "Reading stops at the place shown. Export the file again, and do not edit it by hand; where it is cut short, the transfer cut it.",
            ),
        ),
    }
}
