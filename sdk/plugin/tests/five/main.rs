//! A provider of protocol 5 that does what a test wants, in this process.
#![cfg(unix)]

mod lost;
mod promises;
mod recovery;
mod script;
