//! PDFs that are not read, or hold no invoice: what is wrong, and what to do.

use crate::limits;
use crate::pdf::RefusalKind;
use crate::text::{Text, visible};

pub(super) fn of_pdf(kind: RefusalKind) -> (Text, Text) {
    let pair = |message: (&str, &str), fix: (&str, &str)| (Text::new(message.0, message.1), Text::new(fix.0, fix.1));
    const AGAIN: (&str, &str) = (
        "Produire le PDF à nouveau avec l'outil de facturation ; un PDF de facture reste bien en deçà de ces bornes.",
        "Produce the PDF again with the billing tool; an invoice's PDF stays far below these bounds.",
    );
    match kind {
        RefusalKind::NotPdf => pair(
            ("Le fichier n'est pas un PDF, quel que soit son nom.", "The file is no PDF, whatever its name says."),
            ("Envoyer le PDF lui-même.", "Send the PDF itself."),
        ),
        RefusalKind::Damaged => pair(
            (
                "Le PDF est endommagé ou tronqué : son contenu ne peut pas être lu avec certitude.",
                "The PDF is damaged or cut off: its content cannot be read for certain.",
            ),
            (
                "Reprendre le fichier d'origine et le transférer en mode binaire ; s'il est déjà ainsi à la source, le produire à nouveau.",
                "Take the original file and transfer it in binary mode; where it is so at its source, produce it again.",
            ),
        ),
        RefusalKind::Encrypted => pair(
            (
                "Le PDF est chiffré et demande un mot de passe : ni facteur ni une plateforme ne peut le lire.",
                "The PDF is encrypted and asks for a password: neither facteur nor a platform can read it.",
            ),
            ("L'enregistrer sans mot de passe.", "Save it without a password."),
        ),
        RefusalKind::TooLarge => (
            Text::new(
                format!("Le PDF est trop gros : au plus {} Mio.", limits::mebibytes(limits::PDF_BYTES)),
                format!("The PDF is too large: at most {} MiB.", limits::mebibytes(limits::PDF_BYTES)),
            ),
            Text::new("Alléger les images et les pièces jointes.", "Make pictures and attachments lighter."),
        ),
        RefusalKind::Bomb => pair(
            (
                "Décompressé, le PDF dépasse ce qu'un fichier de facture peut contenir : la lecture s'arrête là.",
                "Unpacked, the PDF is larger than what an invoice's file can be: reading stops there.",
            ),
            AGAIN,
        ),
        RefusalKind::TooManyObjects => pair(
            (
                "Le PDF contient plus d'objets, de nœuds ou de pièces jointes qu'une facture ne peut en avoir.",
                "The PDF has more objects, nodes or attachments than an invoice can have.",
            ),
            AGAIN,
        ),
        RefusalKind::Cyclic => pair(
            (
                "Des parties du PDF se contiennent elles-mêmes : il n'a pas de lecture.",
                "Parts of the PDF contain themselves: it cannot be read.",
            ),
            AGAIN,
        ),
        RefusalKind::TooDeep => pair(
            (
                "Le PDF imbrique ses objets plus profondément qu'aucun fichier réel.",
                "The PDF nests its objects deeper than any real file.",
            ),
            AGAIN,
        ),
        RefusalKind::Slow => (
            Text::new(
                format!("La lecture du PDF n'a pas abouti en {} s : elle est abandonnée.", limits::PDF_READ_MS / 1000),
                format!("The PDF was not read within {} s: reading was given up.", limits::PDF_READ_MS / 1000),
            ),
            Text::new(
                "Produire le PDF plus simplement ; si d'autres passent lentement aussi, regarder la charge de la machine, puis rejuger.",
                "Produce a simpler PDF; where others are slow as well, look at the machine's load, then judge again.",
            ),
        ),
        RefusalKind::Busy => pair(
            (
                "Aucun lecteur de PDF n'était libre à temps : c'est facteur qui n'a pas suivi, pas le fichier.",
                "No reader of PDFs was free in time: facteur could not keep up; the file is not at fault.",
            ),
            ("Rejuger la facture (facteur retry).", "Judge the invoice again (facteur retry)."),
        ),
        RefusalKind::Fault => pair(
            (
                "La lecture du PDF a échoué par une faute de facteur ou de la machine.",
                "Reading the PDF failed by a fault of facteur or of the machine.",
            ),
            (
                "Signaler le fichier aux auteurs de facteur ; envoyer la facture en XML seul en attendant.",
                "Report the file to facteur's authors; send the invoice as XML alone meanwhile.",
            ),
        ),
    }
}

type Explained = (Text, Text, Option<String>);

pub(super) fn no_invoice(files: &[String], pdfs: &[String]) -> Explained {
    let message = if files.is_empty() {
        Text::new(
            "Le PDF ne contient aucun fichier joint : c'est une image ou un texte à lire par des personnes, pas une facture électronique.",
            "The PDF has no embedded file: it is a picture or a text for people, not an electronic invoice.",
        )
    } else {
        Text::new(
            "Le PDF a des fichiers joints, mais aucun n'est une facture.",
            "The PDF has embedded files, but none of them is an invoice.",
        )
    };
    let fix = Text::new(
        "Produire un Factur-X depuis l'outil de facturation (PDF avec factur-x.xml), ou envoyer la facture en UBL ou en CII. Un document scanné doit être ressaisi : facteur ne devine pas de montants.",
        "Produce a Factur-X from the billing tool (a PDF with factur-x.xml), or send the invoice as UBL or CII. A scanned document has to be entered anew: facteur does not guess amounts.",
    );
    let quoted =
        |names: &[String]| -> String { visible(&names.join(", ")).chars().take(limits::QUOTED_CHARS).collect() };
    let fix = match pdfs {
        [] => fix,
        pdfs => Text::new(
            format!(
                "Ce PDF en contient un autre ({0}) : c'est peut-être lui qu'il faut envoyer, sorti de son enveloppe (facteur extract --all). Sinon : {1}",
                quoted(pdfs),
                fix.fr
            ),
            format!(
                "This PDF holds another one ({0}): that may be what has to be sent, out of its wrapping (facteur extract --all). Otherwise: {1}",
                quoted(pdfs),
                fix.en
            ),
        ),
    };
    let shown: String = files.join(", ").chars().take(limits::QUOTED_CHARS).collect();
    (message, fix, (!shown.is_empty()).then_some(shown))
}

pub(super) fn zugferd1(profile: &Option<String>) -> Explained {
    (
        Text::new(
            "C'est une facture ZUGFeRD 1 : cette syntaxe d'avant la norme EN 16931 n'est plus acceptée par les plateformes, et aucune règle d'aujourd'hui ne s'y applique.",
            "This is an invoice of ZUGFeRD 1: platforms no longer accept this syntax from before EN 16931, and no rule of today applies to it.",
        ),
        Text::new(
            "Mettre à jour l'outil de facturation pour qu'il écrive Factur-X 1.0 (ZUGFeRD 2.1 ou plus récent) ; si la facture vient d'un fournisseur, la lui redemander ainsi.",
            "Update the billing tool so that it writes Factur-X 1.0 (ZUGFeRD 2.1 or later); where a supplier sent it, ask for it in that form.",
        ),
        profile.clone(),
    )
}
