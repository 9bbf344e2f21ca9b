//! What a person asked for on the command line. Terraform and OpenTofu give no arguments.

use std::ffi::OsString;

/// What the process is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Serve the host that started it.
    Serve,
    /// Serve any client that attaches.
    Debug,
    /// Say which version this is.
    Version,
    /// Say what this is and how to use it.
    Help,
}

impl Task {
    /// The task that the arguments (without the program's name) ask for. Flags may have one dash, as is usual for
    /// providers, or two.
    ///
    /// # Errors
    ///
    /// Returns the first argument that means nothing here.
    pub(crate) fn of(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut task = Self::Serve;
        for argument in arguments {
            task = match argument.to_str() {
                Some("--debug" | "-debug") => Self::Debug,
                Some("--version" | "-version" | "-V") => return Ok(Self::Version),
                Some("--help" | "-help" | "-h") => return Ok(Self::Help),
                _ => return Err(argument.to_string_lossy().into_owned()),
            };
        }
        Ok(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_ask_for_tasks() {
        for (arguments, task) in [
            (&[][..], Ok(Task::Serve)),
            (&["--debug"], Ok(Task::Debug)),
            (&["-debug"], Ok(Task::Debug)),
            (&["--debug", "--help"], Ok(Task::Help)),
            (&["--version"], Ok(Task::Version)),
            (&["--debug", "--quiet"], Err("--quiet".to_owned())),
            (&["debug"], Err("debug".to_owned())),
        ] {
            assert_eq!(Task::of(arguments.iter().map(OsString::from)), task, "{arguments:?}");
        }
    }
}
