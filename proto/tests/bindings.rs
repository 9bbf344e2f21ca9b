//! The committed bindings are what `idl/*.proto` generates.
//!
//! This test links the crate, so what is committed must compile before it can be regenerated: restore it from git if it
//! does not. A new message with bytes gets its `Debug` in `src/debug.rs` after that.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prost_types::DescriptorProto;
use prost_types::field_descriptor_proto::Type;

const IDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/idl");
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gen");

/// Set to `1`, it makes this test write the bindings instead of comparing them.
const REGENERATE: &str = "ROSA_ECR_REGENERATE";

/// Generates the bindings of every file in `idl` into `directory`: one file for each protobuf package.
fn generate(directory: &Path) {
    let mut sources: Vec<_> = fs::read_dir(IDL)
        .expect("list idl")
        .map(|entry| entry.expect("read an entry of idl").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "proto"))
        .collect();
    sources.sort();

    let descriptors = protox::compile(sources, [IDL]).unwrap_or_else(|error| panic!("{error:?}"));
    let mut hold_values = Vec::new();
    for file in &descriptors.file {
        find_values(&format!(".{}", file.package()), &file.message_type, &mut hold_values);
    }
    tonic_prost_build::configure()
        .btree_map(".")
        .skip_debug(hold_values)
        .emit_rerun_if_changed(false)
        .out_dir(directory)
        .compile_fds(descriptors)
        .expect("generate bindings");
}

/// Adds to `found` the full names of messages, nested ones included, that have bytes for a field. `src/debug.rs` prints
/// these. The bytes of a field `type` are a type and show.
fn find_values(scope: &str, messages: &[DescriptorProto], found: &mut Vec<String>) {
    for message in messages {
        let name = format!("{scope}.{}", message.name());
        find_values(&name, &message.nested_type, found);
        if message.field.iter().any(|field| field.r#type() == Type::Bytes && field.name() != "type") {
            found.push(name);
        }
    }
}

/// The files in `directory`, by name.
fn read(directory: &Path) -> BTreeMap<String, String> {
    fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("list {}: {error}", directory.display()))
        .map(|entry| {
            let path = entry.expect("read an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
            (name, text)
        })
        .collect()
}

/// The first line in which the two texts differ, counted from 1, with both versions of it.
fn first_difference(committed: &str, generated: &str) -> Option<String> {
    let mut committed = committed.split('\n');
    let mut generated = generated.split('\n');
    let mut number = 0;
    loop {
        number += 1;
        let (old, new) = (committed.next(), generated.next());
        if old != new {
            let show = |line: Option<&str>| line.map_or_else(|| "(end of file)".to_owned(), |line| format!("{line:?}"));
            return Some(format!("line {number}\n    committed: {}\n    generated: {}", show(old), show(new)));
        }
        old?;
    }
}

#[test]
fn committed_bindings_are_current() {
    let temporary = tempfile::tempdir().expect("create a temporary directory");
    generate(temporary.path());
    let generated = read(temporary.path());
    let committed = read(Path::new(COMMITTED));

    if std::env::var_os(REGENERATE).is_some_and(|value| value == "1") {
        for name in committed.keys().filter(|name| !generated.contains_key(*name)) {
            fs::remove_file(Path::new(COMMITTED).join(name)).expect("remove a stale binding");
        }
        for (name, text) in &generated {
            fs::write(Path::new(COMMITTED).join(name), text).expect("write a binding");
        }
        return;
    }

    let mut stale = Vec::new();
    for (name, text) in &generated {
        match committed.get(name) {
            None => stale.push(format!("  src/gen/{name}: not committed")),
            Some(old) => stale.extend(first_difference(old, text).map(|at| format!("  src/gen/{name}, {at}"))),
        }
    }
    for name in committed.keys().filter(|name| !generated.contains_key(*name)) {
        stale.push(format!("  src/gen/{name}: nothing in idl generates it"));
    }
    assert!(
        stale.is_empty(),
        "committed bindings are not what proto/idl generates:\n{}\nto write them anew: {REGENERATE}=1 cargo test -p rosa-ecr-proto",
        stale.join("\n")
    );
}
