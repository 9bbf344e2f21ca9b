//! The files of a release, as a registry and an engine take them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rosa_ecr_tests::{Workdir, on_each_engine, run_python};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

/// The release 1.2.3 of a binary that says nothing, for every platform that an engine may run on here.
fn release(directory: &Path) -> String {
    let binary = directory.join("built");
    fs::write(&binary, "#!/bin/sh\n").expect("the directory is ours");
    let target = directory.join("dist");
    let platforms = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"];
    let binaries: Vec<String> = platforms.iter().map(|platform| format!("{platform}={}", binary.display())).collect();
    let mut arguments = vec!["../provider/dist.py", "1.2.3", target.to_str().expect("UTF-8")];
    arguments.extend(binaries.iter().map(String::as_str));
    run_python(&arguments, LIMIT).success().stdout().to_owned()
}

#[test]
fn a_release_has_archives_checksums_and_a_manifest() {
    let directory = tempfile::tempdir().expect("a directory");
    let said = release(directory.path());
    let dist = directory.path().join("dist");
    let name = |end: &str| dist.join(format!("terraform-provider-rosa_1.2.3_{end}"));
    assert_eq!(said.lines().count(), 6, "four archives, a manifest and checksums:\n{said}");

    let manifest = fs::read_to_string(name("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest, serde_json::json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } }));

    let sums = fs::read_to_string(name("SHA256SUMS")).expect("checksums");
    let check = r#"
import hashlib, pathlib, stat, sys, zipfile
folder = pathlib.Path(sys.argv[1])
(sums,) = folder.glob("*_SHA256SUMS")
for line in sums.read_text().splitlines():
    digest, name = line.split("  ")
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
(member,) = zipfile.ZipFile(folder / "terraform-provider-rosa_1.2.3_linux_amd64.zip").infolist()
print(member.filename, stat.filemode(member.external_attr >> 16))
"#;
    let output = run_python(&["-c", check, dist.to_str().expect("UTF-8")], LIMIT).success();
    assert_eq!(output.stdout().trim(), "terraform-provider-rosa_v1.2.3 -rwxr-xr-x");
    assert_eq!(sums.lines().count(), 5, "the manifest is among them:\n{sums}");

    release(directory.path());
    let again = fs::read_to_string(name("SHA256SUMS")).expect("checksums");
    assert_eq!(sums, again, "the same binary gives the same archive");
}

#[test]
fn engines_install_the_archive() {
    on_each_engine(|engine| {
        let directory = tempfile::tempdir().expect("a directory");
        release(directory.path());
        let mirror = directory.path().join("mirror");
        for registry in ["registry.terraform.io", "registry.opentofu.org"] {
            let packages = mirror.join(registry).join("rosa-ecr/rosa");
            fs::create_dir_all(&packages).expect("the directory is ours");
            for file in fs::read_dir(directory.path().join("dist")).expect("written") {
                let file = file.expect("readable").path();
                fs::copy(&file, packages.join(file.file_name().expect("a file"))).expect("the directory is ours");
            }
        }
        let config = directory.path().join("cli.tfrc");
        let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        fs::write(&config, text).expect("the directory is ours");

        let mut work = Workdir::bare(engine);
        work.env("TF_CLI_CONFIG_FILE", config.to_str().expect("UTF-8"));
        work.file(
            "main.tf",
            "terraform {\n  required_providers {\n    rosa = { source = \"rosa-ecr/rosa\" }\n  }\n}\n",
        );
        work.init().says("v1.2.3");
    });
}

#[test]
fn what_is_no_version_and_no_binary_is_refused() {
    let refused = |arguments: &[&str], why: &str| {
        let all = [&["../provider/dist.py"], arguments].concat();
        run_python(&all, LIMIT).failure().says(why);
    };
    refused(&["v1", "/nowhere", "linux_amd64=/bin/sh"], "is not a version");
    refused(&["1.2.3", "/nowhere", "linux_amd64=/nowhere/built"], "is not PLATFORM=BINARY");
    refused(&["1.2.3", "/nowhere"], "no binary");
}
