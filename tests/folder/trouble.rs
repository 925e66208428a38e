//! Folders that go away, fill up, are in other hands or forbid: told, never fatal, nobody else's matter.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{all_told, documents, ended, invoice, names, put, section, watched};
use crate::api::stage::Stage;

async fn ready(stage: &Stage) -> Value {
    let answer = stage.client.get(stage.url("/readyz")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "a folder does not keep invoices from being posted");
    answer.json().await.unwrap()
}

async fn says(stage: &Stage, folders: &str) {
    for _ in 0..200 {
        if ready(stage).await["folders"] == folders {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("/readyz never said {folders:?}: {}", ready(stage).await);
}

#[tokio::test]
async fn a_folder_that_goes_away_is_told_comes_back_and_delays_no_other() {
    let place = tempfile::tempdir().unwrap();
    let (one, other) = (place.path().join("one"), place.path().join("other"));
    // The first is not there at the start.
    fs::create_dir(&other).unwrap();
    let stage = Stage::with(&(section("one", &one, "") + &section("other", &other, ""))).await;
    says(&stage, "1 of 2 out of reach, see the log").await;
    put(&other, "F.xml", &invoice("OTHER-1"));
    ended(&other, 1, 0).await;
    fs::create_dir(&one).unwrap();
    put(&one, "F.xml", &invoice("ONE-1"));
    ended(&one, 1, 0).await;
    says(&stage, "ok").await;

    // Somebody tidies up: what is missing is made again.
    fs::remove_dir_all(one.join("done")).unwrap();
    put(&one, "H.xml", &invoice("ONE-3"));
    ended(&one, 1, 0).await;
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn hands_are_not_led_elsewhere() {
    let place = tempfile::tempdir().unwrap();
    let (inbox, elsewhere) = (place.path().join("in"), place.path().join("elsewhere"));
    fs::create_dir(&inbox).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, inbox.join(".work")).unwrap();
    let stage = Stage::with(&section("erp", &inbox, "")).await;
    put(&inbox, "F.xml", &invoice("LED-1"));
    says(&stage, "1 of 1 out of reach, see the log").await;
    assert_eq!(names(&elsewhere), [""; 0]);
    fs::remove_file(inbox.join(".work")).unwrap();
    ended(&inbox, 1, 0).await;
    // Nor while it works.
    fs::rename(inbox.join(".work"), inbox.join("taken-away")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, inbox.join(".work")).unwrap();
    put(&inbox, "G.xml", &invoice("LED-2"));
    says(&stage, "1 of 1 out of reach, see the log").await;
    assert_eq!(names(&elsewhere), [""; 0]);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn a_folder_that_was_deleted_and_made_anew_is_worked_in_without_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let inbox = place.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let stage = Stage::with(&section("erp", &inbox, "")).await;
    put(&inbox, "F.xml", &invoice("ANEW-1"));
    ended(&inbox, 1, 0).await;
    for n in 2..4 {
        fs::remove_dir_all(&inbox).unwrap();
        says(&stage, "1 of 1 out of reach, see the log").await;
        fs::create_dir(&inbox).unwrap();
        put(&inbox, "G.xml", &invoice(&format!("ANEW-{n}")));
        ended(&inbox, 1, 0).await;
        says(&stage, "ok").await;
    }
    // At once, between two looks.
    fs::rename(&inbox, place.path().join("was")).unwrap();
    fs::create_dir(&inbox).unwrap();
    put(&inbox, "H.xml", &invoice("ANEW-4"));
    ended(&inbox, 1, 0).await;
    // And the former one comes back.
    fs::remove_dir_all(&inbox).unwrap();
    fs::rename(place.path().join("was"), &inbox).unwrap();
    put(&inbox, "I.xml", &invoice("ANEW-5"));
    ended(&inbox, 2, 0).await;
    let kept = stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len();
    assert_eq!(kept, 5);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn in_the_place_of_a_share_that_went_away_nothing_is_made() {
    use std::os::unix::fs::{MetadataExt as _, symlink};
    let place = tempfile::tempdir().unwrap();
    let Ok(far) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: no second file system to play a share");
        return;
    };
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(place.path()) == device(far.path()) {
        eprintln!("skipped: no second file system to play a share");
        return;
    }
    // The share is mounted, unmounted and mounted again, as far as a path can tell.
    let (inbox, mount) = (place.path().join("in"), place.path().join("mount"));
    let share = far.path().join("share");
    fs::create_dir(&share).unwrap();
    fs::create_dir(&mount).unwrap();
    symlink(&share, &inbox).unwrap();
    let lead = |to: &Path| {
        fs::remove_file(&inbox).unwrap();
        symlink(to, &inbox).unwrap();
    };
    let stage = Stage::with(&section("erp", &inbox, "")).await;
    put(&inbox, "F.xml", &invoice("SHARE-1"));
    ended(&inbox, 1, 0).await;
    lead(&mount);
    says(
        &stage,
        "1 of 1 out of reach, see the log; 1 on another file system: mount it back, or restart facteur to work there",
    )
    .await;
    put(&mount, "lost.xml", &invoice("LOST-1"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(names(&mount), ["lost.xml"], "nothing is made or taken in the place of a share that went away");
    lead(&share);
    put(&inbox, "G.xml", &invoice("SHARE-2"));
    ended(&inbox, 2, 0).await;
    says(&stage, "ok").await;
    all_told(&inbox).await;
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn two_daemons_do_not_work_in_one_folder() {
    let (first, inbox) = watched("").await;
    put(&inbox, "F.xml", &invoice("FIRST-1"));
    ended(&inbox, 1, 0).await;
    let second = Stage::with(&section("erp", &inbox, "")).await;
    says(&second, "1 of 1 out of reach, see the log").await;
    put(&inbox, "G.xml", &invoice("FIRST-2"));
    ended(&inbox, 2, 0).await;
    assert_eq!(second.get("/v1/invoices").await["invoices"], serde_json::json!([]));
    assert!(first.daemon.stop().await);
    says(&second, "ok").await;
    put(&inbox, "H.xml", &invoice("SECOND-1"));
    ended(&inbox, 3, 0).await;
    assert!(second.daemon.stop().await);
}

#[tokio::test]
async fn a_full_disk_keeps_the_file_until_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| {
        Command::new("mount").args(arguments).arg(place.path()).status().is_ok_and(|s| s.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=128k", "none"]) {
        eprintln!("skipped: no right to mount a small file system");
        return;
    }
    let _unmount = Unmount(place.path());
    fs::write(place.path().join("ballast"), vec![0u8; 40 * 1024]).unwrap();
    let inbox = place.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let stage = Stage::with(&section("erp", &inbox, "")).await;
    put(&inbox, "a.xml", &invoice("FULL-1"));
    ended(&inbox, 1, 0).await;
    put(&inbox, "b.xml", &invoice("FULL-2"));
    // Leaves less room than two reports take.
    let mut more = 0;
    while fs::write(place.path().join(format!("more-{more}")), vec![0u8; 4096]).is_ok() {
        more += 1;
    }
    for _ in 0..100 {
        if stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(documents(&inbox, "done"), ["a.xml"], "no document without its reports");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 2, "it is in the store");
    for n in 0..=more {
        let _ = fs::remove_file(place.path().join(format!("more-{n}")));
    }
    ended(&inbox, 2, 0).await;
    all_told(&inbox).await;
    assert!(stage.daemon.stop().await);
}

/// Unmounts however the test ends; lazily, since the daemon may still hold it.
struct Unmount<'p>(&'p Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// The superuser may read everything, so the daemon runs as nobody.
#[tokio::test]
async fn a_file_that_may_not_be_read_is_refused_and_the_next_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let inbox = place.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let config = crate::api::stage::furnish(place.path(), "http://127.0.0.1:9", &section("erp", &inbox, ""));
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(place.path()).status().is_ok_and(|s| s.success());
    let switched = owned && Command::new("setpriv").args(nobody).arg("true").status().is_ok_and(|s| s.success());
    if !switched {
        eprintln!("skipped: no right to run the daemon as another account");
        return;
    }
    let program = place.path().join("facteur");
    fs::copy(crate::stage::PROGRAM, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    put(&inbox, "a.xml", &invoice("RIGHTS-1"));
    put(&inbox, "b.xml", &invoice("RIGHTS-2"));
    fs::set_permissions(inbox.join("b.xml"), fs::Permissions::from_mode(0o600)).unwrap();
    put(&inbox, "c.xml", &invoice("RIGHTS-3"));
    let mut child = Command::new("setpriv")
        .args(nobody)
        .arg(&program)
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(std::process::Stdio::null())
        .stderr(fs::File::create(place.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    ended(&inbox, 2, 1).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(documents(&inbox, "refused"), ["b.xml"]);
    all_told(&inbox).await;
    let told = super::text(&inbox, "refused", "b.xml");
    assert!(told.contains("permission denied"), "{told}");
}
