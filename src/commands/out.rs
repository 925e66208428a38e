//! Standard output carries the document and nothing else; a reader that goes away is no error.

use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// What a program ends with whose reader went away (128 + SIGPIPE), as other tools do: nothing is said, and a script that asks
/// (`set -o pipefail`) does not take it for success.
pub const CLOSED_PIPE: u8 = 141;

/// Writes a document and ends with 0, or with 2 where it cannot be written.
pub fn document(text: &str) -> ExitCode {
    match piece(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// Writes a piece of the document. On a closed pipe the program is done, in peace.
pub fn piece(text: &str) -> Result<(), ExitCode> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(ExitCode::from(CLOSED_PIPE)),
        Err(e) => {
            let _ = writeln!(io::stderr(), "facteur: standard output cannot be written: {e}");
            Err(ExitCode::from(2))
        }
    }
}
