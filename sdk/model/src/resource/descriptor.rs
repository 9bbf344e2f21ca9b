//! What is known of a data source, an ephemeral or a list resource, or an action without running its code.

use std::collections::BTreeSet;

use crate::resource::guard;
use crate::resource::guard::Described;
use crate::resource::page::Page;
use crate::schema::block::{Block, Schema};

/// Everything about one type that is known without running its code. Resources have a
/// [descriptor of their own](crate::ResourceDescriptor).
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The type name.
    pub type_name: String,
    /// Its attributes, with their documentation.
    pub schema: Schema,
    /// What the credentials must be allowed to do, as far as the kind can say.
    pub permissions: BTreeSet<&'static str>,
    /// What the documentation says of it besides.
    pub page: Page,
}

impl Descriptor {
    /// The descriptor of a Rust type, from what its author writes.
    pub(crate) fn of(type_name: &str, block: fn() -> Block, permissions: fn() -> BTreeSet<&'static str>) -> Self {
        Self {
            type_name: type_name.to_owned(),
            schema: Schema { version: 0, block: guard::named(type_name, "block", block) },
            permissions: guard::named(type_name, "permissions", permissions),
            page: Page::NONE,
        }
    }

    /// The same with that page.
    pub(crate) fn on(self, page: Page) -> Self {
        Self { page, ..self }
    }
}

impl Described for Descriptor {
    fn type_name(&self) -> &str {
        &self.type_name
    }
}
