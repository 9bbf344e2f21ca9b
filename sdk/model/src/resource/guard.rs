//! The only way to the code of a provider: every call passes a guard that knows whose code it is.
//!
//! Behind each trait object that hosts serve is a [`Guarded`]: a descriptor, which is data, and operations, which are code.
//! The operations can be reached through its guard alone, which gives a [`Panic`] the name of the type and of the operation.
//! A host that says how it reports panics gets an error in place of the result. For any other the panic goes on to the guard
//! around the whole request, and still says whose it was.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::{Diagnostic, Diagnostics};

thread_local! {
    /// Whether a panic of this thread becomes an error.
    static REPORTING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// How a host reports a panic.
pub type Report = fn(&Panic) -> Diagnostic;

/// A panic in the code of a provider or a program, and its message.
#[derive(Debug)]
pub struct Panic {
    message: String,
    place: Option<String>,
    operation: Option<(String, &'static str)>,
}

impl Panic {
    /// The panic with this payload.
    pub fn of_payload(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Self>() {
            Ok(resumed) => *resumed,
            Err(payload) => Self { message: text_of(&*payload), place: PLACE.take(), operation: None },
        }
    }

    /// Its message, which may quote what the code worked on.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// File and line, if a hook has noted them with [`note_place`].
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The name of the type or the provider, and the operation, if the panic has passed the guard of one.
    pub fn operation(&self) -> Option<(&str, &'static str)> {
        self.operation.as_ref().map(|(name, operation)| (name.as_str(), *operation))
    }

    /// Says which operation of which type or provider it was. The innermost one stays.
    #[must_use]
    pub fn of(mut self, name: &str, operation: &'static str) -> Self {
        self.operation.get_or_insert_with(|| (name.to_owned(), operation));
        self
    }

    /// Goes on to the next guard.
    pub fn resume(self) -> ! {
        resume_unwind(Box::new(self))
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "nothing".to_owned())
}

/// Does the work, for a host that reports its panic.
///
/// # Errors
/// If it panics.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch(true, work)
}

/// The same for work that takes its time.
///
/// # Errors
/// If it panics.
pub async fn caught_in<F: Future>(work: F) -> Result<F::Output, Panic> {
    catch_in(true, work).await
}

/// Whether a panic of this thread becomes an error, so that a panic hook need not print it.
pub fn is_reported() -> bool {
    REPORTING.get()
}

/// For panic hooks: notes where the panic is that this thread is about to catch.
pub fn note_place(place: String) {
    PLACE.set(Some(place));
}

fn catch<T>(reports: bool, work: impl FnOnce() -> T) -> Result<T, Panic> {
    let outer = REPORTING.replace(reports || REPORTING.get());
    let result = catch_unwind(AssertUnwindSafe(work));
    REPORTING.set(outer);
    result.map_err(Panic::of_payload)
}

async fn catch_in<F: Future>(reports: bool, work: F) -> Result<F::Output, Panic> {
    let mut work = pin!(work);
    poll_fn(|context| match catch(reports, || work.as_mut().poll(context)) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Calls code of a provider that is behind no trait object, such as its `configure`. Its panic says whose it was, and goes on.
pub fn named<T>(name: &str, operation: &'static str, work: impl FnOnce() -> T) -> T {
    catch(false, work).unwrap_or_else(|panic| panic.of(name, operation).resume())
}

/// The same for code that takes its time.
pub async fn named_in<F: Future>(name: &str, operation: &'static str, work: F) -> F::Output {
    catch_in(false, work).await.unwrap_or_else(|panic| panic.of(name, operation).resume())
}

/// Data that says which type it describes.
pub trait Described {
    /// The type name.
    fn type_name(&self) -> &str;
}

/// A type of a provider: what describes it, and its code behind the guard.
pub struct Guarded<D, O: ?Sized> {
    descriptor: Arc<D>,
    operations: Arc<O>,
    report: Option<Report>,
}

impl<D: Described, O: ?Sized> Guarded<D, O> {
    pub(crate) fn new(descriptor: D, operations: Arc<O>) -> Self {
        Self { descriptor: Arc::new(descriptor), operations, report: None }
    }

    pub(crate) fn descriptor(&self) -> &D {
        &self.descriptor
    }

    /// The same type for a host that reports panics, with operations around those that it has.
    pub(crate) fn hosted<P: ?Sized>(&self, report: Report, around: impl FnOnce(Arc<O>) -> Arc<P>) -> Guarded<D, P> {
        Guarded {
            descriptor: self.descriptor.clone(),
            operations: around(self.operations.clone()),
            report: Some(report),
        }
    }

    /// What an operation gives; if it panics, `otherwise` with the error.
    pub(crate) fn call<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&O) -> T,
        otherwise: impl FnOnce(Diagnostics) -> T,
    ) -> T {
        catch(self.report.is_some(), || work(&self.operations))
            .unwrap_or_else(|panic| otherwise(self.reported(operation, panic)))
    }

    /// The same for an operation that takes its time.
    pub(crate) fn run<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        work: impl FnOnce(&'a O) -> BoxFuture<'a, T> + Send + 'a,
        otherwise: impl FnOnce(Diagnostics) -> T + Send + 'a,
    ) -> BoxFuture<'a, T>
    where
        D: Send + Sync,
        O: Send + Sync,
    {
        async move {
            let done = catch_in(self.report.is_some(), async move { work(&self.operations).await }).await;
            done.unwrap_or_else(|panic| otherwise(self.reported(operation, panic)))
        }
        .boxed()
    }

    fn reported(&self, operation: &'static str, panic: Panic) -> Diagnostics {
        let panic = panic.of(self.descriptor.type_name(), operation);
        match self.report {
            Some(report) => report(&panic).into(),
            None => panic.resume(),
        }
    }
}

impl<D: fmt::Debug, O: ?Sized> fmt::Debug for Guarded<D, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guarded").field(&self.descriptor).finish()
    }
}

/// The way from a trait object to what is behind it. Nothing outside of this crate can name it, so that all trait objects of
/// this crate are guarded.
pub(crate) mod access {
    use super::Guarded;

    /// Something guarded.
    pub trait Access<D, O: ?Sized>: Send + Sync {
        /// Itself.
        fn guarded(&self) -> &Guarded<D, O>;
    }

    impl<D: Send + Sync, O: Send + Sync + ?Sized> Access<D, O> for Guarded<D, O> {
        fn guarded(&self) -> &Guarded<D, O> {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_that_says_whose_it_was() {
        let late = caught_in(async {
            tokio::task::yield_now().await;
            panic!("{} is odd", 3);
        });
        let panic = late.await.map(|()| "it came to its end").expect_err("it panics");
        assert_eq!((panic.message(), panic.operation()), ("3 is odd", None));
        let named = caught(|| named("a_type", "plan", || panic!("once")));
        let named = named.map(|(): ()| "it came to its end").expect_err("it panics").of("another", "read");
        assert_eq!(named.operation(), Some(("a_type", "plan")), "the innermost operation is kept");
        assert_eq!(caught(|| 3).expect("nothing panics"), 3);
        assert!(!is_reported(), "panics of others are theirs");
    }
}
