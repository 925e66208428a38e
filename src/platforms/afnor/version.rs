//! What differs between the versions of the Flow Service that platforms speak.

use sha2::{Digest as _, Sha256};

use crate::config::FlowVersion;

/// Longest id, in characters, ours (`trackingId`) included.
pub(super) fn longest_id(version: FlowVersion) -> usize {
    match version {
        FlowVersion::V1_1 | FlowVersion::V1_2 => 36,
        FlowVersion::V1_3 => 64,
    }
}

/// The types of the life-cycle messages that concern what we sold. A platform may know fewer than its version has.
pub(super) fn life_cycle(version: FlowVersion) -> &'static [&'static str] {
    const ALL: [&str; 2] = ["CustomerInvoiceLC", "StateCustomerInvoiceLC"];
    match version {
        FlowVersion::V1_1 => &ALL[..1],
        FlowVersion::V1_2 | FlowVersion::V1_3 => &ALL,
    }
}

/// Our reference of an invoice at the platform: its id, the same over all tries; where that is longer than the version takes, its digest.
pub(super) fn tracking_id(invoice: &str, version: FlowVersion) -> String {
    let most = longest_id(version);
    if !invoice.is_empty() && invoice.len() <= most && invoice.bytes().all(|b| b.is_ascii_graphic()) {
        return invoice.to_owned();
    }
    let digest = Sha256::digest(invoice.as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_reference_fits_the_version_and_stays_the_same() {
        let (short, long) = ("0190b3c4-aaaa", "f".repeat(50));
        for version in [FlowVersion::V1_1, FlowVersion::V1_2, FlowVersion::V1_3] {
            assert_eq!(tracking_id(short, version), short);
            for odd in [&long, &"é".repeat(40), "", "a b"] {
                let id = tracking_id(odd, version);
                assert!(!id.is_empty() && id.len() <= longest_id(version), "{odd}");
                assert_eq!(id, tracking_id(odd, version));
            }
        }
        assert_eq!(tracking_id(&long, FlowVersion::V1_3), long);
        assert_ne!(tracking_id(&long, FlowVersion::V1_2), tracking_id(&"e".repeat(50), FlowVersion::V1_2));
    }
}
