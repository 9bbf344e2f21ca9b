//! Who a provider is: its source address, its version, and what its author tells people who start it by hand.

use std::fmt;

use rosa_ecr_model::Provider;

/// The registries that a source without a host means: Terraform's and OpenTofu's.
const DEFAULT_HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// What an author says about a provider besides its code.
///
/// A source alone is enough, so wherever this is wanted a string does:
///
/// ```
/// use rosa_ecr_provider::About;
///
/// let short = About::from("acme/weather");
/// let long = About::new("acme/weather").installer("make install").documentation("docs/index.md");
/// # let _ = (short, long);
/// ```
#[derive(Clone, Debug)]
pub struct About {
    source: String,
    installer: Option<String>,
    documentation: Option<String>,
}

impl About {
    /// The provider whose `source` in a `required_providers` block is this: `namespace/name`, or `host/namespace/name`
    /// for a registry other than Terraform's and OpenTofu's own.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), installer: None, documentation: None }
    }

    /// Names a command that installs the provider from its sources. `--help` says how to install it by hand in any
    /// case.
    #[must_use]
    pub fn installer(mut self, command: impl Into<String>) -> Self {
        self.installer = Some(command.into());
        self
    }

    /// Says where the documentation is: an address or a path.
    #[must_use]
    pub fn documentation(mut self, place: impl Into<String>) -> Self {
        self.documentation = Some(place.into());
        self
    }
}

impl From<&str> for About {
    fn from(source: &str) -> Self {
        Self::new(source)
    }
}

impl From<String> for About {
    fn from(source: String) -> Self {
        Self::new(source)
    }
}

/// [`About`], understood, and the version.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    host: Option<String>,
    namespace: String,
    name: String,
    pub(crate) version: String,
    pub(crate) installer: Option<String>,
    pub(crate) documentation: Option<String>,
}

impl Identity {
    /// That of a provider made from kinds.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), and a source that ends in another name than the provider's.
    pub(crate) fn of<P: Provider>(about: About) -> Result<Self, InvalidSource> {
        let identity = Self::new(about, P::VERSION)?;
        if identity.name == P::NAME {
            Ok(identity)
        } else {
            Err(InvalidSource::OtherName { source: identity.source(), name: P::NAME })
        }
    }

    /// Takes the source apart.
    ///
    /// # Errors
    ///
    /// A source that Terraform would not accept.
    pub(crate) fn new(about: About, version: &str) -> Result<Self, InvalidSource> {
        let (host, namespace, name) = match *about.source.split('/').collect::<Vec<_>>() {
            [namespace, name] => (None, namespace, name),
            [host, namespace, name] if is_host(host) => (Some(host), namespace, name),
            _ => return Err(InvalidSource::Form(about.source)),
        };
        if !is_label(namespace) || !is_label(name) {
            return Err(InvalidSource::Form(about.source));
        }
        Ok(Self {
            host: host.map(String::from),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            installer: about.installer,
            documentation: about.documentation,
        })
    }

    /// The last part of the source, with which every type name begins.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What stands in `source`.
    pub(crate) fn source(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}/{}", self.namespace, self.name),
            None => format!("{}/{}", self.namespace, self.name),
        }
    }

    /// The full addresses that hosts make of the source: Terraform's first, and OpenTofu's if it is another.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let hosts = match &self.host {
            Some(host) => vec![host.as_str()],
            None => DEFAULT_HOSTS.to_vec(),
        };
        hosts.iter().map(|host| format!("{host}/{}/{}", self.namespace, self.name)).collect()
    }

    /// What the binary is called, without version and platform.
    pub(crate) fn binary(&self) -> String {
        format!("terraform-provider-{}", self.name)
    }
}

/// A mistake of the author's, who alone can see this.
#[derive(Debug)]
pub(crate) enum InvalidSource {
    /// It is not a source.
    Form(String),
    /// It names another provider.
    OtherName { source: String, name: &'static str },
}

impl fmt::Display for InvalidSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(source) => write!(
                f,
                "`{source}` is not the source of a provider. Give `rosa_ecr_provider::run` what stands in `source` of \
                 a required_providers block: `namespace/name` or `host/namespace/name`, of lowercase letters, digits \
                 and dashes."
            ),
            Self::OtherName { source, name } => write!(
                f,
                "The source `{source}` does not end in `{name}`, which is the provider's NAME and the first word of \
                 its type names. Terraform would look for another provider: make the two equal."
            ),
        }
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    (name.contains('.') || name == "localhost") && name.split('.').all(is_label) && port.parse::<u16>().is_ok()
}

/// Underscores are fine in few places and digits in front in even fewer; dashes inside are fine everywhere.
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rosa_ecr_model::{Diagnostics, Kind};

    use super::*;

    fn identity(source: &str) -> Identity {
        Identity::new(About::new(source), "1.2.3").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_short_source_means_both_registries() {
        let identity = identity("acme/weather");
        assert_eq!(identity.addresses(), ["registry.terraform.io/acme/weather", "registry.opentofu.org/acme/weather"]);
        assert_eq!(
            (identity.name(), identity.source(), identity.binary()),
            ("weather", "acme/weather".to_owned(), "terraform-provider-weather".to_owned())
        );
    }

    #[test]
    fn a_host_is_kept() {
        for host in ["example.com", "localhost:8080"] {
            let source = format!("{host}/acme/weather");
            assert_eq!(identity(&source).addresses(), [source]);
        }
    }

    /// A provider.
    #[derive(Clone, Debug, rosa_ecr_derive::Inputs)]
    struct Weather {}

    impl Provider for Weather {
        const NAME: &'static str = "weather";
        const VERSION: &'static str = "1.2.3";
        type Context = ();

        fn kinds() -> Vec<Arc<dyn Kind<()>>> {
            vec![]
        }

        async fn configure(self) -> Result<(), Diagnostics> {
            Ok(())
        }
    }

    #[test]
    fn a_source_and_its_provider_have_one_name() {
        assert!(Identity::of::<Weather>("acme/weather".into()).is_ok_and(|identity| identity.version == "1.2.3"));
        let error = Identity::of::<Weather>("acme/climate".into()).expect_err("the names differ").to_string();
        assert!(error.contains("`acme/climate`") && error.contains("`weather`"), "{error}");
    }

    #[test]
    fn what_terraform_refuses_is_refused() {
        for source in ["", "weather", "a/b/c", "a/b/c/d", "acme/", "acme/we_ather", "Acme/weather", "acme/-weather"] {
            let error = Identity::new(About::new(source), "1.2.3").expect_err(source);
            assert!(error.to_string().contains(&format!("`{source}`")), "{error}");
        }
    }
}
