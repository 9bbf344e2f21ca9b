//! YAML from elsewhere, as trees: only as much of it as manifests of Kubernetes need, within limits.
//!
//! Aliases are refused, so a tree is never larger than its text; nesting and length have a limit. Tags are ignored.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

/// The most bytes that are read.
const LONGEST: usize = 4 << 20;

/// How deep lists and mappings may be nested.
const DEEPEST: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// No value.
    Null,
    /// A number, a truth value or a string, as it is written.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of its text.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key; [`Node::Null`] where there is none.
    pub(super) fn get(&self, key: &str) -> &Node {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map_or(&Node::Null, |(_, value)| value),
            _ => &Node::Null,
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// What is wrong with a text, in a sentence, and in which of its documents, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub document: usize,
    pub what: String,
}

/// The documents of a text.
///
/// # Errors
/// Where it is no YAML, or exceeds a limit.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Wrong> {
    if text.len() > LONGEST {
        let what = format!("The text has {} bytes; at most {LONGEST} are read.", text.len());
        return Err(Wrong { document: 1, what });
    }
    let mut found = Vec::new();
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let number = found.len() + 1;
        let wrong = |what: String| Wrong { document: number, what };
        let (event, span) = event.map_err(|error: ScanError| {
            wrong(format!("It is no YAML: {} in line {}.", error.info(), error.marker().line()))
        })?;
        let in_line = |what: &str| wrong(format!("{what} (line {}).", span.start.line()));
        match event {
            Event::DocumentStart(_) => tree = Tree::default(),
            Event::DocumentEnd => found.push(std::mem::take(&mut tree).done()),
            event => tree.take(event).map_err(in_line)?,
        }
    }
    Ok(found)
}

/// A list or mapping that is not complete yet.
#[derive(Debug)]
enum Open {
    List(Vec<Node>),
    /// The entries, and the key whose value comes next.
    Map(Vec<(String, Node)>, Option<String>),
}

/// A document while it is read.
#[derive(Debug, Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, ..) => self.put(scalar(text, style)),
            Event::SequenceStart(..) => self.open(Open::List(Vec::new())),
            Event::MappingStart(..) => self.open(Open::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(elements)) => self.put(Node::List(elements)),
                Some(Open::Map(entries, _)) => self.put(Node::Map(entries)),
                None => Ok(()),
            },
            Event::Alias(_) => Err("It has an alias: write the value in its place"),
            _ => Ok(()),
        }
    }

    fn open(&mut self, what: Open) -> Result<(), &'static str> {
        if self.open.len() == DEEPEST {
            return Err("Its values are nested more than 64 deep");
        }
        self.open.push(what);
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<(), &'static str> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(elements)) => elements.push(node),
            Some(Open::Map(entries, key @ None)) => {
                let Node::Scalar(name) = node else { return Err("A key of a mapping is no text") };
                if entries.iter().any(|(known, _)| *known == name) {
                    return Err("A key of a mapping is there twice");
                }
                *key = Some(name);
            }
            Some(Open::Map(entries, key)) => entries.push((key.take().unwrap_or_default(), node)),
        }
        Ok(())
    }

    fn done(self) -> Node {
        self.root.unwrap_or(Node::Null)
    }
}

/// Source: YAML 1.2.2, "10.2.1. Tags", `tag:yaml.org,2002:null`.
fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Node {
    let is_null = style == ScalarStyle::Plain && ["", "~", "null", "Null", "NULL"].contains(&text.as_ref());
    if is_null { Node::Null } else { Node::Scalar(text.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> String {
        documents(text).expect_err(text).what
    }

    #[test]
    fn documents_are_trees() {
        let found = documents("# none\n---\na: [1, 'x', ~]\nb: {c: \"d\"}\n---\n---\nplain\n").expect("YAML");
        assert_eq!(found.len(), 3);
        let [one, two, three] = &found[..] else { panic!("three documents") };
        let list = [Node::Scalar("1".into()), Node::Scalar("x".into()), Node::Null];
        assert_eq!(one.get("a"), &Node::List(list.into()));
        assert_eq!(one.get("b").get("c").text(), Some("d"));
        assert_eq!((two, three.text()), (&Node::Null, Some("plain")));
        assert_eq!(one.get("nothing").get("at all"), &Node::Null);
        assert_eq!(documents("# nothing\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        let wrong = documents("a: 1\n---\nb: [1\nc: }\n").expect_err("no YAML");
        assert!(wrong.document == 2 && wrong.what.contains("line"), "{wrong:?}");
        assert!(what("a: 1\na: 2\n").contains("twice (line 2)"));
        assert!(what("? [a]\n: b\n").contains("no text"));
    }

    #[test]
    fn hostile_texts_end_early() {
        assert!(what("a: &a [x]\nb: *a\n").contains("alias"));
        let laughs = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n";
        assert!(what(laughs).contains("alias"));
        assert!(what(&format!("{}{}", "[".repeat(100), "]".repeat(100))).contains("nested"));
        assert!(documents(&"[".repeat(100_000)).is_err());
        assert!(what(&"- ".repeat(1000)).contains("nested"));
        assert!(what(&" ".repeat(LONGEST + 1)).contains("bytes"));
    }
}
