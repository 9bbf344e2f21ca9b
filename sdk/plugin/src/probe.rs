//! What an interrupted create has left.
//!
//! The protocol has no question for it, so the object is looked for as an import finds it: by the identity or the id, where
//! the plan knows it, and else by what often is the id. What is found is taken only where nothing speaks against it: it has
//! the key, whatever it says is what was planned, and the provider would still plan the create, which some refuse where
//! the object is somebody else's. If the object cannot be found this way, a warning says that there may be one.

use rosa_ecr_model::{Applied, Attribute, Block, Call, Diagnostic, Diagnostics, Presence, Shape, Type, Value};
use rosa_ecr_proto::tfplugin6::ResourceIdentityData;
use rosa_ecr_wire as wire;

use crate::agreement;
use crate::connection::Connection;
use crate::import::with;
use crate::remote::Remote;

/// Longer texts are documents.
const LONGEST_ID: usize = 200;

/// What an object may be known by.
struct Key {
    id: String,
    identity: Option<ResourceIdentityData>,
    /// In a sentence, behind the type name.
    description: String,
    /// The attributes that it comes from.
    attributes: Vec<String>,
    /// Whether there is no object where the provider finds none.
    is_certain: bool,
}

impl Remote {
    /// The object that a create of this plan has left. No state and no warning: there is none.
    pub(crate) async fn left_behind(&self, call: &Call<Connection>, planned: &Value) -> Applied {
        let mut sought = Vec::new();
        for key in self.keys(call, planned).await {
            let found = self.find_if_there(call, &key.id, key.identity, &key.description).await;
            sought.push(match found {
                Ok(Some(found)) => {
                    let differs = agreement::contradictions(&self.schema.block, planned, &found.state);
                    let has_key = key.attributes.iter().all(|name| found.state.get(name) == planned.get(name));
                    if !has_key {
                        format!("There is none {}.", key.description)
                    } else if !differs.is_empty() {
                        format!(
                            "There is one {}, which is not as it was planned: {}.",
                            key.description,
                            differs.join(", ")
                        )
                    } else if let Err(errors) = self.replan(call, planned, &found).await {
                        format!("There is one {}, but: {}.", key.description, summaries(&errors))
                    } else {
                        return self.taken(&key.description, found);
                    }
                }
                Ok(None) if key.is_certain => return Applied::default(),
                Ok(None) => format!("There is none {}.", key.description),
                Err(errors) => {
                    format!("One {} was not to be found: {}.", key.description, summaries(&errors))
                }
            });
        }
        if sought.is_empty() {
            sought.push("It has neither a name nor an id before it is made, by which it could be looked for.".into());
        }
        let title = format!("There may be a {} that is not in the state", self.type_name);
        let warning = Diagnostic::warning(title).detail(sought.join(" ")).outcome_unknown();
        Applied { diagnostics: warning.into(), ..Applied::default() }
    }

    /// Plans the create again, for the declaration that is to have what was found.
    async fn replan(&self, call: &Call<Connection>, planned: &Value, found: &Applied) -> Result<(), Diagnostics> {
        let call = call.clone().keeping(found.private.clone());
        self.plan_change(&call, &Value::Null, &self.as_configured(planned)).await.map(drop)
    }

    fn taken(&self, description: &str, found: Applied) -> Applied {
        let mut report: Diagnostics =
            Diagnostic::warning(format!("The {} {description} is taken into the state", self.type_name))
                .detail("It is as an interrupted create was to make it.")
                .fix("If it belongs to something else, forget it before anything else: `state forget`.")
                .into();
        report.extend(found.diagnostics);
        Applied { diagnostics: report, ..found }
    }

    async fn keys(&self, call: &Call<Connection>, planned: &Value) -> Vec<Key> {
        // Nearly every provider can be asked by id.
        let identity = self.identity_block(call).await.unwrap_or_default();
        let identity = identity.and_then(|block| identity_of(&block, &self.schema.block, planned));
        if let Some(identity) = identity {
            return vec![identity];
        }
        let mut names = id_attributes(&self.schema.block, &self.type_name);
        names.retain(|name| planned.get(name).as_str().is_some_and(is_id));
        // With the id there is nothing to guess. Of several texts, any could be a part of it.
        if names.first() == Some(&"id") {
            names.truncate(1);
        } else if let [one] = required_texts(&self.schema.block, planned)[..]
            && !names.contains(&one)
        {
            names.push(one);
        }
        let key = |name: &str| {
            let id = planned.get(name).as_str().unwrap_or_default().to_owned();
            let description = format!("with {name} = {id:?}");
            Key { id, identity: None, description, attributes: vec![name.to_owned()], is_certain: name == "id" }
        };
        names.into_iter().map(key).collect()
    }
}

/// The identity, where the plan knows every part of it that an import needs.
fn identity_of(identity: &Block, block: &Block, planned: &Value) -> Option<Key> {
    let mut parts = Vec::new();
    for part in &identity.attributes {
        let value = planned.get(&part.name);
        let is_open = block.attribute(&part.name).is_none_or(|attribute| attribute.sensitive);
        if !is_open && !value.is_null() && value.is_wholly_known() {
            parts.push((part.name.to_string(), value.clone()));
        } else if part.presence == Presence::Required {
            return None;
        }
    }
    let attributes = parts.iter().map(|(name, _)| name.clone()).collect();
    let identity_value = Value::map(parts);
    let encoded = wire::encode(&identity_value, &identity.ty()).ok()?;
    Some(Key {
        id: String::new(),
        identity: Some(ResourceIdentityData { identity_data: Some(encoded) }),
        description: with(&identity_value),
        attributes,
        is_certain: true,
    })
}

/// The attributes that are, or often are, what an object is imported by, the surest first: `id`, `name`, and what is called
/// as the type is, such as `bucket`.
fn id_attributes<'b>(block: &'b Block, type_name: &str) -> Vec<&'b str> {
    let ends_type = |name: &str| type_name.strip_suffix(name).is_some_and(|start| start.ends_with('_'));
    let mut names: Vec<&str> = texts(block).map(|text| text.name.as_ref()).collect();
    let rank = |name: &str| match name {
        "id" => Some(0),
        "name" => Some(1),
        name => ends_type(name).then_some(2),
    };
    names.retain(|name| rank(name).is_some());
    names.sort_by_key(|name| rank(name));
    names
}

/// What a configuration must have, where that may be an id.
fn required_texts<'b>(block: &'b Block, planned: &Value) -> Vec<&'b str> {
    let required = texts(block).filter(|text| text.presence == Presence::Required).map(|text| text.name.as_ref());
    required.filter(|name| planned.get(name).as_str().is_some_and(is_id)).collect()
}

fn texts(block: &Block) -> impl Iterator<Item = &Attribute> {
    block.attributes.iter().filter(|attribute| {
        !attribute.sensitive && !attribute.write_only && matches!(attribute.shape, Shape::Type(Type::String))
    })
}

fn summaries(errors: &Diagnostics) -> String {
    errors.iter().map(|error| error.summary.as_str()).collect::<Vec<_>>().join("; ")
}

/// Whether the text may be an id, and is no document.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ID && !text.contains(|c: char| c.is_whitespace() || "{}\"\\".contains(c))
}
