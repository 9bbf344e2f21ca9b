//! The provider block, and calls that AWS refuses for a while.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use rosa_ecr_tests::Fault;

use super::*;

const APP: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n}\n";

fn write(work: &Workdir, arguments: &str) {
    work.file("main.tf", &format!("{HEADER}provider \"rosa\" {{\n  {arguments}\n}}\n{APP}"));
}

/// Arguments of the provider, what the error advises, and arguments that follow it.
const CASES: &[(&str, &str, &[&str])] = &[
    ("", "Set region in the provider's configuration, such as region = \"us-east-1\"", &["region = \"us-east-1\""]),
    (
        "region = \"us-east-1\"\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"",
        "Set secret_key, or remove access_key and use a profile or the environment",
        &[
            "region = \"us-east-1\"\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"x\"",
            "region = \"us-east-1\"",
        ],
    ),
    (
        "region = \"us-east-1\"\n  allowed_account_ids = [\"210987654321\"]",
        "Use credentials of another account (profile, AWS_PROFILE, assume_role), or change the list",
        &["region = \"us-east-1\"\n  allowed_account_ids = [\"123456789012\"]"],
    ),
    (
        "region = \"us-east-1\"\n  allowed_account_ids = [\"123456789012\"]\n  forbidden_account_ids = [\"210987654321\"]",
        "Remove one of them",
        &["region = \"us-east-1\"\n  forbidden_account_ids = [\"210987654321\"]"],
    ),
    (
        "region = \"us-east-1\"\n  custom_ca_bundle = \"nowhere.pem\"",
        "or remove custom_ca_bundle",
        &["region = \"us-east-1\""],
    ),
    ("region = \"us-east-1a\"", "Its region is \"us-east-1\"", &["region = \"us-east-1\""]),
];

#[test]
fn a_provider_block_is_put_right() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let mut work = work(engine, &emulator, "");
        for (wrong, advice, followed) in CASES {
            write(&work, wrong);
            work.run(&["plan"]).failure().says(advice);
            for arguments in *followed {
                write(&work, arguments);
                work.run(&["plan"]).success();
            }
        }
        write(&work, "region = \"moon-1\"");
        work.run(&["validate"]).failure().says("set skip_region_validation = true");
        write(&work, "region = \"moon-1\"\n  skip_region_validation = true");
        work.run(&["validate"]).success();
        write(&work, "");
        work.env("AWS_REGION", "us-east-1");
        work.run(&["plan"]).success();

        write(&work, "profile = \"work\"");
        work.run(&["plan"]).failure().says("`aws configure --profile work`");
        // As that command writes it.
        let home = work.path().parent().expect("beside the home").join("home/.aws");
        std::fs::create_dir(&home).expect("a directory of ours");
        let keys = "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
        std::fs::write(home.join("credentials"), keys).expect("a directory of ours");
        work.run(&["plan"]).success();

        write(&work, "");
        work.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
        work.run(&["plan"]).failure().says("Set AWS_PROFILE or `profile`").says("AWS_ACCESS_KEY_ID and");
        work.env("AWS_PROFILE", "work");
        work.run(&["plan"]).success();
    });
}

/// A server that has no STS: it answers everything with nothing.
fn nothing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let body = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>";
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

#[test]
fn without_an_sts_the_account_is_not_asked_for() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "");
        let endpoints = format!("region = \"us-east-1\"\n  endpoints {{\n    sts = {:?}\n  }}", nothing());
        write(&work, &endpoints);
        work.run(&["plan"]).failure().says("Where there is no STS, set skip_requesting_account_id = true");
        write(&work, &format!("{endpoints}\n  skip_requesting_account_id = true"));
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn what_aws_throttles_is_tried_more_often_and_slower() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "");
        let throttled = || {
            emulator.clear_faults();
            emulator.fault(Fault::throttle("CreateRepository").times(2));
        };
        write(&work, "region = \"us-east-1\"\n  max_retries = 1");
        throttled();
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("do less at once (`-parallelism`), raise max_retries, or set retry_mode = \"adaptive\"");
        write(&work, "region = \"us-east-1\"\n  max_retries = 3");
        throttled();
        work.run(&["apply", "-auto-approve", "-parallelism=1"]).success();
        write(&work, "region = \"us-east-1\"\n  retry_mode = \"adaptive\"");
        work.assert_empty_plan();
        work.destroy();
    });
}
