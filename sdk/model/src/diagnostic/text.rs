//! Texts for a person: what differs between hosts is in them as data, and each host puts its own words in.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A text for a person. Read as a string it is in Terraform's words.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Option<Arc<Parts>>);

/// What a text that is not empty has; errors are moved around, and stay small.
#[derive(PartialEq, Eq)]
struct Parts {
    parts: Vec<Part>,
    in_terraform: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(String),
    Term(Term),
}

/// What hosts have different words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The command that imports an object.
    Import {
        /// The type of the resource.
        type_name: String,
        /// The object's import id.
        id: String,
    },
    /// How to write JSON.
    WriteJson,
    /// How to write an IAM policy.
    WritePolicy,
    /// Where the time limits of operations are.
    Timeouts,
    /// The option that sets how many operations run at once.
    Parallelism,
    /// How to have the old object deleted before its replacement is created.
    DeleteFirst,
    /// How to have a replacement, which has another name, created before the old object is deleted.
    CreateFirst,
    /// How to keep an object that is replaced only because an earlier create of it failed.
    Untaint,
    /// How to take an entry out of the state and leave the object.
    Forget,
    /// How to destroy without reading what exists.
    DestroyUnread,
    /// How to read what exists into the state.
    Refresh,
    /// How to leave nulls out of a list.
    LeaveOutNulls,
    /// How to have private DNS names in a VPC from the declaration that makes it.
    PrivateDnsOfVpc,
}

/// Whose words a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words<'a> {
    /// Those of Terraform and OpenTofu: HCL.
    Terraform,
    /// Those of a Rust program, for the resource that it declares under that name.
    Program(Option<&'a str>),
}

impl Term {
    /// The term in the words of a host.
    pub fn in_words(&self, words: Words<'_>) -> String {
        match words {
            Words::Terraform => self.in_terraform(),
            Words::Program(name) => self.in_program(name),
        }
    }

    fn in_terraform(&self) -> String {
        match self {
            Self::Import { type_name, id } => return format!("terraform import {type_name}.<name> {id}"),
            Self::WriteJson => "Build it with jsonencode().",
            Self::WritePolicy => "Build it with jsonencode(), or take it from the data source aws_iam_policy_document.",
            Self::Timeouts => "the resource's `timeouts` block",
            Self::Parallelism => "`-parallelism`",
            Self::DeleteFirst => {
                "have the old one deleted first: without create_before_destroy in Terraform and OpenTofu, with deleteBeforeReplace in \
                 Pulumi"
            }
            Self::CreateFirst => "set lifecycle { create_before_destroy = true }",
            Self::Untaint => "run `terraform untaint <address>` and apply again",
            Self::Forget => "with a removed block that has lifecycle { destroy = false }, or with `terraform state rm`",
            Self::DestroyUnread => "run `terraform destroy -refresh=false`",
            Self::Refresh => "`terraform apply -refresh-only`",
            Self::LeaveOutNulls => {
                "compact([…]) removes nulls from a list of strings, and [for one in … : one if one != null] from any list"
            }
            Self::PrivateDnsOfVpc => {
                "set enable_dns_support and enable_dns_hostnames of the aws_vpc to true, and apply that first"
            }
        }
        .to_owned()
    }

    fn in_program(&self, name: Option<&str>) -> String {
        match self {
            Self::Import { id, .. } => return format!("import {} {id}", name.unwrap_or("NAME")),
            Self::WriteJson | Self::WritePolicy => "Build it with serde_json::json!.",
            Self::Timeouts => "the resource's `timeouts`",
            Self::Parallelism => "`--parallel`",
            Self::DeleteFirst => "declare it with Options::new().delete_before_replace()",
            Self::CreateFirst => "declare it without Options::delete_before_replace",
            Self::Untaint => "run `up` again",
            Self::Forget => "with `state forget`",
            Self::DestroyUnread => "run `destroy`",
            Self::Refresh => "`refresh`",
            Self::LeaveOutNulls => "Iterator::flatten leaves the None of a list out",
            Self::PrivateDnsOfVpc => "set both where the VPC is made",
        }
        .to_owned()
    }
}

impl Text {
    /// The parts one after the other.
    pub fn of(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::made(parts.into_iter().flat_map(|text| text.parts().to_vec()).collect())
    }

    fn parts(&self) -> &[Part] {
        self.0.as_deref().map_or(&[], |text| &text.parts)
    }

    fn made(parts: Vec<Part>) -> Self {
        let in_terraform = parts.iter().map(|part| part.in_words(Words::Terraform)).collect();
        Self((!parts.is_empty()).then(|| Arc::new(Parts { parts, in_terraform })))
    }

    /// The text in the words of a host.
    pub fn in_words(&self, words: Words<'_>) -> String {
        self.parts().iter().map(|part| part.in_words(words)).collect()
    }

    /// The text in Terraform's words.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().map_or("", |text| &text.in_terraform)
    }

    /// Adds to the end.
    pub fn push_str(&mut self, more: &str) {
        *self = Self::of([std::mem::take(self), Self::from(more)]);
    }
}

impl Part {
    fn in_words(&self, words: Words<'_>) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Term(term) => term.in_words(words),
        }
    }
}

/// Joins texts and terms: `text!["Import it: ", Term::Import { … }, "."]`.
#[macro_export]
macro_rules! text {
    ($($part:expr),+ $(,)?) => { $crate::Text::of([$($crate::Text::from($part)),+]) };
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Plain(text)] };
        Self::made(parts)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Term> for Text {
    fn from(term: Term) -> Self {
        Self::made(vec![Part::Term(term)])
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: [Term; 12] = [
        Term::WriteJson,
        Term::WritePolicy,
        Term::Timeouts,
        Term::Parallelism,
        Term::DeleteFirst,
        Term::CreateFirst,
        Term::Untaint,
        Term::Forget,
        Term::DestroyUnread,
        Term::Refresh,
        Term::LeaveOutNulls,
        Term::PrivateDnsOfVpc,
    ];

    #[test]
    fn each_host_has_its_own_words() {
        let (type_name, id) = ("rosa_ecr_repository".to_owned(), "team/app".to_owned());
        let text = text!["Import it: ", Term::Import { type_name, id }, format!(". Or {}.", "not")];
        assert_eq!(text, "Import it: terraform import rosa_ecr_repository.<name> team/app. Or not.");
        assert_eq!(text.in_words(Words::Program(Some("app"))), "Import it: import app team/app. Or not.");
        assert!(text![""].is_empty());
    }

    /// Lines of product code with that word of Terraform's, but for comments. Declarations know their host.
    fn lines_with(folder: &std::path::Path, word: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the repository").flatten() {
            let path = entry.path();
            let is_product = !["tests", "tests.rs", "text.rs", "claims.rs"].iter().any(|name| path.ends_with(name));
            if path.is_dir() && is_product {
                lines_with(&path, word, found);
            } else if is_product && path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let lines = product.lines().filter(|line| line.contains(word) && !line.trim_start().starts_with("//"));
                found.extend(lines.map(|line| format!("{}: {}", path.display(), line.trim())));
            }
        }
    }

    #[test]
    fn messages_have_no_words_of_one_host() {
        let sdk = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in sdk/");
        let mut found = Vec::new();
        for word in [
            "-parallelism",
            "create_before_destroy",
            "jsonencode",
            "moved block",
            "provider block",
            "`terraform ",
            "n Terraform,",
        ] {
            for part in ["model/src", "aws/src", "engine/src", "state/src", "state-aws/src", "cli/src"] {
                lines_with(&sdk.join(part), word, &mut found);
            }
        }
        assert_eq!(found, [""; 0], "say it with a Term");
    }

    #[test]
    fn no_host_hears_of_the_other() {
        let terraforms = [
            "-parallelism",
            "create_before_destroy",
            "jsonencode",
            "terraform",
            "lifecycle",
            "block",
            "compact(",
            "aws_vpc",
        ];
        let rusts = ["Options", "serde_json", "Iterator", "--parallel"];
        for term in TERMS {
            let (terraform, program) = (term.in_words(Words::Terraform), term.in_words(Words::Program(None)));
            assert!(!terraforms.iter().any(|word| program.contains(word)), "{program}");
            assert!(!rusts.iter().any(|word| terraform.contains(word)), "{terraform}");
        }
    }
}
