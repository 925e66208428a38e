//! The effective file: what is in force for a customer, as one TOML text, each rule with the file and line it comes from.

use crate::rules::Severity;

use super::file::{Ask, Key, KeyKind, Rule};
use super::inherit::ClientRules;
use super::say;
use super::severity::SeverityRule;
use super::waive::Waiver;

impl ClientRules {
    /// The effective file. Read again, it asks the same.
    pub fn show(&self) -> String {
        let mut out = format!("# {}\n", self.files.iter().map(|f| format!("{f}.toml")).collect::<Vec<_>>().join(" → "));
        out.push_str(&format!("name = {}\n", text(&self.name)));
        if !self.keys.is_empty() {
            let lists = KeyKind::ALL.map(|kind| {
                let of = self.keys.iter().filter(|k| k.value.kind == kind);
                format!("{} = [{}]", kind.key(), of.map(|k| text(&k.value.written)).collect::<Vec<_>>().join(", "))
            });
            out.push_str(&format!("match = {{ {} }}\n", lists.join(", ")));
        }
        if let Some(route) = &self.route {
            out.push_str(&format!("route = {} # {}\n", text(&route.value), route.origin));
        }
        for rule in &self.rules {
            out.push_str(&shown(rule));
        }
        let limits = [("attachments", &self.limits.attachments), ("attachment_bytes", &self.limits.attachment_bytes)];
        if limits.iter().any(|(_, limit)| limit.is_some()) {
            out.push_str("\n[limits]\n");
        }
        for (key, limit) in limits.into_iter().filter_map(|(key, limit)| Some((key, limit.as_ref()?))) {
            out.push_str(&format!("{key} = {} # {}\n", limit.value, limit.origin));
        }
        out.push_str(&self.payment.shown());
        if !self.mentions.is_empty() {
            out.push_str("\n[mentions]\n");
        }
        for asked in &self.mentions {
            out.push_str(&format!("{} = {} # {}\n", asked.mention.id, text(asked.level.as_str()), asked.origin));
        }
        self.severities.iter().for_each(|rule| out.push_str(&severity(rule)));
        self.waivers.iter().for_each(|waiver| out.push_str(&waived(waiver)));
        out.push_str(&self.chorus.show());
        out
    }
}

fn severity(rule: &SeverityRule) -> String {
    let mut out = format!("\n[[severity]] # {}\nrule = {}\n", rule.origin, text(&rule.rule));
    out.push_str(&format!("level = {}\n", text(say::severity(rule.level))));
    for (key, value) in [("when", rule.when.as_ref().map(|w| w.source())), ("reason", rule.reason.as_deref())] {
        out.push_str(&value.map_or(String::new(), |value| format!("{key} = {}\n", text(value))));
    }
    out
}

fn waived(waiver: &Waiver) -> String {
    let mut out = format!("\n[[waive]] # {}\nrule = {}\n", waiver.origin, text(&waiver.rule));
    let mut line = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
    if let Some(term) = &waiver.term {
        line("term", text(term.id()));
    }
    if !waiver.supplier.is_empty() {
        line("supplier", format!("{{ {} }}", lists(&waiver.supplier)));
    }
    if !waiver.document.is_empty() {
        line("document", format!("[{}]", waiver.document.iter().map(|d| text(d)).collect::<Vec<_>>().join(", ")));
    }
    line("author", text(&waiver.author));
    line("reason", text(&waiver.reason));
    line("until", waiver.until.to_string());
    out
}

/// The lists of identifiers that there are, by kind.
fn lists(keys: &[Key]) -> String {
    let lists = KeyKind::ALL.into_iter().filter_map(|kind| {
        let of: Vec<String> = keys.iter().filter(|k| k.kind == kind).map(|k| text(&k.written)).collect();
        (!of.is_empty()).then(|| format!("{} = [{}]", kind.key(), of.join(", ")))
    });
    lists.collect::<Vec<_>>().join(", ")
}

fn shown(rule: &Rule) -> String {
    let mut lines = Vec::new();
    let mut line = |key: &str, value: String| lines.push(format!("{key} = {value}\n"));
    let kind = match &rule.ask {
        Ask::Require { address, pattern } => {
            line("term", text(&address.to_string()));
            if let Some(pattern) = pattern {
                line("pattern", text(pattern.source()));
            }
            "require"
        }
        Ask::Mention(mention) => {
            line("mention", text(&mention.id));
            "require"
        }
        Ask::Wording { written, .. } => {
            line("text", text(written));
            "require"
        }
        Ask::Allow { address, values } => {
            line("term", text(&address.to_string()));
            line("values", format!("[{}]", values.iter().map(|v| text(&v.written)).collect::<Vec<_>>().join(", ")));
            "allow"
        }
        Ask::Forbid { address } => {
            line("term", text(&address.to_string()));
            "forbid"
        }
    };
    if let Some(when) = &rule.when {
        line("when", text(when.source()));
    }
    if rule.severity != Severity::Fatal {
        line("severity", text(say::severity(rule.severity)));
    }
    if let Some(message) = &rule.message {
        line("message", format!("{{ fr = {}, en = {} }}", text(&message.fr), text(&message.en)));
    }
    format!("\n[[{kind}]] # {}\n{}", rule.origin, lines.concat())
}

/// A TOML string: in apostrophes where that needs no escape, so that patterns stay readable.
fn text(value: &str) -> String {
    let plain = |c: char| !c.is_control();
    if value.contains('\\') && !value.contains('\'') && value.chars().all(plain) {
        return format!("'{value}'");
    }
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
