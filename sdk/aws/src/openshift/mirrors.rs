//! Image mirrors: which sources may be mirrored, and how a cluster is told.
//!
//! Sources: OpenShift documentation, "Configuring image registry repository mirroring" (`ImageDigestMirrorSet`); ROSA's
//! admission webhook `imagecontentpolicies-validation` (managed-cluster-validating-webhooks); ROSA CLI reference,
//! `rosa create image-mirror`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rosa_ecr_model::{Diagnostic, Path, Violation};

use crate::rules;

/// The platform on which mirrors are objects of the hosting service, not of the cluster.
pub(crate) const HCP: &str = "hcp";

/// Source repositories by the path of their mirror below the registry.
pub(crate) type Mirrors = BTreeMap<String, String>;

/// The sources that the usual operators come from. Each is below `registry.redhat.io`, because ROSA refuses that host
/// itself as a source.
pub(crate) fn default_mirrors() -> Mirrors {
    let namespaces = [
        "cert-manager",
        "openshift-gitops-1",
        "openshift-logging",
        "openshift-pipelines",
        "openshift-serverless-1",
        "openshift-service-mesh",
        "openshift4",
        "redhat",
        "rhel8",
        "rhel9",
        "ubi8",
        "ubi9",
    ];
    namespaces.map(|namespace| (format!("registry.redhat.io/{namespace}"), namespace.to_owned())).into()
}

/// The rule for a source: a registry or a repository, without scheme, tag or digest.
pub(crate) fn check_source(source: &str) -> Result<(), Violation> {
    let rule = "A mirror source is a registry host or a repository in one, such as \"registry.redhat.io/openshift4\".";
    let (host, path) = source.split_once('/').map_or((source, None), |(host, path)| (host, Some(path)));
    if source.contains("://") {
        return Err(Violation::rule(rule).fix("Remove the scheme."));
    }
    if source.contains('@') || path.is_some_and(|path| path.contains(':')) {
        return Err(Violation::rule(rule).fix("Remove the tag or digest: a mirror is for all images of a repository."));
    }
    let is_host = host.contains(['.', ':']) && host.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c));
    let is_path = path.is_none_or(|path| {
        path.split('/').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        })
    });
    if is_host && is_path { Ok(()) } else { Err(Violation::rule(rule)) }
}

/// The rule for the path of a mirror below the registry.
pub(crate) fn check_path(path: &str) -> Result<(), Violation> {
    rules::repository_name(path).map_err(|violation| Violation {
        rule: format!("A mirror's path is a repository name, or what such names start with. {}", violation.rule),
        ..violation
    })
}

/// The sources that a ROSA Classic cluster refuses, at `attribute`. On HCP the service decides for itself.
pub(crate) fn refused_sources(platform: Option<&str>, mirrors: &Mirrors, attribute: &str) -> Vec<Diagnostic> {
    if platform == Some(HCP) {
        return Vec::new();
    }
    let refused = mirrors.keys().filter(|source| is_refused(source));
    let diagnostic = |source: &String| {
        let fix = if source.as_str() == "registry.redhat.io" {
            "Name repositories below it instead, such as \"registry.redhat.io/openshift4\"."
        } else {
            "Remove it. Copy those images to a repository of yours and name that in the workloads."
        };
        Diagnostic::error("ROSA refuses this mirror source")
            .detail(format!(
                "{attribute} has the source \"{source}\". ROSA Classic's admission webhook \
                 imagecontentpolicies-validation refuses registry.redhat.io itself, and quay.io and \
                 registry.access.redhat.com with everything below them."
            ))
            .fix(format!("{fix} (On ROSA with hosted control planes, set platform = \"hcp\".)"))
            .at(Path::from(attribute).key(source))
    };
    refused.map(diagnostic).collect()
}

fn is_refused(source: &str) -> bool {
    let host = source.split('/').next().unwrap_or_default();
    source == "registry.redhat.io" || host == "quay.io" || host == "registry.access.redhat.com"
}

/// A manifest for `oc apply`.
pub(crate) fn manifest(name: &str, registry_url: &str, mirrors: &Mirrors) -> String {
    let mut yaml = format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: {}\nspec:\n",
        scalar(name)
    );
    if mirrors.is_empty() {
        yaml.push_str("  imageDigestMirrors: []\n");
        return yaml;
    }
    yaml.push_str("  imageDigestMirrors:\n");
    for (source, path) in mirrors {
        let mirror = scalar(&mirror(registry_url, path));
        // Writing to a string cannot fail.
        let _ = writeln!(yaml, "    - source: {}\n      mirrors:\n        - {mirror}", scalar(source));
    }
    yaml
}

/// Commands of the ROSA CLI, one a mirror.
pub(crate) fn commands(cluster: &str, registry_url: &str, mirrors: &Mirrors) -> String {
    mirrors
        .iter()
        .map(|(source, path)| {
            format!(
                "rosa create image-mirror -c {cluster} --source {source} --mirrors {}\n",
                mirror(registry_url, path)
            )
        })
        .collect()
}

/// What a mirror file says, whoever wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// Whether it holds commands of the ROSA CLI, for clusters with hosted control planes.
    pub is_commands: bool,
    /// The cluster that the commands are for.
    pub cluster: Option<String>,
    /// The name of the manifest.
    pub name: Option<String>,
    /// The registry's host.
    pub registry_url: String,
    /// The mirrors.
    pub mirrors: Mirrors,
}

/// Reads a mirror file; `None` where it is none, where it names more than one registry, or more than one mirror for a
/// source: no inputs would write that.
pub(crate) fn parse(text: &str) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let (mut pairs, mut item) = (Vec::new(), (None, Vec::new()));
    let mut is_manifest = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with("rosa create image-mirror ") {
            parsed.is_commands = true;
            let words: Vec<&str> = line.split_whitespace().collect();
            let after =
                |flags: &[&str]| words.windows(2).find(|pair| flags.contains(&pair[0])).map(|pair| pair[1].to_owned());
            parsed.cluster = after(&["-c", "--cluster"]);
            pairs.push((after(&["--source"])?, vec![after(&["--mirrors"])?]));
            continue;
        }
        let (entry, begins) = line.strip_prefix("- ").map_or((line, false), |entry| (entry.trim(), true));
        match entry.split_once(':').map(|(key, value)| (key, value.trim())) {
            Some(("kind", kind)) => is_manifest = unquoted(kind) == "ImageDigestMirrorSet",
            Some(("name", name)) => parsed.name = Some(unquoted(name)),
            Some(("source" | "mirrors", _)) if begins && (item.0.is_some() || !item.1.is_empty()) => {
                let (source, mirrors) = std::mem::take(&mut item);
                pairs.push((source?, mirrors));
                item.0 = entry.strip_prefix("source:").map(|source| unquoted(source.trim()));
            }
            Some(("source", source)) => item.0 = Some(unquoted(source)),
            Some((_, "")) => {}
            _ if begins => item.1.push(unquoted(entry)),
            _ => {}
        }
    }
    if let (Some(source), mirrors) = item {
        pairs.push((source, mirrors));
    }
    let mark = text.lines().next().and_then(|line| line.strip_prefix("# Written by rosa-ecr"));
    let marked = mark.and_then(|mark| mark.split_once(": mirrors of "));
    if let Some((cluster, registry)) = marked {
        parsed.registry_url = registry.trim_end_matches('.').to_owned();
        parsed.cluster = cluster.strip_prefix(" for the cluster ").map(str::to_owned).or(parsed.cluster);
    }
    for (source, mirrors) in pairs {
        let [mirror] = &mirrors[..] else { return None };
        let (host, path) = mirror.split_once('/')?;
        if parsed.registry_url.is_empty() {
            parsed.registry_url = host.to_owned();
        }
        if parsed.registry_url != host || parsed.mirrors.insert(source, path.to_owned()).is_some() {
            return None;
        }
    }
    let is_whole = (is_manifest || parsed.is_commands) && !parsed.registry_url.is_empty();
    is_whole.then_some(parsed)
}

/// A YAML scalar as the string that it stands for.
fn unquoted(scalar: &str) -> String {
    let single = scalar.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match single {
        Some(text) => text.replace("''", "'"),
        None if scalar.starts_with('"') => serde_json::from_str(scalar).unwrap_or_else(|_| scalar.to_owned()),
        None => scalar.to_owned(),
    }
}

/// Where the images of a source are in the registry.
pub(crate) fn mirror(registry_url: &str, path: &str) -> String {
    format!("{registry_url}/{path}")
}

/// A YAML scalar: plain where that reads back as the same string, else double-quoted (JSON strings are YAML).
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c))
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    // A word of digits with an exponent, such as 1e3, is a number in YAML.
    if plain && text.parse::<f64>().is_err() { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str) -> Mirrors {
        [(source.to_owned(), "a/b".to_owned())].into()
    }

    #[test]
    fn rosa_classic_refuses_what_its_webhook_refuses() {
        for source in ["registry.redhat.io", "quay.io", "quay.io/openshift", "registry.access.redhat.com/ubi9"] {
            assert_eq!(refused_sources(None, &one(source), "mirrors").len(), 1, "{source}");
            assert_eq!(refused_sources(Some("classic"), &one(source), "mirrors").len(), 1, "{source}");
            assert!(refused_sources(Some("hcp"), &one(source), "mirrors").is_empty(), "{source}");
        }
        for source in ["registry.redhat.io/openshift4", "quay.io.example.com", "docker.io/library"] {
            assert!(refused_sources(None, &one(source), "mirrors").is_empty(), "{source}");
        }
        assert!(refused_sources(None, &default_mirrors(), "mirrors").is_empty());
    }

    #[test]
    fn sources_are_repositories() {
        for good in ["registry.redhat.io/a/b-c", "localhost:5000/x", "quay.io"] {
            assert_eq!(check_source(good), Ok(()), "{good}");
        }
        for bad in ["https://a.io/b", "a.io/b:v1", "a.io/b@sha256:0", "nohost", "a.io/", "a.io//b", "a.io/B", ""] {
            assert!(check_source(bad).is_err(), "{bad}");
        }
        assert!(
            default_mirrors().iter().all(|(source, path)| check_source(source).is_ok() && check_path(path).is_ok())
        );
    }

    #[test]
    fn both_forms() {
        let mirrors = one("registry.redhat.io/x");
        assert_eq!(
            manifest("dev", "1.dkr.ecr.us-east-1.amazonaws.com", &mirrors),
            "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: dev\nspec:\n  \
             imageDigestMirrors:\n    - source: registry.redhat.io/x\n      mirrors:\n        - \
             1.dkr.ecr.us-east-1.amazonaws.com/a/b\n"
        );
        assert_eq!(
            commands("dev", "host", &mirrors),
            "rosa create image-mirror -c dev --source registry.redhat.io/x --mirrors host/a/b\n"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let mirrors = default_mirrors();
        let host = "1.dkr.ecr.us-east-1.amazonaws.com";
        let read = parse(&manifest("no", host, &mirrors)).expect("a manifest");
        assert_eq!((read.name.as_deref(), &read.mirrors, read.registry_url.as_str()), (Some("no"), &mirrors, host));
        let read = parse(&commands("dev", host, &mirrors)).expect("commands");
        assert_eq!((read.cluster.as_deref(), &read.mirrors, read.is_commands), (Some("dev"), &mirrors, true));
        // As `oc mirror` writes it.
        let other = "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: idms-0\nspec:\n  \
                     imageDigestMirrors:\n  - mirrors:\n    - host.example.com/a\n    source: registry.redhat.io/a\n  - \
                     mirrors:\n    - host.example.com/b\n    source: registry.redhat.io/b\nstatus: {}\n";
        let read = parse(other).expect("a manifest");
        assert_eq!(read.mirrors.len(), 2);
        assert_eq!(read.mirrors["registry.redhat.io/b"], "b");
        for bad in ["", "kind: ConfigMap\n", &other.replace("host.example.com/b", "other.example.com/b")] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn scalars_read_back_as_strings() {
        for (text, yaml) in
            [("a.b/c", "a.b/c"), ("no", "\"no\""), ("12", "\"12\""), ("1e3", "\"1e3\""), ("a: b", "\"a: b\"")]
        {
            assert_eq!(scalar(text), yaml);
        }
    }
}
