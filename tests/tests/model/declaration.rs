//! What can be declared, and which objects that stands for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use rosa_ecr::aws;
use rosa_ecr::model::{Block, Type, Value, conform};
use rosa_ecr_fake_aws::{Cloud, OIDC_PROVIDER, SUBNETS, Uid, VPC};

/// The names that everything is declared under.
const NAMES: [&str; 3] = ["app", "web", "job"];

/// The role that workers share.
pub const WORKER: &str = "worker";

/// The instance profile with that role.
pub const PROFILE: &str = "pool";

/// What a resource is, by its type and the number of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Repository(usize),
    Lifecycle(usize),
    Group(usize),
    PushRole(usize),
    /// Through the role or, with 1, the instance profile.
    Pull(usize),
    Registry(usize),
}

/// A resource as a configuration has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    pub what: What,
    pub force_delete: bool,
    pub prevent_destroy: bool,
    /// Which of two settings it has that are changed in place.
    pub variant: bool,
    pub create_before_destroy: bool,
}

impl Declaration {
    pub fn of(what: What) -> Self {
        Self { what, force_delete: false, prevent_destroy: false, variant: false, create_before_destroy: false }
    }

    /// The type name.
    pub fn type_name(&self) -> &'static str {
        self.what.type_name()
    }

    /// The configuration in full shape.
    pub fn config(&self) -> Value {
        conform(&shape(self.type_name()).0, Value::map(self.arguments()))
    }

    fn arguments(&self) -> Vec<(&'static str, Value)> {
        let tags = ("tags", Value::map([("variant", if self.variant { "b".into() } else { "a".into() })]));
        let keep = |settings: &mut Vec<_>| {
            settings.push(("force_delete", self.force_delete.into()));
            settings.push(("prevent_destroy", self.prevent_destroy.into()));
        };
        match self.what {
            What::Repository(name) => {
                let mut arguments = vec![("name", NAMES[name].into()), tags];
                keep(&mut arguments);
                arguments
            }
            What::Lifecycle(name) => vec![
                ("repository", NAMES[name].into()),
                ("untagged_days", if self.variant { 7 } else { 14 }.into()),
                ("keep_count", 30.into()),
            ],
            What::Group(name) => vec![("name", NAMES[name].into()), ("vpc_id", VPC.into()), tags],
            What::PushRole(name) => vec![
                ("name", NAMES[name].into()),
                ("repository_arns", Value::set(["arn:aws:ecr:us-east-1:123456789012:repository/app".into()])),
                ("oidc_provider_arn", OIDC_PROVIDER.into()),
                ("service_accounts", Value::set(["ci:builder".into()])),
                tags,
            ],
            What::Pull(0) => vec![("role_name", WORKER.into())],
            What::Pull(_) => vec![("instance_profile_name", PROFILE.into())],
            What::Registry(name) => {
                let mut arguments = vec![
                    ("cluster_name", NAMES[name].into()),
                    // The default would be app-registry.
                    ("repository_name", NAMES[name].into()),
                    ("worker_role_names", Value::set([WORKER.into()])),
                    ("create_vpc_endpoints", (name == 0).into()),
                    tags,
                ];
                if name == 0 {
                    arguments.push(("vpc_id", VPC.into()));
                    arguments.push(("private_subnet_ids", Value::set(SUBNETS.map(Value::from))));
                }
                keep(&mut arguments);
                arguments
            }
        }
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        let flags = [
            (self.force_delete, "force_delete"),
            (self.prevent_destroy, "prevent_destroy"),
            (self.variant, "variant b"),
            (self.create_before_destroy, "create_before_destroy"),
        ];
        flags.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, flag)| write!(f, ", {flag}"))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pull(0) => write!(f, "{} of {WORKER}", self.type_name()),
            Self::Pull(_) => write!(f, "{} of {PROFILE}", self.type_name()),
            Self::Repository(name)
            | Self::Lifecycle(name)
            | Self::Group(name)
            | Self::PushRole(name)
            | Self::Registry(name) => write!(f, "{} {}", self.type_name(), NAMES[*name]),
        }
    }
}

impl What {
    /// The type name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Repository(_) => "rosa_ecr_repository",
            Self::Lifecycle(_) => "rosa_ecr_lifecycle_policy",
            Self::Group(_) => "rosa_ecr_endpoint_security_group",
            Self::PushRole(_) => "rosa_ecr_push_role",
            Self::Pull(_) => "rosa_ecr_pull_policy_attachment",
            Self::Registry(_) => "rosa_ecr",
        }
    }

    /// What must be there before it.
    pub fn needs(self) -> Option<Self> {
        match self {
            Self::Lifecycle(name) => Some(Self::Repository(name)),
            _ => None,
        }
    }

    /// The id for an import, where the object is there.
    pub fn import_id(self, cloud: &Cloud) -> Option<String> {
        match self {
            Self::Repository(name) | Self::Lifecycle(name) => {
                cloud.repository(NAMES[name]).map(|_| NAMES[name].to_owned())
            }
            Self::PushRole(name) => cloud.role(NAMES[name]).map(|_| NAMES[name].to_owned()),
            Self::Pull(_) | Self::Group(_) => None,
            Self::Registry(name) => cloud.repository(NAMES[name]).map(|_| format!("{0}/{0}", NAMES[name])),
        }
    }

    /// The repository that it is about.
    pub fn repository(self) -> Option<&'static str> {
        match self {
            Self::Repository(name) | Self::Lifecycle(name) | Self::Registry(name) => Some(NAMES[name]),
            _ => None,
        }
    }
}

/// The objects that a state is about, as far as they are there; `None` in place of one that is not.
pub fn objects(cloud: &Cloud, type_name: &str, state: &Value) -> Vec<Option<Uid>> {
    let text = |name: &str| state.get(name).as_str().unwrap_or_default().to_owned();
    match type_name {
        "rosa_ecr_repository" => vec![cloud.repository(&text("name"))],
        "rosa_ecr_endpoint_security_group" => vec![cloud.group(&text("id"))],
        "rosa_ecr_push_role" => vec![cloud.role(&text("name"))],
        "rosa_ecr" => {
            // A registry whose repository is gone has none of that name.
            let named = Some(text("repository_name")).filter(|_| !text("repository_arn").is_empty());
            let repository = named.map(|name| cloud.repository(&name));
            let id = |name: &str| Some(text(name)).filter(|id| !id.is_empty());
            let endpoints = ["ecr_api_endpoint_id", "ecr_dkr_endpoint_id"].into_iter().filter_map(id);
            let group = id("endpoint_security_group_id").map(|id| cloud.group(&id));
            repository.into_iter().chain(endpoints.map(|id| cloud.endpoint(&id))).chain(group).collect()
        }
        _ => Vec::new(),
    }
}

/// The schema of a type, and the type of its values.
pub fn shape(type_name: &str) -> &'static (Block, Type) {
    static SHAPES: LazyLock<BTreeMap<String, (Block, Type)>> = LazyLock::new(|| {
        let kinds = aws::kinds().into_iter();
        let shapes = kinds.map(|kind| {
            let block = kind.schema().block.clone();
            let ty = block.ty();
            (kind.type_name().to_owned(), (block, ty))
        });
        shapes.collect()
    });
    &SHAPES[type_name]
}
