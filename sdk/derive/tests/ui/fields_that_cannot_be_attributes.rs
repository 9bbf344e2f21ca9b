use std::collections::HashMap;

use rosa_ecr_derive::{Inputs, Object, Outputs};

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// No type of the model.
    pub keep: u32,
    /// In no order.
    pub tags: HashMap<String, String>,
    /// Null of null.
    pub region: Option<Option<String>>,
    pub undocumented: String,
    /// Terraform has it.
    pub count: i64,
    /// The builder has it.
    pub build: String,
}

/// What there is.
#[derive(Clone, Debug, Outputs)]
pub struct Facts {
    /// Nobody sets it.
    #[attr(replace, default = "none")]
    pub url: String,
    /// Programs have it.
    pub inputs: String,
}

/// A filter.
#[derive(Clone, Debug, Object)]
pub struct Filter {
    /// The field that holds it decides.
    #[attr(replace)]
    pub pattern: String,
}

fn main() {}
