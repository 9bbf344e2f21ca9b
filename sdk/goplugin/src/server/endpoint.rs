//! Where the server listens: a unix socket that only its host can reach, or loopback TCP if there are none.

use std::fmt;
use std::io;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use crate::address::Address;
use crate::environment::Environment;
use crate::stream::BoxedStream;

/// A bound listener. Dropping it removes what it made in the file system.
pub(crate) struct Endpoint {
    pub(crate) listener: Listener,
    pub(crate) address: Address,
    #[cfg(unix)]
    _files: Option<unix::Files>,
}

/// A listener of either kind.
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener),
    #[cfg_attr(unix, allow(dead_code, reason = "unix sockets are used where they exist"))]
    Tcp(TcpListener),
}

impl Listener {
    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<BoxedStream> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Box::new(stream) as BoxedStream),
            Self::Tcp(listener) => listener.accept().await.map(|(stream, _)| Box::new(stream) as BoxedStream),
        }
    }
}

/// Why there is nothing to listen on.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}: {reason}")]
pub struct BindError {
    what: String,
    reason: String,
}

impl BindError {
    fn new(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { what: what.into(), reason: reason.to_string() }
    }
}

impl Endpoint {
    /// Listens where this platform's hosts expect it. It has to be called within a tokio runtime.
    pub(crate) fn bind(environment: &Environment) -> Result<Self, BindError> {
        #[cfg(unix)]
        return unix::bind(environment);
        #[cfg(not(unix))]
        return tcp::bind(environment);
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::path::Path;

    use tempfile::{TempDir, TempPath};

    use super::{Address, BindError, Endpoint, Environment, Listener, UnixListener};
    use crate::environment::{SOCKET_DIRECTORY, SOCKET_GROUP};

    /// What is removed at the end: the socket and then, when it is ours, its directory.
    pub(super) struct Files {
        _socket: TempPath,
        _directory: Option<TempDir>,
    }

    pub(super) fn bind(environment: &Environment) -> Result<Endpoint, BindError> {
        let group = environment.get(SOCKET_GROUP).map(group_id).transpose()?;
        let directory = match environment.get(SOCKET_DIRECTORY) {
            Some(_) => None,
            None => Some(private_directory(group)?),
        };
        let parent = match (&directory, environment.get(SOCKET_DIRECTORY)) {
            (Some(directory), _) => directory.path(),
            (None, given) => Path::new(given.unwrap_or_default()),
        };
        let (listener, socket) = tempfile::Builder::new()
            .prefix("plugin")
            .make_in(parent, |path| UnixListener::bind(path))
            .map_err(|error| BindError::new(format!("make a socket in {}", parent.display()), error))?
            .into_parts();
        if let Some(group) = group {
            share(&socket, group, 0o660)?;
        }
        if socket.to_str().is_none() {
            return Err(BindError::new(format!("announce the socket {}", socket.display()), "its path is not UTF-8"));
        }
        Ok(Endpoint {
            address: Address::Unix(socket.to_path_buf()),
            listener: Listener::Unix(listener),
            _files: Some(Files { _socket: socket, _directory: directory }),
        })
    }

    /// A directory that only we can enter, and that group if there is one.
    fn private_directory(group: Option<u32>) -> Result<TempDir, BindError> {
        let directory = tempfile::Builder::new()
            .prefix("provider-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(|error| BindError::new("make a directory for the socket", error))?;
        if let Some(group) = group {
            share(directory.path(), group, 0o710)?;
        }
        Ok(directory)
    }

    fn share(path: &Path, group: u32, mode: u32) -> Result<(), BindError> {
        chown(path, None, Some(group))
            .and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(mode)))
            .map_err(|error| BindError::new(format!("give {} to group {group}", path.display()), error))
    }

    /// The number of a group. Names are looked up in `/etc/group` alone: other directories of names are behind C
    /// functions that are not safe to call from here.
    fn group_id(group: &str) -> Result<u32, BindError> {
        if let Ok(id) = group.parse() {
            return Ok(id);
        }
        let what = || format!("find the group `{group}` of {SOCKET_GROUP}");
        let groups = std::fs::read_to_string("/etc/group").map_err(|error| BindError::new(what(), error))?;
        groups
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&group))
            .and_then(|fields| fields.get(2)?.parse().ok())
            .ok_or_else(|| BindError::new(what(), "/etc/group does not have it. Give the group's number"))
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::fs::MetadataExt as _;
        use std::path::PathBuf;

        use super::*;

        fn bound(variables: &[(&str, &str)]) -> Result<Endpoint, BindError> {
            bind(&variables.iter().copied().collect())
        }

        fn socket(endpoint: &Endpoint) -> PathBuf {
            match &endpoint.address {
                Address::Unix(path) => path.clone(),
                Address::Tcp(address) => panic!("{address} is no socket"),
            }
        }

        fn mode(path: impl AsRef<Path>) -> u32 {
            std::fs::metadata(path).map(|metadata| metadata.mode() & 0o777).unwrap_or_else(|error| panic!("{error}"))
        }

        #[tokio::test]
        async fn the_socket_is_private_and_goes_away() {
            let endpoint = bound(&[]).unwrap_or_else(|error| panic!("{error}"));
            let socket = socket(&endpoint);
            let directory = socket.parent().unwrap_or_else(|| panic!("{}", socket.display())).to_owned();
            assert_eq!(mode(&directory), 0o700);
            drop(endpoint);
            assert!(!directory.exists(), "{}", directory.display());
        }

        #[tokio::test]
        async fn the_hosts_directory_stays() {
            let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
            let path = directory.path().to_str().unwrap_or_else(|| panic!("{directory:?}"));
            let variables = [(SOCKET_DIRECTORY, path)];
            let (first, second) = (bound(&variables), bound(&variables));
            let (Ok(first), Ok(second)) = (first, second) else { panic!("two sockets in one directory") };
            assert_ne!(first.address, second.address);
            assert!(socket(&first).starts_with(path), "{}", first.address);
            drop((first, second));
            assert_eq!(std::fs::read_dir(path).map(Iterator::count).ok(), Some(0));
        }

        #[tokio::test]
        async fn a_group_may_connect() {
            let own = std::fs::metadata(std::env::temp_dir()).map(|metadata| metadata.gid()).unwrap_or_default();
            let endpoint = bound(&[(SOCKET_GROUP, &own.to_string())]).unwrap_or_else(|error| panic!("{error}"));
            let socket = socket(&endpoint);
            assert_eq!(mode(&socket), 0o660);
            assert_eq!(socket.parent().map(mode), Some(0o710));
            assert_eq!(std::fs::metadata(socket).map(|metadata| metadata.gid()).ok(), Some(own));
        }

        #[test]
        fn a_group_that_nobody_knows_is_named() {
            let error = group_id("no-such-group").expect_err("it does not exist").to_string();
            assert!(error.contains("`no-such-group`") && error.contains(SOCKET_GROUP), "{error}");
        }

        #[tokio::test]
        async fn a_directory_that_is_missing_is_named() {
            let error = bound(&[(SOCKET_DIRECTORY, "/nowhere/at/all")]).err().map(|error| error.to_string());
            assert!(error.as_deref().is_some_and(|text| text.contains("/nowhere/at/all")), "{error:?}");
        }
    }
}

/// Compiled on unix for its tests alone.
#[cfg(any(not(unix), test))]
mod tcp {
    use std::net::{Ipv4Addr, TcpListener as Bound};

    use super::{Address, BindError, Endpoint, Environment, Listener, TcpListener};
    use crate::environment::{MAX_PORT, MIN_PORT};

    /// Takes the first free port of the host's range; any port when it gives none.
    pub(super) fn bind(environment: &Environment) -> Result<Endpoint, BindError> {
        let (lowest, highest) = (port(environment, MIN_PORT)?, port(environment, MAX_PORT)?);
        if lowest > highest {
            let reason = format!("{MIN_PORT}, {lowest}, is more than {MAX_PORT}, {highest}");
            return Err(BindError::new("choose a port", reason));
        }
        let listener = (lowest..=highest)
            .find_map(|port| Bound::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .ok_or_else(|| BindError::new("listen on 127.0.0.1", format!("ports {lowest} to {highest} are taken")))?;
        let failed = |error| BindError::new("listen on 127.0.0.1", error);
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Endpoint {
            address: Address::Tcp(address.to_string()),
            listener: Listener::Tcp(TcpListener::from_std(listener).map_err(failed)?),
            #[cfg(unix)]
            _files: None,
        })
    }

    fn port(environment: &Environment, name: &str) -> Result<u16, BindError> {
        let Some(text) = environment.get(name) else { return Ok(0) };
        text.parse().map_err(|error| BindError::new(format!("read {name}, which is `{text}`"), error))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn the_first_free_port_of_the_range_is_taken() {
            let taken =
                Bound::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| Ok((listener.local_addr()?, listener)));
            let (address, _listener) = taken.unwrap_or_else(|error| panic!("{error}"));
            let (lowest, highest) = (address.port(), address.port().saturating_add(100));
            let variables = [(MIN_PORT, lowest.to_string()), (MAX_PORT, highest.to_string())];
            let endpoint = bind(&variables.into_iter().collect()).unwrap_or_else(|error| panic!("{error}"));
            let port =
                endpoint.address.to_string().strip_prefix("127.0.0.1:").and_then(|port| port.parse::<u16>().ok());
            assert!(port.is_some_and(|port| lowest < port && port <= highest), "{}", endpoint.address);
        }

        #[tokio::test]
        async fn a_range_that_makes_no_sense_is_named() {
            for (lowest, highest, part) in [("2", "1", "is more than"), ("x", "1", "`x`"), ("1", "65536", "`65536`")] {
                let variables = [(MIN_PORT, lowest), (MAX_PORT, highest)];
                let error = bind(&variables.into_iter().collect()).err().map(|error| error.to_string());
                assert!(error.as_deref().is_some_and(|text| text.contains(part)), "{lowest} to {highest}: {error:?}");
            }
        }
    }
}
