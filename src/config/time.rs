//! Durations as people write them: `30s`, `5m`, `1h`, `2d`, `500ms`.

use std::time::Duration;

/// Longest duration that makes sense in a configuration.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// A whole number and a unit: `ms`, `s`, `m`, `h`, `d`; up to a year. `None` for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let count: u64 = text[..unit_at].parse().ok()?;
    let millis = match &text[unit_at..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    count.checked_mul(millis).map(Duration::from_millis).filter(|long| *long <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(parse_duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse_duration("5m"), Some(Duration::from_secs(300)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("2d"), Some(Duration::from_secs(172_800)));
        for wrong in
            ["", "5", "s", "5 m", "-5s", "1.5h", "5min", "99999999999999999999s", "18446744073709551615d", "5é"]
        {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
