//! Which images are deleted, and in which order. Pure.

use std::collections::BTreeSet;
use std::fmt;

use aws_smithy_types::DateTime;

use crate::ecr::images::Described;
use crate::ecr::repository::count;
use crate::wildcard::matches;

/// How many images a message names at most.
const NAMED: usize = 20;

/// What is asked for.
pub(super) struct Selection<'a> {
    /// What a tag has to look like to be removed.
    pub tag_patterns: &'a BTreeSet<String>,
    /// Whether images without a tag go.
    pub untagged: bool,
    /// When an image has to have been pushed.
    pub pushed_before: Option<DateTime>,
}

/// What one identifier in a call deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A whole image, by its digest, with all of its tags.
    Image {
        digest: String,
        tags: Vec<String>,
        /// Whether it refers to others, so that it has to go before them.
        is_list: bool,
    },
    /// A tag of an image that has others and stays.
    Tag { tag: String, digest: String },
}

impl Selection<'_> {
    /// What goes of these images. Manifest lists come first.
    pub(super) fn of(&self, images: &[Described]) -> Vec<Target> {
        let old = |image: &&Described| self.pushed_before.is_none_or(|limit| image.pushed_at < limit);
        let mut targets: Vec<Target> = images.iter().filter(old).flat_map(|image| self.of_image(image)).collect();
        let going: BTreeSet<String> = targets.iter().filter_map(Target::whole).map(str::to_owned).collect();
        let referring: BTreeSet<&str> = images.iter().filter(|image| stays_for(image, &going)).map(digest).collect();
        targets.retain(|target| target.whole().is_none_or(|digest| !referring.contains(digest)));
        targets.sort_by(|one, other| one.order().cmp(&other.order()));
        targets
    }

    fn of_image(&self, image: &Described) -> Vec<Target> {
        let matching: Vec<&String> =
            image.tags.iter().filter(|tag| self.tag_patterns.iter().any(|pattern| matches(pattern, tag))).collect();
        let whole = if image.tags.is_empty() { self.untagged } else { matching.len() == image.tags.len() };
        let digest = &image.digest;
        if whole {
            let is_list = image.is_manifest_list();
            return vec![Target::Image { digest: digest.clone(), tags: image.tags.clone(), is_list }];
        }
        matching.into_iter().map(|tag| Target::Tag { tag: tag.clone(), digest: digest.clone() }).collect()
    }
}

fn digest(image: &Described) -> &str {
    &image.digest
}

/// Whether it is an untagged artifact of an image that stays.
fn stays_for(image: &Described, going: &BTreeSet<String>) -> bool {
    image.tags.is_empty() && image.subject.as_ref().is_some_and(|subject| !going.contains(subject))
}

impl Target {
    /// The digest of the image, if it goes as a whole.
    fn whole(&self) -> Option<&str> {
        match self {
            Self::Image { digest, .. } => Some(digest),
            Self::Tag { .. } => None,
        }
    }

    fn order(&self) -> (u8, &str, &str) {
        match self {
            Self::Image { digest, is_list: true, .. } => (0, digest, ""),
            Self::Image { digest, .. } => (1, digest, ""),
            Self::Tag { tag, digest } => (2, digest, tag),
        }
    }
}

/// What is done to it, such as "delete sha256:… (v1)".
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { digest, tags, .. } if tags.is_empty() => write!(f, "delete {digest} (untagged)"),
            Self::Image { digest, tags, .. } => write!(f, "delete {digest} ({})", tags.join(", ")),
            Self::Tag { tag, digest } => write!(f, "remove the tag {tag} from {digest}, which has others"),
        }
    }
}

/// How many images and tags that is.
pub(super) fn counted(targets: &[Target]) -> String {
    let images = targets.iter().filter(|target| target.whole().is_some()).count();
    match (images, targets.len() - images) {
        (images, 0) => count(images),
        (0, tags) => of_tags(tags),
        (images, tags) => format!("{} and {}", count(images), of_tags(tags)),
    }
}

fn of_tags(tags: usize) -> String {
    if tags == 1 { "1 tag".to_owned() } else { format!("{tags} tags") }
}

/// The count, and what they are.
pub(super) fn named(targets: &[Target]) -> String {
    let mut named: Vec<String> = targets.iter().take(NAMED).map(Target::to_string).collect();
    if targets.len() > NAMED {
        named.push(format!("and {} more", targets.len() - NAMED));
    }
    format!("{}: {}", counted(targets), named.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(digest: &str, tags: &[&str]) -> Described {
        Described {
            digest: digest.to_owned(),
            pushed_at: DateTime::from_secs(100),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Described::default()
        }
    }

    fn deleted(patterns: &[&str], untagged: bool, pushed_before: Option<i64>, images: &[Described]) -> Vec<String> {
        let tag_patterns: BTreeSet<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let pushed_before = pushed_before.map(DateTime::from_secs);
        let targets = Selection { tag_patterns: &tag_patterns, untagged, pushed_before }.of(images);
        targets.iter().map(Target::to_string).collect()
    }

    #[test]
    fn only_what_matches_goes() {
        let images = [image("a", &["pr-1"]), image("b", &["v1", "pr-2"]), image("c", &["v2"]), image("d", &[])];
        let of_pulls = ["delete a (pr-1)", "remove the tag pr-2 from b, which has others"];
        assert_eq!(deleted(&["pr-*"], false, None, &images), of_pulls);
        assert_eq!(deleted(&[], true, None, &images), ["delete d (untagged)"]);
        assert_eq!(deleted(&["v1", "pr-*"], false, None, &images), ["delete a (pr-1)", "delete b (v1, pr-2)"]);
        assert_eq!(deleted(&["*"], true, None, &images).len(), 4, "all of them");
        assert!(deleted(&["rc-*"], false, None, &images).is_empty());
    }

    #[test]
    fn only_what_is_old_enough_goes() {
        let young = Described { pushed_at: DateTime::from_secs(200), ..image("y", &["v2"]) };
        assert_eq!(deleted(&["v*"], false, Some(200), &[image("o", &["v1"]), young]), ["delete o (v1)"]);
    }

    #[test]
    fn lists_go_before_what_they_refer_to() {
        let media_type = Some("application/vnd.oci.image.index.v1+json".to_owned());
        let list = Described { media_type, ..image("z", &["v1"]) };
        let all = [image("a", &[]), list, image("b", &[])];
        let expected = ["delete z (v1)", "delete a (untagged)", "delete b (untagged)"];
        assert_eq!(deleted(&["v1"], true, None, &all), expected);
    }

    #[test]
    fn a_signature_stays_as_long_as_its_image() {
        let signature = Described { subject: Some("a".to_owned()), ..image("s", &[]) };
        let both = [image("a", &["v1"]), signature];
        assert!(deleted(&[], true, None, &both).is_empty());
        assert_eq!(deleted(&["v1"], true, None, &both), ["delete a (v1)", "delete s (untagged)"]);
    }

    #[test]
    fn counts_and_names_are_short() {
        let image = |number| Target::Image { digest: format!("d{number}"), tags: Vec::new(), is_list: false };
        let tag = Target::Tag { tag: "t".to_owned(), digest: "d".to_owned() };
        assert_eq!(counted(&[image(1)]), "1 image");
        assert_eq!(counted(std::slice::from_ref(&tag)), "1 tag");
        assert_eq!(
            named(&[image(1), tag]),
            "1 image and 1 tag: delete d1 (untagged); remove the tag t from d, which has others"
        );
        let many: Vec<Target> = (0..25).map(image).collect();
        assert!(named(&many).ends_with("; and 5 more"), "{}", named(&many));
    }
}
