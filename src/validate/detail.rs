//! What the readers of XML and PDF noticed, in French. They speak English, as the log does; here each of their sentences has its
//! French one, so that a report says in both languages what was seen.

use crate::text::{Text, visible};

/// The message with what was noticed. None where the words are not ours, but those of a library.
pub(super) fn with(message: &Text, detail: &str) -> Option<Text> {
    let french = in_french(detail)?;
    let (fr, en) = (visible(&french), visible(detail));
    Some(Text::new(format!("{} Constat : {fr}.", message.fr), format!("{} Seen: {en}.", message.en)))
}

/// The French sentence for an English one; what stands in the places of `{}` is carried over in order.
pub(crate) fn in_french(detail: &str) -> Option<String> {
    SENTENCES.iter().find_map(|(english, french)| Some(fill(french, &values(english, detail)?)))
}

/// What stands where the pattern has `{}`, if the text is of the pattern.
fn values<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut values = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = if pieces.peek().is_none() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        values.push(rest.get(..at)?);
        rest = rest.get(at + piece.len()..)?;
    }
    rest.is_empty().then_some(values)
}

fn fill(french: &str, values: &[&str]) -> String {
    let mut pieces = french.split("{}");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for (piece, value) in pieces.zip(values.iter().copied().chain(std::iter::repeat(""))) {
        out.push_str(value);
        out.push_str(piece);
    }
    out
}

/// English as the readers write it, with `{}` for what varies, and French. A library's words at the end are left out in French.
const SENTENCES: [(&str, &str); 115] = [
    // PDF: file and tables.
    ("no %PDF- in the first kilobyte", "aucun %PDF- dans le premier kilo-octet"),
    ("it begins as XML does", "il commence comme du XML"),
    ("{} MiB; the limit is {} MiB", "{} Mio ; la limite est de {} Mio"),
    ("{} terms; the limit is {}", "{} termes ; la limite est de {}"),
    ("{} MiB once written as CII; the limit is {} MiB", "{} Mio une fois écrit en CII ; la limite est de {} Mio"),
    ("no startxref at the end: the file is cut off", "pas de startxref à la fin : le fichier est coupé"),
    ("startxref names no place", "startxref n'indique aucun endroit"),
    (
        "a cross-reference section would stand past the end",
        "une section de références se trouverait après la fin du fichier",
    ),
    ("a cross-reference section is its own predecessor", "une section de références est son propre prédécesseur"),
    ("a cross-reference table is not written as one", "une table de références n'est pas écrite comme telle"),
    ("a cross-reference table has fewer entries than it says", "une table de références a moins d'entrées qu'annoncé"),
    ("a cross-reference entry is none", "une entrée de la table de références n'en est pas une"),
    ("no cross-reference section where one should be", "pas de section de références là où il en faudrait une"),
    ("the columns of a cross-reference stream are none", "les colonnes d'un flux de références n'en sont pas"),
    ("the trailer is no dictionary", "le trailer n'est pas un dictionnaire"),
    ("the trailer names no catalogue", "le trailer n'indique pas de catalogue"),
    ("the catalogue is no dictionary", "le catalogue n'est pas un dictionnaire"),
    ("no catalogue is left in the file", "il ne reste aucun catalogue dans le fichier"),
    ("more than {} revisions", "plus de {} révisions"),
    ("more than {} objects", "plus de {} objets"),
    ("more than {} cross-reference entries", "plus de {} entrées de références"),
    ("more than {} attachments", "plus de {} fichiers joints"),
    ("the same bytes would be looked at over and over", "les mêmes octets seraient relus sans fin"),
    (
        "counted from %PDF- and from the first byte, places lead to different tables",
        "comptées depuis %PDF- et depuis le premier octet, les places mènent à des tables différentes",
    ),
    (
        "/XRefStm replaces what the tables of a hybrid file say",
        "/XRefStm remplace ce que disent les tables d'un fichier hybride",
    ),
    ("the trailer gives /{} twice, and not the same", "le trailer donne deux fois /{}, avec des valeurs différentes"),
    (
        "a cross-reference section gives object {} twice, and not the same",
        "une section de références donne deux fois l'objet {}, à des places différentes",
    ),
    (
        "object stream {} gives object {} twice, and not the same",
        "le flux d'objets {} donne deux fois l'objet {}, à des places différentes",
    ),
    ("object {} gives /{} twice, and not the same", "l'objet {} donne deux fois /{}, avec des valeurs différentes"),
    ("the /Length of object {} does not lead to its end", "le /Length de l'objet {} ne mène pas à sa fin"),
    (
        "the /Length of a cross-reference stream does not lead to its end",
        "le /Length d'un flux de références ne mène pas à sa fin",
    ),
    // PDF: objects.
    ("references that lead to each other", "des références qui se renvoient l'une à l'autre"),
    ("object {} contains itself", "l'objet {} se contient lui-même"),
    ("references deeper than {}", "plus de {} références à la suite"),
    ("object {} is not where the tables say", "l'objet {} n'est pas là où les tables le disent"),
    ("object {} is missing", "l'objet {} manque"),
    ("object {} does not decrypt: {}", "l'objet {} ne se déchiffre pas"),
    ("object {} is no stream", "l'objet {} n'est pas un flux"),
    ("object stream {} inside an object stream", "le flux d'objets {} est dans un autre flux d'objets"),
    ("object stream {} has no table of its objects", "le flux d'objets {} n'a pas la table de ses objets"),
    ("the dictionary of the encryption is none", "le dictionnaire du chiffrement n'en est pas un"),
    ("the empty password does not open it: {}", "le mot de passe vide ne l'ouvre pas"),
    ("the protection is of a kind that is not known: {}", "la protection est d'un genre inconnu"),
    ("no object at byte {}", "pas d'objet à l'octet {}"),
    ("lists nested deeper than {}", "des listes imbriquées à plus de {} niveaux"),
    ("the file ends inside an object", "le fichier s'arrête au milieu d'un objet"),
    ("the file ends inside a string", "le fichier s'arrête au milieu d'une chaîne"),
    ("a list does not end at byte {}", "une liste ne se termine pas à l'octet {}"),
    ("a dictionary's key is no name at byte {}", "une clé de dictionnaire n'est pas un nom à l'octet {}"),
    ("a value is missing at byte {}", "il manque une valeur à l'octet {}"),
    ("a node of the name tree is there twice", "un nœud de l'arbre de noms y figure deux fois"),
    ("the name tree is deeper than {}", "l'arbre de noms a plus de {} niveaux"),
    ("the name tree has more than {} nodes", "l'arbre de noms a plus de {} nœuds"),
    // PDF: streams.
    ("a stream has no end: the file is cut off", "un flux n'a pas de fin : le fichier est coupé"),
    ("a stream does not unpack: {}", "un flux ne se décompresse pas"),
    ("{} filters on one stream; at most {} are undone", "{} filtres sur un flux ; {} au plus sont défaits"),
    ("a filter is no name", "un filtre n'est pas un nom"),
    ("the filter {} is none for data", "le filtre {} n'est pas fait pour des données"),
    ("the parameters of a predictor are none", "les paramètres d'un prédicteur n'en sont pas"),
    (
        "unpacks to more than {} MiB in one stream, or {} MiB in all",
        "se décompresse en plus de {} Mio pour un flux, ou de {} Mio en tout",
    ),
    ("the XMP packet has {} bytes; at most {} KiB are read", "le paquet XMP a {} octets ; {} Kio au plus sont lus"),
    // PDF: the thread that reads.
    ("all readers are at work", "tous les lecteurs sont au travail"),
    ("the machine gives no thread", "la machine ne donne pas de fil d'exécution"),
    ("not read within {} ms", "pas lu en {} ms"),
    ("the reader broke", "le lecteur s'est arrêté net"),
    // XML: encoding.
    ("0 bytes", "0 octet"),
    ("nothing but blanks", "rien que des blancs"),
    ("UTF-32 is not read; write UTF-8", "l'UTF-32 n'est pas lu ; écrire en UTF-8"),
    ("byte {} is not UTF-8", "l'octet {} n'est pas de l'UTF-8"),
    ("not well-formed {}", "{} mal formé"),
    ("{} with an odd number of bytes", "{} avec un nombre impair d'octets"),
    ("encoding {} is not read; write UTF-8", "le codage {} n'est pas lu ; écrire en UTF-8"),
    ("the prolog declares {}, byte {} is not ASCII", "le prologue annonce {}, l'octet {} n'est pas de l'ASCII"),
    ("the prolog declares {}, the bytes are 8-bit", "le prologue annonce {}, les octets sont sur 8 bits"),
    (
        "the prolog declares {}, the bytes are UTF-8 with a byte order mark",
        "le prologue annonce {}, les octets sont de l'UTF-8 avec marque d'ordre",
    ),
    ("the prolog declares {}, the bytes are {}", "le prologue annonce {}, les octets sont de l'{}"),
    // XML: well-formedness.
    (
        "a document type declaration; invoices carry none",
        "une déclaration de type de document ; une facture n'en a pas",
    ),
    ("an entity that is not one of the five of XML", "une entité qui n'est pas l'une des cinq de XML"),
    ("a character reference that XML does not allow", "une référence de caractère que XML n'admet pas"),
    ("an XML declaration that is not at the start", "une déclaration XML qui n'est pas au début"),
    ("an XML declaration that XML does not allow", "une déclaration XML que XML n'admet pas"),
    ("an XML declaration without a version", "une déclaration XML sans version"),
    ("a processing instruction without a name", "une instruction de traitement sans nom"),
    ("the document ends before </{}>", "le document s'arrête avant </{}>"),
    ("no element", "aucun élément"),
    ("character {} is not allowed in XML", "le caractère {} n'est pas admis en XML"),
    ("a second root element", "un second élément racine"),
    ("elements nested deeper than {}", "des éléments imbriqués à plus de {} niveaux"),
    ("more than {} elements", "plus de {} éléments"),
    ("more than {} attributes on one element", "plus de {} attributs sur un élément"),
    ("a name longer than {} bytes", "un nom de plus de {} octets"),
    ("more than {} different unknown names", "plus de {} noms inconnus différents"),
    ("a name space declaration that XML does not allow", "une déclaration d'espace de noms que XML n'admet pas"),
    ("attributes that no blank parts", "des attributs qu'aucun blanc ne sépare"),
    ("an attribute that stands twice", "un attribut qui figure deux fois"),
    ("an attribute without a value", "un attribut sans valeur"),
    ("an attribute value without quotes", "une valeur d'attribut sans guillemets"),
    ("an attribute value that does not end", "une valeur d'attribut qui ne se ferme pas"),
    ("a '/' that ends no tag", "un « / » qui ne ferme aucune balise"),
    ("a tag that does not end", "une balise qui ne se ferme pas"),
    ("an end tag without a start tag", "une balise de fin sans balise de début"),
    ("an end tag that holds more than its name", "une balise de fin qui contient plus que son nom"),
    ("</{}> where </{}> is due", "</{}> là où </{}> est attendu"),
    ("a comment that does not end", "un commentaire qui ne se ferme pas"),
    ("'--' inside a comment", "« -- » dans un commentaire"),
    ("a CDATA section that does not end", "une section CDATA qui ne se ferme pas"),
    ("a processing instruction that does not end", "une instruction de traitement qui ne se ferme pas"),
    ("'<!' that starts nothing that XML knows", "un « <! » qui n'ouvre rien que XML connaisse"),
    ("a name space declaration that stands twice", "une déclaration d'espace de noms qui figure deux fois"),
    ("a '<' inside an attribute", "un « < » dans un attribut"),
    ("a '&' that starts no reference", "un « & » qui n'ouvre aucune référence"),
    ("text outside the root element", "du texte hors de l'élément racine"),
    ("']]>' in text", "« ]]> » dans du texte"),
    ("a prefix that no name space declaration binds", "un préfixe qu'aucune déclaration d'espace de noms ne lie"),
    ("a name that XML does not allow", "un nom que XML n'admet pas"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The sources in which the readers speak.
    const SPEAKERS: [&str; 17] = [
        include_str!("../pdf/mod.rs"),
        include_str!("../pdf/xref.rs"),
        include_str!("../pdf/file.rs"),
        include_str!("../pdf/lex.rs"),
        include_str!("../pdf/filter.rs"),
        include_str!("../pdf/budget.rs"),
        include_str!("../pdf/attach.rs"),
        include_str!("../pdf/skim.rs"),
        include_str!("../pdf/stream.rs"),
        include_str!("../pdf/walk.rs"),
        include_str!("../guard.rs"),
        include_str!("../xml/build.rs"),
        include_str!("../xml/decode.rs"),
        include_str!("../xml/grammar.rs"),
        include_str!("../xml/scanner.rs"),
        include_str!("../xml/spaces.rs"),
        include_str!("../formats/read.rs"),
    ];

    /// Every literal behind a word that makes a refusal, with what varies as `{}`.
    fn spoken(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let mut found = Vec::new();
        for word in ["damaged(", "malformed(", "refuse(", "refused(", "busy(", "let detail = ", "Refusal::new("] {
            for (at, _) in source.match_indices(word) {
                let behind = &source[at + word.len()..];
                let behind = behind.split_once("Kind::").filter(|_| word == "Refusal::new(").map_or(behind, |(_, b)| b);
                let call: String = behind.chars().take_while(|c| *c != ';').collect();
                let Some(open) =
                    call.find('"').filter(|open| call[..*open].len() < 120 && !call[..*open].contains("fn "))
                else {
                    continue;
                };
                let literal = behind[open + 1..].split('"').next().unwrap_or_default();
                let (mut plain, mut inside) = (String::new(), false);
                for c in literal.chars() {
                    match c {
                        '{' => inside = true,
                        '}' => {
                            inside = false;
                            plain.push('7');
                        }
                        c if !inside => plain.push(c),
                        _ => {}
                    }
                }
                // A sentence has blanks; `iso-8859-1` in a table is none.
                if plain.contains(' ') {
                    found.push(plain);
                }
            }
        }
        found
    }

    #[test]
    fn every_sentence_of_the_readers_has_its_french() {
        let all: Vec<String> = SPEAKERS.iter().flat_map(|source| spoken(source)).collect();
        assert!(all.len() > 80, "only {} sentences found: the test looks in the wrong places", all.len());
        let missing: Vec<&String> = all
            .iter()
            .filter(|said| in_french(said).is_none() && in_french(&said.replacen('7', "name tree", 1)).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn what_varies_is_carried_over() {
        let french = in_french("the prolog declares utf-16, the bytes are 8-bit");
        assert_eq!(french.as_deref(), Some("le prologue annonce utf-16, les octets sont sur 8 bits"));
        assert_eq!(in_french("object 12 is missing").as_deref(), Some("l'objet 12 manque"));
        assert_eq!(in_french("ill-formed document: whatever"), None);
        let told = with(&Text::new("Non.", "No."), "the document ends before </a\u{1b}[31m>").unwrap();
        assert_eq!(told.fr, "Non. Constat : le document s'arrête avant </a\\u{1b}[31m>.");
    }
}
