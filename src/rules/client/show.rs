//! The effective file: what is in force for a customer, as one TOML text, each rule with the file and line it comes from.

use crate::rules::Severity;

use super::file::{Ask, KeyKind, Rule};
use super::inherit::ClientRules;
use super::say;

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
        out.push_str(&self.chorus.show());
        out
    }
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
