//! What a cluster of each platform pulls from where without any mirror of ours, and which mirrors would change that.
//!
//! Sources: documentation of Red Hat OpenShift Service on AWS, "Creating Red Hat OpenShift Service on AWS clusters with egress
//! zero" (release images and Red Hat's operators come from an ECR registry of Red Hat in the cluster's region; of an operator,
//! the default channel is there) and "Image configuration resources" (the platform's images are in `quay.io` and
//! `registry.redhat.io`); OpenShift documentation, "Mirroring images for a disconnected installation" (release images are in
//! repositories below `quay.io/openshift-release-dev`); containers-registries.conf(5), "prefix" (the longest one that matches
//! is used, and no other).

use rosa_ecr_model::{Diagnostic, Known, Path};

use super::mirrors::{HCP, Mirrors, default_mirrors};

/// Sources of the platform, each with what comes from there.
const PLATFORM: [(&str, &str); 2] = [
    ("quay.io/openshift-release-dev", "OpenShift's release images"),
    ("registry.redhat.io", "the images of Red Hat's operators"),
];

/// The mirrors of a cluster whose configuration names none.
pub(crate) fn default_mirrors_on(platform: Option<&str>) -> Mirrors {
    if platform == Some(HCP) { Mirrors::new() } else { default_mirrors() }
}

/// The mirrors that a configuration comes to; unknown as long as the platform decides and is unknown.
pub(crate) fn resolved_mirrors(
    config: &Known<Option<Mirrors>>,
    platform: &Known<Option<String>>,
) -> Known<Option<Mirrors>> {
    match config {
        Known::Now(None) => platform.clone().map(|platform| Some(default_mirrors_on(platform.as_deref()))),
        given => given.clone(),
    }
}

/// What speaks against these mirrors, at `attribute`, on a cluster with hosted control planes. On Classic the platform's
/// sources are refused by other rules.
pub(crate) fn shadowing(platform: Option<&str>, mirrors: &Mirrors, attribute: &str) -> Vec<Diagnostic> {
    if platform != Some(HCP) {
        return Vec::new();
    }
    let warning = |source: &String| {
        let (shadowed, what) = PLATFORM.into_iter().find(|(shadowed, _)| is_within(source, shadowed))?;
        let warning = Diagnostic::warning(format!("The mirror of {source} shadows the platform's own"))
            .detail(format!(
                "{attribute} has the source \"{source}\", and the platform mirrors \"{shadowed}\": a zero-egress cluster with \
                 hosted control planes gets {what} from Red Hat's registry in its region. The longest matching source wins, so \
                 that registry is no longer asked for images of \"{source}\", whether this one has them or not."
            ))
            .fix(
                "Remove the mirror, unless all that the cluster pulls from that source is copied to this registry, such as an \
                 operator's channel that Red Hat's registry does not have.",
            );
        Some(warning.at(Path::from(attribute).key(source)))
    };
    mirrors.keys().filter_map(warning).collect()
}

/// The error of a cluster that is to have mirrors and has no source for any.
pub(crate) fn no_mirrors(platform: Option<&str>, mirrors: &Mirrors, attribute: &str) -> Option<Diagnostic> {
    (platform == Some(HCP) && mirrors.is_empty()).then(|| {
        Diagnostic::error("Image mirrors without sources")
            .detail(format!(
                "{attribute} is empty. With hosted control planes there are no default mirrors: the cluster gets the images of \
                 the platform and of Red Hat's operators from Red Hat's registry in its region."
            ))
            .fix(format!(
                "Name the sources in {attribute}; or leave the mirrors out here, and give what the function image_mirrors reads \
                 in oc-mirror's files to the rhcs provider."
            ))
            .at(attribute)
    })
}

/// Whether images of a source are images of another one too.
fn is_within(source: &str, other: &str) -> bool {
    source.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str) -> Mirrors {
        [(source.to_owned(), "a/b".to_owned())].into()
    }

    #[test]
    fn hcp_has_no_default_mirrors() {
        assert!(default_mirrors_on(Some("hcp")).is_empty());
        assert_eq!(default_mirrors_on(Some("classic")), default_mirrors());
        assert_eq!(default_mirrors_on(None), default_mirrors());
    }

    #[test]
    fn what_nobody_names_is_known_with_the_platform() {
        let on = |platform: &str| Known::Now(Some(platform.to_owned()));
        let (nothing, own) = (Known::Now(None), Known::Now(Some(one("docker.io/library"))));
        assert_eq!(resolved_mirrors(&nothing, &on("hcp")), Known::Now(Some(Mirrors::new())));
        assert_eq!(resolved_mirrors(&nothing, &Known::Now(None)), Known::Now(Some(default_mirrors())));
        assert_eq!(resolved_mirrors(&nothing, &Known::Later), Known::Later);
        assert_eq!(resolved_mirrors(&own, &Known::Later), own);
        assert_eq!(resolved_mirrors(&Known::Later, &on("hcp")), Known::Later);
    }

    #[test]
    fn a_mirror_that_shadows_the_platforms_names_both() {
        for (source, shadowed) in [
            ("registry.redhat.io", "\"registry.redhat.io\""),
            ("registry.redhat.io/openshift-gitops-1", "\"registry.redhat.io\""),
            ("quay.io/openshift-release-dev/ocp-release", "\"quay.io/openshift-release-dev\""),
        ] {
            let reported = shadowing(Some("hcp"), &one(source), "mirrors");
            let [warning] = &reported[..] else { panic!("{source}: {reported:?}") };
            let text = warning.to_string();
            assert!(text.contains(&format!("\"{source}\"")) && text.contains(shadowed), "{text}");
            assert!(shadowing(Some("classic"), &one(source), "mirrors").is_empty(), "{source}");
        }
        // A shorter source than the platform's never wins.
        for source in ["quay.io", "quay.io/openshift", "registry.redhat.io.example.com", "docker.io/library"] {
            assert!(shadowing(Some("hcp"), &one(source), "mirrors").is_empty(), "{source}");
        }
    }

    #[test]
    fn only_hcp_needs_sources() {
        assert!(no_mirrors(Some("hcp"), &Mirrors::new(), "mirrors").is_some());
        assert!(no_mirrors(Some("hcp"), &one("docker.io/library"), "mirrors").is_none());
        assert!(no_mirrors(None, &Mirrors::new(), "mirrors").is_none());
    }
}
