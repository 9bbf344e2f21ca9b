//! Imports: an existing object becomes the one of a declared resource.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Kind, Value};
use rosa_ecr_state::{Pending, PendingOperation};

use crate::error::Result;
use crate::names;
use crate::plan::objects::{Object, Wanted};
use crate::plan::replacing;
use crate::provider_instance::AnyContext;
use crate::run::context::RunContext;
use crate::run::returned::Returned;

/// What an import looks for.
pub(crate) enum ImportTarget {
    Id(String),
    Identity(BTreeMap<String, String>),
}

impl fmt::Display for ImportTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id:?}"),
            Self::Identity(identity) => {
                let parts: Vec<String> = identity.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
                write!(f, "with {}", parts.join(", "))
            }
        }
    }
}

/// Takes an object into the state.
pub(crate) async fn import(context: &RunContext<'_>, name: &str, target: &ImportTarget) -> Result<()> {
    let Some(declaration) = context.declaration(name) else {
        let error = Diagnostic::error(format!("There is no resource \"{name}\" in the program"));
        let names = context.stack.resources.keys().map(String::as_str);
        let otherwise = "Declare it first: an import needs to know what the object is.";
        return Err(names::with_suggestion(error, name, names, otherwise).into());
    };
    let document = context.document();
    let old = document.resources.get(name);
    let in_the_state = || {
        Diagnostic::error(format!("\"{name}\" is in the state already"))
            .fix("Forget the object that it has first, if it is another one.")
    };
    // Beside the old object there may be the one that was to take its place.
    let is_replaced = |pending: &Pending| pending.resource == name && pending.operation == PendingOperation::Replace;
    if old.is_some() && !document.pending.iter().any(is_replaced) {
        return Err(in_the_state().into());
    }
    let kind: Arc<dyn Kind<AnyContext>> = context.providers.kind(&declaration.provider, &declaration.type_name)?;
    let call = context.providers.known_call(&declaration.provider).await?;
    let arguments = context.arguments(&kind.schema().block, declaration)?;
    let imported = match target {
        ImportTarget::Id(id) => kind.import(&call, id).await,
        ImportTarget::Identity(identity) => {
            let identity = identity.iter().map(|(name, value)| (name, value.as_str().into()));
            kind.import_by_identity(&call, &Value::map(identity)).await
        }
    };
    let existing = context.accept(Returned {
        provider: &declaration.provider,
        kind: &kind,
        value: imported.state,
        private: imported.private,
        tainted: false,
        expected: &arguments,
    });
    // The messages may quote a secret that was just read.
    for warning in imported.diagnostics.into_result()? {
        context.events.report(Some(name), &warning);
    }
    let imported = existing.state.value();
    if imported.is_null() {
        return Err(Diagnostic::error(format!("There is no {} {target}", declaration.type_name))
            .detail("Nothing of the kind was found.")
            .fix("Check the id or identity, and the account and region of the provider.")
            .into());
    }
    let object = Object::of(&kind, imported);
    let wanted = Wanted { kind: &kind, provider: &declaration.provider, name, object };
    if let Some(old) = old
        && replacing::is_one(kind.descriptor(), context.providers.existing(old)?.state.value(), imported)
            .unwrap_or(true)
    {
        return Err(in_the_state().into());
    }
    if let Some(error) = wanted.no_import(&document, imported) {
        return Err(error.into());
    }
    let state = context.resource_state(name, &kind, &existing);
    context.values.set_resolved(name, &existing.state);
    context.documents.update(|document| {
        document.deposed.extend(document.resources.insert(name.to_owned(), state));
        // An import decides what became of an interrupted create.
        document.pending.retain(|pending| pending.resource != name);
    });
    Ok(())
}
