//! What people do, one after the other.

use std::fmt;

use rosa_ecr_fake_aws::Fault;

use crate::declaration::Declaration;

/// The number of a label.
pub type Label = usize;

/// Who drives the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Terraform,
    Bridge,
    Engine,
}

/// One thing that is done, in one of two configurations. What cannot be done at that point does nothing, so that a sequence
/// stays one where parts of it are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Declare(usize, Label, Declaration),
    /// Gives a resource another label, without a word to the host.
    Rename(usize, Label, Label),
    /// The same with a `moved` block or an alias.
    Move(usize, Label, Label),
    /// Declares the same once more.
    Duplicate(usize, Label, Label),
    Remove(usize, Label),
    Taint(usize, Label),
    /// Takes a resource out of the state.
    Forget(usize, Label),
    Import(usize, Label),
    /// Pushes an image to the repository that a label is about.
    Push(usize, Label),
    /// Deletes that repository behind everybody's back, and makes another one of its name.
    Recreate(usize, Label),
    /// Applies a configuration.
    Apply {
        at: usize,
        parallel: bool,
        fault: Option<Fault>,
    },
    /// Applies both at once.
    ApplyBoth {
        parallel: bool,
    },
    /// Removes all of a configuration, and applies that.
    Destroy {
        at: usize,
        parallel: bool,
    },
}

/// What is done in which order, by whom.
#[derive(Clone, Debug)]
pub struct Sequence {
    pub host: Host,
    /// Decides how calls interleave.
    pub seed: u64,
    pub ops: Vec<Op>,
    /// Whether tags that were written are shown late.
    pub tags_spread_late: bool,
}

/// The label as it is written.
pub fn name(label: Label) -> String {
    char::from(b"abcdefgh"[label % 8]).to_string()
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = |f: &mut fmt::Formatter<'_>, verb, at: &usize, from, to| {
            write!(f, "in {at}: {verb} {} as {}", name(from), name(to))
        };
        match self {
            Self::Declare(at, label, declaration) => write!(f, "in {at}: declare {} = {declaration}", name(*label)),
            Self::Rename(at, from, to) => labels(f, "rename", at, *from, *to),
            Self::Move(at, from, to) => labels(f, "move", at, *from, *to),
            Self::Duplicate(at, from, to) => labels(f, "duplicate", at, *from, *to),
            Self::Remove(at, label) => write!(f, "in {at}: remove {}", name(*label)),
            Self::Taint(at, label) => write!(f, "in {at}: taint {}", name(*label)),
            Self::Forget(at, label) => write!(f, "in {at}: forget {}", name(*label)),
            Self::Import(at, label) => write!(f, "in {at}: import {}", name(*label)),
            Self::Push(at, label) => write!(f, "push an image to the repository of {} in {at}", name(*label)),
            Self::Recreate(at, label) => write!(f, "make the repository of {} in {at} anew by hand", name(*label)),
            Self::Apply { at, parallel, fault } => {
                write!(f, "in {at}: apply")?;
                if *parallel {
                    write!(f, ", in parallel")?;
                }
                fault.iter().try_for_each(|fault| write!(f, ", {fault:?}"))
            }
            Self::ApplyBoth { parallel } => {
                write!(f, "apply both at once{}", if *parallel { ", in parallel" } else { "" })
            }
            Self::Destroy { at, parallel } => {
                write!(f, "in {at}: destroy{}", if *parallel { ", in parallel" } else { "" })
            }
        }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let late = if self.tags_spread_late { ", tags spread late" } else { "" };
        writeln!(f, "  on {:?}, seed {}{late}:", self.host, self.seed)?;
        self.ops.iter().enumerate().try_for_each(|(index, op)| writeln!(f, "  {}. {op}", index + 1))
    }
}
