//! The pages, one function a kind of page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rosa_ecr_model::{Descriptor, Function, Kind, Parameter, Provider};

use crate::examples::Examples;
use crate::{front_matter, schema};

/// A kind of page that shows an example and a schema.
pub(crate) struct Form {
    /// What the thing is called in titles.
    title: &'static str,
    /// Folder and file of its example.
    example: (&'static str, &'static str),
    /// A sentence behind the description; empty where there is nothing to say.
    note: &'static str,
}

pub(crate) const DATA_SOURCE: Form =
    Form { title: "Data Source", example: ("data-sources", "data-source.tf"), note: "" };

pub(crate) const EPHEMERAL: Form = Form {
    title: "Ephemeral Resource",
    example: ("ephemeral-resources", "ephemeral-resource.tf"),
    note: "Nothing of it is written to a plan or a state. It needs Terraform 1.10, OpenTofu 1.11, or later.",
};

pub(crate) const LIST: Form = Form {
    title: "List Resource",
    example: ("list-resources", "list-resource.tfquery.hcl"),
    note: "It is for `terraform query`, which Terraform has since 1.14.",
};

pub(crate) const ACTION: Form = Form {
    title: "Action",
    example: ("actions", "action.tf"),
    note: "Terraform has actions since 1.14: a resource triggers them in its `lifecycle`, or a person invokes one with \
           `terraform apply -invoke=…`. It leaves no state.",
};

const RESOURCE: Form = Form { title: "Resource", example: ("resources", "resource.tf"), note: "" };

impl Form {
    fn example<'a>(&self, name: &str, examples: &'a Examples) -> Option<&'a str> {
        let (folder, file) = self.example;
        examples.file(&format!("{folder}/{name}/{file}"))
    }
}

/// The page of a resource.
pub(crate) fn resource<P: Provider>(kind: &dyn Kind<P::Context>, examples: &Examples) -> String {
    let (name, block) = (kind.type_name(), &kind.schema().block);
    let mut text = head::<P>(&RESOURCE, name, kind.descriptor().page.subcategory, &block.description);
    text.push_str("\n## Example Usage\n");
    if let Some(example) = RESOURCE.example(name, examples) {
        let _ = write!(text, "\n```terraform\n{example}\n```\n");
    } else {
        for (title, example) in examples.of_cases(name) {
            let _ = write!(text, "\n{title}\n\n```terraform\n{example}\n```\n");
        }
    }
    let _ = write!(text, "\n{}", schema::section(block));
    permissions(&mut text, "all operations together need", &kind.descriptor().permissions);
    for (argument, actions) in &kind.descriptor().permissions_by_argument {
        let _ = writeln!(text, "\nWhere `{argument}` is set, these in addition:\n");
        list(&mut text, actions);
    }
    import(&mut text, kind, examples);
    if !kind.descriptor().move_sources.is_empty() {
        text.push_str("\n## Moving from other resources\n\nA `moved` block brings over objects of\n\n");
        for source in kind.descriptor().move_sources {
            let _ = writeln!(text, "- `{source}`");
        }
        text.push_str("\nand nothing is replaced: see the guide \"Migrating from the module\".\n");
        if let Some(moved) = examples.file(&format!("resources/{name}/moved.tf")) {
            let _ = write!(text, "\n```terraform\n{moved}\n```\n");
        }
    }
    text
}

/// The section "Permissions", where there is anything to permit.
fn permissions(text: &mut String, who_needs: &str, actions: &BTreeSet<&str>) {
    if actions.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## Permissions\n\nThe IAM actions that {who_needs}:\n");
    list(text, actions);
}

fn list(text: &mut String, actions: &BTreeSet<&str>) {
    for action in actions {
        let _ = writeln!(text, "- `{action}`");
    }
}

/// The section "Import", as far as the examples say how.
fn import<C>(text: &mut String, kind: &dyn Kind<C>, examples: &Examples) {
    let name = kind.type_name();
    let Some((script, address, id)) = examples.import(name) else { return };
    text.push_str("\n## Import\n");
    let by_identity = examples.file(&format!("resources/{name}/import-by-identity.tf"));
    if let Some(example) = by_identity.filter(|_| !kind.identity().is_empty()) {
        text.push_str("\nBy identity, with Terraform 1.12, OpenTofu 1.12, or later:\n");
        let _ = write!(text, "\n```terraform\n{example}\n```\n\n{}", schema::identity(kind.identity()));
    }
    let _ = write!(
        text,
        "\nBy id, in the configuration:\n\n```terraform\nimport {{\n  to = {address}\n  id = \"{id}\"\n}}\n```\n"
    );
    let _ = write!(text, "\nBy id, on the command line:\n\n```shell\n{script}\n```\n");
}

/// A page of an example and a schema.
pub(crate) fn plain<P: Provider>(form: &Form, of: &Descriptor, examples: &Examples) -> String {
    let (name, block) = (&of.type_name, &of.schema.block);
    let mut text = head::<P>(form, name, of.page.subcategory, &block.description);
    if let Some(example) = form.example(name, examples) {
        let _ = write!(text, "\n## Example Usage\n\n```terraform\n{example}\n```\n");
    }
    let _ = write!(text, "\n{}", schema::section(block));
    permissions(&mut text, "it needs", &of.permissions);
    text
}

/// The page of a function.
pub(crate) fn function<P: Provider>(function: &Function, examples: &Examples) -> String {
    let name = function.name;
    let mut text = front_matter::write(&format!("{name} function - {}", P::NAME), Some(""), function.summary);
    let _ = write!(text, "# function: {name}\n\n{}\n", function.description.trim());
    if let Some(example) = examples.file(&format!("functions/{name}/function.tf")) {
        let _ = write!(text, "\n## Example Usage\n\n```terraform\n{example}\n```\n");
    }
    let signature = |parameter: &Parameter| format!("{} {}", parameter.name, parameter.ty);
    let mut parameters: Vec<String> = function.parameters.iter().map(signature).collect();
    parameters.extend(function.variadic.as_ref().map(|parameter| format!("{}...", signature(parameter))));
    let _ = write!(text, "\n## Signature\n\n```text\n{name}({}) {}\n```\n", parameters.join(", "), function.returns);
    text.push_str("\n## Arguments\n\n");
    let variadic = function.variadic.iter().map(|parameter| (parameter, "Variadic, "));
    let all = function.parameters.iter().map(|parameter| (parameter, "")).chain(variadic);
    for (number, (parameter, variadic)) in all.enumerate() {
        let nullable = if parameter.allow_null { ", Nullable" } else { "" };
        let ty = schema::type_name(&parameter.ty);
        let description = schema::one_line(parameter.description);
        let _ = writeln!(text, "{}. `{}` ({variadic}{ty}{nullable}) {description}", number + 1, parameter.name);
    }
    text
}

fn head<P: Provider>(form: &Form, name: &str, subcategory: &str, description: &str) -> String {
    let title = format!("{name} {} - {}", form.title, P::NAME);
    let mut text = front_matter::write(&title, Some(subcategory), description);
    let _ = write!(text, "# {name} ({})\n\n{}\n", form.title, description.trim());
    if !form.note.is_empty() {
        let _ = write!(text, "\n{}\n", form.note);
    }
    text
}
