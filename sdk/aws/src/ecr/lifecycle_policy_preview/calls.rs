//! The calls of ECR's preview API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_ecr::types::{LifecyclePolicyPreviewResult, LifecyclePolicyPreviewStatus};
use aws_smithy_types::date_time::Format;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};
use tokio::sync::OwnedMutexGuard;

use super::PreviewedImage;
use crate::ecr::lifecycle_document::same;
use crate::ecr::repository::no_such_repository;
use crate::error::{code, failed, incomplete};
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// Whose turn it is in each repository of a region. ECR keeps the last preview of a repository only: another one of this process
/// waits until this one is read.
static TURNS: Mutex<BTreeMap<Place, Arc<tokio::sync::Mutex<()>>>> = Mutex::new(BTreeMap::new());

/// Region and name of a repository.
type Place = (String, String);

async fn turn(region: &str, repository: &str) -> OwnedMutexGuard<()> {
    let turn = {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry((region.to_owned(), repository.to_owned())).or_default().clone()
    };
    turn.lock_owned().await
}

/// The policy that was previewed, and what it would do: that of the repository where no text is given.
pub(super) async fn preview(
    call: &Call<Aws>,
    region: &str,
    repository: &str,
    text: Option<String>,
    limit: Duration,
) -> Result<(String, Vec<PreviewedImage>), Diagnostics> {
    let preview = Preview { call: &call.clone().within(limit), region, repository, limit };
    let what = format!("another preview of {repository} to end");
    let _turn = wait::until(preview.call, &what, async || Ok(Some(turn(region, repository).await))).await?;
    loop {
        let text = preview.start(text.clone()).await?;
        if let Some(images) = preview.results(&text).await? {
            return Ok((text, images));
        }
    }
}

struct Preview<'a> {
    call: &'a Call<Aws>,
    region: &'a str,
    repository: &'a str,
    limit: Duration,
}

impl Preview<'_> {
    /// Starts it as soon as no other one is under way, and gives the policy.
    async fn start(&self, text: Option<String>) -> Result<String, Diagnostics> {
        let doing = format!("preview the lifecycle policy of {}", self.repository);
        wait::until(self.call, &format!("a preview of {} to begin", self.repository), || async {
            let request = self.call.ecr(self.region).start_lifecycle_policy_preview();
            let request = request.repository_name(self.repository).set_lifecycle_policy_text(text.clone());
            let error = match request.send().await {
                Ok(started) => {
                    let previewed = started.lifecycle_policy_text.or_else(|| text.clone());
                    return Ok(Progress::Done(previewed.ok_or_else(|| incomplete("ECR", &doing))?));
                }
                Err(error) => error,
            };
            Err(match code(&error) {
                Some("LifecyclePolicyPreviewInProgressException") => {
                    return Ok(self.pending("Another preview is under way."));
                }
                Some("RepositoryNotFoundException") => {
                    no_such_repository(self.repository, self.region).at("repository")
                }
                Some("LifecyclePolicyNotFoundException") => self.no_policy(),
                _ => failed("ecr:StartLifecyclePolicyPreview", &doing, &error),
            }
            .into())
        })
        .await
    }

    /// What it has come to; `None` where it is gone, because another one has taken its place or it is too old.
    async fn results(&self, text: &str) -> Result<Option<Vec<PreviewedImage>>, Diagnostics> {
        let what = format!("the preview of {} to complete", self.repository);
        wait::until(self.call, &what, || self.look(text)).await
    }

    async fn look(&self, text: &str) -> Result<Progress<Option<Vec<PreviewedImage>>>, Diagnostics> {
        let doing = format!("read the preview of {}", self.repository);
        let request = self.call.ecr(self.region).get_lifecycle_policy_preview().repository_name(self.repository);
        let mut pages = request.into_paginator().send();
        let mut images = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                // It was started, and not everything knows of it yet.
                Err(error) if code(&error) == Some("LifecyclePolicyPreviewNotFoundException") => {
                    return Ok(self.pending("ECR does not know it yet."));
                }
                Err(error) => return Err(failed("ecr:GetLifecyclePolicyPreview", &doing, &error).into()),
            };
            if page.lifecycle_policy_text.as_deref().is_some_and(|other| !same(other, text)) {
                return Ok(Progress::Done(None));
            }
            match page.status {
                Some(LifecyclePolicyPreviewStatus::Complete) => {}
                Some(LifecyclePolicyPreviewStatus::Expired) => return Ok(Progress::Done(None)),
                Some(LifecyclePolicyPreviewStatus::Failed) => return Err(self.failed().into()),
                Some(status) => return Ok(self.pending(&format!("Its status is {}.", status.as_str()))),
                None => return Err(incomplete("ECR", &doing).into()),
            }
            for result in page.preview_results.unwrap_or_default() {
                images.push(previewed(result).ok_or_else(|| incomplete("ECR", &doing))?);
            }
        }
        Ok(Progress::Done(Some(images)))
    }

    /// Not yet; and what to say if it stays like this.
    fn pending<T>(&self, status: &str) -> Progress<T> {
        let late = Diagnostic::error(format!("Timed out waiting for a preview of {}", self.repository))
            .detail(format!("{status} The time that timeout allows is over."))
            .fix("Try again, with a longer timeout if it stays: ECR takes longer where there are many images.")
            .at("timeout");
        Progress::Refused(late.into(), self.limit)
    }

    fn no_policy(&self) -> Diagnostic {
        Diagnostic::error(format!("The repository {} has no lifecycle policy", self.repository))
            .detail("No policy is given, so that of the repository would be previewed.")
            .fix("Set policy, or untagged_days and keep_count.")
            .at("policy")
    }

    fn failed(&self) -> Diagnostic {
        Diagnostic::error(format!("The preview of {} has failed", self.repository))
            .detail("ECR gives no reason.")
            .fix("Try again. If it stays, preview the policy in the console of ECR, or ask AWS Support.")
    }
}

fn previewed(result: LifecyclePolicyPreviewResult) -> Option<PreviewedImage> {
    let action = result.action?;
    let mut tags = result.image_tags.unwrap_or_default();
    tags.sort();
    Some(PreviewedImage {
        digest: result.image_digest?,
        tags,
        pushed_at: result.image_pushed_at.and_then(|time| time.fmt(Format::DateTime).ok()),
        action: action.r#type?.as_str().to_owned(),
        target_storage_class: action.target_storage_class.map(|class| class.as_str().to_owned()),
        rule_priority: i64::from(result.applied_rule_priority?),
        storage_class: result.storage_class.map(|class| class.as_str().to_owned()),
    })
}
