//! `rosa_ecr`: everything a ROSA cluster needs to pull from a private registry, as one resource.
//!
//! It is composed of the same parts that exist one by one: a repository, its lifecycle policy, VPC endpoints with
//! a security group, the pull permission of worker roles, and an image mirror file. Each part knows how to make, read,
//! change and remove itself; this resource decides which parts there shall be and in which order things happen:
//!
//! ```text
//! create   survey -> refuse, or:  repository -> lifecycle policy
//!                                 security group -> endpoints -> wait for all
//!                                 pull permissions, one a role          (all four lines at once)
//!                                 mirror file
//! update   read all parts -> the same lines, each part: create, change, replace or remove
//! delete   refuse if images would be lost -> repository -> the rest, endpoints before their group
//! ```
//!
//! Calls and permissions are those of the parts; besides, an import calls `ListEntitiesForPolicy` and, where no role has a policy of AWS for the registry, `ListRoles`. Only `region`, `kms_key_arn` and the name of
//! the repository force replacement: nothing that is done to the network touches the repository.

mod composition;
mod converge;
mod existing;
mod facts;
mod importing;
mod listing;
mod network;
mod network_plan;
mod outputs;
mod parts;
mod planning;
mod provision;
mod pulls;
mod reading;
mod removal;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{
    Call, Change, Diagnostics, Failure, IdentityAttribute, Intent, Known, Page, RealObject, Resource, State,
    TimeoutDefaults, Timeouts,
};

pub use listing::RegistryQuery;
pub use outputs::{EcrSummary, RosaEcrOutputs};

use crate::ecr::{self, ExclusionFilter};
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::{claims, ec2, iam, openshift, page, region, rules};

/// The private container registry of a ROSA cluster: an ECR repository with its lifecycle policy, VPC endpoints, the pull
/// permission of the worker nodes and, for clusters without a way to the internet, image mirrors.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RosaEcr {
    /// Name of the ROSA cluster. The registry's objects are named and tagged after it.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: String,
    /// Name of the repository; `{cluster_name}-registry` where it is not set or empty. Changing it makes a new
    /// repository.
    #[attr(computed, check(repository_name_or_empty))]
    pub repository_name: Option<String>,
    /// ARN of the KMS key that encrypts the images. Without it a new repository has AES-256 with keys of AWS, and one that
    /// exists keeps what it has. Changing it makes a new repository.
    #[attr(computed, replace, check(rules::kms_key_arn))]
    pub kms_key_arn: Option<String>,
    /// Whether the repository and its images stay when the cluster's resources are destroyed. The repository is then
    /// tagged `Lifecycle = "external"`, a replacement is refused, and a later create takes it back.
    #[attr(default = false)]
    pub prevent_destroy: bool,
    /// Whether a tag can be moved to another image: `MUTABLE`, `IMMUTABLE`, or one of them with exceptions,
    /// `MUTABLE_WITH_EXCLUSION` or `IMMUTABLE_WITH_EXCLUSION`.
    #[attr(default = "MUTABLE", one_of("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"))]
    pub image_tag_mutability: String,
    /// The tags that a `*_WITH_EXCLUSION` mode leaves out: at most 5.
    #[attr(default = [], nested, count(0..=5))]
    pub image_tag_mutability_exclusion_filters: BTreeSet<ExclusionFilter>,
    /// Whether images are scanned for vulnerabilities when they are pushed. AWS is deprecating this setting of single repositories in
    /// favour of the registry's, `rosa_ecr_registry_scanning` (Amazon ECR API Reference, `PutImageScanningConfiguration`).
    #[attr(default = true)]
    pub scan_on_push: bool,
    /// Whether old images expire.
    #[attr(default = true)]
    pub lifecycle_policy_enabled: bool,
    /// Days after which an untagged image expires: 1 or more.
    #[attr(default = 14, range(1..))]
    pub lifecycle_untagged_days: i64,
    /// How many tagged images stay, the newest ones: 1 or more. Untagged images do not count. What has a tag is an image here:
    /// signatures, attestations and SBOMs of cosign (`sha256-<digest>.sig`, `.att`, `.sbom`) and the fallback tags of OCI referrers
    /// (`sha256-<digest>`) count, and push images out. See `lifecycle_tag_patterns`.
    #[attr(default = 30, range(1..))]
    pub lifecycle_keep_count: i64,
    /// The tags that `lifecycle_keep_count` is about, such as `["v*"]`; all of them where it is not set. Of the images of each
    /// pattern the newest stay, and tagged images that no pattern fits, such as signatures, are not counted and never expire:
    /// `tag_patterns` of `rosa_ecr_lifecycle_policy` says more.
    #[attr(count(1..=49), each(ecr::check_pattern))]
    pub lifecycle_tag_patterns: Option<Vec<String>>,
    /// Whether a destroy deletes the repository even if it holds images. A destroy reads it from the state: apply a
    /// change of it before you destroy.
    #[attr(default = false)]
    pub force_delete: bool,
    /// Whether image mirrors are generated, for clusters without a way to the internet. On `hcp` this takes `idms_mirrors`.
    #[attr(default = false)]
    pub generate_idms: bool,
    /// Tags of everything that is made, besides the provider's `default_tags`.
    #[attr(default = {}, keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// Whether the cluster gets VPC endpoints from here: the two of ECR, and `additional_endpoints`. Set it to false where nothing
    /// of that is this resource's business. Where the VPC has such endpoints already, as after `rosa create network`, see
    /// `use_existing_endpoints`.
    #[attr(default = true)]
    pub create_vpc_endpoints: bool,
    /// Whether endpoints that the VPC has already are used: interface endpoints with private DNS, and gateway endpoints of S3 in
    /// the route tables of the nodes. They are read, checked and put out, and never changed, tagged or deleted; what is missing is
    /// made. One whose security groups or policy keep the nodes out is an error in the plan; one that the registry uses already is
    /// a warning as long as nothing else changes. If one of them disappears, the next apply makes one of the registry's own.
    /// Without it, a VPC that has one is an error in the plan.
    #[attr(default = false)]
    pub use_existing_endpoints: bool,
    /// More services that a cluster without a way to the internet needs endpoints for: `s3`, which image layers come from, and
    /// which gets a gateway endpoint; `sts`, for roles of service accounts; `ec2`, `kms`, `logs` and `elasticloadbalancing`.
    #[attr(default = [], each_one_of("s3", "sts", "ec2", "kms", "logs", "elasticloadbalancing"))]
    pub additional_endpoints: BTreeSet<String>,
    /// The route tables that lead to the S3 gateway endpoint. Without any, those of `private_subnet_ids`: the ones that are
    /// associated with the subnets, or else the VPC's main one.
    #[attr(default = [], each(ec2::route_table_id))]
    pub route_table_ids: BTreeSet<String>,
    /// The VPC of the endpoints. Required while `create_vpc_endpoints` is true.
    #[attr(check(ec2::vpc_id))]
    pub vpc_id: Option<String>,
    /// The subnets that get a network interface of each endpoint: at most one an availability zone. Required while
    /// `create_vpc_endpoints` is true.
    #[attr(default = [], each(ec2::subnet_id))]
    pub private_subnet_ids: BTreeSet<String>,
    /// Security groups of the endpoints. Without any, one is made that lets HTTPS in from the VPC.
    #[attr(default = [], each(ec2::security_group_id))]
    pub endpoint_security_group_ids: BTreeSet<String>,
    /// The addresses that the security group lets in, such as `10.0.0.0/16`; all of the VPC's where it is not set.
    #[attr(check(rules::cidr))]
    pub vpc_cidr: Option<String>,
    /// ROSA Classic: names of the IAM roles of the worker nodes, which get the pull permission. Roles may be shared between
    /// clusters.
    #[attr(default = [], each(iam::role_name))]
    pub worker_role_names: BTreeSet<String>,
    /// ROSA with hosted control planes: names of the instance profiles of the machine pools, whose roles get the pull
    /// permission. It follows a profile that gets another role.
    #[attr(default = [], each(iam::instance_profile_name))]
    pub instance_profile_names: BTreeSet<String>,
    /// What the roles may pull: `read_only` attaches AWS's policy `AmazonEC2ContainerRegistryReadOnly`, which also lets them
    /// list and describe; `pull_only` attaches `AmazonEC2ContainerRegistryPullOnly`; both are for all repositories. `scoped` puts an
    /// inline policy for this registry's repository only. It is changed in place.
    #[attr(default = "read_only", one_of("read_only", "pull_only", "scoped"))]
    pub pull_permission: String,
    /// `classic` or `hcp`: decides what `generate_idms` renders. Without it, as on Classic.
    #[attr(one_of("classic", "hcp"))]
    pub platform: Option<String>,
    /// Image mirrors: source repositories, each with the path of its mirror below the registry. Without it, on Classic, the
    /// sources that the usual Red Hat operators come from: below `registry.redhat.io`, each mirrored to the path of its own
    /// name, `cert-manager`, `openshift-gitops-1`, `openshift-logging`, `openshift-pipelines`, `openshift-serverless-1`,
    /// `openshift-service-mesh`, `openshift4`, `redhat`, `rhel8`, `rhel9`, `ubi8` and `ubi9`. Without it, on `hcp`, none: a
    /// zero-egress cluster gets the images of the platform and of Red Hat's operators from Red Hat's registry in its region,
    /// and a mirror of such a source, which would divert those pulls, is a warning.
    #[attr(computed, keys(openshift::check_source), each(openshift::check_path))]
    pub idms_mirrors: Option<Tags>,
    /// Where `generate_idms` writes, relative to the working directory.
    #[attr(default = "outputs/idms-config.yaml", check(openshift::file_path))]
    pub idms_output_path: String,
    /// Whether a repository of this name that something else made is taken over instead of being an error.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// Region of the registry; the provider's where it is not set. Changing it makes new objects.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits: 10 minutes for create and update, 15 for delete where they are not set.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// The empty name stands for the default, as in the module that this resource replaces.
fn repository_name_or_empty(name: &str) -> Result<(), rosa_ecr_model::Violation> {
    if name.is_empty() { Ok(()) } else { rules::repository_name(name) }
}

impl Resource for RosaEcr {
    const TYPE: &'static str = "rosa_ecr";
    const PAGE: Page = page::registries(&[
        "have all that a cluster needs: a repository, private access to it, and the permission to pull",
    ]);
    const IDENTITY: &'static [IdentityAttribute] = &[
        IdentityAttribute { name: "cluster_name", description: "Name of the ROSA cluster.", required: true },
        IdentityAttribute { name: "repository_name", description: "Name of the repository.", required: true },
        region::IDENTITY,
    ];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(10, 10, 15);
    const UNIQUE_OUTPUTS: &'static [&'static str] = &["repository_created_at"];
    /// A VPC has one place for endpoints, whatever the repository is called.
    const COEXISTS: bool = false;
    type Outputs = RosaEcrOutputs;
    type Context = Aws;
    type Facts = facts::Facts;

    fn permissions() -> BTreeSet<&'static str> {
        let parts = [
            ecr::Repository::permissions(),
            ecr::LifecyclePolicy::permissions(),
            ec2::EndpointSecurityGroup::permissions(),
            ec2::VpcEndpoint::permissions(),
            iam::PullPolicyAttachment::permissions(),
            // An import looks for the roles that have the pull permission.
            BTreeSet::from(["iam:ListEntitiesForPolicy", "iam:ListRoles"]),
        ];
        parts.into_iter().flatten().collect()
    }

    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        ecr::Repository::permissions_by_argument()
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        planning::resolve(context, config, inputs);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        planning::validate(inputs, report);
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        parts::objects(inputs, context)
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    fn takes_over(inputs: &Self::Partial) -> bool {
        inputs.adopt_existing == Known::Now(true)
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, state.outputs.registry_id.as_deref()).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<facts::Facts, Diagnostics> {
        planning::survey(call, intent).await
    }

    fn plan(facts: &facts::Facts, change: &mut Change<Self>, report: &mut Diagnostics) {
        planning::plan(facts, change, report);
    }

    fn plan_delete(facts: &facts::Facts, prior: &State<Self>, report: &mut Diagnostics) {
        planning::plan_delete(facts, prior, report);
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        converge::create(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        reading::read(call, state).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        converge::update(call, prior, inputs).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        removal::delete(call, state).await
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        importing::import(call, id).await
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        reading::left(call, inputs).await
    }

    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        let part = |name: &str| identity.get(name).map(String::as_str).unwrap_or_default();
        let region = identity.get("region").map_or(String::new(), |region| format!("@{region}"));
        Ok(format!("{}/{}{region}", part("cluster_name"), part("repository_name")))
    }
}

impl RosaEcr {
    /// The name of the repository.
    fn name(&self) -> String {
        effective_name(&self.cluster_name, self.repository_name.as_deref())
    }

    /// The id of the whole, which is also what it is imported by.
    fn id(&self) -> String {
        format!("{}/{}", self.cluster_name, self.name())
    }
}

fn effective_name(cluster: &str, name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).map_or_else(|| format!("{cluster}-registry"), str::to_owned)
}
