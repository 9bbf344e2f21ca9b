//! Why a state cannot be used.

use rosa_ecr_model::Diagnostic;

use crate::holder::Holder;

/// Why a state cannot be used. Nothing was changed by then, unless the variant's documentation differs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another run is at work on the stack.
    #[error("the state at {location} is locked by {by}")]
    Locked {
        /// Where.
        location: String,
        /// Who, what for and since when.
        by: Box<Holder>,
        /// What to do about it, in sentences.
        release: String,
    },
    /// It is not what was written.
    #[error("the state at {location} is damaged: {what}")]
    Damaged {
        /// Where.
        location: String,
        /// What is wrong with it.
        what: String,
        /// The backup and how to bring it back, in sentences.
        recovery: String,
    },
    /// It was written by a later version of this library.
    #[error("the state at {location} has format {format}, and this program reads formats up to {newest}")]
    Newer {
        /// Where.
        location: String,
        /// The format that is there.
        format: u64,
        /// The newest format that is understood.
        newest: u64,
    },
    /// It is the state of something else.
    #[error("the state at {location} is not this stack's: {what}")]
    Foreign {
        /// Where.
        location: String,
        /// Whose it is.
        what: String,
    },
    /// The lock was taken away or has expired, and the write was refused.
    #[error("the lock on the state at {location} was lost: {what}")]
    Lost {
        /// Where.
        location: String,
        /// How that was found out.
        what: String,
    },
    /// There is a secret to write or to read, and no key.
    #[error("the state at {location} needs a key for secrets: {what}")]
    NoKey {
        /// Where.
        location: String,
        /// For which secret.
        what: String,
    },
    /// The key does not open the secrets.
    #[error("the secrets in the state at {location} do not open: {what}")]
    WrongKey {
        /// Where.
        location: String,
        /// What was tried.
        what: String,
        /// What to do about it, in sentences.
        fix: String,
    },
    /// There is no new key for secrets to be had: the one that is named cannot be used.
    #[error("the key for the secrets in the state at {location} cannot be used: {what}")]
    UnusableKey {
        /// Where.
        location: String,
        /// What was tried.
        what: String,
        /// What to do about it, in sentences.
        fix: String,
    },
    /// The place cannot be reached, or refuses.
    #[error("the state at {location} cannot be {doing}: {what}")]
    Io {
        /// Where.
        location: String,
        /// `read`, `written`, `locked` or `unlocked`.
        doing: &'static str,
        /// The system's or the service's answer.
        what: String,
        /// What to do about it, in sentences.
        fix: String,
    },
    /// The place is not one that this program understands.
    #[error("{location} is no place for a state: {what}")]
    BadLocation {
        /// What was given.
        location: String,
        /// What is wrong with it.
        what: String,
    },
}

impl StateError {
    /// The message if the lock could not be given up: what was done with it is done.
    pub fn not_given_up(&self) -> Diagnostic {
        let Diagnostic { detail, fix, .. } = self.diagnostic();
        Diagnostic::warning("The lock on the state was not given up").detail(detail).fix(format!(
            "{fix} If the next run finds the state locked and no other run is active, release the lock with `state unlock`."
        ))
    }

    /// The message for a person.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Locked { location, by, release } => Diagnostic::error("The state is locked")
                .detail(format!("{by} has the lock on {location}."))
                .fix(release),
            Self::Damaged { location, what, recovery } => {
                Diagnostic::error("The state is damaged").detail(format!("{location}: {what}.")).fix(recovery)
            }
            Self::Newer { location, format, newest } => Diagnostic::error("The state was written by a newer version")
                .detail(format!("{location} has format {format}; this program reads formats up to {newest}."))
                .fix("Build the program with the version of rosa-ecr that wrote the state, or a later one."),
            Self::Foreign { location, what } => Diagnostic::error("The state is not this stack's")
                .detail(format!("{location}: {what}."))
                .fix("Check --state, and the name of the stack in the program."),
            Self::Lost { location, what } => Diagnostic::error("The lock on the state was lost")
                .detail(format!("{location}: {what}. What was done since the last save is not in the state."))
                .fix(
                    "Check which other run works on the stack. Then run again: what was begun is found and completed.",
                ),
            Self::NoKey { location, what } => Diagnostic::error("There is no key for secrets")
                .detail(format!("{location}: {what}, and secrets are not written or read without a key."))
                .fix(
                    "Set ROSA_ECR_PASSPHRASE to a passphrase, or ROSA_ECR_SECRETS_KEY to a key in AWS KMS such as \
                     kms://alias/rosa-ecr, and keep it: without it, the secrets are lost.",
                ),
            Self::WrongKey { location, what, fix } => {
                Diagnostic::error("The secrets do not open").detail(format!("{location}: {what}.")).fix(fix)
            }
            Self::UnusableKey { location, what, fix } => {
                Diagnostic::error("The key for secrets cannot be used").detail(format!("{location}: {what}.")).fix(fix)
            }
            Self::Io { location, doing, what, fix } => Diagnostic::error(format!("The state cannot be {doing}"))
                .detail(format!("{location}: {what}."))
                .fix(fix),
            Self::BadLocation { location, what } => Diagnostic::error("This is no place for a state")
                .detail(format!("{location}: {what}."))
                .fix("Give --state a path, or s3://bucket/key."),
        }
    }
}

impl From<StateError> for Diagnostic {
    fn from(error: StateError) -> Self {
        error.diagnostic()
    }
}
