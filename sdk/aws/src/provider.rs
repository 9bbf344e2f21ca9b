//! The provider: its block, and the context that every operation gets from it.
//!
//! The block has the names and shapes of the AWS provider's, so that one can be copied over (hashicorp/aws, "Provider
//! Configuration"). Where it is silent, the AWS SDK's default chain decides: environment, profiles, SSO, web identity,
//! container, instance. As in the AWS provider, an empty string stands for an argument that is not set.

mod aws;
mod block;
pub mod blocks;
mod checks;
mod configure;
mod credentials;
mod definition;
mod environment;
mod http;
mod limits;
#[cfg(test)]
mod test_server;
mod whole;

pub use aws::{Aws, Identity};
pub use block::RosaProvider;

/// The text, if there is one.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}
