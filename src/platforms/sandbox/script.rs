//! What a sandbox is told to be: whom it knows, how slow it is, and how it misbehaves. A TOML file.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A sandbox. Every field has a default, so that an empty file is a platform that takes everything at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The PISTE application that gets a token here.
    pub client_id: String,
    pub client_secret: String,
    /// The technical account.
    pub account_login: String,
    pub account_password: String,
    /// Life of a token, in seconds.
    pub token_seconds: u64,
    /// From deposit to its end (`IN_INTEGRE`, `IN_REJETE`), in milliseconds.
    pub processing_ms: u64,
    /// From one status of an invoice to the next, in milliseconds.
    pub step_ms: u64,
    /// Where everything is kept for the next start; without it all is forgotten at the end.
    pub state_file: Option<PathBuf>,
    /// The buyers it knows. Without any, every buyer is taken.
    pub structure: Vec<Structure>,
    /// What goes wrong, and what buyers do; read in order.
    pub behaviour: Vec<Behaviour>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            client_id: "facteur-sandbox".into(),
            client_secret: "sandbox-secret".into(),
            account_login: "TECH_SANDBOX@facteur.example".into(),
            account_password: "sandbox-password".into(),
            token_seconds: 3600,
            processing_ms: 0,
            step_ms: 0,
            state_file: None,
            structure: Vec::new(),
            behaviour: Vec::new(),
        }
    }
}

/// A public buyer in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    pub siret: String,
    pub name: String,
    #[serde(default)]
    pub services: Vec<Service>,
    /// Commitment numbers (BT-13) that exist. Without any, every number is taken.
    #[serde(default)]
    pub engagements: Vec<String>,
    /// Must BT-10 be there?
    #[serde(default)]
    pub service_required: bool,
    /// Must BT-13 be there?
    #[serde(default)]
    pub engagement_required: bool,
    /// Must one of the two be there?
    #[serde(default)]
    pub service_or_engagement_required: bool,
}

/// A service of a buyer (BT-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub code: String,
    #[serde(default)]
    pub name: String,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

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
    /// HTTP 200 with a `codeRetour` other than zero; nothing is acted upon.
    CodeRetour,
    /// The call is acted upon, the answer waits.
    Delay,
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
    Token,
}

impl Action {
    /// The keys that mean something with it, besides `match` and `do`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Action::LoseAnswer | Action::DropBefore => &["call", "times"],
            Action::Fail => &["call", "times", "http", "retry_after", "text"],
            Action::CodeRetour => &["call", "times", "code", "text"],
            Action::Delay => &["call", "times", "ms"],
            Action::Hold => &["times", "ms"],
            Action::Incident => &["times"],
            Action::Refuse | Action::Suspend | Action::Dispute | Action::Accept | Action::Pay => {
                &["statuses", "motive", "comment"]
            }
            Action::Repeat | Action::Reorder => &[],
        }
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
            ("ms", self.ms.is_some()),
        ];
        let on = format!("behaviour `{:?}` on `{}`", self.action, self.matches);
        if let Some((key, _)) = given.iter().find(|(key, is)| *is && !self.action.keys().contains(key)) {
            return Err(format!("{on}: `{key}` means nothing here; known: {}", self.action.keys().join(", ")));
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

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong, with line and column where the file is at fault.
    pub fn parse(toml: &str) -> Result<Self, String> {
        let script: Self = toml::from_str(toml).map_err(|e| e.to_string())?;
        script.check()?;
        Ok(script)
    }

    /// # Errors
    /// The first thing that cannot be followed.
    pub fn check(&self) -> Result<(), String> {
        let mut seen = HashSet::new();
        if let Some(twice) = self.structure.iter().find(|s| !seen.insert(&s.siret)) {
            return Err(format!("structure {} is there twice", twice.siret));
        }
        self.behaviour.iter().try_for_each(Behaviour::check)
    }

    pub(super) fn find(&self, siret: &str) -> Option<(usize, &Structure)> {
        self.structure.iter().enumerate().find(|(_, s)| s.siret == siret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read() {
        let script = Script::parse(
            r#"
            processing_ms = 5
            [[structure]]
            siret = "21690123100011"
            name = "Ville"
            services = [{ code = "COMPTA" }, { code = "OLD", active = false }]
            engagements = ["1234567890"]
            engagement_required = true
            [[behaviour]]
            match = "F-1"
            do = "lose-answer"
            [[behaviour]]
            match = "F-2*"
            do = "refuse"
            motive = "EJ_ERR"
            "#,
        )
        .unwrap();
        assert_eq!(script.client_id, Script::default().client_id);
        assert!(script.structure[0].services[0].active && !script.structure[0].services[1].active);
        assert_eq!(script.behaviour[0].limit(), Some(1));
        let strikes = |i: usize, name: &str| script.behaviour[i].strikes(&[name.to_owned()]);
        assert!(strikes(0, "F-1") && !strikes(0, "F-10"));
        assert!(strikes(1, "F-22") && !strikes(1, "F-1"));
        assert!(Script::parse("").is_ok());
    }

    #[test]
    fn what_would_have_no_effect_is_refused() {
        for (toml, word) in [
            ("procesing_ms = 5", "procesing_ms"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'explode'", "explode"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'refuse'\ntimes = 2", "times"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'fail'\nmotive = 'EJ_ERR'", "motive"),
            ("[[behaviour]]\nmatch = ''\ndo = 'fail'", "match"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'fail'\nhttp = 20", "http"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'code-retour'\ncode = 0", "code"),
            ("[[structure]]\nsiret='1'\nname='a'\n[[structure]]\nsiret='1'\nname='b'", "twice"),
        ] {
            let error = Script::parse(toml).unwrap_err();
            assert!(error.contains(word), "{toml}: {error}");
        }
    }
}
