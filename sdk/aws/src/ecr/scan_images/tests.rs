//! Tests of the action with recorded answers.

use std::sync::{Arc, Mutex};

use rosa_ecr_model::{Attributes as _, Progress};
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, actions, answering, call};

fn action() -> ScanImages {
    ScanImages {
        repository: "team/app".to_owned(),
        image_tags: BTreeSet::new(),
        image_digests: BTreeSet::new(),
        limit: None,
        fail_on: None,
        timeout: "10m".to_owned(),
        region: None,
    }
}

fn of_tag(tag: &str) -> ScanImages {
    ScanImages { image_tags: BTreeSet::from([tag.to_owned()]), ..action() }
}

fn image(digest: &str, pushed_at: i64, media_type: &str) -> Json {
    json!({
        "registryId": "123456789012",
        "imageDigest": digest,
        "imageTags": [format!("of-{digest}")],
        "imagePushedAt": pushed_at,
        "imageManifestMediaType": media_type,
    })
}

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

fn images(images: &[Json]) -> Answer {
    Answer::ok(json!({ "imageDetails": images }).to_string())
}

fn scan(status: &str, hours_ago: i64, counts: Json) -> Answer {
    let completed_at = aws_smithy_types::DateTime::from(std::time::SystemTime::now()).secs() - hours_ago * 3600;
    let findings = json!({ "imageScanCompletedAt": completed_at, "findingSeverityCounts": counts });
    Answer::ok(
        json!({ "imageScanStatus": { "status": status, "description": "so" }, "imageScanFindings": findings })
            .to_string(),
    )
}

fn none() -> Answer {
    Answer::ecr_error("ScanNotFoundException")
}

fn started() -> Answer {
    Answer::ok(json!({ "imageScanStatus": { "status": "IN_PROGRESS" } }).to_string())
}

/// Invokes it, and gives the messages with the result.
async fn invoke(call: &Call<Aws>, action: ScanImages) -> (Vec<String>, Result<(), Diagnostics>) {
    let messages = Arc::new(Mutex::new(Vec::new()));
    let log = messages.clone();
    let progress = Progress::new(move |message| log.lock().expect("no test panics with it").push(message));
    let result = ScanImages::invoke(call, action, &progress).await;
    let messages = messages.lock().expect("no test panics with it").clone();
    (messages, result)
}

fn scanned(asked: &Asked) -> usize {
    actions(asked).iter().filter(|action| *action == "StartImageScan").count()
}

#[tokio::test(start_paused = true)]
async fn an_image_is_scanned_and_waited_for() {
    let (aws, asked) = answering([
        ("DescribeImages", images(&[image("a", 1, IMAGE)])),
        ("DescribeImageScanFindings", none()),
        ("StartImageScan", started()),
        ("DescribeImageScanFindings", scan("IN_PROGRESS", 0, json!({}))),
        ("DescribeImageScanFindings", scan("COMPLETE", 0, json!({ "HIGH": 2, "LOW": 1 }))),
    ]);
    let (messages, result) = invoke(&call(aws.clone()), of_tag("v1")).await;
    assert_eq!(result, Ok(()));
    assert_eq!(messages, ["Scanning 1 image of team/app", "a (v1): 2 HIGH, 1 LOW"]);
    assert_eq!(scanned(&asked), 1);

    let strict = ScanImages { fail_on: Some("MEDIUM".to_owned()), ..of_tag("v1") };
    let (messages, result) = invoke(&call(aws), strict).await;
    assert_eq!(messages[1], "a (v1): 2 HIGH, 1 LOW (scanned within the last 24 hours)");
    assert_eq!(scanned(&asked), 1, "ECR would refuse it");
    let report = result.expect_err("too much").to_string();
    assert!(report.starts_with("error: 1 image of team/app with findings of MEDIUM or higher (fail_on)"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn without_names_the_newest_images_are_scanned_and_no_lists() {
    let index = "application/vnd.oci.image.index.v1+json";
    let all = [image("old", 1, IMAGE), image("new", 3, IMAGE), image("list", 4, index), image("mid", 2, IMAGE)];
    let (aws, asked) = answering([
        ("DescribeImages", images(&all)),
        ("DescribeImageScanFindings", none()),
        ("DescribeImageScanFindings", none()),
        ("StartImageScan", started()),
        ("DescribeImageScanFindings", scan("COMPLETE", 0, json!({}))),
    ]);
    let (messages, result) = invoke(&call(aws), ScanImages { limit: Some(2), ..action() }).await;
    assert_eq!(result, Ok(()));
    assert_eq!(messages, ["Scanning 2 images of team/app", "new (of-new): no findings", "mid (of-mid): no findings"]);
    assert_eq!(scanned(&asked), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_scan_is_repeated_and_its_findings_do_not_count() {
    let (aws, asked) = answering([
        ("DescribeImages", images(&[image("a", 1, IMAGE)])),
        ("DescribeImageScanFindings", scan("COMPLETE", 30, json!({ "CRITICAL": 1 }))),
        ("StartImageScan", started()),
        ("DescribeImageScanFindings", scan("COMPLETE", 30, json!({ "CRITICAL": 1 }))),
        ("DescribeImageScanFindings", scan("COMPLETE", 0, json!({}))),
    ]);
    let strict = ScanImages { fail_on: Some("CRITICAL".to_owned()), ..of_tag("v1") };
    assert_eq!(invoke(&call(aws), strict).await.1, Ok(()));
    assert_eq!(scanned(&asked), 1);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_stands_against_it_is_told_or_an_earlier_scan_counts() {
    for (earlier, expected) in
        [(scan("COMPLETE", 30, json!({ "LOW": 1 })), None), (none(), Some("error: a (v1) was not scanned"))]
    {
        let (aws, asked) = answering([
            ("DescribeImages", images(&[image("a", 1, IMAGE)])),
            ("DescribeImageScanFindings", earlier),
            ("StartImageScan", Answer::ecr_error("LimitExceededException")),
        ]);
        let (messages, result) = invoke(&call(aws), of_tag("v1")).await;
        match expected {
            None => assert_eq!((result, messages.len()), (Ok(()), 2)),
            Some(said) => assert!(result.expect_err("refused").to_string().starts_with(said)),
        }
        assert_eq!(scanned(&asked), 1, "a quota is not tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_scanned_is_an_error_only_where_it_is_named() {
    let answers = || {
        answering([
            ("DescribeImages", images(&[image("a", 1, IMAGE)])),
            ("DescribeImageScanFindings", none()),
            ("StartImageScan", Answer::ecr_error("UnsupportedImageTypeException")),
        ])
    };
    let report = invoke(&call(answers().0), of_tag("v1")).await.1.expect_err("named").to_string();
    assert!(report.starts_with("error: a (v1) cannot be scanned"), "{report}");
    let call = call(answers().0);
    assert_eq!(invoke(&call, action()).await.1, Ok(()));
    assert!(call.take_warnings().to_string().starts_with("warning: ECR cannot scan 1 image of team/app"));
}

#[tokio::test(start_paused = true)]
async fn enhanced_scanning_has_no_scans_on_demand() {
    for (state, start) in
        [(scan("ACTIVE", 0, json!({ "LOW": 1 })), started()), (none(), Answer::ecr_error("ValidationException"))]
    {
        let (aws, _) = answering([
            ("DescribeImages", images(&[image("a", 1, IMAGE)])),
            ("DescribeImageScanFindings", state),
            ("StartImageScan", start),
        ]);
        let report = invoke(&call(aws), of_tag("v1")).await.1.expect_err("refused").to_string();
        assert!(report.contains("has enhanced scanning, images are scanned when they are pushed"), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_is_limited() {
    let (aws, _) = answering([
        ("DescribeImages", images(&[image("a", 1, IMAGE)])),
        ("DescribeImageScanFindings", none()),
        ("StartImageScan", started()),
        ("DescribeImageScanFindings", scan("IN_PROGRESS", 0, json!({}))),
    ]);
    let short = ScanImages { timeout: "90s".to_owned(), ..of_tag("v1") };
    let report = invoke(&call(aws), short).await.1.expect_err("too late").to_string();
    assert!(report.starts_with("error: The scans of 1 image of team/app have not ended in time (timeout)"), "{report}");
    assert!(report.contains("After 90 seconds"), "{report}");
}

#[tokio::test]
async fn images_that_are_not_there_are_all_told() {
    let (aws, _) = answering([("DescribeImages", Answer::ecr_error("ImageNotFoundException"))]);
    let image_tags = BTreeSet::from(["v1".to_owned(), "v2".to_owned()]);
    let report = invoke(&call(aws), ScanImages { image_tags, ..action() }).await.1.expect_err("none").to_string();
    assert!(report.contains("no image team/app:v1") && report.contains("no image team/app:v2"), "{report}");
    let (aws, _) = answering([("DescribeImages", images(&[]))]);
    assert_eq!(invoke(&call(aws), action()).await, (vec!["team/app has no images to scan".to_owned()], Ok(())));
}

#[test]
fn a_limit_is_not_for_names() {
    let errors = |action: ScanImages| {
        let mut report = Diagnostics::default();
        ScanImages::validate(&action.to_partial(), &mut report);
        report.iter().count()
    };
    assert_eq!(errors(ScanImages { limit: Some(1), ..of_tag("v1") }), 1);
    assert_eq!(errors(ScanImages { limit: Some(1), ..action() }), 0);
}
