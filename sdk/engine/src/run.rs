//! Runs: the same engine for the command line and for programs.
//!
//! ```no_run
//! # async fn run(stack: &rosa_ecr_engine::Stack) -> rosa_ecr_engine::Result {
//! let plan = stack.preview().await?;
//! if !plan.is_empty() {
//!     let report = stack.up().on_event(|event| println!("{event:?}")).await?;
//!     println!("{:?}", report.counts());
//! }
//! # Ok(())
//! # }
//! ```

pub(crate) mod context;
pub(crate) mod contexts;
pub(crate) mod documents;
pub(crate) mod ending;
pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod planning;
pub(crate) mod providers;
pub(crate) mod renames;
pub(crate) mod returned;
pub(crate) mod saving;
pub(crate) mod secrecy;
pub(crate) mod settings;
pub(crate) mod stored;
pub(crate) mod texts;
pub(crate) mod values;

use std::future::IntoFuture;
use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Result;
use crate::event::Event;
use crate::execution;
use crate::import::ImportTarget;
use crate::results::{Plan, Report};
use crate::run::settings::Settings;
use crate::stack::Stack;
use crate::stop::Stop;

/// A run of the stack: awaited, it begins.
#[must_use = "a run begins when it is awaited"]
pub struct Run<'a, K> {
    stack: &'a Stack,
    settings: Settings,
    kind: K,
}

/// What [`Stack::preview`] runs.
pub struct Preview;
/// What [`Stack::up`] runs.
pub struct Up;
/// What [`Stack::refresh`] runs.
pub struct Refresh;
/// What [`Stack::destroy`] runs.
pub struct Destroy;
/// What [`Stack::import`] runs.
pub struct Import {
    name: String,
    target: ImportTarget,
}

impl Stack {
    /// Says what `up` would do. It writes nothing, not even a lock.
    pub fn preview(&self) -> Run<'_, Preview> {
        self.run(Preview, false)
    }

    /// Says what `destroy` would do. It writes nothing, not even a lock.
    pub fn preview_destroy(&self) -> Run<'_, Preview> {
        let mut run = self.run(Preview, false);
        run.settings.destroy = true;
        run
    }

    /// Creates or updates the stack's resources.
    pub fn up(&self) -> Run<'_, Up> {
        self.run(Up, true)
    }

    /// Brings the state up to what exists.
    pub fn refresh(&self) -> Run<'_, Refresh> {
        self.run(Refresh, true)
    }

    /// Deletes everything that the state has.
    pub fn destroy(&self) -> Run<'_, Destroy> {
        self.run(Destroy, true)
    }

    /// Takes the existing object of that id into the state, as the declared resource of that name.
    pub fn import(&self, name: &str, id: &str) -> Run<'_, Import> {
        self.run(Import { name: name.to_owned(), target: ImportTarget::Id(id.to_owned()) }, false)
    }

    /// The same for the object of that identity: the attributes that a resource's documentation names.
    pub fn import_by_identity<K: Into<String>, V: Into<String>>(
        &self,
        name: &str,
        identity: impl IntoIterator<Item = (K, V)>,
    ) -> Run<'_, Import> {
        let identity = identity.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.run(Import { name: name.to_owned(), target: ImportTarget::Identity(identity) }, false)
    }

    fn run<K>(&self, kind: K, refresh: bool) -> Run<'_, K> {
        Run { stack: self, settings: Settings { refresh, ..Settings::default() }, kind }
    }
}

impl<K> Run<'_, K> {
    /// How much is done at once: 10 unless set.
    pub fn parallel(mut self, operations: NonZeroUsize) -> Self {
        self.settings.parallel = operations.get();
        self
    }

    /// Runs for this resource or component and what it depends on, and leaves everything else. May be called several
    /// times.
    pub fn target(mut self, name: impl Into<String>) -> Self {
        self.settings.targets.push(name.into());
        self
    }

    /// Whether to read what exists before planning. On unless set; off for [`Stack::preview`].
    pub fn refresh(mut self, refresh: bool) -> Self {
        self.settings.refresh = refresh;
        self
    }

    /// Fails before anything is done where there are changes.
    pub fn expect_no_changes(mut self, expect: bool) -> Self {
        self.settings.expect_no_changes = expect;
        self
    }

    /// Gives the events to `observer` as they happen, after those that were given before.
    pub fn on_event(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        let before = self.settings.observer.take();
        self.settings.observer = Some(Arc::new(move |event: &Event| {
            if let Some(before) = &before {
                before(event);
            }
            observer(event);
        }));
        self
    }

    /// A stream of the events. It ends with the run.
    pub fn events(self) -> (Self, tokio::sync::mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        let run = self.on_event(move |event| {
            // No receiver any more: the run goes on.
            let _ = sender.send(event.clone());
        });
        (run, receiver)
    }

    /// Asks before anything is changed. The lock is held meanwhile.
    pub fn approve(mut self, approve: impl Fn(&Plan) -> bool + Send + Sync + 'static) -> Self {
        self.settings.approve = Some(Arc::new(approve));
        self
    }

    /// Stops when `stop` does.
    pub fn stop_with(mut self, stop: &Stop) -> Self {
        self.settings.stop = stop.clone();
        self
    }
}

macro_rules! awaited {
    ($kind:ty => $output:ty, $run:ident => $future:expr) => {
        impl<'a> IntoFuture for Run<'a, $kind> {
            type Output = Result<$output>;
            type IntoFuture = BoxFuture<'a, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                let $run = self;
                async move { $future.await }.boxed()
            }
        }
    };
}

awaited!(Preview => Plan, run => execution::preview(run.stack, run.settings));
awaited!(Up => Report, run => execution::up(run.stack, run.settings));
awaited!(Refresh => Report, run => execution::refresh(run.stack, run.settings));
awaited!(Destroy => Report, run => execution::destroy(run.stack, run.settings));
awaited!(Import => Report, run => execution::import(run.stack, run.settings, &run.kind.name, &run.kind.target));
