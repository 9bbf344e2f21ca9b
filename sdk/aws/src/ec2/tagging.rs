//! Tags of EC2 objects: in the call that creates an object, and later.

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use rosa_ecr_model::{Call, Diagnostics};

use crate::error::failed;
use crate::provider::Aws;
use crate::tags::Tags;

/// Tags as EC2 describes them.
pub(super) fn tags_of(described: Option<&[Tag]>) -> Tags {
    let tags = described.unwrap_or_default().iter();
    tags.filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()))).collect()
}

/// Tags for the call that creates an object.
pub(super) fn specification(of: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(of).set_tags(Some(sdk_tags(tags))).build()
}

/// Brings the tags of an object from `actual` to `wanted`, with as few calls as there are differences.
pub(super) async fn retag(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    actual: &Tags,
    wanted: &Tags,
) -> Result<(), Diagnostics> {
    let (set, removed) = call.tags().difference(actual, wanted, &[]);
    let client = call.ec2(region);
    // Those that go make room: an object has at most 50 tags.
    if !removed.is_empty() {
        let keys = removed.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        let request = client.delete_tags().resources(id).set_tags(Some(keys));
        request.send().await.map_err(|error| failed("ec2:DeleteTags", format!("remove tags of {id}"), &error))?;
    }
    if !set.is_empty() {
        let request = client.create_tags().resources(id).set_tags(Some(sdk_tags(&set)));
        request.send().await.map_err(|error| failed("ec2:CreateTags", format!("tag {id}"), &error))?;
    }
    Ok(())
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, acting, actions, call};

    #[tokio::test]
    async fn tags_that_go_make_room_for_those_that_come() {
        let (aws, asked) = acting(|form| {
            let action = &form["Action"];
            Answer::ok(format!("<{action}Response><return>true</return></{action}Response>"))
        });
        let tags = |key: &str| Tags::from([(key.to_owned(), String::new())]);
        retag(&call(aws), "us-east-1", "sg-1", &tags("old"), &tags("new")).await.expect("tagged");
        assert_eq!(actions(&asked), ["DeleteTags", "CreateTags"]);
    }
}
