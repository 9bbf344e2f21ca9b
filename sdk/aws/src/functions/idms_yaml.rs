//! `idms_yaml(registry_url, mirrors)`: an `ImageDigestMirrorSet`, as the resource `rosa_ecr_idms` writes it for Classic.

use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value};

use super::{argument, refused};
use crate::openshift::{
    Mirrors, check_path, check_source, default_mirrors, default_name, manifest, refused_sources, registry_host,
};

pub(super) fn function() -> Function {
    Function {
        name: "idms_yaml",
        summary: "ImageDigestMirrorSet that sends pulls to the registry",
        description: "Gives the manifest of an `ImageDigestMirrorSet` for `oc apply`, by which a ROSA Classic cluster pulls \
                      the images of some sources from the registry. It is the manifest of `rosa_ecr_idms`, without that \
                      file's first lines. Sources that ROSA Classic refuses are an error. On ROSA with hosted control \
                      planes such objects are refused altogether: use the output `image_mirrors` of `rosa_ecr`.",
        parameters: vec![
            Parameter::new(
                "registry_url",
                Type::String,
                "Host of the registry that holds the mirrors, such as the `registry_url` of a repository.",
            ),
            Parameter {
                allow_null: true,
                ..Parameter::new(
                    "mirrors",
                    Type::map(Type::String),
                    "Source repositories, each with the path of its mirror below the registry; null for the sources that \
                     the usual Red Hat operators come from.",
                )
            },
        ],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| idms_yaml(&argument::<String>(arguments, 0)?, argument(arguments, 1)?)),
    }
}

fn idms_yaml(registry_url: &str, mirrors: Option<Mirrors>) -> Result<Value, FunctionError> {
    registry_host(registry_url).map_err(|violation| refused(0, "registry_url", registry_url, &violation))?;
    let mirrors = mirrors.unwrap_or_else(default_mirrors);
    for (source, path) in &mirrors {
        check_source(source).map_err(|violation| refused(1, "The source of a mirror", source, &violation))?;
        check_path(path).map_err(|violation| refused(1, "The path of a mirror", path, &violation))?;
    }
    match refused_sources(None, &mirrors, "mirrors").into_iter().next() {
        Some(refusal) => Err(FunctionError::new(format!("{} {}", refusal.detail, refusal.fix)).at(1)),
        None => Ok(manifest(&default_name(), registry_url, &mirrors).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::Idms;

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    #[test]
    fn it_is_what_the_resource_writes() {
        let mirrors: Mirrors = [("registry.redhat.io/openshift4".to_owned(), "mirror/openshift4".to_owned())].into();
        let text = idms_yaml(HOST, Some(mirrors.clone())).expect("a manifest");
        let resource = Idms {
            registry_url: HOST.to_owned(),
            mirrors: Some(mirrors),
            name: default_name(),
            output_path: "x".to_owned(),
            platform: None,
            cluster_name: None,
        };
        let written = resource.content();
        let body: String =
            written.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert_eq!(text.as_str(), Some(body.as_str()));
        assert!(body.contains(&format!("        - {HOST}/mirror/openshift4\n")), "{body}");
    }

    #[test]
    fn null_stands_for_the_usual_sources() {
        let text = function().invoke(&[HOST.into(), Value::Null]).expect("a manifest");
        assert!(text.as_str().is_some_and(|text| text.contains("source: registry.redhat.io/openshift4\n")));
    }

    #[test]
    fn wrong_arguments_are_named() {
        let mirrors = |source: &str, path: &str| Value::map([(source, path.into())]);
        let cases = [
            (format!("{HOST}/app").into(), mirrors("registry.redhat.io/a", "a1"), 0, "not its repository_url"),
            (HOST.into(), mirrors("https://registry.redhat.io/a", "a1"), 1, "scheme"),
            (HOST.into(), mirrors("registry.redhat.io/a", "A1"), 1, "\"a1\""),
            (HOST.into(), mirrors("quay.io/a", "a1"), 1, "imagecontentpolicies-validation"),
        ];
        for (registry, mirrors, argument, words) in cases {
            let error = function().invoke(&[registry, mirrors]).expect_err(words);
            assert!(error.argument == Some(argument) && error.text.contains(words), "{error}");
        }
    }
}
