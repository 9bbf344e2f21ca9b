//! The private container registry of a ROSA cluster (Red Hat OpenShift on AWS), declared in Rust.
//!
//! A program declares what there shall be. It is a command line, too: `preview` says what would change, `up` makes it so,
//! `destroy` takes it away.
//!
//! ```no_run
//! use rosa_ecr::prelude::*;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     let registry = RosaEcr::builder()
//!         .cluster_name("dev")
//!         .vpc_id("vpc-1")
//!         .private_subnet_ids(["subnet-1", "subnet-2"])
//!         .build()
//!         .declare(stack, "registry")?;
//!     stack.export("repository_url", registry.repository_url);
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     rosa_ecr::cli::run("dev", infra).await
//! }
//! ```
//!
//! The resources are those of the Terraform provider `rosa-ecr/rosa`, from the same definitions. Credentials and region
//! come from where the AWS CLI takes them, or from [`Stack::provider`].
//!
//! # Outputs are expressions
//!
//! What a declared resource says of itself is an [`Output`]: not a value, and nothing to wait for, but where the value
//! comes from. Arguments take outputs as they take values. In a preview of something new they are unknown, and closures
//! over them do not run.
//!
//! ```
//! use rosa_ecr::prelude::*;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     let registry = RosaEcr::builder().cluster_name("dev").create_vpc_endpoints(false).build()
//!         .declare(stack, "registry")?;
//!     let image = interpolate!("{}:latest", registry.repository_url);
//!     let length = image.clone().map(|image| image.len() as i64);
//!     stack.export("image", image);
//!     stack.export("length", length);
//!     Ok(())
//! }
//! # infra(&mut Stack::new("dev")).expect("it can be declared");
//! ```
//!
//! # Options
//!
//! [`declare_with`](Declare::declare_with) says more: [`Options::protect`] refuses plans that would delete the resource,
//! [`retain`](Options::retain) leaves the object, [`aliases`](Options::aliases) renames,
//! [`depends_on`](Options::depends_on) orders, [`parent`](Options::parent) makes it part of a component.
//!
//! # Components
//!
//! [`RosaEcr`] is a whole registry as one resource. [`declare_parts`](DeclareParts::declare_parts) declares the same registry
//! as a component: each part is a resource of its own, which a preview shows and others can refer to.
//!
//! ```
//! use rosa_ecr::prelude::*;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     let registry = RosaEcr::builder()
//!         .cluster_name("dev")
//!         .vpc_id("vpc-1")
//!         .private_subnet_ids(["subnet-1", "subnet-2"])
//!         .build()
//!         .declare_parts(stack, "registry")?;
//!     stack.export("repository_arn", registry.repository.arn);
//!     stack.export("api_endpoint_id", registry.api_endpoint.expect("it was asked for").id);
//!     Ok(())
//! }
//! # infra(&mut Stack::new("dev")).expect("it can be declared");
//! ```
//!
//! Components of your own group whatever resources there are; the names of the parts start with the component's:
//!
//! ```
//! use rosa_ecr::prelude::*;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     let tools = stack.component("tools")?;
//!     let url = stack.within(&tools, |stack| {
//!         let repository = Repository::builder().name("dev/tools").build().declare(stack, "repository")?;
//!         LifecyclePolicy::builder()
//!             .repository(repository.inputs.name)
//!             .untagged_days(7)
//!             .keep_count(50)
//!             .build()
//!             .declare(stack, "lifecycle")?;
//!         Ok(repository.repository_url)
//!     })?;
//!     let after = Options::new().depends_on(&tools);
//!     PullPolicyAttachment::builder().role_name("worker").build().declare_with(stack, "pull", after)?;
//!     stack.export("repository_url", url);
//!     Ok(())
//! }
//! # infra(&mut Stack::new("dev")).expect("it can be declared");
//! ```
//!
//! # What is there already
//!
//! A data source looks up what the stack does not manage: [`LookUp::look_up`] instead of `declare`, with the same kind of
//! outputs. It is read during the preview, unless it is not known yet what to read, or what it depends on is going to
//! change: then it is read during `up`, in its turn. Module [`data`] has them.
//!
//! ```
//! use rosa_ecr::prelude::*;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     let shared = RepositoryLookup::builder().name("team/shared").build().look_up(stack, "shared")?;
//!     LifecyclePolicy::builder()
//!         .repository(shared.inputs.name)
//!         .untagged_days(7)
//!         .keep_count(50)
//!         .build()
//!         .declare(stack, "lifecycle")?;
//!     stack.export("repository_url", shared.repository_url);
//!     Ok(())
//! }
//! # infra(&mut Stack::new("dev")).expect("it can be declared");
//! ```
//!
//! # From a program of your own
//!
//! The command line is one caller of the engine; [`Stack::preview`], [`up`](Stack::up), [`refresh`](Stack::refresh) and
//! [`destroy`](Stack::destroy) are the same, with typed results and errors, events and a way to stop:
//!
//! ```no_run
//! # use rosa_ecr::prelude::*;
//! # async fn automation() -> Result<()> {
//! let mut stack = Stack::new("dev").backend(rosa_ecr::state::LocalBackend::new("dev.state.json"));
//! # fn infra(_: &mut Stack) -> Result<()> { Ok(()) }
//! infra(&mut stack)?;
//! match stack.up().await {
//!     Ok(report) => println!("{}", report.outputs["repository_url"].value),
//!     Err(Error::Protected { resources, .. }) => println!("{resources:?} would be lost"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Resources of your own
//!
//! A struct with `#[derive(Inputs)]` that implements [`Resource`](model::Resource) is a resource, and a struct that
//! implements [`Provider`](model::Provider) makes its clients. Then `declare` takes it, and [`serve`] makes a provider for
//! Terraform of it: see `examples/rust/dynamic_provider.rs`.
//!
//! # Any provider over gRPC
//!
//! The binary of any Terraform provider can be hosted: module [`plugin`] finds it, starts it, and reads its schema. Its
//! resources are [`Dynamic`](plugin::Dynamic): declared by type name, with arguments as a person writes them. So are its data
//! sources, which are looked up. Their outputs feed typed resources, and the other way round.
//!
//! ```no_run
//! use rosa_ecr::plugin::{Binary, Dynamic};
//! use rosa_ecr::prelude::*;
//! use serde_json::json;
//!
//! fn infra(stack: &mut Stack) -> Result<()> {
//!     Binary::find("hashicorp/aws", ">= 3, < 7")?.provide(stack, "aws", json!({ "region": "us-east-1" }));
//!     let key = Dynamic::new("aws_kms_key")
//!         .arg("description", "Images of dev")
//!         .arg("enable_key_rotation", true)
//!         .declare(stack, "key")?;
//!     let vpc = Dynamic::new("aws_vpc").arg("tags", json!({ "Name": "dev" })).look_up(stack, "vpc")?;
//!     let registry = RosaEcr::builder()
//!         .cluster_name("dev")
//!         .vpc_id(vpc.output::<String>("id"))
//!         .private_subnet_ids(["subnet-1", "subnet-2"])
//!         .kms_key_arn(key.output::<String>("arn"))
//!         .build()
//!         .declare(stack, "registry")?;
//!     stack.export("repository_url", registry.repository_url);
//!     Ok(())
//! }
//! # infra(&mut Stack::new("dev")).expect("the provider is installed");
//! ```
//!
//! The program that is `examples/rust/any_provider.rs` has a repository of hashicorp/aws and its policies.

mod parts;

pub use parts::{DeclareParts, RosaEcrParts};
pub use rosa_ecr_aws as aws;
pub use rosa_ecr_aws::{RosaEcr, RosaEcrOutputs, RosaProvider};
pub use rosa_ecr_engine::{
    Action, Component, Declare, Error, Event, Found, Handles, Invoke, LookUp, Options, Outcome, Plan, ProviderHandle,
    Report, Result, Run, Stack, Stop,
};
pub use rosa_ecr_model as model;
pub use rosa_ecr_model::{Output, Progress, interpolate};
pub use rosa_ecr_plugin as plugin;
/// Serves a provider to Terraform and OpenTofu: the whole of a provider binary's `main`.
pub use rosa_ecr_provider::run as serve;

/// The guide's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/rust-sdk.md")]
struct Guide;

/// The state of a stack: where it is kept, and what seals its secrets.
pub mod state {
    pub use rosa_ecr_state::*;
    pub use rosa_ecr_state_aws::{Kms, S3Backend, environment_keys, place};
}

/// What can be looked up: the data sources of the provider `rosa-ecr/rosa`.
pub mod data {
    pub use rosa_ecr_aws::data_sources::*;
}

/// What can be done at once: the actions of the provider `rosa-ecr/rosa`.
///
/// ```no_run
/// use rosa_ecr::actions::ScanImages;
/// use rosa_ecr::{Invoke as _, Progress, RosaProvider};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let scan = ScanImages::builder().repository("dev/tools").limit(1).fail_on("HIGH").build();
/// let progress = Progress::new(|message| println!("{message}"));
/// scan.invoke(RosaProvider::builder().build(), &progress).await?;
/// # Ok(())
/// # }
/// ```
pub mod actions {
    pub use rosa_ecr_aws::actions::*;
}

/// What most programs use.
pub mod prelude {
    pub use rosa_ecr_aws::RosaProvider;
    pub use rosa_ecr_aws::data_sources::*;
    pub use rosa_ecr_aws::resources::*;
    pub use rosa_ecr_derive::{Inputs, Object, Outputs};
    pub use rosa_ecr_engine::{Declare, Error, Event, LookUp, Options, Result, Stack, Stop};
    pub use rosa_ecr_model::{Input, Output, Secret, interpolate};

    pub use crate::DeclareParts;
}

/// The command line of a program.
pub mod cli {
    use std::process::ExitCode;

    use rosa_ecr_aws::RosaProvider;
    use rosa_ecr_engine::{Result, Stack};

    /// Does what the arguments of the process say, for the stack of that name that `infra` declares: `preview`, `up`,
    /// `refresh`, `destroy` and others; `--help` tells.
    pub async fn run(name: &str, infra: impl FnOnce(&mut Stack) -> Result) -> ExitCode {
        let infra = |stack: &mut Stack| {
            // What an earlier version of the program declared can go, even where nothing is declared any more.
            stack.provides::<RosaProvider>();
            infra(stack)
        };
        rosa_ecr_cli::run(name, infra).await
    }
}
