//! Messages that wait at a platform: whatever stands between them and their invoice, they are told once it is gone.

use super::super::world::letter;
use super::*;
use crate::platforms::Message;
use crate::queue::collect::Listing;
use crate::store::MessageState;

pub(super) fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("s.db")).unwrap()));
    let settings = PlatformSettings { family: Family::Pa, absence_proof: Some(600_000), ..PlatformSettings::default() };
    Stage::of(folder, store, settings, None)
}

impl Stage {
    /// What the platform says of an invoice, as the bytes of a message.
    pub(super) fn written(&self, id: &str, code: &str, reason: Option<&str>, at: Millis) -> Content {
        let intent: Intent = serde_json::from_value(self.row(id).intent.unwrap()).unwrap();
        let status = PlatformStatus {
            code: code.into(),
            reason: reason.map(Into::into),
            text: None,
            at: None,
            voice: Voice::Platform,
        };
        Content::Bytes(letter(&intent, None, at, &status).into_bytes().into())
    }

    /// Lists a message of this content; what there is to be read is not looked at yet.
    pub(super) fn listed(&self, flow: &str, tracking: &str, content: Content) {
        let message = Message {
            flow: flow.into(),
            kind: "CustomerInvoiceLC".into(),
            updated_at: None,
            tracking_id: Some(tracking.into()),
            name: None,
            content,
        };
        let page = Inbox::Page {
            messages: vec![message],
            unread: 0,
            next: Mark::default(),
            more: false,
            retry_after_ms: None,
            raw: vec![],
        };
        self.script.pages.lock().unwrap().push_back(page);
        now_or_never(self.worker.collect("vague", &mut Listing::default())).unwrap();
    }

    /// Looks at messages as they become due, at most so often.
    pub(super) fn look(&self, times: usize) {
        for _ in 0..times {
            let fetch = now_or_never(self.worker.fetch_messages("vague")).unwrap();
            let read = now_or_never(self.worker.read_messages()).unwrap();
            if let Some(due) = fetch.into_iter().chain(read).min() {
                self.clock.advance_to(due);
            }
        }
    }

    pub(super) fn message_of(&self, flow: &str) -> PlatformMessage {
        let named = MessagesOf::Named { platform: "vague".into(), flow: flow.into() };
        now_or_never(self.store.messages(named)).unwrap().remove(0)
    }
}

fn missing(why: &str) -> Content {
    Content::Missing { why: why.into(), gone: false, line: Line::Answers }
}

/// A call under way for its invoice, however long, is no fault of the message.
#[test]
fn a_message_waits_as_long_as_its_invoice_is_worked_on() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.clock.advance_to(stage.row(&id).due_at.unwrap());
    let lease = stage.claim(Some("vague".into())).remove(0);
    stage.listed("f", "", stage.written(&id, "213", Some("REJ_COH"), stage.clock.now()));
    let until = stage.clock.now() + 60_000;
    let mut looks = 0;
    while stage.clock.now() < until {
        stage.look(1);
        looks += 1;
        assert_eq!((stage.message_of("f").state, stage.message_of("f").tries), (MessageState::Waiting, 0), "{looks}");
    }
    assert!((10..200).contains(&looks), "{looks}");
    stage.script.follows.lock().unwrap().push_back(Follow::Statuses {
        platform_invoice: None,
        statuses: vec![],
        raw: vec![],
    });
    now_or_never(stage.worker.advance(lease)).unwrap();
    stage.look(2);
    assert_eq!((stage.message_of("f").state, stage.state(&id)), (MessageState::Told, State::Refused));
}

/// A message that took many tries to fetch is not given up at the first look.
#[test]
fn downloads_are_counted_apart_from_looks() {
    let stage = stage();
    let id = stage.delivered(1);
    let content = stage.written(&id, "200", None, stage.clock.now());
    let Content::Bytes(bytes) = &content else { panic!() };
    let early = bytes.clone();
    // Of an invoice that is not known yet: nothing that was sent bears the number.
    let early = String::from_utf8(early.to_vec()).unwrap().replace(">F-1<", ">F-2<").into_bytes();
    stage.listed("f", "", missing("502"));
    for _ in 0..20 {
        stage.script.fetches.lock().unwrap().push_back(missing("502"));
    }
    stage.look(20);
    assert_eq!(stage.message_of("f").tries, 20);
    stage.script.fetches.lock().unwrap().push_back(Content::Bytes(early.into()));
    stage.look(1);
    let message = stage.message_of("f");
    assert_eq!((message.state, message.tries), (MessageState::Waiting, 1), "{message:?}");
}

/// What cannot be fetched for about a day goes to a person, with the reason; whoever retries it has it fetched once more.
#[test]
fn what_cannot_be_fetched_is_parked_at_last() {
    let stage = stage();
    let id = stage.delivered(1);
    stage.listed("f", "", missing("HTTP 403: not allowed"));
    let began = stage.clock.now();
    let mut tried = 0;
    while stage.message_of("f").state != MessageState::Parked {
        stage.script.fetches.lock().unwrap().push_back(missing("HTTP 403: not allowed"));
        stage.look(1);
        tried += 1;
        assert!(tried < 100, "it is fetched for ever");
    }
    let (parked, waited) = (stage.message_of("f"), stage.clock.now() - began);
    assert!(parked.why.contains("403") && parked.due_at.is_none(), "{parked:?}");
    assert!((12 * 3_600_000..48 * 3_600_000).contains(&waited), "{waited}");
    let again = |content: Content| {
        now_or_never(stage.store.anew("", Some(parked.seq), stage.clock.now())).unwrap();
        stage.script.fetches.lock().unwrap().push_back(content);
        stage.look(2);
        stage.message_of("f").state
    };
    assert_eq!(again(missing("HTTP 403: not allowed")), MessageState::Parked);
    assert_eq!(again(stage.written(&id, "200", None, began)), MessageState::Told);
}

/// What was kept in the place of a message is no message for ever: whoever retries it has it fetched once more.
#[test]
fn what_cannot_be_read_is_fetched_again_on_retry() {
    let stage = stage();
    let id = stage.delivered(1);
    let cut = Content::Bytes("<rsm:CrossDomainAcknowledgement".into());
    stage.listed("f", "", cut.clone());
    // Fetched again by itself: the same comes, it is what the platform has.
    stage.script.fetches.lock().unwrap().push_back(cut.clone());
    stage.look(3);
    let parked = stage.message_of("f");
    assert_eq!((parked.state, stage.script.fetches.lock().unwrap().len()), (MessageState::Parked, 0));
    let retry = |content: Content| {
        now_or_never(stage.store.anew("", Some(parked.seq), stage.clock.now())).unwrap();
        stage.script.fetches.lock().unwrap().push_back(content);
        stage.look(4);
        assert_eq!(stage.script.fetches.lock().unwrap().len(), 0, "fetched once");
        stage.message_of("f")
    };
    // The same again, or no longer there: parked again, and what came first is kept.
    assert_eq!(retry(cut).state, MessageState::Parked);
    let gone = Content::Missing { why: "HTTP 404".into(), gone: true, line: Line::Answers };
    let gone = retry(gone);
    assert_eq!((gone.state, &gone.sha256), (MessageState::Parked, &parked.sha256));
    let told = retry(stage.written(&id, "200", None, START));
    assert_eq!((told.state, stage.row(&id).existed), (MessageState::Told, true));
    assert!(now_or_never(stage.store.document(&parked.sha256.unwrap())).unwrap().is_some(), "both are kept");
}

/// What came cut short is fetched until it comes whole, without anybody; not for ever.
#[test]
fn what_came_cut_short_is_fetched_again_by_itself() {
    let stage = stage();
    let id = stage.delivered(1);
    let Content::Bytes(whole) = stage.written(&id, "200", None, START) else { panic!() };
    let cut = |length: usize| Content::Bytes(whole.slice(..length));
    let began = stage.clock.now();
    stage.listed("f", "", cut(100));
    stage.script.fetches.lock().unwrap().extend([cut(200), missing("502"), cut(100), Content::Bytes(whole.clone())]);
    stage.look(8);
    assert_eq!((stage.message_of("f").state, stage.row(&id).existed), (MessageState::Told, true));
    assert!(stage.clock.now() - began < 120_000, "{}", stage.clock.now() - began);

    stage.listed("g", "", cut(100));
    for n in 0..40 {
        stage.script.fetches.lock().unwrap().push_back(cut(101 + n));
    }
    stage.look(30);
    let parked = stage.message_of("g");
    assert_eq!((parked.state, stage.script.fetches.lock().unwrap().len()), (MessageState::Parked, 30), "{parked:?}");
}

/// A platform that asked to be left alone is, by all that would call it, though it answers what was under way.
#[test]
fn a_platform_that_asks_for_a_pause_gets_it() {
    let stage = stage();
    let first = stage.delivered(1);
    let numbers = ["F-2", "F-3", "F-4"];
    let ids = numbers.map(|number| {
        let id = stage.post(&Paper { number: number.into(), ..paper(2, Kind::Good) });
        stage.step();
        id
    });
    stage.deposit(Deposit::NotSent { why: "429".into(), retry_after_ms: Some(60_000), raw: raw() });
    let lease = stage.claim(Some("vague".into())).remove(0);
    now_or_never(stage.worker.advance(lease)).unwrap();
    let until = stage.clock.now() + 60_000;
    assert_eq!(stage.worker.health("vague").0, Some(until), "for the connection, and not for one invoice");
    // An answer to a call that was under way does not end the pause.
    let follow = Follow::Statuses { platform_invoice: None, statuses: vec![], raw: vec![] };
    stage.script.follows.lock().unwrap().push_back(follow);
    stage.clock.advance_to(stage.row(&first).due_at.unwrap());
    while stage.script.follows.lock().unwrap().len() == 1 {
        let lease = stage.claim(Some("vague".into())).remove(0);
        match lease.row.id == first {
            true => now_or_never(stage.worker.advance(lease)).unwrap(),
            // Nobody claims these: the queue asks for the platform's health before.
            false => assert!(ids.contains(&lease.row.id)),
        }
    }
    assert_eq!(stage.worker.health("vague").0, Some(until));
    // Neither its inbox nor what is to be said of invoices is sent there meanwhile.
    stage.script.pages.lock().unwrap().push_back(Inbox::None);
    let next = now_or_never(stage.worker.collect("vague", &mut Listing::default())).unwrap();
    assert_eq!((next, stage.script.pages.lock().unwrap().len()), (Some(until), 1));
    stage.clock.advance_to(until);
    assert_eq!(stage.worker.health("vague"), (None, 1), "then one call tries");
}
