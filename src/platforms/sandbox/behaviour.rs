//! What goes wrong at a sandbox, and what its buyers do.

use serde::{Deserialize, Serialize};

/// One thing that happens to one invoice, or to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// An invoice number or a file name; `F-2*` stands for all that begin so, `*` for all.
    #[serde(rename = "match")]
    pub matches: String,
    #[serde(rename = "do")]
    pub action: Action,
    /// The call it strikes; `deposit` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// How often; once unless said, 0 for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// `fail`: the HTTP status; 500 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// `fail`: the header `Retry-After`, as it shall be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// `code-retour`: the code; 1 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// `fail`: the body. `code-retour`: the libelle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Statuses to take in place of those that the action stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<String>>,
    /// The motive of the last status, such as `EJ_ERR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motive: Option<String>,
    /// The comment of the last status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `suspend`, `dispute`: what the buyer does once documents of ours completed the invoice (209, `completer`);
    /// `accept` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Action>,
    /// `delay`: before the answer. `hold`: before the deposit ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The call is acted upon, then the connection is cut without an answer.
    LoseAnswer,
    /// The connection is cut before anything is acted upon.
    DropBefore,
    /// An HTTP status in place of the service.
    Fail,
    /// The token of the call has ended.
    ExpireToken,
    /// HTTP 200 with a `codeRetour` other than zero; nothing is acted upon.
    CodeRetour,
    /// The call is acted upon, the answer waits.
    Delay,
    /// The call is acted upon, and half of the answer comes: no JSON.
    Garble,
    /// The deposit stays under way for longer.
    Hold,
    /// The deposit ends as `IN_INCIDENTE`.
    Incident,
    /// The buyer refuses (`REJETEE`).
    Refuse,
    /// The buyer wants documents (`SUSPENDUE`).
    Suspend,
    /// An approver disagrees (`REFUSEE_2`).
    Dispute,
    /// The buyer accepts (`SERVICE_FAIT`, `MANDATEE`).
    Accept,
    /// The buyer accepts and pays (up to `MISE_EN_PAIEMENT`).
    Pay,
    /// Every entry of the history comes twice.
    Repeat,
    /// The history comes in no order.
    Reorder,
}

/// The calls that a fault can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    Deposit,
    Report,
    Search,
    History,
    /// Documents of a suspended invoice: their upload…
    Upload,
    /// … and that they complete it.
    Complete,
    Token,
    /// Of the accredited platform: the listing of its messages…
    Inbox,
    /// … and one of them.
    Download,
    Directory,
    /// Of the accredited platform: subscriptions, and the notices that follow from them (sent by the platform).
    Webhook,
    Notice,
}

impl Action {
    /// The keys that mean something with it, besides `match` and `do`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Action::LoseAnswer | Action::DropBefore | Action::ExpireToken | Action::Garble => &["call", "times"],
            Action::Fail => &["call", "times", "http", "retry_after", "text"],
            Action::CodeRetour => &["call", "times", "code", "text"],
            Action::Delay => &["call", "times", "ms"],
            Action::Hold => &["times", "ms"],
            Action::Incident => &["times"],
            Action::Suspend | Action::Dispute => &["statuses", "motive", "comment", "then"],
            Action::Refuse | Action::Accept | Action::Pay => &["statuses", "motive", "comment"],
            Action::Repeat | Action::Reorder => &[],
        }
    }

    /// Is it counted how often it strikes? What befalls an invoice for good is not.
    pub fn is_counted(self) -> bool {
        self.statuses().is_empty() && !matches!(self, Action::Repeat | Action::Reorder)
    }

    /// The statuses it stands for, in order; none for a fault.
    pub(super) fn statuses(self) -> &'static [&'static str] {
        match self {
            Action::Refuse => &["REJETEE"],
            Action::Suspend => &["SUSPENDUE"],
            Action::Dispute => &["REFUSEE_2"],
            Action::Accept => &["SERVICE_FAIT", "MANDATEE"],
            Action::Pay => {
                &["SERVICE_FAIT", "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT"]
            }
            _ => &[],
        }
    }
}

impl Behaviour {
    /// A behaviour with nothing said but what and whom.
    pub fn new(matches: impl Into<String>, action: Action) -> Self {
        Self {
            matches: matches.into(),
            action,
            call: None,
            times: None,
            http: None,
            retry_after: None,
            code: None,
            text: None,
            statuses: None,
            motive: None,
            comment: None,
            then: None,
            ms: None,
        }
    }

    /// Does it strike something known under one of these names?
    pub(super) fn strikes(&self, names: &[String]) -> bool {
        match self.matches.strip_suffix('*') {
            Some("") => true,
            Some(head) => names.iter().any(|name| name.starts_with(head)),
            None => names.contains(&self.matches),
        }
    }

    /// How often it strikes; none for always.
    pub(super) fn limit(&self) -> Option<u32> {
        match self.times {
            None => Some(1),
            Some(0) => None,
            Some(n) => Some(n),
        }
    }

    /// Refuses a key that would have no effect: a script that is silently not followed makes a test lie.
    ///
    /// # Errors
    /// One sentence that names the key.
    pub fn check(&self) -> Result<(), String> {
        let given = [
            ("call", self.call.is_some()),
            ("times", self.times.is_some()),
            ("http", self.http.is_some()),
            ("retry_after", self.retry_after.is_some()),
            ("code", self.code.is_some()),
            ("text", self.text.is_some()),
            ("statuses", self.statuses.is_some()),
            ("motive", self.motive.is_some()),
            ("comment", self.comment.is_some()),
            ("then", self.then.is_some()),
            ("ms", self.ms.is_some()),
        ];
        let on = format!("behaviour `{:?}` on `{}`", self.action, self.matches);
        if let Some((key, _)) = given.iter().find(|(key, is)| *is && !self.action.keys().contains(key)) {
            return Err(format!("{on}: `{key}` means nothing here; known: {}", self.action.keys().join(", ")));
        }
        if self.then.is_some_and(|then| then.statuses().is_empty()) {
            return Err(format!("{on}: `then` is something that a buyer does: accept, pay, refuse, suspend, dispute"));
        }
        let sent = [Action::LoseAnswer, Action::DropBefore, Action::Delay, Action::Garble];
        if self.call == Some(Call::Notice) && !sent.contains(&self.action) {
            return Err(format!("{on}: a notice may be lost, dropped before, delayed or garbled"));
        }
        if self.matches.is_empty() {
            return Err(format!("{on}: `match` is empty"));
        }
        if self.code == Some(0) {
            return Err(format!("{on}: code 0 is success"));
        }
        if self.http.is_some_and(|http| !(200..=599).contains(&http)) {
            return Err(format!("{on}: `http` is a status from 200 to 599"));
        }
        if self.statuses.as_ref().is_some_and(Vec::is_empty) {
            return Err(format!("{on}: `statuses` is empty"));
        }
        Ok(())
    }
}
