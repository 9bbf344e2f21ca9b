//! Shorter sequences that fail in the same way.

use crate::sequence::{Op, Sequence};
use crate::trial;

/// How often a sequence is tried: not everything in the SDK is decided by the seed.
const TRIES: usize = 2;

/// Leaves out and simplifies what the failure does not need; with what then broke.
pub fn shortest(sequence: &Sequence, class: &str) -> (Sequence, String) {
    let failure = |candidate: Sequence| {
        let mut tries = (0..TRIES).flat_map(|_| trial::run(&candidate));
        let broken = tries.find(|broken| broken.class == class)?;
        Some((candidate, broken.detail))
    };
    let mut shortest = (sequence.clone(), "It did not happen again: chance had a part in it.".to_owned());
    loop {
        let candidates: Vec<Sequence> = without_one(&shortest.0).chain(simpler(&shortest.0)).collect();
        match candidates.into_iter().find_map(failure) {
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
