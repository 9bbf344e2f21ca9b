//! What diagnostics advise works, as it is printed.

mod imports;
mod network;
mod protection;
mod provider;
mod roles;
mod state;
mod values;

use rosa_ecr_tests::Aws;

use super::*;

/// The variables that [`work`] has set.
fn vars(work: &Workdir) -> Value {
    let text = std::fs::read_to_string(work.path().join("test.auto.tfvars.json")).expect("the variables");
    serde_json::from_str(&text).expect("JSON")
}

/// The first variable of that name, as a text.
fn var(work: &Workdir, name: &str) -> String {
    vars(work)[name].as_str().expect("a text").to_owned()
}

/// The commands that a text prints between back quotes and that begin with this word.
fn commands(text: &str, first: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|command| command.split(' ').next() == Some(first)).map(str::to_owned).collect()
}

/// The words of a command between back quotes of Terraform's, without `terraform`.
#[track_caller]
fn terraform(text: &str, subcommand: &str) -> Vec<String> {
    let command = commands(text, "terraform").into_iter().find(|command| command.contains(subcommand));
    let command = command.unwrap_or_else(|| panic!("no `terraform {subcommand}` in: {text}"));
    command.split(' ').skip(1).map(str::to_owned).collect()
}

/// `modify-vpc-attribute` as the API has it: `ModifyVpcAttribute`.
fn pascal(name: &str) -> String {
    let capitalized = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').filter(|word| !word.is_empty()).map(capitalized).collect()
}

/// Runs a command of the AWS CLI, such as `aws ecr delete-repository --repository-name app --force`.
fn run_aws(aws: &Aws, command: &str) {
    let mut words = command.split(' ').skip(1);
    let (service, operation) = (words.next().expect("a service"), pascal(words.next().expect("an operation")));
    let mut arguments: Vec<(String, Option<String>)> = Vec::new();
    for word in words {
        match word.strip_prefix("--") {
            Some(name) => arguments.push((pascal(name), None)),
            None => arguments.last_mut().expect("a value follows its option").1 = Some(word.to_owned()),
        }
    }
    arguments.retain(|(name, value)| name != "Region" || value.as_deref() != Some(aws.region()));
    match service {
        "ecr" => {
            let lower = |name: &str| name[..1].to_lowercase() + &name[1..];
            let body =
                arguments.into_iter().map(|(name, value)| (lower(&name), value.map_or(json!(true), Value::from)));
            aws.ecr(&operation, Value::Object(body.collect()));
        }
        service => {
            let form = arguments.into_iter().map(|(name, value)| match value {
                Some(value) => (name, value),
                None => (format!("{name}.Value"), "true".to_owned()),
            });
            let form: Vec<(String, String)> = form.collect();
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            match service {
                "ec2" => drop(aws.ec2(&operation, &form)),
                "iam" => drop(aws.iam(&operation, &form)),
                other => panic!("no client for {other}"),
            }
        }
    }
}
