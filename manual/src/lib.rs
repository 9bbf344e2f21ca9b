//! The provider's pages, as registries render them, from its schemas and the tested examples.
//!
//! ```text
//! Provider (schemas, identities, permissions) --+
//!                                               +-> pages -> docs/index.md, docs/<kind of thing>/<name>.md
//! examples/ (configurations that tests apply) --+        -> a section of README.md
//! ```
//!
//! What a page says of an argument is the comment of its field, so it is written once. `make docs` runs the binary of
//! this crate; a test compares what is committed, so a page cannot be stale. Guides (`docs/guides`) are written by hand.
//!
//! The layout is that of "Provider Documentation" in HashiCorp's developer documentation, which the OpenTofu registry
//! shares: front matter, a file name without the provider's name, at most 500 kB a page.
//!
//! # Examples of a page
//!
//! * `examples/provider/provider.tf`, `examples/resources/<type>/resource.tf`, `examples/data-sources/<type>/data-source.tf`,
//!   `examples/ephemeral-resources/<type>/ephemeral-resource.tf`, `examples/functions/<name>/function.tf`,
//!   `examples/list-resources/<type>/list-resource.tfquery.hcl`, `examples/actions/<type>/action.tf`;
//! * without such a file, the blocks of that resource in `examples/terraform/*/main.tf`, each under the first comment of
//!   the file;
//! * `examples/resources/<type>/import.sh`, a `terraform import` command, of which an `import` block is made too,
//!   `import-by-identity.tf` and `moved.tf`.

mod examples;
mod files;
pub mod front_matter;
mod guides;
mod index;
mod page;
mod readme;
mod schema;

use std::collections::BTreeMap;
use std::path::PathBuf;

use rosa_ecr_model::Provider;

pub use examples::Examples;
pub use files::{Difference, differences, write};
pub use guides::Guides;
pub use readme::with_reference;

/// Text by path below the repository.
pub type Pages = BTreeMap<PathBuf, String>;

/// All pages of a provider, below `docs`.
pub fn pages<P: Provider>(examples: &Examples, guides: &Guides) -> Pages {
    let mut pages = Pages::from([(PathBuf::from("docs/index.md"), index::page::<P>(examples, guides))]);
    let mut add = |folder: &str, name: &str, text: String| {
        pages.insert(PathBuf::from(format!("docs/{folder}/{}.md", file_name::<P>(name))), text);
    };
    for kind in P::kinds() {
        add("resources", kind.type_name(), page::resource::<P>(kind.as_ref(), examples));
    }
    for kind in P::data_sources() {
        add("data-sources", kind.type_name(), page::plain::<P>(&page::DATA_SOURCE, kind.descriptor(), examples));
    }
    for kind in P::ephemeral_resources() {
        add("ephemeral-resources", kind.type_name(), page::plain::<P>(&page::EPHEMERAL, kind.descriptor(), examples));
    }
    for kind in P::list_resources() {
        add("list-resources", kind.type_name(), page::plain::<P>(&page::LIST, kind.descriptor(), examples));
    }
    for kind in P::actions() {
        add("actions", kind.type_name(), page::plain::<P>(&page::ACTION, kind.descriptor(), examples));
    }
    for function in P::functions() {
        add("functions", function.name, page::function::<P>(&function, examples));
    }
    pages
}

/// A type's file: its name without the provider's.
fn file_name<P: Provider>(name: &str) -> &str {
    name.strip_prefix(P::NAME).and_then(|name| name.strip_prefix('_')).unwrap_or(name)
}
