//! Runs of many documents: in order, the same on any number of cores, whole or not at all.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{BROKEN, GOOD, OF_A_RUN, WRONG, run, shown, validate};

/// A thousand small invoices with one broken in the middle.
fn thousand() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..1_000 {
        let from = if n == 500 { BROKEN } else { "fixtures/invoices/ubl-minimal.xml" };
        fs::copy(from, folder.path().join(format!("{n:04}.xml"))).unwrap();
    }
    folder
}

#[test]
fn a_thousand_files_with_one_broken_in_the_middle() {
    let folder = thousand();
    for format in OF_A_RUN {
        let (status, out, _) = run(&["--format", format, shown(folder.path())]);
        assert_eq!(status, 2, "{format}");
        let names: Vec<usize> = (0..1_000).filter_map(|n| out.find(&format!("{n:04}.xml"))).collect();
        assert!(names.len() == 1_000, "{format}: {} named", names.len());
        // In SARIF, what has findings stands before the list of files.
        if format != "sarif" {
            assert!(names.is_sorted(), "{format}: not in the order given");
        }
        assert!(out.contains("FCT-XML-MALFORMED"), "{format}");
        match format {
            "sarif" => {
                let sarif: serde_json::Value = serde_json::from_str(&out).unwrap();
                let invocation = &sarif["runs"][0]["invocations"][0];
                assert_eq!(invocation["executionSuccessful"], false);
                assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 1);
            }
            "junit" => {
                let read = roxmltree::Document::parse(&out).unwrap();
                let errors: Vec<_> = read.descendants().filter(|n| n.has_tag_name("error")).collect();
                assert!(
                    errors.len() == 1
                        && errors[0].parent().unwrap().attribute("classname").unwrap().ends_with("0500.xml")
                );
            }
            "csv" => assert_eq!(out.matches(",not-judged,").count(), 1),
            "json" => assert_eq!(out.matches("\"verdict\":\"not-judged\"").count(), 1),
            _ => assert_eq!(out.matches(": NOT JUDGED").count(), 1),
        }
        let (_, quiet, _) = run(&["--quiet", "--format", format, shown(folder.path())]);
        assert!(quiet.contains("0500.xml") && !quiet.contains("0499.xml"), "{format}: only what is not valid");
    }
}

#[test]
fn the_same_bytes_at_each_run_and_on_any_number_of_cores() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..30 {
        let from = [GOOD, WRONG, BROKEN, "fixtures/invoices/facturx-en16931.pdf"][n % 4];
        let ending = Path::new(from).extension().unwrap().to_str().unwrap();
        fs::copy(from, folder.path().join(format!("{n:02}.{ending}"))).unwrap();
    }
    for format in OF_A_RUN {
        let one = run(&["--format", format, shown(folder.path())]);
        assert_eq!(one, run(&["--format", format, shown(folder.path())]), "{format}");
        let whole = validate(&["--format", format, shown(folder.path())]);
        let pinned = Command::new("taskset").args(["-c", "0"]).arg(whole.get_program()).args(whole.get_args()).output();
        match pinned {
            Ok(output) if output.status.code() == Some(one.0) => {
                assert_eq!(String::from_utf8(output.stdout).unwrap(), one.1, "{format} on one core");
            }
            told => eprintln!("skipped: taskset does not pin to one core: {told:?}"),
        }
    }
}

#[test]
fn one_document_a_file_where_the_form_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("in/sub")).unwrap();
    fs::copy(GOOD, at("in/a.xml")).unwrap();
    fs::copy(WRONG, at("in/sub/a.xml")).unwrap();

    let (status, out, err) = run(&["--format", "svrl", shown(&at("in"))]);
    assert!(status == 2 && out.is_empty() && err.contains("--output FOLDER/"), "{err}");
    let into = format!("{}/", at("out").display());
    let (status, out, err) = run(&["--format", "svrl", "--output", &into, shown(&at("in"))]);
    assert!(status == 1 && out.is_empty() && err.contains("1 valid, 1 invalid"), "{err}");
    assert!(fs::read_to_string(at("out/sub/a.xml.svrl")).unwrap().contains("failed-assert id=\"BR-CO-10\""));
    let good = fs::read_to_string(at("out/a.xml.svrl")).unwrap();
    assert!(!good.contains("failed-assert"), "{good}");

    // Every form knows folders, and each file is whole; what is valid by now gets its file in spite of --quiet.
    for (format, ending, head) in [
        ("sarif", "sarif", "{\"$schema\""),
        ("junit", "junit.xml", "<?xml"),
        ("csv", "csv", "file,"),
        ("text", "txt", ""),
    ] {
        assert_eq!(run(&["-q", "--format", format, "-o", &into, shown(&at("in"))]).0, 1);
        for name in ["a.xml", "sub/a.xml"] {
            let text = fs::read_to_string(at(&format!("out/{name}.{ending}"))).unwrap();
            assert!(text.starts_with(head) && text.contains("a.xml"), "{format}");
        }
    }
    // Two documents, one name.
    let (status, _, err) = run(&["-o", &into, shown(&at("in/a.xml")), shown(&at("in/sub/a.xml"))]);
    assert!(status == 2 && err.contains("would have the same file"), "{err}");
}

#[test]
fn an_output_never_takes_the_place_of_a_document_nor_is_one_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(GOOD, at("a.xml")).unwrap();
    let before = fs::read(at("a.xml")).unwrap();
    std::os::unix::fs::symlink("a.xml", at("link.xml")).unwrap();
    for output in ["a.xml", "link.xml", "new/"] {
        let output = format!("{}/{output}", folder.path().display());
        let (status, out, err) = run(&["-o", &output, shown(folder.path())]);
        assert!(status == 2 && out.is_empty() && err.starts_with("facteur: --output "), "{output}: {err}");
        assert_eq!(fs::read(at("a.xml")).unwrap(), before);
    }
    // Refused the first time, and not only once what was written is a document itself.
    let folder_of_it = format!("{}/", folder.path().display());
    for (output, of) in [(at("new.json"), folder.path().to_owned()), (folder_of_it.into(), at("a.xml"))] {
        let (status, out, err) = run(&["--format", "json", "-o", shown(&output), shown(&of)]);
        assert!(status == 2 && out.is_empty() && err.contains("lies in a folder that is judged"), "{err}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{output:?}: nothing is written");
    }
    // Beside a document that was given by itself, a file is fine.
    let output = at("report.csv");
    assert_eq!(run(&["--format", "csv", "-o", shown(&output), shown(&at("a.xml"))]).0, 0);
    assert!(fs::read_to_string(output).unwrap().starts_with("file,"));
}

#[test]
fn what_cannot_be_written_is_said_and_leaves_nothing() {
    let (status, _, err) = run(&["-o", "/no/such/folder/x.csv", GOOD]);
    assert!(status == 2 && err.contains("/no/such/folder/x.csv cannot be written"), "{err}");
    let (status, _, err) = run(&["-o", "/dev/full", GOOD]);
    assert!(status == 2 && err.contains("/dev/full cannot be written"), "{err}");
    for format in OF_A_RUN {
        let mut child = validate(&["--format", format, GOOD]);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = child.stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
    }
}

#[cfg(unix)]
#[test]
fn whoever_ends_it_finds_no_half_written_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("run.csv"), "before").unwrap();
    // It waits for standard input, with its first documents written.
    for (signal, number) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut command = validate(&["--format", "csv", "-o", shown(&at("run.csv")), GOOD, "-"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while fs::read_dir(folder.path()).unwrap().count() < 2 {
            assert!(began.elapsed() < Duration::from_secs(30), "no file is being written");
            std::thread::sleep(Duration::from_millis(20));
        }
        // The one that takes the file away listens from the start, but is a thread of its own.
        std::thread::sleep(Duration::from_millis(300));
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success()
        );
        // Waiting would close it, and the run would end by itself.
        let _open = child.stdin.take();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(number), "{status}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["run.csv"]);
        assert_eq!(fs::read_to_string(at("run.csv")).unwrap(), "before");
    }
}

/// Who reads one line and leaves is told of no error, in any form.
#[test]
fn a_reader_that_leaves_ends_the_run() {
    use std::io::Read as _;
    let folder = thousand();
    for format in OF_A_RUN {
        let mut command = validate(&["--format", format, shown(folder.path())]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut one = [0];
        child.stdout.take().unwrap().read_exact(&mut one).unwrap();
        let (status, _, err) = super::told(child.wait_with_output().unwrap());
        assert!(status == 141 && err.is_empty(), "{format}: {status} {err}");
    }
}

/// A name that is too long, and one that cannot be written, cost the others nothing.
#[cfg(unix)]
#[test]
fn one_document_whose_file_cannot_be_written_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("in")).unwrap();
    let long = |last: &str| format!("in/{}{last}.xml", "m".repeat(250));
    for name in ["in/a.xml", &long("1"), &long("2"), "in/z.xml"] {
        fs::copy(GOOD, at(name)).unwrap();
    }
    let into = format!("{}/", at("out").display());
    let (status, _, err) = run(&["--format", "junit", "-o", &into, shown(&at("in"))]);
    assert!(status == 0 && err.contains("4 valid"), "{status}: {err}");
    assert_eq!(fs::read_dir(at("out")).unwrap().count(), 4, "each has its own");

    // A folder where the first report should stand.
    fs::create_dir_all(at("other/a.xml.junit.xml/x")).unwrap();
    let into = format!("{}/", at("other").display());
    let (status, _, err) = run(&["--format", "junit", "-o", &into, shown(&at("in"))]);
    assert!(status == 2 && err.contains("a.xml.junit.xml cannot be written") && err.contains("4 valid"), "{err}");
    assert_eq!(fs::read_dir(at("other")).unwrap().count(), 4, "the others are there, and nothing half written");
}
