//! `outputs` and `state`: what is in the state, without asking AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::ExitCode;

use rosa_ecr_engine::{Error, Exported, Result, Stop, with_suggestion};
use rosa_ecr_model::Diagnostic;
use rosa_ecr_state::{Contents, Document, Pending, ResourceState, Store};
use serde_json::{Value as Json, json};

use super::arguments::{Outputs, State};
use super::console::{Console, no_terminal};
use super::render::plan as rendered;

pub(super) async fn outputs(store: &Store, console: &Console, outputs: &Outputs) -> Result<ExitCode> {
    let document = store.load().await?;
    let stored = document.map(|document| document.outputs).unwrap_or_default();
    let shown = |contents: &Contents| if outputs.show_secrets { contents.reveal().clone() } else { contents.masked() };
    if let Some(name) = &outputs.name {
        let value = stored.get(name).map(shown).ok_or_else(|| {
            let error = Diagnostic::error(format!("There is no output \"{name}\" in the state"));
            let otherwise = "An output is there once the program exports it and `up` has run.";
            with_suggestion(error, name, stored.keys().map(String::as_str), otherwise)
        })?;
        match value {
            Json::String(text) if !console.is_json() => console.plain(&format!("{text}\n")),
            value => console.object(&value),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let values: BTreeMap<&String, Json> = stored.iter().map(|(name, contents)| (name, shown(contents))).collect();
    if console.is_json() {
        console.object(&values);
        return Ok(ExitCode::SUCCESS);
    }
    let exported = values.into_iter().map(|(name, value)| (name.clone(), Exported::new(value, false))).collect();
    let description = rendered::outputs(&exported);
    console.print(if description.is_empty() {
        "There are no outputs.\n"
    } else {
        description.trim_start_matches('\n')
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn state(store: &Store, console: &Console, command: &State) -> Result<ExitCode> {
    match command {
        State::List => list(store, console).await?,
        State::Show { name, show_secrets } => show(store, console, name, *show_secrets).await?,
        State::Forget { name, deposed, pending, yes } => {
            let all = !deposed && !pending;
            let what = Part { resource: all, deposed: *deposed || all, pending: *pending || all };
            forget(store, console, name, what, *yes).await?;
        }
        State::Unlock { yes } => unlock(store, console, *yes).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, console: &Console) -> Result<()> {
    let document = store.load().await?.unwrap_or_else(|| Document::new(""));
    let known = |of: &ResourceState| json!({ "name": of.name, "type": of.type_name, "provider": of.provider });
    if console.is_json() {
        document.resources.values().for_each(|resource| console.object(&known(resource)));
        for deposed in &document.deposed {
            let mut object = known(deposed);
            object["deposed"] = true.into();
            console.object(&object);
        }
        for Pending { resource, type_name, provider, operation, .. } in &document.pending {
            let object = json!({ "name": resource, "type": type_name, "provider": provider, "pending": operation });
            console.object(&object);
        }
        return Ok(());
    }
    let width = document.objects().map(|resource| resource.name.chars().count()).max().unwrap_or(0);
    for resource in document.resources.values() {
        console.print(&format!("{:width$}  {}\n", resource.name, resource.type_name));
    }
    for deposed in &document.deposed {
        console.print(&format!("{:width$}  {}, replaced and still to be deleted\n", deposed.name, deposed.type_name));
    }
    for Pending { resource, operation, .. } in &document.pending {
        console.print(&format!("{resource}: an interrupted run did not see the end of its {operation}\n"));
    }
    if document.objects().next().is_none() && document.pending.is_empty() {
        console.print("There is nothing in the state.\n");
    }
    Ok(())
}

async fn show(store: &Store, console: &Console, name: &str, show_secrets: bool) -> Result<()> {
    let document = store.load().await?;
    let resource = find(document.as_ref(), name)?;
    let state = if show_secrets { resource.state.reveal().clone() } else { resource.state.masked() };
    if console.is_json() {
        console.object(&json!({
            "name": resource.name,
            "type": resource.type_name,
            "provider": resource.provider,
            "tainted": resource.tainted,
            "dependencies": resource.dependencies,
            "options": resource.options,
            "state": state,
        }));
        return Ok(());
    }
    let mut text = format!("{} {} (provider {})\n", resource.name, resource.type_name, resource.provider);
    if !resource.dependencies.is_empty() {
        let names: Vec<&str> = resource.dependencies.iter().map(String::as_str).collect();
        let _ = writeln!(text, "depends on {}", names.join(", "));
    }
    if resource.tainted {
        text.push_str("was not wholly made, and is to be replaced\n");
    }
    let _ = writeln!(text, "{state:#}");
    console.print(&text);
    Ok(())
}

async fn forget(store: &Store, console: &Console, name: &str, what: Part, yes: bool) -> Result<()> {
    let there = store.load().await?.unwrap_or_else(|| Document::new(""));
    let description = what.of(&there, name)?;
    ask(console, yes, "state forget", &format!("Forget {description} and leave what exists as it is?"))?;
    let (session, document) = store.lock("state forget").await?;
    let forgotten = async {
        let mut document = document.unwrap_or_else(|| Document::new(""));
        let description = what.of(&document, name)?;
        what.remove(&mut document, name);
        session.save(&mut document).await?;
        Ok::<_, Error>(description)
    };
    let forgotten = forgotten.await;
    let released = session.release().await;
    let description = forgotten?;
    if console.is_json() {
        console.object(&json!({ "event": "forgotten", "resource": name }));
    }
    let is = if description.contains(", ") { "are" } else { "is" };
    console.print(&format!("{description} {is} forgotten. What exists is still there.\n"));
    if let Err(error) = released {
        console.errors(&error.not_given_up().into());
    }
    Ok(())
}

/// What of a name is forgotten.
#[derive(Clone, Copy)]
struct Part {
    resource: bool,
    deposed: bool,
    pending: bool,
}

impl Part {
    /// What the state has of it, as it stands in a sentence.
    fn of(self, document: &Document, name: &str) -> Result<String> {
        let pending = document.pending.iter().filter(|pending| pending.resource == name);
        let mut there = Vec::new();
        if self.resource && document.resources.contains_key(name) {
            there.push(name.to_owned());
        }
        if self.deposed && document.deposed.iter().any(|deposed| deposed.name == name) {
            there.push(format!("what was replaced of {name}"));
        }
        if self.pending {
            there.extend(pending.map(|pending| format!("the pending {} of {name}", pending.operation)));
        }
        if !there.is_empty() {
            return Ok(there.join(", "));
        }
        let what = match self {
            Self { resource: true, .. } => return Err(unknown(Some(document), name).into()),
            Self { deposed: true, .. } => format!("replaced object of \"{name}\""),
            _ => format!("pending operation on \"{name}\""),
        };
        Err(Diagnostic::error(format!("The state has no {what}")).fix("`state list` shows what there is.").into())
    }

    fn remove(self, document: &mut Document, name: &str) {
        if self.pending {
            document.pending.retain(|pending| pending.resource != name);
        }
        if self.deposed {
            document.deposed.retain(|deposed| deposed.name != name);
        }
        if self.resource {
            document.resources.remove(name);
            for resource in document.resources.values_mut().chain(&mut document.deposed) {
                resource.dependencies.remove(name);
            }
        }
    }
}

async fn unlock(store: &Store, console: &Console, yes: bool) -> Result<()> {
    let Some(holder) = store.holder().await? else {
        if console.is_json() {
            console.object(&json!({ "event": "unlocked", "from": null }));
        }
        console.print("The lock is free.\n");
        return Ok(());
    };
    console.print(&format!("{holder} has the lock on {}.\n", store.location()));
    ask(console, yes, "state unlock", "Take it away? Whatever they save from then on is refused.")?;
    store.unlock().await?;
    if console.is_json() {
        console.object(&json!({ "event": "unlocked", "from": holder }));
    }
    console.print("The lock is free now.\n");
    Ok(())
}

fn ask(console: &Console, yes: bool, command: &str, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !console.can_ask() {
        return Err(no_terminal(command).into());
    }
    if console.ask(question, &Stop::new()) { Ok(()) } else { Err(Error::Declined) }
}

fn find<'a>(document: Option<&'a Document>, name: &str) -> Result<&'a ResourceState> {
    let found = document.and_then(|document| document.resources.get(name));
    Ok(found.ok_or_else(|| unknown(document, name))?)
}

fn names_in(document: &Document) -> impl Iterator<Item = &str> {
    let pending = document.pending.iter().map(|pending| pending.resource.as_str());
    document.objects().map(|resource| resource.name.as_str()).chain(pending)
}

fn unknown(document: Option<&Document>, name: &str) -> Diagnostic {
    let names: BTreeSet<&str> = document.into_iter().flat_map(names_in).collect();
    let error = Diagnostic::error(format!("The state has no \"{name}\""));
    with_suggestion(error, name, names, "`state list` shows what there is.")
}
