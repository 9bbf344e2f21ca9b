//! Pages on disk: what is written, and what is stale.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::Pages;

/// What stands below `docs` and is not written by hand.
const GENERATED: [&str; 6] =
    ["resources", "data-sources", "ephemeral-resources", "list-resources", "actions", "functions"];

/// A page that is not what would be written.
#[derive(Debug)]
pub enum Difference {
    /// It is not there.
    Missing(PathBuf),
    /// It says something else.
    Stale {
        /// The page.
        page: PathBuf,
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// Nothing writes it any more.
    Leftover(PathBuf),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(page) => write!(f, "{}: is not there", page.display()),
            Self::Stale { page, line } => write!(f, "{}:{line}: says something else", page.display()),
            Self::Leftover(page) => write!(f, "{}: nothing writes it any more", page.display()),
        }
    }
}

/// How the pages below `root` differ from these.
///
/// # Errors
/// Where they cannot be read.
pub fn differences(root: &Path, pages: &Pages) -> io::Result<Vec<Difference>> {
    let mut found: Vec<Difference> = leftovers(root, pages)?.into_iter().map(Difference::Leftover).collect();
    for (page, text) in pages {
        match fs::read_to_string(root.join(page)) {
            Ok(committed) if committed == *text => {}
            Ok(committed) => {
                let same = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
                found.push(Difference::Stale { page: page.clone(), line: same + 1 });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => found.push(Difference::Missing(page.clone())),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Writes the pages below `root`, and removes those that nothing writes any more.
///
/// # Errors
/// Where that fails.
pub fn write(root: &Path, pages: &Pages) -> io::Result<()> {
    for page in leftovers(root, pages)? {
        fs::remove_file(root.join(page))?;
    }
    for (page, text) in pages {
        let path = root.join(page);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn leftovers(root: &Path, pages: &Pages) -> io::Result<BTreeSet<PathBuf>> {
    let mut leftovers = BTreeSet::new();
    for folder in GENERATED {
        let folder = PathBuf::from("docs").join(folder);
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let page = folder.join(entry?.file_name());
            if !pages.contains_key(&page) {
                leftovers.insert(page);
            }
        }
    }
    Ok(leftovers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stale_or_left_over_is_told_and_written() {
        let root = tempfile::tempdir().expect("a folder");
        let page = |name: &str| PathBuf::from(format!("docs/resources/{name}.md"));
        let mut pages = Pages::from([(page("a"), "one\ntwo\n".to_owned()), (page("b"), "b\n".to_owned())]);
        write(root.path(), &pages).expect("written");
        assert!(differences(root.path(), &pages).expect("read").is_empty());

        pages.insert(page("a"), "one\n2\n".to_owned());
        pages.insert(page("c"), "c\n".to_owned());
        pages.remove(&page("b"));
        let told: Vec<String> =
            differences(root.path(), &pages).expect("read").iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "docs/resources/b.md: nothing writes it any more",
                "docs/resources/a.md:2: says something else",
                "docs/resources/c.md: is not there"
            ]
        );
        write(root.path(), &pages).expect("written");
        assert!(differences(root.path(), &pages).expect("read").is_empty());
    }
}
