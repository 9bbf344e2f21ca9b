//! Instance profiles, which stand for their role where EC2 instances are concerned.

use std::time::Duration;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use crate::error::{code, failed};
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// How long a profile may be without its role before that is told.
const EMPTY: Duration = Duration::from_secs(10);

/// What an instance profile is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Missing,
    WithoutRole,
    /// With the role of that name.
    Role(String),
}

/// Looks at an instance profile.
///
/// # Errors
/// Where that cannot be found out.
pub(crate) async fn look_at_profile(call: &Call<Aws>, profile: &str) -> Result<Profile, Diagnostics> {
    let doing = format!("read the instance profile {profile}");
    match call.iam().get_instance_profile().instance_profile_name(profile).send().await {
        Err(error) if code(&error) == Some("NoSuchEntity") => Ok(Profile::Missing),
        Err(error) => Err(failed("iam:GetInstanceProfile", doing, &error).into()),
        Ok(answer) => {
            // A truncated answer passes for a whole one: without the name it says nothing of roles either.
            let found = answer.instance_profile.filter(|found| found.instance_profile_name == profile);
            let found = found.ok_or_else(|| {
                Diagnostic::error(format!("Cannot {doing}")).detail("IAM's answer was incomplete.").fix("Try again.")
            })?;
            let role = found.roles.into_iter().next().map(|role| role.role_name).filter(|name| !name.is_empty());
            Ok(role.map_or(Profile::WithoutRole, Profile::Role))
        }
    }
}

/// The role of an instance profile; `None` where there is no such profile. A profile is made before a role is put into it, so
/// one without is looked at again for a few seconds.
///
/// # Errors
/// Where the profile has no role, or where that cannot be found out.
pub(crate) async fn find_role_of_profile(call: &Call<Aws>, profile: &str) -> Result<Option<String>, Diagnostics> {
    wait::until(call, &format!("the instance profile {profile} to have a role"), || async {
        Ok(match look_at_profile(call, profile).await? {
            Profile::Role(role) => Progress::Done(Some(role)),
            Profile::Missing => Progress::Done(None),
            Profile::WithoutRole => Progress::Refused(without_role(profile).into(), EMPTY),
        })
    })
    .await
}

/// The role of an instance profile that must be there.
///
/// # Errors
/// Where there is no such profile, where it has no role, or where that cannot be found out.
pub(crate) async fn role_of_profile(call: &Call<Aws>, profile: &str) -> Result<String, Diagnostics> {
    find_role_of_profile(call, profile).await?.ok_or_else(|| no_such_profile(profile).into())
}

/// The role of an instance profile that may be new: IAM shows a profile, and the role in it, only after a while.
///
/// # Errors
/// Those of [`role_of_profile`].
pub(crate) async fn await_role_of_profile(call: &Call<Aws>, profile: &str) -> Result<String, Diagnostics> {
    wait::until(call, &format!("the instance profile {profile} to have a role"), || async {
        Ok(match look_at_profile(call, profile).await? {
            Profile::Role(role) => Progress::Done(role),
            Profile::WithoutRole => Progress::unless_it_turns_up(without_role(profile)),
            Profile::Missing => Progress::unless_it_turns_up(no_such_profile(profile)),
        })
    })
    .await
}

fn without_role(profile: &str) -> Diagnostic {
    Diagnostic::error(format!("The instance profile {profile} has no role"))
        .detail("A permission belongs to a role, and instances get it through the role of their profile.")
        .fix(format!(
            "Add the worker role to it: `aws iam add-role-to-instance-profile --instance-profile-name {profile} \
             --role-name …`. Or name the profile that the machine pool uses: `rosa describe machinepool` shows it."
        ))
        .at("instance_profile_name")
}

fn no_such_profile(profile: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no instance profile {profile}"))
        .detail("The account of these credentials has none of that name.")
        .fix(
            "Check the name: `rosa describe machinepool` shows that of a machine pool, `aws iam \
             list-instance-profiles` lists all. Check that the credentials are those of the cluster's account.",
        )
        .at("instance_profile_name")
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::ec2::answers::{Answer, actions, answering, call};

    const ROLE: &str = "<member><Path>/</Path><RoleName>worker</RoleName><RoleId>AROA</RoleId>\
                        <Arn>arn:aws:iam::123456789012:role/worker</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>";

    fn profile(roles: &str) -> Answer {
        Answer::ok(format!(
            "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path>\
             <InstanceProfileName>pool</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
             <Arn>arn:aws:iam::123456789012:instance-profile/pool</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <Roles>{roles}</Roles></InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>"
        ))
    }

    async fn asked(answer: Answer) -> Result<String, Diagnostics> {
        let (aws, _) = answering([("GetInstanceProfile", answer)]);
        role_of_profile(&call(aws), "pool").await
    }

    #[tokio::test]
    async fn a_profile_stands_for_its_role() {
        assert_eq!(asked(profile(ROLE)).await, Ok("worker".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_missing_is_named() {
        let error = asked(profile("")).await.expect_err("no role").to_string();
        assert!(error.contains("The instance profile pool has no role (instance_profile_name)"), "{error}");
        assert!(error.contains("add-role-to-instance-profile"), "{error}");
        let error = asked(Answer::iam_error(404, "NoSuchEntity")).await.expect_err("no profile").to_string();
        assert!(error.contains("There is no instance profile pool"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_profile_that_is_new_is_waited_for_and_so_is_its_role() {
        let (unknown, empty) = (Answer::iam_error(404, "NoSuchEntity"), profile(""));
        let answers = [unknown.clone(), unknown.clone(), empty.clone(), profile(ROLE)];
        let (aws, asked) = answering(answers.map(|answer| ("GetInstanceProfile", answer)));
        assert_eq!(await_role_of_profile(&call(aws), "pool").await, Ok("worker".to_owned()));
        assert_eq!(actions(&asked).len(), 4);
        for (answer, told) in [(unknown, "There is no instance profile pool"), (empty, "pool has no role")] {
            let start = Instant::now();
            let (aws, _) = answering([("GetInstanceProfile", answer)]);
            let error = await_role_of_profile(&call(aws), "pool").await.expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
            assert!(start.elapsed() <= wait::PROPAGATION, "it comes to an end");
        }
    }

    #[tokio::test]
    async fn half_an_answer_is_no_profile_without_a_role() {
        let half = "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/";
        let error = asked(Answer::ok(half)).await.expect_err("nothing is known").to_string();
        assert!(error.contains("cut off"), "{error}");
    }
}
