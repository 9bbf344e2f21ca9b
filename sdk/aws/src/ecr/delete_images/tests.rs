//! Tests of the action with recorded answers.

use std::sync::{Arc, Mutex};

use rosa_ecr_model::{Attributes as _, Progress};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, answering, call};

fn action(patterns: &[&str]) -> DeleteImages {
    DeleteImages {
        repository: "team/app".to_owned(),
        tag_patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        untagged: true,
        older_than_days: None,
        dry_run: false,
        region: None,
    }
}

fn image(digest: &str, tags: &[&str], media_type: &str) -> Json {
    json!({
        "registryId": "123456789012",
        "imageDigest": digest,
        "imageTags": tags,
        "imagePushedAt": 1_767_225_600,
        "imageManifestMediaType": media_type,
    })
}

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn images(images: &[Json]) -> Answer {
    Answer::ok(json!({ "imageDetails": images }).to_string())
}

fn failures(failures: &[(&str, &str)]) -> Answer {
    let failure = |(digest, code): &(&str, &str)| json!({ "imageId": { "imageDigest": digest }, "failureCode": code, "failureReason": "because" });
    Answer::ok(json!({ "failures": failures.iter().map(failure).collect::<Vec<_>>() }).to_string())
}

/// Invokes it, and gives the messages with the result.
async fn invoke(call: &Call<Aws>, action: DeleteImages) -> (Vec<String>, Result<(), Diagnostics>) {
    let messages = Arc::new(Mutex::new(Vec::new()));
    let log = messages.clone();
    let progress = Progress::new(move |message| log.lock().expect("no test panics with it").push(message));
    let result = DeleteImages::invoke(call, action, &progress).await;
    let messages = messages.lock().expect("no test panics with it").clone();
    (messages, result)
}

/// The identifiers of each deletion.
fn deletions(asked: &Asked) -> Vec<Json> {
    let asked = asked.lock().expect("no test panics with it");
    let of_action = asked.iter().filter(|form| form["Action"] == "BatchDeleteImage");
    of_action.map(|form| serde_json::from_str::<Json>(&form["Body"]).expect("JSON")["imageIds"].take()).collect()
}

#[tokio::test]
async fn what_a_list_refers_to_is_deleted_after_it() {
    let (aws, asked) = answering([
        ("DescribeImages", images(&[image("a", &[], IMAGE), image("b", &["v1"], INDEX), image("c", &[], IMAGE)])),
        (
            "BatchDeleteImage",
            failures(&[("a", "ImageReferencedByManifestList"), ("c", "ImageReferencedByManifestList")]),
        ),
        ("BatchDeleteImage", failures(&[("c", "ImageReferencedByManifestList")])),
    ]);
    let (messages, result) = invoke(&call(aws), action(&["v*"])).await;
    assert_eq!(result, Ok(()));
    let digests = |ids: &[&str]| Json::Array(ids.iter().map(|id| json!({ "imageDigest": id })).collect());
    assert_eq!(deletions(&asked), [digests(&["b", "a", "c"]), digests(&["a", "c"]), digests(&["c"])]);
    assert_eq!(
        messages,
        [
            "Deleted b (v1)",
            "Deleted a (untagged)",
            "Did not delete c (untagged): a manifest list that stays refers to it",
            "Deleted 2 images of team/app",
        ]
    );
}

#[tokio::test]
async fn failures_are_told_by_image_and_stop_nothing_else() {
    let (aws, _) = answering([
        ("DescribeImages", images(&[image("a", &[], IMAGE), image("b", &[], IMAGE), image("c", &[], IMAGE)])),
        ("BatchDeleteImage", failures(&[("a", "KmsError"), ("c", "ImageNotFound")])),
    ]);
    let (messages, result) = invoke(&call(aws), action(&[])).await;
    assert_eq!(messages, ["Deleted b (untagged)", "Deleted 1 image of team/app"]);
    let report = result.expect_err("one is left").to_string();
    assert!(report.starts_with("error: Not all images of team/app were deleted"), "{report}");
    assert!(report.contains("Could not delete a (untagged): KmsError, \"because\"."), "{report}");
}

#[tokio::test]
async fn a_batch_has_a_hundred_images_at_most() {
    let all: Vec<Json> = (0..205).map(|number| image(&format!("d{number:03}"), &[], IMAGE)).collect();
    let (aws, asked) = answering([("DescribeImages", images(&all)), ("BatchDeleteImage", failures(&[]))]);
    assert_eq!(invoke(&call(aws), action(&[])).await.1, Ok(()));
    let sizes: Vec<usize> = deletions(&asked).iter().map(|ids| ids.as_array().expect("ids").len()).collect();
    assert_eq!(sizes, [100, 100, 5]);
}

#[tokio::test]
async fn a_stop_ends_it_between_batches() {
    let all: Vec<Json> = (0..150).map(|number| image(&format!("d{number:03}"), &[], IMAGE)).collect();
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let (aws, _) = acting(move |form| match form["Action"].as_str() {
        "DescribeImages" => images(&all),
        _ => {
            stopping.cancel();
            failures(&[])
        }
    });
    let report = invoke(&Call::new(Arc::new(aws), stop), action(&[])).await.1.expect_err("stopped").to_string();
    assert!(report.contains("Deleted so far: 100 images."), "{report}");
}

#[tokio::test]
async fn a_tag_is_removed_and_its_image_stays() {
    let (aws, asked) = answering([
        ("DescribeImages", images(&[image("a", &["pr-1", "v1"], IMAGE)])),
        ("BatchDeleteImage", failures(&[])),
    ]);
    let (messages, result) = invoke(&call(aws), action(&["pr-*"])).await;
    assert_eq!(result, Ok(()));
    assert_eq!(deletions(&asked), [json!([{ "imageTag": "pr-1" }])]);
    assert_eq!(messages, ["Removed the tag pr-1 from a, which has others", "Deleted 1 tag of team/app"]);
}

#[tokio::test]
async fn a_dry_run_and_a_plan_write_nothing() {
    let (aws, asked) = answering([("DescribeImages", images(&[image("a", &["v1"], IMAGE)]))]);
    let call = call(aws);
    let dry = DeleteImages { dry_run: true, ..action(&["v1"]) };
    let (messages, result) = invoke(&call, dry.clone()).await;
    assert_eq!(result, Ok(()));
    assert_eq!(messages, ["Would delete a (v1)", "Nothing is deleted: dry_run is true. 1 image would be"]);
    assert_eq!(DeleteImages::plan(&call, &dry).await, Ok(()));
    assert!(call.take_warnings().is_empty(), "nothing will be deleted");
    assert_eq!(DeleteImages::plan(&call, &action(&["v1"])).await, Ok(()));
    let warning = call.take_warnings().to_string();
    assert!(warning.starts_with("warning: Images of team/app will be deleted"), "{warning}");
    assert!(warning.contains("As of now: 1 image: delete a (v1)."), "{warning}");
    assert!(actions(&asked).iter().all(|action| action == "DescribeImages"), "{asked:?}");
}

#[tokio::test]
async fn a_repository_may_come_later_in_a_plan_and_not_in_an_invocation() {
    let (aws, _) = answering([("DescribeImages", Answer::ecr_error("RepositoryNotFoundException"))]);
    let call = call(aws);
    assert_eq!(DeleteImages::plan(&call, &action(&["*"])).await, Ok(()));
    let report = invoke(&call, action(&["*"])).await.1.expect_err("there is none").to_string();
    assert!(report.starts_with("error: There is no repository team/app in us-east-1"), "{report}");
}

#[test]
fn something_has_to_be_named() {
    let errors = |action: DeleteImages| {
        let mut report = Diagnostics::default();
        DeleteImages::validate(&action.to_partial(), &mut report);
        report.iter().count()
    };
    assert_eq!(errors(DeleteImages { untagged: false, ..action(&[]) }), 1);
    assert_eq!(errors(DeleteImages { untagged: false, ..action(&["*"]) }), 0);
    assert_eq!(errors(action(&[])), 0);
}
