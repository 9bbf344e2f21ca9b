//! What is on stderr.

use rosa_ecr_proto::tfplugin6::validate_resource_config;
use serde_json::Value;

use crate::host::{self, Plugin};
use crate::plugin::{LOGS, PANICS};

/// The lines of stderr, after one call for that type.
fn lines(environment: &[(&str, &str)], type_name: &str) -> Vec<Value> {
    let (plugin, line) = Plugin::hosted(environment);
    host::run(async {
        let channel = plugin.connect(&line).await;
        let request = validate_resource_config::Request { type_name: type_name.to_owned(), ..Default::default() };
        let _ = host::provider(&channel).validate_resource_config(request).await;
        host::shutdown(&channel).await;
    });
    let remains = plugin.remains();
    assert!(remains.status.success(), "{remains:?}");
    remains
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// `2006-01-02T15:04:05.000000Z`, digit for digit.
fn is_timestamp(text: &str) -> bool {
    let form = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    text.len() == form.len()
        && text
            .chars()
            .zip(form.chars())
            .all(|(found, form)| if form == 'd' { found.is_ascii_digit() } else { found == form })
}

#[track_caller]
fn assert_hclog(line: &Value) {
    let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("`{name}` is no string: {line}"));
    assert!(["trace", "debug", "info", "warn", "error"].contains(&text("@level")), "{line}");
    assert!(is_timestamp(text("@timestamp")), "{line}");
    assert!(text("@module") == "weather" || text("@module").starts_with("weather."), "{line}");
    let _ = text("@message");
}

pub fn nothing_is_logged_unless_asked() {
    for environment in
        [&[][..], &[("TF_LOG", "trace"), ("TF_LOG_PROVIDER_WEATHER", "off")], &[("TF_LOG_CORE", "trace")]]
    {
        let lines = lines(environment, LOGS);
        assert!(lines.is_empty(), "{environment:?}: {lines:?}");
    }
}

pub fn lines_have_the_form_of_hclog() {
    for (name, level, own) in [
        ("TF_LOG_PROVIDER_WEATHER", "trace", true),
        ("TF_LOG_PROVIDER", "DEBUG", true),
        ("TF_LOG", "JSON", true),
        ("TF_LOG", "info", true),
        ("TF_LOG", "warn", false),
    ] {
        let lines = lines(&[(name, level)], LOGS);
        lines.iter().for_each(assert_hclog);
        let found = lines.iter().find(|line| line["@message"] == "the weather is \"fine\"");
        assert_eq!(found.is_some(), own, "{name}={level}: {lines:?}");
        if let Some(line) = found {
            assert_eq!((&line["size"], &line["tf_rpc"]), (&0.into(), &"ValidateResourceConfig".into()), "{line}");
        }
    }
}

pub fn a_panic_is_one_line_at_any_level() {
    let lines = lines(&[], PANICS);
    let [line] = &lines[..] else { panic!("one line expected: {lines:?}") };
    assert_hclog(line);
    assert_eq!(line["@level"], "error");
    let message = line["@message"].as_str().unwrap_or_default();
    assert!(message.starts_with("panic: it rains (at ") && message.contains("plugin.rs:"), "{line}");
    let backtrace = line["backtrace"].as_str().unwrap_or_default();
    assert!(backtrace.contains("validate"), "{line}");
}
