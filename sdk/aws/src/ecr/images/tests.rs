//! Tests of the data source with recorded answers.

use rosa_ecr_model::{Attributes as _, DataSource as _, Diagnostics};
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, actions, answering, call};

fn inputs(region: &str) -> Images {
    Images {
        repository: "team/app".to_owned(),
        tag_status: "ANY".to_owned(),
        tag_pattern: None,
        image_digest: None,
        image_status: "ACTIVE".to_owned(),
        most_recent: false,
        limit: None,
        scan_summary: true,
        registry_id: None,
        region: Some(region.to_owned()),
    }
}

fn image(digest: &str, pushed_at: i64, tags: &[&str]) -> Json {
    json!({
        "registryId": "123456789012",
        "repositoryName": "team/app",
        "imageDigest": digest,
        "imageTags": tags,
        "imageSizeInBytes": 4096,
        "imagePushedAt": pushed_at,
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
    })
}

fn page(images: &[Json], next: Option<&str>) -> Answer {
    Answer::ok(json!({ "imageDetails": images, "nextToken": next }).to_string())
}

/// The bodies of the requests of that action.
fn bodies(asked: &Asked, action: &str) -> Vec<Json> {
    let asked = asked.lock().expect("no test panics with it");
    let of_action = asked.iter().filter(|form| form["Action"] == action);
    of_action.map(|form| serde_json::from_str(&form["Body"]).expect("JSON")).collect()
}

#[tokio::test]
async fn all_pages_are_read_and_the_newest_come_first() {
    let (aws, asked) = answering([
        ("DescribeImages", page(&[image("sha256:a", 1_767_225_600, &["v1"])], Some("next"))),
        ("DescribeImages", page(&[image("sha256:b", 1_767_225_601, &["v2", "latest"])], None)),
        ("DescribeImageScanFindings", Answer::ecr_error("ScanNotFoundException")),
    ]);
    let found = Images::read(&call(aws), inputs("cn-north-1")).await.expect("images").images;
    assert_eq!(found.iter().map(|image| image.digest.as_str()).collect::<Vec<_>>(), ["sha256:b", "sha256:a"]);
    assert_eq!(found[0].tags, ["latest", "v2"]);
    assert_eq!(found[0].uri, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app@sha256:b");
    assert_eq!(found[1].pushed_at, "2026-01-01T00:00:00Z");
    assert_eq!((found[1].scan_status.as_deref(), found[1].scan_findings.len()), (None, 0));
    let pages = bodies(&asked, "DescribeImages");
    assert_eq!(pages[0]["filter"], json!({ "tagStatus": "ANY" }));
    assert_eq!((pages.len(), &pages[1]["nextToken"]), (2, &json!("next")));
}

#[tokio::test]
async fn scans_are_asked_for_only_where_they_are_not_told_and_are_given_out() {
    let mut told = image("sha256:a", 3, &["v3"]);
    told["imageScanStatus"] = json!({ "status": "COMPLETE" });
    told["imageScanFindingsSummary"] =
        json!({ "imageScanCompletedAt": 1_767_225_600, "findingSeverityCounts": { "HIGH": 2, "CRITICAL": 1 } });
    let (aws, asked) = answering([
        ("DescribeImages", page(&[told, image("sha256:b", 2, &["v2"]), image("sha256:c", 1, &["v1"])], None)),
        (
            "DescribeImageScanFindings",
            Answer::ok(
                json!({ "imageScanStatus": { "status": "ACTIVE" }, "imageScanFindings": { "findingSeverityCounts": { "LOW": 7 } } })
                    .to_string(),
            ),
        ),
    ]);
    let inputs = Images { limit: Some(2), ..inputs("us-east-1") };
    let found = Images::read(&call(aws), inputs).await.expect("images").images;
    assert_eq!(found[0].scan_findings, BTreeMap::from([("CRITICAL".to_owned(), 1), ("HIGH".to_owned(), 2)]));
    assert_eq!(found[0].scan_completed_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(found[1].scan_status.as_deref(), Some("ACTIVE"));
    assert_eq!(found[1].scan_findings, BTreeMap::from([("LOW".to_owned(), 7)]));
    let asked = bodies(&asked, "DescribeImageScanFindings");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["imageId"], json!({ "imageDigest": "sha256:b" }));
}

#[tokio::test]
async fn without_a_scan_summary_nothing_is_asked_for_it() {
    let (aws, asked) = answering([("DescribeImages", page(&[image("sha256:a", 1, &[])], None))]);
    let inputs = Images { scan_summary: false, most_recent: true, ..inputs("us-east-1") };
    assert_eq!(Images::read(&call(aws), inputs).await.expect("images").images.len(), 1);
    assert_eq!(actions(&asked), ["DescribeImages"]);
}

#[tokio::test]
async fn errors_say_where_and_what_to_do() {
    let (aws, _) = answering([("DescribeImages", Answer::ecr_error("RepositoryNotFoundException"))]);
    let error = Images::read(&call(aws), inputs("us-east-1")).await.expect_err("no repository").to_string();
    assert!(error.contains("There is no repository team/app in us-east-1 (repository)"), "{error}");
    let (aws, _) = answering([
        ("DescribeImages", page(&[image("sha256:a", 1, &[])], None)),
        ("DescribeImageScanFindings", Answer::ecr_error("AccessDeniedException")),
    ]);
    let error = Images::read(&call(aws), inputs("us-east-1")).await.expect_err("not allowed").to_string();
    assert!(error.contains("scan_summary = false"), "{error}");
    let (aws, _) = answering([("DescribeImages", page(&[json!({ "imageDigest": "sha256:a" })], None))]);
    let error = Images::read(&call(aws), inputs("us-east-1")).await.expect_err("incomplete").to_string();
    assert!(error.contains("incomplete"), "{error}");
}

#[test]
fn questions_that_contradict_themselves_are_refused() {
    let report = |inputs: Images| {
        let mut report = Diagnostics::new();
        Images::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    assert!(report(Images { most_recent: true, limit: Some(3), ..inputs("us-east-1") }).contains("limit is 3"));
    let untagged =
        Images { tag_status: "UNTAGGED".to_owned(), tag_pattern: Some("v*".to_owned()), ..inputs("us-east-1") };
    assert!(report(untagged).contains("tag_pattern"));
    assert_eq!(report(Images { most_recent: true, ..inputs("us-east-1") }), "");
}

#[tokio::test]
async fn a_digest_names_one_image_or_none() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let wanted = Images { image_digest: Some(digest.clone()), scan_summary: false, ..inputs("us-east-1") };
    let (aws, asked) = answering([("DescribeImages", page(&[image(&digest, 1, &["v1"])], None))]);
    let found = Images::read(&call(aws), wanted.clone()).await.expect("an image").images;
    assert_eq!((found.len(), found[0].tags.as_slice()), (1, ["v1".to_owned()].as_slice()));
    let body = &bodies(&asked, "DescribeImages")[0];
    assert_eq!(body["imageIds"], json!([{ "imageDigest": digest }]));
    assert!(body.get("filter").is_none(), "{body}");
    let (aws, _) = answering([("DescribeImages", Answer::ecr_error("ImageNotFoundException"))]);
    assert!(Images::read(&call(aws), wanted).await.expect("no image").images.is_empty());
}

#[tokio::test]
async fn archived_images_of_another_account_are_asked_for() {
    let mut archived = image("sha256:a", 1, &["v1"]);
    archived["registryId"] = json!("210987654321");
    archived["imageStatus"] = json!("ARCHIVED");
    archived["lastArchivedAt"] = json!(1_767_225_600);
    let (aws, asked) = answering([("DescribeImages", page(&[archived], None))]);
    let wanted = Images {
        image_status: "ARCHIVED".to_owned(),
        registry_id: Some("210987654321".to_owned()),
        scan_summary: false,
        ..inputs("us-east-1")
    };
    let found = Images::read(&call(aws), wanted).await.expect("images").images.remove(0);
    assert_eq!(
        (found.status.as_deref(), found.archived_at.as_deref()),
        (Some("ARCHIVED"), Some("2026-01-01T00:00:00Z"))
    );
    assert!(found.uri.starts_with("210987654321.dkr.ecr.us-east-1."), "{}", found.uri);
    let body = &bodies(&asked, "DescribeImages")[0];
    assert_eq!(body["filter"], json!({ "tagStatus": "ANY", "imageStatus": "ARCHIVED" }));
    assert_eq!(body["registryId"], "210987654321");
}

#[test]
fn a_digest_goes_with_nothing_that_selects() {
    let digest = Some(format!("sha256:{}", "a".repeat(64)));
    let report = |inputs: Images| {
        let mut report = Diagnostics::new();
        Images::validate(&Images { image_digest: digest.clone(), ..inputs }.to_partial(), &mut report);
        report.iter().map(|problem| problem.summary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(report(inputs("us-east-1")), [""; 0]);
    assert_eq!(report(Images { most_recent: true, ..inputs("us-east-1") }), ["Both image_digest and most_recent"]);
    assert_eq!(report(Images { limit: Some(3), ..inputs("us-east-1") }), ["Both image_digest and limit"]);
    let tagged = Images { tag_status: "TAGGED".to_owned(), tag_pattern: Some("v*".to_owned()), ..inputs("us-east-1") };
    assert_eq!(report(tagged), ["Both image_digest and tag_pattern", "Both image_digest and tag_status"]);
}
