//! A file of interchanges taken apart, so that each message of a wanted type is an interchange of its own, made of bytes as they came.
//!
//! Such a part is UNA and UNB, the group's UNG if it was in one, the message, the packages that it names, UNE and UNZ. Only the counts of the
//! trailers are written anew (0036, 0060), and only where they held: a count that did not hold does not hold in the part either. References,
//! what stands between messages, and a trailer that never came stay as they were, so that a part is judged as its interchange would be.

use std::collections::HashSet;
use std::ops::Range;

use super::layout::{Laid, Layout, Piece, Trailer};
use super::window::{is_una_alone, is_wrapped};
use crate::interchange::{Other, Part, TooMany};
use crate::limits;

/// A file taken apart. It holds places in the file, not its bytes.
#[derive(Debug, Clone)]
pub struct Split {
    laid: Vec<Laid>,
    /// Is it cut into lines of one length, whose ends are no part of it?
    wrapped: bool,
    parts: Vec<Part>,
    made: Vec<Made>,
    others: Vec<Other>,
}

/// What a part is made of: numbers of its interchange, of the message there, and of its packages.
#[derive(Debug, Clone)]
struct Made {
    laid: usize,
    message: usize,
    packages: Vec<usize>,
}

/// Finds the messages of the type that is wanted. A file that is no EDIFACT has none.
///
/// # Errors
/// More messages, groups and packages than [`limits::EDIFACT_MESSAGES`], or parts that together are larger than [`limits::EDIFACT_SPLIT_BYTES`].
pub fn split(file: &[u8], wanted: &str) -> Result<Split, TooMany> {
    let Layout { laid, wrapped } = Layout::of(file).ok_or(TooMany)?;
    let mut split = Split { laid, wrapped, parts: Vec::new(), made: Vec::new(), others: Vec::new() };
    let mut bytes: u64 = 0;
    for (at, laid) in split.laid.iter().enumerate() {
        let mixed = laid.groups > 0 && laid.pieces.iter().any(Piece::is_bare);
        let mut named: HashSet<usize> = HashSet::new();
        let mut seen: HashSet<(Option<usize>, &str)> = HashSet::new();
        for (message, piece) in laid.pieces.iter().enumerate() {
            let Piece::Message { range, reference, kind, offset, group, .. } = piece else { continue };
            let again = !seen.insert((*group, reference));
            if !kind.trim().eq_ignore_ascii_case(wanted) {
                split.others.push(Other { kind: kind.clone(), reference: reference.clone(), offset: *offset });
                continue;
            }
            let packages = laid.packages_of(file, range);
            named.extend(&packages);
            let around = [(again, 26), (mixed, 30)].into_iter().filter(|(so, _)| *so).map(|(_, code)| code).collect();
            let (reference, interchange, offset) = (reference.clone(), laid.reference.clone(), *offset);
            let made = Made { laid: at, message, packages };
            bytes = bytes.saturating_add(made.pieces(laid).map(|range| range.len() as u64 + 20).sum());
            if bytes > limits::EDIFACT_SPLIT_BYTES as u64 {
                return Err(TooMany);
            }
            split.parts.push(Part { reference, interchange, offset, around });
            split.made.push(made);
        }
        for (n, piece) in laid.pieces.iter().enumerate() {
            let Piece::Package { references, offset, .. } = piece else { continue };
            if !named.contains(&n) {
                let reference = references.first().cloned().unwrap_or_default();
                split.others.push(Other { kind: "UNO".to_owned(), reference, offset: *offset });
            }
        }
    }
    split.others.sort_by_key(|other| other.offset);
    Ok(split)
}

impl Split {
    /// The messages that are wanted, in the order of the file.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What else there is, in the order of the file.
    pub fn others(&self) -> &[Other] {
        &self.others
    }

    /// Bytes of all messages, whatever their type; packages of octets are none.
    pub fn message_bytes(&self) -> usize {
        let pieces = self.laid.iter().flat_map(|laid| &laid.pieces);
        pieces.filter(|piece| matches!(piece, Piece::Message { .. })).map(|piece| piece.range().len()).sum()
    }

    /// Part `n`, from 0, as an interchange of its own. `file` is the one that was taken apart.
    pub fn bytes(&self, n: usize, file: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let Some((part, laid)) = self.made.get(n).and_then(|made| Some((made, self.laid.get(made.laid)?))) else {
            return out;
        };
        self.add(file, laid.head.clone(), &mut out);
        let group = part.group(laid);
        let with = 1 + part.packages.len() as u64;
        let inside = 1 + part.packages.iter().filter(|n| laid.group_of(**n) == group).count() as u64;
        for n in part.numbers(laid) {
            match laid.pieces.get(n) {
                Some(Piece::GroupEnd { trailer, messages, .. }) => {
                    self.trailer(file, trailer, (*messages, inside), &mut out);
                }
                Some(piece) => self.add(file, piece.range().clone(), &mut out),
                None => {}
            }
        }
        if let Some(trailer) = &laid.trailer {
            let counted = if laid.groups > 0 { laid.groups } else { laid.counted };
            self.trailer(file, trailer, (counted, if group.is_some() { 1 } else { with }), &mut out);
        }
        if self.wrapped { cut(file, out) } else { out }
    }

    fn add(&self, file: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
        let bytes = file.get(range).unwrap_or_default();
        match self.wrapped {
            true => out.extend(bytes.iter().filter(|b| !matches!(b, b'\r' | b'\n'))),
            false => out.extend_from_slice(bytes),
        }
    }

    /// As it came, but for its count: what it should have been there, and what it should be here.
    fn trailer(&self, file: &[u8], trailer: &Trailer, (counted, now): (u64, u64), out: &mut Vec<u8>) {
        let mut said = Vec::new();
        self.add(file, trailer.count.clone(), &mut said);
        let said: Option<u64> = String::from_utf8(said).ok().and_then(|said| said.parse().ok());
        let count = match said {
            Some(said) if said == counted => now.to_string(),
            // What did not hold there must not hold here by accident.
            Some(said) if said == now => "0".to_owned(),
            _ => return self.add(file, trailer.range.clone(), out),
        };
        self.add(file, trailer.range.start..trailer.count.start, out);
        out.extend_from_slice(count.as_bytes());
        self.add(file, trailer.count.end..trailer.range.end, out);
    }
}

/// Cuts a part into lines as its file was cut, so that it is read and judged as that is. Where it would not be seen to be cut, it stays whole.
fn cut(file: &[u8], part: Vec<u8>) -> Vec<u8> {
    let mut lines = file.split(|b| *b == b'\n').skip(usize::from(is_una_alone(file)));
    let Some(line) = lines.next() else { return part };
    let (width, end): (usize, &[u8]) = match line.strip_suffix(b"\r") {
        Some(line) => (line.len(), b"\r\n"),
        None => (line.len(), b"\n"),
    };
    let lines: Vec<&[u8]> = part.chunks(width.max(1)).collect();
    let lines = lines.join(end);
    if is_wrapped(&lines, true) { lines } else { part }
}

impl Made {
    fn group(&self, laid: &Laid) -> Option<usize> {
        laid.group_of(self.message)
    }

    /// Its pieces, in the order of the file: itself, its group, its packages, and whatever belongs to nothing.
    fn numbers(&self, laid: &Laid) -> Vec<usize> {
        let mut numbers: Vec<usize> = laid.stray.clone();
        numbers.push(self.message);
        numbers.extend(&self.packages);
        if let Some(begin) = self.group(laid) {
            numbers.push(begin);
            numbers.extend(laid.pieces.iter().enumerate().skip(begin).find_map(|(n, piece)| match piece {
                Piece::GroupEnd { begin: of, .. } if *of == begin => Some(n),
                _ => None,
            }));
        }
        // A message without its UNT would swallow what belongs to nothing behind it.
        let ended = matches!(laid.pieces.get(self.message), Some(Piece::Message { ended: true, .. }));
        numbers.sort_unstable_by_key(|n| (ended || !matches!(laid.pieces.get(*n), Some(Piece::Stray { .. })), *n));
        numbers
    }

    fn pieces<'l>(&self, laid: &'l Laid) -> impl Iterator<Item = &'l Range<usize>> {
        let inner = self.numbers(laid).into_iter().filter_map(|n| laid.pieces.get(n)).map(Piece::range);
        std::iter::once(&laid.head).chain(inner).chain(laid.trailer.as_ref().map(|trailer| &trailer.range))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::edifact::{Options, Strictness, read};

    const HEAD: &str = "UNA:+.? '\nUNB+UNOC:3+A:14+B:14+261122:1200+REF1'\n";

    fn message(n: usize, kind: &str) -> String {
        format!("UNH+M{n}+{kind}:D:96A:UN'\nBGM+380+F{n}+9'\nFTX+AAI+++it?'s {n}?+1'\nUNT+4+M{n}'\n")
    }

    fn parts(file: &str) -> Vec<String> {
        let split = split(file.as_bytes(), "INVOIC").unwrap();
        (0..split.parts().len()).map(|n| String::from_utf8(split.bytes(n, file.as_bytes())).unwrap()).collect()
    }

    #[test]
    fn each_message_becomes_an_interchange_of_its_own_bytes() {
        let file =
            format!("{HEAD}{}{}{}UNZ+3+REF1'\n", message(1, "INVOIC"), message(2, "ORDERS"), message(3, "INVOIC"));
        let split = split(file.as_bytes(), "INVOIC").unwrap();
        assert_eq!(split.parts().len(), 2);
        let third = split.parts().get(1).unwrap();
        assert_eq!((third.reference.as_str(), third.interchange.as_str()), ("M3", "REF1"));
        assert!(file[third.offset as usize..].starts_with("UNH+M3+"));
        let expected = format!("{HEAD}{}UNZ+1+REF1'", message(3, "INVOIC").trim_end());
        assert_eq!(
            String::from_utf8(split.bytes(1, file.as_bytes())).unwrap().replace('\n', ""),
            expected.replace('\n', "")
        );
        let other = split.others().first().unwrap();
        assert_eq!((other.kind.as_str(), other.reference.as_str(), split.others().len()), ("ORDERS", "M2", 1));
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        let two = format!("{}{}", message(1, "INVOIC"), message(2, "INVOIC"));
        for (trailer, expected) in [
            ("UNZ+2+REF1'", "UNZ+1+REF1'"),
            ("UNZ+7+REF1'", "UNZ+7+REF1'"),
            ("UNZ+1+REF1'", "UNZ+0+REF1'"),
            ("UNZ+02+REF2'", "UNZ+1+REF2'"),
            ("UNZ++REF1'", "UNZ++REF1'"),
            ("UNZ+x'", "UNZ+x'"),
            ("", ""),
        ] {
            for part in parts(&format!("{HEAD}{two}{trailer}")) {
                let end = part.rfind("UNZ").map_or("", |at| part.get(at..).unwrap_or_default());
                assert_eq!(end, expected, "{trailer}");
            }
        }
        // A message without its end, and data that belongs to nothing: in the good ones too, as their interchange is refused.
        let cut = format!("{HEAD}UNH+1+INVOIC:D:96A:UN'BGM+380'{}XYZ+1'UNZ+2+REF1'", message(2, "INVOIC"));
        let found = parts(&cut);
        assert!(found.iter().all(|part| part.contains("XYZ+1'")) && found.len() == 2, "{found:?}");
        assert!(found[0].replace('\n', "").contains("XYZ+1'UNH+1+INVOIC:D:96A:UN'BGM+380'UNZ"), "{found:?}");
        let twice = format!("{HEAD}{}{}UNZ+2+REF1'", message(1, "INVOIC"), message(1, "INVOIC"));
        let split = split(twice.as_bytes(), "INVOIC").unwrap();
        assert_eq!(split.parts().iter().map(|part| part.around.clone()).collect::<Vec<_>>(), [vec![], vec![26]]);
    }

    #[test]
    fn groups_and_packages_stay_with_their_messages() {
        let grouped = format!(
            "{HEAD}UNG+INVOIC+A+B+261122:1200+G1+UN+D:96A'{}{}UNE+2+G1'UNG+INVOIC+A+B+261122:1200+G2+UN+D:96A'{}UNE+1+G2'UNZ+2+REF1'",
            message(1, "INVOIC"),
            message(2, "INVOIC"),
            message(3, "INVOIC")
        );
        let found = parts(&grouped);
        assert_eq!(found.len(), 3);
        assert!(found[1].contains("UNE+1+G1'") && !found[1].contains("G2") && found[1].ends_with("UNZ+1+REF1'"));
        let four = HEAD.replace("UNOC:3", "UNOC:4");
        let with = message(1, "INVOIC").replace("UNT+4", "EFI+P1'UNT+5");
        let packed = format!(
            "{four}{with}{}UNO+P1++6:1+6'ab'c+dUNP+6+P1'UNO+P2++6:1+2'xyUNP+2+P2'UNZ+4+REF1'",
            message(2, "INVOIC")
        );
        let found = parts(&packed);
        assert!(found[0].contains("ab'c+dUNP+6+P1'UNZ+2+REF1'"), "{}", found[0]);
        assert!(!found[1].contains("UNO+") && found[1].ends_with("UNZ+1+REF1'"), "{}", found[1]);
        let split = split(packed.as_bytes(), "INVOIC").unwrap();
        assert_eq!((split.others()[0].kind.as_str(), split.others()[0].reference.as_str()), ("UNO", "P2"));
    }

    #[test]
    fn a_file_cut_into_lines_gives_parts_cut_alike() {
        let plain = format!("{HEAD}{}{}UNZ+2+REF1'", message(1, "INVOIC"), message(2, "INVOIC")).replace('\n', "");
        let lines: Vec<_> = plain.as_bytes().chunks(35).map(|line| String::from_utf8_lossy(line)).collect();
        let cut = parts(&lines.join("\r\n"));
        assert!(cut.iter().all(|part| part.find("\r\n") == Some(35)), "{cut:?}");
        let behind: Vec<_> = plain.as_bytes()[9..].chunks(35).map(|line| String::from_utf8_lossy(line)).collect();
        let alone = parts(&format!("UNA:+.? '\r\n{}", behind.join("\r\n")));
        assert_eq!(alone, cut, "UNA on a line of its own");
        assert_eq!(cut.iter().map(|part| part.replace("\r\n", "")).collect::<Vec<_>>(), parts(&plain));
    }

    #[test]
    fn there_is_a_bound() {
        let file = |count| format!("{HEAD}{}", "UNH+1+INVOIC'UNT+2+1'".repeat(count));
        assert!(split(file(limits::EDIFACT_MESSAGES + 1).as_bytes(), "INVOIC").is_err());
        let most = file(limits::EDIFACT_MESSAGES);
        let split = split(most.as_bytes(), "INVOIC").unwrap();
        assert_eq!(split.parts().len(), limits::EDIFACT_MESSAGES);
        // With the line end before the first of them.
        assert_eq!(split.message_bytes(), most.len() - HEAD.len() + 1);
    }

    /// Strictly and leniently, what is said of a message in its part is what is said of it in its interchange.
    fn same_in_its_part(file: &[u8]) {
        let split = match split(file, "INVOIC") {
            Ok(split) => split,
            Err(TooMany) => return,
        };
        for strictness in [Strictness::STRICT, Strictness::LENIENT] {
            let options = Options { strictness, repetition: true };
            let (wholes, _) = read(file, &options);
            let all = wholes.iter().flat_map(|whole| whole.messages.iter().map(move |message| (whole, message)));
            let wanted = all.filter(|(_, message)| message.kind.name.trim().eq_ignore_ascii_case("INVOIC"));
            let wanted: Vec<_> = wanted.collect();
            assert_eq!(wanted.len(), split.parts().len());
            for (n, ((whole, message), part)) in wanted.into_iter().zip(split.parts()).enumerate() {
                let bytes = split.bytes(n, file);
                let (alone, _) = read(&bytes, &options);
                let own: Vec<_> = alone.iter().flat_map(|whole| &whole.messages).collect();
                assert_eq!(own.len(), 1, "{}", String::from_utf8_lossy(&bytes));
                let texts = |message: &crate::edifact::Message| -> Vec<Vec<u8>> {
                    message
                        .segments()
                        .map(|s| {
                            (1..=s.elements()).flat_map(|n| s.element(n).map(|e| e.raw().to_vec())).flatten().collect()
                        })
                        .collect()
                };
                assert_eq!(texts(own[0]), texts(message));
                assert_eq!(message.segments().next().map(|unh| unh.offset()), Some(part.offset));
                let codes = |message: &crate::edifact::Message| -> Vec<u8> {
                    let codes = message.faults.iter().map(|f| f.code).filter(|code| !matches!(code, 26 | 31));
                    let mut codes: Vec<u8> = codes.collect();
                    // In which order they are found depends on what stands around.
                    codes.sort_unstable();
                    codes
                };
                assert_eq!(codes(own[0]), codes(message), "{}", String::from_utf8_lossy(&bytes));
                let alone = &alone[0];
                // What stands outside of every interchange (33) stays in the file: CONTRL tells it there.
                if whole.end.refused
                    && part.around.is_empty()
                    && whole.faults.iter().all(|f| !matches!(f.code, 21 | 26 | 33))
                {
                    let group = |f: &crate::edifact::Fault| f.level == crate::edifact::Level::Group;
                    let refused = alone.end.refused || whole.faults.iter().any(group);
                    assert!(refused, "{}\n{:?}", String::from_utf8_lossy(&bytes), whole.faults);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_part_reads_as_its_message_did(
            kinds in prop::collection::vec(0..4usize, 0..6),
            count in 0..7u64,
            damage in prop::collection::vec((0..2000usize, prop::sample::select(b"'+:?UNHTZGEO \n0A".to_vec())), 0..4),
            wrap in prop::option::of(20..60usize),
        ) {
            let mut file = HEAD.to_owned();
            for (n, kind) in kinds.iter().enumerate() {
                match kind {
                    0 | 1 => file += &message(n, "INVOIC"),
                    2 => file += &message(n, "ORDERS"),
                    _ => file += &format!("UNG+INVOIC+A+B+261122:1200+G{n}+UN+D:96A'{}UNE+1+G{n}'", message(n, "INVOIC")),
                }
            }
            file += &format!("UNZ+{count}+REF1'\n");
            let mut bytes = file.into_bytes();
            for (at, with) in damage {
                let length = bytes.len();
                if let Some(b) = bytes.get_mut(at % length).filter(|_| at > 60) {
                    *b = with;
                }
            }
            if let Some(width) = wrap {
                bytes.retain(|b| *b != b'\n');
                bytes = bytes.chunks(width).collect::<Vec<_>>().join(&b'\n');
            }
            same_in_its_part(&bytes);
        }
    }
}
