//! The engine without a command line: a registry that lives as long as a test of something else.

use rosa_ecr::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let mut stack = Stack::new("short-lived");
    let registry = RosaEcr::builder()
        .cluster_name("short-lived")
        .create_vpc_endpoints(false)
        .force_delete(true)
        .build()
        .declare(&mut stack, "registry")?;
    stack.export("repository_url", registry.repository_url);

    let plan = stack.preview().await?;
    println!("{} to create", plan.counts().created);

    let up = stack.up().stop_with(&Stop::on_interrupt()).on_event(|event| {
        if let Event::Done { resource, elapsed_ms, .. } = event {
            println!("{resource} is there after {elapsed_ms} ms");
        }
    });
    let report = up.await?;
    println!("push to {}", report.outputs["repository_url"].value);

    match stack.destroy().await {
        Ok(report) => println!("{} deleted", report.counts().deleted),
        Err(Error::Failed { outcome, .. }) => println!("the registry is left: {outcome:?}"),
        Err(error) => return Err(error),
    }
    Ok(())
}
