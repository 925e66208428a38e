//! The times that platforms tell.

/// A platform's time in milliseconds: RFC 3339, a date with or without a time, or milliseconds since the epoch. One without
/// a zone is taken as UTC: times of one platform are compared with each other only.
pub fn moment(at: &str) -> Option<i64> {
    let at = at.trim();
    if at.bytes().all(|byte| byte.is_ascii_digit()) {
        return at.parse().ok();
    }
    if let Ok(instant) = at.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let civil = at.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
