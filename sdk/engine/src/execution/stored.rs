//! States as they are kept, and as the engine works on them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rosa_ecr_model::{Attribute, Block, Diagnostic, Diagnostics, Kind, Path, Resolved, Shape, Step, Value, conform};
use rosa_ecr_state::{Contents, ResourceState, secret_places, secrets_in};

use super::redaction::Redaction;
use crate::host::AnyContext;

/// An object as the state has it.
#[derive(Clone, Default)]
pub(super) struct Existing {
    /// Null where there is none.
    pub value: Value,
    pub private: Vec<u8>,
    /// Whether it is to be replaced, because the create that made it failed halfway.
    pub tainted: bool,
    /// The attributes that are secret.
    pub secrets: BTreeSet<String>,
    /// Which provider configuration manages it, where the state says so.
    pub provider: String,
}

impl Existing {
    /// Whether there is an object that another provider configuration manages.
    pub(super) fn is_of_another(&self, provider: &str) -> bool {
        !self.value.is_null() && self.provider != provider
    }
}

/// The same object in the present shape of its kind; `None` where it is already.
///
/// # Errors
/// Where the state is not understood.
pub(super) async fn upgraded(
    stored: &ResourceState,
    kind: &Arc<dyn Kind<AnyContext>>,
) -> Result<Option<ResourceState>, Diagnostics> {
    let schema = kind.schema();
    // One of a newer version is an error where it is needed.
    let is_present = stored.schema_version == schema.version && !kind.upgrades_always();
    if is_present || stored.schema_version > schema.version {
        return Ok(None);
    }
    let value = kind.stored(stored.schema_version, &stored.state.json).await.map_err(|errors| {
        let named = |error: Diagnostic| Diagnostic { summary: format!("{}: {}", stored.name, error.summary), ..error };
        errors.into_iter().map(named).collect::<Diagnostics>()
    })?;
    let state = contents(&schema.block, &value, &top_level(&stored.state.secrets));
    Ok(Some(ResourceState { state, schema_version: schema.version, ..stored.clone() }))
}

/// Reads a stored object of the present schema version.
///
/// # Errors
/// Where it is of a newer version, or does not fit.
pub(super) fn read(stored: &ResourceState, kind: &Arc<dyn Kind<AnyContext>>) -> Result<Existing, Diagnostics> {
    let schema = kind.schema();
    if stored.schema_version > schema.version {
        return Err(Diagnostic::error(format!("The state of \"{}\" is of a newer version", stored.name))
            .detail(format!(
                "It has version {} of {}, and the provider knows versions up to {}.",
                stored.schema_version, stored.type_name, schema.version
            ))
            .fix("Use the version of the provider that wrote the state, or a later one.")
            .into());
    }
    let value = stored.state.value(&schema.block.ty()).map_err(|error| {
        Diagnostic::error(format!("The state of \"{}\" does not fit {}", stored.name, stored.type_name))
            .detail(error.to_string())
            .fix("Was it written by another version? If not, please report this as a bug.")
    })?;
    let value = conform(&schema.block, value);
    let secrets = secrets(&schema.block, &value, top_level(&stored.state.secrets), &Value::Null);
    let (private, provider) = (stored.private.clone(), stored.provider.clone());
    Ok(Existing { value, private, tainted: stored.tainted, secrets, provider })
}

/// The value as it is kept; these attributes are secret besides what the block calls sensitive.
pub(super) fn contents(block: &Block, value: &Value, secrets: &BTreeSet<String>) -> Contents {
    let mut contents = Contents::of(block, value);
    // What is in a secret is sealed with it.
    contents.secrets.retain(|place| first_token(place).is_none_or(|name| !secrets.contains(&name)));
    contents.secrets.extend(secrets.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))));
    contents
}

/// The secret attributes of an object: what is `said` to be secret, what the block calls sensitive, and what quotes one of
/// those, as a URL does that a provider makes of a password. Secrets of the configuration may be quoted, too, where no
/// state has them.
pub(super) fn secrets(
    block: &Block,
    value: &Value,
    said: impl IntoIterator<Item = String>,
    config: &Value,
) -> BTreeSet<String> {
    let mut secrets: BTreeSet<String> = said.into_iter().chain(sensitive(block, value)).collect();
    let quotable = Redaction::default();
    learn(&quotable, block, value, &secrets);
    learn(&quotable, block, config, &secrets);
    let quoting = block.names().filter(|name| quotable.is_quoted(value.get(name)));
    secrets.extend(quoting.map(str::to_owned));
    secrets
}

/// Learns the secrets in a value: what the block calls sensitive, and these attributes.
pub(super) fn learn(redaction: &Redaction, block: &Block, value: &Value, secrets: &BTreeSet<String>) {
    secrets_in(block, value).into_iter().for_each(|(_, secret)| redaction.learn(secret));
    // Of an attribute that is secret for something in it, the rest is hidden with it, but is no secret elsewhere.
    let in_parts: BTreeSet<&str> = hiding(block).collect();
    let whole = secrets.iter().filter(|name| !in_parts.contains(name.as_str()));
    whole.for_each(|name| redaction.learn(value.get(name)));
}

/// The attributes that have something in them which the block calls sensitive, or may have once they are known.
pub(super) fn sensitive(block: &Block, value: &Value) -> BTreeSet<String> {
    let open = hiding(block).filter(|name| !value.get(name).is_wholly_known()).map(str::to_owned);
    open.chain(top_level(&secret_places(block, value))).collect()
}

/// The attributes and blocks in which something is that the block calls sensitive.
fn hiding(block: &Block) -> impl Iterator<Item = &str> {
    let attributes = block.attributes.iter().filter(|attribute| may_hide(attribute)).map(|attribute| &*attribute.name);
    let blocks = block.blocks.iter().filter(|nested| block_may_hide(&nested.block)).map(|nested| &*nested.name);
    attributes.chain(blocks)
}

fn may_hide(attribute: &Attribute) -> bool {
    let nested = match &attribute.shape {
        Shape::Nested { attributes, .. } => attributes.as_slice(),
        Shape::Type(_) => &[],
    };
    attribute.sensitive || nested.iter().any(may_hide)
}

fn block_may_hide(block: &Block) -> bool {
    block.attributes.iter().any(may_hide) || block.blocks.iter().any(|nested| block_may_hide(&nested.block))
}

/// What others see of it.
pub(super) fn resolved(value: Value, secrets: &BTreeSet<String>) -> Arc<Resolved> {
    Arc::new(Resolved { value, secrets: secrets.iter().map(|name| Path::from(name.as_str())).collect() })
}

/// The attributes that arguments make secret.
pub(super) fn attributes(secrets: &BTreeSet<Path>) -> BTreeSet<String> {
    let names = secrets.iter().filter_map(|path| match path.steps().first() {
        Some(Step::Attribute(name) | Step::Key(name)) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// The attributes in which these places are.
pub(super) fn top_level(places: &BTreeSet<String>) -> BTreeSet<String> {
    places.iter().filter_map(|place| first_token(place)).collect()
}

fn first_token(place: &str) -> Option<String> {
    let token = place.strip_prefix('/')?.split('/').next()?;
    Some(token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosa_ecr_model::{NestedBlock, Nesting, Presence, Type};

    fn attribute(name: &'static str, shape: Shape, sensitive: bool) -> Attribute {
        Attribute { sensitive, ..Attribute::new(name, shape, Presence::Computed) }
    }

    #[test]
    fn what_is_not_known_yet_may_turn_out_to_be_secret() {
        let user = |name| {
            let attributes = vec![attribute("password", Shape::Type(Type::String), true)];
            attribute(name, Shape::Nested { nesting: Nesting::List, attributes }, false)
        };
        let inner = Block { attributes: vec![user("deep")], ..Block::default() };
        let block = Block {
            attributes: vec![user("users"), user("known"), attribute("name", Shape::Type(Type::String), false)],
            blocks: vec![NestedBlock { name: "block".into(), nesting: Nesting::List, block: inner }],
            ..Block::default()
        };
        let value = Value::map([
            ("users", Value::Unknown),
            ("known", Value::List(Vec::new())),
            ("name", Value::Unknown),
            ("block", Value::List(vec![Value::map([("deep", Value::Unknown)])])),
        ]);
        assert_eq!(sensitive(&block, &value), ["block".to_owned(), "users".to_owned()].into());
    }
}
