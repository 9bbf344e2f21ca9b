//! `image_mirrors(yaml)`: the mirrors in the manifests that oc-mirror has written.

use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value};

use super::argument;
use crate::openshift::read_mirror_sets;

pub(super) fn function() -> Function {
    Function {
        name: "image_mirrors",
        summary: "Image mirrors in manifests of oc-mirror",
        description: "Reads the manifests of kind `ImageDigestMirrorSet`, `ImageTagMirrorSet` and `ImageContentSourcePolicy` that \
                      `oc mirror` writes to `working-dir/cluster-resources`, and gives the list of their mirrors, sorted by source, \
                      as the rhcs provider's image mirror resource takes them. A source that several manifests name is there \
                      once, with all of its mirrors. On ROSA with hosted control planes mirrors are by digest, also those of an \
                      `ImageTagMirrorSet`, and there is no `mirrorSourcePolicy`.",
        parameters: vec![Parameter::new(
            "yaml",
            Type::String,
            "YAML of one or more such manifests, separated by lines of `---`, at most 4 MiB, without aliases. A text without any \
             gives an empty list.",
        )],
        variadic: None,
        returns: Type::list(Type::object([("source", Type::String), ("mirrors", Type::list(Type::String))])),
        call: FunctionBody::new(|arguments| image_mirrors(&argument::<String>(arguments, 0)?)),
    }
}

fn image_mirrors(yaml: &str) -> Result<Value, FunctionError> {
    let mirrors = read_mirror_sets(yaml).map_err(|what| FunctionError::new(what).at(0))?;
    let mirror = |(source, mirrors): (String, Vec<String>)| {
        let mirrors = mirrors.into_iter().map(Value::from).collect();
        Value::map([("source", source.into()), ("mirrors", Value::List(mirrors))])
    };
    Ok(Value::List(mirrors.into_iter().map(mirror).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_objects() {
        let yaml = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nspec:\n  imageDigestMirrors:\n  \
                    - {source: b.io/x, mirrors: [c.io/x, d.io/x]}\n  - {source: a.io/x, mirrors: [c.io/y]}\n";
        let list = function().invoke(&[yaml.into()]).expect("a list");
        let [one, two] = list.elements().expect("a list") else { panic!("two mirrors: {list:?}") };
        assert_eq!((one.get("source").as_str(), two.get("source").as_str()), (Some("a.io/x"), Some("b.io/x")));
        assert_eq!(two.get("mirrors"), &Value::List(vec!["c.io/x".into(), "d.io/x".into()]));
    }

    #[test]
    fn an_error_is_about_the_text() {
        let error = function().invoke(&["kind: List".into()]).expect_err("another kind");
        assert!(error.argument == Some(0) && error.text.contains("Its kind is \"List\""), "{error}");
    }
}
