//! What would become of images, and what scans found in them.

use super::*;

#[test]
fn a_preview_shows_what_a_policy_would_delete_and_deletes_nothing() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let signature = format!("sha256-{}.sig", "a".repeat(64));
        let digests: Vec<String> = ["v1", "v2", &signature].map(|tag| aws.push_image("team/app", tag)).into();
        // All three are of one repository, and read at once.
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_lifecycle_policy_preview" "all_tags" {
  repository    = "team/app"
  untagged_days = 7
  keep_count    = 1
}
data "rosa_ecr_lifecycle_policy_preview" "releases" {
  repository    = "team/app"
  untagged_days = 7
  keep_count    = 1
  tag_patterns  = ["v*"]
}
data "rosa_ecr_lifecycle_policy_preview" "archive" {
  repository = "team/app"
  policy = jsonencode({
    rules = [{
      rulePriority = 7
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 2 }
      action       = { type = "transition", targetStorageClass = "archive" }
    }]
  })
}
output "all_tags" { value = data.rosa_ecr_lifecycle_policy_preview.all_tags }
output "releases" { value = data.rosa_ecr_lifecycle_policy_preview.releases }
output "archive"  { value = data.rosa_ecr_lifecycle_policy_preview.archive }
"#,
        );
        work.apply();
        let outputs = work.outputs();
        let digest_of = |output: &str, place: usize| outputs[output]["images"][place]["digest"].clone();
        assert_eq!(outputs["all_tags"]["expiring_count"], 2, "the signature is the newest image, by its tag");
        assert_eq!((&outputs["releases"]["expiring_count"], digest_of("releases", 0)), (&json!(1), json!(digests[0])));
        assert_eq!(outputs["releases"]["counts_by_rule"], json!({ "2": 1 }));
        let archive = &outputs["archive"];
        assert_eq!((&archive["expiring_count"], &archive["archiving_count"]), (&json!(0), &json!(1)));
        let image = &archive["images"][0];
        assert_eq!(
            (&image["tags"], &image["action"], &image["rule_priority"]),
            (&json!(["v1"]), &json!("TRANSITION"), &json!(7))
        );
        assert_eq!(archive["counts_by_storage_class"], json!({ "STANDARD": 1 }));
        let left = aws.ecr("DescribeImages", json!({ "repositoryName": "team/app" }));
        assert_eq!(left["imageDetails"].as_array().map(Vec::len), Some(3), "nothing is deleted");
        work.assert_empty_plan();

        aws.push_image("team/app", "v3");
        work.apply().says("The policy counts signatures in team/app as images").says("tag_patterns");
    });
}

#[test]
fn a_preview_without_a_policy_is_of_the_repositorys_own() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        aws.push_image("team/app", "v1");
        aws.push_image("team/app", "v2");
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_lifecycle_policy_preview" "now" { repository = "team/app" }
output "expiring" { value = data.rosa_ecr_lifecycle_policy_preview.now.images[*].tags }
"#,
        );
        work.run(&["plan"])
            .failure()
            .says("The repository team/app has no lifecycle policy")
            .says("untagged_days and keep_count");
        aws.put_another_lifecycle_policy("team/app");
        work.apply();
        assert_eq!(work.outputs()["expiring"], json!([["v1"]]));
    });
}

#[test]
fn findings_of_a_scan_are_listed_and_an_image_without_one_is_an_error() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let digest = aws.push_image("team/app", "v1");
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_image_scan_findings" "v1" {
  repository = "team/app"
  image_tag  = "v1"
}
output "found" { value = data.rosa_ecr_image_scan_findings.v1 }
"#,
        );
        work.run(&["plan"]).failure().says("The image team/app:v1 was never scanned").says("aws ecr start-image-scan");
        aws.ecr("StartImageScan", json!({ "repositoryName": "team/app", "imageId": { "imageTag": "v1" } }));
        work.apply();
        let outputs = work.outputs();
        let found = &outputs["found"];
        assert_eq!((&found["digest"], &found["status"]), (&json!(digest), &json!("COMPLETE")));
        assert_eq!((&found["severity_counts"], &found["truncated"]), (&json!({ "HIGH": 1 }), &json!(false)));
        let finding = &found["findings"][0];
        assert_eq!((&finding["name"], &finding["severity"]), (&json!("CVE-9999-9999"), &json!("HIGH")));
        assert_eq!(
            (&finding["packages"][0]["name"], &finding["packages"][0]["version"]),
            (&json!("moto_fake"), &json!("9.9.9"))
        );

        aws.ecr("PutRegistryScanningConfiguration", json!({ "scanType": "ENHANCED", "rules": [] }));
        work.apply();
        let outputs = work.outputs();
        let found = &outputs["found"];
        assert_eq!(found["status"], "ACTIVE");
        let package = &found["findings"][0]["packages"][0];
        assert_eq!((&package["fixed_version"], &package["package_manager"]), (&json!("10.0.0"), &json!("OS")));
        assert!(emulator.writes().is_empty(), "it only looks: {:?}", emulator.writes());
    });
}
