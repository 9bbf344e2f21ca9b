//! The engine without a command line: a registry that lives as long as a test of something else.

use rosa_ecr::prelude::*;
use rosa_ecr::state::LocalBackend;

#[tokio::main]
async fn main() -> Result<()> {
    // A file, so that whatever happens, the next run knows what is there.
    let mut stack = Stack::new("short-lived").backend(LocalBackend::new("short-lived.state.json"));
    let registry = RosaEcr::builder()
        .cluster_name("short-lived")
        .create_vpc_endpoints(false)
        .force_delete(true)
        .build()
        .declare(&mut stack, "registry")?;
    stack.export("repository_url", registry.repository_url);

    let used = make_and_use(&stack).await;
    // It goes, whatever came of it.
    let destroyed = stack.destroy().await;
    used?;
    match destroyed {
        Ok(report) => println!("{} deleted", report.counts().deleted),
        Err(Error::Failed { outcome, .. }) => return Err(format!("the registry is left: {outcome:?}").into()),
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn make_and_use(stack: &Stack) -> Result<()> {
    let plan = stack.preview().await?;
    println!("{} to create", plan.counts().created);

    let up = stack.up().stop_with(&Stop::on_interrupt()).on_event(|event| {
        if let Event::Done { resource, elapsed_ms, .. } = event {
            println!("{resource} is there after {elapsed_ms} ms");
        }
    });
    let report = up.await?;
    let url = report.outputs.get("repository_url").and_then(|output| output.value.as_str());
    println!("push to {}", url.ok_or("it has no URL")?);
    Ok(())
}
