//! The committed pages are what the schemas and examples say.

use std::fs;
use std::path::{Path, PathBuf};

use rosa_ecr_aws::RosaProvider;
use rosa_ecr_manual::{Examples, Pages, differences, pages, with_reference};
use rosa_ecr_model::Provider as _;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository")
}

fn written() -> Pages {
    pages::<RosaProvider>(&Examples::read(&root().join("examples")).expect("the examples"))
}

#[test]
fn pages_and_readme_are_current() {
    let mut all = written();
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let renewed = with_reference::<RosaProvider>(&readme, "rosa_ecr").expect("README.md has its markers");
    all.insert(PathBuf::from("README.md"), renewed);
    let stale: Vec<String> =
        differences(root(), &all).expect("the pages can be read").iter().map(ToString::to_string).collect();
    assert!(stale.is_empty(), "{}\nto write them anew: make docs", stale.join("\n"));
}

#[test]
fn every_page_has_an_example() {
    let without: Vec<PathBuf> =
        written().into_iter().filter(|(_, text)| !text.contains("```terraform\n")).map(|(page, _)| page).collect();
    assert!(without.is_empty(), "no example below examples/: {without:?} (the crate's front page says where)");
}

#[test]
fn every_resource_says_how_to_import_it() {
    let pages = written();
    for kind in RosaProvider::kinds() {
        let name = kind.type_name();
        let page = &pages[&PathBuf::from(format!("docs/resources/{}.md", name.trim_start_matches("rosa_")))];
        assert!(page.contains("\n## Import\n"), "examples/resources/{name}/import.sh is missing");
        let identity = kind.identity().is_empty() || page.contains("\n### Identity Schema\n");
        assert!(identity, "examples/resources/{name}/import-by-identity.tf is missing");
    }
}
