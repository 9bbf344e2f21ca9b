//! The providers of a run: their kinds, their configured contexts, and what each of them knows of objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_model::{
    Call, Claims, DataKind, Declaration as DeclaredBy, Diagnostic, Diagnostics, Kind, Resolved, Value, conform, nearest,
};
use rosa_ecr_state::ResourceState;
use tokio::sync::OnceCell;

use crate::host::AnyContext;
use crate::run::events::Events;
use crate::run::secrecy::Secrecy;
use crate::run::stored::{self, Existing};
use crate::run::values::Values;
use crate::stack::Configured;
use crate::stop::Stop;

/// The providers of a run.
pub(crate) struct Providers<'a> {
    configured: &'a BTreeMap<String, Configured>,
    /// Made once in a run, or found to be wrong once.
    contexts: BTreeMap<String, OnceCell<Result<Arc<AnyContext>, Diagnostics>>>,
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
        let contexts = configured.keys().map(|name| (name.clone(), OnceCell::new())).collect();
        let claims = configured.keys().map(|name| (name.clone(), Arc::default())).collect();
        Self { configured, contexts, claims, values, secrecy, events, stop }
    }

    /// Starts those that run elsewhere.
    pub(crate) async fn start(&self) -> Result<(), Diagnostics> {
        for provider in self.configured.values() {
            provider.host.start().await?;
        }
        Ok(())
    }

    /// Ends what providers still do although nobody waits for it: without the lock, nothing may be changed.
    pub(crate) async fn abandon(&self) {
        for (name, context) in &self.contexts {
            if let (Some(configured), Some(Ok(context))) = (self.configured.get(name), context.get()) {
                configured.host.abandon(context).await;
            }
        }
    }

    /// The kind of that type.
    pub(crate) fn kind(&self, provider: &str, type_name: &str) -> Result<Arc<dyn Kind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.configured.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.host.kind(type_name).ok_or_else(|| {
            let is_data = configured.host.data_source(type_name).is_some();
            let other = is_data.then_some("It is a data source: `look_up` what is there.");
            no_such("resource", provider, type_name, other, &configured.host.type_names(false))
        })
    }

    /// The data source of that type.
    pub(crate) fn data_source(
        &self,
        provider: &str,
        type_name: &str,
    ) -> Result<Arc<dyn DataKind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.configured.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.host.data_source(type_name).ok_or_else(|| {
            let is_resource = configured.host.kind(type_name).is_some();
            let other = is_resource.then_some("It is a resource: `declare` it.");
            no_such("data source", provider, type_name, other, &configured.host.type_names(true))
        })
    }

    /// The object as the state has it.
    pub(crate) fn existing(&self, stored: &ResourceState) -> Result<Existing, Diagnostics> {
        stored::read(stored, &self.kind(&stored.provider, &stored.type_name)?, &self.secrecy)
    }

    /// For calls of that provider; `None` while its block is not known.
    pub(crate) async fn call(&self, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let (Some(configured), Some(context)) = (self.configured.get(provider), self.contexts.get(provider)) else {
            return Ok(None);
        };
        let Resolved { value, secrets } = self.values.resolve(&configured.block)?;
        let block = configured.host.block();
        let config = self.secrecy.mark_arguments(&block, conform(&block, value), &secrets);
        if !config.value().is_wholly_known() {
            return Ok(None);
        }
        let context = context.get_or_init(|| async {
            self.configure(provider, configured, config.value()).await.map_err(|errors| of_provider(provider, errors))
        });
        let call = Call::new(context.await.clone()?, self.stop.cancelled().clone());
        Ok(Some(call.in_run(self.claims.get(provider).cloned().unwrap_or_default())))
    }

    async fn configure(
        &self,
        provider: &str,
        configured: &Configured,
        config: &Value,
    ) -> Result<Arc<AnyContext>, Diagnostics> {
        let mut warnings = configured.host.validate(config).await.into_result()?;
        let context = configured.host.configure(config.clone()).await?;
        let more = context.warnings().iter().filter(|warning| !warnings.iter().any(|other| other == *warning));
        let more: Vec<Diagnostic> = more.cloned().collect();
        warnings.extend(more);
        of_provider(provider, warnings).iter().for_each(|warning| self.events.report(None, warning));
        Ok(Arc::new(context))
    }

    /// The same for what is declared under that name.
    pub(crate) async fn call_of(&self, name: &str, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let by = DeclaredBy::Named(name.into());
        Ok(self.call(provider).await?.map(|call| call.of_declaration(by)))
    }

    /// The same, where nothing can be done without.
    pub(crate) async fn known_call(&self, provider: &str) -> Result<Call<AnyContext>, Diagnostics> {
        self.call(provider).await?.ok_or_else(|| {
            Diagnostic::error(format!("The provider \"{provider}\" is not configured yet"))
                .detail("Its configuration comes from resources that do not exist yet.")
                .fix("Apply these first, with --target.")
                .into()
        })
    }
}

/// Errors that are not about a resource, although one may have asked.
fn of_provider(provider: &str, errors: Diagnostics) -> Diagnostics {
    let named =
        |error: Diagnostic| Diagnostic { summary: format!("provider \"{provider}\": {}", error.summary), ..error };
    errors.into_iter().map(named).map(Diagnostic::of_provider).collect()
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

fn no_such(what: &str, provider: &str, type_name: &str, other: Option<&str>, names: &[String]) -> Diagnostics {
    let meant = nearest(type_name, names.iter().map(String::as_str)).map(|meant| format!("Did you mean \"{meant}\"?"));
    let fix = other.map(str::to_owned).or(meant);
    Diagnostic::error(format!("There is no {what} \"{type_name}\" in the provider \"{provider}\""))
        .fix(fix.unwrap_or_else(|| "Check the type name and the version of the provider.".to_owned()))
        .into()
}
