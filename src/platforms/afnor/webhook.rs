//! Notices that a platform sends to us: is it that platform, is it now, and is it the first time? Judged on the bytes as they came.
//!
//! `Afnor-Signature` is, in base64, the HMAC (SHA-256) under the subscription's key of the SHA-256 of body, `@` and
//! `Afnor-Signature-Timestamp`, which is in seconds since 1970.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use sha2::{Digest as _, Sha256};

use crate::limits;

/// How far a notice's time may be from ours, in seconds.
pub const WINDOW_SECONDS: i64 = 300;

/// Why a notice does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoNotice {
    /// A header is missing, or none that could be right.
    Unsigned,
    /// Its time is too far from ours.
    OutOfTime,
    /// Another key, another body or another time made the signature.
    Forged,
    /// It came before.
    Repeated,
    /// More notices came within the window than are remembered.
    TooMany,
}

/// Is this body signed with the subscription's key, at that time? Compares in constant time; says nothing of whether it came before.
///
/// # Errors
/// [`NoNotice`]; `now` is in seconds since 1970.
pub fn verify(key: &str, body: &[u8], signature: &str, timestamp: &str, now: i64) -> Result<Verified, NoNotice> {
    let given = STANDARD.decode(signature.trim()).map_err(|_| NoNotice::Unsigned)?;
    let written = timestamp.trim();
    let digits = !written.is_empty() && written.len() <= 18 && written.bytes().all(|b| b.is_ascii_digit());
    let at: i64 = written.parse().ok().filter(|_| digits).ok_or(NoNotice::Unsigned)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(key));
    hmac::verify(&key, &digest(body, written), &given).map_err(|_| NoNotice::Forged)?;
    // Only after the signature: who cannot sign learns nothing of our clock.
    let apart = now.checked_sub(at).map_or(u64::MAX, i64::unsigned_abs);
    if apart > WINDOW_SECONDS.unsigned_abs() {
        return Err(NoNotice::OutOfTime);
    }
    Ok(Verified { at, signature: given })
}

/// The signature of a body, as a platform makes it.
pub fn sign(key: &str, body: &[u8], timestamp: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(key));
    STANDARD.encode(hmac::sign(&key, &digest(body, &timestamp.to_string())))
}

/// Keys have 256 or 512 bits and are handed out in base64; what is not that counts as it is written.
fn key_bytes(key: &str) -> Vec<u8> {
    let decoded = STANDARD.decode(key.trim()).ok().filter(|bytes| matches!(bytes.len(), 32 | 64));
    decoded.unwrap_or_else(|| key.as_bytes().to_vec())
}

fn digest(body: &[u8], timestamp: &str) -> [u8; 32] {
    Sha256::new().chain_update(body).chain_update(b"@").chain_update(timestamp).finalize().into()
}

/// A notice whose signature and time are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    at: i64,
    signature: Vec<u8>,
}

/// The notices of the window, so that none counts twice. Bounded.
#[derive(Debug, Default)]
pub struct Memory {
    known: HashMap<Vec<u8>, i64>,
    by_time: BTreeMap<i64, Vec<Vec<u8>>>,
}

impl Memory {
    /// Takes a notice in, once.
    ///
    /// # Errors
    /// [`NoNotice::Repeated`], or [`NoNotice::TooMany`] rather than forgetting one that could be repeated.
    pub fn admit(&mut self, notice: Verified, now: i64) -> Result<(), NoNotice> {
        // What is out of its window is refused for its time.
        let oldest = now.saturating_sub(WINDOW_SECONDS);
        let live = self.by_time.split_off(&oldest);
        for signature in std::mem::replace(&mut self.by_time, live).into_values().flatten() {
            self.known.remove(&signature);
        }
        if self.known.contains_key(&notice.signature) {
            return Err(NoNotice::Repeated);
        }
        if self.known.len() >= limits::NOTICES {
            return Err(NoNotice::TooMany);
        }
        self.known.insert(notice.signature.clone(), notice.at);
        self.by_time.entry(notice.at).or_default().push(notice.signature);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_252_080;
    const BODY: &[u8] = br#"{"flowId":"f-1"}"#;

    fn key() -> String {
        STANDARD.encode([7u8; 32])
    }

    fn told(body: &[u8], signature: &str, timestamp: i64) -> Result<Verified, NoNotice> {
        verify(&key(), body, signature, &timestamp.to_string(), NOW)
    }

    #[test]
    fn only_the_bytes_that_were_signed_count() {
        let good = sign(&key(), BODY, NOW);
        assert!(told(BODY, &good, NOW).is_ok());
        assert!(told(BODY, &format!(" {good} "), NOW).is_ok());
        for body in [&b"{\"flowId\": \"f-1\"}"[..], b"", br#"{"flowId":"f-2"}"#] {
            assert_eq!(told(body, &good, NOW), Err(NoNotice::Forged));
        }
        assert_eq!(told(BODY, &good, NOW - 1), Err(NoNotice::Forged), "the time is signed too");
        assert_eq!(told(BODY, &sign(&STANDARD.encode([8u8; 32]), BODY, NOW), NOW), Err(NoNotice::Forged));
        assert_eq!(told(BODY, &good[..20], NOW), Err(NoNotice::Forged), "a part of it is not it");
        for (signature, timestamp) in
            [("", "1"), ("?", "1"), (good.as_str(), ""), (&good, "-1"), (&good, "1e9"), (&good, "99999999999999999999")]
        {
            let told = verify(&key(), BODY, signature, timestamp, NOW);
            assert!(matches!(told, Err(NoNotice::Unsigned | NoNotice::Forged)), "{signature} {timestamp}: {told:?}");
        }
    }

    /// Computed apart from this code: HMAC-SHA256 under 32 octets of 7 of SHA-256 of the body, `@` and the time.
    #[test]
    fn the_signature_is_the_documented_one() {
        assert_eq!(sign(&key(), BODY, NOW), "I8aTViCtmnHEmo9zg4qSPEcBWMsqVrUOUKCkpoGgreg=");
    }

    #[test]
    fn old_and_early_notices_do_not_count() {
        for (at, fine) in [(0, true), (-WINDOW_SECONDS, true), (WINDOW_SECONDS, true), (-301, false), (301, false)] {
            let told = told(BODY, &sign(&key(), BODY, NOW + at), NOW + at);
            assert_eq!(told.is_ok(), fine, "{at}");
            assert_eq!(told.err(), (!fine).then_some(NoNotice::OutOfTime));
        }
    }

    #[test]
    fn a_notice_counts_once_and_the_memory_is_bounded() {
        let mut memory = Memory::default();
        let notice = told(BODY, &sign(&key(), BODY, NOW), NOW).unwrap();
        assert_eq!(memory.admit(notice.clone(), NOW), Ok(()));
        assert_eq!(memory.admit(notice, NOW), Err(NoNotice::Repeated));
        let made = |n: usize| Verified { at: NOW, signature: n.to_be_bytes().to_vec() };
        for n in 1..limits::NOTICES {
            assert_eq!(memory.admit(made(n), NOW), Ok(()));
        }
        assert_eq!(memory.admit(made(0), NOW), Err(NoNotice::TooMany));
        // Later, those of the former window are gone.
        let later = NOW + WINDOW_SECONDS + 1;
        assert_eq!(memory.admit(Verified { at: later, signature: vec![1] }, later), Ok(()));
        assert_eq!((memory.known.len(), memory.by_time.len()), (1, 1));
    }
}
