//! What the file says of a watched folder.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::section::Section;
use crate::text::Lang;

/// One `[[folder]]`: whatever file is put there is taken in like a document posted over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderConfig {
    /// As logs, metrics and the source of an invoice (`folder:NAME`) call it.
    pub name: String,
    /// Where files are put. Subfolders are not looked into.
    pub path: PathBuf,
    /// Where documents go that may leave.
    pub done: PathBuf,
    /// Where documents go that may not.
    pub refused: PathBuf,
    /// Where documents are while they are worked on: `.work` in `path`.
    pub work: PathBuf,
    /// A file is taken once its size and time have not changed for this long.
    pub settle: Duration,
    /// How often the folder is looked at.
    pub poll: Duration,
    /// File names taken, with `*` and `?`, whatever their case; none for all.
    pub pattern: Option<Vec<String>>,
    /// The language of `NAME.report.txt`; none for both.
    pub lang: Option<Lang>,
}

/// The name of the folder, inside the watched one, for documents that are worked on.
pub const WORK: &str = ".work";

const SETTLE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_secs(1);
/// Shortest wait that can be asked for.
const SHORTEST: Duration = Duration::from_millis(50);

/// Reads all `[[folder]]`; `clients` and `partners` are the folders of customer and partner files, which must stand apart from them.
pub(super) fn read(sections: Vec<Section<'_>>, clients: Option<&Path>, partners: Option<&Path>) -> Vec<FolderConfig> {
    let mut found: Vec<FolderConfig> = Vec::new();
    for section in sections {
        let next = section.done(|section| one(section, &found, clients, partners));
        found.extend(next);
    }
    found
}

fn one(
    section: &Section<'_>,
    before: &[FolderConfig],
    clients: Option<&Path>,
    partners: Option<&Path>,
) -> Option<FolderConfig> {
    let name = section.required("name");
    let path_at = section.required("path").map(|(_, at)| at);
    let path = section.path("path");
    let done = section.path("done");
    let refused = section.path("refused");
    let settle = section.duration("settle", SHORTEST).map_or(SETTLE, |(long, _)| long);
    let poll = section.duration("poll", SHORTEST).map_or(POLL, |(long, _)| long);
    let pattern = patterns(section);
    let lang = lang(section);
    let (name, at) = name?;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') || name.len() > 64 {
        let fr = "`name` : des minuscules, chiffres et tirets sont attendus, 64 au plus";
        section.fault(&at, fr, "`name`: lower-case letters, digits and hyphens are expected, 64 at most");
    }
    if before.iter().any(|other| other.name == name) {
        let (fr, en) = ("deux dossiers portent le nom", "two folders bear the name");
        section.fault(&at, format!("{fr} `{name}`"), format!("{en} `{name}`"));
    }
    let (path, path_at) = (path?, path_at?);
    let folder = FolderConfig {
        done: done.unwrap_or_else(|| path.join("done")),
        refused: refused.unwrap_or_else(|| path.join("refused")),
        work: path.join(WORK),
        name,
        path,
        settle,
        poll,
        pattern,
        lang,
    };
    if let Some((a, b)) = folder.overlap().or_else(|| before.iter().find_map(|other| folder.overlaps(other))) {
        let (a, b) = (a.display(), b.display());
        section.fault(
            &path_at,
            format!("les dossiers {a} et {b} doivent être distincts, aucun dans l'autre"),
            format!("folders {a} and {b} must be apart, neither inside the other"),
        );
    }
    let near = |own: &&Path| folder.all().iter().any(|mine| inside(mine, own) || inside(own, mine));
    if let Some(partners) = partners.filter(near) {
        let partners = partners.display();
        section.fault(
            &path_at,
            format!("le dossier des partenaires {partners} ne peut pas être surveillé, ni en contenir un qui l'est"),
            format!("the partners' folder {partners} cannot be watched, nor hold a watched one or be in one"),
        );
    }
    if let Some(clients) = clients.filter(near) {
        let clients = clients.display();
        section.fault(
            &path_at,
            format!("le dossier des clients {clients} ne peut pas être surveillé, ni en contenir un qui l'est"),
            format!("the customers' folder {clients} cannot be watched, nor hold a watched one or be in one"),
        );
    }
    Some(folder)
}

impl FolderConfig {
    /// All folders it uses.
    pub fn all(&self) -> [&Path; 4] {
        [&self.path, &self.done, &self.refused, &self.work]
    }

    /// Two of its own folders that are in each other's way: `done`, `refused` and `.work` stand apart, and none is the
    /// watched one or holds it.
    pub fn overlap(&self) -> Option<(&Path, &Path)> {
        let aside = [&*self.done, &*self.refused, &*self.work];
        let holds = aside.into_iter().find(|one| inside(&self.path, one)).map(|one| (one, &*self.path));
        let pairs = [(0, 1), (0, 2), (1, 2)].map(|(a, b)| (aside[a], aside[b]));
        holds.or_else(|| pairs.into_iter().find(|(a, b)| inside(a, b) || inside(b, a)))
    }

    /// A folder of this one and a folder of the other that are in each other's way.
    pub fn overlaps<'f>(&'f self, other: &'f FolderConfig) -> Option<(&'f Path, &'f Path)> {
        let pairs = self.all().into_iter().flat_map(|a| other.all().map(|b| (a, b)));
        pairs.into_iter().find(|(a, b)| inside(a, b) || inside(b, a))
    }
}

/// Is `path` the folder or something below it, as far as the names tell?
pub fn inside(path: &Path, folder: &Path) -> bool {
    plain(path).starts_with(plain(folder))
}

/// Without `.` and, as far as they can be resolved by name, without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if found.file_name().is_some() => {
                found.pop();
            }
            part => found.push(part),
        }
    }
    found
}

fn patterns(section: &Section<'_>) -> Option<Vec<String>> {
    let list = section.strings("pattern")?;
    for (pattern, at) in &list {
        if pattern.is_empty() || pattern.contains(['/', '\\']) {
            section.fault(
                at,
                "`pattern` : un nom de fichier est attendu, avec * et ?, comme \"*.xml\"",
                "`pattern`: a file name is expected, with * and ?, such as \"*.xml\"",
            );
        }
    }
    Some(list.into_iter().map(|(pattern, _)| pattern).collect())
}

fn lang(section: &Section<'_>) -> Option<Lang> {
    let (text, at) = section.string("lang")?;
    match text.as_str() {
        "fr" => Some(Lang::Fr),
        "en" => Some(Lang::En),
        "both" => None,
        _ => {
            let fr = "`lang` : `fr`, `en` ou `both` est attendu";
            section.fault(&at, fr, "`lang`: `fr`, `en` or `both` is expected");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};
    use std::path::Path;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("/etc/facteur/facteur.toml"), text)
    }

    #[test]
    fn a_folder_has_its_places_beside() {
        let config =
            parse("[[folder]]\nname = \"erp\"\npath = \"in\"\npattern = [\"*.xml\"]\nlang = \"fr\"\n").unwrap();
        let folder = &config.folders[0];
        assert_eq!(folder.path, Path::new("/etc/facteur/in"));
        assert_eq!(
            (&*folder.done, &*folder.refused),
            (Path::new("/etc/facteur/in/done"), Path::new("/etc/facteur/in/refused"))
        );
        assert_eq!((folder.settle.as_millis(), folder.poll.as_millis()), (2_000, 1_000));
        assert!(parse("").unwrap().folders.is_empty());
    }

    #[test]
    fn folders_in_each_others_way_are_refused() {
        let one = |more: &str| format!("[[folder]]\nname = \"a\"\npath = \"in\"\n{more}");
        for (text, said) in [
            (one("done = \"in\"\n"), "must be apart"),
            (one("done = \".\"\n"), "must be apart"),
            (one("done = \"out\"\nrefused = \"out/bad\"\n"), "must be apart"),
            (one("done = \"in/.work\"\n"), "must be apart"),
            (one("[[folder]]\nname = \"b\"\npath = \"in/sub/../deep\"\n"), "must be apart"),
            (one("[[folder]]\nname = \"b\"\npath = \"out\"\ndone = \"in/done\"\n"), "must be apart"),
            (one("[[folder]]\nname = \"a\"\npath = \"out\"\n"), "bear the name"),
            (one("[clients]\nfolder = \"in/clients\"\n"), "customers' folder"),
            (one("[clients]\nfolder = \".\"\n"), "customers' folder"),
            (one("[partners]\nfolder = \"in/partners\"\n"), "partners' folder"),
            (one("lang = \"de\"\n"), "`both`"),
            (one("pattern = [\"a/b\"]\n"), "file name"),
            (one("pol = \"1s\"\n"), "did you mean `poll`"),
            ("[[folder]]\nname = \"A B\"\npath = \"x\"\n".to_owned(), "lower-case"),
            ("[[folder]]\nname = \"a\"\n".to_owned(), "`path` is missing"),
        ] {
            let error = parse(&text).expect_err(&text).to_string();
            assert!(error.contains(said), "{text}\n{error}");
        }
        let apart = one("done = \"out/done\"\nrefused = \"out/bad\"\n[[folder]]\nname = \"b\"\npath = \"inner\"\n");
        assert_eq!(parse(&apart).unwrap().folders.len(), 2);
    }
}
