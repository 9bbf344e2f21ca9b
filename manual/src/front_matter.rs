//! The front matter of a page: what a registry shows beside its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::schema;

/// The front matter of a page; its description is the first paragraph. The page of a provider has no subcategory.
pub(crate) fn write(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let first = schema::one_line(description.trim().split("\n\n").next().unwrap_or_default());
    let mut text = format!("---\npage_title: \"{title}\"\n");
    if let Some(subcategory) = subcategory {
        let _ = writeln!(text, "subcategory: \"{subcategory}\"");
    }
    let _ = write!(text, "description: |-\n  {first}\n---\n\n");
    text
}

/// The keys and values of a page's front matter.
///
/// # Errors
/// If the page has none, or not in this form: a key a line, with a value in double quotes, a bare one, or a block of lines behind
/// `|-`.
pub fn read(page: &str) -> Result<BTreeMap<String, String>, String> {
    let text = page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (text, _) = text.ok_or("it has no front matter")?;
    let mut entries: BTreeMap<String, String> = BTreeMap::new();
    let mut last = None;
    for line in text.lines() {
        if let Some(more) = line.strip_prefix("  ") {
            let value = last.as_ref().and_then(|key| entries.get_mut(key)).ok_or("a line belongs to no key")?;
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(more.trim());
            continue;
        }
        let (key, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is no key with a value"))?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let value = if value == "|-" { "" } else { value };
        if entries.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(format!("it has {key} twice"));
        }
        last = Some(key.to_owned());
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let text = write("a resource", Some("Network"), "First\nparagraph: one.\n\nSecond.");
        let entries = read(&format!("{text}# a\n")).expect("front matter");
        let entry = |key: &str| entries.get(key).map(String::as_str);
        assert_eq!(entry("page_title"), Some("a resource"));
        assert_eq!(entry("subcategory"), Some("Network"));
        assert_eq!(entry("description"), Some("First paragraph: one."));
        assert_eq!(read(&write("a", None, "b")).expect("front matter").len(), 2);
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, reported) in [
            ("# a\n", "no front matter"),
            ("---\nlayout: a\n", "no front matter"),
            ("---\n  lost\n---\n", "no key"),
            ("---\nlost\n---\n", "is no key"),
            ("---\na: 1\na: 2\n---\n", "twice"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(reported), "{text}: {error}");
        }
    }
}
