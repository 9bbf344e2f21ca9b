//! `parse_image_uri(uri)`: the parts of the name of an image in ECR.
//!
//! Sources: Amazon ECR User Guide, "Private registries" and "Making requests over IPv6" (the hosts of dual-stack and FIPS
//! endpoints); the OCI distribution specification (names, tags, digests).

use rosa_ecr_model::{Function, FunctionBody, Parameter, Type, Value, Violation};

use super::{argument, refused};
use crate::rules;

/// The domains of registries: those behind `dkr.ecr.<region>.`, then those of dual-stack hosts, behind
/// `dkr-ecr.<region>.`.
const DOMAINS: [&[&str]; 2] = [
    &[
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
        "c2s.ic.gov",
        "sc2s.sgov.gov",
        "cloud.adc-e.uk",
        "csp.hci.ic.gov",
    ],
    &["on.aws", "on.amazonwebservices.com.cn", "on.amazonwebservices.eu"],
];

pub(super) fn function() -> Function {
    let parts = ["registry", "account", "region", "repository", "tag", "digest"];
    Function {
        name: "parse_image_uri",
        summary: "Parts of the name of an image in ECR",
        description: "Takes the name of an image in a private ECR registry apart, in any partition, with hosts of FIPS \
                      (`dkr.ecr-fips.<region>`) and dual-stack endpoints (`dkr-ecr.<region>.on.aws`) among them. The \
                      result is an object with `registry` (the host), `account`, `region`, `repository`, `tag` and \
                      `digest` (`sha256:…`). `tag` and `digest` are null where the name has none: it is then up to whoever \
                      pulls, mostly `latest`.",
        parameters: vec![Parameter::new(
            "uri",
            Type::String,
            "Name of the image, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1`, without a scheme.",
        )],
        variadic: None,
        returns: Type::object(parts.map(|part| (part, Type::String))),
        call: FunctionBody::new(|arguments| {
            let uri: String = argument(arguments, 0)?;
            let image = Image::parse(&uri).map_err(|violation| refused(0, "uri", &uri, &violation))?;
            Ok(image.into_value())
        }),
    }
}

/// The name of an image, in parts.
#[derive(Debug, PartialEq)]
struct Image<'a> {
    registry: &'a str,
    account: &'a str,
    region: &'a str,
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    fn parse(uri: &'a str) -> Result<Self, Violation> {
        let rule = "It must be the name of an image in ECR: <account>.dkr.ecr.<region>.<domain>/<repository>, then \
                    :<tag> or @<digest> or both.";
        if let Some((scheme, name)) = uri.split_once("://") {
            return Err(Violation::rule(rule).fix(format!("Leave \"{scheme}://\" out: \"{name}\".")));
        }
        let Some((registry, name)) = uri.split_once('/') else {
            let fix = if host(uri).is_some() { "This is a registry only. Add \"/\" and a repository." } else { "" };
            return Err(Violation::rule(rule).fix(fix));
        };
        let Some((account, region)) = host(registry) else {
            return Err(Violation::rule(rule).fix(format!("\"{registry}\" is no host of a private ECR registry.")));
        };
        let (name, digest) = match name.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (name, None),
        };
        let (repository, tag) = match name.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (name, None),
        };
        rules::repository_name(repository)?;
        tag.map_or(Ok(()), rules::image_tag)?;
        digest.map_or(Ok(()), rules::image_digest)?;
        Ok(Self { registry, account, region, repository, tag, digest })
    }

    fn into_value(self) -> Value {
        let optional = |part: Option<&str>| part.map_or(Value::Null, Value::from);
        Value::map([
            ("registry", self.registry.into()),
            ("account", self.account.into()),
            ("region", self.region.into()),
            ("repository", self.repository.into()),
            ("tag", optional(self.tag)),
            ("digest", optional(self.digest)),
        ])
    }
}

/// Account and region of a registry's host.
pub(crate) fn host(host: &str) -> Option<(&str, &str)> {
    let (account, rest) = host.split_once('.')?;
    let dual_stack = ["dkr-ecr.", "dkr-ecr-fips."].iter().find_map(|service| rest.strip_prefix(service));
    let (place, domains) = match dual_stack {
        Some(place) => (place, DOMAINS[1]),
        None => (["dkr.ecr.", "dkr.ecr-fips."].iter().find_map(|service| rest.strip_prefix(service))?, DOMAINS[0]),
    };
    let (region, domain) = place.split_once('.')?;
    let fits = rules::is_account(account) && rules::region(region).is_ok() && domains.contains(&domain);
    // A region of China is in China's domain, and no other region is.
    let is_in_china = domain.ends_with(".cn");
    (fits && region.starts_with("cn-") == is_in_china).then_some((account, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn hosts_of_all_partitions_and_endpoints() {
        let cases = [
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "us-east-1"),
            ("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("123456789012.dkr.ecr.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
            ("123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
            ("123456789012.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
            ("123456789012.dkr-ecr-fips.us-east-2.on.aws", "us-east-2"),
            ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
            ("123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ];
        for (registry, region) in cases {
            let uri = format!("{registry}/team/app:v1");
            let image = Image::parse(&uri).unwrap_or_else(|violation| panic!("{uri}: {violation:?}"));
            let account = "123456789012";
            let wanted = Image { registry, account, region, repository: "team/app", tag: Some("v1"), digest: None };
            assert_eq!(image, wanted);
        }
    }

    #[test]
    fn tag_and_digest_are_there_or_null() {
        let repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
        let at_digest = format!("@{DIGEST}");
        let both = format!(":v1.2_x-y{at_digest}");
        let cases = [
            ("", None, None),
            (":v1", Some("v1"), None),
            (&at_digest, None, Some(DIGEST)),
            (&both, Some("v1.2_x-y"), Some(DIGEST)),
        ];
        for (end, tag, digest) in cases {
            let object = function().invoke(&[format!("{repository}{end}").into()]).expect("an image");
            assert_eq!((object.get("tag").as_str(), object.get("digest").as_str()), (tag, digest), "{end}");
            assert_eq!(object.get("repository").as_str(), Some("team/app"));
            assert_eq!(object.get("registry").as_str(), Some("123456789012.dkr.ecr.us-east-1.amazonaws.com"));
        }
    }

    #[test]
    fn what_is_no_image_in_ecr_is_refused_with_the_way_out() {
        let registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let cases = [
            (format!("https://{registry}/app"), "Leave \"https://\" out"),
            (registry.to_owned(), "registry only"),
            ("quay.io/team/app:v1".to_owned(), "\"quay.io\" is no host"),
            ("public.ecr.aws/team/app".to_owned(), "no host of a private ECR registry"),
            ("12345.dkr.ecr.us-east-1.amazonaws.com/app".to_owned(), "no host"),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com/app".to_owned(), "no host"),
            ("123456789012.dkr-ecr.us-east-1.amazonaws.com/app".to_owned(), "no host"),
            (format!("{registry}/App"), "\"app\""),
            (format!("{registry}/"), "repository name"),
            (format!("{registry}/app:"), "tag"),
            (format!("{registry}/app:-v1"), "tag"),
            (format!("{registry}/app@sha256:12"), "64"),
            ("app".to_owned(), "name of an image"),
        ];
        for (uri, words) in cases {
            let error = function().invoke(&[uri.as_str().into()]).expect_err(&uri);
            assert!(error.text.contains(words) && error.argument == Some(0), "{uri}: {error}");
        }
    }
}
