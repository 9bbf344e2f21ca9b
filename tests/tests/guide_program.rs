//! The first program of the guide "Rust SDK", built as a reader builds it: a package of its own, with the guide's Cargo.toml, in
//! release.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The first block of that language in the guide.
fn block(guide: &str, language: &str) -> String {
    let start = guide.find(&format!("\n```{language}")).unwrap_or_else(|| panic!("the guide has no {language}"));
    let lines = guide[start + 1..].lines().skip(1).take_while(|line| *line != "```");
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_first_program_is_built_with_its_profiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository");
    let guide = fs::read_to_string(root.join("docs/guides/rust-sdk.md")).expect("the guide");
    let (manifest, program) = (block(&guide, "toml"), block(&guide, "rust"));
    let ours = "\"../rosa-ecr/sdk\"";
    assert!(manifest.contains(ours) && manifest.contains("[profile.release.package]"), "{manifest}");
    let manifest = manifest.replace(ours, &format!("{:?}", root.join("sdk")));
    let package = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| fs::write(package.path().join(name), text).expect("the directory is ours");
    fs::create_dir(package.path().join("src")).expect("the directory is ours");
    write(
        "Cargo.toml",
        &format!("[package]\nname = \"infra\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n{manifest}"),
    );
    write("src/main.rs", &program);
    fs::copy(root.join("Cargo.lock"), package.path().join("Cargo.lock")).expect("the directory is ours");
    // The same versions as here, which are on this machine. Dependencies stay built for the next time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(package.path()).args(["build", "--release", "--offline", "--quiet"]);
    let built = cargo.env("CARGO_TARGET_DIR", &target).output().expect("cargo starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let help = Command::new(target.join("release/infra")).arg("--help").output().expect("it was built");
    assert!(help.status.success(), "{help:?}");
}
