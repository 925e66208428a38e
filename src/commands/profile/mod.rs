//! `facteur profile`: customer files, checked, listed, shown and tried on an invoice.

mod excused;
mod listed;
mod tried;
mod waived;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::judging::PartnerArgs;
use super::{out, show, words};
use crate::clock;
use crate::config::Partners;
use crate::daemon::read_folder;
use crate::day::Day;
use crate::rules::client::{ClientRules, Clients, FileError, Folder, WAIVERS};
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing is wrong; 1 something is, or a rule is not met; 2 it could not be done."
)]
pub struct ProfileArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Tell everything that is wrong with customer files, or with partner files (those that say `identifiers`)
    #[command(after_help = "Exit status: 0 all right; 1 a file is refused; 2 a path cannot be read.")]
    Check {
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Folders of customer or partner files, or files (with what lies beside them, which they may extend)
        #[arg(required = true, value_name = "FOLDER|FILE")]
        paths: Vec<PathBuf>,
    },
    /// List the customers of a folder
    #[command(after_help = "Exit status: 0 listed; 1 a file is refused; 2 the folder cannot be read.")]
    List {
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        folder: PathBuf,
    },
    /// Show the rules in force for a customer, and which file each comes from
    #[command(after_help = "Exit status: 0 shown; 2 there is no such customer, or its file is refused.")]
    Show {
        /// A file, or a name in the folder
        name: String,
        #[command(flatten)]
        from: From,
    },
    /// List the waivers of a folder: who answers for what, and which expire soon
    #[command(after_help = "Exit status: 0 listed; 1 a file is refused; 2 the folder cannot be read.")]
    Waivers {
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Day that counts as today
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::judging::day)]
        as_of: Option<Day>,
        folder: PathBuf,
    },
    /// Try a customer's rules on an invoice: which were met, by what, which were not, and who answers for those
    #[command(
        after_help = "Exit status: 0 all met, or waived; 1 a fatal rule is not met; 2 invoice or customer cannot be read."
    )]
    Test {
        /// Day that counts as today: which waivers are in force
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::judging::day)]
        as_of: Option<Day>,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// A file, a name in the folder, or `auto`: whoever the invoice is for
        name: String,
        /// The invoice; `-` for standard input
        invoice: PathBuf,
        #[command(flatten)]
        partners: PartnerArgs,
        #[command(flatten)]
        from: From,
    },
}

#[derive(Debug, Args)]
struct From {
    /// Folder of customer files
    #[arg(long, value_name = "FOLDER")]
    clients: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(args: &ProfileArgs, lang: Lang) -> ExitCode {
    let done = match &args.act {
        Act::Check { format, paths } => check(paths, *format, lang),
        Act::List { format, folder } => listed::run(folder, *format, lang),
        Act::Waivers { format, as_of, folder } => {
            waived::run(folder, as_of.unwrap_or_else(clock::today), *format, lang)
        }
        Act::Show { name, from } => shown(name, from, lang),
        Act::Test { as_of, format, name, invoice, partners, from } => {
            tried::run(name, invoice, (from, partners), as_of.unwrap_or_else(clock::today), *format, lang)
        }
    };
    done.unwrap_or_else(|said| show::fail(&said))
}

/// What can be said and leads to 2.
type Done = Result<ExitCode, String>;

fn check(paths: &[PathBuf], format: Format, lang: Lang) -> Done {
    let mut told = Vec::new();
    let mut files = 0;
    for path in paths {
        let (folder, one) =
            if path.is_dir() { (path.as_path(), None) } else { (beside(path), Some(customer_file(path, lang)?)) };
        let found = read_folder::<Clients>(folder).map_err(|said| said.get(lang).to_owned())?;
        if of_partners(&found, one.as_deref()) {
            let partners = Partners::reload(&Partners::default(), &found);
            let about = |fault: &&FileError| one.as_ref().is_none_or(|name| fault.file == *name);
            let all = partners.faults().iter().chain(partners.remarks());
            told.extend(all.filter(about).map(|fault| (folder.to_owned(), fault.clone())));
            files += if one.is_some() { 1 } else { partners.list().len() + partners.wrong() };
            continue;
        }
        let (clients, faults) = Clients::reload(&Clients::default(), &found);
        let late = clients.long_waivers(clock::today());
        let about = |fault: &&FileError| one.as_ref().is_none_or(|name| fault.file == *name);
        told.extend(
            faults
                .iter()
                .chain(clients.remarks())
                .chain(&late)
                .filter(about)
                .map(|fault| (folder.to_owned(), fault.clone())),
        );
        let wrong: std::collections::BTreeSet<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
        let shared = usize::from(!clients.waivers().is_empty() && !wrong.contains(WAIVERS));
        files += if one.is_some() { 1 } else { clients.iter().count() + shared + wrong.len() };
    }
    if files == 0 {
        return Err(words::pick(
            lang,
            "aucun fichier client ou partenaire (*.toml) dans ce dossier",
            "no customer or partner file (*.toml) in this folder",
        )
        .to_owned());
    }
    let fatal = told.iter().filter(|(_, fault)| fault.is_fatal()).count();
    let text: String = match format {
        Format::Text => told.iter().map(|(folder, fault)| format!("{}\n", at(folder, fault, lang))).collect(),
        Format::Json => told.iter().map(|(_, fault)| serde_json::to_string(fault).unwrap_or_default() + "\n").collect(),
    };
    if let Err(code) = out::piece(&text) {
        return Ok(code);
    }
    show::tell(&match lang {
        Lang::Fr => format!("fichiers {files}, refus {fatal}, remarques {}", told.len() - fatal),
        Lang::En => format!("files {files}, faults {fatal}, remarks {}", told.len() - fatal),
    });
    Ok(ExitCode::from(u8::from(fatal > 0)))
}

/// Are they partner files? A folder's are where one is and none is a customer's.
fn of_partners(found: &Folder, one: Option<&str>) -> bool {
    let asked = found.iter().filter(|(name, _)| one.is_none_or(|one| one == *name));
    let kinds: Vec<bool> = asked.filter_map(|(_, bytes)| Partners::is_one(bytes.ok()?)).collect();
    !kinds.is_empty() && kinds.iter().all(|partner| *partner)
}

fn shown(name: &str, from: &From, lang: Lang) -> Done {
    let (clients, name) = clients_of(name, from, lang)?;
    Ok(out::document(&named(&clients, &name, lang)?.show()))
}

/// A fault as terminals and editors link it: `folder/file:line:column: …`.
fn at(folder: &Path, fault: &FileError, lang: Lang) -> String {
    let line = show::plain(&fault.line(lang));
    if folder.as_os_str() == "." { line } else { folder.join(line).display().to_string() }
}

/// The customers of a folder, and what is wrong with it. Nothing was in force before: a refused file is not there.
fn load(folder: &Path, lang: Lang) -> Result<(Clients, Vec<FileError>), String> {
    let found = read_folder::<Clients>(folder).map_err(|said| said.get(lang).to_owned())?;
    Ok(Clients::reload(&Clients::default(), &found))
}

/// The customers among whom one is named; and the name, where a file stood for it.
fn clients_of(name: &str, from: &From, lang: Lang) -> Result<(Loaded, String), String> {
    let file = Path::new(name);
    let (folder, name) = match &from.clients {
        Some(folder) => (folder.as_path(), name.to_owned()),
        None if file.is_file() => (beside(file), customer_file(file, lang)?),
        None => {
            return Err(match lang {
                Lang::Fr => format!("{name} : ce n'est pas un fichier ; donnez --clients DOSSIER pour choisir par nom"),
                Lang::En => format!("{name}: not a file; give --clients FOLDER to choose by name"),
            });
        }
    };
    let (clients, faults) = load(folder, lang)?;
    Ok((Loaded { folder: folder.to_owned(), clients, faults }, name))
}

/// A folder as it was loaded.
struct Loaded {
    folder: PathBuf,
    clients: Clients,
    faults: Vec<FileError>,
}

/// The customer of that name, or why there is none.
fn named<'c>(loaded: &'c Loaded, name: &str, lang: Lang) -> Result<&'c ClientRules, String> {
    if let Some(found) = loaded.clients.named(name) {
        return Ok(found);
    }
    let file = format!("{}.toml", name.strip_suffix(".toml").unwrap_or(name));
    let wrong: Vec<String> =
        loaded.faults.iter().filter(|f| f.file == file).map(|f| at(&loaded.folder, f, lang)).collect();
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    let known: Vec<&str> = loaded.clients.iter().map(|client| &*client.id).collect();
    let folder = loaded.folder.display();
    let mut said = match lang {
        Lang::Fr => format!("aucun fichier client ne s'appelle {name} dans {folder}"),
        Lang::En => format!("no customer file in {folder} is called {name}"),
    };
    match (crate::config::nearest(name, known.iter().copied()), lang) {
        (Some(meant), Lang::Fr) => said.push_str(&format!(" ; vouliez-vous dire {meant} ?")),
        (Some(meant), Lang::En) => said.push_str(&format!("; did you mean {meant}?")),
        (None, Lang::Fr) => said.push_str(&format!(" ; il y a : {}", known.join(", "))),
        (None, Lang::En) => said.push_str(&format!("; there are: {}", known.join(", "))),
    }
    Err(said)
}

/// The folder a file lies in.
fn beside(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A customer file's name in its folder.
fn customer_file(path: &Path, lang: Lang) -> Result<String, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = path.display();
    match (Folder::takes(&name), path.is_file(), lang) {
        (true, true, _) => Ok(name),
        (_, false, Lang::Fr) => Err(format!("{shown} : ni fichier ni dossier")),
        (_, false, Lang::En) => Err(format!("{shown}: neither a file nor a folder")),
        (false, true, Lang::Fr) => Err(format!("{shown} : le nom d'un fichier client se termine par .toml")),
        (false, true, Lang::En) => Err(format!("{shown}: the name of a customer file ends in .toml")),
    }
}
