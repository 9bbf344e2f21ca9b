//! Panics of what a program brings along: functions over outputs, and providers of its own.
//!
//! They end one operation and not the run, as an error that says where. The message of a panic may quote what the code
//! worked on, and nothing tells which part of it. So there is none once this process has met a secret.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::pin::pin;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use rosa_ecr_model::Diagnostic;

static SECRETS_MET: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether a panic of this thread ends in `caught`.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on there are secrets in this process.
pub(crate) fn secret_met() {
    SECRETS_MET.store(true, Ordering::Relaxed);
}

/// Where somebody's code panicked, and what it said.
#[derive(Debug)]
pub(crate) struct Panic {
    place: String,
    message: String,
    /// Whose code it was, as a title, where that is known.
    title: Option<String>,
}

impl Panic {
    /// Says which method of which type or provider it was.
    pub(crate) fn of(mut self, name: &str, method: &str) -> Self {
        self.title.get_or_insert_with(|| format!("The code of {name} panicked in `{method}`"));
        self
    }

    /// Goes on to the next guard, where there is no way to return an error.
    pub(crate) fn resume(self) -> ! {
        resume_unwind(Box::new(self))
    }

    /// The error, of that title where it is not known whose code it was.
    pub(crate) fn diagnostic(&self, otherwise: &str) -> Diagnostic {
        let Self { place, message, title } = self;
        let title = title.as_deref().unwrap_or(otherwise);
        let detail = if SECRETS_MET.load(Ordering::Relaxed) {
            format!("At {place}. Its message is not shown: it may hold a secret.")
        } else {
            format!("At {place}: {message}.")
        };
        Diagnostic::error(title).detail(detail).fix("This is a bug in that code: fix it, or report it to its authors.")
    }
}

/// Does the work. A panic of it is not printed.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    install();
    let outer = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|payload| match payload.downcast::<Panic>() {
        Ok(resumed) => *resumed,
        Err(payload) => Panic { place: PLACE.take(), message: text_of(&*payload), title: None },
    })
}

/// The same for work that takes its time.
pub(crate) async fn caught_in<F: Future>(work: F) -> Result<F::Output, Panic> {
    let mut work = pin!(work);
    poll_fn(|context| match caught(|| work.as_mut().poll(context)) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Notes the place of panics that are caught here. All others go where they went.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if CATCHING.get() && cfg!(panic = "unwind") {
                PLACE.set(info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string));
            } else {
                others(info);
            }
        }));
    });
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_that_says_where() {
        let late = caught_in(async {
            tokio::task::yield_now().await;
            panic!("{} is odd", 3);
        });
        let panic = late.await.map(|()| "it came to its end").expect_err("it panics");
        assert!(panic.place.contains("panics.rs"), "{panic:?}");
        assert_eq!(panic.message, "3 is odd");
        let named = caught(|| caught(|| panic!("once")).unwrap_or_else(|panic| panic.of("a_type", "plan").resume()));
        let named = named.map(|(): ()| "it came to its end").expect_err("it panics").of("another", "read");
        let told = named.diagnostic("Something panicked");
        assert_eq!(told.summary, "The code of a_type panicked in `plan`", "the innermost name is kept");
        assert!(told.detail.contains("panics.rs"), "{told}");
        assert_eq!(caught(|| 3).expect("nothing panics"), 3);
        assert!(!CATCHING.get(), "panics of others are theirs");
    }
}
