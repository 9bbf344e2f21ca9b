//! The schema: which attributes a resource has, as data that every host reads.

use std::borrow::Cow;

use crate::schema::check::Check;
use crate::value::tree::Value;
use crate::value::types::Type;

/// The schema of a resource, or of a provider's configuration.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Counts up when states of the previous shape need an upgrade.
    pub version: i64,
    /// The attributes and blocks.
    pub block: Block,
}

/// Attributes and blocks at one level.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Markdown for the user docs.
    pub description: String,
    /// In the order of the definition.
    pub attributes: Vec<Attribute>,
    /// In the order of the definition.
    pub blocks: Vec<NestedBlock>,
}

/// A block in a block, such as `timeouts { … }`.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Its name; owned where the schema was read from another program.
    pub name: Cow<'static, str>,
    /// How often it may stand.
    pub nesting: Nesting,
    /// What may stand in it.
    pub block: Block,
}

/// How nested objects are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once; null where it does not stand.
    Single,
    /// Any number, in order.
    List,
    /// Any number, without order.
    Set,
    /// Any number, each under a key.
    Map,
    /// Always there, and never null: one that does not stand is one with nothing set.
    Group,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name; owned where the schema was read from another program.
    pub name: Cow<'static, str>,
    /// The type of its value.
    pub shape: Shape,
    /// Who sets it.
    pub presence: Presence,
    /// Markdown for the user docs.
    pub description: String,
    /// What an absent value means, where that is a value.
    pub default: Option<Value>,
    /// Whether a change makes a new object.
    pub forces_replacement: bool,
    /// Whether hosts hide its value.
    pub sensitive: bool,
    /// Whether its value is in configurations only, and null in plans and states.
    pub write_only: bool,
    /// What the value must satisfy.
    pub checks: Vec<Check>,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The user may, else the resource does.
    OptionalComputed,
    /// The resource does.
    Computed,
}

/// The type of an attribute.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A plain type.
    Type(Type),
    /// Objects with attributes of their own.
    Nested {
        /// How the objects are held.
        nesting: Nesting,
        /// Their attributes.
        attributes: Vec<Attribute>,
    },
}

impl Attribute {
    /// An attribute with nothing special about it.
    pub fn new(name: impl Into<Cow<'static, str>>, shape: Shape, presence: Presence) -> Self {
        Self {
            name: name.into(),
            shape,
            presence,
            description: String::new(),
            default: None,
            forces_replacement: false,
            sensitive: false,
            write_only: false,
            checks: Vec::new(),
        }
    }

    /// Whether the user may set it.
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the resource may set it where the user does not.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Type(ty) => ty.clone(),
            Shape::Nested { nesting, attributes } => nesting.of(object(attributes, &[])),
        }
    }
}

impl Nesting {
    /// The type of objects of type `object` held this way.
    pub fn of(self, object: Type) -> Type {
        match self {
            Self::Single | Self::Group => object,
            Self::List => Type::list(object),
            Self::Set => Type::set(object),
            Self::Map => Type::map(object),
        }
    }
}

impl Block {
    /// The object type of a value of this block.
    pub fn ty(&self) -> Type {
        object(&self.attributes, &self.blocks)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The names of the attributes and blocks.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| &*attribute.name).chain(self.blocks.iter().map(|nested| &*nested.name))
    }

    /// This block with the attributes and blocks of `other` behind its own: inputs and outputs make one object.
    ///
    /// # Panics
    /// If both have an attribute of one name: a mistake in a definition, which the first test of it shows.
    #[must_use]
    pub fn merge(mut self, other: Block) -> Self {
        for attribute in &other.attributes {
            assert!(
                self.attribute(&attribute.name).is_none(),
                "the attribute {} is an input and an output: make the input `computed` instead",
                attribute.name
            );
        }
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
        self
    }
}

fn object(attributes: &[Attribute], blocks: &[NestedBlock]) -> Type {
    let attributes = attributes.iter().map(|attribute| (attribute.name.as_ref(), attribute.ty()));
    Type::object(attributes.chain(blocks.iter().map(|block| (block.name.as_ref(), block.nesting.of(block.block.ty())))))
}
