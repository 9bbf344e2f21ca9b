//! The examples, each applied.

use rosa_ecr_tests::{Emulator, Engine, Workdir, on_each_engine};
use serde_json::json;

/// An example with the variables that it needs, ready to apply.
fn example(engine: &Engine, emulator: &Emulator, case: &str) -> Workdir {
    let aws = emulator.aws();
    let network = aws.network("10.0.0.0/16", 2);
    let mut vars = json!({});
    if case != "shared-vpc" {
        vars = json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets });
    }
    match case {
        "classic" => {
            aws.worker_role("ManagedOpenShift-Worker-Role");
        }
        "hcp" => {
            aws.worker_role("pool-role");
            aws.instance_profile("pool-profile", Some("pool-role"));
            vars["instance_profile_names"] = json!(["pool-profile"]);
        }
        "mirrored-operator" => {
            aws.worker_role("pool-role");
            aws.instance_profile("pool-profile", Some("pool-role"));
            aws.worker_role("bastion");
            vars["instance_profile_names"] = json!(["pool-profile"]);
            vars["bastion_role_arn"] = json!("arn:aws:iam::123456789012:role/bastion");
        }
        _ => {}
    }
    let work = Workdir::new(engine, emulator);
    work.example(case).vars(vars);
    work
}

fn applies_and_goes(case: &'static str) {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, case);
        work.init();
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn quickstart() {
    applies_and_goes("quickstart");
}

#[test]
fn classic() {
    applies_and_goes("classic");
}

#[test]
fn hcp() {
    applies_and_goes("hcp");
}

#[test]
fn zero_egress() {
    applies_and_goes("zero-egress");
}

/// As oc-mirror writes it.
const IDMS: &str = "---\napiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: idms-operator-0\nspec:\n  \
                    imageDigestMirrors:\n  - mirrors:\n    - 123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/prometheus\n    \
                    source: quay.io/prometheus\nstatus: {}\n";

#[test]
fn mirrored_operator() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, "mirrored-operator");
        work.init();
        work.apply();
        work.assert_empty_plan();
        assert_eq!(work.outputs()["image_mirrors"], json!([]), "nothing is mirrored yet");
        work.file("mirror/working-dir/cluster-resources/idms-oc-mirror.yaml", IDMS);
        work.apply();
        let mirror = json!({
            "source": "quay.io/prometheus",
            "mirrors": ["123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/prometheus"],
        });
        assert_eq!(work.outputs()["image_mirrors"], json!([mirror]));
        work.run(&["apply", "-refresh-only", "-auto-approve"]).success();
        assert!(work.outputs()["readiness"].is_string());
        work.destroy();
    });
}

#[test]
fn protected_registry() {
    applies_and_goes("protected-registry");
}

#[test]
fn shared_vpc() {
    applies_and_goes("shared-vpc");
}

/// Where people try configurations first: moto without what we add, and with it LocalStack.
#[test]
fn all_on_plain_moto() {
    on_each_engine(|engine| {
        for case in ["quickstart", "classic", "hcp", "zero-egress", "shared-vpc"] {
            let emulator = Emulator::plain();
            let work = example(engine, &emulator, case);
            work.init();
            work.apply();
            work.assert_empty_plan();
            work.destroy();
        }
    });
}
