use rosa_ecr_derive::Inputs;

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// A text for a number.
    #[attr(default = "30")]
    pub keep: i64,
    /// Never null.
    #[attr(default = true)]
    pub scan: Option<bool>,
    /// Not one of them.
    #[attr(default = "mutable", one_of("MUTABLE", "IMMUTABLE"))]
    pub mutability: String,
    /// Out of its range.
    #[attr(default = 0, range(1..=30))]
    pub days: i64,
    /// Nothing is in it.
    #[attr(range(30..=1))]
    pub weeks: i64,
    /// The end is part of a range.
    #[attr(range(1..30))]
    pub months: i64,
    /// Two of them.
    #[attr(default = "a", default_with = name)]
    pub name: String,
    /// No literal.
    #[attr(default = name())]
    pub path: String,
}

fn main() {}
