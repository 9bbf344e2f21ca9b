//! End-to-end tests: a real Terraform or OpenTofu, the real provider binary, an AWS emulator as strict as AWS.
//!
//! The tests are in `tests/tests/`; this library is what they are written with. A test says what it wants on one
//! engine, and runs on every engine that the machine has:
//!
//! ```no_run
//! use rosa_ecr_tests::{Emulator, Fault, Workdir, on_each_engine};
//! use serde_json::json;
//!
//! # fn main() {
//! on_each_engine(|engine| {
//!     let emulator = Emulator::start();
//!     let network = emulator.aws().network("10.0.0.0/16", 2);
//!     let work = Workdir::new(engine, &emulator);
//!     work.example("quickstart").vars(json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets }));
//!     work.init();
//!
//!     emulator.fault(Fault::throttle("CreateVpcEndpoint").times(2));
//!     work.apply().says("Apply complete");
//!     work.assert_empty_plan();
//!     assert_eq!(emulator.aws().ecr("DescribeRepositories", json!({}))["repositories"][0]["repositoryName"], "dev/custom");
//!     work.destroy();
//! });
//! # }
//! ```
//!
//! # The parts
//!
//! * [`Emulator`]: one AWS for one test. It starts empty, records every call that is not the test's own, and takes
//!   orders: [`Fault`]s, a stop at the n-th write, other settings. Its rules are in `tests/emulator/`.
//! * [`Aws`]: the test's own client, to arrange what must be there and to look at what came of it. The emulator neither
//!   records nor disturbs it, and it sees everything at once.
//! * [`Engine`]: `terraform` and `tofu` on `PATH`, and Terraform 1.15 from the package in `.venv`. The environment
//!   variable `ROSA_ECR_ENGINES` keeps those whose name contains its value.
//! * [`Workdir`]: a configuration in a directory of its own, with an environment of its own: no credentials, plugins or
//!   settings of the person who runs the tests, and a provider mirror, so that `init` is exercised too.
//! * [`Output`]: how a command ended. Whatever fails panics with the command line, the directory (which is then kept),
//!   both streams in full, and what the emulator was asked.
//!
//! # Killing a provider at a chosen point
//!
//! ```no_run
//! # use rosa_ecr_tests::{Emulator, Engine, Workdir};
//! # fn interrupted(emulator: &Emulator, work: &Workdir) {
//! emulator.stop_after_write(2); // two writes are applied, and the answer to the second is held
//! let apply = work.spawn(&["apply", "-auto-approve"]);
//! emulator.wait_for_stop();
//! apply.kill_provider();
//! apply.wait().failure();
//! emulator.release();
//! work.apply(); // must converge
//! # }
//! ```
//!
//! # What must be there
//!
//! `.venv`, which `tests/venv.sh` makes, and the provider, which `make build` makes
//! (`ROSA_ECR_PROVIDER` names another one). `make test` does both. Without them the tests fail and say so.

mod arrange;
mod aws;
mod calls;
mod emulator;
mod engine;
mod fault;
mod inventory;
mod process;
mod program;
mod provider;
mod python;
mod s3;
mod workdir;
mod xml;

pub use arrange::Network;
pub use aws::{Aws, AwsError};
pub use calls::Call;
pub use emulator::{Emulator, REGION};
pub use engine::{Engine, Feature, Product, Version, on_each_engine};
pub use fault::Fault;
pub use process::{Output, Running};
pub use program::{Program, example_binary};
pub use provider::{aws_provider, provider_binary};
pub use python::run_python;
pub use workdir::{HEAD, Workdir};
pub use xml::items;
