//! Functions.

use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value};
use rosa_ecr_proto::tfplugin6::{self, DynamicValue, call_function, get_functions};
use rosa_ecr_wire as wire;

use crate::peer::{Peer, dynamic};

/// `label(title, pages)`, of which the pages may be null.
pub fn label() -> Function {
    Function {
        name: "label",
        summary: "Labels a book",
        description: "What is on the back of a book.",
        parameters: vec![
            Parameter::new("title", Type::String, "Its title."),
            Parameter { allow_null: true, ..Parameter::new("pages", Type::Number, "How many pages it has.") },
        ],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| match arguments {
            [Value::String(title), _] if title == "Panic" => panic!("the label came off"),
            [Value::String(title), _] if title == "Lie" => Ok(Value::Bool(true)),
            [Value::String(title), _] if title.is_empty() => Err(FunctionError::new("A book has a title.").at(0)),
            [Value::String(title), Value::Number(pages)] => Ok(format!("{title} ({pages} pages)").into()),
            [Value::String(title), _] => Ok(title.as_str().into()),
            _ => Err(FunctionError::new("No book.")),
        }),
    }
}

/// `join(lists…)`, of as many lists as there are.
pub fn join() -> Function {
    Function {
        name: "join",
        summary: "Joins lists",
        description: "The elements of all lists.",
        parameters: vec![],
        variadic: Some(Parameter::new("lists", Type::list(Type::String), "Lists.")),
        returns: Type::list(Type::String),
        call: FunctionBody::new(|lists| {
            Ok(Value::List(lists.iter().filter_map(Value::elements).flatten().cloned().collect()))
        }),
    }
}

async fn call(name: &str, arguments: Vec<DynamicValue>) -> call_function::Response {
    let mut peer = Peer::connect().await;
    let request = call_function::Request { name: name.to_owned(), arguments };
    peer.client.call_function(request).await.expect("an answer").into_inner()
}

async fn labelled(title: Value, pages: Value) -> Result<Value, tfplugin6::FunctionError> {
    let answer = call("label", vec![dynamic(&title, &Type::String), dynamic(&pages, &Type::Number)]).await;
    assert_eq!(answer.result.is_none(), answer.error.is_some());
    match answer.error {
        Some(error) => Err(error),
        None => Ok(wire::decode(answer.result.as_ref(), &Type::String).expect("a string")),
    }
}

fn signature(name: &str, function: &tfplugin6::Function) -> String {
    let json = |ty: &[u8]| String::from_utf8(ty.to_vec()).expect("JSON");
    let parameter = |parameter: &tfplugin6::function::Parameter| {
        assert!(!parameter.allow_unknown_values && !parameter.description.is_empty());
        let or_null = if parameter.allow_null_value { " or null" } else { "" };
        format!("{} {}{or_null}", parameter.name, json(&parameter.r#type))
    };
    let fixed = function.parameters.iter().map(parameter);
    let parameters: Vec<String> =
        fixed.chain(function.variadic_parameter.iter().map(|last| format!("…{}", parameter(last)))).collect();
    let returns = json(&function.r#return.as_ref().expect("a result").r#type);
    format!("{name}({}) {returns}: {}. {}", parameters.join(", "), function.summary, function.description)
}

#[tokio::test]
async fn signatures_are_told_with_the_schema_and_alone() {
    let mut peer = Peer::connect().await;
    let functions = peer.client.get_functions(get_functions::Request {}).await.expect("an answer").into_inner();
    assert_eq!(functions.diagnostics, []);
    let schema = peer.client.get_provider_schema(tfplugin6::get_provider_schema::Request {}).await;
    assert_eq!(schema.expect("an answer").into_inner().functions, functions.functions);
    let signatures: Vec<String> =
        functions.functions.iter().map(|(name, function)| signature(name, function)).collect();
    assert_eq!(
        signatures,
        [
            "join(…lists [\"list\",\"string\"]) [\"list\",\"string\"]: Joins lists. The elements of all lists.",
            "label(title \"string\", pages \"number\" or null) \"string\": Labels a book. What is on the back of a book.",
        ]
    );
}

#[tokio::test]
async fn results_follow_from_arguments_alone() {
    assert_eq!(labelled("Emma".into(), 7.into()).await, Ok("Emma (7 pages)".into()));
    assert_eq!(labelled("Emma".into(), Value::Null).await, Ok("Emma".into()));
    assert_eq!(labelled("Emma".into(), Value::Unknown).await, Ok(Value::Unknown));
    let lists = [vec!["a".into(), "b".into()], vec![], vec!["c".into()]].map(Value::List);
    let ty = Type::list(Type::String);
    let joined = call("join", lists.iter().map(|list| dynamic(list, &ty)).collect()).await;
    let joined = wire::decode(joined.result.as_ref(), &ty).expect("a list");
    assert_eq!(joined, Value::List(vec!["a".into(), "b".into(), "c".into()]));
}

#[tokio::test]
async fn errors_name_the_argument() {
    let broken = DynamicValue { msgpack: b"\xc1".to_vec(), json: Vec::new() };
    let title = || dynamic(&"Emma".into(), &Type::String);
    let list = || dynamic(&Value::List(vec!["a".into()]), &Type::list(Type::String));
    for (name, arguments, argument, said) in [
        ("label", vec![dynamic(&"".into(), &Type::String), title()], Some(1), "pages is of type number: "),
        ("label", vec![title()], None, "label takes 2 arguments, not 1."),
        ("label", vec![title(), title(), title()], Some(1), "pages is of type number: "),
        ("label", vec![title(), DynamicValue::default(), broken.clone()], None, "label takes 2 arguments, not 3."),
        ("label", vec![DynamicValue::default(), DynamicValue::default()], Some(0), "title must not be null."),
        ("label", vec![broken.clone(), title()], Some(0), "title is of type string: "),
        ("join", vec![list(), title()], Some(1), "lists is of type list(string): "),
        ("join", vec![list(), DynamicValue::default()], Some(1), "lists must not be null."),
        ("lable", vec![], None, "There is no function \"lable\" in this provider. shelf 1.2.3 has: join, label."),
    ] {
        let answer = call(name, arguments).await;
        let error = answer.error.expect("an error");
        assert!(error.text.starts_with(said), "{}", error.text);
        assert_eq!((error.function_argument, answer.result), (argument, None), "{}", error.text);
    }
    let error = labelled("".into(), 7.into()).await.expect_err("no title");
    assert_eq!((&error.text[..], error.function_argument), ("A book has a title.", Some(0)));
}

#[tokio::test]
async fn a_bug_in_a_function_is_an_error_of_the_call() {
    let error = labelled("Panic".into(), 7.into()).await.expect_err("a panic");
    assert!(error.text.starts_with("The provider panicked in CallFunction of label. "), "{}", error.text);
    let error = labelled("Lie".into(), 7.into()).await.expect_err("no string");
    assert!(error.text.starts_with("The result of label does not fit its schema. "), "{}", error.text);
}
