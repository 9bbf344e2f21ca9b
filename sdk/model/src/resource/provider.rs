//! A provider: a list of kinds and the context that their operations get.

use std::future::Future;
use std::sync::Arc;

use crate::diagnostic::decode_error::DecodeError;
use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::expression::attributes::Attributes;
use crate::plan::propose as plan;
use crate::resource::action::ActionKind;
use crate::resource::data_source::DataKind;
use crate::resource::ephemeral::EphemeralKind;
use crate::resource::function::Function;
use crate::resource::guard;
use crate::resource::kind::Kind;
use crate::resource::list::ListKind;
use crate::schema::block::Block;
use crate::schema::validate::validate;
use crate::value::path::{Path, Step};
use crate::value::tree::Value;

/// What a host serves or uses: kinds of resources, and how to get from a provider block to their context.
///
/// It is implemented by the struct of the provider block's arguments.
pub trait Provider: Attributes {
    /// The local name, such as `rosa`: the first word of every type name.
    const NAME: &'static str;

    /// The version of the provider, such as `1.2.3`.
    const VERSION: &'static str;

    /// What every operation of a resource gets.
    type Context: Send + Sync + 'static;

    /// The resources.
    fn kinds() -> Vec<Arc<dyn Kind<Self::Context>>>;

    /// The data sources.
    fn data_sources() -> Vec<Arc<dyn DataKind<Self::Context>>> {
        Vec::new()
    }

    /// The ephemeral resources.
    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Self::Context>>> {
        Vec::new()
    }

    /// The resources that can be listed; each is one of [`kinds`](Self::kinds).
    fn list_resources() -> Vec<Arc<dyn ListKind<Self::Context>>> {
        Vec::new()
    }

    /// The actions.
    fn actions() -> Vec<Arc<dyn ActionKind<Self::Context>>> {
        Vec::new()
    }

    /// The functions.
    fn functions() -> Vec<Function> {
        Vec::new()
    }

    /// Rules that need more than one argument. Rules for one argument belong to the argument.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Makes the context, with as little I/O as possible: a host configures before it knows whether anything is to do.
    fn configure(self) -> impl Future<Output = Result<Self::Context, Diagnostics>> + Send;

    /// Arguments and blocks that may be unknown while objects are read and changes are planned. Nothing is changed before they
    /// are known.
    const OPEN: &'static [&'static str] = &[];

    /// Makes the context for reads and plans while something in [`OPEN`](Self::OPEN) is unknown: `self` has nothing there, and
    /// `open` says where it is unknown.
    fn configure_open(self, open: &[Path]) -> impl Future<Output = Result<Self::Context, Diagnostics>> + Send {
        let _ = open;
        self.configure()
    }
}

/// A context that says which provider makes it, so that a program can declare resources without naming their provider.
pub trait Provided: Send + Sync + Sized + 'static {
    /// The provider. With an empty block it serves a program that does not configure it.
    type Provider: Provider<Context = Self>;
}

/// What a provider block comes to.
#[derive(Debug)]
pub enum Configured<C> {
    /// At most these arguments are unknown before apply, and reads and plans do without.
    Open(C, Vec<Path>),
    /// These arguments are unknown before apply.
    Unknown(Vec<Path>),
}

/// The provider block's schema. A panic says whose it was, as those of the others here.
pub fn provider_block<P: Provider>() -> Block {
    guard::named(P::NAME, "block", P::block)
}

/// Everything that is wrong with a provider block of that schema in full shape, as far as it is known.
pub fn validate_provider<P: Provider>(block: &Block, config: &Value) -> Diagnostics {
    let mut report = validate(block, config);
    guard::named(P::NAME, "validate", || {
        // The provider's own rules speak of what will be: defaults are in.
        match P::partial(&plan::propose(block, &Value::Null, config)) {
            Ok(inputs) => P::validate(&inputs, &mut report),
            Err(error) if !report.has_errors() => report.push(misfit::<P>(&error)),
            Err(_) => {}
        }
    });
    report
}

/// Makes the context from a provider block of that schema in full shape, as far as it is known.
///
/// # Errors
/// Those of the provider, and where the block does not fit its arguments.
pub async fn configure_provider<P: Provider>(
    block: &Block,
    config: &Value,
) -> Result<Configured<P::Context>, Diagnostics> {
    let unknown = unknown_in(config);
    if !are_open(&unknown, P::OPEN) {
        return Ok(Configured::Unknown(unknown));
    }
    let known = without_unknown(&plan::propose(block, &Value::Null, config));
    let inputs = guard::named(P::NAME, "decode", || P::decode(&known)).map_err(|error| misfit::<P>(&error))?;
    let context = if unknown.is_empty() {
        guard::named_in(P::NAME, "configure", async { inputs.configure().await }).await?
    } else {
        guard::named_in(P::NAME, "configure_open", async { inputs.configure_open(&unknown).await }).await?
    };
    Ok(Configured::Open(context, unknown))
}

fn misfit<P: Provider>(error: &DecodeError) -> Diagnostic {
    error.misfit("configuration", &format!("provider \"{}\"", P::NAME))
}

/// The value with null where it is unknown. Of a list or set, all has to be known.
fn without_unknown(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) | Value::Set(elements) if elements.contains(&Value::Unknown) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(without_unknown).collect()),
        Value::Set(elements) => Value::set(elements.iter().map(without_unknown)),
        Value::Map(entries) => Value::map(entries.iter().map(|(key, value)| (key, without_unknown(value)))),
        known => known.clone(),
    }
}

/// Whether all of these are in arguments or blocks of those names, as [`Provider::OPEN`] has them.
pub fn are_open(unknown: &[Path], open: &[&str]) -> bool {
    let is_open =
        |path: &Path| matches!(path.steps().first(), Some(Step::Attribute(name)) if open.contains(&name.as_str()));
    unknown.iter().all(is_open)
}

/// Where the value is unknown.
pub fn unknown_in(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    search(value, Path::root(), &mut found);
    found
}

fn search(value: &Value, path: Path, found: &mut Vec<Path>) {
    match value {
        Value::Unknown => found.push(path),
        Value::Map(entries) => {
            for (name, value) in entries {
                // An entry of a map reads like an attribute here, which is how HCL lets one write it too.
                search(value, path.clone().attribute(name), found);
            }
        }
        Value::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                search(element, path.clone().index(index), found);
            }
        }
        Value::Set(elements) => {
            for element in elements {
                search(element, path.clone().element(Value::Unknown), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
