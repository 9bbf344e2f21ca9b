//! The kinds of blocks that a provider may have something for.

/// What something is to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Resource,
    DataSource,
    Ephemeral,
    List,
    Function,
    Action,
    StateStore,
}

impl BlockKind {
    /// As it is called in a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::DataSource => "data source",
            Self::Ephemeral => "ephemeral resource",
            Self::List => "list resource",
            Self::Function => "function",
            Self::Action => "action",
            Self::StateStore => "state store",
        }
    }

    /// The same with an article.
    pub(super) fn one(self) -> String {
        format!("{} {}", article(self.name()), self.name())
    }

    /// How a configuration uses it; `name` is its own.
    pub(super) fn usage(self, provider: &str, name: &str) -> String {
        let block = match self {
            Self::Resource => "resource",
            Self::DataSource => "data",
            Self::Ephemeral => "ephemeral",
            Self::List => "list",
            Self::Action => "action",
            Self::StateStore => "state_store",
            Self::Function => return format!("call it as provider::{provider}::{name}(…)"),
        };
        format!("declare it in {} \"{block}\" block", article(block))
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
