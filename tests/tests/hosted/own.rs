//! Our own binary: protocol 6.

use std::time::{Duration, Instant};

use rosa_ecr_model::{Applied, Diagnostics};
use rosa_ecr_tests::{Emulator, provider_binary};
use serde_json::{Value as Json, json};

use crate::host::{self, Host, run, text};

fn registry(network: &rosa_ecr_tests::Network, keep: i64) -> Json {
    json!({
        "cluster_name": "dev",
        "vpc_id": network.vpc,
        "private_subnet_ids": network.subnets,
        "lifecycle_keep_count": keep,
    })
}

#[test]
fn a_registry_lives_its_life() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    run(async {
        let host = Host::start(&host::binary(provider_binary(), &emulator), json!({ "region": "us-east-1" })).await;
        assert_eq!(host.plugin.protocol(), 6);
        let kind = host.kind("rosa_ecr");
        let created = host.bring_about(&*kind, &Applied::default(), &registry(&network, 10)).await;
        assert_eq!(text(&created, "repository_name"), "dev-registry");
        host.assert_settled(&*kind, &created, &registry(&network, 10)).await;

        emulator.clear_calls();
        let updated = host.bring_about(&*kind, &created, &registry(&network, 20)).await;
        assert_eq!(emulator.writes(), ["PutLifecyclePolicy"]);
        host.assert_settled(&*kind, &updated, &registry(&network, 20)).await;

        let imported = host.import(&*kind, "dev/dev-registry").await;
        assert!(!imported.diagnostics.has_errors(), "{}", imported.diagnostics);
        assert!(imported.diagnostics.to_string().contains("no role"), "warnings get through: {}", imported.diagnostics);
        assert_eq!(text(&imported, "repository_arn"), text(&updated, "repository_arn"));
        let identity = json!({ "cluster_name": "dev", "repository_name": "dev-registry" });
        let by_identity = host.import_by_identity(&*kind, &identity).await;
        assert_eq!(by_identity.state, imported.state, "{}", by_identity.diagnostics);

        let gone = host.bring_about(&*kind, &updated, &Json::Null).await;
        assert!(gone.state.is_null());
        host.plugin.shutdown().await;
    });
}

#[test]
fn a_provider_that_is_killed_in_an_apply_is_told_and_the_next_one_converges() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let config = registry(&network, 10);
    run(async {
        let binary = host::binary(provider_binary(), &emulator);
        let host = Host::start(&binary, json!({ "region": "us-east-1" })).await;
        let kind = host.kind("rosa_ecr");
        let planned = host.plan(&*kind, &Applied::default(), &config).await;
        assert_eq!(planned.diagnostics, Diagnostics::new());
        emulator.stop_after_write(2);
        let nothing = Applied::default();
        let applying = host.apply(&*kind, &nothing, &planned, &config);
        let killing = async {
            tokio::task::block_in_place(|| emulator.wait_for_stop());
            host.plugin.kill().await;
        };
        let (applied, ()) = tokio::join!(applying, killing);
        emulator.release();
        let told = applied.diagnostics.to_string();
        assert!(told.contains("did not answer ApplyResourceChange"), "{told}");
        assert!(told.contains("has ended: signal: 9") && told.contains("not known"), "{told}");
        assert!(applied.state.is_null(), "nothing is known of it");

        let host = Host::start(&binary, json!({ "region": "us-east-1" })).await;
        let kind = host.kind("rosa_ecr");
        let planned = host.plan(&*kind, &Applied::default(), &config).await;
        let applied = host.apply(&*kind, &Applied::default(), &planned, &config).await;
        assert!(!applied.diagnostics.has_errors(), "{}", applied.diagnostics);
        host.assert_settled(&*kind, &applied, &config).await;
        host.bring_about(&*kind, &applied, &Json::Null).await;
        host.plugin.shutdown().await;
    });
}

#[test]
fn cancelling_stops_the_work_and_keeps_what_is_real() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    // The endpoints take longer than anybody waits.
    emulator.settings(json!({ "endpoint_ms": 600_000 }));
    let config = registry(&network, 10);
    run(async {
        let host = Host::start(&host::binary(provider_binary(), &emulator), json!({ "region": "us-east-1" })).await;
        let kind = host.kind("rosa_ecr");
        let planned = host.plan(&*kind, &Applied::default(), &config).await;
        emulator.stop_after("CreateVpcEndpoint");
        let nothing = Applied::default();
        let applying = host.apply(&*kind, &nothing, &planned, &config);
        let cancelling = async {
            tokio::task::block_in_place(|| {
                emulator.wait_for_stop();
                emulator.release();
            });
            host.cancelled.cancel();
        };
        let started = Instant::now();
        let (applied, ()) = tokio::join!(applying, cancelling);
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
        assert!(applied.diagnostics.has_errors(), "{}", applied.diagnostics);
        assert!(!applied.state.is_null(), "what is real comes back");
        host.plugin.shutdown().await;
    });
}

#[test]
fn the_process_exits_when_asked_and_when_dropped() {
    let emulator = Emulator::start();
    run(async {
        let binary = host::binary(provider_binary(), &emulator);
        let host = Host::start(&binary, json!({ "region": "us-east-1" })).await;
        let id = host.plugin.process_id().expect("it runs");
        let started = Instant::now();
        host.plugin.shutdown().await;
        assert!(started.elapsed() < Duration::from_secs(2), "it was asked, not killed");
        assert!(!exists(id));

        let host = Host::start(&binary, json!({ "region": "us-east-1" })).await;
        let id = host.plugin.process_id().expect("it runs");
        drop(host);
        let deadline = Instant::now() + Duration::from_secs(10);
        while exists(id) {
            assert!(Instant::now() < deadline, "the process outlives its host");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Whether there is such a process, a zombie included.
fn exists(id: u32) -> bool {
    std::path::Path::new("/proc").join(id.to_string()).exists()
}
