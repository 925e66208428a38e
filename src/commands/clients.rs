//! Customer files as commands take them: a folder, a file, or a name in the folder.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::rules::client::{Clients, FileError, Folder};
use crate::text::Lang;

/// Reads the customer files of a folder. A file that cannot be read is named, never passed over.
pub fn folder(path: &Path) -> Result<Folder, String> {
    let mut folder = Folder::default();
    let entries = fs::read_dir(path).map_err(|e| format!("{}: {e}", path.display()))?;
    for entry in entries {
        let entry = entry.map_err(|e| format!("{}: {e}", path.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match fs::read(entry.path()) {
            Ok(bytes) => folder.add(name, bytes),
            Err(e) => folder.unreadable(name, e.to_string()),
        }
    }
    Ok(folder)
}

/// The customer files a `validate` is to use, and the one chosen by hand. A file given as `--client` brings the files beside
/// it, which it may extend.
pub fn for_validate(
    clients: Option<&Path>,
    client: Option<&str>,
    lang: Lang,
) -> Result<(Option<Clients>, Option<String>), String> {
    let file = client.map(Path::new).filter(|path| path.is_file());
    let (from, name) = match (file, clients) {
        (Some(file), _) => {
            let beside = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            (Some(beside), file.file_stem().map(|n| n.to_string_lossy().into_owned()))
        }
        (None, clients) => (clients, client.map(str::to_owned)),
    };
    let Some(from) = from else {
        return match name {
            None => Ok((None, None)),
            Some(name) => Err(match lang {
                Lang::Fr => {
                    format!("--client {name} : ce n'est pas un fichier ; donnez --clients DOSSIER pour choisir par nom")
                }
                Lang::En => format!("--client {name}: not a file; give --clients FOLDER to choose by name"),
            }),
        };
    };
    let (loaded, faults) = Clients::reload(&Clients::default(), &folder(from)?);
    let told = || {
        let place = |fault: &FileError| format!("{}/{}", from.display(), fault.line(lang));
        faults.iter().map(place).collect::<Vec<_>>().join("\n")
    };
    let Some(name) = name else {
        // The others go on: an invoice that no file in force matches is then not judged, for the refused file may be its own.
        if !faults.is_empty() {
            let _ = writeln!(std::io::stderr(), "{}", told());
        }
        return Ok((Some(loaded), None));
    };
    if loaded.named(&name).is_some() {
        return Ok((Some(loaded), Some(name)));
    }
    if !faults.is_empty() {
        return Err(told());
    }
    let bearing: Vec<String> = loaded.iter().filter(|c| c.name == name).map(|c| format!("{}.toml", c.id)).collect();
    let (folder, files) = (from.display(), bearing.join(", "));
    Err(match (lang, bearing.is_empty()) {
        (Lang::Fr, true) => format!("aucun fichier client ne s'appelle {name} dans {folder}"),
        (Lang::En, true) => format!("no customer file in {folder} is called {name}"),
        (Lang::Fr, false) => {
            format!("plusieurs fichiers clients s'appellent {name} : donnez le nom du fichier ({files})")
        }
        (Lang::En, false) => format!("several customer files are called {name}: give the name of the file ({files})"),
    })
}
