use rosa_ecr_derive::Inputs;

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// Its cluster.
    pub cluster_name: String,
    /// Its kind.
    pub r#type: String,
    /// Where it is.
    pub region: Option<String>,
}

fn main() {
    let _ = Registry::builder().cluster_name("dev").region("us-east-1").build();
    let _ = Registry::builder().build();
}
