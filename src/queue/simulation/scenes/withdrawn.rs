//! A statement of ours that does not get through: a person lets it go once more, or withdraws it; never while it may be at the platform.

use serde_json::json;

use super::*;
use crate::decimal::Decimal;
use crate::formats::cdar::{Cashed, Moment, Saying};
use crate::queue::heard::OUR_STATUS;
use crate::queue::stating::{self, Deed};
use crate::store::{Statement, StatementState, StatementsOf};

type Acted = std::result::Result<Statement, acts::ActError>;

impl Stage {
    /// Somebody says that 120.00 came in.
    fn cashed(&self, invoice: &str) -> String {
        let (row, now) = (self.row(invoice), self.clock.now());
        let before = now_or_never(stating::before(&self.store, invoice)).unwrap().times;
        let saying = Saying::Cashed { amounts: vec![Cashed { rate: Decimal::from(20), amount: Decimal::from(120) }] };
        let (reached, text) = (Moment::from_millis(now).unwrap(), format!("<said of='{invoice}' n='{before}'/>"));
        let mut made = stating::made(row, &saying, format!("{before}.xml"), text, reached, "ann", now);
        made.statement.before = before;
        now_or_never(stating::keep(&self.store, made, None)).unwrap().id
    }

    /// Takes the next step of what is said.
    fn speak(&self) {
        let due = now_or_never(self.store.statements_due("vague")).unwrap().expect("something due");
        self.clock.advance_to(due);
        now_or_never(self.worker.send_statements("vague")).unwrap();
    }

    fn statement(&self, id: &str) -> Statement {
        now_or_never(self.store.statements(StatementsOf::One(id.to_owned()))).unwrap().remove(0).1
    }

    fn said(&self, id: &str) -> StatementState {
        self.statement(id).state
    }

    fn act(&self, id: &str, deed: Deed) -> Acted {
        let done = stating::act(&self.store, id, deed, ("ann", "as agreed"), self.clock.now(), |_| None);
        now_or_never(done).map(|done| done.expect("it is there"))
    }

    /// What counts as paid of an invoice.
    fn paid(&self, invoice: &str) -> Vec<Decimal> {
        let sums = now_or_never(stating::before(&self.store, invoice)).unwrap().cashed;
        sums.into_iter().map(|sum| sum.amount).collect()
    }

    /// Deposits it, loses the answer, and asks in vain until a person has to look.
    fn lose(&self, id: &str) {
        for _ in 0..1_000 {
            match self.said(id) {
                StatementState::Ready => {}
                StatementState::Unknown => self.searches(Search::Absent { raw: raw() }),
                StatementState::Parked => return self.script.deposits.lock().unwrap().clear(),
                state => panic!("{state:?}"),
            }
            // Once its absence is proven it leaves in the same breath.
            if self.script.deposits.lock().unwrap().is_empty() {
                self.deposit(lost());
            }
            self.speak();
        }
        panic!("never parked");
    }

    fn searches(&self, search: Search) {
        self.script.searches.lock().unwrap().push_back(search);
    }
}

fn is_not_now(done: Acted) -> bool {
    matches!(done, Err(acts::ActError::StatementNotNow { .. }))
}

#[test]
fn one_that_may_be_there_is_not_withdrawn_and_a_release_has_it_asked_first() {
    let stage = Stage::new(None);
    let invoice = stage.delivered(1);
    let id = stage.cashed(&invoice);
    stage.lose(&id);
    assert_eq!(stage.script.sent.lock().unwrap().len(), 2, "the invoice, and this one");
    assert!(is_not_now(stage.act(&id, Deed::Withdraw)), "nobody knows whether the platform has it");
    assert_eq!(stage.paid(&invoice), [Decimal::from(120)], "so it counts");

    let released = stage.act(&id, Deed::Release).unwrap();
    assert_eq!(
        (released.state, released.released.as_ref().map(|one| one.of)),
        (StatementState::Unknown, Some(ReleasedOf::Doubt))
    );
    assert!(is_not_now(stage.act(&id, Deed::Release)) && is_not_now(stage.act(&id, Deed::Withdraw)));
    stage.searches(Search::NoAnswer { why: "502".into(), line: Line::Silent, raw: vec![] });
    stage.speak();
    assert_eq!(stage.said(&id), StatementState::Unknown, "silence is no absence");
    // It shows it after all: it was never sent again.
    stage.searches(Search::Found { reference: Some("S1".into()), platform_invoice: None, raw: raw() });
    stage.speak();
    assert_eq!((stage.said(&id), stage.script.sent.lock().unwrap().len()), (StatementState::Delivered, 2));
    assert!(is_not_now(stage.act(&id, Deed::Withdraw)), "it is there");
}

#[test]
fn a_release_allows_one_more_deposit_and_a_new_doubt_is_a_new_doubt() {
    let stage = Stage::new(None);
    let invoice = stage.delivered(1);
    let id = stage.cashed(&invoice);
    stage.lose(&id);
    stage.act(&id, Deed::Release).unwrap();
    stage.searches(Search::Absent { raw: raw() });
    stage.deposit(lost());
    stage.speak();
    let again = stage.statement(&id);
    assert_eq!((again.state, again.deposits), (StatementState::Unknown, 2));
    assert_eq!(again.released.unwrap().of, ReleasedOf::DoubtSettled);
    stage.lose(&id);
    assert_eq!(stage.script.sent.lock().unwrap().len(), 3, "the word of a person held once");
    assert!(is_not_now(stage.act(&id, Deed::Withdraw)));
    let told = now_or_never(stage.store.events(Some(&invoice), 0, 100)).unwrap();
    let told: Vec<_> = told.iter().filter(|event| event.data["released"] == "as agreed").collect();
    assert_eq!((told.len(), told[0].actor.as_str()), (1, "ann"));
}

#[test]
fn one_that_never_got_there_is_withdrawn_and_counts_no_more() {
    let stage = Stage::new(Some(600_000));
    let invoice = stage.delivered(1);
    let id = stage.cashed(&invoice);
    stage.lose(&id);
    assert_eq!(stage.statement(&id).deposits, 3, "each proven to be absent");
    assert_eq!(stage.paid(&invoice), [Decimal::from(120)]);
    let withdrawn = stage.act(&id, Deed::Withdraw).unwrap();
    assert_eq!((withdrawn.state, withdrawn.why.as_str()), (StatementState::Withdrawn, "as agreed"));
    assert_eq!(stage.paid(&invoice), []);
    assert_eq!(now_or_never(stage.store.statements_due("vague")).unwrap(), None, "nothing leaves any more");
    assert!(is_not_now(stage.act(&id, Deed::Release)) && is_not_now(stage.act(&id, Deed::Withdraw)));
    let retried = now_or_never(stating::retry(&stage.store, &id, "ann", stage.clock.now()));
    assert!(matches!(retried, Err(acts::ActError::StatementNotNow { .. })), "{retried:?}");
    // The money can be said to have come in anew.
    let other = stage.cashed(&invoice);
    assert_eq!((stage.paid(&invoice), stage.said(&other)), (vec![Decimal::from(120)], StatementState::Ready));
    let told = now_or_never(stage.store.events(Some(&invoice), 0, 100)).unwrap();
    let last = told.iter().rfind(|event| !event.data["cashed"].is_null()).unwrap();
    assert_eq!((&last.data["cashed"]["sum"], &last.data["cashed"]["paid"]), (&json!("120"), &json!("whole")));
    // One that has not left yet is withdrawn as well.
    stage.act(&other, Deed::Withdraw).unwrap();
    assert_eq!(stage.paid(&invoice), []);
}

/// The step that a platform is about to take and a withdrawal never both happen.
#[test]
fn what_is_leaving_is_not_withdrawn() {
    let stage = Stage::new(None);
    let id = stage.cashed(&stage.delivered(1));
    let before = stage.statement(&id);
    let row = stage.row(&before.invoice);
    let sending = Statement { state: StatementState::Sending, deposits: 1, ..before.clone() };
    let mut draft = crate::queue::draft::Draft::beside(&row, stage.clock.now());
    draft.statement = Some(sending);
    now_or_never(stage.store.record(draft.finish(None).unwrap())).unwrap();
    assert!(is_not_now(stage.act(&id, Deed::Withdraw)), "a call is under way");
    // Whoever read it before that moment comes too late.
    let mut late = crate::queue::draft::Draft::beside(&row, stage.clock.now());
    late.statement = Some(Statement { state: StatementState::Withdrawn, ..before });
    let late = now_or_never(stage.store.record(late.finish(None).unwrap()));
    assert!(matches!(late, Err(StoreError::Stale(_))), "{late:?}");
}

#[test]
fn what_is_withdrawn_after_a_refusal_troubles_nobody_any_more() {
    let stage = Stage::new(None);
    let invoice = stage.delivered(1);
    let (first, second) = (stage.cashed(&invoice), stage.cashed(&invoice));
    for _ in 0..2 {
        stage.deposit(Deposit::Refused { code: "X".into(), text: "no".into(), raw: raw() });
    }
    stage.speak();
    assert_eq!((stage.said(&first), stage.said(&second)), (StatementState::Refused, StatementState::Refused));
    let open =
        || stage.problems(&invoice).iter().filter(|one| one.cause == OUR_STATUS && one.closed_at.is_none()).count();
    assert_eq!(open(), 1);
    assert!(is_not_now(stage.act(&first, Deed::Release)), "nothing was set aside: a retry takes it up");
    stage.act(&first, Deed::Withdraw).unwrap();
    assert_eq!(open(), 1, "the other one is refused still");
    stage.act(&second, Deed::Withdraw).unwrap();
    assert_eq!((open(), stage.paid(&invoice)), (0, vec![]));
    let nobody = stating::act(&stage.store, &first, Deed::Withdraw, ("ann", " "), stage.clock.now(), |_| None);
    assert!(matches!(now_or_never(nobody), Err(acts::ActError::NoReason)));
}
