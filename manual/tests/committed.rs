//! The committed pages are what the schemas and examples say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rosa_ecr_aws::RosaProvider;
use rosa_ecr_manual::{Examples, Guides, Pages, differences, pages, with_reference};
use rosa_ecr_model::Provider as _;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository")
}

fn written() -> Pages {
    let examples = Examples::read(&root().join("examples")).expect("the examples");
    pages::<RosaProvider>(&examples, &Guides::read(&root().join("docs/guides")).expect("the guides"))
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

#[test]
fn every_resource_can_be_listed() {
    let listed: BTreeSet<String> =
        RosaProvider::list_resources().iter().map(|kind| kind.type_name().to_owned()).collect();
    let kinds: BTreeSet<String> = RosaProvider::kinds().iter().map(|kind| kind.type_name().to_owned()).collect();
    assert_eq!(listed, kinds);
}

#[test]
fn every_type_has_a_group_and_a_task() {
    let resources = RosaProvider::kinds().into_iter().map(|kind| (kind.type_name().to_owned(), kind.descriptor().page));
    let sources = RosaProvider::data_sources();
    let sources = sources.into_iter().map(|kind| (kind.type_name().to_owned(), kind.descriptor().page));
    let ephemeral = RosaProvider::ephemeral_resources();
    let ephemeral = ephemeral.into_iter().map(|kind| (kind.type_name().to_owned(), kind.descriptor().page));
    let actions = RosaProvider::actions().into_iter().map(|kind| (kind.type_name().to_owned(), kind.descriptor().page));
    for (name, page) in resources.chain(sources).chain(ephemeral).chain(actions) {
        assert!(!page.subcategory.is_empty(), "{name} has no subcategory: give it a PAGE, by sdk/aws/src/page.rs");
        assert!(!page.tasks.is_empty(), "{name} is for no task: its PAGE says what goes on behind \"I want to\"");
    }
}

/// A resource that calls nothing: it writes a file.
const WITHOUT_PERMISSIONS: [&str; 1] = ["rosa_ecr_idms"];

#[test]
fn every_type_is_complete() {
    let pages = written();
    let page = |folder: &str, name: &str| {
        let path = format!("docs/{folder}/{}.md", name.trim_start_matches("rosa_"));
        pages.get(&PathBuf::from(&path)).unwrap_or_else(|| panic!("{path} is missing"))
    };
    for kind in RosaProvider::kinds() {
        let (name, descriptor) = (kind.type_name(), kind.descriptor());
        let page = page("resources", name);
        let needs_none = WITHOUT_PERMISSIONS.contains(&name);
        assert_eq!(descriptor.permissions.is_empty(), needs_none, "{name} does not say which IAM actions it needs");
        assert_eq!(page.contains("\n## Permissions\n"), !needs_none, "{name}");
        assert!(!descriptor.identity.is_empty(), "{name} has no identity");
        assert!(page.contains("\n## Import\n"), "examples/resources/{name}/import.sh is missing");
    }
    for list in RosaProvider::list_resources() {
        let name = list.type_name();
        let needs_none = WITHOUT_PERMISSIONS.contains(&name);
        assert_eq!(page("list-resources", name).contains("\n## Permissions\n"), !needs_none, "{name}");
    }
    for source in RosaProvider::data_sources() {
        let name = source.type_name();
        assert!(page("data-sources", name).contains("\n## Permissions\n"), "{name}");
    }
    for action in RosaProvider::actions() {
        let name = action.type_name();
        assert!(page("actions", name).contains("\n## Permissions\n"), "{name}");
    }
    for resource in RosaProvider::ephemeral_resources() {
        let name = resource.type_name();
        assert!(page("ephemeral-resources", name).contains("\n## Permissions\n"), "{name}");
    }
}
