//! ECR.

use serde_json::{Value as Json, json};

use crate::account::{ACCOUNT, Account, REGION, Repository, Tags};
use crate::request::{Answer, Refusal, Request, refuse};

/// The creation time of the first object, in seconds.
const EPOCH: u64 = 1_700_000_000;

/// # Panics
/// If it is an action that the fake does not have.
pub(crate) fn answer(account: &mut Account, request: &Request) -> Answer {
    if request.action == "CreateRepository" {
        return create(account, request).map(|body| body.to_string());
    }
    if request.action == "DescribeRepositories" {
        return describe(account, request).map(|body| body.to_string());
    }
    let by_arn = request.text("resourceArn").rsplit_once(":repository/").map(|(_, name)| name);
    let name = by_arn.unwrap_or(request.text("repositoryName")).to_owned();
    let late = account.tags_spread_late;
    let Some(repository) = account.repositories.get_mut(&name) else { return refuse("RepositoryNotFoundException") };
    if request.is_write() {
        account.written.push(repository.uid.clone());
    }
    let body = match request.action.as_str() {
        "ListTagsForResource" => {
            let tags = repository.stale.take().unwrap_or_else(|| repository.tags.clone());
            json!({ "tags": tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect::<Vec<_>>() })
        }
        "TagResource" => {
            repository.stale = late.then(|| repository.tags.clone());
            repository.tags.extend(tags(&request.json["tags"]));
            json!({})
        }
        "UntagResource" => {
            repository.stale = late.then(|| repository.tags.clone());
            for key in request.json["tagKeys"].as_array().into_iter().flatten().filter_map(Json::as_str) {
                repository.tags.remove(key);
            }
            json!({})
        }
        "PutImageTagMutability" => {
            repository.mutability = request.text("imageTagMutability").to_owned();
            repository.filters = request.json["imageTagMutabilityExclusionFilters"].clone();
            json!({ "registryId": ACCOUNT, "repositoryName": name, "imageTagMutability": repository.mutability })
        }
        "PutImageScanningConfiguration" => {
            repository.scan_on_push = scan_on_push(request);
            json!({ "registryId": ACCOUNT, "repositoryName": name })
        }
        "PutLifecyclePolicy" => {
            repository.lifecycle = Some(request.text("lifecyclePolicyText").to_owned());
            lifecycle(&name, repository)?
        }
        "GetLifecyclePolicy" => lifecycle(&name, repository)?,
        "DeleteLifecyclePolicy" => {
            let was = lifecycle(&name, repository)?;
            repository.lifecycle = None;
            was
        }
        "SetRepositoryPolicy" => {
            repository.policy = Some(request.text("policyText").to_owned());
            policy(&name, repository)?
        }
        "GetRepositoryPolicy" => policy(&name, repository)?,
        "DeleteRepositoryPolicy" => {
            let was = policy(&name, repository)?;
            repository.policy = None;
            was
        }
        "ListImages" => {
            let ids = repository.images.iter().map(|digest| json!({ "imageDigest": digest })).collect::<Vec<_>>();
            json!({ "imageIds": ids })
        }
        "DeleteRepository" => {
            if !repository.images.is_empty() && request.json["force"] != json!(true) {
                return refuse("RepositoryNotEmptyException");
            }
            let described = described(&name, repository);
            account.repositories.remove(&name);
            json!({ "repository": described })
        }
        other => panic!("the fake has no ecr:{other}"),
    };
    Ok(body.to_string())
}

fn create(account: &mut Account, request: &Request) -> Result<Json, Refusal> {
    let name = request.text("repositoryName").to_owned();
    if account.repositories.contains_key(&name) {
        return refuse("RepositoryAlreadyExistsException");
    }
    account.add_repository(&name);
    let repository = account.repositories.get_mut(&name).expect("it was made");
    repository.mutability = request.text("imageTagMutability").to_owned();
    repository.filters = request.json["imageTagMutabilityExclusionFilters"].clone();
    repository.scan_on_push = scan_on_push(request);
    repository.encryption = request.json["encryptionConfiguration"].clone();
    repository.tags = tags(&request.json["tags"]);
    repository.is_ours = true;
    Ok(json!({ "repository": described(&name, repository) }))
}

fn describe(account: &Account, request: &Request) -> Result<Json, Refusal> {
    let names = request.json["repositoryNames"]
        .as_array()
        .map(|names| names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect::<Vec<_>>());
    let names = names.unwrap_or_else(|| account.repositories.keys().cloned().collect());
    let found = names.iter().map(|name| match account.repositories.get(name) {
        Some(repository) => Ok(described(name, repository)),
        None => refuse("RepositoryNotFoundException"),
    });
    Ok(json!({ "repositories": found.collect::<Result<Vec<_>, _>>()? }))
}

fn described(name: &str, repository: &Repository) -> Json {
    let mut described = json!({
        "repositoryArn": format!("arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}"),
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}"),
        "createdAt": EPOCH as f64 + repository.created_at as f64 / 1000.0,
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
        "encryptionConfiguration": repository.encryption,
    });
    if repository.filters.is_array() {
        described["imageTagMutabilityExclusionFilters"] = repository.filters.clone();
    }
    described
}

fn lifecycle(name: &str, repository: &Repository) -> Result<Json, Refusal> {
    let Some(text) = &repository.lifecycle else { return refuse("LifecyclePolicyNotFoundException") };
    Ok(json!({ "registryId": ACCOUNT, "repositoryName": name, "lifecyclePolicyText": text }))
}

fn policy(name: &str, repository: &Repository) -> Result<Json, Refusal> {
    let Some(text) = &repository.policy else { return refuse("RepositoryPolicyNotFoundException") };
    Ok(json!({ "registryId": ACCOUNT, "repositoryName": name, "policyText": text }))
}

fn scan_on_push(request: &Request) -> bool {
    request.json["imageScanningConfiguration"]["scanOnPush"] == json!(true)
}

fn tags(json: &Json) -> Tags {
    let tag = |tag: &Json| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()));
    json.as_array().into_iter().flatten().filter_map(tag).collect()
}

impl Account {
    /// A repository as a console makes it.
    pub(crate) fn add_repository(&mut self, name: &str) {
        let uid = self.uid("repository", name);
        let repository = Repository {
            uid,
            created_at: self.next(),
            mutability: "MUTABLE".to_owned(),
            filters: Json::Null,
            scan_on_push: false,
            encryption: json!({ "encryptionType": "AES256" }),
            tags: Tags::new(),
            stale: None,
            lifecycle: None,
            policy: None,
            images: Vec::new(),
            is_ours: false,
        };
        self.repositories.insert(name.to_owned(), repository);
    }

    pub(crate) fn push(&mut self, name: &str) -> Option<String> {
        let digest = format!("sha256:{:064x}", self.next());
        self.repositories.get_mut(name)?.images.push(digest.clone());
        Some(digest)
    }
}
