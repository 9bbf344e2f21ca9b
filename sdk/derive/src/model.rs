//! Where the model is, as the crate that uses a derive sees it.

use proc_macro_crate::{FoundCrate, crate_name};
use syn::{Path, parse_str};

/// The model's path: a dependency on the model itself wins over one on the facade that re-exports it.
///
/// # Errors
/// Where the crate depends on neither.
pub fn path() -> Result<Path, String> {
    let model = crate_name("rosa-ecr-model").map(|found| root(found, "rosa_ecr_model"));
    let facade = || crate_name("rosa-ecr").map(|found| format!("{}::model", root(found, "rosa_ecr")));
    let path = model.or_else(|_| facade()).map_err(|_| {
        "the derive needs the resource model: add `rosa-ecr` to the dependencies in Cargo.toml, or say where it is with \
         `#[model(crate = path)]`"
    })?;
    parse_str(&path).map_err(|error| format!("the path `{path}` of the model is no path: {error}"))
}

/// Also inside the package itself, whose examples and tests see its library from outside.
fn root(found: FoundCrate, own: &str) -> String {
    match found {
        FoundCrate::Itself => format!("::{own}"),
        FoundCrate::Name(name) => format!("::{name}"),
    }
}
