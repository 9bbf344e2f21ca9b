//! What an import id names: `<id>` in the provider's region, `<id>@<region>`, the ARN of the object or, for a repository, its URL.
//! What a registry has once is named by its account, `<account>`, and a setting of it by `<account>/<name>`.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use crate::functions::registry_of_host;
use crate::provider::Aws;
use crate::region;
use crate::rules::is_account;

/// The kind of object that is imported, by what its ARN has between the account and the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Imported {
    /// `arn:aws:ecr:<region>:<account>:repository/<name>`, or `<registry>/<name>`.
    Repository,
    /// `arn:aws:ec2:<region>:<account>:vpc-endpoint/<id>`.
    VpcEndpoint,
    /// `arn:aws:ec2:<region>:<account>:security-group/<id>`.
    SecurityGroup,
    /// `arn:aws:iam::<account>:role/<path><name>`.
    Role,
    /// `<account>`; its id is empty, because the registry of an account has no other name.
    Registry,
    /// `<account>/<name>`.
    AccountSetting,
}

impl Imported {
    /// The service and the type in its ARN, and a phrase for it.
    fn described(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Repository => ("ecr", "repository/", "an ECR repository"),
            Self::VpcEndpoint => ("ec2", "vpc-endpoint/", "a VPC endpoint"),
            Self::SecurityGroup => ("ec2", "security-group/", "a security group"),
            Self::Role => ("iam", "role/", "an IAM role"),
            Self::Registry => ("ecr", "", "the registry of an account"),
            Self::AccountSetting => ("ecr", "", "a setting of an account"),
        }
    }
}

/// An object by its id and, where it is elsewhere than the provider, its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named<'a> {
    id: &'a str,
    region: Option<&'a str>,
    account: Option<&'a str>,
}

/// Region and id of the object.
///
/// # Errors
/// If an ARN is that of something else, and if it names another account than that of the credentials.
pub(crate) async fn read<'a>(
    call: &'a Call<Aws>,
    imported: Imported,
    id: &'a str,
) -> Result<(&'a str, &'a str), Diagnostics> {
    let named = parse(imported, id)?;
    let identity = if named.account.is_some() { call.identity().await? } else { None };
    if let (Some(account), Some(identity)) = (named.account, identity)
        && identity.account != account
    {
        return Err(Diagnostic::error(format!("\"{id}\" is in the account {account}"))
            .detail(format!("The credentials are of the account {} ({}).", identity.account, identity.arn))
            .fix(format!("Use credentials of the account {account}, or import an object of {}.", identity.account))
            .into());
    }
    Ok((named.region.unwrap_or_else(|| call.region()), named.id))
}

fn parse(imported: Imported, id: &str) -> Result<Named<'_>, Diagnostic> {
    if matches!(imported, Imported::Registry | Imported::AccountSetting) {
        return of_registry(imported, id);
    }
    let (service, kind, phrase) = imported.described();
    if id.starts_with("arn:") {
        let parts: Vec<&str> = id.splitn(6, ':').collect();
        let [_, _, of_service, region, account, resource] = parts[..] else { return Err(another(id, phrase)) };
        let name = resource.strip_prefix(kind).filter(|_| of_service == service).ok_or_else(|| another(id, phrase))?;
        // The path of a role is no part of its name.
        let name = if imported == Imported::Role { name.rsplit('/').next().unwrap_or(name) } else { name };
        let some = |part| Some(part).filter(|part: &&str| !part.is_empty());
        return Ok(Named { id: name, region: some(region), account: some(account) });
    }
    if imported == Imported::Repository
        && let Some((host, name)) = id.strip_prefix("https://").unwrap_or(id).split_once('/')
        && let Some((account, region)) = registry_of_host(host)
    {
        return Ok(Named { id: name, region: Some(region), account: Some(account) });
    }
    let (id, region) = region::split_import_id(id);
    Ok(Named { id, region, account: None })
}

/// `<account>`, for a setting `<account>/<name>`, each in the provider's region or with `@<region>` behind it.
fn of_registry(imported: Imported, id: &str) -> Result<Named<'_>, Diagnostic> {
    let (id, region) = region::split_import_id(id);
    let (account, name) = match imported {
        Imported::AccountSetting => id.split_once('/').unwrap_or((id, "")),
        _ => (id, ""),
    };
    if is_account(account) && name.is_empty() == (imported == Imported::Registry) {
        return Ok(Named { id: name, region, account: Some(account) });
    }
    let form = if imported == Imported::Registry { "<account>" } else { "<account>/<name>" };
    let (_, _, phrase) = imported.described();
    Err(Diagnostic::error(format!("\"{id}\" is not {phrase}"))
        .detail(format!("The import id is {form}, or {form}@<region> if it is not in the provider's region."))
        .fix("`aws sts get-caller-identity` shows the account, which has 12 digits."))
}

fn another(id: &str, phrase: &str) -> Diagnostic {
    Diagnostic::error(format!("\"{id}\" is not the ARN of {phrase}"))
        .detail(format!("The import id of {phrase} is its own ARN, or what its page says."))
        .fix("Give that, or import the object with the resource for its kind.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<'a>(id: &'a str, region: &'a str, account: &'a str) -> Named<'a> {
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Named { id, region: some(region), account: some(account) }
    }

    #[test]
    fn ids_arns_and_urls_name_the_same() {
        use Imported::{AccountSetting, Registry, Repository, Role, SecurityGroup, VpcEndpoint};
        const ACCOUNT: &str = "123456789012";
        for (imported, id, expected) in [
            (Repository, "team/app", named("team/app", "", "")),
            (Repository, "team/app@eu-west-1", named("team/app", "eu-west-1", "")),
            (
                Repository,
                "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/team/app",
                named("team/app", "us-gov-west-1", ACCOUNT),
            ),
            (
                Repository,
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
                named("team/app", "eu-west-1", ACCOUNT),
            ),
            (
                Repository,
                "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
                named("app", "eu-west-1", ACCOUNT),
            ),
            (
                VpcEndpoint,
                "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint/vpce-1",
                named("vpce-1", "us-east-1", ACCOUNT),
            ),
            (
                SecurityGroup,
                "arn:aws:ec2:us-east-1:123456789012:security-group/sg-1",
                named("sg-1", "us-east-1", ACCOUNT),
            ),
            (Role, "arn:aws:iam::123456789012:role/pipelines/push", named("push", "", ACCOUNT)),
            (Role, "push", named("push", "", "")),
            (Registry, ACCOUNT, named("", "", ACCOUNT)),
            (Registry, "123456789012@eu-west-1", named("", "eu-west-1", ACCOUNT)),
            (AccountSetting, "123456789012/BLOB_MOUNTING", named("BLOB_MOUNTING", "", ACCOUNT)),
            (AccountSetting, "123456789012/BLOB_MOUNTING@eu-west-1", named("BLOB_MOUNTING", "eu-west-1", ACCOUNT)),
        ] {
            assert_eq!(parse(imported, id).as_ref(), Ok(&expected), "{id}");
        }
    }

    #[test]
    fn a_registry_is_named_by_its_account() {
        use Imported::{AccountSetting, Registry};
        for (imported, id) in [
            (Registry, "registry"),
            (Registry, "123456789012/BLOB_MOUNTING"),
            (Registry, "arn:aws:ecr:us-east-1:123456789012:registry"),
            (AccountSetting, "123456789012"),
            (AccountSetting, "BLOB_MOUNTING"),
        ] {
            let error = parse(imported, id).expect_err("it is none").to_string();
            assert!(error.contains(id) && error.contains("<account>"), "{error}");
        }
    }

    #[test]
    fn the_arn_of_something_else_is_refused() {
        for id in ["arn:aws:s3:::bucket", "arn:aws:ecr", "arn:aws:ecr:us-east-1:123456789012:registry/app"] {
            let error = parse(Imported::Repository, id).expect_err("it is none").to_string();
            assert!(error.contains(id) && error.contains("an ECR repository"), "{error}");
        }
    }
}
