//! Names that were meant.

/// The name among `names` that `written` most likely was meant to be; `None` where none is like it.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (written.chars().count() / 3).max(1);
    let rated = names.into_iter().filter_map(|name| {
        let begins = written.len() > 2 && (name.starts_with(written) || written.starts_with(name));
        let away = distance(written, name);
        (away <= most || begins).then_some((away, name))
    });
    rated.min().map(|(_, name)| name)
}

/// How many letters are wrong, missing, too many, or swapped with their neighbour; capitals count as small letters, and a
/// hyphen as an underscore.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.to_ascii_lowercase().replace('-', "_").chars().collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut next = vec![at + 1];
        for (place, wanted) in other.iter().enumerate() {
            let mut least = (row[place] + usize::from(letter != wanted)).min(row[place + 1] + 1).min(next[place] + 1);
            if at > 0 && place > 0 && *letter == other[place - 1] && one[at - 1] == *wanted {
                least = least.min(before[place - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
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
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
