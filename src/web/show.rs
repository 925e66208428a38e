//! Amounts, numbers, days and instants as people of each language write them, and the words of others made harmless to look at.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::{fill, say};
use crate::clock::Millis;
use crate::day::Day;
use crate::problems::Money;
use crate::text::{Lang, visible};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
/// A narrow space that does not break: what French puts between thousands.
const THIN: char = '\u{202f}';

/// An amount as a document or a sum writes it (point, any decimals): `1 200,00` or `1,200.00`. What is no amount stays.
pub fn amount(text: &str, lang: Lang) -> String {
    let Some(money) = Money::parse(text) else { return said(text, 40) };
    money_of(money, lang)
}

pub fn money_of(money: Money, lang: Lang) -> String {
    let plain = money.to_string();
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("\u{2212}", rest));
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, "00"));
    let mark = if lang == Lang::Fr { ',' } else { '.' };
    format!("{sign}{}{mark}{decimals}", grouped(whole, lang))
}

/// A whole number.
pub fn number(n: u64, lang: Lang) -> String {
    grouped(&n.to_string(), lang)
}

/// Tenths of a percent: `12,5 %` or `12.5%`.
pub fn per_mille(share: i128, lang: Lang) -> String {
    let (whole, tenth) = (share / 10, share.rem_euclid(10));
    if lang == Lang::Fr { format!("{whole},{tenth}{THIN}%") } else { format!("{whole}.{tenth}%") }
}

/// Whole percent: `80 %` or `80%`.
pub fn percent(part: i128, lang: Lang) -> String {
    if lang == Lang::Fr { format!("{part}{THIN}%") } else { format!("{part}%") }
}

fn grouped(digits: &str, lang: Lang) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(if lang == Lang::Fr { THIN } else { ',' });
        }
        out.push(digit);
    }
    out
}

/// `21/11/2026` or `21 Nov 2026`; what is no day stays as it was written.
pub fn day(text: &str, lang: Lang) -> String {
    Day::parse_iso(text).map_or_else(|| said(text, 40), |day| day_of(day, lang))
}

pub fn day_of(day: Day, lang: Lang) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    match lang {
        Lang::Fr => format!("{:02}/{:02}/{}", day.day(), day.month(), day.year()),
        Lang::En => {
            let month = MONTHS.get(usize::from(day.month()).wrapping_sub(1)).copied().unwrap_or_default();
            format!("{} {month} {}", day.day(), day.year())
        }
    }
}

/// An instant: for programs, exactly in the machine's zone, and how long ago.
#[derive(Debug, Clone, Default)]
pub struct Instant {
    pub iso: String,
    pub exact: String,
    pub ago: String,
}

pub fn instant(at: Millis, now: Millis, lang: Lang) -> Instant {
    let Ok(stamp) = Timestamp::from_millisecond(at) else { return Instant::default() };
    let local = stamp.to_zoned(TimeZone::system());
    let form = if lang == Lang::Fr { "%d/%m/%Y %H:%M:%S %Z" } else { "%-d %b %Y %H:%M:%S %Z" };
    Instant { iso: format!("{stamp:.3}"), exact: local.strftime(form).to_string(), ago: ago(now - at, lang) }
}

/// How long ago, in the largest unit that is whole.
pub fn ago(long: Millis, lang: Lang) -> String {
    // What is due at this very moment is neither ahead nor past.
    if (-999..0).contains(&long) {
        return say("time.now", lang).to_owned();
    }
    if long < 0 {
        return fill("time.ahead", lang, &[("long", &span(-long, lang))]);
    }
    if long < MINUTE {
        say("time.now", lang).to_owned()
    } else {
        fill("time.ago", lang, &[("long", &span(long, lang))])
    }
}

/// A length of time in its largest unit: `3 j`, `2 h`, `5 min`, `8 s`.
pub fn span(long: Millis, lang: Lang) -> String {
    let day = if lang == Lang::Fr { "j" } else { "d" };
    match long {
        long if long >= DAY => format!("{}\u{a0}{day}", number((long / DAY).unsigned_abs(), lang)),
        long if long >= HOUR => format!("{}\u{a0}h", long / HOUR),
        long if long >= MINUTE => format!("{}\u{a0}min", long / MINUTE),
        long => format!("{}\u{a0}s", long / 1_000),
    }
}

/// Words of others: what hides or turns the writing is shown, and the rest of a very long text is counted.
pub fn said(text: &str, most: usize) -> String {
    // Lines of a text are one line here.
    let flat = text.trim().replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    let shown = visible(&flat);
    if shown.chars().count() <= most {
        return shown.into_owned();
    }
    let cut: String = shown.chars().take(most).collect();
    format!("{cut}… (+{})", shown.chars().count() - most)
}

/// A size in bytes.
pub fn size(bytes: usize, lang: Lang) -> String {
    let unit = if lang == Lang::Fr { "o" } else { "B" };
    let tenth = |per: usize| {
        let tenths = (bytes.saturating_mul(10).saturating_add(per / 2)) / per;
        let mark = if lang == Lang::Fr { ',' } else { '.' };
        format!("{}{mark}{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes}\u{a0}{unit}"),
        1_000..1_000_000 => format!("{}\u{a0}k{unit}", tenth(1_000)),
        _ => format!("{}\u{a0}M{unit}", tenth(1_000_000)),
    }
}

/// A value inside a query string.
pub fn in_query(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days_are_written_as_each_language_does() {
        let fr = amount("-1234567.5", Lang::Fr);
        assert_eq!(fr, "\u{2212}1\u{202f}234\u{202f}567,50");
        assert_eq!(amount("1200.00", Lang::En), "1,200.00");
        assert_eq!(amount("12,5 <b>", Lang::En), "12,5 <b>");
        assert_eq!(
            (day("2026-11-02", Lang::Fr), day("2026-11-02", Lang::En)),
            ("02/11/2026".into(), "2 Nov 2026".into())
        );
        assert_eq!(day("02.11.26", Lang::Fr), "02.11.26");
        assert_eq!((per_mille(125, Lang::Fr), per_mille(1000, Lang::En)), ("12,5\u{202f}%".into(), "100.0%".into()));
        assert_eq!((size(999, Lang::Fr), size(12_340, Lang::En)), ("999\u{a0}o".into(), "12.3\u{a0}kB".into()));
        assert_eq!(size(1_008_534, Lang::Fr), "1,0\u{a0}Mo");
    }

    #[test]
    fn time_is_told_in_its_largest_unit() {
        assert_eq!(ago(30_000, Lang::En), "just now");
        assert_eq!(ago(3 * HOUR + 5 * MINUTE, Lang::Fr), "il y a 3\u{a0}h");
        assert_eq!(span(-1, Lang::En), "0\u{a0}s");
    }

    #[test]
    fn words_of_others_show_what_they_hide() {
        assert_eq!(said("a\u{202e}b", 80), "a\\u{202e}b");
        assert_eq!(said(&"x".repeat(50), 10), format!("{}… (+40)", "x".repeat(10)));
        assert_eq!(in_query("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }
}
