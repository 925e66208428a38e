//! Holds the house to its plan: arrows only downwards, pure floors pure, nothing banned, no file out of hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by floor, as DESIGN and `src/lib.rs` have them. A room imports from its own floor or from floors below.
const FLOORS: [&[&str]; 4] = [
    &[
        "crypto",
        "day",
        "decimal",
        "edifact",
        "html",
        "interchange",
        "limits",
        "near",
        "pdf",
        "table",
        "text",
        "x12",
        "xml",
    ],
    &[
        "answers",
        "diff",
        "explain",
        "fix",
        "formats",
        "invoice",
        "lifecycle",
        "problems",
        "render",
        "report",
        "rules",
        "signature",
        "story",
        "validate",
    ],
    &["platforms", "queue", "store"],
    &["api", "commands", "daemon", "folder", "web"],
];

/// Beside the floors: what every floor above 1 may use; they themselves use only floors 0 and 1.
const BESIDE: [&str; 4] = ["clock", "config", "guard", "telemetry"];

/// Inside floor 1 the arrows run one way too: a room may use those before it in this list.
const MEANING: [&str; 14] = [
    "lifecycle",
    "invoice",
    "formats",
    "rules",
    "report",
    "render",
    "validate",
    "answers",
    "problems",
    "signature",
    "story",
    "diff",
    "fix",
    "explain",
];

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

/// The files of the program itself: modules that exist only for tests are left out.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    let tests: Vec<PathBuf> = found.iter().flat_map(test_modules).collect();
    found.retain(|s| !tests.iter().any(|t| s.path == t.with_extension("rs") || s.path.starts_with(t)));
    assert!(found.len() > 30, "only {} source files found: is the test run from the repository?", found.len());
    found
}

/// The paths, without extension, of modules declared under `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<PathBuf> {
    let is_folder = source.path.ends_with("mod.rs") || source.path == Path::new("src/lib.rs");
    let folder = if is_folder { source.path.parent().unwrap().to_owned() } else { source.path.with_extension("") };
    let lines: Vec<&str> = source.text.lines().collect();
    let declared = lines.windows(2).filter(|w| w[0].trim() == "#[cfg(test)]").filter_map(|w| w[1].split("mod ").nth(1));
    declared.filter_map(|rest| rest.strip_suffix(';')).map(|name| folder.join(name)).collect()
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let first = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
            let room = first.trim_end_matches(".rs").to_owned();
            found.push(Source { text: fs::read_to_string(&path).unwrap(), path, room });
        }
    }
}

impl Source {
    /// The text before what is only for tests; declarations of test modules, which have files of their own, stay.
    fn program(&self) -> &str {
        let is_end = |at: &usize| !self.text[*at..].lines().nth(1).unwrap_or_default().ends_with(';');
        let end = self.text.match_indices("#[cfg(test)]").map(|(at, _)| at).find(is_end);
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// The code without its unit tests, comments and strings' line ends: what may make arrows.
    fn code(&self) -> String {
        let code = self.program();
        code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    /// Rooms named as `crate::room`, also inside `use crate::{a, b}`.
    fn imports(&self) -> Vec<String> {
        let code = self.code();
        let mut rooms = Vec::new();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let mut depth = 0;
                let mut name = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => rooms.push(std::mem::take(&mut name)),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
                rooms.push(name);
            } else {
                rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
        rooms.into_iter().map(|r| r.trim().split("::").next().unwrap().to_owned()).filter(|r| !r.is_empty()).collect()
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn every_room_stands_on_the_plan() {
    for source in sources() {
        let known = floor(&source.room).is_some()
            || BESIDE.contains(&&*source.room)
            || ["main", "lib"].contains(&&*source.room);
        assert!(known, "{}: room {} is on no floor", source.path.display(), source.room);
    }
}

#[test]
fn arrows_run_downwards() {
    let mut wrong = Vec::new();
    for source in sources() {
        let here = floor(&source.room);
        for target in source.imports() {
            let allowed = match (here, floor(&target), BESIDE.contains(&&*target)) {
                _ if target == source.room => true,
                (Some(here), Some(there), _) if here == 1 && there == 1 => {
                    let order = |room: &str| MEANING.iter().position(|r| *r == room);
                    order(&source.room) > order(&target)
                }
                (Some(here), Some(there), _) => there <= here,
                (Some(here), None, true) => here >= 2,
                (None, Some(there), _) => there <= 1 || source.room == "main",
                (None, None, true) => true,
                // Names of the crate root that are no room, such as a macro.
                (_, None, false) => true,
            };
            if !allowed {
                wrong.push(format!("{}: {} -> {target}", source.path.display(), source.room));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "arrows that run upwards or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn floors_0_and_1_are_pure() {
    const BANNED: [&str; 9] = [
        "std::fs",
        "std::net",
        "std::env::var",
        "SystemTime",
        "Instant::now",
        "tokio",
        "std::process",
        "std::thread",
        "jiff",
    ];
    for source in sources().iter().filter(|s| floor(&s.room).is_some_and(|f| f <= 1)) {
        let code = source.code();
        for word in BANNED {
            assert!(!code.contains(word), "{}: {word} has no place on floors 0 and 1", source.path.display());
        }
    }
}

#[test]
fn every_door_opens_pdfs_through_the_guard() {
    let mut guarded = 0;
    for source in sources().iter().filter(|s| floor(&s.room).is_none_or(|f| f >= 2) && s.room != "guard") {
        let (code, name) = (source.code(), source.path.display());
        for word in ["pdf::open(", "pdf::Direct", "&Direct,", "&Direct)", "formats::read("] {
            assert!(!code.contains(word), "{name}: {word} opens a PDF without a deadline, or not at all");
        }
        let opens = ["Envelope::open(", "validate::validate(", ".unpack("].iter().any(|word| code.contains(word));
        // Options made elsewhere in the file are handed on whole.
        let hands_on = code.contains("guard::pdf(");
        assert!(!opens || hands_on, "{name}: who opens the PDF is not said");
        guarded += usize::from(opens);
    }
    assert!(guarded >= 5, "only {guarded} doors found");
}

#[test]
fn nothing_panics_by_design() {
    const BANNED: [&str; 6] = ["todo!", "unimplemented!", "dbg!", ".unwrap()", "panic!", "unreachable!"];
    let mut wrong = Vec::new();
    for source in sources() {
        for (n, line) in source.program().lines().enumerate() {
            let code = line.trim_start();
            // What cannot happen may say so: the invariant stands on the line.
            let stated = code.contains("invariant: ");
            if !code.starts_with("//") && !stated && BANNED.iter().any(|b| code.contains(b)) {
                wrong.push(format!("{}:{}: {code}", source.path.display(), n + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(lines <= 600, "{}: {lines} lines; is it one room or two?", source.path.display());
        assert!(source.text.starts_with("//!"), "{}: a file starts by saying what it is for", source.path.display());
    }
}

#[test]
fn only_crypto_names_ring() {
    for source in sources() {
        let code = source.code();
        let names = code
            .match_indices("ring::")
            .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        // Installing the provider of TLS is the one other place.
        let allowed = ["crypto", "platforms", "daemon", "commands"].contains(&&*source.room);
        assert!(!names || allowed, "{}: ring is named outside its rooms", source.path.display());
    }
}

#[test]
fn the_map_in_architecture_names_every_room() {
    let map = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let mut rooms: BTreeMap<String, ()> = sources().into_iter().map(|s| (s.room, ())).collect();
    rooms.remove("main");
    rooms.remove("lib");
    for room in rooms.keys() {
        assert!(map.contains(&format!("`{room}")), "ARCHITECTURE.md does not name {room}");
    }
}

#[test]
fn every_id_of_ours_is_explained() {
    let mut unexplained = Vec::new();
    for source in sources() {
        for rest in source.program().split("\"FCT-").skip(1) {
            let id = format!("FCT-{}", rest.split('"').next().unwrap());
            let whole = id.len() > 4 && id.chars().all(|c| c.is_ascii_uppercase() || c == '-') && !id.ends_with('-');
            let known = facteur::rules::explain(&id, facteur::text::Lang::En).is_some();
            if whole && !known {
                unexplained.push(format!("{}: {id}", source.path.display()));
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}
