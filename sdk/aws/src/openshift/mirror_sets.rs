//! Mirror sets that other tools have written, such as oc-mirror: which sources they mirror where.
//!
//! Sources: OpenShift API reference, `ImageDigestMirrorSet` and `ImageTagMirrorSet` of `config.openshift.io/v1`,
//! `ImageContentSourcePolicy` of `operator.openshift.io/v1alpha1`: mirrors that several objects give for one source are merged,
//! in the order in which they are given.

use std::collections::BTreeMap;

use super::mirrors::check_source;
use super::yaml::{Node, documents};

/// The kinds that are read: kind, group of the API, and the list in `spec`.
const KINDS: [(&str, &str, &str); 3] = [
    ("ImageDigestMirrorSet", "config.openshift.io/", "imageDigestMirrors"),
    ("ImageTagMirrorSet", "config.openshift.io/", "imageTagMirrors"),
    ("ImageContentSourcePolicy", "operator.openshift.io/", "repositoryDigestMirrors"),
];

/// The mirrors of each source that the manifests of a text name.
///
/// # Errors
/// With what is wrong and in which document.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let found = documents(text).map_err(|wrong| format!("Document {}: {}", wrong.document, wrong.what))?;
    let mut mirrors = BTreeMap::new();
    for (index, document) in found.iter().enumerate().filter(|(_, document)| **document != Node::Null) {
        let name = document.get("metadata").get("name").text().map_or(String::new(), |name| format!(" ({name:?})"));
        add(document, &mut mirrors).map_err(|what| format!("Document {}{name}: {what}", index + 1))?;
    }
    Ok(mirrors)
}

fn add(document: &Node, all: &mut BTreeMap<String, Vec<String>>) -> Result<(), String> {
    let (kind, version) = (document.get("kind").text(), document.get("apiVersion").text().unwrap_or_default());
    let Some((kind, group, list)) = KINDS.into_iter().find(|(known, ..)| kind == Some(known)) else {
        let what =
            kind.map_or("It is no manifest: it has no kind.".to_owned(), |kind| format!("Its kind is {kind:?}."));
        let known = KINDS.map(|(kind, ..)| kind).join(", ");
        return Err(format!(
            "{what} Give manifests of these kinds only: {known}. oc-mirror writes them to idms-*.yaml and itms-*.yaml."
        ));
    };
    if !version.starts_with(group) {
        return Err(format!("Its apiVersion is {version:?}, and that of {kind} starts with {group:?}."));
    }
    let entries = match document.get("spec").get(list) {
        Node::List(entries) => entries,
        Node::Null => return Ok(()),
        _ => return Err(format!("spec.{list} is no list.")),
    };
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("spec.{list}[{index}]");
        let source = repository(entry.get("source"), &format!("{place}.source"))?;
        let mirrors = match entry.get("mirrors") {
            Node::List(mirrors) => mirrors,
            // A source without mirrors stays what it is.
            Node::Null => continue,
            _ => return Err(format!("{place}.mirrors is no list.")),
        };
        for (index, mirror) in mirrors.iter().enumerate() {
            let mirror = repository(mirror, &format!("{place}.mirrors[{index}]"))?;
            let known: &mut Vec<String> = all.entry(source.clone()).or_default();
            if !known.contains(&mirror) {
                known.push(mirror);
            }
        }
    }
    Ok(())
}

/// The registry or repository at that place. A source may stand for all subdomains of a host.
fn repository(node: &Node, place: &str) -> Result<String, String> {
    let Some(text) = node.text() else { return Err(format!("{place} is no text.")) };
    check_source(text.strip_prefix("*.").unwrap_or(text)).map_err(|violation| {
        format!("{place} has the value {text:?}. {} {}", violation.rule, violation.fix).trim_end().to_owned()
    })?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As oc-mirror v2 writes them.
    const OC_MIRROR: &str = "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: idms-operator-0\n\
         spec:\n  imageDigestMirrors:\n  - mirrors:\n    - 123456789012.dkr.ecr.us-east-1.amazonaws.com/openshift-gitops-1\n    \
         source: registry.redhat.io/openshift-gitops-1\n  - mirrors:\n    - 123456789012.dkr.ecr.us-east-1.amazonaws.com/rhel9\n    \
         source: registry.redhat.io/rhel9\nstatus: {}\n---\napiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata:\n  \
         name: itms-generic-0\nspec:\n  imageTagMirrors:\n  - mirrors:\n    - mirror.example.com:5000/rhel9\n    \
         source: registry.redhat.io/rhel9\nstatus: {}\n";

    #[test]
    fn mirrors_of_one_source_are_merged() {
        let found = read(OC_MIRROR).expect("manifests");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found["registry.redhat.io/rhel9"],
            ["123456789012.dkr.ecr.us-east-1.amazonaws.com/rhel9", "mirror.example.com:5000/rhel9"]
        );
        assert_eq!(read(&format!("{OC_MIRROR}{OC_MIRROR}")), Ok(found), "twice the same is once");
    }

    #[test]
    fn the_old_kind_is_read() {
        let text = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: a}\nspec:\n  \
                    repositoryDigestMirrors:\n  - source: '*.redhat.io'\n    mirrors: [host.example.com/a]\n  - source: quay.io/b\n";
        let found = read(text).expect("a manifest");
        assert_eq!(found, BTreeMap::from([("*.redhat.io".to_owned(), vec!["host.example.com/a".to_owned()])]));
    }

    #[test]
    fn nothing_is_nothing() {
        for nothing in ["", "---\n", "# none\n---\n---\n"] {
            assert_eq!(read(nothing), Ok(BTreeMap::new()), "{nothing:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_document() {
        let set = |spec: &str| {
            format!(
                "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {{name: a}}\nspec:\n  {spec}\n"
            )
        };
        let catalog = "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\nmetadata: {name: cs-a}\n";
        for (text, reported) in [
            (format!("{OC_MIRROR}---\n{catalog}"), "Document 3 (\"cs-a\"): Its kind is \"CatalogSource\""),
            ("just a text".to_owned(), "Document 1: It is no manifest"),
            (set("imageDigestMirrors: 5"), "spec.imageDigestMirrors is no list"),
            (set("imageDigestMirrors: [{mirrors: [a.io/b]}]"), "spec.imageDigestMirrors[0].source is no text"),
            (set("imageDigestMirrors: [{source: a.io/b, mirrors: c.io/d}]"), "[0].mirrors is no list"),
            (set("imageDigestMirrors: [{source: 'https://a.io/b', mirrors: []}]"), "Remove the scheme"),
            (
                set("imageDigestMirrors: [{source: a.io/b, mirrors: ['a.io/b:v1']}]"),
                "[0].mirrors[0] has the value \"a.io/b:v1\"",
            ),
            (set("a: *b"), "Document 1: "),
            (format!("{}---\n[", set("a: b")), "Document 2: It is no YAML"),
            (set("a: b").replace("config.openshift.io/v1", "v1"), "Its apiVersion is \"v1\""),
        ] {
            let error = read(&text).expect_err(reported);
            assert!(error.contains(reported), "{reported}: {error}");
        }
    }
}
