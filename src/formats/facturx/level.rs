//! The names and levels of Factur-X and ZUGFeRD, as tables.

/// Names under which the invoice is embedded, the best first, and what each is.
const NAMES: [(&str, Naming); 4] = [
    // Factur-X 1.0 and ZUGFeRD from 2.1 on.
    ("factur-x.xml", Naming::Current),
    // Factur-X with an XRechnung inside.
    ("xrechnung.xml", Naming::XRechnung),
    // ZUGFeRD 2.0.
    ("zugferd-invoice.xml", Naming::Old),
    // ZUGFeRD 1.
    ("ZUGFeRD-invoice.xml", Naming::Old),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    Current,
    XRechnung,
    Old,
    /// A known name in other letters, such as `Factur-X.XML`.
    Case,
    Unknown,
}

pub(super) fn naming(name: &str) -> Naming {
    if let Some((_, naming)) = NAMES.iter().find(|(known, _)| *known == name) {
        return *naming;
    }
    let folded = NAMES.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if folded { Naming::Case } else { Naming::Unknown }
}

/// The level of an invoice, by its content or as the XMP packet says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Minimum,
    BasicWl,
    Basic,
    En16931,
    Extended,
    XRechnung,
    /// Any level of ZUGFeRD 1, whose schema is another.
    Zugferd1,
}

/// Parts of a specification identifier (BT-24), in lower case, and the level; the first that fits counts.
const PROFILES: [(&str, Level); 9] = [
    ("urn:ferd:", Level::Zugferd1),
    ("xrechnung", Level::XRechnung),
    (":minimum", Level::Minimum),
    (":basicwl", Level::BasicWl),
    (":basic", Level::Basic),
    // The French extension travels under the level EXTENDED.
    (":extended", Level::Extended),
    (":comfort", Level::En16931),
    ("urn:zugferd.de:2p0:en16931", Level::En16931),
    ("urn:factur-x.eu:1p0:en16931", Level::En16931),
];

impl Level {
    /// The profiles of Factur-X, from the poorest to the richest.
    pub const ALL: [Level; 5] = [Level::Minimum, Level::BasicWl, Level::Basic, Level::En16931, Level::Extended];

    /// The level that BT-24 names.
    pub fn of_profile(profile: &str) -> Option<Level> {
        let lower = profile.trim().to_ascii_lowercase();
        if lower == "urn:cen.eu:en16931:2017" {
            return Some(Level::En16931);
        }
        PROFILES.iter().find(|(part, _)| lower.contains(part)).map(|(_, level)| *level)
    }

    /// The level that `ConformanceLevel` of the XMP packet names.
    pub fn of_xmp(text: &str) -> Option<Level> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        match plain.as_str() {
            "MINIMUM" => Some(Level::Minimum),
            "BASICWL" => Some(Level::BasicWl),
            "BASIC" => Some(Level::Basic),
            "EN16931" | "COMFORT" => Some(Level::En16931),
            "EXTENDED" => Some(Level::Extended),
            "XRECHNUNG" => Some(Level::XRechnung),
            _ => None,
        }
    }

    /// As lists show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Minimum => "minimum",
            Level::BasicWl => "basicwl",
            Level::Basic => "basic",
            Level::En16931 => "en16931",
            Level::Extended => "extended",
            Level::XRechnung => "xrechnung",
            Level::Zugferd1 => "zugferd1",
        }
    }

    /// As the XMP packet must say it.
    pub fn xmp(self) -> &'static str {
        match self {
            Level::Minimum => "MINIMUM",
            Level::BasicWl => "BASIC WL",
            Level::Basic => "BASIC",
            Level::En16931 => "EN 16931",
            Level::Extended => "EXTENDED",
            Level::XRechnung => "XRECHNUNG",
            Level::Zugferd1 => "COMFORT",
        }
    }

    /// The specification identifier (BT-24) of the level; of XRechnung and ZUGFeRD 1, which have several, none.
    pub fn urn(self) -> &'static str {
        match self {
            Level::Minimum => "urn:factur-x.eu:1p0:minimum",
            Level::BasicWl => "urn:factur-x.eu:1p0:basicwl",
            Level::Basic => "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
            Level::En16931 => "urn:cen.eu:en16931:2017",
            Level::Extended => "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
            Level::XRechnung | Level::Zugferd1 => "",
        }
    }

    /// Levels that are no whole invoice: the page is the invoice, the XML its data.
    pub fn is_extract(self) -> bool {
        matches!(self, Level::Minimum | Level::BasicWl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_met_in_the_field_has_its_level() {
        for (profile, level) in [
            ("urn:cen.eu:en16931:2017", Some(Level::En16931)),
            ("urn:factur-x.eu:1p0:minimum", Some(Level::Minimum)),
            ("urn:zugferd.de:2p0:minimum", Some(Level::Minimum)),
            ("urn:factur-x.eu:1p0:basicwl", Some(Level::BasicWl)),
            ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", Some(Level::Basic)),
            ("urn:cen.eu:en16931:2017:compliant:factur-x.eu:1p0:basic", Some(Level::Basic)),
            ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", Some(Level::Extended)),
            ("urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr", Some(Level::Extended)),
            ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", Some(Level::XRechnung)),
            ("urn:ferd:CrossIndustryDocument:invoice:1p0:basic", Some(Level::Zugferd1)),
            ("urn:ferd:invoice:rc:comfort", Some(Level::Zugferd1)),
            ("urn:fdc:peppol.eu:2017:poacc:billing:3.0", None),
        ] {
            assert_eq!(Level::of_profile(profile), level, "{profile}");
        }
        assert_eq!(Level::of_xmp("BASIC WL"), Some(Level::BasicWl));
        assert_eq!(Level::of_xmp("EN16931"), Some(Level::En16931));
        assert_eq!(Level::of_xmp("PLATINUM"), None);
    }

    #[test]
    fn names_are_known_exactly_or_in_other_letters() {
        assert_eq!(naming("factur-x.xml"), Naming::Current);
        assert_eq!(naming("Factur-X.XML"), Naming::Case);
        assert_eq!(naming("ZUGFeRD-invoice.xml"), Naming::Old);
        assert_eq!(naming("invoice.xml"), Naming::Unknown);
    }
}
