//! The page of the provider itself: its block, and which page is for what.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rosa_ecr_model::{Page, Provider};

use crate::examples::Examples;
use crate::guides::Guides;
use crate::{front_matter, schema};

/// The page of the provider.
pub(crate) fn page<P: Provider>(examples: &Examples, guides: &Guides) -> String {
    let block = P::block();
    let mut text = front_matter::write(&format!("{} Provider", P::NAME), None, &block.description);
    let _ = write!(text, "# {} Provider\n\n{}\n", P::NAME, block.description.trim());
    if let Some(example) = examples.file("provider/provider.tf") {
        let _ = write!(text, "\n## Example Usage\n\n```terraform\n{example}\n```\n");
    }
    tasks::<P>(&mut text);
    functions::<P>(&mut text);
    let all = guides.all();
    if !all.is_empty() {
        text.push_str("\n## Guides\n\n");
    }
    for (file, title, description) in all {
        let _ = writeln!(text, "- [{title}](guides/{file}): {description}");
    }
    let _ = write!(text, "\n{}", schema::section(&block));
    text
}

/// The section "Index by task".
fn tasks<P: Provider>(text: &mut String) {
    let resources = P::kinds().into_iter().map(|kind| {
        let link = link::<P>("resources", kind.type_name(), "");
        (kind.descriptor().page, link)
    });
    let data_sources = P::data_sources().into_iter().map(|kind| {
        let link = link::<P>("data-sources", kind.type_name(), " (data source)");
        (kind.descriptor().page, link)
    });
    let ephemeral = P::ephemeral_resources().into_iter().map(|kind| {
        let link = link::<P>("ephemeral-resources", kind.type_name(), " (ephemeral)");
        (kind.descriptor().page, link)
    });
    let actions = P::actions().into_iter().map(|kind| {
        let link = link::<P>("actions", kind.type_name(), " (action)");
        (kind.descriptor().page, link)
    });
    let mut groups: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for (Page { subcategory, tasks }, link) in resources.chain(data_sources).chain(ephemeral).chain(actions) {
        for task in tasks {
            groups.entry(subcategory).or_default().push((task, link.clone()));
        }
    }
    if groups.is_empty() {
        return;
    }
    text.push_str("\n## Index by task\n\nWhich page is for what:\n");
    for (group, tasks) in groups {
        let _ = write!(text, "\n### {group}\n\n| I want to | Page |\n|---|---|\n");
        for (task, link) in tasks {
            let _ = writeln!(text, "| {task} | {link} |");
        }
    }
}

/// The functions, each with what it is for.
fn functions<P: Provider>(text: &mut String) {
    let functions = P::functions();
    if functions.is_empty() {
        return;
    }
    text.push_str("\n### Functions\n\n| What it gives | Page |\n|---|---|\n");
    for function in functions {
        let summary = function.summary.trim().trim_end_matches('.');
        let _ = writeln!(text, "| {} | [`{1}`](functions/{1}.md) |", schema::one_line(summary), function.name);
    }
}

fn link<P: Provider>(folder: &str, type_name: &str, what: &str) -> String {
    format!("[`{type_name}`]({folder}/{}.md){what}", crate::file_name::<P>(type_name))
}
