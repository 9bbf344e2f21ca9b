//! The scans: started where ECR has not done it by itself, and waited for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_ecr::types::ImageIdentifier;
use aws_smithy_types::DateTime;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Progress};

use super::findings::{Chosen, ChosenImage, Findings, Outcome};
use crate::ecr::images::counts;
use crate::ecr::repository::{count, no_such_repository};
use crate::error::{code, failed};
use crate::provider::Aws;
use crate::wait;

/// How many images are asked for at once.
const AT_ONCE: usize = 8;

/// How long ECR does not scan an image again, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// Where the images are.
#[derive(Clone, Copy)]
pub(super) struct Repository<'a> {
    pub call: &'a Call<Aws>,
    pub region: &'a str,
    pub name: &'a str,
}

/// How far a scan is.
enum State {
    None,
    Running,
    Ended {
        outcome: Outcome,
        at: Option<DateTime>,
    },
    /// Enhanced scanning is on.
    Enhanced,
}

impl Repository<'_> {
    /// Scans the images, and waits that long at most.
    pub(super) async fn scan(
        self,
        images: Vec<ChosenImage>,
        limit: Duration,
        progress: &Progress,
    ) -> Result<Vec<(ChosenImage, Outcome)>, Diagnostics> {
        let started =
            stream::iter(images).map(|image| async move { Ok::<_, Diagnostics>((self.start(&image).await?, image)) });
        let (mut running, mut ended) = (Vec::new(), Vec::new());
        let mut started = started.buffered(AT_ONCE);
        while let Some((outcome, image)) = started.try_next().await? {
            if self.call.cancelled().is_cancelled() {
                return Err(stopped(self.name).into());
            }
            match outcome {
                None => running.push(image),
                Some(outcome) => {
                    progress.tell(format!("{}: {outcome} (scanned within the last 24 hours)", image.name()));
                    ended.push((image, outcome));
                }
            }
        }
        ended.extend(self.wait(running, limit, progress).await?);
        Ok(ended)
    }

    /// Starts a scan, unless there is one that counts: then this is what came of it.
    async fn start(self, image: &ChosenImage) -> Result<Option<Outcome>, Diagnostics> {
        let earlier = match self.state(image).await? {
            State::Running => return Ok(None),
            State::Enhanced => return Err(enhanced(self.name).into()),
            State::Ended { outcome: outcome @ Outcome::Complete(_), at: Some(at) } if is_of_last_day(at) => {
                return Ok(Some(outcome));
            }
            State::Ended { outcome, .. } => Some(outcome),
            State::None => None,
        };
        let request = self.call.ecr(self.region).start_image_scan().repository_name(self.name);
        match request.image_id(id(image)).send().await {
            Ok(_) => Ok(None),
            Err(error) => match (code(&error), image.chosen) {
                // It was scanned, though ECR does not say when.
                (Some("LimitExceededException"), _) if earlier.is_some() => Ok(earlier),
                (Some("LimitExceededException"), _) => Err(used_up(&image.name()).into()),
                (Some("UnsupportedImageTypeException"), Chosen::ByName) => Err(unsupported(&image.name()).into()),
                (Some("UnsupportedImageTypeException"), Chosen::AsOneOfAll) => {
                    Ok(Some(Outcome::Unsupported("ECR does not scan images of this type".to_owned())))
                }
                (Some("ImageNotFoundException"), _) => Ok(Some(Outcome::Gone)),
                (Some("RepositoryNotFoundException"), _) => {
                    Err(no_such_repository(self.name, self.region).at("repository").into())
                }
                (code, _) => {
                    let is_refused = code == Some("ValidationException");
                    let problem = failed("ecr:StartImageScan", format!("scan {}", image.name()), &error);
                    Err(if is_refused { problem.fix(ENHANCED) } else { problem }.into())
                }
            },
        }
    }

    async fn wait(
        self,
        images: Vec<ChosenImage>,
        limit: Duration,
        progress: &Progress,
    ) -> Result<Vec<(ChosenImage, Outcome)>, Diagnostics> {
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let what = format!("the scans of {} of {} to end", count(images.len()), self.name);
        let (pending, ended) = (Mutex::new(images), Mutex::new(Vec::new()));
        let probe = || async {
            let waiting = pending.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let asked = stream::iter(waiting)
                .map(|image| async move { Ok::<_, Diagnostics>((self.state(&image).await?, image)) });
            let answers: Vec<(State, ChosenImage)> = asked.buffered(AT_ONCE).try_collect().await?;
            let mut running = Vec::new();
            for (state, image) in answers {
                match state {
                    // News of the new scan has not spread yet.
                    State::Ended { at: Some(at), .. } if !is_of_last_day(at) => running.push(image),
                    State::Ended { outcome, .. } => {
                        progress.tell(format!("{}: {outcome}", image.name()));
                        ended.lock().unwrap_or_else(PoisonError::into_inner).push((image, outcome));
                    }
                    State::Enhanced => return Err(enhanced(self.name).into()),
                    State::Running | State::None => running.push(image),
                }
            }
            let late = late(self.name, &running, limit);
            let is_done = running.is_empty();
            *pending.lock().unwrap_or_else(PoisonError::into_inner) = running;
            Ok(if is_done { wait::Progress::Done(()) } else { wait::Progress::Refused(late.into(), limit) })
        };
        wait::until(self.call, &what, probe).await?;
        Ok(ended.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// How far the scan of an image is.
    async fn state(self, image: &ChosenImage) -> Result<State, Diagnostics> {
        let request = self.call.ecr(self.region).describe_image_scan_findings().repository_name(self.name);
        // The counts are of all findings, however few of them are listed.
        let answer = match request.image_id(id(image)).max_results(1).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match code(&error) {
                    Some("ScanNotFoundException") => Ok(State::None),
                    Some("ImageNotFoundException") => Ok(State::Ended { outcome: Outcome::Gone, at: None }),
                    _ => {
                        let doing = format!("read the scan of {}", image.name());
                        Err(failed("ecr:DescribeImageScanFindings", doing, &error).into())
                    }
                };
            }
        };
        let (status, description) =
            answer.image_scan_status.map_or((None, None), |scan| (scan.status, scan.description));
        let status = status.as_ref().map_or("", |status| status.as_str());
        let because = description.unwrap_or_else(|| format!("its status is {status}"));
        let found = answer.image_scan_findings;
        let at = found.as_ref().and_then(|found| found.image_scan_completed_at);
        let outcome = match status {
            "COMPLETE" => {
                Outcome::Complete(Findings::new(counts(found.and_then(|found| found.finding_severity_counts))))
            }
            "" | "PENDING" | "IN_PROGRESS" => return Ok(State::Running),
            "ACTIVE" | "SCAN_ELIGIBILITY_EXPIRED" => return Ok(State::Enhanced),
            "UNSUPPORTED_IMAGE" | "FINDINGS_UNAVAILABLE" | "IMAGE_ARCHIVED" => Outcome::Unsupported(because),
            _ => Outcome::Failed(because),
        };
        Ok(State::Ended { outcome, at })
    }
}

fn id(image: &ChosenImage) -> ImageIdentifier {
    ImageIdentifier::builder().image_digest(&image.digest).build()
}

fn is_of_last_day(at: DateTime) -> bool {
    DateTime::from(SystemTime::now()).secs() - at.secs() < DAY
}

/// What there is to do where ECR refuses to scan on demand (Amazon ECR User Guide, "Scan images for software vulnerabilities": enhanced
/// scanning has no scans on demand).
const ENHANCED: &str = "If the account's registry has enhanced scanning, images are scanned when they are pushed and again when new \
                        vulnerabilities become known: remove this action. Scans on demand need basic scanning.";

fn enhanced(repository: &str) -> Diagnostic {
    Diagnostic::error(format!("Images of {repository} are not scanned on demand"))
        .detail("The account's registry has enhanced scanning, by which ECR scans them without being asked.")
        .fix(ENHANCED)
        .at("repository")
}

fn unsupported(image: &str) -> Diagnostic {
    Diagnostic::error(format!("{image} cannot be scanned"))
        .detail("ECR does not scan images of its type, such as manifest lists and artifacts that are no images.")
        .fix("Of a manifest list, name the digests of its images in image_digests, or name none at all to scan all images.")
}

fn used_up(image: &str) -> Diagnostic {
    Diagnostic::error(format!("{image} was not scanned"))
        .detail("ECR refused: it scans an image once in 24 hours, and 100 000 images of an account a day.")
        .fix("Invoke the action again tomorrow.")
}

fn late(repository: &str, running: &[ChosenImage], limit: Duration) -> Diagnostic {
    let names: Vec<String> = running.iter().take(10).map(ChosenImage::name).collect();
    Diagnostic::error(format!("The scans of {} of {repository} have not ended in time", count(running.len())))
        .detail(format!("After {} seconds these were not complete: {}.", limit.as_secs(), names.join(", ")))
        .fix("ECR goes on. Invoke the action again to wait for the same scans, or set a longer timeout.")
        .at("timeout")
}

fn stopped(repository: &str) -> Diagnostic {
    Diagnostic::error(format!("Stopped scanning images of {repository}"))
        .detail("A stop was requested.")
        .fix("ECR goes on with what has begun. Invoke the action again to wait for it.")
}
