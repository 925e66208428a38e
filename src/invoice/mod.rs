//! The EN 16931 model: occurrences of terms, each as it stood in the document, with its place.
mod place;
pub use place::Place;
