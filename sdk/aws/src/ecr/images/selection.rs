//! Which images are given out, and in which order. Pure.

use super::Described;
use crate::wildcard::matches;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selection<'a> {
    /// What a tag has to look like.
    pub tag_pattern: Option<&'a str>,
    /// How many images at most.
    pub limit: Option<usize>,
}

impl Selection<'_> {
    /// Those of the images that are asked for, newest first. Images of one moment are sorted by digest, so that the
    /// order is always the same.
    pub(super) fn of(&self, mut images: Vec<Described>) -> Vec<Described> {
        images
            .retain(|image| self.tag_pattern.is_none_or(|pattern| image.tags.iter().any(|tag| matches(pattern, tag))));
        images.sort_by(|one, other| other.pushed_at.cmp(&one.pushed_at).then_with(|| one.digest.cmp(&other.digest)));
        images.truncate(self.limit.unwrap_or(usize::MAX));
        images
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn image(digest: &str, pushed_at: i64, tags: &[&str]) -> Described {
        Described {
            digest: digest.to_owned(),
            pushed_at: DateTime::from_secs(pushed_at),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Described::default()
        }
    }

    fn digests(selection: Selection<'_>, images: &[Described]) -> Vec<String> {
        selection.of(images.to_vec()).into_iter().map(|image| image.digest).collect()
    }

    #[test]
    fn the_newest_come_first_and_ties_have_an_order() {
        let images = [image("b", 1, &[]), image("a", 1, &["v1"]), image("c", 2, &["v2", "latest"])];
        assert_eq!(digests(Selection::default(), &images), ["c", "a", "b"]);
        let shuffled = [images[2].clone(), images[1].clone(), images[0].clone()];
        assert_eq!(digests(Selection::default(), &shuffled), ["c", "a", "b"]);
    }

    #[test]
    fn the_limit_counts_what_fits_the_pattern() {
        let images = [image("a", 3, &["x"]), image("b", 2, &["v2"]), image("c", 1, &["v1"])];
        let newest = Selection { tag_pattern: Some("v*"), limit: Some(1) };
        assert_eq!(digests(newest, &images), ["b"]);
        assert_eq!(digests(Selection { tag_pattern: Some("v*"), limit: None }, &images), ["b", "c"]);
    }
}
