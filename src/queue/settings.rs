//! Times and bounds of the queue.

use crate::clock::Millis;
use crate::problems::Family;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// What holds for the queue as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Documents judged at the same time.
    pub judges: usize,
    /// How long judging one document may take before it is begun again elsewhere.
    pub judge_lease: Millis,
    /// What a lease lasts beyond the longest call made under it.
    ///
    /// Leases are not renewed: a call is cut off at `call_timeout`, so the lease of a living worker outlives it. After a
    /// `kill -9` nobody waits for them: a store that one process at a time may open voids all leases when it is opened.
    pub lease_margin: Millis,
    /// A step that failed this many times in a row for our own reasons parks its invoice.
    pub own_failures: u32,
    /// A step that was taken up this many times without any end (the process died each time) parks its invoice.
    pub takes: u32,
    /// Wait after the first failure of ours; doubles up to `failure_most`.
    pub failure_first: Millis,
    pub failure_most: Millis,
    /// How long sealing one document may take, queue included; well under `lease_margin`, since a seal is made under the lease.
    pub seal_timeout: Millis,
    /// Wait before an invoice whose seal could not be made is tried again; doubles up to `seal_most`.
    pub seal_first: Millis,
    pub seal_most: Millis,
    /// Judge in the caller's thread. For simulations, which must be the same at each run.
    pub judge_inline: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            judges: 2,
            judge_lease: 2 * MINUTE,
            lease_margin: 30 * SECOND,
            own_failures: 5,
            takes: 5,
            failure_first: SECOND,
            failure_most: 5 * MINUTE,
            seal_timeout: 20 * SECOND,
            seal_first: 2 * SECOND,
            seal_most: 2 * MINUTE,
            judge_inline: false,
        }
    }
}

/// What holds for one platform.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformSettings {
    /// Whose codes it speaks.
    pub family: Family,
    /// Calls under way at the same time.
    pub concurrency: usize,
    /// A call that lasts longer is cut off; a deposit cut off is `unknown`.
    pub call_timeout: Millis,
    /// Within this time after its call a deposit is visible to a search, so that "absent" after it is proof. None: never.
    pub absence_proof: Option<Millis>,
    /// Without `absence_proof`: a doubt that is this old goes to a person.
    pub park_unknown_after: Millis,
    /// Most deposits of one invoice, each after proof that the one before is not there; then it goes to a person.
    pub deposits: u32,
    /// Wait before the first question about a lost answer; doubles up to `ask_most`.
    pub ask_first: Millis,
    pub ask_most: Millis,
    /// Wait before a deposit that did not leave is tried again; doubles up to `retry_most`.
    pub retry_first: Millis,
    pub retry_most: Millis,
    /// Time from a delivery or a news to the next question for statuses; doubles up to `follow_most` while nothing is new.
    pub follow_first: Millis,
    pub follow_most: Millis,
    /// After this many calls in a row without an answer the platform is left alone…
    pub circuit_after: u32,
    /// … for this long, then one call tries; doubles up to `circuit_most`.
    pub circuit_first: Millis,
    pub circuit_most: Millis,
    /// How long the directory may take over one recipient; well under `lease_margin`, as nothing has left yet.
    pub directory_timeout: Millis,
    /// How long it counts that somebody can receive…
    pub directory_keep: Millis,
    /// … and that somebody cannot, or is not known.
    pub directory_keep_refused: Millis,
    /// After this many recipients in a row without an answer the directory is left alone, as a platform is.
    pub directory_after: u32,
}

impl Default for PlatformSettings {
    fn default() -> Self {
        Self {
            family: Family::Chorus,
            concurrency: 4,
            call_timeout: MINUTE,
            absence_proof: None,
            park_unknown_after: 24 * HOUR,
            deposits: 3,
            ask_first: 2 * SECOND,
            ask_most: 10 * MINUTE,
            retry_first: 5 * SECOND,
            retry_most: 10 * MINUTE,
            follow_first: 30 * SECOND,
            follow_most: 6 * HOUR,
            circuit_after: 5,
            circuit_first: 30 * SECOND,
            circuit_most: 5 * MINUTE,
            directory_timeout: 10 * SECOND,
            directory_keep: 24 * HOUR,
            directory_keep_refused: 15 * MINUTE,
            directory_after: 3,
        }
    }
}

/// `first` doubled `attempt` times, at most `most`, moved by up to a quarter either way so that invoices that failed
/// together do not come back together. The move follows from `salt`: the same each time it is computed.
pub fn backoff(first: Millis, most: Millis, attempt: u32, salt: &str) -> Millis {
    let doubled = first.saturating_mul(1i64.checked_shl(attempt.min(40)).unwrap_or(i64::MAX)).min(most).max(1);
    // FNV-1a.
    let hash = salt
        .bytes()
        .chain(attempt.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let per_mille = 750 + (hash >> 16) % 501;
    (i128::from(doubled) * i128::from(per_mille) / 1_000).max(1) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_grows_within_its_bounds(first in 1..10_000i64, most in 1..1_000_000i64, attempt in 0..200u32, salt: String) {
            let wait = backoff(first, most, attempt, &salt);
            prop_assert!(wait >= 1 && wait <= most + most / 4 + 1);
            prop_assert_eq!(wait, backoff(first, most, attempt, &salt));
            if attempt > 40 {
                prop_assert!(wait >= most * 3 / 4);
            }
        }
    }

    #[test]
    fn invoices_that_failed_together_come_back_apart() {
        let waits: std::collections::HashSet<_> =
            (0..50).map(|n| backoff(10_000, 60_000, 1, &format!("i{n}"))).collect();
        assert!(waits.len() > 40, "{}", waits.len());
    }
}
