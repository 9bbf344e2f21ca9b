//! Sequences that were found to fail, as short as they could be made, and stay.

use rosa_ecr_fake_aws::Fault;

use crate::declaration::{Declaration, What};
use crate::sequence::Host::{self, Bridge, Engine, Terraform};
use crate::sequence::Op::{self, ApplyBoth, Destroy, Duplicate, Move, Push, Recreate, Rename};
use crate::sequence::Sequence;

/// All of them, each with what it is about.
pub fn all() -> Vec<(&'static str, Sequence)> {
    let every_kind = [
        What::Repository(0),
        What::Group(0),
        What::PushRole(0),
        What::Pull(0),
        What::Pull(1),
        What::Registry(0),
        What::Registry(1),
    ];
    let mut cases = Vec::new();
    for host in [Terraform, Bridge, Engine] {
        for what in every_kind {
            for parallel in [false, true] {
                // Which of two comes first is up to the seed.
                for seed in 0..2 {
                    let mut case = |title, ops| cases.push((title, sequence(host, seed, ops)));
                    case(
                        "a label is renamed",
                        vec![declare(0, 0, what), apply(0, parallel), Rename(0, 0, 2), apply(0, parallel)],
                    );
                    case(
                        "one object is declared twice",
                        vec![declare(0, 0, what), Duplicate(0, 0, 1), apply(0, parallel)],
                    );
                }
            }
            cases.push((
                "another configuration takes the object over",
                sequence(host, 0, vec![declare(0, 2, what), declare(1, 1, what), apply(0, false), apply(1, false)]),
            ));
        }
        cases.push((
            "a renamed repository holds an image",
            sequence(
                host,
                0,
                vec![
                    Op::Declare(0, 0, Declaration { force_delete: true, ..Declaration::of(What::Repository(0)) }),
                    apply(0, true),
                    Push(0, 0),
                    Rename(0, 0, 2),
                    apply(0, true),
                ],
            ),
        ));
        cases.push((
            "a repository is made anew by hand",
            sequence(host, 0, vec![declare(0, 1, What::Repository(0)), apply(0, false), Recreate(0, 1)]),
        ));
        cases.push((
            "a repository is made anew by hand, and the label renamed",
            sequence(
                host,
                0,
                vec![
                    declare(0, 0, What::Repository(0)),
                    apply(0, false),
                    Rename(0, 0, 2),
                    declare(1, 0, What::Repository(0)),
                    Recreate(1, 0),
                    apply(0, false),
                ],
            ),
        ));
        cases.push((
            "an object that an outage has left is destroyed",
            sequence(
                host,
                0,
                vec![
                    declare(0, 0, What::Group(0)),
                    Op::Apply { at: 0, parallel: false, fault: Some(Fault::Outage(1)) },
                    Destroy { at: 0, parallel: false },
                ],
            ),
        ));
    }
    cases.push((
        "a create that an outage ended, and a twin",
        sequence(
            Terraform,
            4,
            vec![
                declare(0, 0, What::Repository(1)),
                declare(0, 1, What::Repository(1)),
                Op::Apply { at: 0, parallel: true, fault: Some(Fault::Outage(2)) },
                declare(0, 1, What::PushRole(1)),
                apply(0, true),
            ],
        ),
    ));
    cases.push((
        "two configurations make one object at once",
        sequence(
            Terraform,
            99,
            vec![declare(0, 1, What::Group(2)), declare(1, 1, What::Group(2)), ApplyBoth { parallel: true }],
        ),
    ));
    cases.push((
        "a moved label keeps its object",
        sequence(Terraform, 0, vec![declare(0, 0, What::Registry(0)), apply(0, true), Move(0, 0, 1), apply(0, true)]),
    ));
    cases
}

fn sequence(host: Host, seed: u64, ops: Vec<Op>) -> Sequence {
    Sequence { host, seed, ops, tags_spread_late: false }
}

fn declare(at: usize, label: usize, what: What) -> Op {
    Op::Declare(at, label, Declaration::of(what))
}

fn apply(at: usize, parallel: bool) -> Op {
    Op::Apply { at, parallel, fault: None }
}
