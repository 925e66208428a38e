//! What leaves in the place of a document that no platform takes.

use super::*;

fn message() -> Paper {
    Paper { edi: true, ..paper(1, Kind::Good) }
}

impl Stage {
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut InvoiceRow)) {
        let mut row = self.row(id);
        change(&mut row);
        let step = Step { invoice_id: id.into(), at: self.clock.now(), row: Some(row), ..Step::default() };
        now_or_never(self.store.record(step)).unwrap();
    }

    fn events(&self, id: &str, kind: &str) -> Vec<serde_json::Value> {
        let events = now_or_never(self.store.events(Some(id), 0, 100)).unwrap();
        events.into_iter().filter(|event| event.kind == kind).map(|event| event.data).collect()
    }
}

#[test]
fn it_is_written_anew_until_a_deposit_is_begun_and_never_after() {
    let stage = Stage::new(None);
    let id = stage.post(&message());
    stage.step();
    let first = stage.row(&id).outgoing.unwrap();
    assert_eq!((stage.state(&id), first.syntax.as_str(), first.fixed), (State::Ready, "cii", false));
    // The partner's file changes: another text is judged, and leaves.
    stage.edition.store(2, Ordering::Relaxed);
    stage.step();
    stage.step();
    let second = stage.row(&id).outgoing.unwrap();
    assert_ne!(first.sha256, second.sha256);
    let said = stage.events(&id, "written");
    assert_eq!((said.len(), said[1]["former_sha256"].as_str()), (2, Some(first.sha256.as_str())));
    stage.deposit(Deposit::NotSent { why: "refused".into(), retry_after_ms: None, raw: vec![] });
    stage.step();
    assert!(stage.row(&id).outgoing.unwrap().fixed);
    // It changes again: what was begun to be sent is judged as it is, and leaves.
    stage.edition.store(4, Ordering::Relaxed);
    stage.step();
    stage.step();
    assert_eq!((stage.state(&id), stage.events(&id, "written").len()), (State::Ready, 2));
    assert_eq!(stage.events(&id, "judged").last().unwrap()["kept"], true);
    stage.deposit(taken());
    stage.step();
    assert_eq!(stage.state(&id), State::Delivered);
    let written = bytes::Bytes::from(message().written(1));
    assert_eq!(*stage.script.bytes.lock().unwrap(), [written.clone(), written], "one document, whenever it was sent");
    // What came stays the invoice's document.
    let came = now_or_never(stage.store.document(&stage.row(&id).sha256)).unwrap().unwrap();
    assert_eq!(now_or_never(came.whole()).unwrap(), message().bytes());
}

/// A row of a store from before anything was written.
#[test]
fn what_an_earlier_version_left_is_written_before_it_leaves_whoever_released_it() {
    for released in [false, true] {
        let stage = Stage::new(None);
        let id = stage.post(&message());
        stage.step();
        stage.change(&id, |row| {
            row.outgoing = None;
            let sha256 = row.sha256.clone();
            row.intent.as_mut().unwrap()["sha256"] = sha256.into();
            let by = crate::store::Released {
                author: "ann".into(),
                reason: "agreed".into(),
                at: START,
                of: ReleasedOf::Findings,
            };
            row.released = released.then_some(by);
        });
        stage.step();
        assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Received, 0));
        assert_eq!(stage.events(&id, "judged-again")[0]["why"], "unwritten");
        stage.step();
        stage.deposit(taken());
        stage.step();
        assert_eq!(stage.state(&id), State::Delivered);
        assert_eq!(*stage.script.bytes.lock().unwrap(), [bytes::Bytes::from(message().written(0))]);
    }
}

#[test]
fn an_intent_about_another_document_is_not_followed() {
    let stage = Stage::new(None);
    let id = stage.post(&message());
    stage.step();
    stage.change(&id, |row| {
        let sha256 = row.sha256.clone();
        row.intent.as_mut().unwrap()["sha256"] = sha256.into();
    });
    stage.step();
    assert_eq!((stage.state(&id), stage.script.sent.lock().unwrap().len()), (State::Ready, 0));
    assert_eq!(stage.events(&id, "failed").len(), 1);
}
