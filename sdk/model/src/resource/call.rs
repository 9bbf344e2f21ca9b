//! What an operation of a resource is given besides its inputs.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::resource::claims::{Claims, Declaration};
use crate::value::tree::Value;

/// One operation under way: the provider's context (it derefs to it), when to stop, and where warnings go.
#[derive(Debug)]
pub struct Call<C> {
    context: Arc<C>,
    cancelled: CancellationToken,
    deadline: Option<Instant>,
    warnings: Arc<Mutex<Diagnostics>>,
    private: Arc<[u8]>,
    config: Option<Arc<Value>>,
    claims: Arc<Claims>,
    declaration: Declaration,
    successor: Declaration,
    claim: Option<Arc<str>>,
    is_unfinished: bool,
    completes: Option<Arc<str>>,
}

impl<C> Call<C> {
    /// An operation that ends when `cancelled` does, has no time limit yet, and is alone in its run.
    pub fn new(context: Arc<C>, cancelled: CancellationToken) -> Self {
        Self {
            context,
            cancelled,
            deadline: None,
            warnings: Arc::default(),
            private: Arc::default(),
            config: None,
            claims: Arc::default(),
            declaration: Declaration::Unknown,
            successor: Declaration::Unknown,
            claim: None,
            is_unfinished: false,
            completes: None,
        }
    }

    /// The same operation as one of a run that knows of these claims.
    #[must_use]
    pub fn in_run(mut self, claims: Arc<Claims>) -> Self {
        self.claims = claims;
        self
    }

    /// The same operation for that declaration.
    #[must_use]
    pub fn of_declaration(mut self, declaration: Declaration) -> Self {
        self.declaration = declaration;
        self
    }

    /// The same plan, of a declaration that nothing identified so far, and that this identifies from now on.
    #[must_use]
    pub fn followed_by(mut self, successor: Declaration) -> Self {
        self.successor = successor;
        self
    }

    /// The same operation under that claim.
    #[must_use]
    pub fn claiming(mut self, claim: Option<Arc<str>>) -> Self {
        self.claim = claim;
        self
    }

    /// The same operation on a state that a failed create has left.
    #[must_use]
    pub fn unfinished(mut self, is_unfinished: bool) -> Self {
        self.is_unfinished = is_unfinished;
        self
    }

    /// The same delete in a plan that completes the object with that claim: the create that follows takes it back.
    #[must_use]
    pub fn completing(mut self, claim: Option<Arc<str>>) -> Self {
        self.completes = claim;
        self
    }

    /// Whether the state is what a failed create has left.
    pub fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// The claim of the object that the plan completes.
    pub fn completes(&self) -> Option<&str> {
        self.completes.as_deref()
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
            claims: self.claims.clone(),
            declaration: self.declaration.clone(),
            successor: self.successor.clone(),
            claim: self.claim.clone(),
            is_unfinished: self.is_unfinished,
            completes: self.completes.clone(),
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

    /// What the run knows of objects and who holds them.
    pub fn claims(&self) -> &Arc<Claims> {
        &self.claims
    }

    /// Whose operation it is.
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// What tells the declaration from others in later plans of this run.
    pub(crate) fn successor(&self) -> &Declaration {
        &self.successor
    }

    /// The claim of the declaration: what it makes or takes over is to carry it. `None` if its state has none.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// Tells the user something without failing the operation.
    pub fn warn(&self, warning: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// The warnings so far; they are reported once.
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
            claims: self.claims.clone(),
            declaration: self.declaration.clone(),
            successor: self.successor.clone(),
            claim: self.claim.clone(),
            is_unfinished: self.is_unfinished,
            completes: self.completes.clone(),
        }
    }
}

impl<C> Deref for Call<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.context
    }
}
