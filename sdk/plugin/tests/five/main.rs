//! A provider of protocol 5 that does what a test wants, in this process.
#![cfg(unix)]

mod host;
mod lost;
mod mistakes;
mod promises;
mod recovery;
mod script;
mod stored;
