//! `facteur webhook`: the real program, a platform on real sockets, and a daemon that fetches because it was told and not because it was time.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::accredited::{codes, hears, post, seldom_listed};
use crate::stage::{PROGRAM, Stage};

/// Calls of the command on the stage's configuration.
struct Hooks<'s>(&'s Stage);

impl Hooks<'_> {
    fn run(&self, words: &[&str]) -> Output {
        let config = self.0.path("facteur.toml");
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "webhook"]).args(words).arg("--config").arg(config).output().unwrap()
    }

    fn says(&self, words: &[&str], status: i32) -> String {
        let out = self.run(words);
        let told = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(status), "{words:?}: {told}");
        told
    }

    fn list(&self) -> Vec<Value> {
        let told = self.says(&["list", "--format", "json"], 0);
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn key(&self) -> String {
        std::fs::read_to_string(self.0.path("hook")).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_was_subscribed_to_gives_notice_itself() {
    let script = "processing_ms = 300\nstep_ms = 300\n[[behaviour]]\nmatch = \"*\"\ndo = \"accept\"\n\
        [[behaviour]]\nmatch = \"PA-TOLD\"\ndo = \"garble\"\ncall = \"notice\"\n\
        [[behaviour]]\nmatch = \"PA-TOLD\"\ndo = \"drop-before\"\ncall = \"notice\"\n";
    let stage = seldom_listed(script);
    let hooks = Hooks(&stage);
    assert_eq!(hooks.list(), Vec::<Value>::new());
    let doctor = Command::new(PROGRAM)
        .args(["--lang", "en", "doctor", "--config"])
        .arg(stage.path("facteur.toml"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("no key for its notices yet"), "{doctor:?}");
    let untold = post(&stage, "PA-UNTOLD").await;
    stage.settled(std::slice::from_ref(&untold), &["delivered"]).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(codes(&stage, &untold).await.is_empty(), "nobody said that there was anything");

    // The daemon runs all the while, and is not told of the key but by its file.
    let told = hooks.says(&["add", "--url", &stage.url("")], 0);
    assert!(told.contains("subscribed") && told.contains("/v1/notices/pa"), "{told}");
    let began = Instant::now();
    let id = post(&stage, "PA-TOLD").await;
    hears(&stage, &id, &["200", "202", "203", "204", "205"]).await;
    stage.settled(&[id, untold], &["accepted"]).await;
    assert!(began.elapsed() < Duration::from_secs(120), "poll is half an hour");
    let notices = stage.at_sandbox("notices").await;
    let answers: Vec<&Value> = notices.iter().map(|one| &one["http"]).collect();
    assert!(answers.contains(&&Value::Null), "one was dropped on its way: {notices:?}");
    assert!(answers.contains(&&Value::from(401)), "the garbled one is not believed: {notices:?}");
    assert!(answers.contains(&&Value::from(204)), "{notices:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_made_once_and_mended_where_its_key_is_lost() {
    let script = "[[behaviour]]\nmatch = \"*\"\ndo = \"lose-answer\"\ncall = \"webhook\"\n";
    let stage = seldom_listed(script);
    let (hooks, url) = (Hooks(&stage), stage.url("/"));
    let add = ["add", "--platform", "pa", "--url", &url];
    // The listing's answer is lost; then all is well.
    assert!(hooks.says(&add, 1).contains("not known"));
    assert!(hooks.says(&add, 0).contains("pa  subscribed  http://"));
    let (first, key) = (hooks.list(), hooks.key());
    assert_eq!((first.len(), &first[0]["facteur"]), (1, &Value::Bool(true)), "{first:?}");
    assert!(hooks.says(&add, 0).contains("subscribed already"));
    assert_eq!((hooks.list(), hooks.key()), (first.clone(), key.clone()), "nothing changed");

    // The key is told once: lost, it needs another subscription, and the one without it is of no use.
    std::fs::remove_file(stage.path("hook")).unwrap();
    assert!(hooks.says(&add, 0).contains("subscribed"));
    let second = hooks.list();
    assert_eq!(second.len(), 1, "{second:?}");
    assert!(second[0]["id"] != first[0]["id"] && hooks.key() != key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(stage.path("hook")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let shown = hooks.says(&["list"], 0);
    assert!(shown.contains("CustomerInvoiceLC") && !shown.contains(hooks.key().trim()), "{shown}");

    // One whose answer was lost stands, and nobody has its key: the same command mends it.
    let lost = serde_json::json!({ "match": format!("{}v1/notices/pa", url), "do": "lose-answer", "call": "webhook" });
    stage.tell_sandbox("behaviour", lost).await;
    std::fs::remove_file(stage.path("hook")).unwrap();
    assert!(hooks.says(&add, 1).contains("once more"));
    assert_eq!((hooks.list().len(), stage.path("hook").exists()), (1, false));
    assert!(hooks.says(&add, 0).contains("pa  subscribed  http"));
    let third = hooks.list();
    assert_eq!(third.len(), 1, "{third:?}");

    assert!(hooks.says(&["end", "--url", &url], 0).contains("ended"));
    assert_eq!(hooks.list(), Vec::<Value>::new());
    let id = third[0]["id"].as_str().unwrap();
    assert!(hooks.says(&["end", id], 0).contains("ended"), "what is not there is ended");

    assert!(hooks.says(&["add", "--url", "http://factures.example"], 2).contains("https"));
    assert!(hooks.says(&["add", "--platform", "chorus-pro", "--url", &url], 2).contains("pa"));
    let elsewhere = hooks.says(&["add", "--url", "https://factures.example"], 1);
    assert!(elsewhere.contains("PARAMS_ERROR"), "this platform tells this machine alone: {elsewhere}");
}
