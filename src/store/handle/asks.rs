//! Questions to the store that are passed on as they are.

use super::super::{
    Addressed, AnswersOf, Due, EdiAnswer, Gauges, InvoiceRow, Millis, NumberKey, Related, Result, Store, Turn,
    Unanswered, Want,
};
use super::Handle;

impl Handle {
    /// See [`Store::messages_due`].
    pub async fn messages_due(&self, turn: Turn) -> Result<Option<Millis>> {
        self.read(move |store| store.messages_due(&turn)).await
    }

    pub async fn unanswered(&self, limit: usize) -> Result<Vec<Unanswered>> {
        self.read(move |store| store.unanswered(limit)).await
    }

    pub async fn is_unanswered(&self, sha256: &str) -> Result<bool> {
        let sha256 = sha256.to_owned();
        self.read(move |store| store.is_unanswered(&sha256)).await
    }

    pub async fn edi_answers(&self, of: AnswersOf) -> Result<Vec<EdiAnswer>> {
        self.read(move |store| store.edi_answers(&of)).await
    }

    pub async fn wants(&self, limit: usize) -> Result<Vec<Want>> {
        self.read(move |store| store.wants(limit)).await
    }

    /// See [`Store::of_interchange`].
    pub async fn of_interchange(&self, named: [&str; 3], limit: usize) -> Result<Vec<Addressed>> {
        let named = named.map(str::to_owned);
        let asked = move |store: &dyn Store| store.of_interchange(named.each_ref().map(String::as_str), limit);
        self.read(asked).await
    }

    pub async fn addressed(&self, invoice: &str) -> Result<Option<Addressed>> {
        let invoice = invoice.to_owned();
        self.read(move |store| store.addressed(&invoice)).await
    }

    pub async fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>> {
        let key = key.clone();
        self.read(move |store| store.bearers(&key)).await
    }

    /// See [`Store::related`].
    pub async fn related(&self, how: Related) -> Result<Vec<InvoiceRow>> {
        self.read(move |store| store.related(&how)).await
    }

    pub async fn holder(&self, key: &NumberKey) -> Result<Option<InvoiceRow>> {
        let key = key.clone();
        self.read(move |store| store.holder(&key)).await
    }

    pub async fn due(&self) -> Result<Vec<Due>> {
        self.read(|store| store.due()).await
    }

    pub async fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.read(|store| store.counts()).await
    }

    pub async fn gauges(&self, now: Millis) -> Result<Gauges> {
        self.read(move |store| store.gauges(now)).await
    }

    pub async fn check(&self) -> Result<()> {
        self.read(|store| store.check()).await
    }
}
