//! Blocks of HCL in documents, and what they need around them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A block of a document, or a file of examples.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// Where it is, below the repository, with its line.
    origin: String,
    /// What it says.
    pub text: String,
    /// Whether it is only to be parsed.
    fragment: bool,
    /// What earlier blocks of the document say, and for an example the resource that it is about.
    context: String,
}

/// The registry that blocks refer to without saying how it is made.
const REGISTRY: &str = r#"resource "rosa_ecr" "registry" {
  cluster_name         = "dev"
  create_vpc_endpoints = false
}
"#;

const PROVIDER: &str = "terraform {\n  required_providers {\n    rosa = { source = \"rosa-ecr/rosa\" }\n  }\n}\n\n";

/// All of them: the guides' blocks and the examples that are not a case of their own.
pub fn snippets() -> Vec<Snippet> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository");
    let mut found = Vec::new();
    let mut documents = files(&root.join("docs/guides"));
    documents.push(root.join("README.md"));
    for document in documents {
        found.extend(blocks(&name(root, &document), &read(&document)));
    }
    for folder in
        ["provider", "resources", "data-sources", "ephemeral-resources", "functions", "list-resources", "actions"]
    {
        for file in files(&root.join("examples").join(folder)).iter().filter(|file| !is(file, ".sh")) {
            if !has_page(root, folder, file) {
                continue;
            }
            let beside = file.with_file_name("resource.tf");
            let context = if beside.exists() && beside != *file { read(&beside) } else { String::new() };
            found.push(Snippet { origin: name(root, file), text: read(file), fragment: false, context });
        }
    }
    found
}

/// Whether there is a page that shows this example: the provider's, or that of the thing its folder is named after.
fn has_page(root: &Path, folder: &str, file: &Path) -> bool {
    let of = file.parent().and_then(Path::file_name).and_then(OsStr::to_str).expect("a folder");
    let page = format!("docs/{folder}/{}.md", of.strip_prefix("rosa_").unwrap_or(of));
    folder == "provider" || root.join(page).exists()
}

/// The HCL of one section of a guide, from its heading to the next one of the same rank.
pub fn section(guide: &str, heading: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository");
    let text = read(&root.join("docs/guides").join(guide));
    let start = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{guide} has no {heading:?}"));
    let rank = heading.split(' ').next().expect("a heading begins with #");
    let rest = &text[start + 1 + heading.len()..];
    let end = rest.find(&format!("\n{rank} ")).unwrap_or(rest.len());
    blocks(guide, &rest[..end]).into_iter().map(|snippet| snippet.text + "\n").collect()
}

/// The HCL blocks of a document.
fn blocks(document: &str, text: &str) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = Vec::new();
    let mut earlier = String::new();
    let mut open: Option<(usize, &str, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut open {
            None if line.starts_with("```") => open = Some((number + 1, &line[3..], String::new())),
            None => {}
            Some((start, info, block)) if line == "```" => {
                if info.split(' ').next() == Some("hcl") {
                    let fragment = info.ends_with(" fragment");
                    let origin = format!("{document}:{start}");
                    let text = block.clone();
                    found.push(Snippet { origin, text, fragment, context: earlier.clone() });
                    earlier.push_str(block);
                }
                open = None;
            }
            Some((.., block)) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{document}: a block does not end");
    found
}

impl Snippet {
    /// A configuration that uses the provider and says no more.
    pub fn nothing() -> Self {
        Self { origin: "nothing".to_owned(), text: String::new(), fragment: false, context: String::new() }
    }

    /// A name for it, from where it is.
    pub fn slug(&self) -> String {
        self.origin.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    /// Whether it is a query.
    pub fn is_query(&self) -> bool {
        self.origin.ends_with(".tfquery.hcl")
    }

    /// Whether it imports.
    pub fn imports(&self) -> bool {
        self.text.starts_with("import {")
    }

    /// Whether it can stand in a module.
    pub fn is_module(&self) -> bool {
        !self.fragment && !self.is_query() && !self.imports()
    }

    /// The variables that whoever calls it as a module sets.
    pub fn variables(&self) -> BTreeSet<String> {
        let module = self.module();
        let declared = module.lines().filter_map(|line| line.strip_prefix("variable \""));
        declared.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    }

    /// It, with everything that it refers to.
    pub fn module(&self) -> String {
        let mut module = if self.text.contains("required_providers") { String::new() } else { PROVIDER.to_owned() };
        module.push_str(&self.text);
        // What is added may refer to more.
        while let Some(more) = self.missing(&module) {
            module.push('\n');
            module.push_str(&more);
        }
        let variables: BTreeSet<&str> =
            references(&module).filter(|(first, _)| *first == "var").map(|(_, name)| name).collect();
        let undeclared = variables.into_iter().filter(|name| !module.contains(&format!("variable \"{name}\" {{")));
        let declared: String = undeclared.map(|name| format!("\nvariable \"{name}\" {{}}\n")).collect();
        module.push_str(&declared);
        module
    }

    /// A resource that `module` refers to and does not declare.
    fn missing(&self, module: &str) -> Option<String> {
        references(module).filter(|(first, _)| first.starts_with("rosa_ecr")).find_map(|(ty, name)| {
            let head = format!("resource \"{ty}\" \"{name}\" {{");
            if module.contains(&head) {
                return None;
            }
            block(&self.context, &head).or_else(|| block(REGISTRY, &head))
        })
    }
}

/// References such as `var.name` and `rosa_ecr.registry`: their first two words. Comments and strings may have more of
/// them than the engine sees.
fn references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).filter_map(|word| {
        let mut parts = word.split('.');
        Some((parts.next()?, parts.next()?))
    })
}

/// The block that begins so.
fn block(text: &str, head: &str) -> Option<String> {
    let start = text.find(head)?;
    let end = text[start..].find("\n}\n")? + start + 3;
    Some(text[start..end].to_owned())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = Vec::new();
    for path in entries.map(|entry| entry.expect("readable").path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn is(file: &Path, end: &str) -> bool {
    file.to_string_lossy().ends_with(end)
}

fn name(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).expect("in the repository").to_string_lossy().into_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
