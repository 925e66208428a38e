//! What a document says that is bound to no term.

use super::Loss;
use crate::invoice::Invoice;

pub fn outside(_invoice: &Invoice<'_>) -> Vec<Loss> {
    Vec::new()
}
