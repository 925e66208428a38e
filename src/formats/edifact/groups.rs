//! Segments to the tree of segment groups, by position: the same tag in several groups is told by where it stands alone.
//!
//! Each segment goes to the innermost open group that still has a place for it, at or after the place where that group is. What has no place
//! is a fault (CONTRL 15) and kept aside, and so is what could only belong to it: nothing is read as something that it may not be.

use crate::edifact::{Answer, Concern, Fault, Level, Message, Place, Segment, Strictness, plain};
use crate::limits;
use crate::text::Text;

use super::structure::{Structure, Tag, code, tag, tag_of};

/// A message as groups.
pub struct Groups<'m> {
    pub message: &'m Message,
    pub structure: &'static Structure,
    tags: Vec<Tag>,
    /// Component 1 of element 1 of each segment, where its bytes are its text and few.
    qualifiers: Vec<Option<u64>>,
    nodes: Vec<Node>,
    /// The groups directly in the message but its lines, of which there may be many.
    heads: Vec<u32>,
    /// Positions (from 0) of the segments that have no place.
    pub aside: Vec<u32>,
    /// Positions of the FTX that go on with the text of the one before.
    further: Vec<u32>,
    pub faults: Vec<Fault>,
    strictness: Strictness,
    /// Was something set aside, or missing, of which a term or an amount may have come?
    lost: bool,
}

/// An instance of a group. Its own segments stand before the groups in it.
#[derive(Debug, Clone, Copy)]
struct Node {
    #[cfg_attr(not(test), expect(dead_code, reason = "what a group is called, asked by tests"))]
    form: u16,
    /// Its trigger, and what follows its own segments.
    first: u32,
    own_end: u32,
    /// The node behind all that is in it.
    end: u32,
    /// The bits of its own segments' tags and of the triggers directly in it.
    has: u64,
    /// The same of the tags with their qualifiers, as [`mark`] has them.
    marks: u64,
}

/// The message itself.
pub const MESSAGE: u32 = 0;

struct Open {
    node: u32,
    form: u16,
    at: usize,
    count: u32,
    /// Which of its parts were there.
    seen: u64,
}

impl<'m> Groups<'m> {
    pub fn of(message: &'m Message, structure: &'static Structure, strictness: &Strictness) -> Groups<'m> {
        let (mut tags, mut qualifiers) = (Vec::with_capacity(message.len()), Vec::with_capacity(message.len()));
        for segment in message.segments() {
            tags.push(tag_of(segment.tag_bytes()));
            qualifiers.push(segment.code(1, 1).and_then(code));
        }
        let has = structure.bit(tags.first().copied().unwrap_or(0));
        let root = Node { form: 0, first: 0, own_end: 1, end: 1, has, marks: u64::MAX };
        let mut groups = Groups {
            message,
            structure,
            tags,
            qualifiers,
            nodes: vec![root],
            heads: Vec::new(),
            aside: Vec::new(),
            further: Vec::new(),
            faults: Vec::new(),
            strictness: *strictness,
            lost: false,
        };
        groups.place_all();
        groups.further = groups.continuations();
        groups.heads = groups.children(MESSAGE).filter(|child| groups.tag(groups.trigger(*child)) != LIN).collect();
        groups
    }

    pub fn tag(&self, segment: u32) -> Tag {
        self.tags.get(segment as usize).copied().unwrap_or_default()
    }

    /// Component 1 of element 1 of a segment without blanks around it, as a [`code`]; none where its bytes are not its text.
    pub fn qualifier(&self, segment: u32) -> Option<u64> {
        *self.qualifiers.get(segment as usize)?
    }

    /// The own segments of a group with that tag.
    #[inline]
    pub fn own_of(&self, node: u32, wanted: Tag) -> impl Iterator<Item = u32> {
        let own = self.own(node);
        let tags = self.tags.get(own.start as usize..own.end as usize).unwrap_or_default();
        own.zip(tags).filter(move |(_, tag)| **tag == wanted).map(|(segment, _)| segment)
    }

    /// May a group have a segment, or directly in it a group, with a tag of this bit?
    pub fn has(&self, node: u32, bit: u64) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.has & bit != 0)
    }

    /// The same for a tag with one of the qualifiers of these marks.
    #[inline]
    pub fn may_have(&self, node: u32, bit: u64, marks: u64) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.has & bit != 0 && node.marks & marks != 0)
    }

    /// The groups directly in the message but its lines.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// A segment by its position from 0.
    pub fn segment(&self, segment: u32) -> Option<Segment<'m>> {
        self.message.segment(segment.checked_add(1)?)
    }

    /// The positions of a group's own segments.
    pub fn own(&self, node: u32) -> std::ops::Range<u32> {
        self.nodes.get(node as usize).map_or(0..0, |node| node.first..node.own_end)
    }

    /// Does this segment go on with the text of the one before, so that it says nothing by itself?
    pub fn is_further(&self, segment: u32) -> bool {
        !self.further.is_empty() && self.further.binary_search(&segment).is_ok()
    }

    /// The components of a segment as one text, with that of the FTX that go on with it.
    pub fn text(&self, segment: u32, element: usize, first: usize, last: usize) -> String {
        let Some(own) = self.segment(segment) else { return String::new() };
        let mut text = super::text::joined(own, element, first, last);
        // The last component was full: it goes on without a blank.
        let further = (segment + 1..).take_while(|next| last == TEXTS && self.is_further(*next));
        for own in further.filter_map(|next| self.segment(next)) {
            text.push_str(&super::text::joined(own, element, 1, TEXTS));
        }
        text
    }

    /// FTX right behind one of the same subject whose five components are taken, the last of them to its end: senders go on so with texts longer than a
    /// segment.
    fn continuations(&self) -> Vec<u32> {
        let count = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        let is_text = |segment: u32| self.tag(segment) == FTX;
        let goes_on = |segment: &u32| {
            let pair = is_text(*segment) && is_text(segment - 1);
            let Some((before, own)) = pair.then(|| self.segment(segment - 1).zip(self.segment(*segment))).flatten()
            else {
                return false;
            };
            let taken = (1..=TEXTS).all(|c| before.component(4, c).is_some());
            let end = before.text(4, TEXTS).chars().count();
            let plain = own.component(2, 1).is_none() && own.component(3, 1).is_none();
            let full = taken && matches!(end, 70 | 512) && !before.text(4, TEXTS).ends_with(' ');
            full && plain && own.component(4, 1).is_some() && own.text(1, 1) == before.text(1, 1)
        };
        let mut further: Vec<u32> = (1..count).filter(goes_on).collect();
        further.retain(|segment| self.aside.binary_search(segment).is_err());
        further
    }

    /// The trigger of a group.
    pub fn trigger(&self, node: u32) -> u32 {
        self.nodes.get(node as usize).map_or(0, |node| node.first)
    }

    /// The positions of its first segment and of what follows all that is in it.
    pub fn extent(&self, node: u32) -> (u32, u32) {
        let Some(own) = self.nodes.get(node as usize) else { return (0, 0) };
        let inner = self.nodes.get(node as usize + 1..own.end as usize).unwrap_or_default();
        (own.first, inner.iter().map(|inner| inner.own_end).fold(own.own_end, u32::max))
    }

    /// The groups directly in a group.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let end = self.nodes.get(node as usize).map_or(0, |node| node.end);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes.get(child as usize)?.end;
            Some(child)
        })
    }

    /// `SG26`: what the directory calls the group.
    #[cfg(test)]
    fn name(&self, node: u32) -> &'static str {
        let form = self.nodes.get(node as usize).map_or(0, |node| usize::from(node.form));
        self.structure.groups.get(form).map_or("", |form| &form.name)
    }

    fn place_all(&mut self) {
        let count = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        // The first is UNH, the last UNT where it came.
        let end = if self.tags.last() == Some(&tag("UNT")) { count - 1 } else { count };
        let last_line = self.tags.iter().rposition(|t| *t == LIN).unwrap_or_default() as u32;
        let mut stack = vec![Open { node: MESSAGE, form: 0, at: 0, count: 0, seen: 0 }];
        let mut shadow: Option<&'static [Tag]> = None;
        // The fault of the segment that was set aside last.
        let mut told = None;
        for segment in 1..end {
            let tag = self.tag(segment);
            if shadow.is_some_and(|shadow| shadow.contains(&tag)) {
                self.aside.push(segment);
                self.weigh(segment, told);
                continue;
            }
            let early = tag == UNS && segment < last_line;
            match self.find(&stack, tag).filter(|_| !early) {
                Some((depth, part)) => {
                    shadow = None;
                    self.close(&mut stack, depth, segment);
                    self.put(&mut stack, part, segment);
                }
                None => {
                    self.aside.push(segment);
                    told = self.misplaced(segment);
                    if !early {
                        self.weigh(segment, told);
                    }
                    shadow = self.structure.inside(tag).filter(|_| tag != UNS);
                }
            }
        }
        self.close(&mut stack, 0, end);
        if let Some(open) = stack.pop() {
            // Without UNS, what belongs behind it has no place: there it is missing.
            let astray = self.aside.iter().copied().find(|segment| *segment > last_line && last_line > 0);
            self.missing((open.form, open.seen, open.at..usize::MAX), astray.unwrap_or(end));
        }
        let all = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(root) = self.nodes.first_mut() {
            root.end = all;
        }
    }

    /// The innermost open group with a place for the segment, and the place.
    fn find(&self, stack: &[Open], tag: Tag) -> Option<(usize, usize)> {
        stack.iter().enumerate().rev().find_map(|(depth, open)| {
            let parts = &self.structure.groups.get(usize::from(open.form))?.parts;
            let ahead = parts.get(open.at..)?.iter().position(|part| part.tag == tag)?;
            Some((depth, open.at + ahead))
        })
    }

    /// Closes all groups deeper than `depth`.
    fn close(&mut self, stack: &mut Vec<Open>, depth: usize, segment: u32) {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        while stack.len() > depth + 1 {
            if let Some(open) = stack.pop() {
                self.missing((open.form, open.seen, open.at..usize::MAX), segment);
                if let Some(node) = self.nodes.get_mut(open.node as usize) {
                    node.end = next;
                }
            }
        }
    }

    fn put(&mut self, stack: &mut Vec<Open>, at: usize, segment: u32) {
        let structure = self.structure;
        let Some(open) = stack.last_mut() else { return };
        let Some(part) = structure.groups.get(usize::from(open.form)).and_then(|form| form.parts.get(at)) else {
            return;
        };
        // What is passed over can come no more: it is missing behind the segment before this one.
        let passed = (open.form, open.seen, open.at..at);
        let counted = if at == open.at { open.count } else { 0 };
        (open.at, open.count) = (at, counted + 1);
        open.seen |= 1u64.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or_default();
        let node = open.node;
        let bit = structure.bit(part.tag);
        let marks = self.qualifier(segment).map_or(u64::MAX, |code| mark(part.tag, code));
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.has |= bit;
            node.marks |= marks;
        }
        let part = *part;
        self.missing(passed, segment);
        if counted == part.most {
            self.too_many(segment, part.group.is_some(), part.most);
        }
        match part.group {
            None => {
                if let Some(node) = self.nodes.get_mut(node as usize) {
                    node.own_end = segment + 1;
                }
            }
            Some(form) => {
                let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
                self.nodes.push(Node { form, first: segment, own_end: segment + 1, end: node + 1, has: bit, marks });
                stack.push(Open { node, form, at: 1, count: 0, seen: 1 });
            }
        }
    }

    /// What a group must have and had not, among its parts of that range; `behind` is the segment that came instead. The place is that of the segment
    /// behind which it is missing (ISO 9735-4, 0096).
    fn missing(&mut self, (form, seen, parts): (u16, u64, std::ops::Range<usize>), behind: u32) {
        let structure = self.structure;
        let Some(form) = structure.groups.get(usize::from(form)) else { return };
        let all = form.parts.iter().enumerate().take(parts.end).skip(parts.start);
        for (at, part) in all.filter(|(_, part)| part.mandatory) {
            let seen = 1u64.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).is_some_and(|bit| seen & bit != 0);
            if seen {
                continue;
            }
            let trigger = text(part.tag);
            let name = part.group.and_then(|g| structure.groups.get(usize::from(g))).map_or("", |g| &g.name);
            let called =
                if name.is_empty() || name == trigger { trigger.clone() } else { format!("{trigger} ({name})") };
            let what = Text::new(
                format!("le segment {called}, obligatoire, manque"),
                format!("the mandatory segment {called} is missing"),
            );
            self.fault(13, Concern::Completeness, behind.saturating_sub(1), trigger, what);
        }
    }

    fn too_many(&mut self, segment: u32, group: bool, most: u32) {
        let tag = text(self.tag(segment));
        let (code, what) = if group {
            let what = Text::new(
                format!("plus de {most} groupes qui commencent par {tag} à cet endroit ; ils sont lus quand même"),
                format!("more than {most} groups that begin with {tag} at this place; they are read all the same"),
            );
            (36, what)
        } else {
            let what = Text::new(
                format!("plus de segments {tag} à cet endroit que permis ({most}) ; ils sont lus quand même"),
                format!("more segments {tag} at this place than allowed ({most}); they are read all the same"),
            );
            (35, what)
        };
        self.fault(code, Concern::Presence, segment, tag, what);
    }

    fn misplaced(&mut self, segment: u32) -> Option<usize> {
        let own = self.segment(segment);
        let tag = own.map(|s| s.tag().to_owned()).unwrap_or_default();
        let what = match own.filter(|own| self.is_text(segment, *own)) {
            Some(own) => {
                let found: String = crate::text::visible(&own.opening()).chars().take(30).collect();
                Text::new(
                    format!(
                        "« {found} » n’est pas un segment, mais sans doute la suite d’un texte dont l’apostrophe n’est pas libérée (?')"
                    ),
                    format!(
                        "\"{found}\" is no segment but probably the rest of a text in which an apostrophe is not released (?')"
                    ),
                )
            }
            None => Text::new(
                format!("le segment {tag} n’a pas sa place ici dans INVOIC ; il n’est pas lu"),
                format!("segment {tag} has no place here in INVOIC; it is not read"),
            ),
        };
        self.fault(15, Concern::Structure, segment, tag, what)
    }

    /// Is it text behind an apostrophe that should have been released: what no tag can be, or a tag of no directory that says nothing?
    fn is_text(&self, segment: u32, own: Segment<'_>) -> bool {
        let tag = own.tag().as_bytes();
        let formed = tag.len() == 3
            && tag.first().is_some_and(u8::is_ascii_uppercase)
            && tag.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        !formed || (own.elements() == 0 && !is_known(self.tag(segment)))
    }

    /// A segment that is set aside, with the fault that told of it: where an amount or a term may stand in it, nobody can say that the invoice was read.
    fn weigh(&mut self, segment: u32, told: Option<usize>) {
        if self.is_harmless(segment) {
            return;
        }
        match told.and_then(|told| self.faults.get_mut(told)) {
            Some(fault) => {
                (fault.concern, fault.answer) = (Concern::Completeness, Answer::Refuse);
                self.lost = true;
            }
            // It was beyond the bound, or is not told: what refuses is told at least once.
            None if !self.lost => {
                let tag = text(self.tag(segment));
                let what = Text::new(
                    format!("un segment {tag} n’a pas sa place ; il n’est pas lu"),
                    format!("a segment {tag} has no place; it is not read"),
                );
                self.fault(15, Concern::Completeness, segment, tag, what);
            }
            None => {}
        }
    }

    /// Says this segment, by its tag, nothing of which a term or an amount is made? Of tags that no directory has, those without a number; text that lost its
    /// segment is none of them.
    fn is_harmless(&self, segment: u32) -> bool {
        const LOGISTICS: [&str; 19] = [
            "LOC", "MEA", "GIN", "GIS", "GEI", "TDT", "TSR", "TOD", "PAC", "PCI", "EQD", "SEL", "DGS", "PGI", "QVR",
            "CED", "INP", "DOC", "CNT",
        ];
        let own = self.tag(segment);
        if LOGISTICS.iter().any(|known| tag(known) == own) {
            return true;
        }
        if is_known(own) || self.segment(segment).is_some_and(|own| self.is_text(segment, own)) {
            return false;
        }
        let Some(segment) = self.segment(segment) else { return true };
        let elements = (1..=segment.elements()).filter_map(|e| segment.element(e));
        let mut repetitions = elements.flat_map(|e| e.repetitions());
        !repetitions.any(|one| one.texts().flatten().any(|text| plain(text.trim()).is_ok()))
    }

    /// Keeps a fault; its index, unless it is not told.
    fn fault(&mut self, code: u8, concern: Concern, segment: u32, tag: String, what: Text) -> Option<usize> {
        // What may hide an amount refuses whatever is agreed.
        let answer = match concern {
            Concern::Completeness => Answer::Refuse,
            concern => self.strictness.answer(concern),
        };
        let first_lost = concern == Concern::Completeness && !self.lost;
        self.lost |= concern == Concern::Completeness;
        let first_refusal = answer == Answer::Refuse && !self.faults.iter().any(Fault::refuses);
        let full = self.faults.len() >= limits::EDIFACT_FAULTS && !first_lost && !first_refusal;
        if answer == Answer::Ignore || full {
            return None;
        }
        let offset = self.segment(segment).map_or(0, |segment| segment.offset());
        let place = Place { segment: segment + 1, element: 0, component: 0, offset };
        self.faults.push(Fault { code, level: Level::Segment, concern, answer, tag, place, what });
        Some(self.faults.len() - 1)
    }
}

/// A tag with its qualifier as one of 64 bits: two that share a bit are looked at in vain, none is missed.
pub fn mark(tag: Tag, code: u64) -> u64 {
    1 << ((u64::from(tag) ^ code.rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

pub const LIN: Tag = u32::from_be_bytes([0, b'L', b'I', b'N']);
const FTX: Tag = u32::from_be_bytes([0, b'F', b'T', b'X']);
/// How many components of FTX are text.
const TEXTS: usize = 5;
const UNS: Tag = u32::from_be_bytes([0, b'U', b'N', b'S']);

/// Has any directory such a segment in its INVOIC?
fn is_known(own: Tag) -> bool {
    super::Directory::ALL.iter().any(|d| d.structure().knows(own))
}

fn text(tag: Tag) -> String {
    tag.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edifact::{Options, read};
    use crate::formats::edifact::structure::Directory;

    fn placed(body: &str, directory: Directory) -> Vec<String> {
        let (groups, _) = tree(body, directory);
        groups
    }

    fn tree(body: &str, directory: Directory) -> (Vec<String>, Vec<u8>) {
        let count = body.matches('\'').count() + 2;
        let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
        let (wholes, _) = read(bytes.as_bytes(), &Options::default());
        let message = &wholes[0].messages[0];
        let groups = Groups::of(message, directory.structure(), &Strictness::LENIENT);
        let mut lines = Vec::new();
        fn walk(groups: &Groups<'_>, node: u32, path: &str, lines: &mut Vec<String>) {
            let path = format!("{path}/{}", groups.name(node));
            for segment in groups.own(node).filter(|s| !groups.aside.contains(s)) {
                lines.push(format!("{path} {}", text(groups.tag(segment))));
            }
            for child in groups.children(node) {
                walk(groups, child, &path, lines);
            }
        }
        walk(&groups, MESSAGE, "", &mut lines);
        (lines, groups.faults.iter().map(|f| f.code).collect())
    }

    const HEAD: &str = "BGM+380+1'DTM+137:20261122:102'";

    #[test]
    fn the_same_tag_is_told_by_its_place() {
        let body = format!(
            "{HEAD}TAX+7+VAT'MOA+124:1'ALC+A'MOA+8:1'TAX+7+VAT'LIN+1'MOA+203:1'TAX+7+VAT'MOA+124:1'ALC+C'MOA+8:2'UNS+S'MOA+79:1'TAX+7+VAT'MOA+125:1'"
        );
        let (lines, faults) = tree(&body, Directory::D96A);
        assert_eq!(faults, Vec::<u8>::new());
        let wanted = [
            "/INVOIC/SG6 TAX",
            "/INVOIC/SG6 MOA",
            "/INVOIC/SG15 ALC",
            "/INVOIC/SG15/SG19 MOA",
            "/INVOIC/SG15/SG21 TAX",
            "/INVOIC/SG25 LIN",
            "/INVOIC/SG25/SG26 MOA",
            "/INVOIC/SG25/SG33 TAX",
            "/INVOIC/SG25/SG33 MOA",
            "/INVOIC/SG25/SG38 ALC",
            "/INVOIC/SG25/SG38/SG41 MOA",
            "/INVOIC/UNS UNS",
            "/INVOIC/UNS/SG48 MOA",
            "/INVOIC/UNS/SG50 TAX",
            "/INVOIC/UNS/SG50 MOA",
        ];
        assert_eq!(lines[3..], wanted);
        let other = placed(&body, Directory::D16B);
        assert!(other.contains(&"/INVOIC/SG27/SG40/SG43 MOA".to_owned()), "{other:?}");
    }

    #[test]
    fn what_has_no_place_is_kept_aside_with_what_belongs_to_it() {
        // A party behind the currency: neither it nor its reference is read as another's.
        let body = format!("{HEAD}NAD+SU'RFF+VA:1'CUX+2:EUR'NAD+BY'RFF+VA:2'XYZ+1'LIN+1'UNS+S'MOA+79:1'");
        let (lines, faults) = tree(&body, Directory::D96A);
        assert_eq!(faults, [15, 15]);
        assert_eq!(lines.iter().filter(|l| l.ends_with("RFF")).count(), 1);
        assert!(lines.contains(&"/INVOIC/SG25 LIN".to_owned()));
    }

    #[test]
    fn what_may_hide_an_amount_refuses_and_logistics_do_not() {
        for (segment, lost) in [
            ("LOC+1'", false),
            ("TDT+20'LOC+1'", false),
            ("MOA+9:1'", true),
            ("RTE+1:2'", true),
            ("XYZ+ABC:D'", false),
            ("XYZ+ABC:12.50'", true),
            // Text behind an apostrophe that was not released: of which nobody knows how it went on.
            ("escompte pour paiement'", true),
            ("ETE'", true),
            // What is set aside with it is a date, of which a term may be made.
            ("TDT+20'LOC+1'DTM+35:20261122:102'", true),
        ] {
            let body = format!("{HEAD}CUX+2:EUR'TOD+1'{segment}LIN+1'UNS+S'MOA+79:1'");
            let body = body.replace("TOD+1'TDT", "TOD+1'PAC'TDT").replace("TOD+1'LOC+1'", "TOD+1'PAC'LOC+1'");
            let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
            let (wholes, _) = read(bytes.as_bytes(), &Options::default());
            let message = &wholes[0].messages[0];
            for strictness in [Strictness::LENIENT, Strictness::STRICT] {
                let groups = Groups::of(message, Directory::D96A.structure(), &strictness);
                let refuses = groups.faults.iter().any(Fault::refuses);
                let strict = strictness == Strictness::STRICT;
                assert_eq!((groups.faults.len(), refuses), (1, lost || strict), "{segment} {:?}", groups.faults);
            }
        }
        // However much is only logistics, the amount among it is told.
        let body = format!("{HEAD}{}RTE+1:2'LIN+1'UNS+S'MOA+79:1'", "QVR'".repeat(limits::EDIFACT_FAULTS + 10));
        let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
        let (wholes, _) = read(bytes.as_bytes(), &Options::default());
        let groups = Groups::of(&wholes[0].messages[0], Directory::D96A.structure(), &Strictness::LENIENT);
        assert_eq!(groups.faults.len(), limits::EDIFACT_FAULTS + 1);
        assert!(groups.faults.iter().any(|f| f.refuses() && f.tag == "RTE"));
    }

    #[test]
    fn what_is_missing_is_told_behind_the_segment_before_it() {
        for (body, place) in [
            ("BGM+380+1'FTX+AAI+++A'LIN+1'UNS+S'MOA+79:1'", 2),
            ("DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'", 1),
            ("BGM+380+1'DTM+137:20261122:102'LIN+1'UNS+S'CNT+2:1'TAX+7+VAT'MOA+124:1'", 6),
            ("BGM+380+1'DTM+137:20261122:102'LIN+1'UNS+S'CNT+2:1'", 6),
            // Without UNS, behind what is left of the lines.
            ("BGM+380+1'DTM+137:20261122:102'LIN+1'IMD+F'CNT+2:1'MOA+79:1'", 5),
        ] {
            let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
            let (wholes, _) = read(bytes.as_bytes(), &Options::default());
            let message = &wholes[0].messages[0];
            let groups = Groups::of(message, Directory::D96A.structure(), &Strictness::LENIENT);
            let missing: Vec<u32> = groups.faults.iter().filter(|f| f.code == 13).map(|f| f.place.segment).collect();
            assert_eq!(missing, [place], "{body}");
        }
    }

    #[test]
    fn text_where_a_tag_should_be_is_shown() {
        let body = format!("{HEAD}FTX+AAB+++Pas d'escompte pour paiement'LIN+1'UNS+S'MOA+79:1'");
        let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
        let (wholes, _) = read(bytes.as_bytes(), &Options::default());
        let groups = Groups::of(&wholes[0].messages[0], Directory::D96A.structure(), &Strictness::LENIENT);
        let [fault] = &groups.faults[..] else { panic!("{:?}", groups.faults) };
        assert!(fault.refuses() && fault.what.en.contains("\"escompte pour paiement\""), "{}", fault.what.en);
        assert!(fault.what.en.contains("not released (?')"), "{}", fault.what.en);
    }

    #[test]
    fn too_many_are_read_and_told() {
        let dates = "DTM+35:20261122:102'".repeat(36);
        let charges = "ALC+C'MOA+8:1'".repeat(16);
        let body = format!("{HEAD}{dates}LIN+1'{charges}UNS+S'MOA+79:1'");
        let (lines, faults) = tree(&body, Directory::D96A);
        assert_eq!(faults, [35, 36]);
        assert_eq!(lines.iter().filter(|l| l.ends_with("SG38 ALC")).count(), 16);
        assert_eq!(lines.iter().filter(|l| l.ends_with("DTM")).count(), 37);
    }

    #[test]
    fn two_uns_and_none() {
        let body = format!("{HEAD}UNS+D'LIN+1'UNS+S'MOA+79:1'");
        let (lines, faults) = tree(&body, Directory::D96A);
        assert_eq!(faults, [15]);
        assert!(lines.contains(&"/INVOIC/UNS/SG48 MOA".to_owned()) && lines.contains(&"/INVOIC/SG25 LIN".to_owned()));
        let (_, faults) = tree(&format!("{HEAD}LIN+1'MOA+203:1'"), Directory::D96A);
        assert_eq!(faults, [13]);
        let (_, faults) = tree("LIN+1'UNS+S'", Directory::D96A);
        assert_eq!(faults, [13, 13, 13]);
    }
}
