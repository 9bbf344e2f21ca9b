//! What resources and lookups are, as far as the run knows it: what expressions are resolved in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_model::{Address, Diagnostic, Diagnostics, Expression, Resolved, Scope, Value};

use crate::panics;
use crate::run::secrecy::{Marked, Secrecy};

/// What others see of each resource and lookup.
pub(crate) struct Values {
    known: Mutex<BTreeMap<String, Arc<Resolved>>>,
    secrecy: Arc<Secrecy>,
}

impl Values {
    pub(crate) fn new(secrecy: Arc<Secrecy>) -> Self {
        Self { known: Mutex::default(), secrecy }
    }

    /// Sets what others see of a resource from now on.
    pub(crate) fn set_resolved(&self, name: &str, state: &Marked) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), state.resolved());
    }

    /// The value of an expression as it is known now. What it computes is the program's code.
    pub(crate) fn resolve(&self, expression: &Expression) -> Result<Resolved, Diagnostics> {
        let resolved = panics::caught(|| expression.resolve(self))
            .map_err(|panic| panics::diagnostic(&panic, "A function over outputs panicked"))?;
        resolved.map_err(|error| {
            Diagnostic::error("An argument does not fit").detail(error.to_string()).at(error.path.clone()).into()
        })
    }
}

impl Scope for Values {
    fn state(&self, of: &Address) -> Arc<Resolved> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&*of.name).cloned().unwrap_or_else(|| Arc::new(Resolved::plain(Value::Unknown)))
    }

    fn secret(&self, value: &Value) {
        self.secrecy.meet_value(value);
    }
}
