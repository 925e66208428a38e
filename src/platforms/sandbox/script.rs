//! What a sandbox is told to be: whom it knows, how slow it is, and how it misbehaves. A TOML file.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;

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
    /// Where its ledger is written when it ends.
    pub ledger: Option<PathBuf>,
    /// Most rows in one page of the accredited platform's lists.
    pub page_size: u64,
    /// How far the accredited platform's clock is ahead of this machine's, in milliseconds; less than nothing where it is behind.
    pub clock_skew_ms: i64,
    /// The lines of the directory. Without any, every address that begins with a SIREN is one.
    pub line: Vec<Line>,
    /// SIREN or SIRET of companies and establishments that the accredited platform's directory knows to have ceased.
    pub ceased: Vec<String>,
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
            ledger: None,
            page_size: 100,
            clock_skew_ms: 0,
            line: Vec::new(),
            ceased: Vec::new(),
            structure: Vec::new(),
            behaviour: Vec::new(),
        }
    }
}

/// A line of the directory: an address at which somebody receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// As BT-49 says it.
    pub address: String,
    #[serde(default)]
    pub status: LineStatus,
}

/// `directoryLineStatus`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineStatus {
    #[default]
    Enabled,
    Disabled,
    Upcoming,
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
    /// False: it has ceased, and receives nothing.
    #[serde(default = "yes")]
    pub active: bool,
}

impl Structure {
    /// One that demands nothing.
    pub(super) fn named(siret: &str) -> Self {
        Self {
            siret: siret.to_owned(),
            name: siret.to_owned(),
            services: Vec::new(),
            engagements: Vec::new(),
            service_required: false,
            engagement_required: false,
            service_or_engagement_required: false,
            active: true,
        }
    }
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
        let mut seen = HashSet::new();
        if let Some(twice) = self.line.iter().find(|line| !seen.insert(&line.address)) {
            return Err(format!("line {} is there twice", twice.address));
        }
        if self.page_size == 0 {
            return Err("page_size is at least 1".into());
        }
        self.behaviour.iter().try_for_each(Behaviour::check)
    }

    /// Can somebody receive at this address? None where the directory does not know it.
    pub(super) fn line(&self, address: &str) -> Option<LineStatus> {
        if self.line.is_empty() {
            let siren = address.get(..9).is_some_and(|head| head.bytes().all(|b| b.is_ascii_digit()));
            let rest = address.get(9..).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            return (siren && rest).then_some(LineStatus::Enabled);
        }
        self.line.iter().find(|line| line.address == address).map(|line| line.status)
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
            ("[[behaviour]]\nmatch = 'x'\ndo = 'accept'\nthen = 'pay'", "then"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'suspend'\nthen = 'delay'", "then"),
            ("[[behaviour]]\nmatch = 'x'\ndo = 'fail'\ncall = 'notice'", "notice"),
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
