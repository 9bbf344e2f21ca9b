//! What each account's registry has once in a region: its policy, and how it scans, replicates and signs images; and account
//! settings, each once by its name.
//!
//! None of them has tags or an owner, so all of them keep to the same rules, which are in `operations`:
//!
//! * A create never replaces what something else has put, unless `adopt_existing` is true.
//! * What an adoption replaces is kept in `replaced`. A destroy puts it back; without it, it puts what AWS has where nothing is set.
//!   `replaced` is an argument that the plan fills in, and no output: so a Rust program has it in what it noted before an interrupted
//!   create, and a person can say it where an engine has kept nothing.
//! * A destroy acts only on what this resource has put, which `digest` tells. A change acts only on what its plan has seen.

mod account_setting;
mod filters;
mod operations;
mod refusals;
mod registry_policy;
mod registry_scanning;
mod replication;
mod setting;
mod signing;

pub use account_setting::AccountSetting;
pub use registry_policy::RegistryPolicy;
pub use registry_scanning::{RegistryScanning, ScanningFilter, ScanningRule};
pub use replication::{Replication, ReplicationDestination, ReplicationFilter, ReplicationRule};
pub use setting::{RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery};
pub use signing::{Signing, SigningFilter, SigningRule};
