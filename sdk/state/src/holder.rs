//! Who has the lock on a state.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

/// Who has a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Tells two locks of one process apart.
    pub id: Uuid,
    /// The user and the machine, such as `alice@build-7`.
    pub who: String,
    /// The process on that machine.
    pub pid: u32,
    /// What for, such as `up`.
    pub operation: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

impl Holder {
    /// This process, from now on.
    pub fn this_process(operation: impl Into<String>) -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let system = rustix::system::uname();
        let host = system.nodename().to_string_lossy();
        Self {
            id: Uuid::new_v4(),
            who: format!("{}@{host}", user.unwrap_or_else(|| format!("uid-{}", rustix::process::getuid().as_raw()))),
            pid: std::process::id(),
            operation: operation.into(),
            since: OffsetDateTime::now_utc(),
        }
    }
}

/// As it stands in a sentence: `alice@build-7 (process 4242, up) since 2026-11-25 08:30:12 UTC`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
        let since = self.since.to_offset(time::UtcOffset::UTC).format(format).map_err(|_| fmt::Error)?;
        write!(f, "{} (process {}, {}) since {since}", self.who, self.pid, self.operation)
    }
}
