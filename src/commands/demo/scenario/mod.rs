//! `facteur demo --invoices N --seed S`: the scenario of every fault, and its final table.

mod count;
mod plan;
mod run;

use std::process::ExitCode;
use std::time::Instant;

use self::plan::Scenario;
use super::super::out;
use super::DemoArgs;
use super::peer::Peer;
use super::stage::{self, Stage};
use crate::text::{Lang, Text};

/// 0 where every promise held, 1 where one did not.
///
/// # Errors
/// The scenario cannot be played.
pub async fn run(args: &DemoArgs, lang: Lang) -> Result<ExitCode, String> {
    let text = stage::fixture("scenario.toml").ok_or("the scenario is missing")?;
    let scenario = Scenario::parse(std::str::from_utf8(text).map_err(|e| e.to_string())?)?;
    let plan = scenario.draw(args.invoices.unwrap_or_default(), args.seed)?;
    let script = toml::to_string(&plan.script).map_err(|e| e.to_string())?;
    let began = Instant::now();
    let mut stage = Stage::set(Some(&script))?;
    let (daemon, sandbox) =
        (Peer::new(&stage.daemon.address, Some(&stage.token))?, Peer::new(&stage.sandbox.address, None)?);
    let mut tell = |line: Text| {
        if !args.quiet {
            let _ = out::piece(&(line.get(lang).to_owned() + "\n"));
        }
    };
    let (count, seed, folder) = (plan.invoices.len(), args.seed, stage.folder.display());
    tell(Text::new(
        format!("{count} factures tirées de la graine {seed}, vers Chorus Pro et une plateforme agréée, dans {folder}"),
        format!("{count} invoices drawn from seed {seed}, to Chorus Pro and an accredited platform, in {folder}"),
    ));
    let end = run::play(&plan, &mut stage, &daemon, &sandbox, args.kill, &mut tell).await?;
    if let Some(file) = &args.ledger {
        std::fs::write(file, &end.text).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    let _ = out::piece(&format!("\n{}\n", count::table(&scenario, &plan, &end.ledger, &end.ours, lang)));
    let (kills, seconds) = (args.kill, began.elapsed().as_secs());
    let said = match end.wrong.len() {
        0 => Text::new(
            format!("{count} factures, {kills} kill -9, {seconds} s : rien de perdu, rien en double, rien d'inconnu."),
            format!("{count} invoices, {kills} kill -9, {seconds} s: nothing lost, nothing twice, nothing unknown."),
        ),
        n => Text::new(format!("{n} promesses rompues :"), format!("{n} promises broken:")),
    };
    let lines: String = end.wrong.iter().map(|line| format!("  ✗ {line}\n")).collect();
    let _ = out::piece(&format!("{}\n{lines}", said.get(lang)));
    if args.keep {
        let _ = out::piece(&super::show::kept(&stage, lang));
        stage.leave();
    }
    Ok(ExitCode::from(u8::from(!end.wrong.is_empty())))
}
