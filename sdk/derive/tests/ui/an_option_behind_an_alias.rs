use rosa_ecr_derive::Inputs;

type Region = Option<String>;

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// Where it is.
    pub region: Region,
}

fn main() {}
