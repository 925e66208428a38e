//! What faults and refusals say, in both languages: what was found, what was expected, what to do.

use crate::limits;
use crate::text::Text;

pub(super) fn empty() -> Text {
    Text::new("le fichier est vide", "the file is empty")
}

pub(super) fn wide() -> Text {
    Text::new(
        "l’échange est codé sur deux octets par caractère ou plus (UCS-2, UTF-16) ; demander à l’émetteur un jeu de caractères à un octet ou UTF-8",
        "the interchange has two or more bytes a character (UCS-2, UTF-16); ask the sender for an 8-bit character set or UTF-8",
    )
}

pub(super) fn no_head() -> Text {
    Text::new(
        "ni UNA ni UNB au début : ce n’est pas un échange EDIFACT",
        "neither UNA nor UNB at the beginning: this is no EDIFACT interchange",
    )
}

pub(super) fn una_alone() -> Text {
    Text::new(
        "UNA est là, mais UNB, l’en-tête de l’échange avec l’émetteur et le destinataire, ne le suit pas",
        "UNA is there, and UNB, the head of the interchange with sender and recipient, does not follow it",
    )
}

pub(super) fn unb_damaged() -> Text {
    Text::new(
        "UNB est abîmé : un séparateur puis les quatre caractères du jeu (UNOA … UNOY) sont attendus derrière lui, comme dans UNB+UNOC:3",
        "UNB is damaged: a separator and the four characters of the character set (UNOA … UNOY) are expected behind it, as in UNB+UNOC:3",
    )
}

pub(super) fn no_unb(tag: &str) -> Text {
    Text::new(
        format!(
            "le fichier commence par {tag} : UNB, l’en-tête de l’échange avec l’émetteur et le destinataire, manque"
        ),
        format!("the file begins with {tag}: UNB, the head of the interchange with sender and recipient, is missing"),
    )
}

pub(super) fn interactive() -> Text {
    Text::new(
        "échange EDIFACT interactif (UIB), qui n’est pas lu ; demander un échange par lots (UNB)",
        "an interchange of interactive EDIFACT (UIB), which is not read; ask for a batch interchange (UNB)",
    )
}

pub(super) fn no_service() -> Text {
    Text::new(
        "les caractères de service ne peuvent être déterminés : UNA et UNB se contredisent",
        "the service characters cannot be told: UNA and UNB contradict each other",
    )
}

pub(super) fn outside() -> Text {
    Text::new("données hors de tout échange", "data outside any interchange")
}

pub(super) fn unterminated(tag: &str) -> Text {
    Text::new(
        format!("{tag} n’est pas terminé : le caractère annoncé ne vient jamais"),
        format!("{tag} does not end: the character announced never comes"),
    )
}

pub(super) fn unreadable() -> Text {
    Text::new("la source ne peut être lue plus loin", "the source cannot be read further")
}

pub(super) fn long_segment() -> Text {
    let most = limits::mebibytes(limits::EDIFACT_SEGMENT_BYTES);
    Text::new(
        format!("un segment dépasse {most} Mio : son terminateur manque, ou ce n’en est pas un"),
        format!("a segment is longer than {most} MiB: its terminator is missing, or it is none"),
    )
}

/// The kinds of `repertoire`, in its order.
pub(super) fn repertoire(kind: usize, texts: u64) -> Text {
    let (fr, en) = match kind {
        0 => (
            "UTF-8 sous un autre jeu de caractères déclaré (0001) ; lu comme UTF-8",
            "UTF-8 under another declared character set (0001); read as UTF-8",
        ),
        1 => (
            "caractères de Windows-1252 que le jeu déclaré (0001) n’a pas ; lus comme tels",
            "characters of Windows-1252, which the declared set (0001) lacks; read as such",
        ),
        2 => (
            "octets sans signification dans le jeu déclaré (0001)",
            "bytes that mean nothing in the declared set (0001)",
        ),
        3 => (
            "caractères de commande (fins de ligne) dans un texte ; gardés",
            "control characters (line ends) within a text; kept",
        ),
        5 => (
            "caractères de commande qui ne sont pas des fins de ligne (NUL, BEL…) dans un texte ; lus tels quels",
            "control characters that are no line ends (NUL, BEL …) within a text; read as they are",
        ),
        _ => (
            "caractères hors du niveau A (UNOA : majuscules, chiffres, quelques signes) ; gardés",
            "characters outside level A (UNOA: capitals, digits, some signs); kept",
        ),
    };
    match texts {
        0 | 1 => Text::new(fr, en),
        _ => Text::new(format!("{fr} (dans {texts} textes)"), format!("{en} (in {texts} texts)")),
    }
}

pub(super) fn large_message() -> Text {
    let most = limits::mebibytes(limits::EDIFACT_MESSAGE_BYTES);
    Text::new(
        format!(
            "le message dépasse {most} Mio, {} segments ou {} éléments ; il n’est pas gardé",
            limits::EDIFACT_SEGMENTS,
            limits::EDIFACT_ELEMENTS
        ),
        format!(
            "the message is larger than {most} MiB, {} segments or {} elements; it is not kept",
            limits::EDIFACT_SEGMENTS,
            limits::EDIFACT_ELEMENTS
        ),
    )
}

pub(super) fn many(fr: &str, en: &str, most: usize) -> Text {
    Text::new(
        format!("plus de {most} {fr} ; le message n’est pas gardé"),
        format!("more than {most} {en}; the message is not kept"),
    )
}

pub(super) fn count(tag: &str, number: &str, said: &str, found: u64, (fr, en): (&str, &str)) -> Text {
    let said = quoted(said);
    Text::new(
        format!("{tag} annonce {said} {fr} ({number}), {found} comptés"),
        format!("{tag} says {said} {en} ({number}), {found} were counted"),
    )
}

pub(super) fn reference(trailer: &str, header: &str, number: &str, said: &str, begun: &str) -> Text {
    let (said, begun) = (quoted(said), quoted(begun));
    Text::new(
        format!("{trailer} porte la référence {said} ({number}), {header} portait {begun}"),
        format!("{trailer} bears the reference {said} ({number}), {header} bore {begun}"),
    )
}

pub(super) fn no_trailer(trailer: &str, header: &str, reference: &str) -> Text {
    let reference = quoted(reference);
    Text::new(
        format!(
            "{trailer} manque : ce que {header} {reference} a commencé n’est pas entier ; demander un nouvel envoi"
        ),
        format!("{trailer} is missing: what {header} {reference} began is not whole; ask for it to be sent again"),
    )
}

pub(super) fn duplicate(number: &str, reference: &str) -> Text {
    let reference = quoted(reference);
    Text::new(
        format!("la référence {reference} ({number}) a déjà servi ici"),
        format!("the reference {reference} ({number}) was used here before"),
    )
}

pub(super) fn duplicates_unseen() -> Text {
    let most = limits::EDIFACT_REFERENCES;
    Text::new(
        format!("plus de {most} références : celles qui suivent ne sont plus comparées"),
        format!("more than {most} references: those that follow are not compared any more"),
    )
}

pub(super) fn cut_segment() -> Text {
    Text::new(
        "le fichier s’arrête au milieu d’un segment, sans terminateur",
        "the file ends in the middle of a segment, without a terminator",
    )
}

pub(super) fn spare() -> Text {
    Text::new("un terminateur sans segment", "a terminator without a segment")
}

pub(super) fn no_message(tag: &str) -> Text {
    let tag = quoted(tag);
    Text::new(format!("segment {tag} hors de tout message"), format!("segment {tag} outside any message"))
}

pub(super) fn nothing_inside(header: &str) -> Text {
    Text::new(format!("{header} ne contient aucun message"), format!("{header} holds no message"))
}

pub(super) fn mixed() -> Text {
    Text::new("messages dans des groupes et hors des groupes", "messages in groups and outside groups")
}

pub(super) fn kinds(group: &str, message: &str) -> Text {
    let (group, message) = (quoted(group), quoted(message));
    Text::new(
        format!("un message {message} dans un groupe de {group}"),
        format!("a message {message} in a group of {group}"),
    )
}

pub(super) fn syntax(identifier: &str) -> Text {
    let identifier = quoted(identifier);
    Text::new(
        format!("identifiant de syntaxe {identifier} (0001) inconnu ; lu comme UTF-8 ou Windows-1252"),
        format!("unknown syntax identifier {identifier} (0001); read as UTF-8 or Windows-1252"),
    )
}

pub(super) fn no_day(date: &str) -> Text {
    let date = quoted(date);
    Text::new(
        format!("{date} (0017) n’est pas un jour du calendrier"),
        format!("{date} (0017) is no day of the calendar"),
    )
}

pub(super) fn no_time(time: &str) -> Text {
    let time = quoted(time);
    Text::new(format!("{time} (0019) n’est pas une heure"), format!("{time} (0019) is no time of day"))
}

pub(super) fn version(version: &str) -> Text {
    let version = quoted(version);
    Text::new(
        format!("version de syntaxe {version} (0002) inconnue, 1 à 4 ou X attendu ; lue comme la version 3"),
        format!("unknown syntax version {version} (0002), 1 to 4 or X is expected; read as version 3"),
    )
}

pub(super) fn escapes() -> Text {
    Text::new(
        "UNOX (ISO 2022) n’est lu que comme UTF-8, ses séquences d’échappement ne le sont pas",
        "UNOX (ISO 2022) is read as UTF-8 alone, its escape sequences are not",
    )
}

pub(super) fn narrow(encoding: &str) -> Text {
    let encoding = quoted(encoding);
    Text::new(
        format!("0133 = {encoding} annonce plusieurs octets par caractère, un seul est trouvé ; lu comme UTF-8"),
        format!("0133 = {encoding} announces several bytes a character, one is found; read as UTF-8"),
    )
}

pub(super) fn wrapped() -> Text {
    Text::new(
        "le fichier est coupé en lignes de même longueur ; leurs fins sont ôtées",
        "the file is cut into lines of one length; their ends are taken out",
    )
}

pub(super) fn una(oddity: super::detect::HeadOddity) -> Text {
    use super::detect::HeadOddity as H;
    match oddity {
        H::Length => Text::new("UNA n’a pas ses neuf caractères", "UNA does not have its nine characters"),
        H::Unusable => Text::new(
            "un caractère d’UNA ne peut servir : il a déjà un autre rôle",
            "a character of UNA cannot be used: it has another meaning already",
        ),
        H::Foreign(at, byte) => foreign(at, byte),
        H::Decimal => Text::new(
            "la marque décimale d’UNA n’est ni point ni virgule",
            "the decimal mark of UNA is neither point nor comma",
        ),
        H::Contradicted => Text::new(
            "UNB n’est pas séparé comme UNA l’annonce ; lu avec les caractères par défaut",
            "UNB is not separated as UNA declares; read with the characters by default",
        ),
    }
}

/// A character of UNA that can be none: which one, where, and what is allowed (ISO 9735-1, clause 7).
fn foreign(at: usize, byte: u8) -> Text {
    const ROLES: [(&str, &str); 6] = [
        ("séparateur de composants", "component separator"),
        ("séparateur d’éléments", "element separator"),
        ("marque décimale", "decimal mark"),
        ("caractère d’échappement", "release character"),
        ("séparateur de répétitions", "repetition separator"),
        ("fin de segment", "segment terminator"),
    ];
    let (fr, en) = ROLES.get(at).copied().unwrap_or_default();
    let found = match byte {
        0x21..=0x7E => format!("`{}`", char::from(byte)),
        _ => format!("0x{byte:02X}"),
    };
    let nth = at + 4;
    Text::new(
        format!(
            "l’octet {nth} d’UNA, {found}, ne peut servir de {fr} : seul un signe de ponctuation ou de contrôle de l’ASCII le peut, ni lettre, ni chiffre, ni octet au-delà de 0x7F ; d’usage `UNA:+.? '`"
        ),
        format!(
            "byte {nth} of UNA, {found}, cannot be the {en}: only a punctuation or control character of ASCII can, no letter, no digit and no byte beyond 0x7F; usually `UNA:+.? '`"
        ),
    )
}

pub(super) fn package_length(said: u64, found: u64) -> Text {
    Text::new(
        format!("UNO annonce {said} octets (0810), UNP ne suit pas après {found}"),
        format!("UNO says {said} octets (0810), UNP does not follow after {found}"),
    )
}

pub(super) fn package_number(said: &str) -> Text {
    let said = quoted(said);
    Text::new(
        format!("la longueur de l’objet {said} (0810) n’est pas un nombre ; l’objet ne peut être lu"),
        format!("the length of the object {said} (0810) is no number; the object cannot be read"),
    )
}

pub(super) fn package_large() -> Text {
    let most = limits::mebibytes(limits::EDIFACT_PACKAGE_BYTES);
    Text::new(
        format!("l’objet dépasse {most} Mio ; il n’est pas gardé"),
        format!("the object is larger than {most} MiB; it is not kept"),
    )
}

pub(super) fn package_wrapped() -> Text {
    Text::new(
        "un objet dans un fichier coupé en lignes : ses octets ne peuvent être distingués des fins de ligne",
        "an object in a file cut into lines: its octets cannot be told from line ends",
    )
}

pub(super) fn package_version() -> Text {
    Text::new("UNO n’existe qu’à partir de la version 4", "UNO exists from version 4 on alone")
}

/// A reference or a code as sentences quote it.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(limits::QUOTED_CHARS).collect();
    format!("`{}`", crate::text::visible(&short))
}
