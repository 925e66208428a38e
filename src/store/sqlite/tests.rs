//! The embedded store: conformance, locks, versions, group commit, and what a killed process leaves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::*;
use crate::store::conformance::{conformance, event, incoming, put};
use crate::store::gate::Gate;
use crate::store::{Accepted, Claim, Handle, Held, Incoming, InvoiceRow, Lookup, NumberKey, PIECE, Step, Write};

fn open(folder: &tempfile::TempDir) -> Sqlite {
    Sqlite::open(&folder.path().join("s.db")).unwrap()
}

#[test]
fn conforms() {
    let folders = Mutex::new(Vec::new());
    conformance(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        folders.lock().unwrap().push(folder);
        Box::new(store)
    });
}

#[test]
fn runs_in_wal_with_full_synchronisation() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let db = store.writer().unwrap();
    let pragma = |name: &str| -> String {
        db.query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((pragma("journal_mode").as_str(), pragma("synchronous").as_str()), ("wal", "2"));
    assert_eq!(pragma("foreign_keys"), "1");
}

#[test]
fn a_second_daemon_is_told_who_has_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder);
    let path = folder.path().join("s.db");
    let error = Sqlite::open(&path).err().unwrap();
    assert!(matches!(&error, StoreError::InUse { holder, .. } if *holder == format!("process {}", std::process::id())));
    let id = put(&first, "a");
    let reader = Sqlite::open_for_reading(&path).unwrap();
    assert!(reader.invoice(&id).unwrap().is_some(), "reading goes on beside it");
    assert!(matches!(reader.accept(&[incoming("b", None)]), Err(StoreError::Failed(_))));
    drop(first);
    assert!(Sqlite::open(&path).is_ok());
}

#[test]
fn what_was_committed_is_there_after_reopening_and_leases_are_void() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let id = put(&store, "a");
    let lease = store.claim(&Claim { lane: None, now: 1_000, until: i64::MAX, limit: 1 }).unwrap().remove(0);
    drop(store);
    let store = open(&folder);
    assert_eq!(store.invoice(&id).unwrap(), Some(lease.row));
    let late = Step { invoice_id: id, fence: Some(lease.fence), ..Step::default() };
    assert_eq!(store.record(&[late]).unwrap(), [Err(StoreError::LeaseLost)]);
    let again = store.claim(&Claim { lane: None, now: 1_000, until: 2_000, limit: 1 }).unwrap();
    assert_eq!(again[0].takes, 2, "the count of takes outlives the process, so that a step that ends it is noticed");
}

#[test]
fn events_cannot_be_changed_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    put(&store, "a");
    let db = store.writer().unwrap();
    for sql in [
        "UPDATE events SET kind = 'x'",
        "DELETE FROM events",
        "REPLACE INTO events SELECT * FROM events WHERE cursor = 1",
    ] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

#[test]
fn a_store_of_the_first_version_is_brought_up_and_keeps_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let db = Connection::open(folder.path().join("s.db")).unwrap();
    db.execute_batch("PRAGMA application_id = 0x66616374; CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, program TEXT NOT NULL)").unwrap();
    db.execute_batch(include_str!("migrations/001.sql")).unwrap();
    db.execute("INSERT INTO schema_version VALUES (1, '0.1.0')", []).unwrap();
    db.execute("INSERT INTO documents VALUES ('ca978112', 1, x'61')", []).unwrap();
    db.execute("INSERT INTO idempotency VALUES ('k', 'ca978112', 1)", []).unwrap();
    drop(db);
    let store = open(&folder);
    assert_eq!(store.document("ca978112").unwrap().as_deref(), Some(b"a".as_slice()));
    assert_eq!(store.answered("k").unwrap(), None);
    let other = store.accept(&[incoming("b", Some("k"))]).unwrap().remove(0);
    assert!(matches!(other, Accepted::KeyConflict { .. }), "an old key keeps its meaning: {other:?}");
}

#[test]
fn numbers_kept_as_written_are_folded_and_look_alikes_that_are_there_both_stay() {
    let folder = tempfile::tempdir().unwrap();
    let db = Connection::open(folder.path().join("s.db")).unwrap();
    db.execute_batch("PRAGMA application_id = 0x66616374; CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, program TEXT NOT NULL)").unwrap();
    for (n, sql) in (1u32..).zip(&migrate::MIGRATIONS[..5]) {
        db.execute_batch(sql).unwrap();
        db.execute("INSERT INTO schema_version VALUES (?1, '0.1.0')", [n]).unwrap();
    }
    // In this order; all but the blocked one hold their number.
    let kept = [
        ("a", "732829320", "F-1", "delivered"),
        ("b", "732829320", "F\u{2011}1", "delivered"),
        ("c", "732829320", "f-1", "ready"),
        ("d", "732829320", "f 2", "delivered"),
        ("e", "FR44732829320", "F-3", "delivered"),
        ("g", "732829320", "F-9\u{200b}", "blocked"),
        ("h", "\u{200b}", "\u{200b}", "delivered"),
    ];
    for (id, seller, number, state) in kept {
        let key = Some(NumberKey { seller: seller.into(), number: number.into(), year: 2026 });
        let mut row = InvoiceRow { id: id.into(), sha256: id.into(), number_key: key, ..InvoiceRow::default() };
        row.facts.number = Some(number.into());
        row.state = crate::lifecycle::State::parse(state);
        let record = serde_json::to_string(&row).unwrap();
        db.execute("INSERT INTO documents VALUES (?1, 1, x'61')", [id]).unwrap();
        let sql =
            "INSERT INTO invoices (id, sha256, version, state, number, key_seller, key_number, key_year, lane, record)
                   VALUES (?1, ?1, 1, ?2, ?3, ?4, ?3, 2026, 'p', ?5)";
        db.execute(sql, [id, state, number, seller, &record]).unwrap();
        if state != "blocked" {
            db.execute("INSERT INTO numbers VALUES (?1, ?2, 2026, ?3)", [seller, number, id]).unwrap();
        }
    }
    drop(db);
    let store = open(&folder);
    let key = |number: &str| NumberKey::of("732829320", number, 2026).unwrap();
    let holder = |number: &str| store.holder(&key(number)).unwrap().map(|row| row.id);
    assert_eq!((holder("F-2").as_deref(), holder("F-3").as_deref()), (None, Some("e")));
    assert_eq!(holder("F2").as_deref(), Some("d"));
    let bearers = store.bearers(&key("F-9")).unwrap();
    assert_eq!(bearers.len(), 1);
    assert_eq!(
        (bearers[0].number_key.clone(), bearers[0].facts.number.as_deref()),
        (Some(key("F-9")), Some("F-9\u{200b}"))
    );
    // The number is taken until none of the three holds it.
    let new = put(&store, "new");
    let take = || {
        let mut row = store.invoice(&new).unwrap().unwrap();
        row.number_key = Some(key("F-1"));
        let step = Step { invoice_id: new.clone(), row: Some(row), take_number: Some(key("F-1")), ..Step::default() };
        store.record(&[step]).unwrap().remove(0)
    };
    for id in ["a", "b", "c"] {
        assert_eq!((holder("F-1").as_deref(), take()), (Some(id), Err(StoreError::NumberTaken { by: id.into() })));
        let free = Step { invoice_id: id.into(), free_number: true, ..Step::default() };
        assert_eq!(store.record(&[free]).unwrap(), [Ok(())]);
    }
    assert_eq!((take(), holder("F-1").as_deref()), (Ok(()), Some(new.as_str())));
    drop(store);
    assert!(open(&folder).invoice("h").unwrap().is_some(), "and opens again");
}

#[test]
fn refuses_a_newer_store_and_a_file_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    drop(open(&folder));
    let db = Connection::open(&path).unwrap();
    db.execute("INSERT INTO schema_version VALUES (99, '10.0.0')", []).unwrap();
    drop(db);
    let newer = |error| matches!(error, Some(StoreError::Newer { found: 99, .. }));
    assert!(newer(Sqlite::open(&path).err()));
    assert!(newer(Sqlite::open_for_reading(&path).err()));

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute("CREATE TABLE t (x)", []).unwrap();
    assert!(matches!(Sqlite::open(&other), Err(StoreError::Open(why)) if why.contains("another program")));
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, only a text that is long enough to be looked at as a header ".repeat(9))
        .unwrap();
    assert!(matches!(Sqlite::open(&text), Err(StoreError::Open(_))));
    assert!(matches!(Sqlite::open(&folder.path().join("no/such/s.db")), Err(StoreError::Open(_))));
    assert!(matches!(Sqlite::open_for_reading(&folder.path().join("none.db")), Err(StoreError::Open(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_during_a_commit_shares_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::holding(open(&folder));
    let handle = Handle::start(gate.clone()).unwrap();
    let waiting: Vec<_> = (0..60)
        .map(|n| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.accept(incoming(&n.to_string(), None)).await })
        })
        .collect();
    while gate.commits.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    // Reads do not wait for the commit under way.
    assert_eq!(handle.counts().await.unwrap(), []);
    gate.held.store(false, Ordering::SeqCst);
    for answer in waiting {
        assert!(matches!(answer.await.unwrap(), Ok(Accepted::New { .. })));
    }
    assert!(gate.commits.load(Ordering::SeqCst) <= 3, "{:?}", gate.commits);
    assert_eq!(handle.events(None, 0, 100).await.unwrap().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_answers_every_waiter_and_the_writer_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::holding(open(&folder));
    let handle = Handle::start(gate.clone()).unwrap();
    gate.broken.store(true, Ordering::SeqCst);
    let waiting: Vec<_> = (0..10)
        .map(|n| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.accept(incoming(&n.to_string(), None)).await })
        })
        .collect();
    gate.held.store(false, Ordering::SeqCst);
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), Err(StoreError::Failed("disk full".into())));
    }
    gate.broken.store(false, Ordering::SeqCst);
    assert!(matches!(handle.accept(incoming("0", None)).await, Ok(Accepted::New { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_finishes_what_waits_and_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::holding(open(&folder));
    let handle = Handle::start(gate.clone()).unwrap();
    let waiting = tokio::spawn({
        let handle = handle.clone();
        async move { handle.accept_all((0..40).map(|n| incoming(&n.to_string(), None)).collect()).await }
    });
    while gate.commits.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    let shutdown = tokio::spawn({
        let handle = handle.clone();
        async move { handle.shutdown().await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    gate.held.store(false, Ordering::SeqCst);
    assert_eq!(waiting.await.unwrap().unwrap().len(), 40);
    shutdown.await.unwrap();
    let note = Step { events: vec![event("late")], ..Step::default() };
    assert_eq!(handle.record(note).await, Err(StoreError::Failed("the store is shut down".into())));
    assert_eq!(gate.inner.counts().unwrap(), [("received".into(), 40)]);
}

const CHILD: &str = "FACTEUR_TEST_CHILD_STORE";

/// Not a test of its own: the process that the next test kills. Says each id once its acceptance was answered.
#[tokio::test(flavor = "multi_thread")]
async fn child_accepts_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let handle = Handle::start(Arc::new(Sqlite::open(Path::new(&path)).unwrap())).unwrap();
    let from = handle.counts().await.unwrap().iter().map(|(_, n)| n).sum::<u64>();
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let handle = handle.clone();
            tokio::spawn(async move {
                for n in from.. {
                    let Ok(Accepted::New { id }) = handle.accept(incoming(&format!("{task}/{n}"), None)).await else {
                        return;
                    };
                    // One write, so that lines of several tasks do not mix.
                    let _ = std::io::stdout().lock().write_all(format!("\naccepted {id}\n").as_bytes());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn what_was_answered_survives_kill_9() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut answered: Vec<String> = Vec::new();
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::sqlite::tests::child_accepts_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(std::result::Result::ok);
        let wanted = answered.len() + 40 * round;
        for line in lines {
            if let Some(id) = line.strip_prefix("accepted ") {
                answered.push(id.to_owned());
            }
            if answered.len() == wanted {
                // SIGKILL: no destructor runs, no commit is finished.
                child.kill().unwrap();
            }
        }
        assert!(answered.len() >= wanted, "the child ended by itself");
        child.wait().unwrap();
        // The lock went with the process, and every answer stands.
        let store = Sqlite::open(&path).unwrap();
        for id in &answered {
            let row = store.invoice(id).unwrap().expect("answered, so on disk");
            assert!(store.document(&row.sha256).unwrap().is_some());
        }
        let events = store.events(None, 0, usize::MAX).unwrap();
        assert!(events.iter().zip(1..).all(|(event, n)| event.cursor == n));
        assert_eq!(store.counts().unwrap()[0].1, events.len() as u64, "an invoice and its event come together");
    }
}

#[test]
fn a_store_of_the_first_schema_is_upgraded_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let db = Connection::open(&path).unwrap();
    db.pragma_update(None, "application_id", 0x6661_6374).unwrap();
    db.execute_batch("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, program TEXT NOT NULL)")
        .unwrap();
    db.execute_batch(include_str!("migrations/001.sql")).unwrap();
    db.execute("INSERT INTO schema_version VALUES (1, '0.1.0')", []).unwrap();
    let (sha256, id) = ("a".repeat(64), "a".repeat(32));
    db.execute("INSERT INTO documents VALUES (?1, 3, x'010203')", [&sha256]).unwrap();
    // A row as it was written before there were seals.
    let record = format!(r#"{{"id":"{id}","sha256":"{sha256}","version":4,"state":"delivered","deposits":1}}"#);
    let sql = "INSERT INTO invoices (id, sha256, version, state, lane, record) VALUES (?1, ?2, 4, 'delivered', '', ?3)";
    db.execute(sql, [&id, &sha256, &record]).unwrap();
    drop(db);
    let store = Sqlite::open(&path).unwrap();
    let row = store.invoice(&id).unwrap().unwrap();
    assert_eq!((row.version, row.deposits, row.seal.is_none()), (4, 1, true));
    assert_eq!(store.document(&sha256).unwrap().unwrap(), [1, 2, 3][..]);
    assert_eq!(store.seal(&id).unwrap(), None);
    drop(store);
    Sqlite::open_for_reading(&path).unwrap();
}

#[tokio::test]
async fn a_large_document_is_kept_in_pieces_and_comes_back_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder));
    let handle = Handle::direct(store.clone());
    for length in [PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
        let bytes: Vec<u8> = (0..length).map(|n| (n % 249) as u8).collect();
        let incoming =
            Incoming { bytes: bytes.clone().into(), received_at: 1, source: "http".into(), idempotency_key: None };
        let Accepted::New { id } = handle.accept(incoming).await.unwrap() else { panic!() };
        let sha256 = store.invoice(&id).unwrap().unwrap().sha256;
        assert_eq!(
            (store.size(&sha256).unwrap(), store.document(&sha256).unwrap()),
            (Some(length as u64), Some(bytes.clone().into()))
        );
        let document = handle.document(&sha256).await.unwrap().unwrap();
        assert_eq!(
            (document.whole().await.unwrap(), document.sha256().await.unwrap()),
            (bytes.clone().into(), sha256.clone())
        );
        // From anywhere, also where no piece begins; and nothing beyond the end.
        for from in [0, 1, PIECE - 1, length - 1, length, length + 9] {
            let piece = store.piece(&sha256, from as u64, 7).unwrap().unwrap();
            let expected = bytes.get(from..).unwrap_or_default();
            let within = expected.len().min(7).min(PIECE - from % PIECE);
            assert_eq!(piece, expected[..within], "{length} from {from}");
        }
        let Held::Here(held) = handle.hold(&sha256, Duration::ZERO).await.unwrap() else { panic!() };
        assert_eq!(held, bytes);
    }
    assert!(handle.document("00").await.unwrap().is_none());
    assert!(matches!(handle.hold("00", Duration::ZERO).await.unwrap(), Held::Absent));
    assert_eq!(store.piece("00", 0, 1).unwrap(), None);
}

#[tokio::test]
async fn bytes_that_are_not_those_that_were_kept_never_pass_for_a_whole_body() {
    use hyper::body::Body as _;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder));
    let handle = Handle::direct(store.clone());
    let bytes = vec![b'x'; 2 * PIECE + 5];
    let incoming = Incoming { bytes: bytes.into(), received_at: 1, source: "http".into(), idempotency_key: None };
    let Accepted::New { id } = handle.accept(incoming).await.unwrap() else { panic!() };
    let document = handle.document(&store.invoice(&id).unwrap().unwrap().sha256).await.unwrap().unwrap();
    let read = async || {
        let mut body = document.body(Bytes::new(), |piece| piece, Bytes::new(), document.size());
        let mut came = 0;
        while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
            came += frame.map_err(|_| came)?.into_data().unwrap().len();
        }
        Ok::<usize, usize>(came)
    };
    assert_eq!(read().await, Ok(2 * PIECE + 5));
    let change = |sql: &str| store.writer().unwrap().execute(sql, []).unwrap();
    change(&format!("UPDATE document_pieces SET bytes = x'7878787879' WHERE at = {}", 2 * PIECE));
    assert_eq!(read().await, Err(2 * PIECE), "one byte changed: the last piece is not given");
    change(&format!("DELETE FROM document_pieces WHERE at = {}", 2 * PIECE));
    assert_eq!(read().await, Err(2 * PIECE), "and where it is gone");
}

#[test]
fn a_large_document_from_before_there_were_pieces_is_read_in_pieces_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let bytes: Vec<u8> = (0..2 * PIECE + 3).map(|n| (n % 247) as u8).collect();
    let sql = "INSERT INTO documents (sha256, size, bytes) VALUES ('old', ?1, ?2)";
    store.writer().unwrap().execute(sql, (bytes.len() as i64, &bytes)).unwrap();
    assert_eq!(store.document("old").unwrap().unwrap(), bytes);
    assert_eq!(store.piece("old", PIECE as u64 + 1, 5).unwrap().unwrap(), bytes[PIECE + 1..PIECE + 6]);
    assert_eq!(store.piece("old", bytes.len() as u64, 5).unwrap().unwrap(), b""[..]);
}

#[tokio::test]
async fn large_documents_wait_for_each_other_and_small_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder));
    let handle = Handle::direct(store.clone());
    let mut kept = Vec::new();
    for (fill, length) in [(b'a', 1000), (b'b', crate::limits::LARGE_BYTES + 2048)] {
        let bytes = vec![fill; length];
        let incoming = Incoming { bytes: bytes.into(), received_at: 1, source: "http".into(), idempotency_key: None };
        let Accepted::New { id } = handle.accept(incoming).await.unwrap() else { panic!() };
        kept.push(store.invoice(&id).unwrap().unwrap().sha256);
    }
    let all = handle.room().take(crate::limits::LARGE_ROOM_BYTES).unwrap();
    assert!(matches!(handle.hold(&kept[0], Duration::ZERO).await.unwrap(), Held::Here(..)));
    assert!(matches!(handle.hold(&kept[1], Duration::from_millis(20)).await.unwrap(), Held::NoRoom));
    drop(all);
    let held = handle.hold(&kept[1], Duration::ZERO).await.unwrap();
    assert!(matches!(held, Held::Here(..)) && handle.room().held() == 2048);
    drop(held);
    assert_eq!(handle.room().held(), 0);
}

#[test]
fn what_a_directory_said_counts_until_its_end_and_goes_after() {
    let folder = tempfile::tempdir().unwrap();
    let lookup = |key: &str, entry: &str, asked_at: i64, expires_at: i64| Lookup {
        platform: "pa".into(),
        kind: "line".into(),
        key: key.into(),
        entry: entry.into(),
        asked_at,
        expires_at,
    };
    let keep = |store: &Sqlite, lookups: Vec<Lookup>, now| store.commit(&[Write::Keep { lookups, now }]).unwrap();
    let store = open(&folder);
    keep(&store, vec![lookup("1", "null", 10, 20), lookup("2", "{}", 10, 1_000)], 10);
    // The later answer counts, in whatever order they are kept.
    keep(&store, vec![lookup("1", "{}", 15, 30)], 15);
    keep(&store, vec![lookup("1", "null", 12, 40)], 15);
    drop(store);
    let store = open(&folder);
    assert_eq!(store.lookup(["pa", "line", "1"], 29).unwrap(), Some(lookup("1", "{}", 15, 30)));
    for (named, now) in [(["pa", "line", "1"], 30), (["other", "line", "1"], 16), (["pa", "siret", "1"], 16)] {
        assert_eq!(store.lookup(named, now).unwrap(), None, "{named:?} {now}");
    }
    keep(&store, vec![lookup("3", "{}", 50, 60)], 50);
    let sql = "SELECT count(*) FROM lookups";
    let left: i64 = store.writer().unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 2, "what has expired is deleted");
}
