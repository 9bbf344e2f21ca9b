//! Functions.

use super::*;

#[test]
fn functions_need_nothing_but_their_arguments() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"
output "registry" { value = provider::rosa::registry_url("123456789012", "cn-north-1") }
output "image" {
  value = provider::rosa::parse_image_uri("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/team/app:v1")
}
output "idms" {
  value = yamldecode(provider::rosa::idms_yaml(
    "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    { "registry.redhat.io/openshift4" = "mirror/openshift4" },
  ))
}
output "usual_sources" {
  value = length(yamldecode(provider::rosa::idms_yaml("123456789012.dkr.ecr.us-east-1.amazonaws.com", null)).spec.imageDigestMirrors)
}
output "push" {
  value = jsondecode(provider::rosa::push_policy(["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]))
}
output "image_mirrors" {
  value = provider::rosa::image_mirrors(<<-YAML
    apiVersion: config.openshift.io/v1
    kind: ImageDigestMirrorSet
    metadata:
      name: idms-operator-0
    spec:
      imageDigestMirrors:
      - mirrors:
        - 123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift-gitops-1
        source: registry.redhat.io/openshift-gitops-1
    status: {}
  YAML
  )
}
output "pull_secret" {
  value = jsondecode(provider::rosa::merge_pull_secret(
    jsonencode({ auths = { "quay.io" = { auth = "eDp5" } } }),
    "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    "password",
  ))
}
output "is_secret" {
  value = issensitive(provider::rosa::merge_pull_secret(
    null, "123456789012.dkr.ecr.us-east-1.amazonaws.com", sensitive("password"),
  ))
}
output "trust" {
  value = jsondecode(provider::rosa::irsa_trust_policy(
    "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/abc",
    ["ci:pipeline-builder"],
  ))
}
"#,
        );
        work.apply();
        let outputs = work.outputs();
        assert_eq!(outputs["registry"], "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
        let image = json!({
            "registry": "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "account": "123456789012",
            "region": "us-gov-west-1",
            "repository": "team/app",
            "tag": "v1",
            "digest": null,
        });
        assert_eq!(outputs["image"], image);
        let mirror = &outputs["idms"]["spec"]["imageDigestMirrors"][0];
        assert_eq!(outputs["idms"]["kind"], "ImageDigestMirrorSet");
        assert_eq!(mirror["mirrors"], json!(["123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift4"]));
        assert!(outputs["usual_sources"].as_u64().is_some_and(|count| count > 1));
        assert_eq!(
            outputs["push"]["Statement"][1]["Resource"][0],
            "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
        );
        let mirrors = [json!({
            "source": "registry.redhat.io/openshift-gitops-1",
            "mirrors": ["123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift-gitops-1"],
        })];
        assert_eq!(outputs["image_mirrors"], json!(mirrors));
        let auths = &outputs["pull_secret"]["auths"];
        assert_eq!(auths["quay.io"]["auth"], "eDp5");
        assert_eq!(auths["123456789012.dkr.ecr.us-east-1.amazonaws.com"]["auth"], "QVdTOnBhc3N3b3Jk");
        assert_eq!(outputs["is_secret"], true);
        let condition = &outputs["trust"]["Statement"][0]["Condition"]["StringEquals"];
        assert_eq!(condition["oidc.example.com/abc:sub"][0], "system:serviceaccount:ci:pipeline-builder");
        assert!(emulator.calls().is_empty(), "functions call nothing");
        work.assert_empty_plan();
    });
}

#[test]
fn a_wrong_argument_is_named_and_has_a_way_out() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"output "image" { value = provider::rosa::parse_image_uri("https://quay.io/team/app") }"#,
        );
        let output = work.run(&["plan"]).failure();
        output.says("uri").says("https://quay.io/team/app").says("Leave");
    });
}
