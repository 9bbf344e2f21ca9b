//! Tests of the data source with recorded answers.

use rosa_ecr_model::Attributes as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, actions, answering, call};

fn inputs() -> ImageScanFindings {
    ImageScanFindings {
        repository: "team/app".to_owned(),
        image_tag: Some("v1".to_owned()),
        image_digest: None,
        max_findings: 1000,
        timeout: "1m".to_owned(),
        registry_id: None,
        region: Some("us-east-1".to_owned()),
    }
}

fn page(status: &str, findings: &Json, next: Option<&str>) -> Answer {
    let body = json!({
        "imageId": { "imageDigest": "sha256:a", "imageTag": "v1" },
        "imageScanStatus": { "status": status, "description": "d" },
        "imageScanFindings": findings,
        "nextToken": next,
    });
    Answer::ok(body.to_string())
}

fn basic(name: &str) -> Json {
    json!({
        "name": name,
        "severity": "HIGH",
        "uri": "https://example.com",
        "attributes": [
            { "key": "package_name", "value": "openssl" },
            { "key": "package_version", "value": "1.1.1" },
            { "key": "CVSS3_SCORE", "value": "7.5" },
        ],
    })
}

fn names(found: &ImageScanFindingsOutputs) -> Vec<&str> {
    found.findings.iter().map(|finding| finding.name.as_str()).collect()
}

#[tokio::test]
async fn a_basic_scan_is_read_page_by_page() {
    let counts = json!({ "findings": [basic("CVE-1")], "findingSeverityCounts": { "HIGH": 2 }, "imageScanCompletedAt": 1_767_225_600 });
    let (aws, asked) = answering([
        ("DescribeImageScanFindings", page("COMPLETE", &counts, Some("next"))),
        ("DescribeImageScanFindings", page("COMPLETE", &json!({ "findings": [basic("CVE-2")] }), None)),
    ]);
    let found = ImageScanFindings::read(&call(aws), inputs()).await.expect("findings");
    assert_eq!(names(&found), ["CVE-1", "CVE-2"]);
    assert_eq!((found.digest.as_str(), found.status.as_str(), found.truncated), ("sha256:a", "COMPLETE", false));
    assert_eq!(found.severity_counts, BTreeMap::from([("HIGH".to_owned(), 2)]));
    assert_eq!(found.completed_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    let first = &found.findings[0];
    assert_eq!(
        (first.packages[0].name.as_deref(), first.packages[0].version.as_deref()),
        (Some("openssl"), Some("1.1.1"))
    );
    assert_eq!(first.attributes, BTreeMap::from([("CVSS3_SCORE".to_owned(), "7.5".to_owned())]));
    assert_eq!(actions(&asked).len(), 2);
}

#[tokio::test]
async fn an_enhanced_scan_has_the_same_form() {
    let finding = json!({
        "severity": "CRITICAL",
        "title": "a title",
        "score": 9.8,
        "fixAvailable": "YES",
        "exploitAvailable": "NO",
        "packageVulnerabilityDetails": {
            "vulnerabilityId": "CVE-3",
            "sourceUrl": "https://example.com/CVE-3",
            "vulnerablePackages": [
                { "name": "left-pad", "version": "1.0.0", "fixedInVersion": "1.0.1", "packageManager": "NPM", "filePath": "app/package-lock.json" },
            ],
        },
    });
    let titled = json!({ "severity": "LOW", "title": "a title" });
    let findings =
        json!({ "enhancedFindings": [finding, titled], "findingSeverityCounts": { "CRITICAL": 1, "LOW": 1 } });
    let (aws, _) = answering([("DescribeImageScanFindings", page("ACTIVE", &findings, None))]);
    let found = ImageScanFindings::read(&call(aws), inputs()).await.expect("findings");
    assert_eq!((names(&found), found.status.as_str()), (vec!["CVE-3", "a title"], "ACTIVE"));
    let first = &found.findings[0];
    assert_eq!(
        (first.score.clone(), first.fix_available.as_deref(), first.uri.as_deref()),
        (Number::from_f64(9.8), Some("YES"), Some("https://example.com/CVE-3"))
    );
    assert_eq!(first.packages[0].fixed_version.as_deref(), Some("1.0.1"));
    assert!(found.findings[1].packages.is_empty());
}

#[tokio::test]
async fn no_more_are_read_than_are_wanted() {
    let findings = json!({ "findings": [basic("CVE-1"), basic("CVE-2")], "findingSeverityCounts": { "HIGH": 9 } });
    for (wanted, expected) in [(0, vec![]), (1, vec!["CVE-1"]), (2, vec!["CVE-1", "CVE-2"])] {
        let (aws, asked) = answering([("DescribeImageScanFindings", page("COMPLETE", &findings, Some("next")))]);
        let found = ImageScanFindings::read(&call(aws), ImageScanFindings { max_findings: wanted, ..inputs() }).await;
        let found = found.expect("findings");
        assert_eq!((names(&found), found.truncated), (expected, true), "{wanted}");
        assert_eq!(actions(&asked).len(), 1, "{wanted}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_under_way_is_waited_for_but_not_for_ever() {
    let (aws, _) = answering([
        ("DescribeImageScanFindings", page("PENDING", &Json::Null, None)),
        ("DescribeImageScanFindings", page("IN_PROGRESS", &Json::Null, None)),
        ("DescribeImageScanFindings", page("COMPLETE", &json!({ "findings": [] }), None)),
    ]);
    let found = ImageScanFindings::read(&call(aws), inputs()).await.expect("it ends");
    assert_eq!((found.status.as_str(), found.findings.len()), ("COMPLETE", 0));
    let (aws, _) = answering([("DescribeImageScanFindings", page("IN_PROGRESS", &Json::Null, None))]);
    let error = ImageScanFindings::read(&call(aws), inputs()).await.expect_err("it never ends").to_string();
    assert!(error.contains("IN_PROGRESS") && error.contains("longer timeout"), "{error}");
}

#[tokio::test]
async fn errors_say_what_to_do() {
    for (code, reported) in [
        (
            "ScanNotFoundException",
            "aws ecr start-image-scan --region us-east-1 --repository-name team/app --image-id imageTag=v1",
        ),
        ("ImageNotFoundException", "There is no image team/app:v1 (image_tag)"),
        ("RepositoryNotFoundException", "There is no repository team/app in us-east-1"),
        ("AccessDeniedException", "ecr:DescribeImageScanFindings"),
    ] {
        let (aws, _) = answering([("DescribeImageScanFindings", Answer::ecr_error(code))]);
        let error = ImageScanFindings::read(&call(aws), inputs()).await.expect_err(code).to_string();
        assert!(error.contains(reported), "{error}");
    }
}

#[tokio::test]
async fn a_scan_that_failed_says_so_and_has_no_findings() {
    let (aws, _) = answering([("DescribeImageScanFindings", page("UNSUPPORTED_IMAGE", &Json::Null, None))]);
    let found = ImageScanFindings::read(&call(aws), inputs()).await.expect("an answer");
    assert_eq!((found.status.as_str(), found.severity_counts.len()), ("UNSUPPORTED_IMAGE", 0));
}

#[test]
fn one_image_is_named() {
    let report = |tag: Option<&str>, digest: Option<&str>| {
        let mut report = Diagnostics::new();
        let inputs = ImageScanFindings {
            image_tag: tag.map(str::to_owned),
            image_digest: digest.map(str::to_owned),
            ..inputs()
        };
        ImageScanFindings::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    assert_eq!((report(Some("v1"), None), report(None, Some("sha256:a"))), (String::new(), String::new()));
    assert!(report(None, None).contains("Neither"));
    assert!(report(Some("v1"), Some("sha256:a")).contains("Both"));
}
