//! Watched folders: there, writable, each in one file system, and not in each other's way.

use std::fs;
use std::path::{Path, PathBuf};

use super::Line;
use super::machine::probe;
use crate::config::{Config, FolderConfig};

/// What holds for each watched folder; nothing where none is watched.
pub fn all(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    for (n, folder) in config.folders.iter().enumerate() {
        let name = &folder.name;
        match look(folder).and_then(|()| {
            apart(folder, &config.folders[..n], [config.clients.folder.as_deref(), config.partners.as_deref()])
        }) {
            Err(line) => lines.push(line),
            Ok(()) => {
                let path = folder.path.display();
                lines.push(Line::ok(
                    "folder",
                    format!("{name} : {path} est surveillé"),
                    format!("{name}: {path} is watched"),
                ));
                lines.extend(in_hand(folder));
            }
        }
    }
    lines
}

/// Is it there, and can files be moved in it at once?
fn look(folder: &FolderConfig) -> Result<(), Line> {
    let (name, path) = (&folder.name, &folder.path);
    let shown = path.display();
    let meta = fs::metadata(path).map_err(|e| {
        let line = Line::fail("folder", format!("{name} : {shown} : {e}"), format!("{name}: {shown}: {e}"));
        line.fix(
            "créer le dossier, monter le partage, ou corriger [[folder]] path",
            "make the folder, mount the share, or correct [[folder]] path",
        )
    })?;
    if !meta.is_dir() {
        return Err(Line::fail(
            "folder",
            format!("{name} : {shown} n'est pas un dossier"),
            format!("{name}: {shown} is no folder"),
        ));
    }
    for aside in folder.all() {
        // The daemon makes what is missing: the nearest folder that is there counts.
        let there = aside.ancestors().find(|one| one.is_dir()).unwrap_or(Path::new("."));
        let shown = there.display();
        probe(there).map_err(|e| {
            Line::fail(
                "folder",
                format!("{name} : {shown} ne peut pas être écrit : {e}"),
                format!("{name}: {shown} cannot be written to: {e}"),
            )
            .fix(
                "donner le droit d'écrire au compte sous lequel facteur tourne (lancer doctor sous ce compte)",
                "let the account that facteur runs under write there (run doctor under that account)",
            )
        })?;
        if !same_file_system(path, there) {
            return Err(Line::fail(
                "folder",
                format!("{name} : {shown} est sur un autre système de fichiers que le dossier surveillé"),
                format!("{name}: {shown} is on another file system than the watched folder"),
            )
            .fix(
                "garder `done` et `refused` sur le même système de fichiers : un fichier y est déplacé d'un coup ou pas du tout",
                "keep `done` and `refused` on the same file system: a file is moved there at once or not at all",
            ));
        }
    }
    Ok(())
}

/// Links may lead one folder into another although their names are apart.
fn apart(folder: &FolderConfig, before: &[FolderConfig], ours: [Option<&Path>; 2]) -> Result<(), Line> {
    let here = resolved(folder);
    let others = before.iter().map(resolved);
    let mut clash = here.overlap().map(|(a, b)| (a.to_owned(), b.to_owned()));
    for other in others {
        clash = clash.or_else(|| here.overlaps(&other).map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
    let near = |own: &PathBuf| here.all().iter().any(|one| one.starts_with(own) || own.starts_with(one));
    let own = ours.into_iter().flatten().map(real).find(near);
    clash = clash.or_else(|| own.map(|own| (here.path.clone(), own)));
    match clash {
        None => Ok(()),
        Some((a, b)) => {
            let (name, a, b) = (&folder.name, a.display(), b.display());
            Err(Line::fail(
                "folder",
                format!("{name} : {a} et {b} se gênent : l'un est dans l'autre, ou c'est le même"),
                format!("{name}: {a} and {b} are in each other's way: one is in the other, or they are the same"),
            ))
        }
    }
}

fn resolved(folder: &FolderConfig) -> FolderConfig {
    let mut folder = folder.clone();
    for path in [&mut folder.path, &mut folder.done, &mut folder.refused, &mut folder.work] {
        *path = real(path);
    }
    folder
}

/// The path behind links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    for there in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (fs::canonicalize(there), path.strip_prefix(there)) {
            return real.join(rest);
        }
    }
    path.to_owned()
}

/// What an earlier run left in hand: the daemon takes it up again.
fn in_hand(folder: &FolderConfig) -> Option<Line> {
    let slots = fs::read_dir(&folder.work).ok()?.flatten().filter(|entry| entry.path().is_dir()).count();
    let (name, work) = (&folder.name, folder.work.display());
    (slots > 0).then(|| {
        Line::ok(
            "folder",
            format!("{name} : fichiers en cours dans {work} : {slots} ; `facteur serve` les reprend"),
            format!("{name}: files in hand in {work}: {slots}; `facteur serve` goes on with them"),
        )
    })
}

#[cfg(unix)]
fn same_file_system(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
    device(a) == device(b)
}

#[cfg(not(unix))]
fn same_file_system(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn lines(folder: &Path, text: &str) -> Vec<Line> {
        all(&Config::parse(&folder.join("facteur.toml"), text).unwrap())
    }

    fn level(lines: &[Line]) -> Level {
        lines.iter().map(|line| line.level).max().unwrap()
    }

    #[test]
    fn folders_are_looked_at_and_nothing_is_made() {
        let place = tempfile::tempdir().unwrap();
        let one = "[[folder]]\nname = \"a\"\npath = \"in\"\n";
        assert_eq!(level(&lines(place.path(), one)), Level::Fail, "it is not there");
        fs::write(place.path().join("in"), "a file").unwrap();
        assert_eq!(level(&lines(place.path(), one)), Level::Fail, "it is no folder");
        fs::remove_file(place.path().join("in")).unwrap();
        fs::create_dir(place.path().join("in")).unwrap();
        assert_eq!(level(&lines(place.path(), one)), Level::Ok);
        assert_eq!(fs::read_dir(place.path().join("in")).unwrap().count(), 0, "nothing is made");
        assert!(lines(place.path(), "").is_empty());
        fs::create_dir_all(place.path().join("in/.work/1795219200120")).unwrap();
        assert!(lines(place.path(), one).iter().any(|line| line.found.en.contains("files in hand")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_into_another_folder_is_seen_through() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("in")).unwrap();
        std::os::unix::fs::symlink(place.path().join("in"), place.path().join("alias")).unwrap();
        let two = "[[folder]]\nname = \"a\"\npath = \"in\"\n[[folder]]\nname = \"b\"\npath = \"alias\"\n";
        assert_eq!(level(&lines(place.path(), two)), Level::Fail);
        std::os::unix::fs::symlink("/proc", place.path().join("proc")).unwrap();
        let far = "[[folder]]\nname = \"a\"\npath = \"in\"\ndone = \"proc/self\"\n";
        assert_eq!(level(&lines(place.path(), far)), Level::Fail, "another file system, or no right to write");
    }
}
