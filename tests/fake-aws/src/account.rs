//! What there is in the account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::record::Record;

/// The id of the account.
pub const ACCOUNT: &str = "123456789012";

/// Its one region.
pub const REGION: &str = "us-east-1";

/// Its one VPC.
pub const VPC: &str = "vpc-1";

/// The subnets of the VPC.
pub const SUBNETS: [&str; 2] = ["subnet-1", "subnet-2"];

/// The OIDC provider of a cluster.
pub const OIDC_PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/cluster";

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// The identity of an object: its name or id, and which object of all that were ever made it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid {
    kind: &'static str,
    name: String,
    serial: u64,
}

impl Uid {
    /// What it is: `repository`, `security group`, `endpoint` or `role`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (object {})", self.kind, self.name, self.serial)
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) roles: BTreeMap<String, Role>,
    /// The role of each instance profile.
    pub(crate) profiles: BTreeMap<String, String>,
    pub(crate) written: Vec<Uid>,
    pub(crate) log: Vec<Record>,
    pub(crate) tags_spread_late: bool,
    serial: u64,
}

#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) uid: Uid,
    /// Milliseconds.
    pub(crate) created_at: u64,
    pub(crate) mutability: String,
    pub(crate) filters: serde_json::Value,
    pub(crate) scan_on_push: bool,
    pub(crate) encryption: serde_json::Value,
    pub(crate) tags: Tags,
    /// What the next read of the tags shows.
    pub(crate) stale: Option<Tags>,
    pub(crate) lifecycle: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) images: Vec<String>,
    /// Whether a provider made it.
    pub(crate) is_ours: bool,
}

/// A rule of a security group with one source: protocol, ports, block.
pub(crate) type Rule = (String, Option<(i32, i32)>, String);

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) uid: Uid,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) vpc_id: String,
    pub(crate) description: String,
    pub(crate) ingress: BTreeSet<Rule>,
    pub(crate) egress: BTreeSet<Rule>,
    pub(crate) tags: Tags,
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) uid: Uid,
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) vpc_id: String,
    pub(crate) subnets: BTreeSet<String>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) private_dns: bool,
    pub(crate) policy: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) tags: Tags,
}

#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) uid: Uid,
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) trust: String,
    pub(crate) description: String,
    pub(crate) max_session: i64,
    pub(crate) boundary: Option<String>,
    pub(crate) inline: BTreeMap<String, String>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) tags: Tags,
    /// What the next read of the tags shows.
    pub(crate) stale: Option<Tags>,
    /// Whether a provider made it.
    pub(crate) is_ours: bool,
}

impl Account {
    /// The number of the next object.
    pub(crate) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A new identity, as one that was written to.
    pub(crate) fn uid(&mut self, kind: &'static str, name: &str) -> Uid {
        let uid = Uid { kind, name: name.to_owned(), serial: self.next() };
        self.written.push(uid.clone());
        uid
    }

    /// The objects, as far as it is wanted by whether a provider made them.
    pub(crate) fn objects(&self, is_wanted: impl Fn(bool) -> bool) -> Vec<Uid> {
        let repositories = self.repositories.values().filter(|it| is_wanted(it.is_ours)).map(|it| &it.uid);
        let roles = self.roles.values().filter(|it| is_wanted(it.is_ours)).map(|it| &it.uid);
        let groups = self.groups.values().map(|it| &it.uid);
        let endpoints = self.endpoints.values().map(|it| &it.uid);
        repositories.chain(roles).chain(groups).chain(endpoints).cloned().collect()
    }
}
