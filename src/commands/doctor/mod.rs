//! `facteur doctor`: the configuration and all that it names, looked at without changing anything.

mod folders;
mod machine;
mod platforms;
mod rulebook;
mod seal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{out, show, words};
use crate::config::{self, Config};
use crate::text::{Lang, Text};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing fails (warnings may be there); 1 something fails; 2 the configuration cannot be used, so that nothing else could be looked at."
)]
pub struct DoctorArgs {
    /// The configuration; else `$FACTEUR_CONFIG`, `./facteur.toml`, `/etc/facteur/facteur.toml`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// `text` for people, `json` for programs (one object a line)
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// What was looked at, how it is, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Line {
    check: &'static str,
    level: Level,
    found: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Text>,
}

impl Line {
    fn ok(check: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, found: Text::new(fr, en), fix: None }
    }

    fn warn(check: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Warn, ..Self::ok(check, fr, en) }
    }

    fn fail(check: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { level: Level::Fail, ..Self::ok(check, fr, en) }
    }

    fn fix(self, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fix: Some(Text::new(fr, en)), ..self }
    }
}

pub fn run(args: &DoctorArgs, lang: Lang) -> ExitCode {
    let file = config::find(args.config.as_deref());
    let (lines, unusable) = match Config::load(&file) {
        Ok(config) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => (runtime.block_on(look(&config)), false),
            Err(e) => return show::fail(&e.to_string()),
        },
        Err(error) => {
            let faults = error.faults.iter().map(|fault| {
                let at = |text: &str| format!("{}:{}:{}: {text}", file.display(), fault.line, fault.column);
                Line::fail("config", at(&fault.message.fr), at(&fault.message.en))
            });
            (faults.collect(), true)
        }
    };
    let text: String = lines.iter().map(|line| shown(line, args.format, lang)).collect();
    let code = out::document(&text);
    if code != ExitCode::SUCCESS {
        return code;
    }
    ExitCode::from(if unusable { 2 } else { status(&lines) })
}

async fn look(config: &Config) -> Vec<Line> {
    let file = config.file.display();
    let mut lines = vec![Line::ok("config", format!("{file} se lit"), format!("{file} reads well"))];
    lines.extend(machine::store(config));
    // Asked first: a daemon that runs says itself whether it asks for tokens.
    let (daemon, tokens) = platforms::daemon(config).await;
    lines.extend(machine::tokens(config, tokens.as_deref()));
    lines.extend(rulebook::packs(config));
    lines.extend(rulebook::severities(config));
    lines.extend(rulebook::clients(config));
    lines.extend(rulebook::partners(config));
    lines.extend(seal::all(config));
    lines.extend(folders::all(config));
    lines.extend(platforms::all(config).await);
    lines.push(daemon);
    lines.push(machine::clock(config));
    lines
}

fn status(lines: &[Line]) -> u8 {
    u8::from(lines.iter().any(|line| line.level == Level::Fail))
}

fn shown(line: &Line, format: Format, lang: Lang) -> String {
    if format == Format::Json {
        return serde_json::to_string(line).unwrap_or_default() + "\n";
    }
    let level = match line.level {
        Level::Ok => "ok",
        Level::Warn => words::pick(lang, "attention", "warn"),
        Level::Fail => words::pick(lang, "ÉCHEC", "FAIL"),
    };
    let mut out = format!("{level:9}  {:9}  {}\n", line.check, show::plain(line.found.get(lang)));
    if let Some(fix) = &line.fix {
        out.push_str(&format!("{:22}→ {}\n", "", show::plain(fix.get(lang))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_it_is_and_what_to_do() {
        let line = Line::fail("store", "plein", "full").fix("libérer", "free some");
        assert_eq!(
            shown(&line, Format::Text, Lang::Fr),
            "ÉCHEC      store      plein\n                      → libérer\n"
        );
        assert_eq!(
            shown(&line, Format::Json, Lang::Fr),
            "{\"check\":\"store\",\"level\":\"fail\",\"found\":{\"fr\":\"plein\",\"en\":\"full\"},\
             \"fix\":{\"fr\":\"libérer\",\"en\":\"free some\"}}\n"
        );
    }

    #[test]
    fn warnings_do_not_fail() {
        assert_eq!(status(&[Line::ok("a", "", ""), Line::warn("b", "", "")]), 0);
        assert_eq!(status(&[Line::fail("a", "", ""), Line::ok("b", "", "")]), 1);
    }

    #[tokio::test]
    async fn a_new_installation_is_told_what_it_lacks_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facteur.toml");
        std::fs::write(
            &file,
            "[server]\nlisten = \"127.0.0.1:9\"\n[clients]\nfolder = \"clients\"\n[rules]\npacks = [\"en16931\"]\n",
        )
        .unwrap();
        std::fs::create_dir(folder.path().join("clients")).unwrap();
        std::fs::write(folder.path().join("clients/lyon.toml"), "name = \"Lyon\"\nrout = \"x\"\n").unwrap();
        let lines = look(&Config::load(&file).unwrap()).await;
        let level = |check: &str| lines.iter().filter(|l| l.check == check).map(|l| l.level).max().unwrap();
        assert_eq!((level("config"), level("store"), level("clock")), (Level::Ok, Level::Ok, Level::Ok));
        assert_eq!((level("tokens"), level("platform"), level("daemon")), (Level::Warn, Level::Warn, Level::Warn));
        assert_eq!((level("rules"), level("clients")), (Level::Ok, Level::Fail));
        assert!(lines.iter().any(|l| l.check == "clients" && l.found.en.contains("lyon.toml:2:1")), "{lines:?}");
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["clients", "facteur.toml"]);
    }

    #[test]
    fn what_a_running_daemon_says_of_tokens_goes_before_what_is_guessed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facteur.toml");
        std::fs::write(&file, "").unwrap();
        std::fs::write(folder.path().join("facteur.db"), "").unwrap();
        let config = Config::load(&file).unwrap();
        for (running, level, said) in [
            (Some("off"), Level::Warn, "asks for no token"),
            (Some("the tokens file is gone: those it named last are in force"), Level::Fail, "is gone"),
            (None, Level::Warn, "or the file was moved"),
        ] {
            let lines = machine::tokens(&config, running);
            let worst = lines.iter().map(|line| line.level).max();
            assert_eq!(worst, Some(level), "{lines:?}");
            assert!(lines.iter().any(|line| line.found.en.contains(said)), "{lines:?}");
        }
    }

    #[test]
    fn without_packs_nothing_is_said_to_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facteur.toml");
        std::fs::write(&file, "").unwrap();
        let lines = rulebook::packs(&Config::load(&file).unwrap());
        assert!(lines.iter().all(|line| line.level == Level::Ok), "{lines:?}");
        assert!(lines.iter().all(|line| !line.found.fr.contains("fatales")), "one word for one thing");
    }

    #[tokio::test]
    async fn a_store_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facteur.toml");
        std::fs::write(&file, "[store]\npath = \"f.db\"\n").unwrap();
        std::fs::write(folder.path().join("f.db"), "not a database, but long enough to be looked at as one".repeat(40))
            .unwrap();
        let lines = machine::store(&Config::load(&file).unwrap());
        assert_eq!(lines.iter().map(|l| l.level).max(), Some(Level::Fail), "{lines:?}");
    }
}
