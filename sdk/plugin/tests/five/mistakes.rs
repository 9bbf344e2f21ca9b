//! What a person is told of a slip in a program.

use std::sync::{Arc, Mutex};

use rosa_ecr_engine::{Declare as _, Event, LookUp as _, Stack};
use rosa_ecr_model::Output;
use rosa_ecr_plugin::Dynamic;
use serde_json::json;

use crate::host::Den;
use crate::script::{Script, locked};

/// What a preview of that program says.
async fn told(declare: impl FnOnce(&mut Stack)) -> String {
    let den = Den::of(&Script::default());
    let mut stack = Stack::new("mistakes");
    den.running.clone().provide(&mut stack, "den", json!({}));
    declare(&mut stack);
    stack.preview().await.expect_err("there is a mistake").to_string()
}

fn assert_says(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "{part:?} is missing in:\n{told}");
    }
}

#[tokio::test]
async fn arguments_types_and_outputs_are_corrected() {
    let argument = told(|stack| {
        Dynamic::new("den_box").arg("nmae", "a").declare(stack, "box").expect("a good name");
    });
    assert_says(&argument.await, &["box: Unsupported argument \"nmae\"", "Did you mean \"name\"?"]);
    let value = told(|stack| {
        Dynamic::new("den_box").arg("name", json!(["a"])).declare(stack, "box").expect("a good name");
    });
    assert_says(&value.await, &["Wrong type for \"name\"", "of type string, and has a list of 1", "Write a text."]);
    let set = told(|stack| {
        Dynamic::new("den_box").arg("id", "1").declare(stack, "box").expect("a good name");
    });
    assert_says(&set.await, &["\"id\" cannot be set", "an output"]);
    let resource = told(|stack| {
        Dynamic::new("den_bx").declare(stack, "box").expect("a good name");
    });
    assert_says(&resource.await, &["There is no resource \"den_bx\"", "Did you mean \"den_box\"?"]);
    let source = told(|stack| {
        Dynamic::new("den_bxo").look_up(stack, "box").expect("a good name");
    });
    assert_says(&source.await, &["There is no data source \"den_bxo\"", "Did you mean \"den_box\"?"]);
    let provider = told(|stack| {
        Dynamic::new("cave_box").declare(stack, "box").expect("a good name");
    });
    assert_says(&provider.await, &["The provider of \"box\"", "There are: den.", "Options::provider"]);
    let output = told(|stack| {
        let one = Dynamic::new("den_box").arg("name", "a").declare(stack, "one").expect("a good name");
        let name: Output<String> = one.output("naem");
        Dynamic::new("den_box").arg("name", name).declare(stack, "two").expect("a good name");
    });
    assert_says(&output.await, &["two: ", "\"one\" has no attribute \"naem\"", "did you mean \"name\"?"]);
}

#[tokio::test]
async fn a_provider_block_is_corrected() {
    let den = Den::of(&Script::default());
    let mut stack = Stack::new("mistakes");
    den.running.clone().provide(&mut stack, "den", json!({ "regoin": "here" }));
    Dynamic::new("den_box").arg("name", "a").declare(&mut stack, "box").expect("a good name");
    let told = stack.preview().await.expect_err("there is no such argument").to_string();
    assert_says(&told, &["provider \"den\": Unsupported argument \"regoin\""]);
}

#[tokio::test]
async fn what_a_provider_says_of_its_block_is_told_once() {
    let script = Script::default();
    let (den, said) = (Den::of(&script), Arc::<Mutex<Vec<String>>>::default());
    let two_boxes = |den: &Den| {
        let mut stack = Stack::new("mistakes");
        den.running.clone().provide(&mut stack, "den", json!({}));
        for name in ["one", "two"] {
            Dynamic::new("den_box").arg("name", name).declare(&mut stack, name).expect("a good name");
        }
        stack
    };
    let listen = said.clone();
    let listen = move |event: &Event| {
        if let Event::Diagnostic { message, .. } = event {
            locked(&listen).push(message.summary.clone());
        }
    };
    two_boxes(&den).preview().on_event(listen).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(*locked(&said), ["provider \"den\": It is an old den"]);

    let unusable = Script { unusable: true, ..Script::default() };
    let error = two_boxes(&Den::of(&unusable)).preview().await.expect_err("it is refused").to_string();
    assert_eq!(error.matches("It is an old den").count(), 1, "{error}");
    assert_eq!(*locked(&unusable.configured), 1, "once is enough");
}
