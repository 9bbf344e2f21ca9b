//! A stack with a secret in many places, for the tests: in a tag, in what is made of it, in an output, in the provider's block.

use std::env;

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let token = Output::known(env::var("TOKEN")?).secret();
    stack.provider(RosaProvider::builder().access_key("AKIAIOSFODNN7EXAMPLE").secret_key(env::var("KEY")?).build());
    let repository = Repository::builder()
        .name("dev/tools")
        .tags(token.clone().map(|token| std::collections::BTreeMap::from([("Token".to_owned(), token)])))
        .build()
        .declare(stack, "tools")?;
    let header = token.clone().map(|token| format!("Bearer {token}"));
    if env::var("PANIC").is_ok_and(|panic| !panic.is_empty()) {
        let port = header.clone().map(|header| header.parse::<i64>().unwrap_or_else(|_| panic!("{header} is no port")));
        stack.export("port", port);
    }
    stack.export("header", header);
    // Nothing calls this output of the repository a secret, but for what is in it.
    stack.export("tags", repository.tags_all);
    stack.export("repository_url", repository.repository_url);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("secretive", infra).await
}
