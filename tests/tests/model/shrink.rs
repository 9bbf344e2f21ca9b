//! Shorter sequences that fail in the same way.

use crate::sequence::{Op, Sequence};
use crate::trial;

/// How often a sequence is tried: not everything in the SDK is decided by the seed.
const TRIES: usize = 2;

/// Leaves out and simplifies what the failure does not need.
pub fn shortest(sequence: &Sequence, class: &str) -> Sequence {
    let fails =
        |candidate: &Sequence| (0..TRIES).any(|_| trial::run(candidate).iter().any(|broken| broken.class == class));
    let mut shortest = sequence.clone();
    loop {
        let candidates = without_one(&shortest).chain(simpler(&shortest)).collect::<Vec<_>>();
        match candidates.into_iter().find(fails) {
            Some(shorter) => shortest = shorter,
            None => return shortest,
        }
    }
}

fn without_one(sequence: &Sequence) -> impl Iterator<Item = Sequence> {
    (0..sequence.ops.len()).map(|left_out| {
        let mut candidate = sequence.clone();
        candidate.ops.remove(left_out);
        candidate
    })
}

fn simpler(sequence: &Sequence) -> impl Iterator<Item = Sequence> {
    let simplified = sequence.ops.iter().enumerate().flat_map(|(index, op)| {
        let simpler: Vec<Op> = match *op {
            Op::Apply { at, parallel, fault } => {
                let calm = fault.map(|_| Op::Apply { at, parallel, fault: None });
                let serial = parallel.then_some(Op::Apply { at, parallel: false, fault });
                calm.into_iter().chain(serial).collect()
            }
            Op::ApplyBoth { parallel } => {
                vec![Op::Apply { at: 0, parallel, fault: None }, Op::Apply { at: 1, parallel, fault: None }]
            }
            Op::Declare(at, label, declared) => {
                let plain = crate::declaration::Declaration::of(declared.what);
                let one = |change: fn(&mut crate::declaration::Declaration)| {
                    let mut changed = declared;
                    change(&mut changed);
                    changed
                };
                let fewer = [
                    plain,
                    one(|it| it.force_delete = false),
                    one(|it| it.prevent_destroy = false),
                    one(|it| it.variant = false),
                    one(|it| it.create_before_destroy = false),
                ];
                fewer.into_iter().filter(|it| *it != declared).map(|it| Op::Declare(at, label, it)).collect()
            }
            _ => Vec::new(),
        };
        simpler.into_iter().map(move |op| (index, op))
    });
    simplified.map(|(index, op)| {
        let mut candidate = sequence.clone();
        candidate.ops[index] = op;
        candidate
    })
}
