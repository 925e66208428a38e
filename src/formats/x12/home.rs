//! Where a term stands in an 810, in the words of the field: `REF02 (REF01 = CT)`.

use super::binding::{self, PARTIES};
use crate::invoice::{Term, bt};

/// Where a term stands; none where X12 has no place for it.
pub fn home(term: Term) -> Option<String> {
    let by_table = || {
        let loops = ["", "N9", "IT1"].into_iter().flat_map(binding::rows);
        let row = loops.into_iter().find(|row| row.term == term)?;
        let (tag, e) = (row.segment, row.element);
        Some(match row.qualifier() {
            Some(qualifier) => format!("{tag}{e:02} ({tag}01 = {qualifier})"),
            None => format!("{tag}{e:02}"),
        })
    };
    let own = || OTHERS.iter().find(|(known, _)| *known == term).map(|(_, home)| (*home).to_owned());
    own().or_else(by_table).or_else(|| party(term))
}

/// Has it no place, and is not computed either? Then the partner's constants alone can say it.
pub fn is_agreed(term: Term) -> bool {
    const COMPUTED: [Term; 5] = [bt::BT_106, bt::BT_107, bt::BT_108, bt::BT_109, bt::BT_131];
    home(term).is_none() && !COMPUTED.contains(&term)
}

/// Of parties: the segment of an N1 loop, with the role that begins it.
fn party(term: Term) -> Option<String> {
    let group =
        PARTIES.into_iter().find(|group| std::iter::successors(Some(term), |t| t.group()).any(|t| t == *group))?;
    let role = binding::role(group)?;
    if term == group {
        return Some(format!("N1 (N101 = {role})"));
    }
    let (segment, qualifier, e) = binding::party_home(term, group)?;
    let segment = segment.trim_end_matches("#2");
    let of = if segment == "N1" { "" } else { "N1, " };
    let at = if e == 0 { format!("{segment} {qualifier}") } else { format!("{segment}{e:02}") };
    let with = if segment == "REF" { format!(", REF01 = {qualifier}") } else { String::new() };
    Some(format!("{of}{at} (N101 = {role}{with})"))
}

/// What the reader knows of itself.
const OTHERS: [(Term, &str); 27] = [
    (bt::BT_3, "BIG07"),
    (bt::BT_9, "ITD06"),
    (bt::BG_20, "SAC (SAC01 = A)"),
    (bt::BT_92, "SAC05 (SAC01 = A)"),
    (bt::BT_97, "SAC15"),
    (bt::BT_98, "SAC02"),
    (bt::BG_21, "SAC (SAC01 = C)"),
    (bt::BT_99, "SAC05 (SAC01 = C)"),
    (bt::BT_104, "SAC15"),
    (bt::BT_105, "SAC02"),
    (bt::BT_110, "TXI02 (TXI01 = VA)"),
    (bt::BT_112, "TDS01"),
    (bt::BT_115, "TDS01"),
    (bt::BG_23, "TXI (TXI01 = VA)"),
    (bt::BT_116, "TXI08"),
    (bt::BT_117, "TXI02 (TXI01 = VA)"),
    (bt::BT_119, "TXI03 (TXI01 = VA)"),
    (bt::BG_25, "IT1"),
    (bt::BT_130, "IT103"),
    (bt::BT_136, "IT1, SAC05 (SAC01 = A)"),
    (bt::BT_141, "IT1, SAC05 (SAC01 = C)"),
    (bt::BT_149, "IT105"),
    (bt::BT_152, "IT1, TXI03 (TXI01 = VA)"),
    (bt::BT_153, "IT1, PID05 (PID01 = F)"),
    (bt::BT_155, "IT107 (IT106 = VN)"),
    (bt::BT_156, "IT107 (IT106 = BP)"),
    (bt::BT_157, "IT107 (IT106 = UP)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_named_as_the_field_does() {
        for (term, said) in [
            (bt::BT_1, "BIG02"),
            (bt::BT_12, "REF02 (REF01 = CT)"),
            (bt::BT_115, "TDS01"),
            (bt::BT_27, "N102 (N101 = SE)"),
            (bt::BT_31, "N1, REF02 (N101 = SE, REF01 = VX)"),
            (bt::BT_38, "N1, N403 (N101 = SE)"),
            (bt::BG_7, "N1 (N101 = BT)"),
            (bt::BT_129, "IT102"),
        ] {
            assert_eq!(home(term).as_deref(), Some(said));
        }
        for none in [bt::BT_23, bt::BT_24, bt::BT_118, bt::BT_131] {
            assert_eq!(home(none), None);
        }
    }
}
