//! Values that may come from other resources: what arguments are made of in a program.
//!
//! An expression says where a value comes from. It never waits: in a preview an attribute of an object that does not
//! exist is unknown, and what is computed from it is unknown too, without a closure being run. Which resources an
//! expression depends on is known from the start, and so is the order of work.
//!
//! Secrecy travels along: whatever is computed from a secret is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::decode_error::DecodeError;
use crate::diagnostic::suggest::suggest;
use crate::schema::secrets::Secrets;
use crate::value::path::{Path, Step};
use crate::value::tree::Value;

/// The declaration of a resource in a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The stack it is declared in: a number that no other stack of the process has.
    pub stack: u64,
    /// Its name in the stack.
    pub name: Arc<str>,
}

/// A value with the places in it that are secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The value; unknown where something is that only the apply makes known.
    pub value: Value,
    /// Everything at and below these paths is secret.
    pub secrets: Secrets,
}

/// What an expression is resolved in. A closure that gives states is one.
pub trait Scope: Sync {
    /// The state of a declared resource, in the full shape of its schema; unknown where it is not known yet.
    fn state(&self, of: &Address) -> Arc<Resolved>;

    /// Hears of every value that the program itself calls a secret, before anything is computed from it.
    fn secret(&self, value: &Value) {
        let _ = value;
    }
}

impl<F: Fn(&Address) -> Arc<Resolved> + Sync> Scope for F {
    fn state(&self, of: &Address) -> Arc<Resolved> {
        self(of)
    }
}

type Function = dyn Fn(&[Value]) -> Result<Value, DecodeError> + Send + Sync;

/// An untyped expression: what is behind an [`Output`](crate::Output) and an [`Input`](crate::Input).
#[derive(Clone)]
pub struct Expression(Arc<Node>);

enum Node {
    Constant(Value),
    Attribute(Address, Path),
    List(Vec<Expression>),
    Set(Vec<Expression>),
    Map(BTreeMap<String, Expression>),
    Object(BTreeMap<String, Expression>),
    /// What a function makes of the values of these.
    Apply(Vec<Expression>, Box<Function>),
    /// The value, which must not be null.
    Present(Expression),
    /// The first value, or the second one where that is null.
    Or(Expression, Value),
    Secret(Expression),
}

impl Expression {
    /// What is at that path of the resource's state. That its first step is no attribute of the resource is an error as
    /// soon as something is planned for it.
    pub fn attribute(of: Address, path: Path) -> Self {
        Self::from(Node::Attribute(of, path))
    }

    /// A list of these.
    pub fn list(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::from(Node::List(elements.into_iter().collect()))
    }

    /// A set of these.
    pub fn set(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::from(Node::Set(elements.into_iter().collect()))
    }

    /// A map of these.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::from(Node::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// An object of these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::from(Node::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    /// What `function` makes of the values, which it only sees wholly known.
    pub fn apply(
        arguments: impl IntoIterator<Item = Self>,
        function: impl Fn(&[Value]) -> Result<Value, DecodeError> + Send + Sync + 'static,
    ) -> Self {
        Self::from(Node::Apply(arguments.into_iter().collect(), Box::new(function)))
    }

    /// The same where the value may not be null: resolving it fails then.
    #[must_use]
    pub fn present(self) -> Self {
        Self::from(Node::Present(self))
    }

    /// The same with `default` in place of null. What is in a collection can still be unknown.
    #[must_use]
    pub fn or(self, default: Value) -> Self {
        match &*self.0 {
            _ if default.is_null() => self,
            Node::Constant(value) => {
                if value.is_null() {
                    default.into()
                } else {
                    self
                }
            }
            Node::List(_) | Node::Set(_) | Node::Map(_) | Node::Object(_) => self,
            _ => Self::from(Node::Or(self, default)),
        }
    }

    /// The same as a secret.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::from(Node::Secret(self))
    }

    /// The value as it is known now.
    ///
    /// # Errors
    /// Where a value does not fit what is done with it, such as a null that is needed.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Resolved, DecodeError> {
        match &*self.0 {
            Node::Constant(value) => Ok(Resolved::plain(value.clone())),
            Node::Attribute(of, path) => {
                let state = scope.state(of);
                exists(of, &state.value, path)?;
                Ok(state.at(path))
            }
            Node::List(elements) => {
                let mut secrets = Secrets::none();
                let mut values = Vec::with_capacity(elements.len());
                for (index, element) in elements.iter().enumerate() {
                    values.push(behind(Step::Index(index), element, scope, &mut secrets)?);
                }
                Ok(Resolved { value: Value::List(values), secrets })
            }
            Node::Set(elements) => {
                let mut secrets = Secrets::none();
                let mut values = Vec::with_capacity(elements.len());
                for element in elements {
                    values.push(behind(Step::Element(Value::Unknown), element, scope, &mut secrets)?);
                }
                // Elements of a set have no place by which one of them could be named.
                Ok(Resolved { value: Value::set(values), secrets: whole_if(!secrets.is_empty()) })
            }
            Node::Map(entries) => named(entries, Step::Key, scope),
            Node::Object(attributes) => named(attributes, Step::Attribute, scope),
            Node::Apply(arguments, function) => {
                let arguments =
                    arguments.iter().map(|argument| argument.resolve(scope)).collect::<Result<Vec<_>, _>>()?;
                let secrets = whole_if(arguments.iter().any(|argument| !argument.secrets.is_empty()));
                let values: Vec<Value> = arguments.into_iter().map(|argument| argument.value).collect();
                let value = if values.iter().all(Value::is_wholly_known) { function(&values)? } else { Value::Unknown };
                Ok(Resolved { value, secrets })
            }
            Node::Present(expression) => match expression.resolve(scope)? {
                Resolved { value: Value::Null, .. } => {
                    let message = format!("{expression:?} is null, and a value is needed");
                    Err(DecodeError::new(message))
                }
                resolved => Ok(resolved),
            },
            Node::Or(expression, default) => {
                let resolved = expression.resolve(scope)?;
                let value = if resolved.value.is_null() { default.clone() } else { resolved.value };
                Ok(Resolved { value, secrets: resolved.secrets })
            }
            Node::Secret(expression) => {
                let value = expression.resolve(scope)?.value;
                scope.secret(&value);
                Ok(Resolved { value, secrets: whole_if(true) })
            }
        }
    }

    /// The value as far as no resource is needed for it: what comes from one is unknown.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve).
    pub fn without_resources(&self) -> Result<Value, DecodeError> {
        let unknown = Arc::new(Resolved::plain(Value::Unknown));
        Ok(self.resolve(&move |_: &Address| unknown.clone())?.value)
    }

    /// The elements of a list or set, where it is known how many there are.
    pub fn elements(&self) -> Option<Vec<Self>> {
        match &*self.0 {
            Node::List(elements) | Node::Set(elements) => Some(elements.clone()),
            Node::Constant(value) => Some(value.elements()?.iter().cloned().map(Self::from).collect()),
            _ => None,
        }
    }

    /// What a value can be called from one run to the next: a text itself, or the attribute that it comes from, such as
    /// `worker.name`. None for what is computed, and for secrets.
    pub fn label(&self) -> Option<String> {
        match &*self.0 {
            Node::Constant(value) => value.as_str().map(str::to_owned),
            Node::Attribute(of, path) => Some(format!("{}.{path}", of.name)),
            Node::Present(expression) | Node::Or(expression, _) => expression.label(),
            _ => None,
        }
    }

    /// Adds the resources that the value comes from.
    pub fn dependencies(&self, found: &mut BTreeSet<Address>) {
        match &*self.0 {
            Node::Constant(_) => {}
            Node::Attribute(of, _) => {
                found.insert(of.clone());
            }
            Node::List(expressions) | Node::Set(expressions) | Node::Apply(expressions, _) => {
                expressions.iter().for_each(|expression| expression.dependencies(found));
            }
            Node::Map(entries) | Node::Object(entries) => {
                entries.values().for_each(|expression| expression.dependencies(found))
            }
            Node::Present(expression) | Node::Or(expression, _) | Node::Secret(expression) => {
                expression.dependencies(found);
            }
        }
    }
}

fn named(
    entries: &BTreeMap<String, Expression>,
    step: fn(String) -> Step,
    scope: &dyn Scope,
) -> Result<Resolved, DecodeError> {
    let mut secrets = Secrets::none();
    let mut values = BTreeMap::new();
    for (name, element) in entries {
        values.insert(name.clone(), behind(step(name.clone()), element, scope, &mut secrets)?);
    }
    Ok(Resolved { value: Value::Map(values), secrets })
}

/// The value of one element, and where in the collection it is secret.
fn behind(step: Step, element: &Expression, scope: &dyn Scope, secrets: &mut Secrets) -> Result<Value, DecodeError> {
    let resolved = element.resolve(scope).map_err(|error| error.behind(step.clone()))?;
    secrets.extend(resolved.secrets.behind(&step));
    Ok(resolved.value)
}

/// Whether the object has such an attribute at all. A state is in full shape, so that absence is a slip, and not null.
fn exists(of: &Address, state: &Value, path: &Path) -> Result<(), DecodeError> {
    let (Value::Map(attributes), Some(Step::Attribute(name))) = (state, path.steps().first()) else { return Ok(()) };
    if attributes.contains_key(name) {
        return Ok(());
    }
    let way_out = match suggest(name, attributes.keys().map(String::as_str)) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("there are {}", attributes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
    };
    Err(DecodeError::new(format!("\"{}\" has no attribute \"{name}\": {way_out}", of.name)))
}

fn whole_if(secret: bool) -> Secrets {
    if secret { Secrets::whole() } else { Secrets::none() }
}

impl Resolved {
    /// A value of which nothing is secret.
    pub fn plain(value: Value) -> Self {
        Self { value, secrets: Secrets::none() }
    }

    /// A value that is a secret as a whole.
    pub fn secret(value: Value) -> Self {
        Self { value, secrets: Secrets::whole() }
    }

    /// What is at that path, with the secrets in it; null where nothing is.
    fn at(&self, path: &Path) -> Self {
        let value = path.steps().iter().fold(&self.value, |value, step| match (value, step) {
            (Value::Unknown, _) => &Value::Unknown,
            (value, Step::Attribute(name) | Step::Key(name)) => value.get(name),
            (value, Step::Index(index)) => {
                value.elements().and_then(|elements| elements.get(*index)).unwrap_or(&Value::Null)
            }
            (_, Step::Element(element)) => element,
        });
        Self { value: value.clone(), secrets: self.secrets.at(path) }
    }
}

impl From<Node> for Expression {
    fn from(node: Node) -> Self {
        Self(Arc::new(node))
    }
}

impl<V: Into<Value>> From<V> for Expression {
    fn from(value: V) -> Self {
        Self(Arc::new(Node::Constant(value.into())))
    }
}

/// Where the value comes from, such as `registry.repository_url`; never the value itself.
impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Node::Constant(_) => f.write_str("…"),
            Node::Attribute(of, path) => write!(f, "{}.{path}", of.name),
            Node::List(elements) => f.debug_list().entries(elements).finish(),
            Node::Set(elements) => f.debug_set().entries(elements).finish(),
            Node::Map(entries) | Node::Object(entries) => f.debug_map().entries(entries).finish(),
            Node::Apply(arguments, _) => {
                f.write_str("function(")?;
                for (place, argument) in arguments.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { ", " })?;
                    argument.fmt(f)?;
                }
                f.write_str(")")
            }
            Node::Present(expression) | Node::Or(expression, _) => expression.fmt(f),
            Node::Secret(expression) => write!(f, "secret({expression:?})"),
        }
    }
}

#[cfg(test)]
mod tests;
