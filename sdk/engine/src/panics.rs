//! Panics of what a program brings along: functions over outputs, and providers of its own.
//!
//! They end one operation and not the run, as an error that names the place. The message of a panic may quote what the code
//! worked on, and it is not known which part of it. So there is none once this process has met a secret.

use std::future::Future;
use std::panic::{set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use rosa_ecr_model::Diagnostic;
use rosa_ecr_model::guard::{self, Panic};

static SECRETS_MET: AtomicBool = AtomicBool::new(false);

/// From now on there are secrets in this process.
pub(crate) fn secret_met() {
    SECRETS_MET.store(true, Ordering::Relaxed);
}

/// The error of a provider's code.
pub(crate) fn report(panic: &Panic) -> Diagnostic {
    diagnostic(panic, "The code of a provider panicked")
}

/// The error, of that title where it is not known whose code it was.
pub(crate) fn diagnostic(panic: &Panic, otherwise: &str) -> Diagnostic {
    let title = panic.operation().map(|(name, method)| format!("The code of {name} panicked in `{method}`"));
    let place = panic.place().unwrap_or("an unknown place");
    let detail = if SECRETS_MET.load(Ordering::Relaxed) {
        format!("At {place}. Its message is not shown: it may hold a secret.")
    } else {
        format!("At {place}: {}.", panic.message())
    };
    Diagnostic::error(title.unwrap_or_else(|| otherwise.to_owned()))
        .detail(detail)
        .fix("This is a bug in that code: fix it, or report it to its authors.")
}

/// Does the work. A panic of it is not printed.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    install();
    guard::caught(work)
}

/// The same for work that takes its time.
pub(crate) async fn caught_in<F: Future>(work: F) -> Result<F::Output, Panic> {
    install();
    guard::caught_in(work).await
}

/// Notes the place of panics that become errors. All others go where they went.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if guard::is_reported() && cfg!(panic = "unwind") {
                guard::note_place(info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string));
            } else {
                others(info);
            }
        }));
    });
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
        assert!(panic.place().is_some_and(|place| place.contains("panics.rs")), "{panic:?}");
        assert_eq!(panic.message(), "3 is odd");
        let named = caught(|| guard::named("a_type", "plan", || panic!("once")));
        let named = named.map(|(): ()| "it came to its end").expect_err("it panics").of("another", "read");
        let reported = diagnostic(&named, "Something panicked");
        assert_eq!(reported.summary, "The code of a_type panicked in `plan`", "the innermost name is kept");
        assert!(reported.detail.contains("panics.rs"), "{reported}");
        assert_eq!(caught(|| 3).expect("nothing panics"), 3);
        assert!(!guard::is_reported(), "panics of others are theirs");
    }
}
