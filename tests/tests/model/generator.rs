//! Sequences from seeds.

use rosa_ecr_fake_aws::Fault;

use crate::declaration::{Declaration, What};
use crate::random::Random;
use crate::sequence::{Host, Op, Sequence};

/// How many labels and names there are.
const FEW: usize = 3;

/// The sequence of a seed.
pub fn sequence(seed: u64, host: Host) -> Sequence {
    let mut random = Random::new(seed);
    let mut ops = Vec::new();
    // One name is in the middle of it, so that things meet.
    let subject = random.below(FEW);
    let kind = random.below(8);
    for label in 0..1 + random.below(2) {
        ops.push(Op::Declare(0, label, declaration(&mut random, kind, subject)));
    }
    ops.push(apply(&mut random, host));
    for _ in 0..1 + random.below(4) {
        for _ in 0..1 + random.below(2) {
            ops.push(edit(&mut random, host, kind, subject));
        }
        ops.push(apply(&mut random, host));
    }
    Sequence { host, seed, ops, tags_spread_late: false }
}

fn declaration(random: &mut Random, kind: usize, subject: usize) -> Declaration {
    let name = if random.one_of(3) { random.below(FEW) } else { subject };
    let kind = if random.one_of(4) { random.below(8) } else { kind };
    let what = match kind {
        0..=2 => What::Repository(name),
        3 => What::Lifecycle(name),
        4 => What::Group(name),
        5 => What::PushRole(name),
        6 => What::Pull(name % 2),
        _ => What::Registry(name),
    };
    Declaration {
        force_delete: random.one_of(3),
        prevent_destroy: random.one_of(6),
        variant: random.one_of(2),
        create_before_destroy: random.one_of(5),
        ..Declaration::of(what)
    }
}

fn edit(random: &mut Random, host: Host, kind: usize, subject: usize) -> Op {
    let at = usize::from(random.one_of(4));
    let (label, other) = (random.below(FEW), random.below(FEW));
    match random.below(if host == Host::Terraform { 14 } else { 11 }) {
        0..=1 => Op::Declare(at, label, declaration(random, kind, subject)),
        2..=4 => Op::Rename(at, label, other),
        5 => Op::Move(at, label, other),
        6 => Op::Duplicate(at, label, other),
        7 => Op::Remove(at, label),
        8..=9 => Op::Push(at, label),
        10 => Op::Recreate(at, label),
        11 => Op::Taint(at, label),
        12 => Op::Forget(at, label),
        _ => Op::Import(at, label),
    }
}

fn apply(random: &mut Random, host: Host) -> Op {
    let (at, parallel) = (usize::from(random.one_of(5)), random.one_of(2));
    if host != Host::Engine && random.one_of(12) {
        return Op::ApplyBoth { parallel };
    }
    if random.one_of(10) {
        return Op::Destroy { at, parallel };
    }
    let nth = 1 + random.below(5);
    let faults =
        [Fault::Refuse(nth), Fault::Lose(nth), Fault::Outage(nth), Fault::KillBefore(nth), Fault::KillAfter(nth)];
    let fault = random.one_of(3).then(|| random.pick(&faults));
    Op::Apply { at, parallel, fault }
}
