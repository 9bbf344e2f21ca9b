//! A host for provider binaries: any Terraform provider's resources and data sources, over gRPC.
//!
//! ```text
//! Binary      which file, which environment            (binary, installed)
//! Client      the process: started, trusted, watched, logged, stopped; in `rosa-ecr-goplugin`
//! Plugin      its schema read, its service called      (plugin, start_error, unanswered, rpc: protocol 5 or 6)
//! Connection  configured: the context of every call    (connection)
//! Kind        its resources, as the model knows them   (remote, kind, arguments, proposed, conformance, kept, raw, import,
//!                                                       probe, agreement)
//! DataKind    its data sources, likewise               (remote, data)
//! Dynamic     both, declared in a stack                (hosted, declared)
//! ```
//!
//! The provider is the other half of what `rosa-ecr-provider` serves: HashiCorp's go-plugin starts it, plugin protocol 5
//! or 6 talks to it. Its resources are [`Kind`](rosa_ecr_model::Kind)s like any other, so an engine cannot tell them from
//! those in its own process; data sources are [`DataKind`](rosa_ecr_model::DataKind)s likewise. What Terraform checks of
//! a provider is checked here: a plan that contradicts the configuration, a result that contradicts the plan, an unknown
//! value in a state, data that is not there.
//!
//! What it guarantees:
//!
//! * A provider that does not start, says something else, or ends in the middle of a call is an error that names the
//!   binary, how it ended, and what it wrote to stderr last. An operation that may have been done nevertheless says so, and
//!   what an interrupted create has left is looked for. The next operation has a new process.
//! * The process does not outlive the [`Plugin`]: it is asked to exit, and killed if it does not. Ctrl-C does not reach
//!   it, because the host decides when to stop.
//! * Cancelling a call asks the provider to stop and still takes its answer, which is the state of something real.
//!
//! # Example
//!
//! In a stack, beside resources of this process:
//!
//! ```no_run
//! use rosa_ecr_model::Output;
//! use rosa_ecr_plugin::{Binary, Dynamic};
//! use rosa_ecr_engine::{Declare as _, Stack};
//! use serde_json::json;
//!
//! # fn example() -> rosa_ecr_engine::Result<()> {
//! let mut stack = Stack::new("dev");
//! Binary::find("hashicorp/aws", ">=3, <7")?.provide(&mut stack, "aws", json!({ "region": "us-east-1" }));
//! let repository = Dynamic::new("aws_ecr_repository")
//!     .arg("name", "tools")
//!     .arg("image_scanning_configuration", json!({ "scan_on_push": true }))
//!     .declare(&mut stack, "tools")?;
//! let arn: Output<String> = repository.output("arn");
//! stack.export("arn", arn);
//! # Ok(())
//! # }
//! ```
//!
//! Without a stack, [`Plugin`] gives the same resources one call at a time:
//!
//! ```no_run
//! use rosa_ecr_model::Value;
//! use rosa_ecr_plugin::Binary;
//!
//! # async fn example() -> Result<(), rosa_ecr_model::Diagnostics> {
//! let plugin = Binary::find("hashicorp/aws", ">=3, <7")?.start().await?;
//! let (connection, _warnings) = plugin.configure(&Value::map([("region", "us-east-1".into())])).await?;
//! let repository = plugin.kind("aws_ecr_repository")?;
//! # drop((connection, repository));
//! plugin.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod agreement;
mod arguments;
mod binary;
mod conformance;
mod connection;
mod data;
mod declared;
mod hosted;
mod import;
mod installed;
mod kept;
mod kind;
mod plugin;
mod probe;
mod proposed;
mod raw;
mod remote;
mod rpc;
mod running;
mod start_error;
mod unanswered;

pub use binary::Binary;
pub use connection::Connection;
pub use declared::{Argument, Dynamic, DynamicHandles};
pub use plugin::Plugin;
pub use running::Running;
