//! Interchanges of a file: envelopes, groups, sets, and what is wrong with each.

use std::collections::HashSet;
use std::ops::Range;

use super::fault::{Answer, Code, Fault, Faults, List, Place, Refusal, RefusalKind};
use super::header::{self, Envelope};
use super::segment::{Mark, Segment};
use super::service::{self, Isa, Service};
use super::trailer::{self, Expected};
use super::words;
use crate::day::Day;
use crate::interchange::{after_blanks, is_blank};
use crate::limits;
use crate::text::Text;

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Do counts, control numbers and forms that are wrong refuse what they speak of? Otherwise they warn. What may not be whole is
    /// refused either way.
    pub strict: bool,
}

/// An interchange: ISA … IEA.
#[derive(Debug, Clone)]
pub struct Interchange<'a> {
    pub service: Service,
    pub envelope: Envelope,
    pub offset: u64,
    pub groups: Vec<Group<'a>>,
    /// Of the interchange itself, not of what is inside.
    pub faults: Faults,
    pub(super) laid: Laid,
}

/// Where the segments of an interchange or of a group stand, without those of its sets.
#[derive(Debug, Clone, Default)]
pub(super) struct Laid {
    /// ISA, GS.
    pub head: Mark,
    /// IEA, GE; none where it never came.
    pub trailer: Option<Mark>,
    /// What is out of its place; an empty one is a terminator alone.
    pub stray: Vec<Mark>,
    /// TA1 between ISA and GS.
    pub notes: Vec<Mark>,
    /// What stands behind IEA and belongs to nothing.
    pub behind: Vec<Range<usize>>,
}

/// A functional group: GS … GE.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// GS01: `IN` for invoices.
    pub code: String,
    /// GS02 and GS03.
    pub sender: String,
    pub recipient: String,
    pub date: Option<Day>,
    /// GS06.
    pub control: String,
    /// GS08, such as `004010` or `004010VICS`.
    pub version: String,
    pub offset: u64,
    pub sets: Vec<Set<'a>>,
    pub faults: Faults,
    pub(super) laid: Laid,
}

/// A transaction set: ST … SE.
#[derive(Debug, Clone)]
pub struct Set<'a> {
    /// ST01: `810` for an invoice.
    pub code: String,
    /// ST02.
    pub control: String,
    pub faults: Faults,
    file: &'a [u8],
    service: Service,
    marks: Vec<Mark>,
    /// Bytes of the file before what follows it.
    pub(super) end: usize,
}

impl<'a> Set<'a> {
    /// Its segments, ST and SE included, but for one in whose middle the file ends: nobody knows what it was to say.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> + '_ {
        let whole = self.marks.len() - usize::from(self.is_torn());
        (1..).zip(self.marks.iter().take(whole)).map(|(number, mark)| self.view(number, *mark))
    }

    /// Does the file end in the middle of its last segment, without a terminator?
    fn is_torn(&self) -> bool {
        self.marks.last().is_some_and(|last| self.file.get(last.end as usize) != Some(&self.service.terminator))
    }

    /// Segment `number`, ST being 1.
    pub fn segment(&self, number: u32) -> Option<Segment<'a>> {
        let mark = *self.marks.get(usize::try_from(number.checked_sub(1)?).ok()?)?;
        Some(self.view(number, mark))
    }

    /// Bytes of the file before it.
    pub fn offset(&self) -> u64 {
        self.marks.first().map_or(0, |mark| u64::from(mark.start))
    }

    pub fn is_refused(&self) -> bool {
        self.faults.refuse()
    }

    fn view(&self, number: u32, mark: Mark) -> Segment<'a> {
        Segment { file: self.file, service: self.service, mark, number }
    }
}

/// All interchanges of a file, and why the rest of it is not read, where it is not.
pub fn read<'a>(file: &'a [u8], options: &Options) -> (Vec<Interchange<'a>>, Option<Refusal>) {
    let refusal = |kind, offset: usize, what| Refusal { kind, code: None, offset: offset as u64, what };
    if file.len() > limits::DOCUMENT_BYTES {
        let what = words::limit("octets", "bytes", limits::DOCUMENT_BYTES);
        return (Vec::new(), Some(refusal(RefusalKind::Limit, 0, what)));
    }
    if service::is_wide(file) {
        return (Vec::new(), Some(refusal(RefusalKind::Encoding, 0, words::wide())));
    }
    let start = file.len() - after_blanks(file).len();
    if start == file.len() {
        return (Vec::new(), Some(refusal(RefusalKind::Empty, 0, words::empty())));
    }
    if !service::begins(&file[start..]) {
        return (Vec::new(), Some(refusal(RefusalKind::NotX12, start, words::no_head())));
    }
    let answer = if options.strict { Answer::Refuse } else { Answer::Warn };
    let mut reader =
        Reader { file, at: start, answer, found: Vec::new(), segments: 0, envelopes: 0, controls: HashSet::new() };
    let refusal = reader.all().err();
    if let (Some(Refusal { kind: RefusalKind::Separators, .. }), Some(last)) = (&refusal, reader.found.last_mut()) {
        last.laid.behind.push(reader.at..file.len());
    }
    (reader.found, refusal)
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
    answer: Answer,
    found: Vec<Interchange<'a>>,
    segments: usize,
    /// Interchanges, groups and sets so far.
    envelopes: usize,
    /// ISA06 and ISA13 of the interchanges before.
    controls: HashSet<(String, String)>,
}

/// What is open inside an interchange.
struct Open<'a> {
    interchange: Interchange<'a>,
    group: Option<Group<'a>>,
    set: Option<Set<'a>>,
    group_controls: HashSet<String>,
    set_controls: HashSet<String>,
}

impl<'a> Reader<'a> {
    fn all(&mut self) -> Result<(), Refusal> {
        while self.at < self.file.len() {
            let rest = &self.file[self.at..];
            if service::begins(rest) {
                let open = self.open()?;
                let (open, outcome) = self.inside(open);
                self.found.push(open);
                outcome?;
            } else if let Some(next) = self.next_isa() {
                self.outside(next);
                self.at = next;
            } else {
                self.outside(self.file.len());
                self.at = self.file.len();
            }
        }
        Ok(())
    }

    /// Bytes behind IEA that are more than blanks.
    fn outside(&mut self, end: usize) {
        let place = Place { offset: self.at as u64, ..Place::default() };
        let answer = self.answer;
        if let Some(last) = self.found.last_mut() {
            last.laid.behind.push(self.at..end);
            last.faults.push(Fault { code: ta105(24), answer, tag: String::new(), place, what: words::outside() });
        }
    }

    fn next_isa(&self) -> Option<usize> {
        let rest = &self.file[self.at..];
        memchr::memmem::find_iter(rest, b"ISA").find(|at| service::begins(&rest[*at..])).map(|at| self.at + at)
    }

    fn open(&mut self) -> Result<Open<'a>, Refusal> {
        let start = self.at;
        let isa = Isa::read(&self.file[start..]).map_err(|kind| Refusal {
            kind,
            code: Some(ta105(4)),
            offset: start as u64,
            what: words::no_separators(),
        })?;
        let mark = Mark { start: small(start), end: small(start + isa.length) };
        let segment = Segment { file: self.file, service: isa.service, mark, number: 0 };
        let envelope = Envelope::read(&segment);
        self.envelope()?;
        let mut faults = Faults::default();
        header::check(&segment, &isa, &envelope, self.answer).into_iter().for_each(|fault| faults.push(fault));
        if !self.controls.insert((envelope.sender.id.clone(), envelope.control.clone())) {
            let place = Place { element: 13, offset: segment.at(13), ..Place::default() };
            let what = words::twice("ISA13", &envelope.control);
            faults.push(Fault { code: ta105(25), answer: self.answer, tag: "ISA".into(), place, what });
        }
        self.at = start + isa.length + 1;
        let laid = Laid { head: mark, ..Laid::default() };
        let interchange =
            Interchange { service: isa.service, envelope, offset: start as u64, groups: Vec::new(), faults, laid };
        Ok(Open { interchange, group: None, set: None, group_controls: HashSet::new(), set_controls: HashSet::new() })
    }

    /// Up to IEA, the next ISA, the end of the file, or a bound.
    fn inside(&mut self, mut open: Open<'a>) -> (Interchange<'a>, Result<(), Refusal>) {
        loop {
            let mark = match self.next(&mut open) {
                Ok(Some(mark)) => mark,
                Ok(None) => {
                    open.close_all(self.file.len());
                    return (open.interchange, Ok(()));
                }
                Err(refusal) => {
                    open.close_all(self.at);
                    return (open.interchange, Err(refusal));
                }
            };
            let number = open.set.as_ref().map_or(0, |set| small(set.marks.len() + 1));
            let segment = Segment { file: self.file, service: open.interchange.service, mark, number };
            match segment.tag() {
                // Another begins and this one did not end: it is read anew.
                "ISA" if service::begins(&self.file[mark.start as usize..]) => {
                    open.close_all(mark.start as usize);
                    self.at = mark.start as usize;
                    return (open.interchange, Ok(()));
                }
                "IEA" => {
                    open.iea(segment, self.answer);
                    self.skip_blanks();
                    return (open.interchange, Ok(()));
                }
                "GS" | "ST" => {
                    if let Err(refusal) = self.envelope() {
                        open.close_all(mark.start as usize);
                        return (open.interchange, Err(refusal));
                    }
                    if segment.tag() == "GS" { open.gs(segment, self.answer) } else { open.st(segment, self.answer) }
                }
                "GE" => open.ge(segment, self.answer),
                "SE" => open.se(segment, self.answer),
                "TA1" if open.group.is_none() => open.interchange.laid.notes.push(mark),
                tag => open.data(segment, tag, self.answer),
            }
        }
    }

    /// The next segment; none at the end of the file.
    fn next(&mut self, open: &mut Open<'a>) -> Result<Option<Mark>, Refusal> {
        let terminator = open.interchange.service.terminator;
        loop {
            self.skip_blanks_but(terminator);
            let start = self.at;
            let rest = &self.file[start..];
            if rest.is_empty() {
                return Ok(None);
            }
            let end = memchr::memchr(terminator, rest);
            self.at = end.map_or(self.file.len(), |end| start + end + 1);
            let end = start + end.unwrap_or_else(|| rest.trim_ascii_end().len());
            if end - start > limits::X12_SEGMENT_BYTES {
                self.at = start;
                return Err(self.bound(words::limit(
                    "octets dans un segment",
                    "bytes in one segment",
                    limits::X12_SEGMENT_BYTES,
                )));
            }
            self.segments += 1;
            if self.segments > limits::X12_SEGMENTS {
                return Err(self.bound(words::limit("segments", "segments", limits::X12_SEGMENTS)));
            }
            if end > start {
                if !self.file[..self.at].ends_with(&[terminator]) {
                    // Inside a set it may be cut; behind its last segment a file often has no terminator.
                    let (code, answer) = match open.set {
                        Some(_) => (Code::new(List::Ak502, 2), Answer::Refuse),
                        None => (ta105(23), Answer::Warn),
                    };
                    open.fault(code, answer, start, "", words::unterminated());
                }
                return Ok(Some(Mark { start: small(start), end: small(end) }));
            }
            if !matches!(terminator, b'\n' | b'\r') {
                open.fault(Code::new(List::Ak304, 1), self.answer, start, "", words::empty_segment());
                if open.set.is_none() {
                    open.stray(Mark { start: small(start), end: small(end) });
                }
            }
        }
    }

    /// One more interchange, group or set.
    fn envelope(&mut self) -> Result<(), Refusal> {
        self.envelopes += 1;
        if self.envelopes > limits::X12_ENVELOPES {
            let what =
                words::limit("échanges, groupes et messages", "interchanges, groups and sets", limits::X12_ENVELOPES);
            return Err(self.bound(what));
        }
        Ok(())
    }

    fn bound(&self, what: Text) -> Refusal {
        Refusal { kind: RefusalKind::Limit, code: Some(ta105(24)), offset: self.at as u64, what }
    }

    fn skip_blanks(&mut self) {
        let rest = &self.file[self.at..];
        self.at += rest.iter().position(|b| !is_blank(*b)).unwrap_or(rest.len());
    }

    fn skip_blanks_but(&mut self, terminator: u8) {
        let rest = &self.file[self.at..];
        let line_end = matches!(terminator, b'\n' | b'\r');
        let blank = |b: u8| is_blank(b) && (b != terminator || line_end);
        self.at += rest.iter().position(|b| !blank(*b)).unwrap_or(rest.len());
    }
}

impl<'a> Open<'a> {
    fn gs(&mut self, gs: Segment<'a>, answer: Answer) {
        self.close_group(gs.offset());
        let text = |e| gs.text(e).into_owned();
        let mut group = Group {
            code: text(1),
            sender: text(2),
            recipient: text(3),
            date: header::group_day(&gs.text(4)),
            control: text(6),
            version: text(8),
            offset: gs.offset(),
            sets: Vec::new(),
            faults: Faults::default(),
            laid: Laid { head: gs.mark, ..Laid::default() },
        };
        let mut fault = |code, e: usize, what| {
            let place = Place { element: e as u32, offset: gs.at(e), ..Place::default() };
            group.faults.push(Fault { code, answer, tag: "GS".into(), place, what });
        };
        if gs.value(6).is_none_or(|control| !control.bytes().all(|b| b.is_ascii_digit())) {
            fault(Code::new(List::Ak905, 6), 6, words::expected("GS06", "un à neuf chiffres", "one to nine digits"));
        }
        if !self.group_controls.insert(text(6)) {
            fault(Code::new(List::Ak905, 19), 6, words::twice("GS06", &gs.text(6)));
        }
        if header::group_day(&gs.text(4)).is_none() {
            fault(ta105(24), 4, words::expected("GS04", "SSAAMMJJ", "CCYYMMDD"));
        }
        self.set_controls.clear();
        self.group = Some(group);
    }

    fn st(&mut self, st: Segment<'a>, answer: Answer) {
        self.close_set(st.offset());
        let Segment { file, service, mark, .. } = st;
        let mut set = Set {
            code: st.text(1).into_owned(),
            control: st.text(2).into_owned(),
            faults: Faults::default(),
            file,
            service,
            marks: vec![mark],
            end: 0,
        };
        let mut fault = |number, e: usize, what| {
            let place = Place { segment: 1, element: e as u32, component: 0, offset: st.at(e) };
            set.faults.push(Fault { code: Code::new(List::Ak502, number), answer, tag: "ST".into(), place, what });
        };
        if st.value(1).is_none() {
            fault(6, 1, words::expected("ST01", "le code du message", "the code of the transaction set"));
        }
        if !(4..=9).contains(&st.text(2).chars().count()) {
            fault(7, 2, words::expected("ST02", "quatre à neuf caractères", "four to nine characters"));
        } else if !self.set_controls.insert(st.text(2).into_owned()) {
            fault(23, 2, words::twice("ST02", &st.text(2)));
        }
        if self.group.is_none() {
            self.fault(ta105(24), Answer::Refuse, st.offset() as usize, "ST", words::misplaced("ST"));
            return self.stray(st.mark);
        }
        self.set = Some(set);
    }

    fn se(&mut self, se: Segment<'a>, answer: Answer) {
        let Some(mut set) = self.set.take() else {
            self.fault(ta105(24), answer, se.offset() as usize, "SE", words::misplaced("SE"));
            return self.stray(se.mark);
        };
        set.marks.push(se.mark);
        set.end = se.mark.after(se.file, se.service.terminator);
        let expected = Expected { control: &set.control, count: set.marks.len(), codes: trailer::SET, answer };
        trailer::check(&se, &expected).into_iter().for_each(|fault| set.faults.push(fault));
        self.keep(set);
    }

    fn ge(&mut self, ge: Segment<'a>, answer: Answer) {
        self.close_set(ge.offset());
        let Some(mut group) = self.group.take() else {
            self.fault(ta105(24), answer, ge.offset() as usize, "GE", words::misplaced("GE"));
            return self.stray(ge.mark);
        };
        group.laid.trailer = Some(ge.mark);
        let expected = Expected { control: &group.control, count: group.sets.len(), codes: trailer::GROUP, answer };
        trailer::check(&ge, &expected).into_iter().for_each(|fault| group.faults.push(fault));
        self.interchange.groups.push(group);
    }

    fn iea(&mut self, iea: Segment<'a>, answer: Answer) {
        self.close_group(iea.offset());
        self.interchange.laid.trailer = Some(iea.mark);
        let control = self.interchange.envelope.control.clone();
        let count = self.interchange.groups.len();
        let expected = Expected { control: &control, count, codes: trailer::INTERCHANGE, answer };
        trailer::check(&iea, &expected).into_iter().for_each(|fault| self.interchange.faults.push(fault));
        if count == 0 {
            let what = words::nothing_inside("groupe", "group");
            self.fault(ta105(24), answer, iea.offset() as usize, "IEA", what);
        }
    }

    fn data(&mut self, segment: Segment<'a>, tag: &str, answer: Answer) {
        let is_tag = (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let Some(set) = &mut self.set else {
            self.fault(ta105(24), answer, segment.offset() as usize, tag, words::misplaced(tag));
            return self.stray(segment.mark);
        };
        let place = |element, offset| Place { segment: segment.number, element, component: 0, offset };
        if !is_tag {
            let fault = (Code::new(List::Ak304, 1), words::bad_tag());
            let place = place(0, segment.offset());
            set.faults.push(Fault { code: fault.0, answer, tag: String::new(), place, what: fault.1 });
        }
        if segment.elements() > limits::X12_ELEMENTS {
            let what = words::limit("éléments dans un segment", "elements in one segment", limits::X12_ELEMENTS);
            let place = place(0, segment.offset());
            set.faults.push(Fault {
                code: Code::new(List::Ak403, 3),
                answer: Answer::Refuse,
                tag: tag.to_owned(),
                place,
                what,
            });
        }
        let raw = segment.raw();
        if !raw.is_ascii()
            && let Err(e) = std::str::from_utf8(raw)
        {
            let at = e.valid_up_to();
            let element = memchr::memchr_iter(segment.service.element, &raw[..at]).count();
            let place = place(small(element), segment.offset() + at as u64);
            let code = Code::new(List::Ak403, 6);
            set.faults.push(Fault { code, answer: Answer::Warn, tag: tag.to_owned(), place, what: words::not_utf8() });
        }
        set.marks.push(segment.mark);
    }

    /// A set that did not end is refused: what was sent may not be whole.
    fn close_set(&mut self, offset: u64) {
        let Some(mut set) = self.set.take() else { return };
        set.end = usize::try_from(offset).unwrap_or(usize::MAX);
        let place = Place { segment: small(set.marks.len()), offset, ..Place::default() };
        let code = Code::new(List::Ak502, 2);
        set.faults.push(Fault { code, answer: Answer::Refuse, tag: "SE".into(), place, what: words::missing("SE") });
        self.keep(set);
    }

    fn close_group(&mut self, offset: u64) {
        self.close_set(offset);
        let Some(mut group) = self.group.take() else { return };
        let place = Place { offset, ..Place::default() };
        let code = Code::new(List::Ak905, 3);
        group.faults.push(Fault { code, answer: Answer::Refuse, tag: "GE".into(), place, what: words::missing("GE") });
        self.interchange.groups.push(group);
    }

    /// At the end of the file, or at the next ISA.
    fn close_all(&mut self, offset: usize) {
        self.close_group(offset as u64);
        self.fault(ta105(23), Answer::Refuse, offset, "IEA", words::missing("IEA"));
    }

    fn stray(&mut self, mark: Mark) {
        let laid = self.group.as_mut().map_or(&mut self.interchange.laid, |group| &mut group.laid);
        laid.stray.push(mark);
    }

    fn keep(&mut self, set: Set<'a>) {
        if let Some(group) = &mut self.group {
            group.sets.push(set);
        }
    }

    /// Told of the innermost that is open.
    fn fault(&mut self, code: Code, answer: Answer, offset: usize, tag: &str, what: Text) {
        let mut place = Place { offset: offset as u64, ..Place::default() };
        let faults = match (&mut self.set, code.list) {
            (Some(set), List::Ak502 | List::Ak304 | List::Ak403) => {
                place.segment = small(set.marks.len() + 1);
                &mut set.faults
            }
            // The file ends here: the interchange is not whole, whatever is open.
            (_, List::Ta105) if code.number == 23 => &mut self.interchange.faults,
            // What is between the sets of a group touches no other group.
            _ => self.group.as_mut().map_or(&mut self.interchange.faults, |group| &mut group.faults),
        };
        faults.push(Fault { code, answer, tag: tag.to_owned(), place, what });
    }
}

fn ta105(number: u8) -> Code {
    Code::new(List::Ta105, number)
}

/// What [`limits::DOCUMENT_BYTES`] keeps within four bytes.
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
