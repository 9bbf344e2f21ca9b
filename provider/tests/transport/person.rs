//! What a person can do with the binary.

use std::path::Path;

use serde_json::Value;

use crate::host::{self, COOKIE, Plugin, Remains};
use crate::plugin::SOURCE_OVERRIDE;

fn with(arguments: &[&str]) -> Remains {
    Plugin::start(arguments, &[]).remains()
}

pub fn flags_print() {
    for (flag, part) in
        [("--version", "terraform-provider-weather 1.2.3 (plugin protocol 6.10)"), ("--help", "--debug")]
    {
        let remains = with(&[flag]);
        assert!(remains.status.success(), "{flag}: {remains:?}");
        assert!(remains.stdout.contains(part), "{flag}: {remains:?}");
        assert_eq!(remains.stderr, "", "{flag}");
    }
}

pub fn an_unknown_argument_is_named() {
    let remains = with(&["--quiet"]);
    assert_eq!((remains.status.code(), remains.stdout.as_str()), (Some(2), ""), "{remains:?}");
    assert!(remains.stderr.contains("`--quiet`") && remains.stderr.contains("--help"), "{remains:?}");
}

pub fn a_source_that_is_none_is_explained_to_the_author() {
    let remains = Plugin::start(&[], &[COOKIE, (SOURCE_OVERRIDE, "weather")]).remains();
    assert_eq!((remains.status.code(), remains.stdout.as_str()), (Some(1), ""), "{remains:?}");
    assert!(remains.stderr.contains("`weather`") && remains.stderr.contains("namespace/name"), "{remains:?}");
}

pub fn a_debugged_plugin_is_attached_to() {
    let mut plugin = Plugin::start(&["--debug"], &[]);
    let value = loop {
        let line = plugin.stdout_line();
        assert_ne!(line, "", "stdout ended before the variable came");
        if let Some(value) = line.trim_end().strip_prefix("export TF_REATTACH_PROVIDERS='") {
            break value.strip_suffix('\'').expect("the quote is closed").to_owned();
        }
    };
    let value: Value = serde_json::from_str(&value).expect("JSON");
    let entry = &value["registry.terraform.io/acme/weather"];
    assert_eq!(entry, &value["registry.opentofu.org/acme/weather"]);
    assert_eq!(
        (&entry["Protocol"], &entry["ProtocolVersion"], &entry["Pid"], &entry["Test"], &entry["Addr"]["Network"]),
        (&"grpc".into(), &6.into(), &plugin.id().into(), &true.into(), &"unix".into())
    );
    let socket = Path::new(entry["Addr"]["String"].as_str().expect("a path"));
    host::run(async {
        // Terraform comes and goes.
        for _ in 0..2 {
            let channel = host::connect(socket, None).await.expect("a connection");
            host::health(&channel, "plugin").await.expect("an answer");
        }
    });
    plugin.signal("INT");
    let remains = plugin.remains();
    assert!(remains.status.success() && remains.files.is_empty(), "{remains:?}");
    assert_eq!(remains.stderr, "");
}
