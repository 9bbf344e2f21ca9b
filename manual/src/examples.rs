//! The examples, as the folder `examples` has them. End-to-end tests apply or validate every one.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The texts below `examples`, by path with `/`, such as `provider/provider.tf`.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    files: BTreeMap<String, String>,
}

impl Examples {
    /// Reads the configurations and scripts of a folder.
    ///
    /// # Errors
    /// Where that fails.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut examples = Self::default();
        examples.add(folder, "")?;
        Ok(examples)
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let place = format!("{prefix}{name}");
            if path.is_dir() && !name.starts_with('.') {
                self.add(&path, &format!("{place}/"))?;
            } else if [".tf", ".hcl", ".sh"].iter().any(|end| name.ends_with(end)) {
                self.files.insert(place, fs::read_to_string(&path)?);
            }
        }
        Ok(())
    }

    /// The text of a file.
    pub(crate) fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|text| text.trim_end())
    }

    /// The blocks of a resource type in the cases, by the case's first comment; the quickstart comes first.
    pub(crate) fn of_cases(&self, type_name: &str) -> Vec<(String, String)> {
        let head = format!("resource \"{type_name}\" ");
        let cases = self.files.iter().filter(|(path, _)| path.starts_with("terraform/") && path.ends_with("/main.tf"));
        let (first, others): (Vec<_>, Vec<_>) = cases.partition(|(path, _)| path.contains("/quickstart/"));
        let found = first.into_iter().chain(others).filter_map(|(_, text)| Some((title(text)?, block(text, &head)?)));
        found.collect()
    }

    /// The arguments of the `terraform import` command for a type: the address and the id.
    pub(crate) fn import(&self, type_name: &str) -> Option<(&str, &str, &str)> {
        let script = self.file(&format!("resources/{type_name}/import.sh"))?;
        let command = script.lines().find_map(|line| line.strip_prefix("terraform import "))?;
        let (address, id) = command.split_once(' ')?;
        Some((script, address.trim_matches('\''), id.trim_matches('\'')))
    }
}

/// The first comment of a configuration, which says what it shows.
fn title(text: &str) -> Option<String> {
    let lines = text.lines().map_while(|line| line.strip_prefix('#'));
    let comment: Vec<&str> = lines.map(str::trim).collect();
    (!comment.is_empty()).then(|| comment.join(" "))
}

/// The first block that begins so, to its closing brace at the beginning of a line.
fn block(text: &str, head: &str) -> Option<String> {
    let start = text.match_indices(head).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    let end = text[start..].find("\n}")? + start + 2;
    Some(text[start..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Examples {
        let case =
            "# Two lines\n# of comment.\n\nresource \"a_b\" \"x\" {\n  c {\n  }\n}\n\nresource \"a\" \"y\" {\n}\n";
        let import = "# By its name.\nterraform import a_b.x 'one/two'\n";
        let files = [("terraform/case/main.tf", case), ("resources/a_b/import.sh", import)];
        Examples { files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into() }
    }

    #[test]
    fn a_case_shows_the_block_of_the_type_alone() {
        let shown = |name| examples().of_cases(name);
        let title = "Two lines of comment.".to_owned();
        assert_eq!(shown("a_b"), [(title.clone(), "resource \"a_b\" \"x\" {\n  c {\n  }\n}".to_owned())]);
        assert_eq!(shown("a"), [(title, "resource \"a\" \"y\" {\n}".to_owned())]);
        assert!(shown("b").is_empty());
    }

    #[test]
    fn an_import_command_has_address_and_id() {
        let examples = examples();
        let (script, address, id) = examples.import("a_b").expect("a command");
        assert_eq!((script.lines().count(), address, id), (2, "a_b.x", "one/two"));
        assert_eq!(examples.import("a"), None);
    }
}
