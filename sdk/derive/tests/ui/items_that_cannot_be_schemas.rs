use rosa_ecr_derive::{Inputs, Object};

/// A choice.
#[derive(Clone, Debug, Object)]
pub enum Mutability {
    /// Can be moved.
    Mutable,
    /// Cannot.
    Immutable,
}

/// Two of something.
#[derive(Clone, Debug, Object)]
pub struct Pair(String, String);

/// Nothing.
#[derive(Clone, Debug, Inputs)]
pub struct Nothing;

/// One of anything.
#[derive(Clone, Debug, Inputs)]
pub struct Holder<T> {
    /// It.
    pub held: T,
}

/// Options of a struct.
#[derive(Clone, Debug, Inputs)]
#[attr(replace)]
pub struct Registry {}

fn main() {}
