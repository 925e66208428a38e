//! Packs the demo's fixtures into the binary, so that `facteur demo` needs nothing beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A Rust list of (path below `fixtures/demo`, bytes), in the order of paths.
pub fn rust(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let mut out = String::from("static FILES: &[(&str, &[u8])] = &[");
    for file in files {
        let name = file.strip_prefix(folder).expect("below the folder").to_string_lossy().replace('\\', "/");
        let path = Path::new(&root).join(&file);
        write!(out, "({name:?}, include_bytes!({:?})),", path.to_string_lossy()).expect("string");
    }
    out.push_str("];");
    out
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("readable").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
