//! EC2's and IAM's XML as JSON values, so that all services look alike to a test.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// Turns a body into a value: elements with only `item` or `member` inside are arrays, other elements with elements
/// inside are objects, the rest is text, and an empty element is null.
pub(crate) fn parse(body: &str) -> Result<Value, roxmltree::Error> {
    Ok(value(Document::parse(body)?.root_element()))
}

fn value(node: Node<'_, '_>) -> Value {
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        return node.text().map_or(Value::Null, Value::from);
    }
    if children.iter().all(|child| matches!(child.tag_name().name(), "item" | "member")) {
        return children.into_iter().map(value).collect();
    }
    let fields: Map<_, _> =
        children.into_iter().map(|child| (child.tag_name().name().to_owned(), value(child))).collect();
    fields.into()
}

/// The items of a list in an answer. In XML an empty list and an absent one look alike: both have none.
#[must_use]
pub fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_objects_text_and_nothing() {
        let body = "<R xmlns='x'><set><item><id>a</id></item><item><id>b</id></item></set><none/><names><member>n</member></names></R>";
        let value = parse(body).unwrap();
        assert_eq!(value, json!({ "set": [{ "id": "a" }, { "id": "b" }], "none": null, "names": ["n"] }));
        assert_eq!(items(&value["set"]).len(), 2);
        assert!(items(&value["none"]).is_empty() && items(&value["absent"]).is_empty());
    }
}
