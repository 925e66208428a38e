//! Files that no good program writes, each in the midst of good ones: none stands in the way of the next.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::process::Command;
use std::time::Duration;

use super::{all_told, documents, ended, invoice, names, put, report, text, until, watched};

#[tokio::test]
async fn what_is_no_file_is_left_alone_and_never_opened() {
    let (stage, inbox) = watched("").await;
    put(&inbox, "a-good.xml", &invoice("MIDST-1"));
    assert!(Command::new("mkfifo").arg(inbox.join("b-pipe.xml")).status().unwrap().success());
    std::os::unix::fs::symlink(inbox.join("nowhere"), inbox.join("c-dangling.xml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", inbox.join("d-link.xml")).unwrap();
    fs::create_dir(inbox.join("e-folder.xml")).unwrap();
    fs::write(inbox.join("e-folder.xml/inside.xml"), invoice("INSIDE-1")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(inbox.join("f-socket.xml")).unwrap();
    put(&inbox, "z-good.xml", &invoice("MIDST-2"));
    ended(&inbox, 2, 0).await;
    assert_eq!(
        names(&inbox),
        [".work", "b-pipe.xml", "c-dangling.xml", "d-link.xml", "done", "e-folder.xml", "f-socket.xml", "refused"]
    );
    all_told(&inbox).await;
    let metrics = stage.ask(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("facteur_folder_left{folder=\"erp\"} 4"), "{metrics}");
    assert!(stage.daemon.stop().await);
}

/// Holds a lock of this kind on the file, and writes the rest of it after `go` came on its input.
const WRITER: &str = "import fcntl, sys
file = open(sys.argv[2], 'wb')
getattr(fcntl, sys.argv[1])(file, fcntl.LOCK_EX)
whole = open(sys.argv[3], 'rb').read()
file.write(whole[:500]); file.flush()
print('held', flush=True)
sys.stdin.readline()
file.write(whole[500:]); file.close()";

#[tokio::test]
async fn a_file_that_its_writer_locks_waits_where_it_is() {
    if fs::read_to_string("/proc/locks").is_err() || Command::new("python3").arg("-V").output().is_err() {
        return println!("skipped: this needs /proc/locks and python3");
    }
    let (stage, inbox) = watched("").await;
    let whole = tempfile::NamedTempFile::new().unwrap();
    for (at, kind) in ["lockf", "flock"].into_iter().enumerate() {
        fs::write(whole.path(), invoice(&format!("LOCKED-{kind}"))).unwrap();
        let name = format!("{kind}.xml");
        let mut writer = Command::new("python3")
            .args(["-c", WRITER, kind])
            .args([&inbox.join(&name), whole.path()])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 4];
        std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut said).unwrap();
        // Five times as long as it would need to settle.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(inbox.join(&name).exists() && names(&inbox.join(".work")) == ["lock"], "{kind}: {:?}", names(&inbox));
        writer.stdin.take().unwrap().write_all(b"go\n").unwrap();
        assert!(writer.wait().unwrap().success());
        ended(&inbox, at + 1, 0).await;
    }
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn names_that_say_unfinished_wait_until_they_say_otherwise() {
    let (stage, inbox) = watched("").await;
    let unfinished = ["F.xml.part", "F.tmp", ".F.xml.Xy12Qa", "F.xml.filepart", "F.crdownload", "F.xml~", "~$F.xml"];
    for name in unfinished {
        fs::write(inbox.join(name), invoice(&format!("UNFINISHED-{}", name.len()))).unwrap();
    }
    put(&inbox, "G.xml", &invoice("FINISHED-1"));
    ended(&inbox, 1, 0).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(names(&inbox).len(), unfinished.len() + 3);
    // As rsync ends.
    fs::rename(inbox.join(".F.xml.Xy12Qa"), inbox.join("F.xml")).unwrap();
    ended(&inbox, 2, 0).await;
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn a_file_that_is_still_written_is_taken_when_it_is_whole() {
    let (stage, inbox) = watched("settle = \"2s\"").await;
    let whole = invoice("SLOW-1");
    let mut file = fs::File::create(inbox.join("slow.xml")).unwrap();
    let quick = async {
        // Others go by meanwhile.
        for n in 0..5 {
            put(&inbox, format!("quick-{n}.xml"), &invoice(&format!("QUICK-{n}")));
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        ended(&inbox, 5, 0).await;
    };
    let slow = async {
        for piece in whole.chunks(whole.len() / 30 + 1) {
            file.write_all(piece).unwrap();
            tokio::time::sleep(Duration::from_millis(150)).await;
            assert!(inbox.join("slow.xml").exists(), "it was taken while it grew");
        }
    };
    tokio::join!(slow, quick);
    drop(file);
    ended(&inbox, 6, 0).await;
    assert_eq!(fs::read(inbox.join("done/slow.xml")).unwrap(), whole);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn a_file_that_its_writer_locks_is_left_until_it_lets_go() {
    let (stage, inbox) = watched("").await;
    let file = fs::File::create(inbox.join("locked.xml")).unwrap();
    file.lock().unwrap();
    (&file).write_all(&invoice("LOCKED-1")[..2_000]).unwrap();
    put(&inbox, "free.xml", &invoice("FREE-1"));
    ended(&inbox, 1, 0).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(documents(&inbox, "refused"), [""; 0], "half of it was not taken for the whole");
    (&file).write_all(&invoice("LOCKED-1")[2_000..]).unwrap();
    drop(file);
    ended(&inbox, 2, 0).await;
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 2);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn empty_files_garbage_and_giants_are_refused_with_a_report() {
    let (stage, inbox) = watched("").await;
    put(&inbox, "a.xml", &invoice("AROUND-1"));
    put(&inbox, "empty.xml", b"");
    put(&inbox, "garbage.xml", &[0, 255, 7, 60].repeat(5_000));
    put(&inbox, "image.png", b"\x89PNG\r\n\x1a\n and so on");
    // As long as it says, and never held: it is sparse.
    let giant = fs::File::create(inbox.join("giant.xml")).unwrap();
    giant.set_len(101 * 1024 * 1024).unwrap();
    drop(giant);
    put(&inbox, "z.xml", &invoice("AROUND-2"));
    ended(&inbox, 2, 4).await;
    all_told(&inbox).await;
    assert_eq!(report(&inbox, "refused", "empty.xml")["findings"][0]["rule"], "FCT-READ-EMPTY");
    let giant = report(&inbox, "refused", "giant.xml");
    assert_eq!((&giant["findings"][0]["rule"], &giant["received"]["id"]), (&"FCT-LIMIT-SIZE".into(), &().into()));
    assert!(text(&inbox, "refused", "giant.xml").contains("could not be received"));
    assert_eq!(report(&inbox, "refused", "garbage.xml")["verdict"], "not-judged");
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn names_of_all_kinds_keep_their_bytes() {
    let (stage, inbox) = watched("").await;
    let mut long = "é".repeat(125) + "x.xml";
    assert_eq!(long.len(), 255);
    let latin = OsString::from_vec(b"facture \xe9t\xe9.xml".to_vec());
    let odd = OsString::from("a\nb \u{202e}lmx.\"'*.xml");
    put(&inbox, &long, &invoice("LONG-1"));
    put(&inbox, &latin, &invoice("LATIN-1"));
    put(&inbox, &odd, &invoice("ODD-1"));
    put(&inbox, "dash -rf", &invoice("DASH-1"));
    until("all are done", || inbox.join("done").join("dash -rf").exists() && inbox.join("done").join(&odd).exists())
        .await;
    until("the others too", || inbox.join("done").join(&latin).exists() && inbox.join("done").join(&long).exists())
        .await;
    let mut beside = latin.clone();
    beside.push(".report.json");
    assert!(inbox.join("done").join(beside).exists());
    let reports = fs::read_dir(inbox.join("done")).unwrap().map(|e| e.unwrap().file_name());
    let of_long = reports
        .into_iter()
        .filter(|n| n.as_bytes().starts_with("éééé".as_bytes()) && n.as_bytes().ends_with(b".report.json"));
    assert_eq!(of_long.count(), 1);
    let odd_text = fs::read_to_string(inbox.join("done").join("a\nb \u{202e}lmx.\"'*.xml.report.txt")).unwrap();
    assert!(odd_text.contains("a\\u{a}b \\u{202e}lmx"), "{odd_text}");
    // Another of the same 255 bytes finds room for its mark.
    put(&inbox, &long, &invoice("LONG-2"));
    long.replace_range(..2, "é");
    until("a second one", || fs::read_dir(inbox.join("done")).unwrap().count() == 5 * 3).await;
    assert!(stage.daemon.stop().await);
}

/// Half a thousand at once: all end, in order, and none twice.
#[tokio::test]
async fn many_files_at_once_all_end() {
    let (stage, inbox) = watched("").await;
    let all: Vec<String> = (0..500).map(|n| format!("MANY-{n:04}")).collect();
    for number in &all {
        fs::write(inbox.join(format!("{number}.xml")), invoice(number)).unwrap();
    }
    let began = std::time::Instant::now();
    until("all are done", || documents(&inbox, "done").len() == all.len()).await;
    println!("{} files in {:?}", all.len(), began.elapsed());
    all_told(&inbox).await;
    let metrics = stage.ask(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("facteur_folder_waiting{folder=\"erp\"} 0"), "{metrics}");
    assert!(stage.daemon.stop().await);
}
