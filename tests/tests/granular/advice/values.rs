//! Arguments that a validation refuses.

use super::*;

/// A type (`data` before that of a data source), arguments that are wrong, what the error advises, and arguments that follow it.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const REPOSITORY: &str = "rosa_ecr_repository";
const LIFECYCLE: &str = "rosa_ecr_lifecycle_policy";
const PULL: &str = "rosa_ecr_pull_policy_attachment";
const PUSH: &str = "rosa_ecr_push_role";
const GROUP: &str = "rosa_ecr_endpoint_security_group";
const IDMS: &str = "rosa_ecr_idms";
const IMAGES: &str = "data rosa_ecr_images";
const FINDINGS: &str = "data rosa_ecr_image_scan_findings";
const PREVIEW: &str = "data rosa_ecr_lifecycle_policy_preview";
const READY: &str = "data rosa_ecr_pull_readiness";
const REGISTRY: &str = "rosa_ecr";

const CASES: &[Case] = &[
    (REPOSITORY, r#"name = "Team/App""#, r#"Write it in lowercase: "team/app""#, &[r#"name = "team/app""#]),
    (
        REPOSITORY,
        r#"name = "1.dkr.ecr.us-east-1.amazonaws.com/app""#,
        "Give the name only, without the registry's host",
        &[r#"name = "app""#],
    ),
    (
        REPOSITORY,
        "name = \"one\"\n  image_tag_mutability = \"immutable\"",
        r#"Write "IMMUTABLE""#,
        &["name = \"one\"\n  image_tag_mutability = \"IMMUTABLE\""],
    ),
    (
        REPOSITORY,
        "name = \"two\"\n  image_tag_mutability = \"IMMUTABLE_WITH_EXCLUSION\"",
        r#"Set image_tag_mutability_exclusion_filters = [{ filter = "latest" }], or the mode to "IMMUTABLE""#,
        &[
            "name = \"two\"\n  image_tag_mutability = \"IMMUTABLE_WITH_EXCLUSION\"\n  \
             image_tag_mutability_exclusion_filters = [{ filter = \"latest\" }]",
            "name = \"two\"\n  image_tag_mutability = \"IMMUTABLE\"",
        ],
    ),
    (
        REPOSITORY,
        "name = \"three\"\n  image_tag_mutability_exclusion_filters = [{ filter = \"v*\" }]",
        r#"Set image_tag_mutability = "MUTABLE_WITH_EXCLUSION", or remove image_tag_mutability_exclusion_filters"#,
        &[
            "name = \"three\"\n  image_tag_mutability_exclusion_filters = [{ filter = \"v*\" }]\n  \
             image_tag_mutability = \"MUTABLE_WITH_EXCLUSION\"",
            "name = \"three\"",
        ],
    ),
    (
        REPOSITORY,
        "name = \"four\"\n  encryption_type = \"AES256\"\n  kms_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1\"",
        r#"Remove encryption_type or set it to "KMS"; or remove kms_key_arn"#,
        &[
            "name = \"four\"\n  kms_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1\"",
            "name = \"four\"\n  encryption_type = \"KMS\"\n  kms_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1\"",
            "name = \"four\"\n  encryption_type = \"AES256\"",
        ],
    ),
    (
        REPOSITORY,
        "name = \"five\"\n  prevent_destroy = true\n  tags = { Lifecycle = \"temporary\" }",
        "Remove Lifecycle from tags, or set prevent_destroy = false",
        &[
            "name = \"five\"\n  prevent_destroy = true",
            "name = \"five\"\n  prevent_destroy = false\n  tags = { Lifecycle = \"temporary\" }",
        ],
    ),
    (
        REPOSITORY,
        "name = \"six\"\n  tags = { for n in range(48) : \"t${n}\" => \"x\" }",
        "Leave out 1",
        &["name = \"six\"\n  tags = { for n in range(47) : \"t${n}\" => \"x\" }"],
    ),
    (
        REPOSITORY,
        "name = \"seven\"\n  timeouts { create = \"soon\" }",
        r#"Write it like "90s", "10m" or "1h30m""#,
        &["name = \"seven\"\n  timeouts { create = \"1h30m\" }"],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  untagged_days = 7",
        "Set untagged_days and keep_count, or policy alone",
        &["repository = \"app\"\n  untagged_days = 7\n  keep_count = 5"],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  untagged_days = 7\n  keep_count = 5\n  policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = \"any\", countType = \"imageCountMoreThan\", countNumber = 5 }, action = { type = \"expire\" } }] })",
        "Remove policy to have what the numbers say, or remove both numbers",
        &[
            "repository = \"app\"\n  untagged_days = 7\n  keep_count = 5",
            "repository = \"app\"\n  policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = \"any\", countType = \"imageCountMoreThan\", countNumber = 5 }, action = { type = \"expire\" } }] })",
        ],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  policy = \"{ rules: [] }\"",
        "Build it with jsonencode()",
        &[
            "repository = \"app\"\n  policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = \"any\", countType = \"imageCountMoreThan\", countNumber = 5 }, action = { type = \"expire\" } }] })",
        ],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  tag_patterns = [\"v*\"]",
        "Set untagged_days and keep_count, too",
        &["repository = \"app\"\n  untagged_days = 7\n  keep_count = 5\n  tag_patterns = [\"v*\"]"],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = \"any\", countType = \"sinceImagePulled\", countUnit = \"days\", countNumber = 90 }, action = { type = \"expire\" } }] })",
        "Set type to \"transition\" with targetStorageClass \"archive\"",
        &[
            "repository = \"app\"\n  policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = \"any\", countType = \"sinceImagePulled\", countUnit = \"days\", countNumber = 90 }, action = { type = \"transition\", targetStorageClass = \"archive\" } }] })",
        ],
    ),
    (
        LIFECYCLE,
        "repository = \"app\"\n  policy = jsonencode({ rules = [{ rulePriority = 1, description = null, selection = { tagStatus = \"any\", countType = \"imageCountMoreThan\", countNumber = 5 }, action = { type = \"expire\" } }] })",
        "Set it, or leave it out",
        &[],
    ),
    (FINDINGS, "repository = \"app\"", "Set one of them", &["repository = \"app\"\n  image_tag = \"v1\""]),
    (
        PREVIEW,
        "repository = \"app\"\n  timeout = \"soon\"",
        r#"Write it like "90s", "5m" or "1h30m""#,
        &["repository = \"app\"\n  timeout = \"90s\""],
    ),
    (
        PULL,
        "",
        "On ROSA Classic set role_name; on ROSA with hosted control planes set instance_profile_name",
        &["role_name = \"worker\"", "instance_profile_name = \"pool\""],
    ),
    (
        PULL,
        r#"role_name = "arn:aws:iam::123456789012:role/rosa/Worker""#,
        r#"Give the name at its end: "Worker""#,
        &[r#"role_name = "Worker""#],
    ),
    (PULL, r#"role_name = "rosa/Worker""#, r#"Leave the path out: "Worker""#, &[r#"role_name = "Worker""#]),
    (
        GROUP,
        "name = \"one\"\n  vpc_id = \"vpc-12345678\"\n  ingress_cidr_blocks = [\"10.0.0.5/16\"]",
        r#"the block is "10.0.0.0/16""#,
        &["name = \"one\"\n  vpc_id = \"vpc-12345678\"\n  ingress_cidr_blocks = [\"10.0.0.0/16\"]"],
    ),
    (
        IDMS,
        "registry_url = \"HOST\"\n  platform = \"hcp\"\n  mirrors = { \"registry.example.com/x\" = \"mirrored\" }",
        "Set cluster_name",
        &[
            "registry_url = \"HOST\"\n  platform = \"hcp\"\n  mirrors = { \"registry.example.com/x\" = \"mirrored\" }\n  \
             cluster_name = \"dev\"",
        ],
    ),
    (
        IDMS,
        "registry_url = \"HOST\"\n  platform = \"hcp\"\n  cluster_name = \"dev\"",
        "Name the sources in mirrors",
        &[
            "registry_url = \"HOST\"\n  platform = \"hcp\"\n  mirrors = { \"registry.example.com/x\" = \"mirrored\" }\n  \
             cluster_name = \"dev\"",
        ],
    ),
    (
        IDMS,
        "registry_url = \"HOST\"\n  mirrors = { \"https://registry.example.com/x\" = \"mirrored\" }",
        "Remove the scheme",
        &["registry_url = \"HOST\"\n  mirrors = { \"registry.example.com/x\" = \"mirrored\" }"],
    ),
    (
        IDMS,
        "registry_url = \"HOST\"\n  mirrors = { \"registry.redhat.io\" = \"mirrored\" }",
        "Name repositories below it instead, such as \"registry.redhat.io/openshift4\". (On ROSA with hosted control planes, \
         set platform = \"hcp\".)",
        &[
            "registry_url = \"HOST\"\n  mirrors = { \"registry.redhat.io/openshift4\" = \"mirrored\" }",
            "registry_url = \"HOST\"\n  mirrors = { \"registry.redhat.io\" = \"mirrored\" }\n  platform = \"hcp\"\n  \
             cluster_name = \"dev\"",
        ],
    ),
    (
        IMAGES,
        "repository = \"app\"\n  most_recent = true\n  limit = 5",
        "Remove one of them",
        &["repository = \"app\"\n  most_recent = true", "repository = \"app\"\n  limit = 5"],
    ),
    (
        READY,
        "repository = \"app\"\n  vpc_id = \"vpc-12345678\"",
        "Set private_subnet_ids, or remove vpc_id to leave the network out",
        &[
            "repository = \"app\"\n  vpc_id = \"vpc-12345678\"\n  private_subnet_ids = [\"subnet-12345678\"]",
            "repository = \"app\"",
        ],
    ),
    (
        READY,
        "repository = \"app\"\n  private_subnet_ids = [\"subnet-12345678\"]",
        "Set vpc_id to the VPC of these subnets",
        &["repository = \"app\"\n  vpc_id = \"vpc-12345678\"\n  private_subnet_ids = [\"subnet-12345678\"]"],
    ),
    (
        REGISTRY,
        "cluster_name = \"dev\"",
        "Set vpc_id to the cluster's; or set create_vpc_endpoints = false",
        &[
            "cluster_name = \"dev\"\n  create_vpc_endpoints = false",
            "cluster_name = \"dev\"\n  vpc_id = \"vpc-12345678\"\n  private_subnet_ids = [\"subnet-12345678\"]",
        ],
    ),
];

/// Arguments of a push role besides those of a case.
const PUSHES: &[Case] = &[
    (PUSH, r#"path = "ci""#, r#"Write it as "/ci/""#, &[r#"path = "/ci/""#]),
    (
        PUSH,
        r#"service_accounts = ["ci/builder"]"#,
        r#"Write it as "ci:builder""#,
        &[r#"service_accounts = ["ci:builder"]"#],
    ),
    (
        PUSH,
        r#"service_accounts = ["system:serviceaccount:ci:builder"]"#,
        r#"Leave "system:serviceaccount:" out: "ci:builder""#,
        &[r#"service_accounts = ["ci:builder"]"#],
    ),
    (
        PUSH,
        r#"oidc_provider_arn = "https://rh-oidc.example.com/abc/""#,
        r#"The ARN ends in "oidc-provider/rh-oidc.example.com/abc""#,
        &[r#"oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc""#],
    ),
];

/// A block with these arguments, and those that a push role needs.
fn block(type_name: &str, label: &str, arguments: &str) -> String {
    let arguments = arguments.replace("HOST", "123456789012.dkr.ecr.us-east-1.amazonaws.com");
    let needed = [
        ("name", "\"push\""),
        ("repository_arns", "[\"arn:aws:ecr:us-east-1:123456789012:repository/app\"]"),
        ("oidc_provider_arn", "\"arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc\""),
        ("service_accounts", "[\"ci:builder\"]"),
    ];
    let needed = needed.iter().filter(|(name, _)| type_name == PUSH && !arguments.starts_with(name));
    let needed: String = needed.map(|(name, value)| format!("\n  {name} = {value}")).collect();
    let (kind, type_name) = type_name.split_once(' ').unwrap_or(("resource", type_name));
    format!("{kind} {type_name:?} {label:?} {{\n  {arguments}{needed}\n}}\n")
}

#[test]
fn what_a_validation_advises_is_valid() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "");
        let all = || CASES.iter().chain(PUSHES).enumerate();
        let written = |blocks: String| work.file("main.tf", &format!("{HEADER}{PROVIDER}{blocks}"));
        written(all().map(|(n, (type_name, wrong, ..))| block(type_name, &format!("c{n}"), wrong)).collect());
        let prose = work.run(&["validate"]).failure().prose();
        for (n, (_, _, advice, _)) in all() {
            let label = format!("\"c{n}\"");
            let of_it = prose.split("Error: ").filter(|error| error.contains(&label)).collect::<Vec<_>>();
            let has_advice = of_it.iter().any(|error| error.contains(advice));
            assert!(has_advice, "c{n} should advise {advice:?}: {of_it:#?}");
        }
        let followed = all().flat_map(|(n, (type_name, _, _, followed))| {
            let blocks = followed.iter().enumerate();
            blocks.map(move |(m, arguments)| block(type_name, &format!("c{n}_{m}"), arguments))
        });
        written(followed.collect());
        work.run(&["validate"]).success();
    });
}

/// Arguments with one mistake each.
const MISTAKES: &[(&str, &str)] = &[
    (LIFECYCLE, "repository = \"app\"\n  policy = jsonencode({ rules = [] })"),
    (LIFECYCLE, "repository = \"app\"\n  policy = jsonencode({ rules = terraform_data.late.output })"),
    (REPOSITORY, "name = \"two\"\n  image_tag_mutability = \"MUTABLE_WITH_EXCLUSION\""),
    (PUSH, "service_accounts = []"),
    (PUSH, "repository_arns = []"),
    (GROUP, "name = \"one\"\n  vpc_id = \"vpc-12345678\"\n  ingress_cidr_blocks = []"),
    (REGISTRY, "cluster_name = \"dev\"\n  vpc_id = \"vpc-12345678\"\n  private_subnet_ids = []"),
];

#[test]
fn one_mistake_is_one_error() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "");
        for (type_name, arguments) in MISTAKES {
            let late = "resource \"terraform_data\" \"late\" { input = [] }\n";
            let block = block(type_name, "it", arguments);
            work.file("main.tf", &format!("{HEADER}{PROVIDER}{late}{block}"));
            let is_late = arguments.contains("late");
            let commands: &[&[&str]] =
                if is_late { &[&["apply", "-auto-approve"]] } else { &[&["validate"], &["plan"]] };
            for command in commands {
                let prose = work.run(command).failure().prose();
                assert_eq!(prose.matches("Error: ").count(), 1, "{command:?} of {arguments}: {prose}");
            }
        }
    });
}
