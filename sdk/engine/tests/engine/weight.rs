//! What an embedder of the engine compiles.

use std::process::Command;

/// The crates that this crate is built of, without those that only its tests need.
fn crates(package: &str) -> Vec<String> {
    let arguments = ["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "--format", "{p}", "-p"];
    let output = Command::new(env!("CARGO")).args(arguments).arg(package).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("UTF-8");
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_engine_brings_no_cloud_no_terminal_and_no_rpc() {
    let heavy = |name: &&String| {
        let prefixes = ["aws-", "clap", "anstream", "crossterm", "tonic", "prost", "hyper", "h2"];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    for package in ["rosa-ecr-engine", "rosa-ecr-state"] {
        let all = crates(package);
        assert!(all.iter().any(|name| name == "rosa-ecr-model"), "{all:?}");
        assert_eq!(all.iter().find(heavy), None, "{package}");
    }
    let all = crates("rosa-ecr-cli");
    assert!(all.iter().any(|name| name == "clap"), "what is looked for is found where it is: {all:?}");
}
