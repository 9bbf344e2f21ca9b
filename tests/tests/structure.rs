//! The structure of the crates: one style of modules, files of a size to read, and no file that imports one that imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree};

/// Every crate with code that is written by hand.
const CRATES: &[&str] = &[
    "manual",
    "provider",
    "sdk",
    "sdk/aws",
    "sdk/aws-errors",
    "sdk/cli",
    "sdk/derive",
    "sdk/engine",
    "sdk/goplugin",
    "sdk/model",
    "sdk/plugin",
    "sdk/state",
    "sdk/state-aws",
    "sdk/wire",
    "tests/fake-aws",
];

/// Longest file, in lines: about 400.
const LONGEST: usize = 430;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// The files below a folder, tests included.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("readable").path());
    let nested = paths.map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    nested.flatten().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The name of a file's module in its crate, such as `run::context`; empty for the crate's root.
fn module(source: &Path, file: &Path) -> String {
    let path = file.strip_prefix(source).expect("below it").with_extension("");
    let names = path.iter().map(|name| name.to_str().expect("UTF-8"));
    names.filter(|name| !["lib", "main"].contains(name)).collect::<Vec<_>>().join("::")
}

/// The paths that a tree of imports names.
fn paths(tree: &UseTree, before: &[String], found: &mut Vec<Vec<String>>) {
    let behind = |name: String| [before, &[name]].concat();
    match tree {
        UseTree::Path(path) => paths(&path.tree, &behind(path.ident.to_string()), found),
        UseTree::Name(name) => found.push(behind(name.ident.to_string())),
        UseTree::Rename(rename) => found.push(behind(rename.ident.to_string())),
        UseTree::Glob(_) => found.push(before.to_vec()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| paths(tree, before, found)),
    }
}

/// The module of the crate that a path imports from, where it is one.
fn imported(path: &[String], from: &str, modules: &BTreeMap<String, PathBuf>) -> Option<String> {
    let own: Vec<&str> = from.split("::").filter(|name| !name.is_empty()).collect();
    let ups = path.iter().take_while(|name| *name == "super").count();
    let mut full: Vec<&str> = match path.first()?.as_str() {
        "crate" => path[1..].iter().map(String::as_str).collect(),
        "self" => own.iter().copied().chain(path[1..].iter().map(String::as_str)).collect(),
        "super" => own[..own.len() - ups].iter().copied().chain(path[ups..].iter().map(String::as_str)).collect(),
        _ => return None,
    };
    while !modules.contains_key(&full.join("::")) {
        full.pop()?;
    }
    Some(full.join("::")).filter(|module| module != from)
}

fn is_test(module: &str) -> bool {
    module.split("::").any(|name| ["tests", "answers"].contains(&name) || name.starts_with("test_"))
}

/// The names that a crate's root has from its modules.
fn passed_on(root: &Path) -> BTreeSet<String> {
    let Ok(text) = fs::read_to_string(root) else { return BTreeSet::new() };
    let mut found = Vec::new();
    for item in syn::parse_file(&text).expect("a root").items {
        if let Item::Use(item) = item {
            paths(&item.tree, &[], &mut found);
        }
    }
    found.into_iter().filter_map(|path| path.last().cloned()).collect()
}

/// What each module of a crate imports from, without its tests. A file and the folder beside it are one thing: what is in the
/// folder may use what it is a part of, and that is not counted.
fn imports(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let files = files(source).into_iter().map(|file| (module(source, &file), file));
    let modules: BTreeMap<String, PathBuf> = files.filter(|(module, _)| !is_test(module)).collect();
    let of_file = |(module, file): (&String, &PathBuf)| {
        let text = fs::read_to_string(file).expect("readable");
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut found = Vec::new();
        for item in &parsed.items {
            let of_tests = |item: &syn::ItemUse| item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
            if let Item::Use(item) = item
                && !of_tests(item)
            {
                paths(&item.tree, &[], &mut found);
            }
        }
        let imported = found.iter().filter_map(|path| imported(path, module, &modules));
        let is_part_of = |whole: &String| whole.is_empty() || module.starts_with(&format!("{whole}::"));
        (module.clone(), imported.filter(|from| !is_part_of(from)).collect())
    };
    modules.iter().map(of_file).collect()
}

/// A way from a module through others back to itself.
fn circle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| walk(module, imports, &mut Vec::new(), &mut done))
}

fn walk(
    module: &String,
    imports: &BTreeMap<String, BTreeSet<String>>,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(first) = way.iter().position(|other| other == module) {
        return Some([&way[first..], std::slice::from_ref(module)].concat());
    }
    if done.contains(module) {
        return None;
    }
    way.push(module.clone());
    let found = imports.get(module)?.iter().find_map(|other| walk(other, imports, way, done));
    way.pop();
    done.insert(module.clone());
    found
}

#[test]
fn no_file_imports_one_that_imports_it() {
    for name in CRATES {
        let imports = imports(&root().join(name).join("src"));
        if let Some(circle) = circle(&imports) {
            panic!("{name}: {}", circle.join(" -> "));
        }
    }
}

#[test]
fn imports_name_the_module_that_owns_what_is_imported() {
    for name in CRATES {
        let source = root().join(name).join("src");
        let passed_on = passed_on(&source.join("lib.rs"));
        let is_module = |name: &String| source.join(format!("{name}.rs")).exists();
        let from_root = |path: &[String]| {
            path[0] == "crate" && path.get(1).is_some_and(|name| passed_on.contains(name) && !is_module(name))
        };
        for file in files(&source).into_iter().filter(|file| !is_test(&module(&source, file))) {
            let text = fs::read_to_string(&file).expect("readable");
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let mut found = Vec::new();
            for item in parsed.items {
                if let Item::Use(item) = item {
                    paths(&item.tree, &[], &mut found);
                }
            }
            let wrong: Vec<String> = found.iter().filter(|path| from_root(path)).map(|path| path.join("::")).collect();
            assert!(wrong.is_empty(), "{}: {}", file.display(), wrong.join(", "));
        }
    }
}

#[test]
fn modules_are_files_beside_their_folders_and_short_enough_to_read() {
    for name in CRATES {
        let source = root().join(name).join("src");
        for file in files(&source).into_iter().filter(|file| !is_test(&module(&source, file))) {
            assert_ne!(file.file_name().expect("a file"), "mod.rs", "{}", file.display());
            let lines = fs::read_to_string(&file).expect("readable").lines().count();
            assert!(lines <= LONGEST, "{}: {lines} lines", file.display());
        }
    }
}

#[test]
fn a_circle_is_found() {
    let imports = |of: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        of.iter().map(|(module, from)| ((*module).into(), from.iter().map(|name| (*name).into()).collect())).collect()
    };
    assert_eq!(circle(&imports(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), None);
    let found = circle(&imports(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])).expect("there is one");
    assert_eq!(found, ["b", "c", "b"]);
}
