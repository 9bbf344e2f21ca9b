use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Address, DeclaredOutputs as _};

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// Its name.
    pub name: String,
    /// How many images stay.
    pub keep: Option<i64>,
    /// Its subnets.
    #[attr(default = [])]
    pub subnet_ids: BTreeSet<String>,
    /// What it leaves out.
    #[attr(nested, default = [])]
    pub filters: Vec<Filter>,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct Filter {
    /// What it matches.
    pub pattern: String,
}

/// What there is.
#[derive(Clone, Debug, Outputs)]
pub struct Facts {
    /// How many images.
    pub images: i64,
    /// How many layers.
    pub layers: i64,
    /// The ports.
    pub ports: Vec<i64>,
}

fn main() {
    let facts = Facts::handles(&Address { stack: 1, name: "other".into() }, ());
    let _ = Registry::builder().name(facts.images);
    let _ = Registry::builder().keep(facts.ports);
    let _ = Registry::builder().subnet_ids([facts.layers]);
    let _ = Registry::builder().filters(["*"]);
}
