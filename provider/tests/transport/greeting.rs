//! The handshake: who is served, and what the line on stdout says.

use std::os::unix::fs::MetadataExt as _;

use crate::host::{self, COOKIE, ENVIRONMENT, Plugin, Remains};

/// How a plugin ends that is started with that environment and serves nobody.
#[track_caller]
fn refused(environment: &[(&str, &str)]) -> Remains {
    let remains = Plugin::start(&[], environment).remains();
    assert_eq!(remains.status.code(), Some(1), "{remains:?}");
    assert!(remains.files.is_empty(), "{remains:?}");
    remains
}

pub fn a_missing_or_wrong_cookie_is_met_with_an_explanation() {
    let versions = ("PLUGIN_PROTOCOL_VERSIONS", "6");
    for environment in [&[versions][..], &[versions, (COOKIE.0, "")], &[versions, (COOKIE.0, "chocolate")]] {
        let remains = refused(environment);
        assert_eq!(remains.stdout, "");
        for part in [
            "terraform-provider-weather 1.2.3",
            "required_providers",
            "source  = \"acme/weather\"",
            "make install",
            "~/.terraform.d/plugins/registry.terraform.io/acme/weather/1.2.3/",
            "--help",
        ] {
            assert!(remains.stderr.contains(part), "`{part}` is not in:\n{}", remains.stderr);
        }
    }
}

pub fn another_version_is_told_which_one_this_is() {
    let remains = refused(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "4,5")]);
    // The host compares versions before it reads further, and tells its user about both.
    assert_eq!(remains.stdout, "1|6|unix||grpc|\n");
    assert!(remains.stderr.contains("version 6") && remains.stderr.contains("4,5"), "{}", remains.stderr);
}

pub fn a_damaged_certificate_ends_it() {
    let environment: Vec<_> = ENVIRONMENT.iter().chain(&[("PLUGIN_CLIENT_CERT", "no PEM")]).copied().collect();
    let remains = refused(&environment);
    assert_eq!(remains.stdout, "");
    assert!(remains.stderr.contains("PLUGIN_CLIENT_CERT"), "{}", remains.stderr);
}

pub fn a_directory_that_is_missing_ends_it() {
    let environment: Vec<_> = ENVIRONMENT.iter().chain(&[("PLUGIN_UNIX_SOCKET_DIR", "/no/where")]).copied().collect();
    let remains = refused(&environment);
    assert_eq!(remains.stdout, "");
    assert!(remains.stderr.contains("/no/where"), "{}", remains.stderr);
}

pub fn the_line_says_where_and_how() {
    let (_plugin, line) = Plugin::hosted(&[]);
    let fields = line.fields();
    assert!(matches!(fields[..], ["1", "6", "unix", _, "grpc", _]), "{fields:?}");
    assert!(fields[5].len() > 50 && !fields[5].contains('='), "{fields:?}");
    let directory = line.socket().parent().and_then(|path| path.metadata().ok()).expect("a directory");
    assert_eq!(directory.mode() & 0o777, 0o700);

    let (_plugin, line) = Plugin::hosted_in_plaintext();
    assert_eq!(line.fields()[5..], [""], "no certificate without TLS");
}

pub fn multiplexing_is_declined_when_asked_for() {
    let (_plugin, line) = Plugin::hosted(&[("PLUGIN_MULTIPLEX_GRPC", "true")]);
    assert_eq!(line.fields()[6..], ["false"]);
}

pub fn the_hosts_socket_directory_is_used() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("UTF-8");
    let (plugin, line) = Plugin::hosted(&[("PLUGIN_UNIX_SOCKET_DIR", path)]);
    assert_eq!(line.socket().parent(), Some(directory.path()));
    host::run(async { host::shutdown(&plugin.connect(&line).await).await });
    let remains = plugin.remains();
    assert!(remains.status.success(), "{remains:?}");
    assert!(directory.path().read_dir().expect("it is still there").next().is_none(), "a socket is left");
}
