//! The contexts of a provider configuration.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::{Diagnostic, Diagnostics, Value};
use tokio::sync::OnceCell;

use crate::provider_instance::{AnyContext, ProviderInstance};

/// A context that is made once in a run, or found to be wrong once.
type Made = OnceCell<Result<Arc<AnyContext>, Diagnostics>>;

/// The contexts of a provider configuration, by the block that each is made from. What the block comes from may change in a run: it
/// is as in the state, then partly unknown in the plan, and new in the apply.
#[derive(Default)]
pub(crate) struct Contexts {
    made: Mutex<Vec<(Value, Arc<Made>)>>,
    warnings: Mutex<Diagnostics>,
}

impl Contexts {
    /// The context of this block. What it warns of is handed to `warn`, once in a run.
    pub(crate) async fn get(
        &self,
        name: &str,
        instance: &Arc<dyn ProviderInstance>,
        config: Value,
        warn: impl FnOnce(&Diagnostics),
    ) -> Result<Arc<AnyContext>, Diagnostics> {
        let made = self.of(&config);
        let configure = async || {
            let mut warnings = instance.validate(&config).await.into_result()?;
            let context = instance.configure(config.clone()).await?;
            let more = context.warnings().iter().filter(|warning| !warnings.iter().any(|other| other == *warning));
            let more: Diagnostics = more.cloned().collect();
            warnings.extend(more);
            warn(&self.news(of_provider(name, warnings)));
            Ok(Arc::new(context))
        };
        let context = made.get_or_init(|| async { configure().await.map_err(|errors| of_provider(name, errors)) });
        context.await.clone()
    }

    /// Those that are there.
    pub(crate) fn all(&self) -> Vec<Arc<AnyContext>> {
        self.made().iter().filter_map(|(_, made)| made.get()?.as_ref().ok().cloned()).collect()
    }

    fn of(&self, config: &Value) -> Arc<Made> {
        let mut all = self.made();
        if let Some((_, made)) = all.iter().find(|(block, _)| block == config) {
            return made.clone();
        }
        let made = Arc::new(Made::new());
        all.push((config.clone(), made.clone()));
        made
    }

    fn made(&self) -> MutexGuard<'_, Vec<(Value, Arc<Made>)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The warnings that were not there before.
    fn news(&self, warnings: Diagnostics) -> Diagnostics {
        let mut known = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |warning: &_| !known.iter().any(|other| other == warning);
        let news: Diagnostics = warnings.into_iter().filter(is_new).collect();
        known.extend(news.clone());
        news
    }
}

/// Errors that are not about a resource, although one may have asked.
fn of_provider(provider: &str, errors: Diagnostics) -> Diagnostics {
    let named =
        |error: Diagnostic| Diagnostic { summary: format!("provider \"{provider}\": {}", error.summary), ..error };
    errors.into_iter().map(named).map(Diagnostic::of_provider).collect()
}
