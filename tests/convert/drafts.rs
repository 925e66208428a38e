//! Drafts made at random from the model: groups, repeats, parts, terms of the extension; values that are right, odd or wrong.

use facteur::invoice::{Draft, Kind, Said, Term, bt};

/// A small generator of numbers (xorshift): the seed is what a failure prints.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// How a draft is made.
#[derive(Clone, Copy)]
pub struct Manner {
    /// How many of the terms that may be absent are there, in percent.
    pub dense: u64,
    /// Terms that the norm has once are said twice, values are no values, what must be there is not.
    pub wild: bool,
}

pub fn draft(seed: u64, manner: Manner) -> Draft {
    let mut maker = Maker { dice: Dice::new(seed), manner, count: 0 };
    let mut draft = maker.group(None);
    let fix = [(bt::BT_1, "F-2026-001"), (bt::BT_3, maker.dice.one(&["380", "381", "384"])), (bt::BT_5, "EUR")];
    draft.said.retain(|said| fix.iter().all(|(term, _)| said.term != *term) && said.term != bt::BT_6);
    for (term, text) in fix {
        draft.said.push(Said::new(term, text, None));
    }
    draft.said.push(Said::new(bt::BT_6, "USD", None));
    draft
}

struct Maker {
    dice: Dice,
    manner: Manner,
    count: u32,
}

/// Terms of the extension that stand in a group, though the table of terms has them in none.
fn home(term: Term) -> Vec<Term> {
    match term {
        t if t == bt::EXT_FR_FE_187 || t == bt::EXT_FR_FE_188 => vec![bt::BG_20, bt::BG_21],
        t if t == bt::EXT_FR_FE_189 || t == bt::EXT_FR_FE_190 => vec![bt::BG_25],
        _ => Vec::new(),
    }
}

impl Maker {
    fn group(&mut self, group: Option<Term>) -> Draft {
        let mut draft = Draft { term: group, ..Draft::default() };
        for term in Term::all().filter(|t| !t.is_group() && t.kind() != Kind::Part) {
            let homes = home(term);
            let here = if homes.is_empty() { term.group() == group } else { group.is_some_and(|g| homes.contains(&g)) };
            if !here {
                continue;
            }
            for _ in 0..self.times(term) {
                let text = self.value(term);
                let mut said = Said::new(term, text, None);
                for part in Term::all().filter(|p| p.kind() == Kind::Part && p.parent() == Some(term)) {
                    if part.is_required() && !self.manner.wild || self.dice.chance(self.manner.dense) {
                        let text = self.value(part);
                        said.parts.push(Said::new(part, text, None));
                    }
                }
                draft.said.push(said);
            }
        }
        for term in Term::all().filter(|t| t.is_group() && t.group() == group) {
            for _ in 0..self.times(term) {
                let inside = self.group(Some(term));
                draft.groups.push(inside);
            }
        }
        draft
    }

    fn times(&mut self, term: Term) -> u64 {
        let must = term.is_required() && !(self.manner.wild && self.dice.chance(10));
        if !must && !self.dice.chance(self.manner.dense) {
            return 0;
        }
        let several = term.is_repeatable() || self.manner.wild && self.dice.chance(5);
        // In a sane document a term of the extension stands once.
        let several = several && (self.manner.wild || !term.is_extension());
        if several { 1 + self.dice.below(3) } else { 1 }
    }

    fn value(&mut self, term: Term) -> String {
        self.count += 1;
        let n = self.count;
        if self.manner.wild && self.dice.chance(10) {
            let odd = [
                "",
                " ",
                "#AAB#x",
                "#AAB#",
                "a\u{1}b",
                "\u{fffe}",
                "<&>\"'",
                "\r\n\t",
                "20261102",
                "2026-13-01",
                "1e5",
                "1,50",
                "VAT",
                "SEPA",
                "EUR",
                "USD",
                "130",
                "50",
                "]]>",
                "é日\u{1f600}",
            ];
            return self.dice.one(&odd).to_owned();
        }
        match (term, term.kind()) {
            (t, _) if t == bt::BT_8 || t == bt::EXT_FR_FE_180 => self.dice.one(&["3", "35", "432"]).to_owned(),
            (t, _) if t == bt::BT_21 => self.dice.one(&["AAB", "PMT", "REG"]).to_owned(),
            (t, _) if t == bt::BT_84 => self.dice.one(&["FR1420041010050500013M02606", "ACCOUNT 12"]).to_owned(),
            (t, _) if t == bt::BT_81 => self.dice.one(&["30", "58", "59"]).to_owned(),
            (_, Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage) => {
                format!("{}.{:02}", n, self.dice.below(100))
            }
            (_, Kind::Date) => format!("2026-{:02}-{:02}", 1 + self.dice.below(12), 1 + self.dice.below(28)),
            (_, Kind::Binary) => "UERG".to_owned(),
            (_, Kind::Text) => format!("text {n} <é & \"co\">"),
            _ => format!("id{n}"),
        }
    }
}
