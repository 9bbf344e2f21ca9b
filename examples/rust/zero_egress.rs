//! A cluster without a way to the internet: image mirrors, and a file for `oc apply`.
//!
//! The file goes to `IDMS_FILE`.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let registry = RosaEcr::builder()
        .cluster_name("airgap")
        .platform("classic")
        .create_vpc_endpoints(false)
        .generate_idms(true)
        .idms_mirrors([
            ("registry.redhat.io/openshift-pipelines", "openshift-pipelines"),
            ("registry.redhat.io/openshift-gitops-1", "openshift-gitops"),
        ])
        .idms_output_path(std::env::var("IDMS_FILE")?)
        .build()
        .declare(stack, "registry")?;
    let mirrors = registry.image_mirrors.unwrap_or(Vec::new()).map(|mirrors| mirrors.len() as i64);
    stack.export("mirrors", mirrors);
    stack.export("idms", registry.idms_config_content);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("airgap", infra).await
}
