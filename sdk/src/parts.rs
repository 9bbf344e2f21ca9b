//! A registry as a component: each of its parts a resource of its own.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_aws::ec2::{EndpointSecurityGroup, VpcEndpoint};
use rosa_ecr_aws::ecr::{LifecyclePolicy, LifecyclePolicyHandles, Repository};
use rosa_ecr_aws::iam::PullPolicyAttachment;
use rosa_ecr_aws::openshift::Idms;
use rosa_ecr_aws::{Aws, RosaEcr, RosaEcrHandles};
use rosa_ecr_engine::{Component, Declare, Handles, Options, Result, Stack};
use rosa_ecr_model::{
    Address, Args, Declared, DeclaredInputs, DecodeError, Diagnostic, Diagnostics, Field, Output, Resource, conform,
    kind,
};

/// Declares a registry as a component of its parts. Implemented by what the builder of [`RosaEcr`] gives.
///
/// One resource or a component: what is made is the same. The component shows each part in a preview, and a part can be a
/// `--target`, or be named by other resources. The arguments that say which parts there are must be values, not outputs: `lifecycle_policy_enabled`,
/// `create_vpc_endpoints`, `additional_endpoints`, `generate_idms`, and how many there are of `endpoint_security_group_ids`,
/// `worker_role_names` and `instance_profile_names`. All others may come from other resources.
///
/// What depends on what AWS has already is not for a component: `use_existing_endpoints`, and an S3 endpoint without
/// `route_table_ids`. Both are errors here.
///
/// | Part | Declared where | Name |
/// |---|---|---|
/// | repository | always | `{name}/repository` |
/// | lifecycle policy | `lifecycle_policy_enabled` | `{name}/lifecycle` |
/// | security group | `create_vpc_endpoints`, without `endpoint_security_group_ids` | `{name}/security-group` |
/// | endpoints | `create_vpc_endpoints`, and those of `additional_endpoints` | `{name}/api-endpoint`, `{name}/dkr-endpoint`, `{name}/s3-endpoint` … |
/// | pull permissions | one for each of `worker_role_names` and `instance_profile_names` | `{name}/role:…`, `{name}/instance-profile:…` |
/// | mirror file | `generate_idms` | `{name}/idms` |
///
/// The pull permission of a role that another resource makes is called after that resource's output, such as
/// `{name}/role:worker.name`.
///
/// ```
/// use rosa_ecr::prelude::*;
///
/// fn infra(stack: &mut Stack) -> Result<()> {
///     let registry = RosaEcr::builder()
///         .cluster_name("dev")
///         .vpc_id("vpc-1")
///         .private_subnet_ids(["subnet-1", "subnet-2"])
///         .worker_role_names(["ManagedOpenShift-Worker-Role"])
///         .build()
///         .declare_parts(stack, "registry")?;
///     let builders = PushRole::builder()
///         .name("dev-push")
///         .repository_arns([registry.repository.arn])
///         .oidc_provider_arn("arn:aws:iam::123456789012:oidc-provider/oidc.example/dev")
///         .service_accounts(["ci:builder"])
///         .build();
///     // Nobody pushes before the nodes can pull.
///     builders.declare_with(stack, "push", Options::new().depends_on(&registry.component))?;
///     Ok(())
/// }
/// # infra(&mut Stack::new("dev")).expect("it can be declared");
/// ```
pub trait DeclareParts: Sized {
    /// Declares the parts; their names start with `name`.
    ///
    /// # Errors
    /// Where an argument is wrong or missing as far as it is known by now, where one that must be a value is not, and
    /// those of [`Declare::declare`].
    #[track_caller]
    fn declare_parts(self, stack: &mut Stack, name: &str) -> Result<RosaEcrParts> {
        self.declare_parts_with(stack, name, Options::new())
    }

    /// The same with options of the component, which hold for all parts: see [`Options`].
    ///
    /// # Errors
    /// Those of [`declare_parts`](Self::declare_parts).
    #[track_caller]
    fn declare_parts_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<RosaEcrParts>;
}

/// The parts of a registry.
#[derive(Clone, Debug)]
pub struct RosaEcrParts {
    /// All of them, for [`Options::depends_on`].
    pub component: Component,
    /// The repository.
    pub repository: Handles<Repository>,
    /// The lifecycle policy, if there is one.
    pub lifecycle: Option<Handles<LifecyclePolicy>>,
    /// The security group that was made for the endpoints.
    pub security_group: Option<Handles<EndpointSecurityGroup>>,
    /// The endpoint of ECR's API.
    pub api_endpoint: Option<Handles<VpcEndpoint>>,
    /// The endpoint that images come through.
    pub dkr_endpoint: Option<Handles<VpcEndpoint>>,
    /// The endpoints of `additional_endpoints`, by service.
    pub additional_endpoints: BTreeMap<String, Handles<VpcEndpoint>>,
    /// The pull permissions, by their names without that of the component.
    pub pulls: BTreeMap<String, Handles<PullPolicyAttachment>>,
    /// The mirror file.
    pub idms: Option<Handles<Idms>>,
}

impl Declared for RosaEcrParts {
    fn address(&self) -> &Address {
        self.component.address()
    }
}

impl DeclareParts for Args<RosaEcr> {
    #[track_caller]
    fn declare_parts_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<RosaEcrParts> {
        check(name, &self)?;
        let whole: RosaEcrHandles = self.handles();
        let component = stack.component_with(name, &options)?;
        let declaring = &mut Declaring { stack, component: component.clone() };

        let repository = declaring.part::<Repository>("repository", whole.repository())?;
        let mut lifecycle = None;
        if decides("lifecycle_policy_enabled", &whole.lifecycle_policy_enabled)? {
            // Through the repository's handle, so that the policy comes after it.
            let inputs = LifecyclePolicyHandles { repository: repository.inputs.name.clone(), ..whole.lifecycle() };
            lifecycle = Some(declaring.part::<LifecyclePolicy>("lifecycle", inputs)?);
        }
        let mut network = Network::default();
        if decides("create_vpc_endpoints", &whole.create_vpc_endpoints)? {
            network = declare_network(declaring, &whole)?;
        }
        let Network { security_group, api_endpoint, dkr_endpoint, additional_endpoints } = network;
        let roles = labelled("worker_role_names", "role", &whole.worker_role_names)?;
        // Only a scoped permission needs the repository first.
        let permission = whole.pull_permission.without_resources().map_err(misfit)?;
        let arn = permission.is_none_or(|permission| permission == "scoped").then(|| repository.arn.clone());
        let roles = roles.into_iter().map(|(label, role)| (label, whole.pull_of_role(role, arn.clone())));
        let profiles = labelled("instance_profile_names", "instance-profile", &whole.instance_profile_names)?;
        let profiles =
            profiles.into_iter().map(|(label, profile)| (label, whole.pull_of_profile(profile, arn.clone())));
        let mut pulls = BTreeMap::new();
        for (label, inputs) in roles.chain(profiles) {
            let pull = declaring.part::<PullPolicyAttachment>(&label, inputs)?;
            pulls.insert(label, pull);
        }
        let mut idms = None;
        if decides("generate_idms", &whole.generate_idms)? {
            idms = Some(declaring.part::<Idms>("idms", whole.idms(repository.registry_url.clone()))?);
        }
        Ok(RosaEcrParts {
            component,
            repository,
            lifecycle,
            security_group,
            api_endpoint,
            dkr_endpoint,
            additional_endpoints,
            pulls,
            idms,
        })
    }
}

/// The parts of the network.
#[derive(Default)]
struct Network {
    security_group: Option<Handles<EndpointSecurityGroup>>,
    api_endpoint: Option<Handles<VpcEndpoint>>,
    dkr_endpoint: Option<Handles<VpcEndpoint>>,
    additional_endpoints: BTreeMap<String, Handles<VpcEndpoint>>,
}

#[track_caller]
fn declare_network(declaring: &mut Declaring<'_>, whole: &RosaEcrHandles) -> Result<Network> {
    if decides("use_existing_endpoints", &whole.use_existing_endpoints)? {
        return Err(depends_on_vpc(
            "use_existing_endpoints",
            "which endpoints the VPC has decides which parts there are",
        )
        .into());
    }
    let given = whole.endpoint_security_group_ids.elements();
    let given = given.ok_or_else(|| undecided("endpoint_security_group_ids", "how many there are"))?;
    let additional = whole.additional_endpoints.without_resources().map_err(misfit)?;
    let additional = additional.ok_or_else(|| undecided("additional_endpoints", "which they are"))?;
    let tables = whole.route_table_ids.elements();
    if additional.contains("s3") && tables.is_some_and(|tables| tables.is_empty()) {
        let why = "without it, the S3 endpoint gets the route tables that the subnets have in the VPC";
        return Err(depends_on_vpc("route_table_ids", why).into());
    }
    let mut network = Network::default();
    if given.is_empty() {
        network.security_group =
            Some(declaring.part::<EndpointSecurityGroup>("security-group", whole.security_group())?);
    }
    let id = network.security_group.as_ref().map(|group| group.id.clone());
    let mut endpoint = |service: &str| {
        declaring.part::<VpcEndpoint>(&format!("{service}-endpoint"), whole.endpoint(service, id.clone()))
    };
    network.api_endpoint = Some(endpoint("api")?);
    network.dkr_endpoint = Some(endpoint("dkr")?);
    for service in additional {
        let handles = endpoint(&service)?;
        network.additional_endpoints.insert(service, handles);
    }
    Ok(network)
}

/// Where the parts are declared.
struct Declaring<'a> {
    stack: &'a mut Stack,
    component: Component,
}

impl Declaring<'_> {
    #[track_caller]
    fn part<R>(&mut self, name: &str, inputs: <R as DeclaredInputs>::Handles) -> Result<Handles<R>>
    where
        R: Resource<Context = Aws>,
    {
        // The component has the options.
        R::arguments(inputs).declare_with(self.stack, name, Options::new().parent(&self.component))
    }
}

/// What is wrong with the arguments as those of one resource: the parts would say it in terms of their own.
fn check(name: &str, arguments: &Args<RosaEcr>) -> Result<()> {
    let kind = kind::<RosaEcr>();
    let config = arguments.clone().into_expression().without_resources().map_err(misfit)?;
    let reported = kind.validate(&conform(&kind.schema().block, config));
    let named = |reported: Diagnostic| Diagnostic { summary: format!("{name}: {}", reported.summary), ..reported };
    if reported.has_errors() { Err(reported.into_iter().map(named).collect::<Diagnostics>().into()) } else { Ok(()) }
}

/// Whether an argument that says if a part is there is true.
fn decides(argument: &str, value: &Output<bool>) -> Result<bool> {
    let known = value.without_resources().map_err(misfit)?;
    Ok(known.ok_or_else(|| undecided(argument, "whether it is true"))?)
}

/// Each name, by what its part is called.
fn labelled<T: Field + 'static>(
    argument: &str,
    prefix: &str,
    names: &Output<BTreeSet<T>>,
) -> Result<BTreeMap<String, Output<T>>> {
    let names = names.elements().ok_or_else(|| undecided(argument, "how many there are"))?;
    let label = |name: Output<T>| match name.label() {
        // A name has no slash.
        Some(label) => Ok((format!("{prefix}:{}", label.replace('/', ".")), name)),
        None => Err(undecided(argument, "what each can be called by").into()),
    };
    names.into_iter().map(label).collect()
}

fn misfit(error: DecodeError) -> Diagnostic {
    error.misfit("arguments", RosaEcr::TYPE)
}

/// Why a component cannot have an argument that one resource can.
fn depends_on_vpc(argument: &str, why: &str) -> Diagnostic {
    Diagnostic::error(format!("`{argument}` depends on what is in the VPC"))
        .detail(format!("The parts of a registry are declared before anything is asked of AWS, and {why}."))
        .fix("Declare the registry as one resource, with `declare`; or declare endpoints and route tables yourself.")
        .at(argument)
}

fn undecided(argument: &str, what: &str) -> Diagnostic {
    Diagnostic::error(format!("`{argument}` must be known when the parts of a registry are declared"))
        .detail(format!("It comes from another resource or is computed, and it must be known {what}: that says which resources there are."))
        .fix(
            "Give values, or in a set the outputs of resources as they are, such as [role.name]; or declare the registry \
             as one resource, with `declare`.",
        )
        .at(argument)
}

#[cfg(test)]
mod tests {
    use rosa_ecr_aws::iam::PushRole;
    use rosa_ecr_engine::Error;

    use super::*;

    fn wrong(declared: Result<RosaEcrParts>) -> String {
        match declared {
            Err(Error::Invalid(diagnostics)) => diagnostics.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn arguments_decide_which_parts_there_are() {
        let mut stack = Stack::new("dev");
        let least = RosaEcr::builder().cluster_name("dev").create_vpc_endpoints(false).build();
        let parts = least.declare_parts(&mut stack, "least").expect("it is right");
        assert!(parts.lifecycle.is_some() && parts.security_group.is_none() && parts.api_endpoint.is_none());
        let given = RosaEcr::builder()
            .cluster_name("prod")
            .lifecycle_policy_enabled(false)
            .vpc_id("vpc-1")
            .private_subnet_ids(["subnet-1"])
            .endpoint_security_group_ids(["sg-1"])
            .instance_profile_names(["pool"])
            .generate_idms(true)
            .build();
        let parts = given.declare_parts(&mut stack, "given").expect("it is right");
        assert!(parts.lifecycle.is_none() && parts.security_group.is_none() && parts.dkr_endpoint.is_some());
        assert_eq!(parts.pulls.into_keys().collect::<Vec<_>>(), ["instance-profile:pool"]);
        let declared = format!("{stack:?}");
        for name in ["least/lifecycle", "given/repository", "given/idms", "given/instance-profile:pool"] {
            assert!(declared.contains(name), "{declared}");
        }
    }

    #[test]
    fn arguments_come_from_other_resources() {
        let mut stack = Stack::new("dev");
        let push = PushRole::builder()
            .name("push")
            .repository_arns(["arn:aws:ecr:us-east-1:123456789012:repository/a"])
            .oidc_provider_arn("arn:aws:iam::123456789012:oidc-provider/oidc.example/dev")
            .service_accounts(["ci:builder"])
            .build()
            .declare(&mut stack, "push")
            .expect("it is right");
        let parts = RosaEcr::builder()
            .cluster_name("dev")
            .create_vpc_endpoints(false)
            .worker_role_names([push.id.clone()])
            .tags([("Builder", push.arn.clone())])
            .build()
            .declare_parts(&mut stack, "registry")
            .expect("it is right");
        assert_eq!(parts.pulls.into_keys().collect::<Vec<_>>(), ["role:push.id"]);
        let twice = RosaEcr::builder().cluster_name("dev").create_vpc_endpoints(false).build();
        assert!(wrong(twice.declare_parts(&mut stack, "registry")).contains("parts.rs"), "it says where");
    }

    #[test]
    fn what_is_wrong_is_said_in_terms_of_the_whole() {
        let mut stack = Stack::new("dev");
        let no_network = RosaEcr::builder().cluster_name("dev").build().declare_parts(&mut stack, "a");
        let reported = wrong(no_network);
        assert!(reported.contains("error: a: ") && reported.contains("create_vpc_endpoints = false"), "{reported}");
        let bad_name = RosaEcr::builder().cluster_name("Not A Name").create_vpc_endpoints(false).build();
        assert!(wrong(bad_name.declare_parts(&mut stack, "b")).contains("cluster_name"));
        assert!(!format!("{stack:?}").contains("a/repository"), "nothing is declared");
    }

    #[test]
    fn additional_endpoints_are_parts() {
        let registry = || {
            let network = RosaEcr::builder().cluster_name("dev").vpc_id("vpc-1").private_subnet_ids(["subnet-1"]);
            network.additional_endpoints(["s3", "sts"])
        };
        let mut stack = Stack::new("dev");
        let whole = registry().route_table_ids(["rtb-1"]).build();
        let parts = whole.declare_parts(&mut stack, "registry").expect("it is right");
        assert_eq!(parts.additional_endpoints.into_keys().collect::<Vec<_>>(), ["s3", "sts"]);
        assert!(format!("{stack:?}").contains("registry/s3-endpoint"));
        let reported = wrong(registry().build().declare_parts(&mut stack, "a"));
        assert!(reported.contains("`route_table_ids` depends on what is in the VPC"), "{reported}");
        let using = registry().route_table_ids(["rtb-1"]).use_existing_endpoints(true).build();
        let reported = wrong(using.declare_parts(&mut stack, "b"));
        assert!(
            reported.contains("`use_existing_endpoints` depends") && reported.contains("with `declare`"),
            "{reported}"
        );
    }

    #[test]
    fn what_decides_must_be_known() {
        let mut stack = Stack::new("dev");
        let other = Repository::builder().name("a").build().declare(&mut stack, "other").expect("it is right");
        let whether = RosaEcr::builder().cluster_name("dev").create_vpc_endpoints(other.inputs.scan_on_push).build();
        let reported = wrong(whether.declare_parts(&mut stack, "a"));
        assert!(reported.contains("`create_vpc_endpoints` must be known"), "{reported}");
        let computed = other.arn.map(|arn| arn);
        let roles = RosaEcr::builder().cluster_name("dev").create_vpc_endpoints(false).worker_role_names([computed]);
        let reported = wrong(roles.build().declare_parts(&mut stack, "b"));
        assert!(reported.contains("`worker_role_names` must be known"), "{reported}");
    }
}
