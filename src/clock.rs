//! Time, as a port: the real clock, and one that a test moves by hand.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::day::Day;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// What time it is, and how to wait for another.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now. Never earlier than an answer this clock gave before, whatever happens to the machine's time.
    fn now(&self) -> Millis;

    /// Waits until `now` is at least `at`.
    async fn sleep_until(&self, at: Millis);
}

/// The UTC day on which an instant falls; the clock's end (year 9999) where the calendar of [`Day`] has none.
pub fn day_of(at: Millis) -> Day {
    // The inverse of `Day::since_epoch`, with the same March-based years.
    let days = at.div_euclid(86_400_000).clamp(-719_162, 2_932_896) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let found = Day::new(year as i16, month as u8, day as u8);
    debug_assert!(found.is_some(), "the clamp keeps the years between 1 and 9999");
    found.or_else(|| Day::new(9999, 12, 31)).unwrap_or_else(|| unreachable!("invariant: 9999-12-31 is a day"))
}

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

/// Today by the machine's clock, UTC: what commands take for `as_of` where nothing else is said.
pub fn today() -> Day {
    day_of(RealClock::default().now())
}

/// The machine's clock, held from going backwards. Where the machine's time is set back, this one goes on from what it said last, at half the
/// pace, until the machine's has caught up: whoever waits is woken late, and never not at all.
#[derive(Debug, Default)]
pub struct RealClock {
    last: Mutex<Option<(Millis, Instant)>>,
}

impl RealClock {
    fn after(&self, machine: Millis, tick: Instant) -> Millis {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((said, at)) = *last {
            let since = tick.saturating_duration_since(at).as_millis() / 2;
            let least = said.saturating_add(Millis::try_from(since).unwrap_or(Millis::MAX));
            if machine < least {
                return least;
            }
        }
        *last = Some((machine, tick));
        machine
    }
}

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Millis {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as Millis);
        self.after(now, Instant::now())
    }

    async fn sleep_until(&self, at: Millis) {
        loop {
            let left = at - self.now();
            if left <= 0 {
                return;
            }
            // In bounded pieces, so that a step of the machine's time is noticed.
            tokio::time::sleep(Duration::from_millis(left.min(60_000) as u64)).await;
        }
    }
}

/// A clock that stands still until told to move. For simulations.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Millis>,
    moved: tokio::sync::Notify,
}

impl ManualClock {
    pub fn at(now: Millis) -> Self {
        Self { now: Mutex::new(now), moved: tokio::sync::Notify::new() }
    }

    /// Moves forward to `at`; an earlier time changes nothing.
    pub fn advance_to(&self, at: Millis) {
        {
            let mut now = self.lock();
            *now = at.max(*now);
        }
        self.moved.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Millis> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Millis {
        *self.lock()
    }

    async fn sleep_until(&self, at: Millis) {
        loop {
            // Registered before the look at the time, so that a move in between is not missed.
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.now() >= at {
                return;
            }
            moved.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_falls_on_the_day_that_counts_it() {
        for days in [-719_162, -1, 0, 1, 59, 60, 11_016, 19_782, 20_778, 2_932_896] {
            let day = day_of(days * 86_400_000);
            assert_eq!(day.since_epoch(), days, "{day}");
            assert_eq!(day_of(days * 86_400_000 + 86_399_999), day);
        }
        assert_eq!(day_of(1_795_219_200_000).to_string(), "2026-11-21");
        assert_eq!(day_of(Millis::MAX).to_string(), "9999-12-31");
    }

    #[test]
    fn a_machine_set_back_neither_turns_the_clock_nor_stops_it() {
        let (clock, tick) = (RealClock::default(), Instant::now());
        let later = |seconds| tick + Duration::from_secs(seconds);
        assert_eq!(clock.after(9_000_000, tick), 9_000_000);
        // An hour and more back: half a minute each minute, and the machine's own time once that is later.
        let said = [0, 60, 120].map(|seconds| clock.after(1_000_000 + 1_000 * seconds, later(seconds as u64)));
        assert_eq!(said, [9_000_000, 9_030_000, 9_060_000]);
        assert_eq!(clock.after(9_080_000, later(180)), 9_090_000);
        assert_eq!(clock.after(9_100_000, later(180)), 9_100_000);
        assert_eq!(clock.after(9_099_000, later(182)), 9_101_000);
    }

    #[tokio::test]
    async fn who_waits_is_woken_although_the_machine_was_ahead() {
        let clock = RealClock::default();
        clock.after(clock.now() + 1_000_000, Instant::now());
        let waits = clock.sleep_until(clock.now() + 50);
        tokio::time::timeout(Duration::from_secs(5), waits).await.unwrap();
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_manual_clock_passes() {
        let clock = std::sync::Arc::new(ManualClock::at(10));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(20).await }
        });
        tokio::task::yield_now().await;
        clock.advance_to(19);
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance_to(20);
        sleeper.await.unwrap();
    }
}
