//! The providers of a run: their kinds, their configured contexts, and what each of them knows of objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_model::{
    Call, Claims, DataKind, Declaration as DeclaredBy, Diagnostic, Diagnostics, Kind, Resolved, are_open, conform,
    suggest, unknown_in,
};
use rosa_ecr_state::ResourceState;

use crate::provider_instance::AnyContext;
use crate::run::contexts::Contexts;
use crate::run::events::Events;
use crate::run::secrecy::Secrecy;
use crate::run::stored::{self, Existing};
use crate::run::values::Values;
use crate::stack::Configured;
use crate::stop::Stop;

/// The providers of a run.
pub(crate) struct Providers<'a> {
    configured: &'a BTreeMap<String, Configured>,
    contexts: BTreeMap<String, Contexts>,
    /// What the run knows of objects and who holds them, for each provider configuration: two may reach two accounts.
    claims: BTreeMap<String, Arc<Claims>>,
    values: Arc<Values>,
    secrecy: Arc<Secrecy>,
    events: Arc<Events>,
    stop: Stop,
}

impl<'a> Providers<'a> {
    pub(crate) fn new(
        configured: &'a BTreeMap<String, Configured>,
        values: Arc<Values>,
        secrecy: Arc<Secrecy>,
        events: Arc<Events>,
        stop: Stop,
    ) -> Self {
        let contexts = configured.keys().map(|name| (name.clone(), Contexts::default())).collect();
        let claims = configured.keys().map(|name| (name.clone(), Arc::default())).collect();
        Self { configured, contexts, claims, values, secrecy, events, stop }
    }

    /// Starts those that run elsewhere.
    pub(crate) async fn start(&self) -> Result<(), Diagnostics> {
        for provider in self.configured.values() {
            provider.instance.start().await?;
        }
        Ok(())
    }

    /// Ends what providers still do although the run is over: without the lock, nothing may be changed.
    pub(crate) async fn abandon(&self) {
        for (name, contexts) in &self.contexts {
            let Some(configured) = self.configured.get(name) else { continue };
            for context in contexts.all() {
                configured.instance.abandon(&context).await;
            }
        }
    }

    /// The kind of that type.
    pub(crate) fn kind(&self, provider: &str, type_name: &str) -> Result<Arc<dyn Kind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.configured.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.instance.kind(type_name).ok_or_else(|| {
            let is_data = configured.instance.data_source(type_name).is_some();
            let other = is_data.then_some("It is a data source: `look_up` what is there.");
            no_such("resource", provider, type_name, other, &configured.instance.type_names(false))
        })
    }

    /// The data source of that type.
    pub(crate) fn data_source(
        &self,
        provider: &str,
        type_name: &str,
    ) -> Result<Arc<dyn DataKind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.configured.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.instance.data_source(type_name).ok_or_else(|| {
            let is_resource = configured.instance.kind(type_name).is_some();
            let other = is_resource.then_some("It is a resource: `declare` it.");
            no_such("data source", provider, type_name, other, &configured.instance.type_names(true))
        })
    }

    /// The object as the state has it.
    pub(crate) fn existing(&self, stored: &ResourceState) -> Result<Existing, Diagnostics> {
        stored::read(stored, &self.kind(&stored.provider, &stored.type_name)?, &self.secrecy)
    }

    /// For calls of that provider that read or plan; `None` while something of its block is unknown that they need.
    pub(crate) async fn call(&self, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        self.reach(provider, true).await
    }

    /// `reads` is whether the calls do without what reading does without.
    async fn reach(&self, provider: &str, reads: bool) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let (Some(configured), Some(contexts)) = (self.configured.get(provider), self.contexts.get(provider)) else {
            return Ok(None);
        };
        let Resolved { value, secrets } = self.values.resolve(&configured.block)?;
        let block = configured.instance.block();
        let config = self.secrecy.mark_block(&block, conform(&block, value), &secrets);
        let open = if reads { configured.instance.open() } else { &[] };
        if !are_open(&unknown_in(config.value()), open) {
            return Ok(None);
        }
        let warn = |warnings: &Diagnostics| warnings.iter().for_each(|warning| self.events.report(None, warning));
        let context = contexts.get(provider, &configured.instance, config.value().clone(), warn).await?;
        let call = Call::new(context, self.stop.cancelled().clone());
        Ok(Some(call.in_run(self.claims.get(provider).cloned().unwrap_or_default())))
    }

    /// The same for what is declared under that name.
    pub(crate) async fn call_of(&self, name: &str, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let by = DeclaredBy::Named(name.into());
        Ok(self.call(provider).await?.map(|call| call.of_declaration(by)))
    }

    /// The same, where nothing can be done without.
    pub(crate) async fn known_call(&self, provider: &str) -> Result<Call<AnyContext>, Diagnostics> {
        self.call(provider).await?.ok_or_else(|| not_configured_yet(provider).into())
    }

    /// For calls that change something.
    pub(crate) async fn changing_call(&self, provider: &str) -> Result<Call<AnyContext>, Diagnostics> {
        self.reach(provider, false).await?.ok_or_else(|| not_configured_yet(provider).into())
    }
}

fn no_provider(provider: &str, type_name: &str) -> Diagnostics {
    Diagnostic::error(format!("The provider \"{provider}\" is not in the program"))
        .detail(format!("The state has a {type_name} of it."))
        .fix(
            "Make it known with `stack.provider(…)`, `stack.provider_named(…)` or `stack.provides::<…>()`, even where \
             nothing is declared.",
        )
        .into()
}

fn not_configured_yet(provider: &str) -> Diagnostic {
    Diagnostic::error(format!("The provider \"{provider}\" is not configured yet"))
        .detail("Its configuration comes from resources that do not exist yet.")
        .fix("Apply these first, with --target.")
}

fn no_such(what: &str, provider: &str, type_name: &str, other: Option<&str>, names: &[String]) -> Diagnostics {
    let meant = suggest(type_name, names.iter().map(String::as_str)).map(|meant| format!("Did you mean \"{meant}\"?"));
    let fix = other.map(str::to_owned).or(meant);
    Diagnostic::error(format!("There is no {what} \"{type_name}\" in the provider \"{provider}\""))
        .fix(fix.unwrap_or_else(|| "Check the type name and the version of the provider.".to_owned()))
        .into()
}
