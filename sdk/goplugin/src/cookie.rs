//! The cookie by which a plugin knows that a host has started it.

/// The variable and its value, which Terraform and OpenTofu set for every provider. It is no secret: it tells being
/// started by a host from being started by hand.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
