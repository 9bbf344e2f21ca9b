//! Names that were meant.

/// The name among `names` that `written` most likely was meant to be; `None` where none is like it.
pub fn suggest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (written.chars().count() / 3).max(1);
    let rated = names.into_iter().filter_map(|name| {
        let away = distance(written, name);
        // A slip is likelier than half a name, and that is likelier than too much of one.
        let rank = match name {
            _ if away <= most => 0,
            _ if written.len() > 2 && name.starts_with(written) => 1,
            _ if written.len() > 2 && written.starts_with(name) => 2,
            _ => return None,
        };
        Some((rank, away, name))
    });
    rated.min().map(|(_, _, name)| name)
}

/// How many letters are wrong, missing, too many, or swapped with their neighbour; capitals count as small letters, and a
/// hyphen as an underscore.
fn distance(one: &str, other: &str) -> usize {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    strsim::osa_distance(&plain(one), &plain(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = ["name", "tags", "image_tag_mutability", "arn", "vpc_id"];
        for (written, meant) in [
            ("nmae", Some("name")),
            ("Name", Some("name")),
            ("tag", Some("tags")),
            ("vpc-id", Some("vpc_id")),
            ("image_tag_mutabilty", Some("image_tag_mutability")),
            ("image_tag", Some("image_tag_mutability")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(suggest(written, names), meant, "{written}");
        }
    }
}
