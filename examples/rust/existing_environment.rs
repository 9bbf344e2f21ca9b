//! An environment that is there already: something else made the repository, and the program adds what it lacks.
//!
//! ```sh
//! REPOSITORY=team/app cargo run --example existing_environment -- preview
//! ```

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let name = std::env::var("REPOSITORY").unwrap_or_else(|_| "team/app".to_owned());
    let app = RepositoryLookup::builder().name(name).build().look_up(stack, "app")?;
    LifecyclePolicy::builder()
        .repository(app.inputs.name.clone())
        .untagged_days(7)
        .keep_count(50)
        .build()
        .declare(stack, "expire-untagged")?;

    // What is not made yet cannot be looked at in a preview: `up` does, once it is made.
    let mirror = Repository::builder().name("mirror").build().declare(stack, "mirror")?;
    let ready = PullReadiness::builder().repository(mirror.inputs.name).build().look_up(stack, "ready")?;

    stack.export("repository_url", app.repository_url);
    stack.export("mirror_is_missing", ready.summary);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("existing-environment", infra).await
}
