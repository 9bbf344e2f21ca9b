//! Recorded answers for tests: of EC2 and IAM, which are asked with forms and answer with XML, and of ECR, which speaks
//! JSON.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use aws_smithy_types::body::SdkBody;
use rosa_ecr_model::Call;

use crate::provider::Aws;
use crate::tags::TagPolicy;

/// The fields of a request, such as `Action` and `VpcId`; of one to ECR, `Action` and `Body`, which is JSON.
pub(crate) type Form = BTreeMap<String, String>;

/// What was asked, in order.
pub(crate) type Asked = Arc<Mutex<Vec<Form>>>;

/// An answer: status and body.
#[derive(Clone)]
pub(crate) struct Answer(u16, String);

impl Answer {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self(200, body.into())
    }

    /// EC2's form of an error; the SDK never tries such an error again.
    pub(crate) fn error(code: &str) -> Self {
        Self(
            400,
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>"
            ),
        )
    }

    /// ECR's form of an error.
    pub(crate) fn ecr_error(code: &str) -> Self {
        Self(400, format!("{{\"__type\": \"{code}\", \"message\": \"m\"}}"))
    }

    /// IAM's form of an error.
    pub(crate) fn iam_error(status: u16, code: &str) -> Self {
        let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error>");
        Self(status, format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"))
    }
}

/// What STS says of the caller.
pub(crate) fn identity() -> Answer {
    Answer::ok(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/test</Arn>\
         <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    )
}

/// An AWS that gives these answers, each to calls of its action, in order; the last one of an action stays.
pub(crate) fn answering<const N: usize>(answers: [(&'static str, Answer); N]) -> (Aws, Asked) {
    let mut queues: HashMap<&str, VecDeque<Answer>> = HashMap::new();
    for (action, answer) in answers {
        queues.entry(action).or_default().push_back(answer);
    }
    let queues = Mutex::new(queues);
    acting(move |form| {
        let mut queues = queues.lock().expect("no test panics with it");
        if form["Action"] == "GetCallerIdentity" && !queues.contains_key("GetCallerIdentity") {
            return identity();
        }
        let queue = queues.get_mut(form["Action"].as_str());
        let queue = queue.unwrap_or_else(|| panic!("no answer was recorded for {form:?}"));
        if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }.expect("an action has answers")
    })
}

/// An AWS that acts as the function does.
pub(crate) fn acting(act: impl Fn(&Form) -> Answer + Send + Sync + 'static) -> (Aws, Asked) {
    acting_tagged(TagPolicy::default(), act)
}

/// The same for a provider with those rules for tags.
pub(crate) fn acting_tagged(tags: TagPolicy, act: impl Fn(&Form) -> Answer + Send + Sync + 'static) -> (Aws, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let client = rosa_ecr_recorded::answering(move |request: http::Request<SdkBody>| {
        let body = request.body().bytes().unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()?.rsplit('.').next());
        let form = match target {
            Some(action) => {
                let body = String::from_utf8_lossy(body).into_owned();
                Form::from([("Action".to_owned(), action.to_owned()), ("Body".to_owned(), body)])
            }
            None => form(body),
        };
        let Answer(status, body) = act(&form);
        log.lock().expect("no test panics with it").push(form);
        http::Response::builder().status(status).body(body).expect("a response")
    });
    (Aws::recorded_tagged(client, "us-east-1", tags), asked)
}

/// An operation under way on that AWS.
pub(crate) fn call(aws: Aws) -> Call<Aws> {
    Call::new(Arc::new(aws), tokio_util::sync::CancellationToken::new())
}

/// The actions that were asked for.
pub(crate) fn actions(asked: &Asked) -> Vec<String> {
    asked.lock().expect("no test panics with it").iter().map(|form| form["Action"].clone()).collect()
}

/// The one request of that action.
pub(crate) fn request(asked: &Asked, action: &str) -> Form {
    let asked = asked.lock().expect("no test panics with it");
    let mut of_action = asked.iter().filter(|form| form["Action"] == action);
    let request = of_action.next().unwrap_or_else(|| panic!("{action} was not asked for: {asked:?}")).clone();
    assert!(of_action.next().is_none(), "{action} was asked for more than once");
    request
}

fn form(body: &[u8]) -> Form {
    form_urlencoded::parse(body).into_owned().collect()
}
