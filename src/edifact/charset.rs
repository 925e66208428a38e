//! Bytes to text: the character set that 0001 declares, and what is really found under it.
//!
//! Separators are ASCII in every set that is read here, so that segments are found in bytes and texts are decoded one by one. Under an 8-bit
//! set, and under those that know ASCII alone, a text that is well-formed UTF-8 and makes sense there is UTF-8; whatever else is no part of ISO 8859-1 is
//! Windows-1252; both are told (CONTRL 21).

use std::borrow::Cow;

use encoding_rs::Encoding;

/// The character set of an interchange (0001, with 0133 for UNOY).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// UNOA: ISO 646 without lower case.
    Upper,
    /// UNOB: ISO 646.
    Ascii,
    /// UNOC to UNOL: ISO 8859.
    Part(&'static Encoding),
    /// UNOW, and UNOY and UNOX as they are really found.
    Utf8,
    /// A set that no table knows: ASCII, and what is not as under UNOB.
    Unknown,
}

/// What a text was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oddity {
    /// UTF-8 under another set.
    Utf8,
    /// Windows-1252 where another set was declared, or one of its characters under ISO 8859-1.
    Windows,
    /// Bytes that mean nothing under the declared set.
    Undefined,
}

impl Charset {
    /// The set that 0001 names. UNOX and UNOY are read as UTF-8, which is what they are found to hold.
    pub fn of(syntax: &str) -> Charset {
        use encoding_rs as e;
        let kind = match syntax {
            "UNOA" => Kind::Upper,
            "UNOB" => Kind::Ascii,
            // Whatwg's windows-1252 and -1254 are ISO 8859-1 and -9 with characters in place of the controls 80 to 9F.
            "UNOC" => Kind::Part(e::WINDOWS_1252),
            "UNOD" => Kind::Part(e::ISO_8859_2),
            "UNOE" => Kind::Part(e::ISO_8859_5),
            "UNOF" => Kind::Part(e::ISO_8859_7),
            "UNOG" => Kind::Part(e::ISO_8859_3),
            "UNOH" => Kind::Part(e::ISO_8859_4),
            "UNOI" => Kind::Part(e::ISO_8859_6),
            "UNOJ" => Kind::Part(e::ISO_8859_8),
            "UNOK" => Kind::Part(e::WINDOWS_1254),
            "UNOL" => Kind::Part(e::ISO_8859_15),
            "UNOW" | "UNOX" | "UNOY" => Kind::Utf8,
            _ => Kind::Unknown,
        };
        Charset { kind }
    }

    pub fn is_known(self) -> bool {
        self.kind != Kind::Unknown
    }

    /// A text whose release characters are resolved. Whatever the bytes, a text: what means nothing is U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        self.read(bytes).0
    }

    /// The text, and what is odd about it.
    pub(super) fn read(self, bytes: &[u8]) -> (Cow<'_, str>, Option<Oddity>) {
        let utf8 = std::str::from_utf8(bytes);
        if bytes.is_ascii()
            && let Ok(text) = utf8
        {
            return (Cow::Borrowed(text), None);
        }
        match (self.kind, utf8) {
            (Kind::Utf8, Ok(text)) => (Cow::Borrowed(text), None),
            (Kind::Upper | Kind::Ascii | Kind::Unknown, Ok(text)) => (Cow::Borrowed(text), Some(Oddity::Utf8)),
            (Kind::Part(set), Ok(text)) if makes_sense(set, text) => (Cow::Borrowed(text), Some(Oddity::Utf8)),
            (Kind::Part(set), _) => {
                let (text, undefined) = set.decode_without_bom_handling(bytes);
                let controls = bytes.iter().any(|b| (0x80..0xA0).contains(b));
                let oddity = match () {
                    () if undefined => Some(Oddity::Undefined),
                    () if controls && is_windows(set) => Some(Oddity::Windows),
                    () if controls => Some(Oddity::Undefined),
                    () => None,
                };
                (text, oddity)
            }
            (_, Err(_)) => (encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0, Some(Oddity::Windows)),
        }
    }

    /// The bytes of a character, appended; false, and nothing is, where the set has none for it.
    pub(super) fn encode(self, c: char, out: &mut Vec<u8>) -> bool {
        let mut room = [0; 4];
        let text: &str = c.encode_utf8(&mut room);
        match self.kind {
            Kind::Upper => {
                let has = is_level_a(c);
                if has {
                    out.push(c as u8);
                }
                has
            }
            _ if c.is_ascii() => {
                let has = !c.is_ascii_control();
                if has {
                    out.push(c as u8);
                }
                has
            }
            Kind::Ascii | Kind::Unknown => false,
            Kind::Utf8 if c.is_control() => false,
            Kind::Utf8 => {
                out.extend_from_slice(text.as_bytes());
                true
            }
            Kind::Part(set) => {
                let (bytes, _, lost) = set.encode(text);
                let has = !lost && bytes.iter().all(|b| *b >= 0xA0);
                if has {
                    out.extend_from_slice(&bytes);
                }
                has
            }
        }
    }

    /// Has the set every character of a text?
    pub fn holds(self, text: &str) -> bool {
        let mut room = Vec::new();
        text.chars().all(|c| self.encode(c, &mut room))
    }

    /// Is this the set that knows no lower case?
    pub(super) fn is_level_a(self) -> bool {
        self.kind == Kind::Upper
    }
}

/// The repertoire of level A (ISO 9735, clause 5.1), separators included.
pub(super) fn is_level_a(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || " .,-()/='+:?!\"%&*;<>".contains(c)
}

fn is_windows(set: &'static Encoding) -> bool {
    set == encoding_rs::WINDOWS_1252 || set == encoding_rs::WINDOWS_1254
}

/// Could a sender of this set have written this text, and sent it as UTF-8? Two characters of an 8-bit set that happen to be well-formed
/// UTF-8 mostly make one from elsewhere: `É` and a hard blank under ISO 8859-1 are `ɠ`, and in Windows-1252 `é…»` is one of China. Where another character of the
/// same text is surely UTF-8, whatever has three or four bytes is, too; so is all of the second plane (emoji): F0 and a control of 8859 begin it.
fn makes_sense(set: &'static Encoding, text: &str) -> bool {
    let latin = is_windows(set) || set == encoding_rs::ISO_8859_15;
    let is_its_own = |c: char| {
        let mut room = [0; 4];
        let at_home = !set.encode(c.encode_utf8(&mut room)).2;
        at_home || matches!(c, '\u{2010}'..='\u{203a}' | '€') || (latin && matches!(c, '\u{a0}'..='\u{17f}'))
    };
    let strange = |c: &char| !c.is_ascii();
    let second_plane = |c: char| matches!(c, '\u{10000}'..='\u{1ffff}');
    let letter = |c: char| c.is_alphabetic() && strange(&c) && c.len_utf8() == 2 && is_its_own(c);
    let sure = text.chars().any(|c| letter(c) || second_plane(c));
    let foreign = |c: char| sure && c.len_utf8() > 2;
    text.chars().filter(strange).all(|c| is_its_own(c) || foreign(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(syntax: &str, bytes: &[u8]) -> (String, Option<Oddity>) {
        let (text, oddity) = Charset::of(syntax).read(bytes);
        (text.into_owned(), oddity)
    }

    #[test]
    fn each_set_reads_what_it_declares() {
        for (syntax, bytes, text) in [
            ("UNOC", &b"caf\xe9"[..], "café"),
            ("UNOD", b"\xa3\xf3d\xbc", "Łódź"),
            ("UNOE", b"\xbc\xde\xe1\xda\xd2\xd0", "Москва"),
            ("UNOF", b"\xc1\xe8\xde\xed\xe1", "Αθήνα"),
            ("UNOG", b"\xa1amrun", "Ħamrun"),
            ("UNOH", b"R\xefga", "Rīga"),
            ("UNOI", b"\xe5\xd5\xd1", "مصر"),
            ("UNOJ", b"\xf9\xec", "של"),
            ("UNOK", b"\xddzmir", "İzmir"),
            ("UNOL", b"\xa4 \xbd", "€ œ"),
            ("UNOW", "Łódź 日本".as_bytes(), "Łódź 日本"),
            ("UNOY", "Łódź".as_bytes(), "Łódź"),
        ] {
            assert_eq!(read(syntax, bytes), (text.to_owned(), None), "{syntax}");
        }
    }

    #[test]
    fn what_is_found_beats_what_is_declared() {
        for (syntax, bytes, text, oddity) in [
            ("UNOC", "café".as_bytes(), "café", Oddity::Utf8),
            ("UNOC", b"l\x92ann\xe9e", "l’année", Oddity::Windows),
            ("UNOC", "Łódź".as_bytes(), "Łódź", Oddity::Utf8),
            ("UNOC", "Colis 😀".as_bytes(), "Colis 😀", Oddity::Utf8),
            ("UNOC", "Café 日本 😀".as_bytes(), "Café 日本 😀", Oddity::Utf8),
            ("UNOD", "Łódź 日本".as_bytes(), "Łódź 日本", Oddity::Utf8),
            ("UNOC", b"Libert\xe9\x85\xbb", "Liberté…»", Oddity::Windows),
            ("UNOC", b"pass\xe9\x94\xa0: 5", "passé”\u{a0}: 5", Oddity::Windows),
            ("UNOE", "Москва".as_bytes(), "Москва", Oddity::Utf8),
            ("UNOA", "BÜTTNER".as_bytes(), "BÜTTNER", Oddity::Utf8),
            ("UNOB", b"M\xfcnchen", "München", Oddity::Windows),
            ("UNOW", b"l\x92an", "l’an", Oddity::Windows),
            ("UNOI", b"\xa1", "\u{fffd}", Oddity::Undefined),
            ("IATB", "é".as_bytes(), "é", Oddity::Utf8),
        ] {
            assert_eq!(read(syntax, bytes), (text.to_owned(), Some(oddity)), "{syntax} {text}");
        }
    }

    #[test]
    fn two_letters_that_look_like_utf8_stay_two_letters() {
        assert_eq!(read("UNOC", b"QUALIT\xc9\xa0: 5"), ("QUALITÉ\u{a0}: 5".to_owned(), None));
        assert_eq!(read("UNOE", b"\xc2\xbe"), ("ТО".to_owned(), None));
    }

    #[test]
    fn encodes_only_what_the_set_has() {
        let encode = |syntax: &str, c| {
            let mut out = Vec::new();
            Charset::of(syntax).encode(c, &mut out).then_some(out)
        };
        assert_eq!(encode("UNOC", 'é'), Some(vec![0xe9]));
        assert_eq!(encode("UNOC", '€'), None);
        assert_eq!(encode("UNOL", '€'), Some(vec![0xa4]));
        assert_eq!(encode("UNOA", 'a'), None);
        assert_eq!(encode("UNOA", 'A'), Some(vec![b'A']));
        assert_eq!(encode("UNOB", 'é'), None);
        assert_eq!(encode("UNOB", '\n'), None);
        assert_eq!(encode("UNOW", '日'), Some("日".as_bytes().to_vec()));
    }
}
