//! Customer files as commands take them: a folder, a file, or a name in the folder.

use std::fs;
use std::path::Path;

use crate::rules::client::{Clients, Folder};
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
    match name {
        Some(name) if loaded.named(&name).is_some() => Ok((Some(loaded), Some(name))),
        None if faults.is_empty() => Ok((Some(loaded), None)),
        _ if !faults.is_empty() => Err(faults.iter().map(|f| f.line(lang)).collect::<Vec<_>>().join("\n")),
        Some(name) => Err(match lang {
            Lang::Fr => format!("aucun fichier client ne s'appelle {name} dans {}", from.display()),
            Lang::En => format!("no customer file in {} is called {name}", from.display()),
        }),
        None => Ok((Some(loaded), None)),
    }
}
