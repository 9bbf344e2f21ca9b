//! `terraform query`: objects are found, no matter what made them, with what an import needs.

use rosa_ecr_tests::{Emulator, Feature, HEAD, Workdir, on_each_engine};
use serde_json::{Value, json};

/// What the query finds, in the order in which it is told.
#[track_caller]
fn found(work: &Workdir) -> Vec<Value> {
    let output = work.run(&["query", "-json"]).success();
    let events = output.stdout().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events
        .filter(|event| event["type"] == "list_resource_found")
        .map(|mut event| event["list_resource_found"].take())
        .collect()
}

fn names(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|object| object["display_name"].as_str()).collect()
}

#[test]
fn repositories_are_found_by_name_cluster_and_tags() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let aws = emulator.aws();
        for (name, cluster) in [("team/b", "dev"), ("team/a", "dev"), ("team/c", "prod"), ("other", "dev")] {
            let tags = json!([{ "Key": "rosa-ecr/cluster", "Value": cluster }, { "Key": "team", "Value": "a" }]);
            aws.ecr("CreateRepository", json!({ "repositoryName": name, "tags": tags }));
        }
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", HEAD);
        let query = |limit: u32| {
            format!(
                r#"
list "rosa_ecr_repository" "of_dev" {{
  provider         = rosa
  include_resource = true
  limit            = {limit}
  config {{
    name_prefix  = "team/"
    cluster_name = "dev"
    tags         = {{ team = "a" }}
  }}
}}
"#
            )
        };
        work.file("find.tfquery.hcl", &query(10));
        work.init();
        let objects = found(&work);
        assert_eq!(names(&objects), ["team/a", "team/b"]);
        let first = &objects[0];
        assert_eq!((&first["identity"]["name"], &first["identity"]["region"]), (&json!("team/a"), &json!("us-east-1")));
        let object = &first["resource_object"];
        assert_eq!(object["arn"], "arn:aws:ecr:us-east-1:123456789012:repository/team/a");
        assert_eq!((&object["tags"], &object["image_tag_mutability"]), (&json!({ "team": "a" }), &json!("MUTABLE")));

        work.file("find.tfquery.hcl", &query(1));
        assert_eq!(names(&found(&work)), ["team/a"]);
        assert!(emulator.writes().is_empty(), "a query only looks");
    });
}

#[test]
fn endpoints_and_push_roles_are_found() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let (here, elsewhere) = (aws.network("10.0.0.0/16", 2), aws.network("10.1.0.0/16", 1));
        let work = Workdir::new(engine, &emulator);
        let endpoint = |vpc: &str, subnets: &[String], service: &str| {
            let subnets = json!(subnets);
            format!(
                r#"
resource "rosa_ecr_vpc_endpoint" "{vpc}_{service}" {{
  service    = "{service}"
  vpc_id     = "{vpc}"
  subnet_ids = {subnets}
}}
"#
            )
        };
        let role = r#"
resource "rosa_ecr_push_role" "push" {
  name              = "dev-pipeline-push"
  path              = "/pipelines/"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/abc"
  service_accounts  = ["ci:pipeline-builder"]
}
"#;
        let both = endpoint(&here.vpc, &here.subnets, "api") + &endpoint(&here.vpc, &here.subnets, "dkr");
        work.file("main.tf", &format!("{HEAD}{both}{}{role}", endpoint(&elsewhere.vpc, &elsewhere.subnets, "api")));
        work.init();
        work.apply();
        aws.worker_role("worker");

        work.file(
            "find.tfquery.hcl",
            &format!(
                r#"
list "rosa_ecr_vpc_endpoint" "here" {{
  provider = rosa
  config {{ vpc_id = "{}" }}
}}
list "rosa_ecr_push_role" "pipelines" {{
  provider         = rosa
  include_resource = true
  config {{ path_prefix = "/pipelines/" }}
}}
"#,
                here.vpc
            ),
        );
        let objects = found(&work);
        let of = |address: &str| -> Vec<&Value> {
            objects.iter().filter(|object| object["address"].as_str().is_some_and(|a| a.starts_with(address))).collect()
        };
        let endpoints = of("list.rosa_ecr_vpc_endpoint.here");
        assert_eq!(endpoints.len(), 2, "{objects:?}");
        assert!(
            endpoints.iter().all(|object| object["identity"]["id"].as_str().is_some_and(|id| id.starts_with("vpce-")))
        );
        let roles = of("list.rosa_ecr_push_role.pipelines");
        assert_eq!(roles.len(), 1, "{objects:?}");
        assert_eq!(roles[0]["identity"], json!({ "name": "dev-pipeline-push" }));
        assert_eq!(roles[0]["resource_object"]["service_accounts"], json!(["ci:pipeline-builder"]));
    });
}

#[test]
fn policies_are_found_where_a_repository_has_one() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = Workdir::new(engine, &emulator);
        let policy = |name: &str| {
            format!(
                r#"
resource "rosa_ecr_repository" "{name}" {{
  name  = "team/{name}"
  owner = "dev"
}}
resource "rosa_ecr_lifecycle_policy" "{name}" {{
  repository    = rosa_ecr_repository.{name}.name
  untagged_days = 7
  keep_count    = 5
  tag_patterns  = ["v*"]
}}
resource "rosa_ecr_repository_policy" "{name}" {{
  repository = rosa_ecr_repository.{name}.name
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = "*", Action = "ecr:BatchGetImage" }}]
  }})
}}
"#
            )
        };
        work.file("main.tf", &format!("{HEAD}{}{}", policy("b"), policy("a")));
        work.init();
        work.apply();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/c" }));
        let query = |kind: &str| {
            format!(
                r#"
list "rosa_ecr_{kind}" "of_dev" {{
  provider         = rosa
  include_resource = true
  config {{
    name_prefix  = "team/"
    cluster_name = "dev"
  }}
}}
"#
            )
        };
        work.file("find.tfquery.hcl", &(query("lifecycle_policy") + &query("repository_policy")));
        emulator.clear_calls();
        let objects = found(&work);
        for kind in ["lifecycle_policy", "repository_policy"] {
            let address = format!("list.rosa_ecr_{kind}.of_dev");
            let of_kind: Vec<Value> = objects
                .iter()
                .filter(|object| object["address"].as_str().is_some_and(|one| one.starts_with(&address)))
                .cloned()
                .collect();
            assert_eq!(names(&of_kind), ["team/a", "team/b"], "{objects:?}");
            assert_eq!(of_kind[0]["identity"], json!({ "repository": "team/a", "region": "us-east-1" }));
            if kind == "lifecycle_policy" {
                let object = &of_kind[0]["resource_object"];
                assert_eq!((&object["keep_count"], &object["tag_patterns"]), (&json!(5), &json!(["v*"])));
            }
        }
        assert!(emulator.writes().is_empty(), "a query only looks");
    });
}

#[test]
fn what_a_registry_has_once_is_found_where_it_is_set() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let aws = emulator.aws_in("eu-west-1");
        let rules = json!([{ "signingProfileArn": "arn:aws:signer:eu-west-1:123456789012:/signing-profiles/all" }]);
        aws.ecr("PutSigningConfiguration", json!({ "signingConfiguration": { "rules": rules } }));
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", HEAD);
        let query = |kind: &str, label: &str, region: &str| {
            format!(
                "list \"rosa_ecr_{kind}\" \"{label}\" {{\n  provider         = rosa\n  include_resource = true\n  config {{\n    \
                 region = \"{region}\"\n  }}\n}}\n"
            )
        };
        let kinds = ["registry_policy", "registry_scanning", "replication", "account_setting"];
        let unset: String = kinds.iter().map(|kind| query(kind, "all", "eu-west-1")).collect();
        let signing = query("signing", "here", "us-east-1") + &query("signing", "there", "eu-west-1");
        work.file("find.tfquery.hcl", &(unset + &signing));
        work.init();
        let objects = found(&work);
        let mut expected = ["BASIC_SCAN_TYPE_VERSION", "BLOB_MOUNTING", "REGISTRY_POLICY_SCOPE"]
            .map(|name| format!("setting {name} of the account's ECR registry in eu-west-1"))
            .to_vec();
        expected.push("signing configuration of the account's ECR registry in eu-west-1".to_owned());
        let mut listed = names(&objects);
        listed.sort_unstable();
        assert_eq!(listed, expected);
        let signing = objects.iter().find(|object| object["address"] == "list.rosa_ecr_signing.there").expect("found");
        assert_eq!(signing["identity"], json!({ "registry_id": "123456789012", "region": "eu-west-1" }));
        assert!(emulator.writes().is_empty(), "a query only looks");
    });
}

#[test]
fn templates_and_rules_are_found_by_prefix_and_what_they_are_for() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let aws = emulator.aws();
        for (prefix, purpose) in [
            ("team/b", "CREATE_ON_PUSH"),
            ("team/a", "CREATE_ON_PUSH"),
            ("team/c", "REPLICATION"),
            ("ROOT", "CREATE_ON_PUSH"),
        ] {
            aws.ecr("CreateRepositoryCreationTemplate", json!({ "prefix": prefix, "appliedFor": [purpose] }));
        }
        for (prefix, url) in [("quay", "quay.io"), ("quay-mirror", "public.ecr.aws"), ("k8s", "registry.k8s.io")] {
            let rule = json!({ "ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url });
            aws.ecr("CreatePullThroughCacheRule", rule);
        }
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", HEAD);
        work.file(
            "find.tfquery.hcl",
            r#"
list "rosa_ecr_repository_creation_template" "of_teams" {
  provider         = rosa
  include_resource = true
  config {
    prefix      = "team/"
    applied_for = ["CREATE_ON_PUSH"]
  }
}
list "rosa_ecr_pull_through_cache_rule" "quay" {
  provider         = rosa
  include_resource = true
  config {
    prefix                = "quay"
    upstream_registry_url = "quay.io"
  }
}
"#,
        );
        work.init();
        let objects = found(&work);
        let of = |list: &str| -> Vec<&Value> {
            objects.iter().filter(|object| object["address"].as_str().is_some_and(|name| name.contains(list))).collect()
        };
        let templates = of("creation_template");
        let names: Vec<_> = templates.iter().map(|template| &template["display_name"]).collect();
        assert_eq!(names, ["team/a", "team/b"]);
        assert_eq!(templates[0]["identity"], json!({ "prefix": "team/a", "region": "us-east-1" }));
        assert_eq!(templates[0]["resource_object"]["image_tag_mutability"], "MUTABLE");
        let rules = of("cache_rule");
        assert_eq!(rules.len(), 1, "{objects:?}");
        assert_eq!(rules[0]["resource_object"]["upstream_registry_url"], "quay.io");
        assert!(emulator.writes().is_empty(), "a query only looks");
    });
}

#[test]
fn registries_are_found_by_their_cluster_and_can_be_imported() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let network = emulator.aws().network("10.0.0.0/16", 2);
        emulator.aws().worker_role("worker");
        let work = Workdir::new(engine, &emulator);
        let registry = |cluster: &str, more: &str| {
            format!("\nresource \"rosa_ecr\" \"{cluster}\" {{\n  cluster_name = \"{cluster}\"\n{more}\n}}\n")
        };
        let subnets = json!(network.subnets);
        let dev = format!(
            "  vpc_id = \"{}\"\n  private_subnet_ids = {subnets}\n  worker_role_names = [\"worker\"]",
            network.vpc
        );
        let both = registry("dev", &dev) + &registry("prod", "  create_vpc_endpoints = false");
        work.file("main.tf", &format!("{HEAD}{both}"));
        work.init();
        work.apply();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "somebodys" }));
        let query = |arguments: &str| {
            format!("list \"rosa_ecr\" \"all\" {{\n  provider = rosa\n  include_resource = true\n{arguments}}}\n")
        };
        work.file("find.tfquery.hcl", &query(""));
        emulator.clear_calls();
        let objects = found(&work);
        assert_eq!(names(&objects), ["dev/dev-registry", "prod/prod-registry"]);
        assert!(emulator.writes().is_empty(), "a query only looks");

        work.file("find.tfquery.hcl", &query("  config { cluster_name = \"dev\" }\n"));
        let objects = found(&work);
        assert_eq!(names(&objects), ["dev/dev-registry"]);
        let identity = json!({ "cluster_name": "dev", "repository_name": "dev-registry", "region": "us-east-1" });
        assert_eq!(objects[0]["identity"], identity);
        let object = &objects[0]["resource_object"];
        assert_eq!((&object["vpc_id"], &object["worker_role_names"]), (&json!(network.vpc), &json!(["worker"])));

        // What the query writes down is what there is.
        work.file("main.tf", HEAD);
        std::fs::remove_file(work.path().join("terraform.tfstate")).expect("there is a state");
        work.run(&["query", "-generate-config-out=found.tf"]).success();
        work.run(&["plan"]).success().says("1 to import, 0 to add").says("0 to destroy");
    });
}

#[test]
fn mirror_files_are_found_where_a_query_looks() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        let idms = r#"
resource "rosa_ecr_idms" "mirrors" {
  registry_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
}
"#;
        work.file("main.tf", &format!("{HEAD}{idms}"));
        work.file("outputs/other.yaml", "kind: Pod\n");
        work.init();
        work.apply();
        work.file("find.tfquery.hcl", "list \"rosa_ecr_idms\" \"files\" {\n  provider = rosa\n}\n");
        let objects = found(&work);
        assert_eq!(names(&objects), ["outputs/idms-config.yaml"]);
        assert_eq!(objects[0]["identity"], json!({ "output_path": "outputs/idms-config.yaml" }));
        let elsewhere = "list \"rosa_ecr_idms\" \"files\" {\n  provider = rosa\n  config { paths = [\"*\"] }\n}\n";
        work.file("find.tfquery.hcl", elsewhere);
        assert_eq!(names(&found(&work)), [""; 0]);
        assert!(emulator.calls().is_empty());
    });
}

#[test]
fn a_wrong_query_is_refused_before_anything_is_asked() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", HEAD);
        work.file(
            "find.tfquery.hcl",
            r#"
list "rosa_ecr_vpc_endpoint" "here" {
  provider = rosa
  config { vpc_id = "subnet-1" }
}
"#,
        );
        work.init();
        work.run(&["query"]).failure().says("vpc_id");
        assert!(emulator.calls().is_empty(), "{:?}", emulator.calls());
    });
}
