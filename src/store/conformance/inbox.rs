//! Messages of platforms.

use bytes::Bytes;

use super::{event, put};
use crate::store::{
    Collect, Collected, Looked, MessageState, MessagesOf, PlatformMessage, Step, Store, StoreError, Turn, Write,
    Written,
};

fn message(flow: &str, content: Result<&str, &str>) -> Collect {
    Collect {
        flow: flow.into(),
        kind: "CustomerInvoiceLC".into(),
        name: String::new(),
        tracking: String::new(),
        updated_at: "2026-11-21T10:00:00Z".into(),
        content: content.map(|text| Bytes::copy_from_slice(text.as_bytes())).map_err(Into::into),
    }
}

fn collect(store: &dyn Store, at: i64, mark: &str, messages: Vec<Collect>) -> usize {
    let page = Collected { platform: "pa".into(), at, messages, handed_by: None, mark: Some(mark.into()) };
    match store.commit(&[Write::Collect(Box::new(page))]).unwrap()[..] {
        [Written::Messages(count)] => count,
        ref other => panic!("{other:?}"),
    }
}

fn read() -> Turn {
    Turn::Read { fetched_from: vec!["pa".into(), "b".into()] }
}

fn due(store: &dyn Store, now: i64) -> Vec<PlatformMessage> {
    store.messages(&MessagesOf::Due { turn: read(), now, limit: 10 }).unwrap()
}

pub(super) fn a_page_and_its_mark_are_kept_together_and_each_message_once(store: &dyn Store) {
    assert_eq!(store.mark("pa").unwrap(), None);
    let page = vec![message("1", Ok("<a/>")), message("2", Err("not now"))];
    assert_eq!(collect(store, 10, "m1", page), 2);
    assert_eq!(store.mark("pa").unwrap(), Some(("m1".into(), 10)));
    assert_eq!(store.mark("other").unwrap(), None);
    // Listed again: what is known stays, what was missing is filled in, and the mark goes on.
    let again = vec![message("1", Ok("<b/>")), message("2", Ok("<c/>")), message("2", Err("not now"))];
    assert_eq!(collect(store, 20, "m2", again), 1);
    assert_eq!(store.mark("pa").unwrap(), Some(("m2".into(), 20)));
    let all = due(store, 20);
    let texts: Vec<Bytes> =
        all.iter().map(|one| store.document(one.sha256.as_deref().unwrap()).unwrap().unwrap()).collect();
    let mut texts: Vec<&[u8]> = texts.iter().map(|text| &**text).collect();
    texts.sort_unstable();
    assert_eq!(texts, [b"<a/>", b"<c/>"]);
    assert!(all.iter().all(|one| one.state == MessageState::New && one.tries == 0));
    // The same message of another platform is another one.
    let page = Collected {
        platform: "b".into(),
        at: 30,
        messages: vec![message("1", Ok("<a/>"))],
        handed_by: Some("erp".into()),
        mark: Some("x".into()),
    };
    store.commit(&[Write::Collect(Box::new(page))]).unwrap();
    let all = due(store, 30);
    let handed: Vec<_> = all.iter().map(|one| (one.platform.as_str(), one.handed_by.as_deref())).collect();
    assert_eq!(handed, [("pa", None), ("pa", None), ("b", Some("erp"))]);
}

pub(super) fn a_message_is_told_once_waits_or_is_parked(store: &dyn Store) {
    let id = put(store, "<invoice/>");
    collect(store, 10, "m", ["1", "2", "3"].map(|flow| message(flow, Ok("<a/>"))).into());
    let seq: Vec<u64> = due(store, 10).iter().map(|one| one.seq).collect();
    let tell = |seq: u64| Step {
        invoice_id: id.clone(),
        at: 20,
        events: vec![event("message")],
        told_message: Some(seq),
        ..Step::default()
    };
    // Told twice in one commit: the second finds it done, and leaves no event.
    let told = store.record(&[tell(seq[0]), tell(seq[0])]).unwrap();
    assert!(matches!(told[..], [Ok(()), Err(StoreError::Stale(_))]), "{told:?}");
    assert_eq!(store.events(Some(&id), 0, 10).unwrap().iter().filter(|event| event.kind == "message").count(), 1);
    let of = store.messages(&MessagesOf::Invoice(id.clone())).unwrap();
    assert_eq!(of.iter().map(|one| (one.seq, one.state)).collect::<Vec<_>>(), [(seq[0], MessageState::Told)]);
    let looked = |seq: u64, why: &str, again: Option<i64>, content: Option<&str>| {
        let content = content.map(|text| Bytes::copy_from_slice(text.as_bytes()));
        Write::Looked(Looked { seq, why: why.into(), again, tries: 1, reader: "one".into(), content, refetch: false })
    };
    // What was told stays told, whoever looked at it meanwhile.
    store.commit(&[looked(seq[0], "late", None, None), looked(seq[1], "unknown", Some(500), None)]).unwrap();
    store.commit(&[looked(seq[2], "unreadable", None, None)]).unwrap();
    assert_eq!((due(store, 499).len(), due(store, 500).len(), store.messages_due(&read()).unwrap()), (0, 1, Some(500)));
    let list = |state| store.messages(&MessagesOf::List { state: Some(state), before: None, limit: 10 }).unwrap();
    assert_eq!(list(MessageState::Told).len(), 1);
    assert_eq!(
        (list(MessageState::Waiting)[0].why.as_str(), list(MessageState::Parked)[0].why.as_str()),
        ("unknown", "unreadable")
    );
    let stuck = |tries| {
        let found = store.messages(&MessagesOf::Stuck { tries, before: None, limit: 10 }).unwrap();
        found.iter().map(|one| one.seq).collect::<Vec<_>>()
    };
    assert_eq!((stuck(1), stuck(2)), (vec![seq[2], seq[1]], vec![seq[2]]), "parked, or looked at often enough");
    let anew = |reader: &str, one| {
        let answer = store.commit(&[Write::Anew { reader: reader.into(), one, now: 600 }]).unwrap();
        matches!(answer[..], [Written::Messages(1)])
    };
    assert!(!anew("one", None), "the reader that could not read it looks no second time");
    assert!(anew("two", None), "another one does");
    assert_eq!(due(store, 600).iter().map(|one| one.seq).collect::<Vec<_>>(), [seq[1], seq[2]]);
    store.commit(&[looked(seq[2], "unreadable", None, None)]).unwrap();
    assert!(anew("one", Some(seq[2])), "a person may ask for it");
    // What was fetched later is its content.
    store.commit(&[looked(seq[2], "", Some(700), Some("<later/>"))]).unwrap();
    let one = store.messages(&MessagesOf::One(seq[2])).unwrap().remove(0);
    assert_eq!(&store.document(&one.sha256.unwrap()).unwrap().unwrap()[..], b"<later/>");
    assert_eq!(
        store.messages(&MessagesOf::List { state: None, before: Some(seq[2]), limit: 1 }).unwrap()[0].seq,
        seq[1]
    );
}
