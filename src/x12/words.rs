//! What faults and refusals say, in both languages.

use crate::limits;
use crate::text::Text;

pub(super) fn empty() -> Text {
    Text::new("le fichier est vide", "the file is empty")
}

pub(super) fn wide() -> Text {
    Text::new(
        "l’échange est codé sur deux octets par caractère (UTF-16) ; demander à l’émetteur de l’ASCII ou de l’UTF-8",
        "the interchange has two bytes a character (UTF-16); ask the sender for ASCII or UTF-8",
    )
}

pub(super) fn no_head() -> Text {
    Text::new(
        "pas de segment ISA au début : ce n’est pas un échange X12",
        "no ISA segment at the beginning: this is no X12 interchange",
    )
}

pub(super) fn no_isa(tag: &str) -> Text {
    Text::new(
        format!(
            "le fichier commence par {tag} : ISA, l’en-tête de l’échange avec l’émetteur, le destinataire et les séparateurs, manque"
        ),
        format!(
            "the file begins with {tag}: ISA, the head of the interchange with sender, recipient and separators, is missing"
        ),
    )
}

pub(super) fn no_separators() -> Text {
    Text::new(
        "ISA est tronqué ou ses séparateurs ne peuvent être déterminés : 106 caractères sont attendus, séparateur d’éléments en 4e place, de composants en 105e, fin de segment en 106e",
        "ISA is cut or its separators cannot be told: 106 characters are expected, the element separator in place 4, the component separator in place 105, the terminator in place 106",
    )
}

pub(super) fn limit(fr: &str, en: &str, most: usize) -> Text {
    Text::new(format!("plus de {most} {fr}"), format!("more than {most} {en}"))
}

pub(super) fn width(e: usize, found: usize, width: usize) -> Text {
    Text::new(
        format!(
            "ISA{e:02} a {found} caractères, {width} attendus ; les séparateurs ont été trouvés en comptant les éléments"
        ),
        format!(
            "ISA{e:02} has {found} characters, {width} are expected; the separators were found by counting elements"
        ),
    )
}

pub(super) fn expected(element: &str, fr: &str, en: &str) -> Text {
    Text::new(format!("{element} : attendu {fr}"), format!("{element}: {en} expected"))
}

pub(super) fn no_repetition(version: &str) -> Text {
    let version = short(version);
    Text::new(
        format!("ISA11 doit être le séparateur de répétitions en version {version} ; aucune répétition n’est lue"),
        format!("ISA11 must be the repetition separator in version {version}; no repetition is read"),
    )
}

pub(super) fn early_repetition(version: &str) -> Text {
    let version = short(version);
    Text::new(
        format!(
            "ISA11 est un signe, mais la version {version} ne connaît pas de répétitions : il n’en sépare pas (U attendu)"
        ),
        format!("ISA11 is a sign, but version {version} knows no repetitions: it separates none (U expected)"),
    )
}

pub(super) fn count(tag: &str, found: &str, counted: usize) -> Text {
    let found = short(found);
    Text::new(
        format!("{tag}01 annonce {found}, {counted} trouvés"),
        format!("{tag}01 says {found}, there are {counted}"),
    )
}

pub(super) fn control(tag: &str, found: &str, header: &str) -> Text {
    let (found, header) = (short(found), short(header));
    Text::new(
        format!("{tag}02 est « {found} », l’en-tête dit « {header} »"),
        format!("{tag}02 is \"{found}\", the header says \"{header}\""),
    )
}

pub(super) fn missing(tag: &str) -> Text {
    Text::new(
        format!("{tag} manque : l’envoi n’est peut-être pas entier"),
        format!("{tag} is missing: what was sent may not be whole"),
    )
}

pub(super) fn misplaced(tag: &str) -> Text {
    let tag = short(tag);
    Text::new(
        format!("segment {tag} hors de sa place dans l’enveloppe"),
        format!("segment {tag} out of its place in the envelope"),
    )
}

pub(super) fn outside() -> Text {
    Text::new("données derrière IEA", "data behind IEA")
}

pub(super) fn unterminated() -> Text {
    Text::new("le dernier segment n’a pas de fin", "the last segment has no terminator")
}

pub(super) fn nothing_inside(fr: &str, en: &str) -> Text {
    Text::new(format!("aucun {fr} à l’intérieur"), format!("no {en} inside"))
}

pub(super) fn twice(element: &str, control: &str) -> Text {
    let control = short(control);
    Text::new(format!("{element} « {control} » a déjà servi"), format!("{element} \"{control}\" came before"))
}

pub(super) fn empty_segment() -> Text {
    Text::new("segment vide", "empty segment")
}

pub(super) fn bad_tag() -> Text {
    Text::new(
        "ce qui se trouve au début du segment n’est pas un identifiant de deux ou trois lettres et chiffres",
        "what begins the segment is no identifier of two or three letters and digits",
    )
}

pub(super) fn not_utf8() -> Text {
    Text::new(
        "octets hors ASCII qui ne sont pas de l’UTF-8 : lus comme Windows-1252",
        "bytes beyond ASCII that are no UTF-8: read as Windows-1252",
    )
}

fn short(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).map(clean).collect();
    if text.chars().nth(limits::QUOTED_CHARS).is_some() {
        out.push('…');
    }
    out
}
