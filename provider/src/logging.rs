//! Logs as hosts read them: one JSON object a line on stderr, in the form of go-hclog.
//!
//! Terraform and OpenTofu parse these lines, filter them by their own levels and print them among theirs. The levels
//! here only save the work of writing what the host would throw away.

mod level;
mod lines;
mod panics;

use std::io::Write as _;

use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) use level::variables as level_variables;

/// Sends the process's logs and panics to stderr. There are no logs if an embedding program has its own subscriber, or
/// if no level is set.
pub(crate) fn install(provider: &str) {
    panics::install(provider, write);
    let level = level::of(provider, |name| std::env::var(name).ok());
    if level > tracing::level_filters::LevelFilter::OFF {
        let lines = lines::Lines::new(provider, level, write);
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
    }
}

/// One write for a whole line, so that lines of several threads do not mix. A host that no longer reads is no reason to
/// fail.
fn write(line: &[u8]) {
    let _ = std::io::stderr().lock().write_all(line);
}
