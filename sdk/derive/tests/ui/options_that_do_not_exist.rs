use rosa_ecr_derive::Inputs;

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// As other frameworks say it.
    #[attr(required, force_new, validate(name))]
    pub name: String,
    /// A slip of the pen.
    #[attr(sensitiv)]
    pub token: String,
    /// Nothing like it.
    #[attr(colour)]
    pub shade: String,
    /// Twice.
    #[attr(replace, replace)]
    pub region: String,
    /// No argument.
    #[attr(one_of)]
    pub platform: String,
    /// One too many.
    #[attr(replace = true)]
    pub zone: String,
}

fn main() {}
