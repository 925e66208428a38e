//! `facteur render` as people and scripts use it.

use std::fs;
use std::process::{Command, Output, Stdio};

use super::page::Page;
use crate::stage::PROGRAM;

fn render(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(["--lang", "en", "render"]).args(arguments).stdin(Stdio::null()).output().unwrap()
}

const WRONG: &str = "fixtures/demo/invoices/12-wrong-sum-one-cent.xml";
const FACTURX: &str = "fixtures/invoices/facturx-en16931.pdf";

#[test]
fn one_invoice_goes_to_standard_output_whatever_its_verdict() {
    let run = render(&["--as-of", "2026-11-21", WRONG]);
    assert_eq!((run.status.code(), run.stderr.len()), (Some(0), 0), "{}", String::from_utf8_lossy(&run.stderr));
    let html = String::from_utf8(run.stdout.clone()).unwrap();
    let page = Page::read(&html);
    let digest = "51752ab4e1dd58fab21048732711229003";
    for said in [
        "Invoice PD-2026-0135",
        "BR-CO-10",
        "Papeterie Delvaux SARL",
        "A reading aid, not the original.",
        &digest[..20],
    ] {
        assert!(page.text.contains(said), "{said}");
    }
    assert_eq!(run.stdout, render(&["--as-of", "2026-11-21", WRONG]).stdout, "the same at each run");
    assert!(html.contains("Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-"));
}

#[test]
fn standard_input_and_a_pdf_are_read_as_everywhere() {
    let child = Command::new(PROGRAM)
        .args(["--lang", "fr", "render", "-"])
        .stdin(fs::File::open(FACTURX).unwrap())
        .output()
        .unwrap();
    let page = Page::read(&String::from_utf8(child.stdout).unwrap());
    assert!(page.text.contains("Les données viennent du fichier XML joint au PDF factur-x.xml"), "{}", page.text);
}

#[test]
fn several_need_a_folder_and_keep_their_places_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pages/");
    let out = format!("{}/", out.to_string_lossy().trim_end_matches('/'));
    let refused = render(&[WRONG, FACTURX]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("-o FOLDER/"));
    let run = render(&["-o", &out, "fixtures/invoices", "fixtures/demo/invoices/16-unreadable-truncated.xml"]);
    assert_eq!(run.status.code(), Some(2), "one cannot be read");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 10, "{names:?}");
    for name in &names {
        Page::read(&fs::read_to_string(format!("{out}{name}")).unwrap());
    }
    let broken = fs::read_to_string(format!("{out}16-unreadable-truncated.xml.html")).unwrap();
    assert!(broken.contains("cannot be read as an invoice") && broken.contains("FCT-"), "the page says why");
}

#[test]
fn an_invoice_is_never_overwritten_and_what_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::copy(WRONG, &path).unwrap();
    let path = path.to_string_lossy().into_owned();
    let run = render(&["-o", &path, &path]);
    assert_eq!((run.status.code(), fs::read(&path).unwrap() == fs::read(WRONG).unwrap()), (Some(2), true));
    let page = folder.path().join("b.html").to_string_lossy().into_owned();
    let run = render(&["-o", &page, "no-such-file.xml"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(fs::read_to_string(&page).unwrap().contains("FCT-READ-ABSENT"), "a page that says why");
    assert!(String::from_utf8(run.stderr).unwrap().contains("FCT-READ-ABSENT"), "and standard error as well");
    assert_eq!(render(&["--rules", "nothing-such", WRONG]).status.code(), Some(2));
}

/// What is agreed with a sender counts on the page and by `--config`, as it does in the daemon.
#[test]
fn partner_files_are_used_as_the_daemon_uses_them() {
    let folder = tempfile::tempdir().unwrap();
    let partners = folder.path().join("partners");
    fs::create_dir(&partners).unwrap();
    let agreed =
        "name = \"L\"\nidentifiers = [\"LAVANDE\"]\n[constants]\nBT-23 = \"S1\"\nBT-24 = \"urn:cen.eu:en16931:2017\"\n";
    fs::write(partners.join("lavande.toml"), agreed).unwrap();
    let message = "fixtures/edifact/d96a.edi";
    let run = render(&["--partners", &partners.to_string_lossy(), message]);
    let page = Page::read(&String::from_utf8(run.stdout).unwrap());
    assert!(page.text.contains("urn:cen.eu:en16931:2017"), "{}", page.text);

    let platform = |hold: &str| {
        let text = format!(
            "[rules]\npacks = [\"en16931\"]\n[partners]\nfolder = \"partners\"\n[[platform]]\nname = \"p\"\nkind = \"chorus-pro\"\nbase_url = \"http://127.0.0.1:1\"\n\
             token_url = \"http://127.0.0.1:1\"\nclient_id = \"c\"\nclient_secret_env = \"A\"\naccount_login = \"l\"\naccount_password_env = \"B\"\n{hold}\n[routes]\ndefault = \"p\"\n"
        );
        let file = folder.path().join("facteur.toml");
        fs::write(&file, text).unwrap();
        file.to_string_lossy().into_owned()
    };
    let test = folder.path().join("test.edi");
    let bytes = fs::read(message).unwrap();
    let at = bytes.windows(5).position(|w| w == b"+0044").unwrap() + 5;
    fs::write(&test, [&bytes[..at], b"++++++1", &bytes[at..]].concat()).unwrap();
    let validate = |hold: &str, file: &str| {
        let config = platform(hold);
        let run = Command::new(PROGRAM)
            .args(["--lang", "en", "validate", "--format", "json", "--config", &config, file])
            .output()
            .unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    };
    let (status, told) = validate("", message);
    assert_eq!(status, Some(0), "{told}");
    // A test interchange goes to a platform for trying, and to no other.
    let (status, told) = validate("", &test.to_string_lossy());
    assert_eq!(status, Some(0), "{told}");
    let (status, told) = validate("test_interchanges = \"hold\"", &test.to_string_lossy());
    assert!(status == Some(1) && told.contains("FCT-EDI-TEST"), "{told}");
}
