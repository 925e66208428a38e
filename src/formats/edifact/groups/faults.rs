//! What is wrong with the groups of a message: what is missing, has no place or comes too often, and whether an amount or a term may have been lost with it.

use crate::edifact::{Answer, Concern, Fault, Level, Place, Segment, plain};
use crate::formats::edifact::Directory;
use crate::limits;
use crate::text::Text;

use super::{Groups, Tag, tag, text};

impl Groups<'_> {
    /// What a group must have and had not, among its parts of that range; `behind` is the segment that came instead. The place is that of the segment
    /// behind which it is missing (ISO 9735-4, 0096).
    pub(super) fn missing(&mut self, (form, seen, parts): (u16, u64, std::ops::Range<usize>), behind: u32) {
        let structure = self.structure;
        let Some(form) = structure.groups.get(usize::from(form)) else { return };
        let before = |n: usize| 1u64.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).map_or(u64::MAX, |bit| bit - 1);
        if form.mandatory & !seen & before(parts.end) & !before(parts.start) == 0 {
            return;
        }
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

    pub(super) fn too_many(&mut self, segment: u32, group: bool, most: u32) {
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

    pub(super) fn misplaced(&mut self, segment: u32) -> Option<usize> {
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
    pub(super) fn weigh(&mut self, segment: u32, told: Option<usize>) {
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

/// Has any directory such a segment in its INVOIC?
fn is_known(own: Tag) -> bool {
    Directory::ALL.iter().any(|d| d.structure().knows(own))
}
