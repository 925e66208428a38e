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
