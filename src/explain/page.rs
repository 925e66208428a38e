//! An explanation: what is explained, its title, its sections. Shown as text, as Markdown, and by the page as HTML.

use crate::text::Lang;

/// What a rule, a term, a code or a status is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// As its authority writes it.
    pub id: String,
    pub title: String,
    /// What it is: "rule", "term", "life-cycle status"… with where it comes from.
    pub what: String,
    pub sections: Vec<Section>,
}

/// A part of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub heading: String,
    pub lines: Vec<String>,
    /// Letter for letter: an example, or the exact form of a rule.
    pub code: bool,
}

/// The sections that hold what is to be written or was written, letter for letter.
const VERBATIM: [&str; 6] = ["Exact form", "Forme exacte", "Wrong", "Exemple refusé", "Right", "Exemple accepté"];

impl Explanation {
    pub fn new(id: &str, title: &str, what: impl Into<String>) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), what: what.into(), sections: Vec::new() }
    }

    /// Adds a section, where there is something in it.
    pub fn section(&mut self, lang: Lang, (fr, en): (&str, &str), lines: Vec<String>) {
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
        if !lines.is_empty() {
            let heading = if lang == Lang::Fr { fr } else { en }.to_owned();
            let code = VERBATIM.contains(&heading.as_str());
            self.sections.push(Section { heading, lines, code });
        }
    }

    /// Reads the form in which `rules` explains: a line `id: title`, then sections under `## `.
    pub(super) fn parse(text: &str, what: String) -> Self {
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default();
        let (id, title) = head.lines().next().unwrap_or_default().split_once(": ").unwrap_or((head, ""));
        let section = |part: &str| {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            let lines: Vec<String> = body.trim_end().lines().map(str::to_owned).collect();
            Section { heading: heading.to_owned(), lines, code: VERBATIM.contains(&heading) }
        };
        Self { id: id.to_owned(), title: title.to_owned(), what, sections: parts.map(section).collect() }
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut out = format!("{}: {}\n{}\n", self.id, self.title, self.what);
        for section in &self.sections {
            out.push_str(&format!("\n{}\n", section.heading));
            section.lines.iter().for_each(|line| out.push_str(&format!("{line}\n")));
        }
        out
    }

    /// For a page of its own or inside another: headings start at `level`. `link` escapes a line and turns the ids in it into links.
    pub fn markdown(&self, level: usize, link: &dyn Fn(&str) -> String) -> String {
        let marks = "#".repeat(level);
        let mut out = format!("{marks} {}: {}\n\n{}\n", escaped(&self.id), escaped(&self.title), link(&self.what));
        for section in &self.sections {
            // Below the title a heading of each section would drown a page of many.
            out.push_str(&match level {
                1 => format!("\n## {}\n\n", section.heading),
                _ => format!("\n**{}**\n\n", section.heading),
            });
            section.body(&mut out, link);
        }
        out
    }
}

impl Section {
    fn body(&self, out: &mut String, link: &dyn Fn(&str) -> String) {
        if self.code {
            let xml = self.lines.iter().any(|line| line.trim_start().starts_with('<'));
            out.push_str(if xml { "```xml\n" } else { "```text\n" });
            self.lines.iter().for_each(|line| out.push_str(&format!("{line}\n")));
            out.push_str("```\n");
        } else if let [line] = self.lines.as_slice() {
            out.push_str(&format!("{}\n", link(line)));
        } else {
            for line in self.lines.iter().filter(|line| !line.is_empty()) {
                out.push_str(&format!("- {}\n", link(line)));
            }
        }
    }
}

/// Signs that a page would take for its own.
pub fn escaped(line: &str) -> String {
    line.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_say_the_same() {
        let text = "R-1: a_b\n\n## Why\nx < y\n\n## Wrong\n<a/>\n";
        let page = Explanation::parse(text, "rule".to_owned());
        assert_eq!(page.text(), "R-1: a_b\nrule\n\nWhy\nx < y\n\nWrong\n<a/>\n");
        let markdown = page.markdown(1, &escaped);
        assert_eq!(markdown, "# R-1: a\\_b\n\nrule\n\n## Why\n\nx &lt; y\n\n## Wrong\n\n```xml\n<a/>\n```\n");
        assert!(page.markdown(3, &escaped).contains("\n**Why**\n"));
    }
}
