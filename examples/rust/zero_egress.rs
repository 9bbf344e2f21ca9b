//! A zero-egress cluster: mirrors of what Red Hat's registry in the region does not have, as commands of the ROSA CLI.
//!
//! The commands go to `IDMS_FILE`.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let registry = RosaEcr::builder()
        .cluster_name("airgap")
        .platform("hcp")
        .create_vpc_endpoints(false)
        .generate_idms(true)
        .idms_mirrors([("docker.io/library", "mirror/library"), ("quay.io/prometheus", "mirror/prometheus")])
        .idms_output_path(std::env::var("IDMS_FILE")?)
        .build()
        .declare(stack, "registry")?;
    let mirrors = registry.image_mirrors.unwrap_or(Vec::new()).map(|mirrors| mirrors.len() as i64);
    stack.export("mirrors", mirrors);
    stack.export("commands", registry.idms_config_content);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("airgap", infra).await
}
