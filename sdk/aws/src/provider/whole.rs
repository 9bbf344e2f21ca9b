//! Answers that were cut off on their way.
//!
//! The SDK reads XML to the end of what there is, and takes a list that breaks off in the middle for a shorter list. A
//! resource would then count as gone because a connection was bad. An answer without the end of its root element is
//! therefore no answer, and the call is tried again.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses answers that were cut off.
#[derive(Debug)]
pub(super) struct WholeAnswers;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_cut = context.response().and_then(|response| response.body().bytes()).is_some_and(is_cut);
        if let Some(answer @ Ok(_)) = context.output_or_error_mut()
            && is_cut
        {
            *answer = Err(OrchestratorError::response(CutOff.into()));
        }
        Ok(())
    }
}

/// Whether this is XML without the end of its root element.
fn is_cut(body: &[u8]) -> bool {
    let text = body.trim_ascii();
    if !text.starts_with(b"<") {
        return false;
    }
    let root = match text.strip_prefix(b"<?") {
        Some(declared) => {
            let end = declared.windows(2).position(|pair| pair == b"?>");
            end.map_or(&[][..], |end| declared[end + 2..].trim_ascii_start())
        }
        None => text,
    };
    let Some(root) = root.strip_prefix(b"<") else { return true };
    let name = root.split(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte)).next().unwrap_or_default();
    let is_closed =
        root.strip_suffix(b">").and_then(|rest| rest.strip_suffix(name)).is_some_and(|rest| rest.ends_with(b"</"));
    let is_empty = root.ends_with(b"/>") && !root[..root.len() - 2].contains(&b'>');
    name.is_empty() || !(is_closed || is_empty)
}

#[derive(Debug)]
struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer that was cut off")
    }
}

impl std::error::Error for CutOff {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, acting, actions, call};

    #[test]
    fn the_end_of_the_root_element_is_the_end() {
        for whole in ["<A><b/></A>", "<?xml version=\"1.0\"?>\n<A x=\"y\">z</A>\n", "<A/>", "<A x=\"y\" />", "{}", ""] {
            assert!(!is_cut(whole.as_bytes()), "{whole}");
        }
        for cut in ["<A><b/>", "<?xml version=\"1.0\"?>", "<?xml", "<A", "<A><b></b>", "<AA></A>", "<A>x</A", "<"] {
            assert!(is_cut(cut.as_bytes()), "{cut}");
        }
    }

    #[tokio::test]
    async fn a_list_that_breaks_off_is_no_shorter_list() {
        let (aws, asked) = acting(|_| Answer::ok("<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item>"));
        let error = call(aws).ec2("us-east-1").describe_vpcs().send().await.expect_err("half an answer");
        let report = crate::error::failed("ec2:DescribeVpcs", "read the VPC", &error).to_string();
        assert!(report.contains("cut off"), "{report}");
        assert_eq!(actions(&asked), ["DescribeVpcs"]);
    }
}
