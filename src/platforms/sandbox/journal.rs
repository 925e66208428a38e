//! The state file: one line of JSON for each thing that happened, read again at the next start.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::afnor::{Flow, Hook};
use super::behaviour::Behaviour;
use super::record::{Deposit, Invoice, Millis};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Record {
    Deposit {
        deposit: Box<Deposit>,
        invoice: Option<Box<Invoice>>,
    },
    /// The behaviour of this index struck once more. Indexes run over the script's and then the added ones, so that a
    /// state file goes with its script.
    Struck {
        index: usize,
    },
    /// A document was uploaded; its number is its place.
    File {
        name: String,
        bytes: usize,
    },
    /// So many documents completed an invoice.
    Completed {
        id: u64,
        files: usize,
        comment: Option<String>,
        at: Millis,
    },
    /// Flows of the accredited platform: a deposit and what will become of it.
    Flows {
        flows: Vec<Flow>,
    },
    /// A subscription, and its end.
    Subscribed {
        hook: Box<Hook>,
    },
    Unsubscribed {
        id: String,
    },
    /// A notice was answered well, or given up.
    Noticed {
        hook: String,
        flow: u64,
        at: Millis,
    },
    Added {
        behaviour: Box<Behaviour>,
        at: Millis,
    },
}

pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Opens or makes the file; everything in it. A last line that a crash cut short never happened, and goes.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<Record>)> {
        let wrong = |line: usize, e: serde_json::Error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}, line {line}: {e}", path.display()))
        };
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let records = text[..whole]
            .lines()
            .enumerate()
            .map(|(i, line)| serde_json::from_str(line).map_err(|e| wrong(i + 1, e)))
            .collect::<io::Result<Vec<Record>>>()?;
        Ok((Self { file }, records))
    }

    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}
