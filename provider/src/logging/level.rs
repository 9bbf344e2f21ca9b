//! How much to log.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;

/// Dependencies log less than they could. Below these levels the AWS SDK prints requests with their signatures and
/// session tokens, and the HTTP stack every frame.
const CAPS: [(&str, LevelFilter); 7] = [
    ("aws_", LevelFilter::DEBUG),
    ("h2", LevelFilter::INFO),
    ("hyper", LevelFilter::INFO),
    ("rustls", LevelFilter::INFO),
    ("tokio", LevelFilter::INFO),
    ("tonic", LevelFilter::INFO),
    ("tower", LevelFilter::INFO),
];

/// The variables that set the level, in the order in which they count: for this provider, for all providers, for
/// everything.
pub(crate) fn variables(provider: &str) -> [String; 3] {
    let own = format!("TF_LOG_PROVIDER_{}", provider.to_uppercase().replace('-', "_"));
    [own, String::from("TF_LOG_PROVIDER"), String::from("TF_LOG")]
}

/// The level that the first variable with a value asks for; off without one. What is no level means everything, as it
/// does to Terraform, which warns about it; `JSON` is one of these.
pub(crate) fn of(provider: &str, variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let names = variables(provider);
    match names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty())) {
        None => LevelFilter::OFF,
        Some(level) => match level.trim().to_ascii_lowercase().as_str() {
            "off" => LevelFilter::OFF,
            "error" => LevelFilter::ERROR,
            "warn" => LevelFilter::WARN,
            "info" => LevelFilter::INFO,
            "debug" => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        },
    }
}

/// Whether a span or event is written at that level.
pub(crate) fn passes(level: LevelFilter, metadata: &Metadata<'_>) -> bool {
    let cap = CAPS.iter().find(|(prefix, _)| metadata.target().starts_with(prefix)).map(|(_, cap)| *cap);
    *metadata.level() <= cap.map_or(level, |cap| cap.min(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_variable_counts() {
        for (variables, level) in [
            (&[][..], LevelFilter::OFF),
            (&[("TF_LOG", "info")], LevelFilter::INFO),
            (&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")], LevelFilter::WARN),
            (&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER_MY_CLOUD", "error")], LevelFilter::ERROR),
            (&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "debug")], LevelFilter::DEBUG),
            (&[("TF_LOG", "trace"), ("TF_LOG_PROVIDER", "off")], LevelFilter::OFF),
            (&[("TF_LOG", "JSON")], LevelFilter::TRACE),
            (&[("TF_LOG", "yes")], LevelFilter::TRACE),
            (&[("TF_LOG_CORE", "debug")], LevelFilter::OFF),
        ] {
            let variable =
                |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(of("my-cloud", variable), level, "{variables:?}");
        }
    }
}
