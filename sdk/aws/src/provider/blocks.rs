//! The blocks inside the provider block.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::Object;
use rosa_ecr_model::Secret;

use super::checks::{endpoint, policy_arn, policy_document, role_arn, session_duration, session_name};
use crate::tags::{check_key, check_value};

/// A role to assume.
#[derive(Clone, Debug, Object)]
pub struct AssumeRole {
    /// ARN of the role to assume. Without it no role is assumed, and a warning says so.
    #[attr(check(role_arn))]
    pub role_arn: Option<String>,
    /// Name of the session, which CloudTrail shows: `rosa-ecr` unless set.
    #[attr(check(session_name))]
    pub session_name: Option<String>,
    /// Identifier that the role's trust policy may ask for.
    pub external_id: Option<String>,
    /// How long the session's credentials are valid, from `15m` to `12h` and at most the role's own maximum. They are
    /// renewed as needed.
    #[attr(check(session_duration))]
    pub duration: Option<String>,
    /// IAM policy (JSON) that narrows down what the session may do.
    #[attr(check(policy_document))]
    pub policy: Option<String>,
    /// ARNs of IAM policies that narrow down what the session may do.
    #[attr(each(policy_arn))]
    pub policy_arns: Option<BTreeSet<String>>,
    /// Source identity of the session.
    #[attr(check(session_name))]
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Keys of the session tags that go on to the next role of a chain.
    pub transitive_tag_keys: Option<BTreeSet<String>>,
}

/// A role to assume with a token of an OpenID Connect provider.
#[derive(Clone, Debug, Object)]
pub struct AssumeRoleWithWebIdentity {
    /// ARN of the role to assume. Environment: `AWS_ROLE_ARN`.
    #[attr(check(role_arn))]
    pub role_arn: Option<String>,
    /// Name of the session, which CloudTrail shows: `rosa-ecr` unless set. Environment: `AWS_ROLE_SESSION_NAME`.
    #[attr(check(session_name))]
    pub session_name: Option<String>,
    /// The token.
    #[attr(sensitive)]
    pub web_identity_token: Option<Secret>,
    /// File that holds the token; it is read whenever credentials are renewed. Environment:
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    pub web_identity_token_file: Option<String>,
    /// How long the session's credentials are valid, from `15m` to `12h` and at most the role's own maximum. They are
    /// renewed as needed.
    #[attr(check(session_duration))]
    pub duration: Option<String>,
    /// IAM policy (JSON) that narrows down what the session may do.
    #[attr(check(policy_document))]
    pub policy: Option<String>,
    /// ARNs of IAM policies that narrow down what the session may do.
    #[attr(each(policy_arn))]
    pub policy_arns: Option<BTreeSet<String>>,
}

/// Tags for everything that is made.
#[derive(Clone, Debug, Object)]
pub struct DefaultTags {
    /// The tags. A resource's own `tags` win where both have a key. Environment: `TF_AWS_DEFAULT_TAGS_<key>`, one
    /// variable a tag.
    #[attr(count(..=47), keys(check_key), each(check_value))]
    pub tags: Option<BTreeMap<String, String>>,
}

/// Tags that are left alone.
#[derive(Clone, Debug, Object)]
pub struct IgnoreTags {
    /// Keys of tags to leave alone. Environment: `TF_AWS_IGNORE_TAGS_KEYS`, separated by commas.
    pub keys: Option<BTreeSet<String>>,
    /// What the keys of tags to leave alone start with. Environment: `TF_AWS_IGNORE_TAGS_KEY_PREFIXES`, separated by
    /// commas.
    pub key_prefixes: Option<BTreeSet<String>>,
}

/// URLs to use instead of AWS's own.
#[derive(Clone, Debug, Default, Object)]
pub struct Endpoints {
    /// URL of ECR. Environment: `AWS_ENDPOINT_URL_ECR`, `AWS_ENDPOINT_URL`.
    #[attr(check(endpoint))]
    pub ecr: Option<String>,
    /// URL of EC2. Environment: `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`.
    #[attr(check(endpoint))]
    pub ec2: Option<String>,
    /// URL of IAM. Environment: `AWS_ENDPOINT_URL_IAM`, `AWS_ENDPOINT_URL`.
    #[attr(check(endpoint))]
    pub iam: Option<String>,
    /// URL of STS. Environment: `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`.
    #[attr(check(endpoint))]
    pub sts: Option<String>,
    /// URL of S3. No resource calls S3: the argument is there so that a block can be shared with the AWS provider.
    #[attr(check(endpoint))]
    pub s3: Option<String>,
}

impl Endpoints {
    /// Several blocks as one.
    pub(super) fn merge(blocks: Vec<Self>) -> Self {
        let set = |url: Option<String>| url.filter(|url| !url.is_empty());
        blocks.into_iter().fold(Self::default(), |earlier, later| Self {
            ecr: set(later.ecr).or(earlier.ecr),
            ec2: set(later.ec2).or(earlier.ec2),
            iam: set(later.iam).or(earlier.iam),
            sts: set(later.sts).or(earlier.sts),
            s3: set(later.s3).or(earlier.s3),
        })
    }
}
