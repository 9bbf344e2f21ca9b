//! One program, one registry a cluster: a loop.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let mut urls = Vec::new();
    for (cluster, keep) in [("dev", 10), ("stage", 30), ("prod", 100)] {
        let options = if cluster == "prod" { Options::new().protect() } else { Options::new() };
        let registry = RosaEcr::builder()
            .cluster_name(cluster)
            .create_vpc_endpoints(false)
            .lifecycle_keep_count(keep)
            .build()
            .declare_with(stack, cluster, options)?;
        urls.push(registry.repository_url.present());
    }
    stack.export("repository_urls", Output::all(urls));
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("clusters", infra).await
}
