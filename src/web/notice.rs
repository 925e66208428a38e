//! What was just done, said once on the page that follows: an address that somebody else made up, or kept, says nothing.

use sha2::{Digest as _, Sha256};

use super::guard::Visitor;
use crate::clock::Millis;

/// How long a notice is news.
const NEWS: Millis = 60_000;

const KNOWN: [&str; 8] = [
    "did.release",
    "did.retry",
    "did.park",
    "did.cancel",
    "did.changed",
    "did.same",
    "did.meanwhile",
    "did.problem-meanwhile",
];

/// The address of `path` with the notice of an act, for this visitor's session alone.
pub fn address(visitor: &Visitor, path: &str, did: &str) -> String {
    format!("{path}?did={did}.{}.{}", visitor.now, word(visitor, path, did, visitor.now))
}

/// The sentence of a notice by its id: known ones alone.
pub fn known(did: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| known.strip_prefix("did.") == Some(did))
}

/// The notice that an address carries, where this session made it for this page, a moment ago.
pub fn told(visitor: &Visitor, said: &str) -> Option<&'static str> {
    let mut parts = said.splitn(3, '.');
    let (did, at, given) = (parts.next()?, parts.next()?.parse::<Millis>().ok()?, parts.next()?);
    let path = visitor.here.split('?').next().unwrap_or_default();
    let fresh = visitor.now.checked_sub(at).is_some_and(|age| (0..=NEWS).contains(&age));
    (fresh && super::session::same(&word(visitor, path, did, at), given)).then(|| known(did)).flatten()
}

/// Made of the word that this session's forms carry, which no other page knows.
fn word(visitor: &Visitor, path: &str, did: &str, at: Millis) -> String {
    let digest = Sha256::digest(format!("{}\n{path}\n{did}\n{at}", visitor.csrf));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_notice_is_of_one_session_one_page_and_a_moment() {
        let visitor = |csrf: &str, here: &str, now| Visitor {
            lang: Lang::Fr,
            name: None,
            may_write: true,
            csrf: csrf.into(),
            here: here.into(),
            now,
            open: false,
        };
        let made = address(&visitor("a", "/invoices/1/act/park", 1_000), "/invoices/1", "park");
        let said = made.split_once("?did=").unwrap().1;
        let told = |csrf: &str, here: &str, now| told(&visitor(csrf, here, now), said);
        assert_eq!(told("a", &made, 2_000), Some("did.park"));
        assert_eq!(told("b", &made, 2_000), None, "another session");
        assert_eq!(told("a", "/invoices/2", 2_000), None, "another invoice");
        assert_eq!(told("a", &made, 1_001 + NEWS), None, "old news");
        assert_eq!(told("a", &made, 0), None);
        for made_up in ["park", "park.1000", "park.1000.", "release.1000.00", "", "..", "park.X.y"] {
            assert_eq!(super::told(&visitor("a", "/invoices/1", 1_000), made_up), None, "{made_up}");
        }
    }
}
