//! `make demo`: the quickstart example, applied, shown and destroyed with a real engine on an emulated AWS.

use rosa_ecr_tests::{Emulator, Engine, Workdir};
use serde_json::json;

fn main() {
    let engine = &Engine::all()[0];
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let work = Workdir::new(engine, &emulator);
    work.example("quickstart").vars(json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets }));

    println!("{engine}, examples/terraform/quickstart, AWS emulated at {}", emulator.endpoint());
    work.show(&["init"]);
    work.show(&["apply", "-auto-approve"]);
    work.show(&["output"]);
    work.show(&["destroy", "-auto-approve"]);
}
