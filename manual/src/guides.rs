//! The guides, which are written by hand: the index names them.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::front_matter;

/// Title and description of each guide, by the name of its file.
#[derive(Clone, Debug, Default)]
pub struct Guides {
    guides: BTreeMap<String, (String, String)>,
}

impl Guides {
    /// Reads the guides of a folder.
    ///
    /// # Errors
    /// If that fails, and if one has no title or description.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut guides = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".md"))
            else {
                continue;
            };
            let wrong = |reported: String| io::Error::other(format!("{}: {reported}", path.display()));
            let mut entries = front_matter::read(&fs::read_to_string(&path)?).map_err(wrong)?;
            let mut take = |key: &str| entries.remove(key).ok_or_else(|| wrong(format!("it has no {key}")));
            guides.insert(name.to_owned(), (take("page_title")?, take("description")?));
        }
        Ok(Self { guides })
    }

    /// File, title and description of each, by the title.
    pub(crate) fn all(&self) -> Vec<(&str, &str, &str)> {
        let mut all: Vec<_> =
            self.guides.iter().map(|(file, (title, description))| (&**file, &**title, &**description)).collect();
        all.sort_by_key(|(_, title, _)| *title);
        all
    }
}
