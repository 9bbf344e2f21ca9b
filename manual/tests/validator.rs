//! What HashiCorp's documentation validator asks of `docs/`: a registry takes no page that breaks a rule.
//!
//! Source: hashicorp/terraform-plugin-docs, `internal/provider/validate.go` and `internal/check`, as `tfplugindocs validate` runs
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rosa_ecr_aws::RosaProvider;
use rosa_ecr_manual::front_matter;
use rosa_ecr_model::Provider as _;

/// The folders of pages. Others, and files beside `index.md`, are no pages: the validator passes them over.
const FOLDERS: [&str; 8] = [
    "actions",
    "data-sources",
    "ephemeral-resources",
    "functions",
    "guides",
    "list-resources",
    "resources",
    "state-stores",
];

/// What a registry stores: files in all, and bytes of one.
const MOST_FILES: usize = 2000;
const LARGEST: u64 = 500_000;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository").join("docs")
}

/// What is in a folder of pages.
fn entries(folder: &str) -> Vec<PathBuf> {
    let read = fs::read_dir(docs().join(folder)).into_iter().flatten();
    read.map(|entry| entry.expect("an entry").path()).collect()
}

fn pages() -> Vec<PathBuf> {
    let index = fs::read_dir(docs()).expect("docs").map(|entry| entry.expect("an entry").path());
    let index = index.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("index.")));
    index.chain(FOLDERS.into_iter().flat_map(entries)).collect()
}

/// What is wrong with the front matter of a page.
fn wrong(path: &Path, page: &str) -> Option<String> {
    let entries: BTreeMap<String, String> = match front_matter::read(page) {
        Ok(entries) => entries,
        Err(reported) => return Some(reported),
    };
    let has = |key: &str| entries.contains_key(key);
    let is_index = path.file_stem().is_some_and(|stem| stem == "index");
    let is_guide = path.parent().is_some_and(|folder| folder.ends_with("guides"));
    let barred = ["layout", "sidebar_current"].into_iter().chain(is_index.then_some("subcategory"));
    let barred = barred.filter(|key| has(key)).map(|key| format!("it may have no {key}"));
    let missing = (is_guide && !has("page_title")).then(|| "it must have a page_title".to_owned());
    barred.chain(missing).next()
}

#[test]
fn every_page_is_one_that_a_registry_takes() {
    let pages = pages();
    assert!(pages.len() <= MOST_FILES, "{} pages", pages.len());
    for path in pages {
        let file = path.display();
        assert!(path.is_file(), "{file}: a folder of pages has no folders");
        assert_eq!(path.extension().and_then(|end| end.to_str()), Some("md"), "{file}");
        assert!(fs::metadata(&path).expect("a file").len() < LARGEST, "{file} is too large");
        let text = fs::read_to_string(&path).expect("a page");
        assert_eq!(wrong(&path, &text), None, "{file}");
    }
}

#[test]
fn every_page_is_of_a_type_and_every_type_has_one() {
    let names = |types: Vec<String>| types.iter().map(|name| name.trim_start_matches("rosa_").to_owned()).collect();
    let types = [
        ("resources", RosaProvider::kinds().iter().map(|kind| kind.type_name().to_owned()).collect()),
        ("data-sources", RosaProvider::data_sources().iter().map(|kind| kind.type_name().to_owned()).collect()),
        (
            "ephemeral-resources",
            RosaProvider::ephemeral_resources().iter().map(|kind| kind.type_name().to_owned()).collect(),
        ),
        ("list-resources", RosaProvider::list_resources().iter().map(|kind| kind.type_name().to_owned()).collect()),
        ("functions", RosaProvider::functions().iter().map(|function| function.name.to_owned()).collect()),
    ];
    for (folder, types) in types {
        let stem = |path: &PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
        let pages: BTreeSet<String> = entries(folder).iter().map(stem).collect();
        let types: BTreeSet<String> = names(types);
        assert_eq!(pages, types, "docs/{folder}");
    }
}

#[test]
fn the_rules_are_those_of_the_validator() {
    let page = |front: &str| format!("---\n{front}\n---\n\n# a\n");
    for (path, front, reported) in [
        ("docs/index.md", "page_title: \"a\"", None),
        ("docs/index.md", "subcategory: \"\"", Some("it may have no subcategory")),
        ("docs/resources/a.md", "subcategory: \"\"", None),
        ("docs/resources/a.md", "layout: \"a\"", Some("it may have no layout")),
        ("docs/functions/a.md", "sidebar_current: \"a\"", Some("it may have no sidebar_current")),
        ("docs/guides/a.md", "description: \"a\"", Some("it must have a page_title")),
        ("docs/guides/a.md", "page_title: \"a\"", None),
    ] {
        assert_eq!(wrong(Path::new(path), &page(front)).as_deref(), reported, "{path}: {front}");
    }
    assert_eq!(wrong(Path::new("docs/resources/a.md"), "# a\n").as_deref(), Some("it has no front matter"));
}
