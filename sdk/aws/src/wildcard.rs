//! Patterns with `*`.

/// Whether the text is like the pattern, in which `*` stands for anything, also for nothing.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    // The first place where a part fits leaves most for the parts behind it.
    for part in parts {
        match text.find(part) {
            Some(place) => text = &text[place + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("v1", "v1"),
            ("v1.*", "v1."),
            ("*", ""),
            ("*-rc", "v1-rc"),
            ("a*b*c", "a-b-b-c"),
            ("a*", "a"),
            ("*b*", "abc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("v1", "v12"), ("v1.*", "v1"), ("a*a", "a"), ("*-rc", "rc"), ("a*b*c", "acb"), ("", "a"), ("*b*b*", "abc")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
