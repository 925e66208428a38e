//! Idempotency keys are kept for a while and then forgotten, so that the store does not grow by them for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::told;
use crate::clock::{Clock, Millis};
use crate::store::{Handle, StoreError};

/// How often keys are looked through.
const EVERY: Millis = 60 * 60 * 1_000;
/// Keys forgotten in one commit, and the pause between two: whoever else writes is not held up.
const MOST: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(20);

/// Forgets what is older than `keep`, at once and then every hour, until told to stop.
pub(super) async fn forget(store: Handle, clock: Arc<dyn Clock>, keep: Duration, mut stopped: Receiver<bool>) {
    let keep = Millis::try_from(keep.as_millis()).unwrap_or(Millis::MAX);
    loop {
        match forgotten(&store, clock.now().saturating_sub(keep)).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "idempotency keys past their time are forgotten"),
            Err(error) => tracing::error!(%error, "idempotency keys past their time stay for now"),
        }
        tokio::select! {
            () = told(&mut stopped) => return,
            () = clock.sleep_until(clock.now() + EVERY) => {}
        }
    }
}

async fn forgotten(store: &Handle, before: Millis) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let count = store.forget_keys(before, MOST).await?;
        all += count;
        if count < MOST as u64 {
            return Ok(all);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::clock::ManualClock;
    use crate::queue::acts::{self, ActError};
    use crate::store::sqlite::Sqlite;
    use crate::store::{Accepted, Incoming, Keyed, Promise};

    const START: Millis = 1_795_219_200_000;
    const DAY: Millis = 24 * 60 * 60 * 1_000;

    struct Stage {
        store: Handle,
        _folder: tempfile::TempDir,
    }

    impl Stage {
        async fn accept(&self, text: &'static str, key: &str, at: Millis) -> Accepted {
            let bytes = Bytes::from_static(text.as_bytes());
            let key = Some(key.to_owned());
            self.store
                .accept(Incoming { bytes, received_at: at, source: "http".into(), idempotency_key: key })
                .await
                .unwrap()
        }

        async fn park(&self, id: &str, key: &str, at: Millis) -> Result<(), ActError> {
            let promise = Promise { key: key.into(), request: "r".into(), answer: |_| "{}".into() };
            acts::park(&self.store.under(promise), id, "Marie", "wait", at).await.map(|_| ())
        }

        async fn gone(&self, key: &str) {
            for _ in 0..500 {
                if self.store.answered(key).await.unwrap().is_none() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("{key} was never forgotten");
        }
    }

    #[tokio::test]
    async fn keys_are_forgotten_after_their_time_and_no_act_is_done_twice_by_that() {
        let folder = tempfile::tempdir().unwrap();
        let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("db")).unwrap()));
        let stage = Stage { store: store.clone(), _folder: folder };
        let Accepted::New { id } = stage.accept("one", "a/old", START).await else { panic!() };
        stage.park(&id, "a/park", START + 1).await.unwrap();
        let Accepted::New { id: later } = stage.accept("two", "a/new", START + 2 * DAY).await else { panic!() };
        stage.park(&later, "a/later", START + 2 * DAY).await.unwrap();

        let clock = Arc::new(ManualClock::at(START + 30 * DAY));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let keep = Duration::from_secs(30 * 24 * 3600);
        let task = tokio::spawn(forget(store.clone(), clock.clone(), keep, stopped));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let kept = store.answered("a/park").await.unwrap();
        let first = Keyed { key: "a/park".into(), request: "r".into(), answer: "{}".into() };
        assert_eq!(kept, Some(first), "to the very end of its time");

        clock.advance_to(START + 30 * DAY + EVERY);
        stage.gone("a/park").await;
        // The key is free; the invoice is not parked a second time all the same.
        let again = stage.park(&id, "a/park", clock.now()).await;
        assert!(matches!(again, Err(ActError::NotNow { .. })), "{again:?}");
        let events = store.events(Some(&id), 0, 100).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.kind == "parked").count(), 1);
        // The same document is the same invoice, whatever became of its key; another one may use the key again.
        assert_eq!(stage.accept("one", "a/old", clock.now()).await, Accepted::Known { id });
        // Younger ones stay.
        assert!(store.answered("a/later").await.unwrap().is_some());
        assert!(matches!(stage.accept("three", "a/new", clock.now()).await, Accepted::KeyConflict { .. }));
        stop.send(true).unwrap();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn many_keys_are_forgotten_few_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Handle::direct(Arc::new(Sqlite::open(&folder.path().join("db")).unwrap()));
        for n in 0..5 {
            let bytes = Bytes::from(format!("document {n}"));
            let key = Some(format!("a/{n}"));
            store
                .accept(Incoming { bytes, received_at: START + n, source: "http".into(), idempotency_key: key })
                .await
                .unwrap();
        }
        assert_eq!(store.forget_keys(START + 4, 3).await.unwrap(), 3);
        assert_eq!(store.forget_keys(START + 4, 3).await.unwrap(), 1);
        assert_eq!(forgotten(&store, START + 100).await.unwrap(), 1);
    }
}
