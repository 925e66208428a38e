//! Files that programs of this machine hold a lock on, as the kernel tells them.
//!
//! Linux lists all locks in `/proc/locks` (proc_locks(5)): POSIX ones (`fcntl`, `lockf`), which asking for a lock of another kind
//! does not show, and those of `flock`. What is not listed (another machine's, another container's, another system's) is not seen.

use std::collections::HashSet;
use std::fs::Metadata;

/// Locked files, by device (major, minor) and inode.
#[derive(Debug, Default)]
pub(super) struct Locks(HashSet<(u64, u64, u64)>);

impl Locks {
    /// Those held now; none where the machine does not tell.
    pub fn now() -> Self {
        std::fs::read_to_string("/proc/locks").map_or_else(|_| Self::default(), |table| Self::read(&table))
    }

    /// Each line: number, kind, mode, access, process, `major:minor:inode` (hexadecimal but the inode), start, end. A line with
    /// `->` is one who waits.
    fn read(table: &str) -> Self {
        let held = table.lines().filter(|line| !line.contains("->"));
        Self(held.filter_map(|line| file(line.split_whitespace().nth(5)?)).collect())
    }

    #[cfg(unix)]
    pub fn hold(&self, meta: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let device = meta.dev();
        let major = ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff);
        let minor = (device & 0xff) | ((device >> 12) & !0xff & 0xffff_ffff);
        self.0.contains(&(major, minor, meta.ino()))
    }

    #[cfg(not(unix))]
    pub fn hold(&self, _: &Metadata) -> bool {
        false
    }
}

fn file(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.split(':');
    let mut hexadecimal = || u64::from_str_radix(parts.next()?, 16).ok();
    let (major, minor) = (hexadecimal()?, hexadecimal()?);
    Some((major, minor, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_those_who_wait_hold_nothing() {
        let table = "1: POSIX  ADVISORY  WRITE 12 fd:0a:77 0 EOF\n1: -> POSIX  ADVISORY  WRITE 13 fd:0a:78 0 EOF\n\
                     2: FLOCK  ADVISORY  READ 14 00:1f:9 0 EOF\n3: strange\n4: A B C D x:y:z\n";
        assert_eq!(Locks::read(table).0, HashSet::from([(0xfd, 0x0a, 77), (0, 0x1f, 9)]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_locked_file_is_seen_as_long_as_it_is_locked() {
        let file = tempfile::tempfile().unwrap();
        let meta = file.metadata().unwrap();
        assert!(!Locks::now().hold(&meta));
        file.lock().unwrap();
        let listed = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        if listed.trim().is_empty() {
            return println!("skipped: this machine lists no locks");
        }
        assert!(Locks::now().hold(&meta), "{} {listed}", std::os::unix::fs::MetadataExt::dev(&meta));
        file.unlock().unwrap();
        assert!(!Locks::now().hold(&meta));
    }
}
