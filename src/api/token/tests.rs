//! Tokens: known by their hash, good for a time, kept one change after the other.

use super::*;

fn file() -> (tempfile::TempDir, TokenFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::new(folder.path().join("tokens.toml"));
    (folder, file)
}

#[test]
fn a_token_is_known_by_its_hash_alone_until_revoked() {
    let (_folder, file) = file();
    assert_eq!(file.read().unwrap(), []);
    let word = file.add("erp", BTreeSet::from([Scope::Write]), Some("2026-11-21".into())).unwrap();
    assert!(!std::fs::read_to_string(&file.path).unwrap().contains(&word));
    let tokens = Tokens::new(file.read().unwrap());
    let found = tokens.find(&word).unwrap();
    assert_eq!(found.name, "erp");
    assert!(found.allows(Scope::Read) && found.allows(Scope::Write) && !found.allows(Scope::Admin));
    assert!(tokens.find(&word[..word.len() - 1]).is_none() && tokens.find("").is_none());
    assert!(tokens.find(&found.sha256).is_none(), "the hash is not the token");
    assert_eq!(file.add("erp", BTreeSet::new(), None), Err(TokenError::NameTaken("erp".into())));
    assert_eq!(file.add("a b", BTreeSet::new(), None), Err(TokenError::BadName));
    file.revoke("erp").unwrap();
    assert_eq!(file.revoke("erp"), Err(TokenError::NoSuchName("erp".into())));
    tokens.replace(file.read().unwrap());
    assert!(tokens.find(&word).is_none());
}

#[test]
fn tokens_added_at_the_same_time_are_all_kept() {
    let (_folder, file) = file();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let file = &file;
            scope.spawn(move || file.add(&format!("t{n}"), BTreeSet::from([Scope::Read]), None).unwrap());
        }
    });
    assert_eq!(file.read().unwrap().len(), 8);
}

#[test]
fn a_token_is_good_through_its_last_day() {
    let (_folder, file) = file();
    let day = |text| Day::parse_iso(text).unwrap();
    file.add_until("erp", BTreeSet::from([Scope::Write]), None, Some(day("2026-11-30"))).unwrap();
    let token = file.read().unwrap().remove(0);
    assert!(!token.expired(day("2026-11-30")) && token.expired(day("2026-12-01")));
    let tokens = Tokens::new(vec![token.clone()]);
    let holds = |scope, today| tokens.holds(&token.sha256, scope, day(today));
    assert!(holds(Scope::Write, "2026-11-30") && holds(Scope::Read, "2026-11-30"));
    assert!(!holds(Scope::Admin, "2026-11-30") && !holds(Scope::Write, "2026-12-01"));
    let bad = std::fs::read_to_string(&file.path).unwrap().replace("2026-11-30", "2026-11-31");
    std::fs::write(&file.path, bad).unwrap();
    assert!(matches!(file.read(), Err(TokenError::Shape { .. })), "a day that is none locks nobody in");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, file) = file();
    file.add("erp", BTreeSet::from([Scope::Read]), None).unwrap();
    assert_eq!(std::fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_file_is_placed_and_not_quoted() {
    let (_folder, file) = file();
    std::fs::write(&file.path, "[[token]]\nname = \"a\"\nsha256 = \"fct_oops\"\nscopes = [\"read\"]\n").unwrap();
    let error = file.read().unwrap_err().to_string();
    assert!(error.starts_with("line 1 of") && !error.contains("fct_oops"), "{error}");
    std::fs::write(&file.path, "[[token]]\nname = \"a\"\nsecret = \"fct_oops\"\n").unwrap();
    let error = file.read().unwrap_err().to_string();
    assert!(error.starts_with("line 3 of") && !error.contains("fct_oops"), "{error}");
}
