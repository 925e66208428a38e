//! `docs/rules/` is what the program says.

use std::collections::BTreeMap;
use std::path::Path;

use facteur::explain::book;
use facteur::text::Lang;

const COMMAND: &str = "facteur explain --all -o docs/rules";

#[test]
fn the_committed_book_is_the_one_that_the_program_writes() {
    let mut bytes = 0;
    for (lang, folder) in [(Lang::Fr, "docs/rules/fr"), (Lang::En, "docs/rules/en")] {
        let folder = Path::new(folder);
        let there = std::fs::read_dir(folder)
            .unwrap_or_else(|e| panic!("{}: {e}; run `{COMMAND}`", folder.display()))
            .map(|entry| entry.unwrap().path());
        let mut there: BTreeMap<String, String> = there
            .map(|path| {
                (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        for leaf in book(lang).leaves {
            bytes += leaf.text.len();
            let committed = there.remove(&leaf.file);
            let same = committed.as_deref() == Some(leaf.text.as_str());
            assert!(same, "{}/{} is not what the program says: run `{COMMAND}`", folder.display(), leaf.file);
        }
        assert!(there.is_empty(), "{}: nothing writes {:?} any more: delete", folder.display(), there.keys());
    }
    assert!(bytes < 6_000_000, "the book has grown to {bytes} bytes");
}

#[test]
fn the_book_is_the_same_each_time() {
    let one = book(Lang::Fr).text();
    assert!(one == book(Lang::Fr).text());
    assert!(!one.contains(env!("CARGO_MANIFEST_DIR")));
}
