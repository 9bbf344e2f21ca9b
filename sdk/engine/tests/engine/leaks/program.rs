//! Random programs: where their secrets come from, and where they are put.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_engine::{Options, Stack};
use rosa_ecr_model::{Address, DecodeError, Expression, Output, Path, Value, interpolate};

use super::host::Guarded;
use super::world::World;

/// A value as a program writes it.
#[derive(Clone)]
pub enum Given {
    Plain(Value),
    Secret(Box<Given>),
    /// An attribute of another resource, in which all is secret.
    Of(String, &'static str),
    /// What a function makes of a text.
    Mapped(Box<Given>),
    /// A text of several.
    Joined(Box<Given>),
    List(Vec<Given>),
    Set(Vec<Given>),
    Map(Vec<(&'static str, Given)>),
    Object(Vec<(&'static str, Given)>),
}

/// Resources and lookups by name, with their arguments, and the exports and provider blocks besides.
#[derive(Clone, Default)]
pub struct Program {
    pub resources: BTreeMap<String, Vec<(&'static str, Given)>>,
    pub look: Option<Vec<(&'static str, Given)>>,
    pub exports: BTreeMap<String, Given>,
    pub block: Vec<(&'static str, Given)>,
    /// Of a second configuration, which the resource `z` has.
    pub second: Vec<(&'static str, Given)>,
}

impl Program {
    /// Declares all of it.
    pub fn declare(&self, world: &Arc<World>, stack: &mut Stack) {
        let mut made = Made { world: world.clone(), addresses: BTreeMap::new() };
        let host = || Arc::new(Guarded(world.clone()));
        let first = stack.provider_instance("vault", host(), made.object(&self.block));
        for (name, arguments) in self.resources.iter().filter(|(name, _)| *name != "z") {
            let address = stack.declare(name, "vault_vault", &first, made.object(arguments), Options::new());
            made.addresses.insert(name.clone(), address.expect("it can be declared"));
        }
        let second = stack.provider_instance("second", host(), made.object(&self.second));
        if let Some(arguments) = self.resources.get("z") {
            stack.declare("z", "vault_vault", &second, made.object(arguments), Options::new()).expect("it can");
        }
        if let Some(arguments) = &self.look {
            let look = stack.look_up("look", "vault_look", &first, made.object(arguments), Options::new());
            made.addresses.insert("look".into(), look.expect("it can be declared"));
        }
        for (name, value) in &self.exports {
            stack.export(name, Output::<String>::new(made.expression(value)));
        }
    }
}

/// What is declared so far.
struct Made {
    world: Arc<World>,
    addresses: BTreeMap<String, Address>,
}

impl Made {
    fn object(&self, arguments: &[(&'static str, Given)]) -> Expression {
        Expression::object(arguments.iter().map(|(name, value)| (*name, self.expression(value))))
    }

    fn all(&self, values: &[Given]) -> Vec<Expression> {
        values.iter().map(|value| self.expression(value)).collect()
    }

    fn expression(&self, given: &Given) -> Expression {
        match given {
            Given::Plain(value) => value.clone().into(),
            Given::Secret(value) => self.expression(value).secret(),
            Given::Of(name, attribute) => match self.addresses.get(name) {
                Some(address) => Expression::attribute(address.clone(), Path::from(*attribute)).or("calm".into()),
                None => "calm".into(),
            },
            Given::Mapped(value) => {
                let world = self.world.clone();
                Expression::apply([self.expression(value)], move |values| {
                    let said = world.say("function", &values.iter().collect::<Vec<_>>());
                    if said.has_errors() {
                        let said: String = said.iter().map(|one| format!("{} {}", one.summary, &*one.detail)).collect();
                        return Err(DecodeError::new(said));
                    }
                    let text = values.first().and_then(Value::as_str).unwrap_or("nothing");
                    Ok(Value::from(format!("x{text}").as_str()))
                })
            }
            Given::Joined(value) => {
                let text = Output::<Option<String>>::new(self.expression(value)).unwrap_or("nothing".to_owned());
                interpolate!("{}:{}", "calm", text).into_expression()
            }
            Given::List(values) => Expression::list(self.all(values)),
            Given::Set(values) => Expression::set(self.all(values)),
            Given::Map(values) => Expression::map(values.iter().map(|(name, value)| (*name, self.expression(value)))),
            Given::Object(values) => self.object(values),
        }
    }
}
