use std::sync::Arc;

use rosa_ecr_model::{Claims, Declaration, RealObject};

use super::*;
use crate::ec2::answers::{answering, call};

fn mark<'a>(claim: &'a str, unique: &'a str) -> Mark<'a> {
    let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    Mark { claim: some(claim), unique: some(unique) }
}

#[test]
fn an_object_is_the_one_that_the_state_recorded_or_it_is_not() {
    use Holding::{Later, Own, Taken};
    let call = call(answering([]).0);
    for (recorded, found, expected) in [
        (mark("1", "monday"), mark("1", "monday"), Own),
        (mark("1", "monday"), mark("2", "monday"), Taken),
        (mark("1", "monday"), mark("2", "friday"), Taken),
        (mark("1", "monday"), mark("1", "friday"), Later),
        (mark("1", "monday"), mark("", "friday"), Later),
        (mark("1", "monday"), mark("", "monday"), Own),
        (mark("", "monday"), mark("", "monday"), Own),
        (mark("", "monday"), mark("1", "monday"), Taken),
        (mark("", "monday"), mark("", "friday"), Later),
        (mark("", ""), mark("", "friday"), Own),
    ] {
        assert_eq!(Holding::of(&call, "it", recorded, found), expected, "{recorded:?} and {found:?}");
    }
}

#[test]
fn what_the_run_gave_away_is_gone_even_while_aws_reports_old_tags() {
    let claims = Arc::new(Claims::default());
    claims.hold(&[RealObject::new("it")], &Declaration::Unknown, Some(&"2".into()));
    let call = call(answering([]).0).in_run(claims);
    assert!(!deletes(&call, "it", mark("1", ""), mark("1", "")));
    let warnings = call.take_warnings().to_string();
    assert!(warnings.contains("The it was not deleted") && warnings.contains("another declaration"), "{warnings}");
}

#[test]
fn a_change_needs_the_claim_of_the_state_unless_the_plan_takes_the_object_over() {
    let call = call(answering([]).0).claiming(Some("1".into()));
    assert!(changes(&call, "it", mark("1", ""), mark("1", "")).is_ok());
    let error = changes(&call, "it", mark("1", ""), mark("2", "")).expect_err("another holds it").to_string();
    assert!(error.contains("Another declaration holds the it"), "{error}");
    let taking_over = call.claiming(Some("3".into()));
    assert!(changes(&taking_over, "it", mark("1", ""), mark("2", "")).is_ok());
}

#[test]
fn a_read_tells_the_plan_of_what_was_lost() {
    let call = call(answering([]).0);
    assert!(reads(&call, "it", mark("1", ""), mark("2", "")), "it stays in the state");
    assert!(call.claims().is_lost("it", Some("1")) && !call.claims().is_lost("it", Some("2")));
    assert!(!reads(&call, "it", mark("1", "monday"), mark("", "friday")), "a later one is not the state's");
}

#[test]
fn accounts_of_arns() {
    assert_eq!(account_of("arn:aws:iam::123456789012:role/a"), Some("123456789012"));
    assert_eq!(account_of("arn:aws:s3:::bucket"), None);
    assert_eq!(account_of(""), None);
}

#[tokio::test]
async fn another_account_is_refused_before_anything_is_asked() {
    let call = call(answering([]).0);
    same_account(&call, Some("123456789012")).await.expect("it is the account of the credentials");
    same_account(&call, None).await.expect("a state of before says nothing");
    let error = same_account(&call, Some("210987654321")).await.expect_err("it is another one").to_string();
    assert!(error.contains("belongs to the account 210987654321") && error.contains("123456789012"), "{error}");
}
