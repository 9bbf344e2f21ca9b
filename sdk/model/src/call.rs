//! What an operation of a resource is given besides its inputs.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{Diagnostic, Diagnostics, Value};

/// One operation under way: the provider's context (it derefs to it), when to stop, and where warnings go.
#[derive(Debug)]
pub struct Call<C> {
    context: Arc<C>,
    cancelled: CancellationToken,
    deadline: Option<Instant>,
    warnings: Arc<Mutex<Diagnostics>>,
    private: Arc<[u8]>,
    config: Option<Arc<Value>>,
}

impl<C> Call<C> {
    /// An operation that ends when `cancelled` does, and has no time limit yet.
    pub fn new(context: Arc<C>, cancelled: CancellationToken) -> Self {
        Self { context, cancelled, deadline: None, warnings: Arc::default(), private: Arc::default(), config: None }
    }

    /// The same operation with that time limit, counted from now.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// The same operation with the bytes that the host has kept for the object's provider.
    #[must_use]
    pub fn keeping(mut self, private: Vec<u8>) -> Self {
        self.private = private.into();
        self
    }

    /// The same apply with the configuration that its plan was made from.
    #[must_use]
    pub fn configured(mut self, config: Value) -> Self {
        self.config = Some(Arc::new(config));
        self
    }

    /// The same operation for a part of the resource that sees another context.
    pub fn with<D>(&self, context: D) -> Call<D> {
        self.sharing(Arc::new(context))
    }

    /// The same operation with another context that others share.
    pub fn sharing<D>(&self, context: Arc<D>) -> Call<D> {
        Call {
            context,
            cancelled: self.cancelled.clone(),
            deadline: self.deadline,
            warnings: self.warnings.clone(),
            private: self.private.clone(),
            config: self.config.clone(),
        }
    }

    /// The context.
    pub fn context(&self) -> &Arc<C> {
        &self.context
    }

    /// When the operation has to be over.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Ends when the host asks to stop. Work in flight looks at this between writes and while it waits, and then
    /// returns what is real so far.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancelled
    }

    /// What the host has kept for the object's provider: empty but for resources of another process, which say in
    /// [`Planned`](crate::Planned) and [`Applied`](crate::Applied) what to keep.
    pub fn private(&self) -> &[u8] {
        &self.private
    }

    /// The configuration behind an apply, where the host gives it. Only resources of another process look at it, which
    /// may want write-only values: no plan holds them.
    pub fn config(&self) -> Option<&Value> {
        self.config.as_deref()
    }

    /// Tells the user something without failing the operation.
    pub fn warn(&self, warning: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// The warnings so far; they are told once.
    pub fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// By hand, because a context need not be `Clone` to be shared.
impl<C> Clone for Call<C> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            cancelled: self.cancelled.clone(),
            deadline: self.deadline,
            warnings: self.warnings.clone(),
            private: self.private.clone(),
            config: self.config.clone(),
        }
    }
}

impl<C> Deref for Call<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.context
    }
}
