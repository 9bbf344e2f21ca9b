//! Where a plugin listens.

use std::fmt;
use std::path::PathBuf;

/// A socket, in the two parts in which Go writes it: network and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port: `address:port`.
    Tcp(String),
}

impl Address {
    /// The address in that network; `None` if the network is neither `unix` nor `tcp`.
    pub fn new(network: &str, address: &str) -> Option<Self> {
        match network {
            "unix" => Some(Self::Unix(address.into())),
            "tcp" => Some(Self::Tcp(address.to_owned())),
            _ => None,
        }
    }

    /// `unix` or `tcp`.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

/// The address in its network.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => f.write_str(address),
        }
    }
}
