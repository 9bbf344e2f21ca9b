//! Tests of the preview with recorded answers.

use std::sync::atomic::{AtomicUsize, Ordering};

use rosa_ecr_model::Attributes as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, acting, actions, answering, call, request};

const POLICY: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;

/// The arguments for a repository of its own, where the clock stands still: in one repository previews wait for each other.
fn in_repository(repository: &str, policy: Option<&str>) -> LifecyclePolicyPreview {
    LifecyclePolicyPreview { repository: repository.to_owned(), ..inputs(policy) }
}

fn inputs(policy: Option<&str>) -> LifecyclePolicyPreview {
    LifecyclePolicyPreview {
        repository: "team/app".to_owned(),
        policy: policy.map(str::to_owned),
        untagged_days: None,
        keep_count: None,
        tag_patterns: None,
        timeout: "1m".to_owned(),
        region: Some("us-east-1".to_owned()),
    }
}

fn started(policy: &str) -> Answer {
    Answer::ok(json!({ "lifecyclePolicyText": policy, "status": "IN_PROGRESS" }).to_string())
}

fn page(policy: &str, status: &str, results: &[Json], next: Option<&str>) -> Answer {
    let body = json!({ "lifecyclePolicyText": policy, "status": status, "previewResults": results, "nextToken": next });
    Answer::ok(body.to_string())
}

fn result(digest: &str, pushed_at: i64, tags: &[&str], action: &Json, rule: i64) -> Json {
    json!({
        "imageDigest": digest,
        "imagePushedAt": pushed_at,
        "imageTags": tags,
        "action": action,
        "appliedRulePriority": rule,
        "storageClass": "STANDARD",
    })
}

#[tokio::test]
async fn all_pages_are_read_and_counted() {
    let signature = format!("sha256-{}.sig", "a".repeat(64));
    let (expire, archive) =
        (json!({ "type": "EXPIRE" }), json!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" }));
    let (aws, asked) = answering([
        ("StartLifecyclePolicyPreview", started(POLICY)),
        ("GetLifecyclePolicyPreview", page(POLICY, "IN_PROGRESS", &[], None)),
        (
            "GetLifecyclePolicyPreview",
            page(POLICY, "COMPLETE", &[result("sha256:a", 1, &["v1"], &expire, 1)], Some("next")),
        ),
        (
            "GetLifecyclePolicyPreview",
            page(
                POLICY,
                "COMPLETE",
                &[result("sha256:b", 2, &["w", "v2"], &archive, 2), result("sha256:c", 3, &[&signature], &expire, 1)],
                None,
            ),
        ),
    ]);
    let call = call(aws);
    let found = LifecyclePolicyPreview::read(&call, inputs(Some(POLICY))).await.expect("a preview");
    assert_eq!(
        found.images.iter().map(|image| image.digest.as_str()).collect::<Vec<_>>(),
        ["sha256:c", "sha256:b", "sha256:a"]
    );
    assert_eq!((found.expiring_count, found.archiving_count, found.artifact_count), (2, 1, 1));
    assert_eq!(found.counts_by_rule, BTreeMap::from([("1".to_owned(), 2), ("2".to_owned(), 1)]));
    assert_eq!(found.counts_by_storage_class, BTreeMap::from([("STANDARD".to_owned(), 3)]));
    let archived = &found.images[1];
    assert_eq!(
        (archived.tags.as_slice(), archived.target_storage_class.as_deref()),
        (["v2".to_owned(), "w".to_owned()].as_slice(), Some("ARCHIVE"))
    );
    let start = request(&asked, "StartLifecyclePolicyPreview");
    assert_eq!(serde_json::from_str::<Json>(&start["Body"]).expect("JSON")["lifecyclePolicyText"], POLICY);
    let warnings = call.take_warnings().to_string();
    assert!(warnings.contains("1 of the 2 images") && warnings.contains("tag_patterns"), "{warnings}");
}

#[tokio::test]
async fn the_policy_of_the_repository_is_previewed_where_none_is_given() {
    let (aws, asked) = answering([
        ("StartLifecyclePolicyPreview", started(POLICY)),
        ("GetLifecyclePolicyPreview", page(POLICY, "COMPLETE", &[], None)),
    ]);
    let found = LifecyclePolicyPreview::read(&call(aws), inputs(None)).await.expect("a preview");
    assert_eq!((found.lifecycle_policy.as_str(), found.images.len()), (POLICY, 0));
    let start = request(&asked, "StartLifecyclePolicyPreview");
    assert!(!start["Body"].contains("lifecyclePolicyText"), "{start:?}");
}

#[tokio::test(start_paused = true)]
async fn another_preview_is_waited_for_and_not_taken_for_this_one() {
    let starts = AtomicUsize::new(0);
    let other = POLICY.replace("\"countNumber\":1", "\"countNumber\":7");
    let (aws, asked) = acting(move |form| match form["Action"].as_str() {
        "StartLifecyclePolicyPreview" if starts.fetch_add(1, Ordering::Relaxed) == 0 => {
            Answer::ecr_error("LifecyclePolicyPreviewInProgressException")
        }
        "StartLifecyclePolicyPreview" => started(POLICY),
        _ if starts.load(Ordering::Relaxed) == 2 => page(&other, "COMPLETE", &[], None),
        _ => page(POLICY, "COMPLETE", &[], None),
    });
    let wanted = in_repository("team/twice", Some(POLICY));
    let found = LifecyclePolicyPreview::read(&call(aws), wanted).await.expect("a preview");
    assert_eq!(found.lifecycle_policy, POLICY);
    let (start, get) = ("StartLifecyclePolicyPreview", "GetLifecyclePolicyPreview");
    assert_eq!(actions(&asked), [start, start, get, start, get]);
}

#[tokio::test(start_paused = true)]
async fn a_preview_that_does_not_end_is_an_error_that_names_the_limit() {
    let (aws, _) = answering([
        ("StartLifecyclePolicyPreview", started(POLICY)),
        ("GetLifecyclePolicyPreview", page(POLICY, "IN_PROGRESS", &[], None)),
    ]);
    let wanted = in_repository("team/endless", None);
    let error = LifecyclePolicyPreview::read(&call(aws), wanted).await.expect_err("it never ends").to_string();
    assert!(error.contains("IN_PROGRESS") && error.contains("longer timeout"), "{error}");
}

#[tokio::test]
async fn errors_say_what_to_do() {
    for (code, reported) in [
        ("RepositoryNotFoundException", "There is no repository team/app in us-east-1"),
        ("LifecyclePolicyNotFoundException", "Set policy, or untagged_days and keep_count"),
        ("AccessDeniedException", "ecr:StartLifecyclePolicyPreview"),
    ] {
        let (aws, _) = answering([("StartLifecyclePolicyPreview", Answer::ecr_error(code))]);
        let error = LifecyclePolicyPreview::read(&call(aws), inputs(None)).await.expect_err(code).to_string();
        assert!(error.contains(reported), "{error}");
    }
    let (aws, _) = answering([
        ("StartLifecyclePolicyPreview", started(POLICY)),
        ("GetLifecyclePolicyPreview", page(POLICY, "FAILED", &[], None)),
    ]);
    let error = LifecyclePolicyPreview::read(&call(aws), inputs(None)).await.expect_err("it has failed").to_string();
    assert!(error.contains("has failed"), "{error}");
}

#[test]
fn tags_tell_signatures_from_images() {
    let image = |tags: &[&str]| PreviewedImage {
        digest: String::new(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        pushed_at: None,
        action: "EXPIRE".to_owned(),
        target_storage_class: None,
        rule_priority: 1,
        storage_class: None,
    };
    let referrers = format!("sha256-{}", "0a".repeat(32));
    for end in ["", ".sig", ".att", ".sbom"] {
        assert!(is_artifact(&image(&[&format!("{referrers}{end}")])), "{end}");
    }
    for tags in [&[][..], &["v1"], &["sha256-abc.sig"], &["build.sig"], &[&referrers, "v1"]] {
        assert!(!is_artifact(&image(tags)), "{tags:?}");
    }
}

#[test]
fn arguments_are_those_of_the_resource_and_may_all_be_left_out() {
    let report = |inputs: LifecyclePolicyPreview| {
        let mut report = Diagnostics::new();
        LifecyclePolicyPreview::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    assert_eq!(report(inputs(None)), "");
    assert_eq!(report(inputs(Some(POLICY))), "");
    let numbers = LifecyclePolicyPreview { untagged_days: Some(7), keep_count: Some(5), ..inputs(None) };
    assert_eq!(report(numbers.clone()), "");
    assert!(
        report(LifecyclePolicyPreview { policy: Some(POLICY.to_owned()), ..numbers })
            .contains("Two lifecycle policies")
    );
    let half = LifecyclePolicyPreview { untagged_days: Some(7), ..inputs(None) };
    assert!(report(half).contains("Half a lifecycle policy"));
    let patterns = LifecyclePolicyPreview { tag_patterns: Some(vec!["v*".to_owned()]), ..inputs(None) };
    assert!(report(patterns).contains("without a count"));
    assert!(report(inputs(Some(&POLICY.replace("expire", "delete")))).contains("action.type in rule 1"));
}
