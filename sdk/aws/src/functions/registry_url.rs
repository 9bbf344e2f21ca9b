//! `registry_url(account, region)`: the host of an account's registry.

use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value};

use super::{argument, refused};
use crate::partition::Partition;
use crate::rules;

pub(super) fn function() -> Function {
    Function {
        name: "registry_url",
        summary: "Host of an account's registry in a region",
        description: "Gives the host that images of a private ECR registry are pulled from and that a login names, such as \
                      `123456789012.dkr.ecr.us-east-1.amazonaws.com`, in the domain of the region's partition.",
        parameters: vec![
            Parameter::new("account", Type::String, "Id of the account: 12 digits."),
            Parameter::new("region", Type::String, "Region, such as `us-east-1`."),
        ],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| {
            registry_url(&argument::<String>(arguments, 0)?, &argument::<String>(arguments, 1)?)
        }),
    }
}

fn registry_url(account: &str, region: &str) -> Result<Value, FunctionError> {
    rules::account(account).map_err(|violation| refused(0, "account", account, &violation))?;
    rules::region(region).map_err(|violation| refused(1, "region", region, &violation))?;
    Ok(Partition::of_region(region).registry_host(account, region).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_the_partitions() {
        let cases = [
            ("us-east-1", "012345678901.dkr.ecr.us-east-1.amazonaws.com"),
            ("us-gov-west-1", "012345678901.dkr.ecr.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ];
        for (region, host) in cases {
            assert_eq!(function().invoke(&["012345678901".into(), region.into()]), Ok(host.into()));
        }
    }

    #[test]
    fn the_wrong_argument_is_named() {
        let account = registry_url("12345678901", "us-east-1").expect_err("11 digits");
        assert_eq!(account.argument, Some(0));
        assert!(account.text.contains("12 digits") && account.text.contains("starts with 0"), "{account}");
        let region = registry_url("012345678901", "us-east-1a").expect_err("a zone");
        assert_eq!(region.argument, Some(1));
        assert!(region.text.contains("Its region is \"us-east-1\"."), "{region}");
    }
}
