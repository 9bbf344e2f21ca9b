//! Requests as they arrive: forms of the query protocol, and JSON.

use std::collections::BTreeMap;

use crate::account::Tags;

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) action: String,
    pub(crate) form: Form,
    pub(crate) json: serde_json::Value,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Ecr,
    Ec2,
    Iam,
    Sts,
}

/// What a service makes of a request: the body, or what it refuses it with.
pub(crate) type Answer = Result<String, Refusal>;

/// A refusal: status and code.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) &'static str);

/// A refusal with the usual status.
pub(crate) fn refuse<T>(code: &'static str) -> Result<T, Refusal> {
    Err(Refusal(400, code))
}

impl Request {
    /// # Panics
    /// If it is none that a client of these services sends.
    pub(crate) fn read(target: Option<&str>, body: &[u8]) -> Self {
        if let Some(action) = target.and_then(|target| target.rsplit('.').next()) {
            let json = serde_json::from_slice(body).expect("a JSON body");
            return Self { service: Service::Ecr, action: action.to_owned(), form: Form::default(), json };
        }
        let form = Form::read(body);
        let service = match form.text("Version") {
            "2016-11-15" => Service::Ec2,
            "2010-05-08" => Service::Iam,
            "2011-06-15" => Service::Sts,
            other => panic!("no service has the version {other:?}: {form:?}"),
        };
        Self { service, action: form.text("Action").to_owned(), form, json: serde_json::Value::Null }
    }

    /// Whether it may change something.
    pub(crate) fn is_write(&self) -> bool {
        !["Describe", "Get", "List"].iter().any(|prefix| self.action.starts_with(prefix))
    }

    /// A text of a JSON body.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }
}

/// The fields of a form, without what all of them start with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field; empty where it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A field that may be left out.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// The forms `name.1`, `name.2` and so on.
    pub(crate) fn each(&self, name: &str) -> Vec<Form> {
        let numbered = |index: usize| {
            let (scalar, prefix) = (format!("{name}.{index}"), format!("{name}.{index}."));
            let below = self.0.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
            let below = below.map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()));
            let own = self.0.get(&scalar).map(|value| (String::new(), value.clone()));
            let form: BTreeMap<_, _> = below.chain(own).collect();
            (!form.is_empty()).then_some(Form(form))
        };
        (1..).map_while(numbered).collect()
    }

    /// The texts `name.1`, `name.2` and so on.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.each(name).into_iter().map(|form| form.text("").to_owned()).collect()
    }

    /// The tags `name.1`, `name.2` and so on.
    pub(crate) fn tags(&self, name: &str) -> Tags {
        self.each(name).into_iter().map(|tag| (tag.text("Key").to_owned(), tag.text("Value").to_owned())).collect()
    }
}
