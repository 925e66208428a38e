//! What the documents tell people to type does what they say.

use std::process::Command;

use crate::stage::Stage;

/// Runs the `sh` blocks of `docs/http.md` one after the other; each line `# → text` after a command is what it must answer.
#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_http_page_run() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    let stage = Stage::new("");
    for (name, fixture) in [("invoice.xml", "01-good-ubl-mairie.xml"), ("wrong.xml", "12-wrong-sum-one-cent.xml")] {
        std::fs::copy(format!("fixtures/demo/invoices/{fixture}"), stage.path(name)).unwrap();
    }
    let page = std::fs::read_to_string("docs/http.md").unwrap();
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 7);
    let mut wanted = 0;
    for block in blocks {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", block]).current_dir(stage.folder.path());
        command.env("FACTEUR", stage.url("")).env("TOKEN", stage.token()).env("no_proxy", "*");
        let run = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success(), "{block}\n{told}{}", String::from_utf8_lossy(&run.stderr));
        for line in block.lines().filter_map(|line| line.strip_prefix("# → ")) {
            assert!(told.contains(line), "`{line}` is not in the answer to\n{block}\n{told}");
            wanted += 1;
        }
    }
    assert!(wanted >= 10, "the examples say what comes: {wanted}");
}

/// The customer files that the page shows are those of the fixtures, and right.
#[test]
fn the_customer_files_of_the_page_are_in_force() {
    let page = std::fs::read_to_string("docs/customers.md").unwrap();
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 2);
    for (block, name) in blocks.iter().zip(["chantiers-du-port.toml", "waivers.toml"]) {
        let written = std::fs::read_to_string(format!("fixtures/clients/waivers/{name}")).unwrap();
        let bare = |text: &str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        assert_eq!(bare(block), bare(&written), "{name}");
    }
    let run = Command::new(crate::stage::PROGRAM)
        .args(["--lang", "en", "profile", "waivers", "fixtures/clients/waivers", "--as-of", "2026-11-22"])
        .output()
        .unwrap();
    insta::assert_snapshot!(String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap());
    let check =
        Command::new(crate::stage::PROGRAM).args(["profile", "check", "fixtures/clients/waivers"]).output().unwrap();
    assert_eq!((check.status.code(), String::from_utf8(check.stdout).unwrap().as_str()), (Some(0), ""));
}

/// The report that the README shows is the one that the program prints, line by line, of a small invoice with that mistake in it.
#[test]
fn the_report_of_the_readme_is_what_is_printed() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let sample = readme.split("$ facteur validate facture.xml\n").nth(1).unwrap();
    let sample = sample.split("\n$ ").next().unwrap().trim_end();
    let folder = tempfile::tempdir().unwrap();
    let invoice = std::fs::read_to_string("fixtures/rules/fr/ubl-minimal.xml").unwrap();
    let wrong = invoice.replacen(">20.00</cbc:TaxAmount>", ">999.00</cbc:TaxAmount>", 1);
    std::fs::write(folder.path().join("facture.xml"), wrong).unwrap();
    let run = Command::new(crate::stage::PROGRAM)
        .args(["--lang", "en", "validate", "facture.xml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(sample, told.trim_end());
}
