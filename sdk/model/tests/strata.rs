//! The order of the files: no import goes to a higher stratum, and no files import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the lowest to the highest: a file imports from its own stratum and from lower ones.
const STRATA: [&str; 6] = ["value", "diagnostic", "schema", "expression", "plan", "resource"];

/// Macros are at the root of the crate, wherever they are defined.
const MACROS: [&str; 2] = ["text", "interpolate"];

/// What each product file imports of this crate: `schema::block` for a file, and `Name` for a name of the root.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    for stratum in STRATA {
        for file in fs::read_dir(source.join(stratum)).expect("a folder for each stratum") {
            let path = file.expect("a file").path();
            // Folders have tests alone.
            if path.is_dir() {
                continue;
            }
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
            let text = fs::read_to_string(&path).expect("a text file");
            files.insert(format!("{stratum}::{name}"), imports_of(&text));
        }
    }
    files
}

fn imports_of(text: &str) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = product.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    // `$crate` is for the callers of macros.
    let paths = code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$'));
    let mut found = BTreeSet::new();
    for (at, crate_root) in paths {
        let rest = &code[at + crate_root.len()..];
        let word = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
        let first = word(rest).unwrap_or_default();
        match rest[first.len()..].strip_prefix("::") {
            None => drop(found.insert(first)),
            // Several files of one stratum.
            Some(files) if files.starts_with('{') => {
                let files = files.split('}').next().unwrap_or_default().trim_start_matches('{');
                found.extend(
                    files.split(',').filter_map(|file| word(file.trim())).map(|file| format!("{first}::{file}")),
                );
            }
            Some(file) => drop(found.insert(format!("{first}::{}", word(file).unwrap_or_default()))),
        }
    }
    // Modules within a file may use `super`.
    assert!(!code.contains("\nuse super::"), "imports name the file that has the name");
    found
}

#[test]
fn imports_go_down_and_name_the_file_that_has_the_name() {
    let files = imports();
    let level = |file: &str| STRATA.iter().position(|stratum| file.split("::").next() == Some(stratum));
    for (file, imports) in &files {
        for import in imports.iter().filter(|import| !MACROS.contains(&import.as_str())) {
            assert!(files.contains_key(import), "{file} imports {import}, which is no file of this crate");
            assert!(level(import) <= level(file), "{file} imports {import}, which is in a higher stratum");
        }
    }
}

#[test]
fn no_files_import_each_other() {
    let mut files = imports();
    // Take away what imports nothing that is left: in the end, nothing is left.
    loop {
        let done: Vec<String> = files
            .iter()
            .filter(|(file, imports)| imports.iter().all(|import| import == *file || !files.contains_key(import)))
            .map(|(file, _)| file.clone())
            .collect();
        if done.is_empty() {
            break;
        }
        files.retain(|file, _| !done.contains(file));
    }
    assert_eq!(files.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "{files:#?}");
}

#[test]
fn the_check_sees_every_form_of_import() {
    let text = "use crate::value::{tree, path as p};\nuse crate::schema::block::Block;\n// crate::plan::propose\nfn f() { \
                crate::Value; $crate::Other }\n#[cfg(test)]\nuse crate::resource::kind;\n";
    let found: Vec<String> = imports_of(text).into_iter().collect();
    assert_eq!(found, ["Value", "schema::block", "value::path", "value::tree"]);
}
