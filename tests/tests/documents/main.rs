//! What the documentation tells people to write: every HCL block of the guides, and every example of the pages, is
//! formatted and valid for a real engine with the real provider.
//!
//! A block stands for itself. What it refers to and does not declare is taken from an earlier block of the same document,
//! and its variables are declared for it. A block marked `hcl fragment` needs providers that are not here: it is only
//! parsed.

mod manifests;
mod migration;
mod snippet;

use std::fmt::Write as _;
use std::fs;

use rosa_ecr_tests::{Emulator, Engine, Feature, Workdir, on_each_engine};

use snippet::{Snippet, snippets};

/// Whether the engine knows what the snippet uses.
fn knows(engine: &Engine, snippet: &Snippet) -> bool {
    let uses = [
        (Feature::Queries, snippet.is_query()),
        (Feature::Identities, snippet.text.contains("identity = {")),
        (Feature::Ephemeral, snippet.text.contains("ephemeral \"")),
        (Feature::Actions, snippet.text.contains("\naction \"") || snippet.text.starts_with("action \"")),
    ];
    uses.into_iter().all(|(feature, used)| !used || engine.has(feature))
}

#[test]
fn blocks_are_formatted() {
    let engine = &Engine::all()[0];
    let work = Workdir::bare(engine);
    for snippet in snippets() {
        let end = if snippet.is_query() { "tfquery.hcl" } else { "tf" };
        work.file(&format!("{}.{end}", snippet.slug()), &snippet.text);
    }
    work.run(&["fmt", "-check", "-diff"]).success();
}

/// All at once: each block is a module of one configuration, so an error names the block.
#[test]
fn blocks_are_valid() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        let mut root = String::from("variable \"any\" {}\n");
        for snippet in snippets().iter().filter(|snippet| snippet.is_module() && knows(engine, snippet)) {
            let slug = snippet.slug();
            work.file(&format!("{slug}/main.tf"), &snippet.module());
            let _ = write!(root, "module \"{slug}\" {{\n  source = \"./{slug}\"\n");
            for variable in snippet.variables() {
                let _ = writeln!(root, "  {variable} = var.any");
            }
            root.push_str("}\n");
        }
        work.file("main.tf", &root);
        work.init();
        work.run(&["validate"]).success();
    });
}

/// `import` blocks stand in a root module only.
#[test]
fn imports_are_valid() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        let mut ready = false;
        for snippet in snippets().iter().filter(|snippet| snippet.imports() && knows(engine, snippet)) {
            let file = format!("{}.tf", snippet.slug());
            work.file(&file, &snippet.module());
            if !ready {
                work.init();
                ready = true;
            }
            work.run(&["validate"]).success();
            fs::remove_file(work.path().join(file)).expect("the directory is ours");
        }
    });
}

#[test]
fn queries_are_valid() {
    on_each_engine(|engine| {
        let snippets = snippets();
        let queries: Vec<&Snippet> =
            snippets.iter().filter(|snippet| snippet.is_query() && knows(engine, snippet)).collect();
        if queries.is_empty() {
            return;
        }
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &Snippet::nothing().module());
        for query in queries {
            work.file(&format!("{}.tfquery.hcl", query.slug()), &query.text);
        }
        work.init();
        work.run(&["validate", "-query"]).success();
    });
}
