//! The call of ECR's API for the findings of a scan.

use std::collections::BTreeMap;

use aws_sdk_ecr::operation::describe_image_scan_findings::DescribeImageScanFindingsOutput;
use aws_sdk_ecr::types::{EnhancedImageScanFinding, ImageIdentifier, ImageScanFinding, ScanStatus};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Number};

use super::{ImageScanFindings, ImageScanFindingsOutputs, ScanFinding, VulnerablePackage};
use crate::ecr::repository::no_such_repository;
use crate::error::{code, failed, incomplete};
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// Findings of a page, at most: what ECR allows.
const LARGEST_PAGE: i64 = 1000;

/// What the scan has found, once it has ended.
pub(super) async fn findings(
    call: &Call<Aws>,
    region: &str,
    inputs: &ImageScanFindings,
) -> Result<ImageScanFindingsOutputs, Diagnostics> {
    let limit = wait::limit(&inputs.timeout);
    let image = image(inputs);
    let what = format!("the scan of {image} to end");
    let limited = call.clone().within(limit);
    let first = wait::until(&limited, &what, || async {
        let page = page(call, region, inputs, None).await?;
        match page.image_scan_status.as_ref().and_then(|scan| scan.status.as_ref()) {
            Some(status @ (ScanStatus::InProgress | ScanStatus::Pending)) => {
                Ok(Progress::Refused(still_scanning(&image, status.as_str()).into(), limit))
            }
            _ => Ok(Progress::Done(page)),
        }
    });
    let mut page_read = first.await?;
    let wanted = usize::try_from(inputs.max_findings).unwrap_or_default();
    let mut outputs =
        without_findings(&mut page_read).ok_or_else(|| incomplete("ECR", format!("read the scan of {image}")))?;
    loop {
        let next = page_read.next_token.take();
        outputs.findings.extend(listed(page_read));
        outputs.truncated = outputs.findings.len() > wanted || next.is_some();
        match next {
            Some(next) if outputs.findings.len() < wanted => page_read = page(call, region, inputs, Some(next)).await?,
            _ => break,
        }
    }
    outputs.findings.truncate(wanted);
    Ok(outputs)
}

/// The image as a person reads it.
fn image(inputs: &ImageScanFindings) -> String {
    match (&inputs.image_tag, &inputs.image_digest) {
        (Some(tag), _) => format!("{}:{tag}", inputs.repository),
        (None, digest) => format!("{}@{}", inputs.repository, digest.as_deref().unwrap_or_default()),
    }
}

async fn page(
    call: &Call<Aws>,
    region: &str,
    inputs: &ImageScanFindings,
    next: Option<String>,
) -> Result<DescribeImageScanFindingsOutput, Diagnostics> {
    let id = ImageIdentifier::builder()
        .set_image_tag(inputs.image_tag.clone())
        .set_image_digest(inputs.image_digest.clone())
        .build();
    let size = i32::try_from(inputs.max_findings.clamp(1, LARGEST_PAGE)).unwrap_or(1);
    let request = call.ecr(region).describe_image_scan_findings().repository_name(&inputs.repository).image_id(id);
    let request = request.max_results(size).set_next_token(next).set_registry_id(inputs.registry_id.clone());
    request.send().await.map_err(|error| {
        let image = image(inputs);
        match code(&error) {
            Some("RepositoryNotFoundException") => no_such_repository(&inputs.repository, region).at("repository"),
            Some("ImageNotFoundException") => no_image(inputs, &image),
            Some("ScanNotFoundException") => never_scanned(inputs, region, &image),
            _ => failed("ecr:DescribeImageScanFindings", format!("read the scan of {image}"), &error),
        }
        .into()
    })
}

/// All but the findings; `None` if the answer lacks what every answer has.
fn without_findings(page: &mut DescribeImageScanFindingsOutput) -> Option<ImageScanFindingsOutputs> {
    let scan = page.image_scan_status.take()?;
    let findings = page.image_scan_findings.as_ref();
    let counts = findings.and_then(|findings| findings.finding_severity_counts.as_ref()).into_iter().flatten();
    Some(ImageScanFindingsOutputs {
        digest: page.image_id.take()?.image_digest?,
        status: scan.status?.as_str().to_owned(),
        status_description: scan.description,
        completed_at: findings.and_then(|findings| time(findings.image_scan_completed_at?)),
        vulnerability_source_updated_at: findings.and_then(|findings| time(findings.vulnerability_source_updated_at?)),
        severity_counts: counts.map(|(severity, count)| (severity.as_str().to_owned(), i64::from(*count))).collect(),
        findings: Vec::new(),
        truncated: false,
    })
}

fn time(time: DateTime) -> Option<String> {
    time.fmt(Format::DateTime).ok()
}

/// The findings of a page: a scan is a basic or an enhanced one.
fn listed(page: DescribeImageScanFindingsOutput) -> impl Iterator<Item = ScanFinding> {
    let findings = page.image_scan_findings;
    let (basic, enhanced) = findings.map(|found| (found.findings, found.enhanced_findings)).unwrap_or_default();
    let basic = basic.unwrap_or_default().into_iter().map(of_basic);
    basic.chain(enhanced.unwrap_or_default().into_iter().map(of_enhanced))
}

fn of_basic(finding: ImageScanFinding) -> ScanFinding {
    let attributes = finding.attributes.unwrap_or_default().into_iter();
    let mut attributes: BTreeMap<String, String> =
        attributes.map(|attribute| (attribute.key, attribute.value.unwrap_or_default())).collect();
    let (name, version) = (attributes.remove("package_name"), attributes.remove("package_version"));
    let package = VulnerablePackage { name, version, fixed_version: None, package_manager: None, file_path: None };
    ScanFinding {
        name: finding.name.unwrap_or_default(),
        severity: finding.severity.map(|severity| severity.as_str().to_owned()).unwrap_or_default(),
        description: finding.description,
        uri: finding.uri,
        packages: Some(package).filter(|package| package.name.is_some()).into_iter().collect(),
        fix_available: None,
        exploit_available: None,
        score: None,
        attributes,
    }
}

fn of_enhanced(finding: EnhancedImageScanFinding) -> ScanFinding {
    let details = finding.package_vulnerability_details;
    let (id, uri, packages) = details
        .map(|details| (details.vulnerability_id, details.source_url, details.vulnerable_packages))
        .unwrap_or_default();
    let packages = packages.unwrap_or_default().into_iter().map(|package| VulnerablePackage {
        name: package.name,
        version: package.version,
        fixed_version: package.fixed_in_version,
        package_manager: package.package_manager,
        file_path: package.file_path,
    });
    ScanFinding {
        name: id.or(finding.title).unwrap_or_default(),
        severity: finding.severity.unwrap_or_default(),
        description: finding.description,
        uri,
        packages: packages.collect(),
        fix_available: finding.fix_available,
        exploit_available: finding.exploit_available,
        score: Number::from_f64(finding.score),
        attributes: BTreeMap::new(),
    }
}

fn still_scanning(image: &str, status: &str) -> Diagnostic {
    Diagnostic::error(format!("The scan of {image} has not ended"))
        .detail(format!("Its status is {status}, and the time that timeout allows is over."))
        .fix("Try again later, or set a longer timeout.")
        .at("timeout")
}

fn no_image(inputs: &ImageScanFindings, image: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no image {image}"))
        .fix(format!(
            "Push it, or check tag and digest. `aws ecr list-images --repository-name {}` shows what is there.",
            inputs.repository
        ))
        .at(if inputs.image_tag.is_some() { "image_tag" } else { "image_digest" })
}

fn never_scanned(inputs: &ImageScanFindings, region: &str, image: &str) -> Diagnostic {
    let id = match (&inputs.image_tag, &inputs.image_digest) {
        (Some(tag), _) => format!("imageTag={tag}"),
        (None, digest) => format!("imageDigest={}", digest.as_deref().unwrap_or_default()),
    };
    Diagnostic::error(format!("The image {image} was never scanned"))
        .detail("ECR knows no scan of it.")
        .fix(format!(
            "Scan it: `aws ecr start-image-scan --region {region} --repository-name {} --image-id {id}`. To scan each image that \
             is pushed, set scan_on_push = true on the repository. With enhanced scanning, the repository has to fit a filter of \
             the registry's scanning configuration.",
            inputs.repository
        ))
        .at("repository")
}
