//! Functions: what follows from arguments alone.

use std::fmt;

use crate::resource::guard;
use crate::value::tree::Value;
use crate::value::types::Type;

/// A pure function: the same arguments always give the same result, without a look at anything else.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, such as `registry_url`.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Markdown for the user docs.
    pub description: &'static str,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What any number of further arguments are.
    pub variadic: Option<Parameter>,
    /// What it gives.
    pub returns: Type,
    /// Computes it, from as many arguments as there are parameters, and the further ones.
    pub call: FunctionBody,
}

/// The code of a [`Function`]. Hosts run it with [`Function::invoke`], and nothing else can.
#[derive(Clone, Debug)]
pub struct FunctionBody(fn(&[Value]) -> Result<Value, FunctionError>);

impl FunctionBody {
    /// That code.
    pub const fn new(code: fn(&[Value]) -> Result<Value, FunctionError>) -> Self {
        Self(code)
    }
}

/// A parameter of a [`Function`].
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Markdown for the user docs.
    pub description: &'static str,
    /// Whether the function sees null, which is refused otherwise.
    pub allow_null: bool,
    /// Whether the function sees unknown values. Otherwise its result is unknown where an argument is.
    pub allow_unknown: bool,
}

impl Parameter {
    /// A parameter that is neither null nor unknown when the function sees it.
    pub fn new(name: &'static str, ty: Type, description: &'static str) -> Self {
        Self { name, ty, description, allow_null: false, allow_unknown: false }
    }
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong and what to do, in sentences.
    pub text: String,
    /// The argument it is about, counted from 0.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error of the call as a whole.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// Says which argument it is about, counted from 0.
    #[must_use]
    pub fn at(mut self, argument: usize) -> Self {
        self.argument = Some(argument);
        self
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FunctionError {}

impl Function {
    /// The parameter of the argument at that index; `None` where there are too many.
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// Calls it, with arguments of the parameters' types.
    ///
    /// # Errors
    /// Where there are too few or too many arguments, one is null that may not be, or the function says so.
    pub fn invoke(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let (given, wanted) = (arguments.len(), self.parameters.len());
        if given < wanted || (given > wanted && self.variadic.is_none()) {
            let least = if self.variadic.is_some() { "at least " } else { "" };
            return Err(FunctionError::new(format!("{} takes {least}{wanted} arguments, not {given}.", self.name)));
        }
        let with_parameter = arguments.iter().zip((0..).map_while(|index| self.parameter(index)));
        let mut unknown = false;
        for (index, (argument, parameter)) in with_parameter.enumerate() {
            if argument.is_null() && !parameter.allow_null {
                return Err(FunctionError::new(format!("{} must not be null.", parameter.name)).at(index));
            }
            unknown |= !parameter.allow_unknown && !argument.is_wholly_known();
        }
        if unknown { Ok(Value::Unknown) } else { guard::named(self.name, "call", || (self.call.0)(arguments)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joins strings; null is nothing.
    fn join() -> Function {
        Function {
            name: "join",
            summary: "Joins strings",
            description: "Joins strings.",
            parameters: vec![Parameter::new("first", Type::String, "The first.")],
            variadic: Some(Parameter { allow_null: true, ..Parameter::new("more", Type::String, "More.") }),
            returns: Type::String,
            call: FunctionBody::new(|arguments| {
                let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
                match texts.iter().position(|text| text.contains(' ')) {
                    Some(index) => Err(FunctionError::new("It has a space.").at(index)),
                    None => Ok(Value::from(texts.concat())),
                }
            }),
        }
    }

    #[test]
    fn a_function_sees_only_what_its_parameters_allow() {
        let join = join();
        assert_eq!(join.invoke(&["a".into(), Value::Null, "b".into()]), Ok("ab".into()));
        assert_eq!(join.invoke(&["a".into(), Value::Unknown]), Ok(Value::Unknown));
        assert_eq!(join.invoke(&[Value::Null]), Err(FunctionError::new("first must not be null.").at(0)));
        assert_eq!(join.invoke(&["a".into(), "b c".into()]), Err(FunctionError::new("It has a space.").at(1)));
    }

    #[test]
    fn arguments_are_counted() {
        let none = join().invoke(&[]).expect_err("too few");
        assert_eq!(none, FunctionError::new("join takes at least 1 arguments, not 0."));
        let fixed = Function { variadic: None, ..join() };
        let two = fixed.invoke(&["a".into(), "b".into()]).expect_err("too many");
        assert_eq!(two, FunctionError::new("join takes 1 arguments, not 2."));
    }
}
