//! Chorus Pro through PISTE.
