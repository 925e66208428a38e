//! Who is logged in: a random word in a cookie, its hash here, in memory alone. A restart logs everybody out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::api::token::Token;
use crate::clock::Millis;

/// Most people logged in at once; beyond, whoever has been quiet the longest is let go.
const MOST: usize = 1_000;
/// A session ends after this much quiet, and in any case after a day of work.
const QUIET: Millis = 2 * 60 * 60 * 1_000;
const WHOLE: Millis = 12 * 60 * 60 * 1_000;

/// One session.
#[derive(Debug, Clone)]
pub struct Session {
    /// SHA-256 of the token that opened it: a token revoked or renewed ends it.
    pub token: String,
    /// The word that each form of this session carries.
    pub csrf: String,
    opened: Millis,
    seen: Millis,
    /// What was typed into the form of a page before this session began: shown there once more.
    typed: Option<(String, Typed)>,
}

/// The fields of a form, by name.
pub type Typed = Vec<(String, String)>;

/// All sessions, by the hash of their word.
pub struct Sessions {
    by_hash: Mutex<HashMap<[u8; 32], Session>>,
    /// What forms carry where no token is asked for: pages of other sites can neither read nor guess it.
    pub open: String,
}

impl Sessions {
    pub fn new() -> Self {
        // Without randomness nobody gets in: an empty word is never accepted.
        Self { by_hash: Mutex::default(), open: word().unwrap_or_default() }
    }

    /// Opens a session for a token; the word for the cookie. None where the machine gives no random numbers.
    pub fn open(&self, token: &Token, now: Millis) -> Option<String> {
        let (id, csrf) = (word()?, word()?);
        let mut all = self.lock();
        all.retain(|_, session| session.lives(now));
        if all.len() >= MOST
            && let Some(quietest) = all.iter().min_by_key(|(_, session)| session.seen).map(|(hash, _)| *hash)
        {
            all.remove(&quietest);
        }
        all.insert(hash(&id), Session { token: token.sha256.clone(), csrf, opened: now, seen: now, typed: None });
        Some(id)
    }

    /// The living session of this word, seen now.
    pub fn find(&self, id: &str, now: Millis) -> Option<Session> {
        let mut all = self.lock();
        let session = all.get_mut(&hash(id)).filter(|session| session.lives(now))?;
        session.seen = now;
        Some(session.clone())
    }

    /// Keeps what was typed into the form of a page, until the page is looked at or the session ends. Bounded by the caller.
    pub fn keep(&self, id: &str, page: &str, typed: Typed) {
        if let Some(session) = self.lock().get_mut(&hash(id)) {
            session.typed = Some((page.to_owned(), typed));
        }
    }

    /// What was kept for this page; once.
    pub fn take(&self, id: &str, page: &str) -> Option<Typed> {
        let mut all = self.lock();
        let typed = &mut all.get_mut(&hash(id))?.typed;
        typed.take_if(|(of, _)| of == page).map(|(_, typed)| typed)
    }

    pub fn close(&self, id: &str) {
        self.lock().remove(&hash(id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn lives(&self, now: Millis) -> bool {
        now - self.seen < QUIET && now - self.opened < WHOLE
    }
}

/// Equal, in a time that tells only the lengths; an empty word is equal to none.
pub fn same(a: &str, b: &str) -> bool {
    let differing = a.bytes().zip(b.bytes()).fold(0u8, |all, (x, y)| std::hint::black_box(all | (x ^ y)));
    !a.is_empty() && a.len() == b.len() && differing == 0
}

fn hash(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

/// 256 random bits.
fn word() -> Option<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { name: "lea".into(), sha256: "ab".into(), scopes: Default::default(), created: None, expires: None }
    }

    #[test]
    fn a_session_ends_with_quiet_with_the_day_and_by_leaving() {
        let sessions = Sessions::new();
        let id = sessions.open(&token(), 0).unwrap();
        assert!(sessions.find(&id, QUIET - 1).is_some() && sessions.find("other", 1).is_none());
        assert!(sessions.find(&id, 2 * QUIET - 2).is_some(), "seen in between");
        assert!(sessions.find(&id, 4 * QUIET).is_none());
        let id = sessions.open(&token(), 0).unwrap();
        let mut at = 0;
        while sessions.find(&id, at).is_some() {
            at += QUIET / 2;
        }
        assert_eq!(at, WHOLE);
        let id = sessions.open(&token(), at).unwrap();
        sessions.close(&id);
        assert!(sessions.find(&id, at).is_none());
    }

    #[test]
    fn sessions_are_bounded_and_the_quietest_goes_first() {
        let sessions = Sessions::new();
        let first = sessions.open(&token(), 0).unwrap();
        let second = sessions.open(&token(), 1).unwrap();
        assert!(sessions.find(&first, 2).is_some());
        for _ in 2..=MOST {
            sessions.open(&token(), 3).unwrap();
        }
        assert_eq!(sessions.lock().len(), MOST);
        assert!(sessions.find(&first, 4).is_some() && sessions.find(&second, 4).is_none());
    }

    #[test]
    fn what_was_typed_is_for_its_page_and_its_session_once() {
        let sessions = Sessions::new();
        let (id, other) = (sessions.open(&token(), 0).unwrap(), sessions.open(&token(), 0).unwrap());
        let typed = vec![("reason".to_owned(), "agreed".to_owned())];
        sessions.keep(&id, "/problems/p1", typed.clone());
        assert_eq!((sessions.take(&id, "/problems/p2"), sessions.take(&other, "/problems/p1")), (None, None));
        assert_eq!((sessions.take(&id, "/problems/p1"), sessions.take(&id, "/problems/p1")), (Some(typed), None));
    }

    #[test]
    fn words_are_compared_whole() {
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab") && !same("", ""));
    }
}
