//! What a person reads who starts the binary by hand.

use rosa_ecr_goplugin::{Reattach, platform};
use rosa_ecr_proto::{PROTOCOL_MAJOR, PROTOCOL_MINOR};

use crate::about::Identity;
use crate::logging;

/// What `--version` prints.
pub(crate) fn version(identity: &Identity) -> String {
    format!("{} {} (plugin protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR})\n", identity.binary(), identity.version)
}

/// What is printed when the binary is started without a host and without arguments.
pub(crate) fn introduction(identity: &Identity) -> String {
    format!(
        "This is {binary} {version}, the provider {source} for Terraform and OpenTofu.\n\
         It is not started by hand: terraform and tofu start it themselves, once it is installed and a configuration \
         names it.\n\n{usage}\n{installation}\n`{binary} --help` says more.\n",
        binary = identity.binary(),
        version = identity.version,
        source = identity.source(),
        usage = usage(identity),
        installation = installation(identity),
    )
}

/// What `--help` prints.
pub(crate) fn help(identity: &Identity) -> String {
    let documentation = match &identity.documentation {
        Some(place) => format!("Documentation: {place}. "),
        None => String::new(),
    };
    format!(
        "{headline}\
         The provider {source} for Terraform and OpenTofu.\n\n\
         Usage: {binary} [--debug | --version | --help]\n\n\
         terraform and tofu start this program without arguments and talk to it over a socket of its own.\n\n\
         \x20 --debug    serve any client that attaches, until Ctrl-C; prints the variable that makes terraform and tofu attach\n\
         \x20 --version  print the version and the plugin protocol's\n\
         \x20 --help     print this\n\n\
         {usage}\n{installation}\n\
         Logs appear among those of terraform and tofu, from a level on: trace, debug, info, warn, error, off. The\n\
         first of these that is set is the level: {levels}.\n\n\
         {documentation}`terraform providers schema -json` lists every argument and what it means.\n",
        headline = version(identity),
        source = identity.source(),
        binary = identity.binary(),
        usage = usage(identity),
        installation = installation(identity),
        levels = logging::level_variables(identity.name()).join(", "),
    )
}

/// What `--debug` prints, with the value of the variable that makes hosts attach.
pub(crate) fn attachment(identity: &Identity, value: &str) -> String {
    format!(
        "{binary} {version} is running. To use it, set this where terraform or tofu runs:\n\n{assignment}\n\nCtrl-C \
         stops it.\n",
        binary = identity.binary(),
        version = identity.version,
        assignment = Reattach::shell_assignment(value),
    )
}

/// What is printed for an argument that means nothing.
pub(crate) fn unknown(identity: &Identity, argument: &str) -> String {
    format!(
        "{binary}: `{argument}` is not an argument. Usage: {binary} [--debug | --version | --help]\n",
        binary = identity.binary()
    )
}

/// The block that makes a configuration use the provider.
fn usage(identity: &Identity) -> String {
    format!(
        "To use it:\n\n\
         \x20 terraform {{\n\
         \x20   required_providers {{\n\
         \x20     {name} = {{\n\
         \x20       source  = \"{source}\"\n\
         \x20       version = \"{version}\"\n\
         \x20     }}\n\
         \x20   }}\n\
         \x20 }}\n",
        name = identity.name(),
        source = identity.source(),
        version = identity.version,
    )
}

/// Commands that put the binary where `terraform init` and `tofu init` find it.
fn installation(identity: &Identity) -> String {
    let mut text = match &identity.installer {
        Some(command) => format!("To install it, run `{command}` in a checkout of its sources. By hand:\n"),
        None => String::from("To install it:\n"),
    };
    for address in identity.addresses() {
        let directory = format!("~/.terraform.d/plugins/{address}/{}/{}", identity.version, platform());
        text.push_str(&format!(
            "\n  mkdir -p {directory}\n  cp {binary} {directory}/{binary}_v{version}\n",
            binary = identity.binary(),
            version = identity.version,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::about::About;

    fn identity() -> Identity {
        let about = About::new("acme/weather").installer("make install").documentation("docs/index.md");
        Identity::new(about, "1.2.3").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn help() {
        let text = super::help(&identity()).replace(&platform(), "<platform>");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn introduction() {
        let text = super::introduction(&identity()).replace(&platform(), "<platform>");
        insta::assert_snapshot!(text);
    }
}
