//! A file of interchanges taken apart, so that each set of a wanted type is an interchange of its own, made of bytes as they came.
//!
//! Such a part is ISA, the group's GS, the set, GE and IEA. Only the counts of the trailers are written anew (GE01, IEA01), and only where they
//! held: one that did not hold does not hold in the part either. Control numbers, what is out of its place, what stands behind IEA, and a trailer
//! that never came stay as they were, so that a part is judged as its interchange would be. Where everything stands is what [`read`] found.

use std::ops::Range;

use super::fault::{Code, Faults, List, RefusalKind};
use super::read::{Group, Interchange, Laid, Options, Set, read};
use super::segment::{Mark, Segment};
use crate::interchange::{Other, Part, TooMany};
use crate::limits;

/// A file taken apart. It holds the envelopes of the parts; their sets are places in the file.
#[derive(Debug, Clone)]
pub struct Split {
    interchanges: Vec<Around>,
    groups: Vec<Around>,
    inner: Vec<Inner>,
    parts: Vec<Part>,
    others: Vec<Other>,
}

/// What stands before and behind what is inside.
#[derive(Debug, Clone)]
struct Around {
    before: Vec<u8>,
    behind: Vec<u8>,
}

/// Numbers of its interchange and group, and where the set stands.
#[derive(Debug, Clone)]
struct Inner {
    interchange: usize,
    group: usize,
    set: Range<usize>,
}

/// Finds the sets of the type that is wanted (ST01). A file that is no X12 has none.
///
/// # Errors
/// More interchanges, groups and sets than [`limits::EDIFACT_MESSAGES`], parts that together are larger than [`limits::EDIFACT_SPLIT_BYTES`], or several
/// and a bound of the reader before the end of the file: what is behind it would belong to none.
pub fn split(file: &[u8], wanted: &str) -> Result<Split, TooMany> {
    let (interchanges, refusal) = read(file, &Options::default());
    let sets = |one: &Interchange<'_>| one.groups.iter().map(|group| 1 + group.sets.len()).sum::<usize>();
    if interchanges.iter().map(|one| 1 + sets(one)).sum::<usize>() > limits::EDIFACT_MESSAGES {
        return Err(TooMany);
    }
    let mut split = Split {
        interchanges: Vec::new(),
        groups: Vec::new(),
        inner: Vec::new(),
        parts: Vec::new(),
        others: Vec::new(),
    };
    let mut bytes = 0;
    for interchange in &interchanges {
        let outer = outer(file, interchange);
        let terminator = interchange.service.terminator;
        for mark in &interchange.laid.notes {
            let note = Segment { file, service: interchange.service, mark: *mark, number: 0 };
            let reference = note.text(1).into_owned();
            split.others.push(Other { kind: "TA1".to_owned(), reference, offset: note.offset() });
        }
        for group in &interchange.groups {
            let own = own(file, terminator, interchange, group);
            for set in &group.sets {
                if set.code != wanted {
                    let (kind, reference) = (set.code.clone(), set.control.clone());
                    split.others.push(Other { kind, reference, offset: set.offset() });
                    continue;
                }
                let range = usize::try_from(set.offset()).unwrap_or(usize::MAX)..set.end;
                let both = [&outer, &own].into_iter().map(|around| around.before.len() + around.behind.len());
                bytes += both.sum::<usize>() + range.len();
                if bytes > limits::EDIFACT_SPLIT_BYTES {
                    return Err(TooMany);
                }
                let (at, group_at) = (split.interchanges.len(), split.groups.len());
                split.inner.push(Inner { interchange: at, group: group_at, set: range });
                split.parts.push(Part {
                    reference: set.control.clone(),
                    interchange: interchange.envelope.control.clone(),
                    offset: set.offset(),
                    around: came_before(interchange, group, set),
                });
            }
            split.groups.push(own);
        }
        split.interchanges.push(outer);
    }
    split.others.sort_by_key(|other| other.offset);
    match refusal {
        Some(refusal) if refusal.kind == RefusalKind::Limit && split.parts.len() > 1 => Err(TooMany),
        _ => Ok(split),
    }
}

impl Split {
    /// The sets that are wanted, in the order of the file.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What else there is, in the order of the file.
    pub fn others(&self) -> &[Other] {
        &self.others
    }

    /// Part `n`, from 0, as an interchange of its own. `file` is the one that was taken apart.
    pub fn bytes(&self, n: usize, file: &[u8]) -> Vec<u8> {
        let Some(inner) = self.inner.get(n) else { return Vec::new() };
        let (outer, own) = (self.interchanges.get(inner.interchange), self.groups.get(inner.group));
        let (Some(outer), Some(own)) = (outer, own) else { return Vec::new() };
        let set = file.get(inner.set.clone()).unwrap_or_default();
        [&outer.before, &own.before, set, &own.behind, &outer.behind].concat()
    }
}

/// The codes of what is wrong with a set and others together, and cannot be seen in its part: a control number that came before.
fn came_before(interchange: &Interchange<'_>, group: &Group<'_>, set: &Set<'_>) -> Vec<u8> {
    let has = |faults: &Faults, list, number| {
        faults.listed.iter().any(|fault| fault.code == Code::new(list, number)).then_some(number)
    };
    let found = [
        has(&interchange.faults, List::Ta105, 25),
        has(&group.faults, List::Ak905, 19),
        has(&set.faults, List::Ak502, 23),
    ];
    found.into_iter().flatten().collect()
}

/// ISA and IEA, with what belongs to no group and what stands behind.
fn outer(file: &[u8], interchange: &Interchange<'_>) -> Around {
    let terminator = interchange.service.terminator;
    let mut around = heads(file, terminator, &interchange.laid);
    if let Some(mark) = interchange.laid.trailer {
        // Without the line end behind it.
        let end = mark.end as usize + usize::from(file.get(mark.end as usize) == Some(&terminator));
        around.behind = trailer(file, interchange, mark.start as usize..end, mark, interchange.groups.len());
    }
    interchange.laid.behind.iter().for_each(|range| around.behind.extend(file.get(range.clone()).unwrap_or_default()));
    around
}

/// GS and GE, with what belongs to no set.
fn own(file: &[u8], terminator: u8, interchange: &Interchange<'_>, group: &Group<'_>) -> Around {
    let mut around = heads(file, terminator, &group.laid);
    if let Some(mark) = group.laid.trailer {
        let range = mark.start as usize..mark.after(file, terminator);
        around.behind = trailer(file, interchange, range, mark, group.sets.len());
    }
    around
}

/// The head, and what is out of its place right behind it: behind a set without its SE it would belong to that.
fn heads(file: &[u8], terminator: u8, laid: &Laid) -> Around {
    let mut before = Vec::new();
    for mark in std::iter::once(&laid.head).chain(&laid.stray) {
        let end = mark.after(file, terminator);
        before.extend_from_slice(file.get(mark.start as usize..end).unwrap_or_default());
        // The last of a file may have none; then the trailer is missing, and that is told.
        if file.get(mark.end as usize) != Some(&terminator) {
            before.push(terminator);
        }
    }
    Around { before, behind: Vec::new() }
}

/// GE or IEA as it came, but for its count where it held: it is one here.
fn trailer(file: &[u8], interchange: &Interchange<'_>, range: Range<usize>, mark: Mark, counted: usize) -> Vec<u8> {
    let segment = Segment { file, service: interchange.service, mark, number: 0 };
    let whole = file.get(range.clone()).unwrap_or_default().to_vec();
    let said = segment.text(1);
    let count = match said.parse::<usize>() {
        _ if said.starts_with('+') => return whole,
        Ok(said) if said == counted => "1",
        // What did not hold there must not hold here by accident.
        Ok(1) => "0",
        _ => return whole,
    };
    let Some(element) = segment.element(1) else { return whole };
    let start = usize::try_from(segment.at(1)).unwrap_or(usize::MAX);
    let piece = |range: Range<usize>| file.get(range).unwrap_or_default();
    [piece(range.start..start), count.as_bytes(), piece(start + element.raw().len()..range.end)].concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const ISA: &str =
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261122*1200*U*00401*000000007*0*P*>~\n";

    fn set(n: usize, code: &str) -> String {
        format!("ST*{code}*{n:04}~\nBIG*20261122*F{n}~\nTDS*{n}00~\nSE*4*{n:04}~\n")
    }

    fn group(n: usize, sets: &[String]) -> String {
        format!("GS*IN*A*B*20261122*1200*{n}*X*004010~\n{}GE*{}*{n}~\n", sets.concat(), sets.len())
    }

    fn parts(file: &str) -> Vec<String> {
        let split = split(file.as_bytes(), "810").unwrap();
        (0..split.parts().len()).map(|n| String::from_utf8(split.bytes(n, file.as_bytes())).unwrap()).collect()
    }

    #[test]
    fn each_set_becomes_an_interchange_of_its_own_bytes() {
        let inside = group(1, &[set(1, "810"), set(2, "850"), set(3, "810")]) + &group(2, &[set(4, "810")]);
        let file = format!("{ISA}TA1*000000001*261122*1200*A*000~\n{inside}IEA*2*000000007~\n");
        let split = split(file.as_bytes(), "810").unwrap();
        assert_eq!(split.parts().len(), 3);
        let third = &split.parts()[1];
        assert_eq!((third.reference.as_str(), third.interchange.as_str()), ("0003", "000000007"));
        assert!(file[third.offset as usize..].starts_with("ST*810*0003~"));
        let expected = format!("{ISA}{}IEA*1*000000007~", group(1, &[set(3, "810")]));
        assert_eq!(String::from_utf8(split.bytes(1, file.as_bytes())).unwrap(), expected);
        let others: Vec<_> = split.others().iter().map(|o| (o.kind.as_str(), o.reference.as_str())).collect();
        assert_eq!(others, [("TA1", "000000001"), ("850", "0002")]);
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        let two = [set(1, "810"), set(2, "810")];
        for (ge, iea, expected) in [
            ("GE*2*1~", "IEA*1*000000007~", "GE*1*1~|IEA*1*000000007~"),
            ("GE*02*9~", "IEA*5*000000007~", "GE*1*9~|IEA*5*000000007~"),
            ("GE*1*1~", "IEA*+1*8~", "GE*0*1~|IEA*+1*8~"),
            ("GE**1~", "IEA*x", "GE**1~|IEA*x"),
            ("GE*2*1~", "", "GE*1*1~|"),
            ("", "IEA*1*000000007~\r\n**junk**", "|IEA*1*000000007~**junk**"),
        ] {
            let file = format!("{ISA}GS*IN*A*B*20261122*1200*1*X*004010~{}{ge}{iea}", two.concat());
            for part in parts(&file) {
                let end = &part[part.rfind("SE*").unwrap()..];
                let end = end[end.find('~').unwrap() + 1..].trim_start().replace("~IEA", "~|IEA");
                let end = if end.starts_with("IEA") { format!("|{end}") } else { end };
                assert_eq!(end.trim_end_matches('|'), expected.trim_end_matches('|'), "{ge}{iea}");
            }
        }
        // What stands between belongs to all; a set without its SE does not swallow it.
        let file = format!(
            "{ISA}GS*IN*A*B*20261122*1200*1*X*004010~ST*810*0001~BIG*1~{}XYZ*1~GE*2*1~IEA*1*000000007~",
            two[1]
        );
        assert!(parts(&file).iter().all(|part| part.contains("004010~XYZ*1~ST*810")), "{:?}", parts(&file));
        let twice =
            format!("{ISA}{}{}IEA*2*000000007~", group(1, &[set(1, "810"), set(1, "810")]), group(1, &[set(2, "810")]));
        let split = split(twice.as_bytes(), "810").unwrap();
        assert_eq!(
            split.parts().iter().map(|part| part.around.clone()).collect::<Vec<_>>(),
            [vec![], vec![23], vec![19]]
        );
    }

    #[test]
    fn there_is_a_bound() {
        let file =
            |count| format!("{ISA}GS*IN*A*B*20261122*1200*1*X*004010~{}", "ST*810*0001~SE*2*0001~".repeat(count));
        assert_eq!(split(file(limits::EDIFACT_MESSAGES).as_bytes(), "810").err(), Some(TooMany));
        assert_eq!(split(file(1000).as_bytes(), "810").unwrap().parts().len(), 1000);
        // What is behind a segment that is too long would be lost: nothing is taken apart. One invoice is kept and told as it is.
        let long = format!("{}NTE*{}~", file(2), "x".repeat(limits::X12_SEGMENT_BYTES));
        assert_eq!(split(long.as_bytes(), "810").err(), Some(TooMany));
        let long = format!("{}NTE*{}~", file(1), "x".repeat(limits::X12_SEGMENT_BYTES));
        assert_eq!(split(long.as_bytes(), "810").unwrap().parts().len(), 1);
    }

    fn codes(faults: &Faults, but: u8) -> BTreeSet<Code> {
        faults
            .listed
            .iter()
            .map(|fault| fault.code)
            .filter(|code| code.number != but || code.list == List::Ak304)
            .collect()
    }

    /// Strictly and leniently, what is said of a set in its part, of its group and of its interchange, is what is said there in the file.
    fn same_in_its_part(file: &[u8]) {
        let split = match split(file, "810") {
            Ok(split) => split,
            Err(TooMany) => return,
        };
        for strict in [false, true] {
            let (wholes, refusal) = read(file, &Options { strict });
            let groups = wholes.iter().flat_map(|one| one.groups.iter().map(move |group| (one, group)));
            let all = groups.flat_map(|(one, group)| group.sets.iter().map(move |set| (one, group, set)));
            let wanted: Vec<_> = all.filter(|(.., set)| set.code == "810").collect();
            assert_eq!(wanted.len(), split.parts().len());
            for (n, (one, group, set)) in wanted.into_iter().enumerate() {
                let bytes = split.bytes(n, file);
                let shown = String::from_utf8_lossy(&bytes);
                let (alone, rest) = read(&bytes, &Options { strict });
                assert_eq!((alone.len(), alone[0].groups.len(), alone[0].groups[0].sets.len()), (1, 1, 1), "{shown}");
                let own = &alone[0].groups[0].sets[0];
                let raw = |set: &Set<'_>| set.segments().map(|s| s.raw().to_vec()).collect::<Vec<_>>();
                assert_eq!(raw(own), raw(set), "{shown}");
                assert_eq!(set.offset(), split.parts()[n].offset);
                assert_eq!(codes(&own.faults, 23), codes(&set.faults, 23), "{shown}");
                assert_eq!(codes(&alone[0].groups[0].faults, 19), codes(&group.faults, 19), "{shown}");
                assert_eq!(codes(&alone[0].faults, 25), codes(&one.faults, 25), "{shown}");
                if split.parts()[n].around.is_empty() {
                    let refuse = |faults: [&Faults; 3]| faults.map(Faults::refuse);
                    let there = refuse([&one.faults, &group.faults, &set.faults]);
                    assert_eq!(refuse([&alone[0].faults, &alone[0].groups[0].faults, &own.faults]), there, "{shown}");
                }
                if wholes.last().is_some_and(|last| last.offset == one.offset) {
                    assert_eq!(rest.is_some(), refusal.is_some(), "{shown}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_part_reads_as_its_set_did(
            kinds in prop::collection::vec(prop::collection::vec(0..4usize, 0..4), 0..4),
            twice in any::<bool>(),
            damage in prop::collection::vec((0..2000usize, prop::sample::select(b"*~>STGEAI \n0A1".to_vec())), 0..5),
            cut in prop::option::of(0..2000usize),
        ) {
            let mut file = String::new();
            for _ in 0..=usize::from(twice) {
                let groups = kinds.iter().enumerate().map(|(n, sets)| {
                    let set = |(n, kind): (usize, &usize)| set(n, ["810", "810", "850", "810"][*kind]);
                    group(n, &sets.iter().enumerate().map(set).collect::<Vec<_>>())
                });
                file += &format!("{ISA}{}IEA*{}*000000007~\n", groups.collect::<String>(), kinds.len());
            }
            let mut bytes = file.into_bytes();
            for (at, with) in damage {
                let length = bytes.len();
                if let Some(b) = bytes.get_mut(at % length).filter(|_| at > ISA.len()) {
                    *b = with;
                }
            }
            if let Some(cut) = cut.filter(|cut| *cut > ISA.len()) {
                bytes.truncate(cut);
            }
            same_in_its_part(&bytes);
        }
    }
}
