//! What we say of an invoice to its platform, from the command line: that money came in (212), that documents complete it (209).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};

use super::judging::day;
use super::release::not_one;
use super::remote::{self, Remote, RemoteArgs};
use super::{out, show, status};
use crate::day::Day;
use crate::lifecycle::statement_files;
use crate::limits;
use crate::text::Lang;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 on the daemon's disk, and leaves by itself (`facteur status ID` shows how far it is); 2 not.\n\n\
                  facteur say FA-2026-0043 212 --whole --on 2026-11-20\n\
                  facteur say FA-2026-0043 212 --amount 20=1200.00 --amount 5.5=105.50\n\
                  facteur say FA-2026-0043 209 --file bon-de-livraison.pdf --comment 'as asked for'"
)]
pub struct SayArgs {
    /// Id of the invoice, or its number where one invoice alone bears it
    id: String,
    /// 212: money came in; 209: documents that the buyer asked for
    #[arg(value_parser = ["209", "212"])]
    status: String,
    /// 212: what came in of one VAT rate, tax included; negative where it was given back
    #[arg(long, value_name = "RATE=AMOUNT", value_parser = amount, conflicts_with = "whole", allow_hyphen_values = true)]
    amount: Vec<(String, String)>,
    /// 212: all that is due came in
    #[arg(long)]
    whole: bool,
    /// The day on which it came in, or was completed; now unless said
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Day>,
    /// 209: a document (pdf, png, jpg, csv, xlsx, ods); several are possible
    #[arg(long, value_name = "PATH")]
    file: Vec<PathBuf>,
    /// 209: a word to the buyer
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Who says it, where the token is not theirs alone
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    remote: RemoteArgs,
}

pub fn run(args: &SayArgs, lang: Lang) -> ExitCode {
    let wish = match wish(args) {
        Ok(wish) => wish,
        Err(why) => return show::fail(&why),
    };
    remote::with(&args.remote, lang, |remote: Remote| async move {
        let found = status::find(&remote, &args.id).await?;
        let [one] = found.as_slice() else { return Ok(not_one(&args.id, &found, lang)) };
        let kept = remote.say(one["id"].as_str().unwrap_or_default(), &wish).await?;
        let word = |key: &str| show::plain(kept[key].as_str().unwrap_or("?"));
        let label = show::plain(kept["label"][lang.pick("fr", "en")].as_str().unwrap_or("?"));
        let line = format!("{}  {} ({label})  {}\n", word("id"), kept["status"], word("state"));
        Ok(out::document(&line))
    })
}

/// The body of `POST /v1/invoices/{id}/statements`.
fn wish(args: &SayArgs) -> Result<Value, String> {
    let status: u16 = args.status.parse().map_err(|_| "209 or 212".to_owned())?;
    let mut wish = json!({ "status": status });
    if !args.amount.is_empty() {
        let amounts = args.amount.iter().map(|(rate, amount)| json!({ "rate": rate, "amount": amount }));
        wish["amounts"] = amounts.collect();
    }
    if args.whole {
        wish["whole"] = json!(true);
    }
    let files: Result<Vec<Value>, String> = args.file.iter().map(|path| file(path)).collect();
    let files = files?;
    if !files.is_empty() {
        wish["files"] = files.into();
    }
    let words = [("comment", args.comment.clone()), ("author", args.author.clone())];
    let day = ("on", args.on.map(|day| day.to_string()));
    for (name, value) in words.into_iter().chain([day]) {
        if let Some(value) = value {
            wish[name] = value.into();
        }
    }
    Ok(wish)
}

fn file(path: &Path) -> Result<Value, String> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file needs a name in UTF-8")?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    // Chorus Pro takes the most endings. What the invoice's platform does not take, the daemon refuses, and says what it takes.
    let mut known = statement_files("chorus-pro");
    let kind = known.find(|kind| kind.extensions.contains(&ending)).and_then(|kind| kind.mime.first());
    let kind = kind.map_or("application/octet-stream", String::as_str);
    let long = std::fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?.len();
    if long > limits::STATEMENT_BYTES as u64 {
        return Err(format!("{name}: at most {} bytes go with a message", limits::STATEMENT_BYTES));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(json!({ "name": name, "type": kind, "content": STANDARD.encode(bytes) }))
}

fn amount(text: &str) -> Result<(String, String), String> {
    let (rate, amount) = text.split_once('=').ok_or("RATE=AMOUNT is expected, as in 20=1200.00")?;
    Ok((rate.trim().to_owned(), amount.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: SayArgs,
    }

    fn of(words: &[&str]) -> Result<Value, String> {
        let words = ["say", "F-1"].iter().chain(words);
        wish(&Line::try_parse_from(words).map_err(|e| e.to_string())?.args)
    }

    #[test]
    fn what_is_typed_is_what_is_asked_for() {
        let told = of(&["212", "--amount", "20=1200.00", "--amount", "5.5=-3.00", "--on", "2026-11-20"]).unwrap();
        let amounts = json!([{ "rate": "20", "amount": "1200.00" }, { "rate": "5.5", "amount": "-3.00" }]);
        assert_eq!(told, json!({ "status": 212, "amounts": amounts, "on": "2026-11-20" }));
        assert_eq!(of(&["212", "--whole"]).unwrap(), json!({ "status": 212, "whole": true }));
        for wrong in [
            &["210"][..],
            &["212", "--amount", "20"],
            &["212", "--whole", "--amount", "20=1"],
            &["212", "--on", "hier"],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn files_go_with_their_type() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bon.PDF");
        std::fs::write(&path, b"%PDF-").unwrap();
        let told = of(&["209", "--file", path.to_str().unwrap()]).unwrap();
        assert_eq!(told["files"], json!([{ "name": "bon.PDF", "type": "application/pdf", "content": "JVBERi0=" }]));
        let other = folder.path().join("bon.exe");
        std::fs::write(&other, b"MZ").unwrap();
        let told = of(&["209", "--file", other.to_str().unwrap()]).unwrap();
        assert_eq!(told["files"][0]["type"], "application/octet-stream", "which no platform takes");
        assert!(of(&["209", "--file", folder.path().join("none.pdf").to_str().unwrap()]).is_err());
    }
}
