//! The PDF around an invoice as findings: a layer of its own, judged before the XML.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::container_example::example;
use super::detail;
use super::visible::RULES;
use crate::formats::facturx::{Inside, Remark, RemarkKind};
use crate::invoice::Place;
use crate::limits;
use crate::report::{NotRun, PackRun};
use crate::rules::{Finding, Severity};
use crate::text::Text;

pub(super) const PACK: &str = "container";

/// Identity of the checks: their ids, and which of them stop an invoice.
pub(super) fn pack() -> PackRun {
    static SHA256: LazyLock<String> = LazyLock::new(|| {
        let table: String =
            RemarkKind::ALL.map(|k| format!("{} {} {}\n", k.rule(), k.is_fatal(), k.is_doubt())).concat();
        let visible: String = RULES.map(|(rule, severity)| format!("{rule} {severity:?}\n")).concat();
        super::hex(&Sha256::digest(table + &visible))
    });
    PackRun {
        id: PACK.to_owned(),
        version: "Factur-X 1.0, PDF/A-3".to_owned(),
        sha256: SHA256.clone(),
        rules: RemarkKind::ALL.len() + RULES.len(),
        reason: "PDF".to_owned(),
        presumed: false,
        in_force: None,
        calendar: None,
    }
}

pub(super) fn findings(inside: &Inside) -> Vec<Finding> {
    inside.remarks.iter().map(|remark| finding(remark, inside)).collect()
}

/// What leaves in doubt whether the XML that was judged is the invoice.
pub(super) fn not_run(inside: &Inside) -> Vec<NotRun> {
    let doubts = inside.remarks.iter().filter(|remark| remark.kind.is_doubt());
    doubts.map(|remark| NotRun { pack: PACK.to_owned(), reason: doubt(remark.kind) }).collect()
}

fn doubt(kind: RemarkKind) -> Text {
    match kind {
        RemarkKind::Rebuilt => Text::new(
            "le PDF est endommagé : ce qui manque pouvait contenir une autre version de la facture",
            "the PDF is damaged: what is missing may have held another version of the invoice",
        ),
        RemarkKind::Cut => Text::new(
            "une mise à jour du PDF est coupée : elle pouvait contenir une autre version de la facture",
            "an update of the PDF is cut off: it may have held another version of the invoice",
        ),
        RemarkKind::Second => Text::new(
            "un autre fichier est peut-être une facture : c'est peut-être lui que le destinataire lira",
            "another file may be an invoice: it may be the one that the receiver reads",
        ),
        RemarkKind::Length => Text::new(
            "la longueur d'un fichier joint est fausse : d'autres lecteurs en tirent d'autres octets, ou rien",
            "the length of an attachment is wrong: other readers take other bytes out of it, or none",
        ),
        RemarkKind::Ambiguous => Text::new(
            "le PDF se lit de deux façons : un autre lecteur peut en tirer une autre facture",
            "the PDF can be read in two ways: another reader may take another invoice out of it",
        ),
        _ => Text::new(
            "un autre fichier joint n'a pas pu être décompressé : c'est peut-être une seconde facture",
            "another attachment could not be unpacked: it may be a second invoice",
        ),
    }
}

fn finding(remark: &Remark, inside: &Inside) -> Finding {
    let rule = remark.kind.rule().to_owned();
    let quoted =
        |text: &Option<String>| text.as_ref().map(|t| t.chars().take(limits::QUOTED_CHARS).collect::<String>());
    let severity = if remark.kind.is_fatal() { Severity::Fatal } else { Severity::Warning };
    let (message, fix) = sentences(remark, inside);
    let message = remark.seen.as_ref().and_then(|seen| detail::with(&message, seen)).unwrap_or(message);
    let level = matches!(remark.kind, RemarkKind::XmpLevel | RemarkKind::Level);
    Finding {
        group: rule.clone(),
        rule,
        severity,
        pack: PACK.to_owned(),
        terms: if level { vec!["BT-24".to_owned()] } else { Vec::new() },
        place: remark.attachment.clone().map(|attachment| Place::Attachment { attachment }),
        found: quoted(&remark.found),
        expected: quoted(&remark.expected),
        example: example(remark, inside),
        message,
        fix,
        ..Finding::default()
    }
}

fn sentences(remark: &Remark, inside: &Inside) -> (Text, Text) {
    let name = &inside.name;
    let pair = |message: (&str, &str), fix: (&str, &str)| (Text::new(message.0, message.1), Text::new(fix.0, fix.1));
    match remark.kind {
        RemarkKind::TwoInvoices => (
            Text::new(
                format!("Le PDF contient deux factures XML qui diffèrent ; seule « {name} » est jugée ci-dessous."),
                format!("The PDF holds two XML invoices that differ; only \"{name}\" is judged below."),
            ),
            Text::new(
                "N'embarquer qu'une facture : le destinataire ne peut pas savoir laquelle vaut.",
                "Embed one invoice only: the receiver cannot know which one counts.",
            ),
        ),
        RemarkKind::SameTwice => pair(
            ("Le PDF contient deux fois la même facture XML.", "The PDF holds the same XML invoice twice."),
            ("N'embarquer la facture qu'une fois.", "Embed the invoice once."),
        ),
        RemarkKind::Second => (
            Text::new(
                format!(
                    "Un autre fichier porte un nom de facture ou en contient peut-être une, sous une forme que facteur ne sait pas lire ; seule « {name} » est jugée ci-dessous."
                ),
                format!(
                    "Another file bears an invoice's name or may hold one, in a form that facteur cannot read; only \"{name}\" is judged below."
                ),
            ),
            Text::new(
                "Retirer ce fichier ; s'il n'est pas une facture, ne pas lui en donner le nom et ne pas le comprimer : un destinataire peut le prendre à la place de l'autre.",
                "Remove this file; if it is no invoice, do not give it an invoice's name, and do not pack it: a receiver may take it in place of the other.",
            ),
        ),
        RemarkKind::NotCii => pair(
            (
                "La facture embarquée est en UBL : un PDF Factur-X ne transporte que du CII.",
                "The embedded invoice is UBL: a Factur-X PDF carries CII only.",
            ),
            (
                "Embarquer la facture en CII, ou envoyer l'UBL seul, sans PDF autour.",
                "Embed the invoice as CII, or send the UBL alone, without a PDF around it.",
            ),
        ),
        RemarkKind::Name => pair(
            (
                "Le fichier joint est une facture, mais aucun destinataire ne la cherche sous ce nom.",
                "The attachment is an invoice, but no receiver looks for it under this name.",
            ),
            (
                "Nommer le fichier joint factur-x.xml, dans /F, /UF et le XMP.",
                "Call the attachment factur-x.xml, in /F, /UF and the XMP.",
            ),
        ),
        RemarkKind::OldName => pair(
            (
                "Le fichier joint porte un nom d'une version antérieure, ou écrit autrement.",
                "The attachment bears a name of a former version, or one spelt otherwise.",
            ),
            ("Le nommer factur-x.xml, exactement.", "Call it factur-x.xml, exactly."),
        ),
        RemarkKind::NoList => pair(
            (
                "Le fichier joint n'est pas dans la liste /AF du catalogue : le PDF ne dit pas qu'il lui est associé.",
                "The attachment is not in the catalogue's /AF list: the PDF does not say that it belongs to it.",
            ),
            (
                "Ajouter au catalogue /AF avec la spécification du fichier.",
                "Add /AF with the file specification to the catalogue.",
            ),
        ),
        RemarkKind::NoTree => pair(
            (
                "Le fichier joint n'est pas dans l'arbre de noms /EmbeddedFiles : beaucoup de lecteurs ne le verront pas.",
                "The attachment is not in the name tree /EmbeddedFiles: many readers will not see it.",
            ),
            ("L'inscrire dans /Names /EmbeddedFiles.", "Enter it in /Names /EmbeddedFiles."),
        ),
        RemarkKind::TreeOther => pair(
            (
                "L'arbre de noms /EmbeddedFiles mène, sous un nom de facture, à un autre fichier que la facture.",
                "The name tree /EmbeddedFiles leads, under an invoice's name, to a file other than the invoice.",
            ),
            (
                "Donner dans l'arbre à chaque fichier son propre nom : qui cherche factur-x.xml par l'arbre lit l'autre fichier.",
                "Give each file its own name in the tree: whoever looks factur-x.xml up in it reads the other file.",
            ),
        ),
        RemarkKind::TreeKey => pair(
            (
                "L'arbre de noms /EmbeddedFiles appelle le fichier joint autrement que sa spécification.",
                "The name tree /EmbeddedFiles calls the attachment by another name than its file specification.",
            ),
            (
                "Écrire le même nom dans l'arbre, dans /F et dans /UF : certains lecteurs ne regardent que l'arbre.",
                "Write the same name in the tree, in /F and in /UF: some readers look at the tree only.",
            ),
        ),
        RemarkKind::Relationship => pair(
            (
                "Le lien du fichier joint avec le PDF (/AFRelationship) n'est pas celui que ce niveau prévoit.",
                "The attachment's relationship to the PDF (/AFRelationship) is not one that this level has.",
            ),
            (
                "Écrire /AFRelationship /Data ; c'est accepté à tous les niveaux.",
                "Write /AFRelationship /Data; it is accepted at every level.",
            ),
        ),
        RemarkKind::Keys => pair(
            (
                "La spécification du fichier joint est incomplète : certains lecteurs n'y trouveront ni nom ni contenu.",
                "The attachment's file specification is incomplete: some readers will find no name or no content in it.",
            ),
            (
                "Donner le nom dans /F et /UF, et le contenu dans /EF /F et /EF /UF.",
                "Give the name in /F and /UF, and the content in /EF /F and /EF /UF.",
            ),
        ),
        RemarkKind::Size => pair(
            (
                "La taille que le PDF annonce pour le fichier joint (/Params /Size) n'est pas la sienne.",
                "The size that the PDF gives for the attachment (/Params /Size) is not its size.",
            ),
            (
                "Écrire la taille du contenu décompressé ; vérifier que le fichier n'a pas été remplacé après coup.",
                "Write the size of the unpacked content; check that the file was not exchanged afterwards.",
            ),
        ),
        RemarkKind::CheckSum => pair(
            (
                "L'empreinte MD5 que le PDF annonce pour le fichier joint (/Params /CheckSum) n'est pas la sienne.",
                "The MD5 that the PDF gives for the attachment (/Params /CheckSum) is not its own.",
            ),
            (
                "Recalculer l'empreinte ; vérifier que le fichier n'a pas été remplacé après coup.",
                "Compute it anew; check that the file was not exchanged afterwards.",
            ),
        ),
        RemarkKind::Date => pair(
            (
                "Le fichier joint ne dit pas quand il a été modifié : PDF/A-3 le demande.",
                "The attachment does not say when it was changed: PDF/A-3 asks for it.",
            ),
            ("Écrire /Params /ModDate.", "Write /Params /ModDate."),
        ),
        RemarkKind::NoXmp => pair(
            (
                "Le PDF n'a pas de métadonnées XMP lisibles : rien n'y annonce une facture.",
                "The PDF has no readable XMP metadata: nothing in it announces an invoice.",
            ),
            (
                "Écrire un paquet XMP avec pdfaid:part et les quatre propriétés fx: de Factur-X.",
                "Write an XMP packet with pdfaid:part and the four fx: properties of Factur-X.",
            ),
        ),
        RemarkKind::XmpProperties => pair(
            (
                "Il manque au XMP des propriétés Factur-X : les plateformes refusent le fichier.",
                "The XMP lacks properties of Factur-X: platforms refuse the file.",
            ),
            (
                "Écrire fx:DocumentType, fx:DocumentFileName, fx:Version et fx:ConformanceLevel, et leur schéma d'extension.",
                "Write fx:DocumentType, fx:DocumentFileName, fx:Version and fx:ConformanceLevel, and their extension schema.",
            ),
        ),
        RemarkKind::XmpTwice => pair(
            (
                "Le XMP donne deux fois la même propriété avec des valeurs différentes : chaque lecteur prendra la sienne.",
                "The XMP gives the same property twice with different values: each reader will take its own.",
            ),
            (
                "N'écrire qu'une description Factur-X, chaque propriété une fois.",
                "Write one Factur-X description only, each property once.",
            ),
        ),
        RemarkKind::Level => pair(
            (
                "Le profil de la facture (BT-24) ne nomme aucun niveau de Factur-X : le niveau du XMP ne peut pas lui être comparé.",
                "The invoice's profile (BT-24) names no level of Factur-X: the level of the XMP cannot be held against it.",
            ),
            (
                "Écrire dans BT-24 l'identifiant du niveau Factur-X, ou vérifier que le destinataire connaît ce profil.",
                "Write the identifier of the Factur-X level in BT-24, or check that the receiver knows this profile.",
            ),
        ),
        RemarkKind::XmpSpelling => pair(
            (
                "Le niveau du XMP n'est pas écrit comme Factur-X 1.0 l'écrit : un lecteur strict ne le reconnaît pas.",
                "The level of the XMP is not written as Factur-X 1.0 writes it: a strict reader does not know it.",
            ),
            ("L'écrire exactement ainsi dans fx:ConformanceLevel.", "Write it exactly so in fx:ConformanceLevel."),
        ),
        RemarkKind::XmpSchema => pair(
            (
                "Le XMP ne décrit pas ses propriétés Factur-X dans un schéma d'extension : ce n'est pas du PDF/A, et des plateformes le refusent.",
                "The XMP does not describe its Factur-X properties in an extension schema: that is no PDF/A, and platforms refuse it.",
            ),
            (
                "Ajouter pdfaExtension:schemas pour l'espace de noms des propriétés fx:.",
                "Add pdfaExtension:schemas for the name space of the fx: properties.",
            ),
        ),
        RemarkKind::XmpLevel => pair(
            (
                "Le niveau que le XMP annonce n'est pas celui de la facture (BT-24).",
                "The level that the XMP announces is not that of the invoice (BT-24).",
            ),
            (
                "Écrire dans fx:ConformanceLevel le niveau que BT-24 nomme.",
                "Write in fx:ConformanceLevel the level that BT-24 names.",
            ),
        ),
        RemarkKind::XmpName => pair(
            (
                "Le nom de fichier que le XMP annonce n'est pas celui du fichier joint.",
                "The file name that the XMP announces is not that of the attachment.",
            ),
            ("Mettre le même nom des deux côtés.", "Write the same name on both sides."),
        ),
        RemarkKind::XmpOld => pair(
            (
                "Le XMP annonce autre chose qu'une facture Factur-X actuelle.",
                "The XMP announces something other than a Factur-X invoice of today.",
            ),
            (
                "Écrire les propriétés dans l'espace de noms de Factur-X 1.0, avec le type INVOICE.",
                "Write the properties in the name space of Factur-X 1.0, with the type INVOICE.",
            ),
        ),
        RemarkKind::NotPdfA3 => pair(
            (
                "Le PDF ne se déclare pas PDF/A-3, seul format qui permette d'embarquer la facture.",
                "The PDF does not declare itself PDF/A-3, the one format that allows the invoice inside.",
            ),
            (
                "Produire un PDF/A-3 et le dire dans le XMP (pdfaid:part = 3).",
                "Produce PDF/A-3, and say so in the XMP (pdfaid:part = 3).",
            ),
        ),
        RemarkKind::Locked => pair(
            (
                "Le PDF est chiffré, bien qu'il s'ouvre sans mot de passe : PDF/A l'interdit.",
                "The PDF is encrypted, although it opens without a password: PDF/A forbids it.",
            ),
            ("L'enregistrer sans protection.", "Save it without protection."),
        ),
        RemarkKind::Cut => pair(
            (
                "Après la fin du PDF commence une mise à jour qui n'est pas entière : c'est la version d'avant qui a été lue.",
                "Behind the end of the PDF begins an update that is not whole: what was read is the version before it.",
            ),
            (
                "Reprendre le fichier d'origine ; vérifier le transfert (mode binaire, taille).",
                "Take the original file; check the transfer (binary mode, size).",
            ),
        ),
        RemarkKind::Rebuilt => pair(
            (
                "Le PDF est endommagé ou tronqué ; la facture a été retrouvée en parcourant ce qui en reste.",
                "The PDF is damaged or cut off; the invoice was found by looking through what is left.",
            ),
            (
                "Reprendre le fichier d'origine ; vérifier le transfert (mode binaire, taille).",
                "Take the original file; check the transfer (binary mode, size).",
            ),
        ),
        RemarkKind::Unread => pair(
            ("Un autre fichier joint ne peut pas être décompressé.", "Another attachment cannot be unpacked."),
            (
                "Le retirer, ou l'embarquer à nouveau à partir de l'original.",
                "Remove it, or embed it anew from the original.",
            ),
        ),
        RemarkKind::Length => pair(
            (
                "La longueur que le flux du fichier joint annonce (/Length) n'est pas la sienne : d'autres lecteurs en tirent d'autres octets, ou rien.",
                "The length that the attachment's stream announces (/Length) is not its own: other readers take other bytes out of it, or none.",
            ),
            (
                "Produire le PDF à nouveau, avec un outil qui écrit la longueur de chaque flux ; vérifier le transfert.",
                "Produce the PDF anew, with a tool that writes the length of each stream; check the transfer.",
            ),
        ),
        RemarkKind::Ambiguous => pair(
            (
                "Le PDF est écrit de sorte que deux lecteurs peuvent en tirer des fichiers différents.",
                "The PDF is written so that two readers may take different files out of it.",
            ),
            (
                "Produire le PDF à nouveau, d'une seule pièce, sans rien avant %PDF-.",
                "Produce the PDF anew, in one piece, with nothing before %PDF-.",
            ),
        ),
        RemarkKind::Unseen => pair(
            (
                "Une partie du PDF n'a pas pu être parcourue : une autre facture peut s'y trouver.",
                "A part of the PDF could not be looked through: another invoice may be there.",
            ),
            (
                "Produire le PDF à nouveau, sans partie endommagée ni démesurée.",
                "Produce the PDF anew, without damaged or outsized parts.",
            ),
        ),
    }
}
