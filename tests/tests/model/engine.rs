//! The SDK's engine, over a state in memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt as _};
use rosa_ecr::aws;
use rosa_ecr::model::{Block, Diagnostics, Expression, Kind, Path, Value};
use rosa_ecr::state::{Document, MemoryBackend};
use rosa_ecr::{Action, Event, Options, Plan, ProviderHandle, Report, Stack};
use rosa_ecr_engine::{AnyContext, ProviderInstance, erase};
use rosa_ecr_fake_aws::{Cloud, Process as Client};
use tokio::time::Instant;

use crate::checks::{Done, Run};
use crate::declaration::{Declaration, objects, shape};
use crate::process::context;
use crate::random::Random;
use crate::sequence::{Label, name};
use crate::terraform::Manner;
use crate::trial::{Address, Entry, State};

/// A program as it is: what it declares, under which earlier names, and where its state is.
#[derive(Debug)]
pub struct Program<'a> {
    pub declared: &'a BTreeMap<Label, Declaration>,
    pub earlier: &'a BTreeMap<Label, BTreeSet<Label>>,
    pub backend: &'a MemoryBackend,
}

/// The provider of one run.
struct Rosa(Client);

impl ProviderInstance for Rosa {
    fn name(&self) -> &'static str {
        "rosa"
    }

    fn block(&self) -> Block {
        Block::default()
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        aws::kinds().into_iter().find(|kind| kind.type_name() == type_name).map(erase)
    }

    fn validate<'a>(&'a self, _: &'a Value) -> BoxFuture<'a, Diagnostics> {
        std::future::ready(Diagnostics::new()).boxed()
    }

    fn configure(&self, _: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        std::future::ready(Ok(AnyContext::new(Arc::new(context(&self.0))))).boxed()
    }
}

/// `up`, or `destroy` where nothing is declared. What was done by the time of an error or a kill is in the state.
pub async fn up(cloud: &Cloud, program: &Program<'_>, state: &RefCell<State>, manner: Manner) -> Run {
    let mut random = Random::new(manner.seed);
    let client = cloud.process(random.number());
    let mut run = Run::default();
    let stack = match stack(&client, program) {
        Ok(stack) => stack,
        Err(error) => {
            run.errors.push(error.to_string());
            return run;
        }
    };
    if let Some(fault) = manner.fault {
        client.fail(fault);
    }
    let before = state.borrow().clone();
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let (planned, happened) = (seen.clone(), seen.clone());
    let parallel = NonZeroUsize::new(manner.at_once()).expect("it is more than none");
    let approve = move |plan: &Plan| {
        planned.lock().expect("no panic").leaving = Some(leaving(plan));
        true
    };
    let observe = move |event: &Event| {
        if let Event::Done { resource, action, .. } = event {
            happened.lock().expect("no panic").done.push((resource.clone(), *action, Instant::now()));
        }
    };
    let running: BoxFuture<'_, rosa_ecr::Result<Report>> = match program.declared.is_empty() {
        true => stack.destroy().parallel(parallel).approve(approve).on_event(observe).into_future(),
        false => stack.up().parallel(parallel).approve(approve).on_event(observe).into_future(),
    };
    let ended = tokio::select! {
        biased;
        () = client.killed() => None,
        ended = running => Some(ended),
    };
    run.was_killed = ended.is_none();
    run.errors.extend(ended.and_then(Result::err).map(|error| error.to_string()));
    if run.was_killed {
        let unlocked = stack.store().unlock().await;
        unlocked.expect("it is in memory");
    }
    let document = stack.store().load().await.expect("it is in memory");
    *state.borrow_mut() = document.map_or_else(State::default, |document| read(cloud, &document, &before));
    let seen = std::mem::take(&mut *seen.lock().expect("no panic"));
    run.is_planned = seen.leaving.is_some();
    let leaving = seen.leaving.unwrap_or_default();
    let entries = before.entries.iter().filter(|((_, label), _)| leaving.contains(&name(*label)));
    run.announce(entries.map(|(address, entry)| (*address, entry.clone())).collect::<Vec<_>>());
    run.announce(before.deposed.iter().cloned());
    // What an interrupted operation has left is announced by what the state says of it.
    let after = state.borrow();
    for (resource, action, when) in seen.done {
        let of = |state: &State| {
            state.entries.iter().find(|((_, label), _)| name(*label) == resource).map(|(a, e)| (*a, e.clone()))
        };
        if matches!(action, Action::Delete | Action::Forget)
            && let Some((address, _)) = of(&before)
        {
            run.done.push(Done { address, when, objects: Vec::new(), is_done: true, is_delete: true });
        } else if let (
            Action::Create | Action::Update | Action::Replace | Action::DeleteThenCreate,
            Some((address, entry)),
        ) = (action, of(&after))
        {
            let objects = entry.objects.into_iter().map(Some).collect();
            run.done.push(Done { address, when, objects, is_done: true, is_delete: false });
        }
    }
    drop(after);
    run
}

/// What was seen of a run from outside.
#[derive(Default)]
struct Seen {
    /// The names of what the plan deletes or replaces.
    leaving: Option<BTreeSet<String>>,
    done: Vec<(String, Action, Instant)>,
}

fn leaving(plan: &Plan) -> BTreeSet<String> {
    let leaves = |action: Action| action.is_replacement() || matches!(action, Action::Delete | Action::Forget);
    let steps = plan.steps.iter().filter(|step| leaves(step.action));
    steps.map(|step| step.renamed_from.clone().unwrap_or_else(|| step.resource.clone())).collect()
}

fn stack(client: &Client, program: &Program<'_>) -> rosa_ecr::Result<Stack> {
    let mut stack = Stack::new("model").backend(program.backend.clone());
    let rosa = stack.provider_instance("rosa", Arc::new(Rosa(client.clone())), Expression::object::<String>([]));
    let (first, second): (Vec<_>, Vec<_>) =
        program.declared.iter().partition(|(_, declared)| declared.what.needs().is_none());
    let mut declared_at = Vec::new();
    for (label, declared) in first.into_iter().chain(second) {
        let needed = declared_at.iter().find(|(what, _)| Some(*what) == declared.what.needs());
        let arguments =
            declared.config().entries().cloned().unwrap_or_default().into_iter().filter(|(_, it)| !it.is_null());
        let arguments = arguments.map(|(argument, value)| match needed {
            Some((_, repository)) if argument == "repository" => {
                (argument, Expression::attribute(Clone::clone(repository), Path::from("name")))
            }
            _ => (argument, Expression::from(value)),
        });
        let aliases = program.earlier.get(label).into_iter().flatten().map(|earlier| name(*earlier));
        let options = Options::new().aliases(aliases);
        let address = declare(&mut stack, &rosa, *label, declared, Expression::object(arguments), options)?;
        declared_at.push((declared.what, address));
    }
    Ok(stack)
}

fn declare(
    stack: &mut Stack,
    rosa: &ProviderHandle,
    label: Label,
    declared: &Declaration,
    arguments: Expression,
    options: Options,
) -> rosa_ecr::Result<rosa_ecr::model::Address> {
    stack.declare(&name(label), declared.type_name(), rosa, arguments, options)
}

/// A document as the checks have states. Which object an entry is about stays as it was, as long as it is there.
fn read(cloud: &Cloud, document: &Document, before: &State) -> State {
    let entry = |resource: &rosa_ecr::state::ResourceState| {
        let label = (0..8).find(|label| name(*label) == resource.name).expect("a label");
        let address: Address = (static_name(&resource.type_name), label);
        let value = resource.state.resolved(&shape(address.0).1).expect("it fits").value;
        let now: Vec<_> = objects(cloud, address.0, &value).into_iter().flatten().collect();
        let (private, is_tainted) = (resource.private.clone(), resource.tainted);
        let known = before.entries.get(&address).filter(|known| known.value == value);
        let objects = known.map_or(now, |known| known.objects.clone());
        (address, Entry { value, private, is_tainted, objects })
    };
    State {
        entries: document.resources.values().map(entry).collect(),
        deposed: document.deposed.iter().map(entry).collect(),
    }
}

fn static_name(type_name: &str) -> &'static str {
    use crate::declaration::What;
    let all =
        [What::Repository(0), What::Lifecycle(0), What::Group(0), What::PushRole(0), What::Pull(0), What::Registry(0)];
    all.map(What::type_name).into_iter().find(|own| *own == type_name).expect("a type of the model")
}
