//! `facteur seal`: saves the seal of an invoice beside its document, for whoever is to verify it.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::out::CLOSED_PIPE;
use super::remote::{self, Asked, Remote, RemoteArgs};
use super::{show, status};
use crate::text::{Lang, Text};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 saved; 1 no such invoice, several, or no seal; 2 the daemon could not be asked, or the file not written.\n\nVerify: openssl cms -verify -cades -inform DER -in ID.p7s -content DOCUMENT -binary -CAfile AUTHORITY.pem -out /dev/null"
)]
pub struct SealArgs {
    /// Id of the invoice, or its number where one invoice alone bears it
    id: String,
    /// Where to put it; `-` for standard output [default: ID.p7s]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

pub fn run(args: &SealArgs, lang: Lang) -> ExitCode {
    remote::with(&args.remote, lang, |remote| async move { save(&remote, args, lang).await })
}

async fn save(remote: &Remote, args: &SealArgs, lang: Lang) -> Asked<ExitCode> {
    let refuse = |text: Text| {
        show::tell(text.get(lang));
        Ok(ExitCode::from(1))
    };
    let found = status::find(remote, &args.id).await?;
    let [invoice] = found.as_slice() else {
        let which = &args.id;
        if found.is_empty() {
            show::tell(&status::none(which, lang));
            return Ok(ExitCode::from(1));
        }
        return refuse(Text::new(
            format!("plusieurs factures portent le numéro « {which} » : donner l'identifiant (facteur status {which})"),
            format!("several invoices bear the number \"{which}\": give the id (facteur status {which})"),
        ));
    };
    let id = invoice["id"].as_str().unwrap_or_default();
    let Some(seal) = remote.seal(id).await? else {
        return refuse(Text::new(
            format!("la facture {id} ne porte pas de cachet : pas encore partie, ou aucune clé dans [seal]"),
            format!("invoice {id} bears no seal: it has not left yet, or there is no key in [seal]"),
        ));
    };
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{id}.p7s")));
    if path.as_os_str() == "-" {
        let mut out = io::stdout().lock();
        return Ok(match out.write_all(&seal).and_then(|()| out.flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(CLOSED_PIPE),
            Err(e) => show::fail(&e.to_string()),
        });
    }
    let shown = path.display();
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!args.force);
    match options.open(&path).and_then(|mut file| file.write_all(&seal)) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let there = Text::new(
                format!("{shown} existe déjà : --force l'écrase"),
                format!("{shown} is there already: --force writes over it"),
            );
            return Ok(show::fail(there.get(lang)));
        }
        Err(e) => return Ok(show::fail(&format!("{shown}: {e}"))),
    }
    let pointer = if lang == Lang::Fr { "/seal/words/fr" } else { "/seal/words/en" };
    let words = invoice.pointer(pointer).and_then(|words| words.as_str()).unwrap_or_default();
    let said = Text::new(format!("{shown} : {words}"), format!("{shown}: {words}"));
    show::tell(said.get(lang));
    Ok(ExitCode::SUCCESS)
}
