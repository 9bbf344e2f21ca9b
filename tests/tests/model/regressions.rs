//! Sequences that were found to fail, and stay.
