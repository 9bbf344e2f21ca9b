//! Waiting for AWS to finish what a call has only begun.
//!
//! Waits are the longest part of an apply, so they ask soon and often at first, and then less and less: an object that
//! is ready at once costs a fifth of a second, one that takes minutes costs a question every five seconds.

use std::future::Future;
use std::time::Duration;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Term, Violation, parse_duration, text};
use tokio::time::{Instant, sleep_until};

/// How long to wait after the first question.
const FIRST: Duration = Duration::from_millis(200);

/// How long to wait between later questions, at most.
const LONGEST: Duration = Duration::from_secs(5);

/// By how much each wait is longer than the one before.
const GROWTH: f64 = 1.5;

/// The share of a wait that is left to chance, so that many waits do not ask at one moment.
const JITTER: f64 = 0.2;

/// How long news of what was made or changed may take to spread through AWS: as long as the AWS provider gives IAM for it.
pub(crate) const PROPAGATION: Duration = Duration::from_secs(120);

/// How long something may be unknown that a configuration names: it was made a moment ago, or is misspelt. News of it spreads
/// within seconds, and whoever has misspelt it waits for the error.
const NAMED: Duration = Duration::from_secs(30);

/// The rule for an argument that says how long to wait.
///
/// # Errors
/// If it is no duration.
pub(crate) fn check_limit(text: &str) -> Result<(), Violation> {
    match parse_duration(text) {
        Some(_) => Ok(()),
        None => Err(Violation::rule("It must be a duration longer than nothing, in hours, minutes and seconds.")
            .fix("Write it like \"90s\", \"5m\" or \"1h30m\".")),
    }
}

/// How long an argument says to wait. [`check_limit`] has seen to its form.
pub(crate) fn limit(text: &str) -> Duration {
    parse_duration(text).unwrap_or(PROPAGATION)
}

/// How far something is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<T> {
    /// It is there.
    Done(T),
    /// Not yet: its status, as AWS calls it.
    Pending(String),
    /// Refused, perhaps only because news of something else has not spread yet. When that long has passed since the first
    /// question, or the operation's time is over, the refusal is what the wait ends with.
    Refused(Diagnostics, Duration),
}

impl<T> Progress<T> {
    /// What to tell if it stays like this for as long as news spreads.
    pub(crate) fn unless_news_spreads(refusal: Diagnostic) -> Self {
        Self::Refused(refusal.into(), PROPAGATION)
    }

    /// What to tell of something that a configuration names, if it stays unknown.
    pub(crate) fn unless_it_turns_up(refusal: Diagnostic) -> Self {
        Self::Refused(refusal.into(), NAMED)
    }
}

/// What a probe returns: [`Progress`], or an `Option` where there is no status to tell of.
pub trait Probed {
    /// What is waited for.
    type Ready;

    /// The progress.
    fn progress(self) -> Progress<Self::Ready>;
}

impl<T> Probed for Progress<T> {
    type Ready = T;

    fn progress(self) -> Progress<T> {
        self
    }
}

impl<T> Probed for Option<T> {
    type Ready = T;

    fn progress(self) -> Progress<T> {
        self.map_or_else(|| Progress::Pending(String::new()), Progress::Done)
    }
}

/// Asks `probe` until it finds what is waited for; `what` says that as a clause, such as "the endpoint vpce-1 to become
/// available".
///
/// # Errors
/// Those of the probe, refusals that last, and where the operation's time is over or the host asks to stop: the probe is
/// then dropped in the middle.
pub async fn until<C, P, F, Fut>(call: &Call<C>, what: &str, mut probe: F) -> Result<P::Ready, Diagnostics>
where
    P: Probed,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<P, Diagnostics>>,
{
    let start = Instant::now();
    let (mut status, mut refusal, mut is_asking) = (String::new(), None, false);
    let mut wait = FIRST;
    let asking = async {
        loop {
            let mut pause = jittered(wait);
            is_asking = true;
            let answer = probe().await;
            is_asking = false;
            match answer?.progress() {
                Progress::Done(found) => return Ok(found),
                Progress::Pending(now) => (status, refusal) = (now, None),
                Progress::Refused(refused, patience) => match patience.saturating_sub(start.elapsed()) {
                    Duration::ZERO => return Err(refused),
                    left => {
                        pause = pause.min(left);
                        refusal = Some(refused);
                    }
                },
            }
            tracing::debug!(what, status, waited = ?start.elapsed(), "waiting");
            tokio::time::sleep(pause).await;
            wait = wait.mul_f64(GROWTH).min(LONGEST);
        }
    };
    let ended = tokio::select! {
        biased;
        result = asking => return result,
        () = call.cancelled().cancelled() => Ended::Stopped,
        () = deadline(call) => Ended::TimeOver,
    };
    let told = match (ended, refusal) {
        (Ended::TimeOver, Some(refusal)) => refusal,
        (ended, _) => ended.explain(what, start.elapsed(), &status).into(),
    };
    // What was asked last may be a write, and have happened.
    Err(if is_asking { told.into_iter().map(Diagnostic::outcome_unknown).collect() } else { told })
}

async fn deadline<C>(call: &Call<C>) {
    match call.deadline() {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 - JITTER / 2.0 + JITTER * fastrand::f64())
}

/// Why a wait ended with nothing.
enum Ended {
    Stopped,
    TimeOver,
}

impl Ended {
    fn explain(&self, what: &str, waited: Duration, status: &str) -> Diagnostic {
        let waited = phrase(waited);
        let status = if status.is_empty() { String::new() } else { format!(" Its status was \"{status}\".") };
        match self {
            Self::Stopped => Diagnostic::error(format!("Stopped waiting for {what}"))
                .detail(format!("A stop was requested after {waited}.{status}"))
                .fix("AWS goes on with what has begun. Run this again to pick it up."),
            Self::TimeOver => Diagnostic::error(format!("Timed out waiting for {what}"))
                .detail(format!("The operation's time was over after {waited} of waiting.{status}"))
                .fix(text![
                    "Run this again: what has begun is picked up. If AWS regularly takes longer, raise the limit of the \
                     operation (create, update or delete) in ",
                    Term::Timeouts,
                    ". A destroy reads it from the state: apply the change first.",
                ]),
        }
    }
}

/// A duration as users write it, such as `1m30s`.
fn phrase(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;

    fn call() -> Call<()> {
        Call::new(Arc::new(()), CancellationToken::new())
    }

    #[tokio::test(start_paused = true)]
    async fn asks_soon_then_less_often() {
        let asked = RefCell::new(Vec::new());
        let start = Instant::now();
        let call = call();
        let found = until(&call, "it", async || {
            asked.borrow_mut().push(start.elapsed());
            Ok((asked.borrow().len() == 20).then_some("it"))
        });
        assert_eq!(found.await, Ok("it"));
        let asked = asked.into_inner();
        let gaps: Vec<Duration> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(asked[0], Duration::ZERO);
        assert!(gaps[0] <= Duration::from_millis(220), "the first wait is short: {gaps:?}");
        assert!(gaps.iter().all(|gap| *gap <= Duration::from_millis(5501)), "no wait is long: {gaps:?}");
        assert!(gaps[18] >= Duration::from_millis(4500), "late waits are longer: {gaps:?}");
        assert!(gaps[15..].windows(2).any(|pair| pair[0] != pair[1]), "waits differ: {gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn ends_with_the_operations_time() {
        let call = call().within(Duration::from_secs(90));
        let waiting = until(&call, "the endpoint vpce-1 to become available", async || {
            Ok(Progress::<()>::Pending("pending".to_owned()))
        });
        let report = waiting.await.expect_err("it never comes").to_string();
        insta::assert_snapshot!(report, @r#"
        error: Timed out waiting for the endpoint vpce-1 to become available
        The operation's time was over after 1m30s of waiting. Its status was "pending".

        Run this again: what has begun is picked up. If AWS regularly takes longer, raise the limit of the operation (create, update or delete) in the resource's `timeouts` block. A destroy reads it from the state: apply the change first.
        "#);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_probe_does_not_outlast_the_operation() {
        let call = call().within(Duration::from_secs(30));
        let start = Instant::now();
        let waiting = until(&call, "it", std::future::pending::<Result<Option<()>, Diagnostics>>);
        let report = waiting.await.expect_err("it hangs");
        assert!(report.iter().all(Diagnostic::is_outcome_unknown), "the question may have been a write: {report}");
        assert!(start.elapsed() <= Duration::from_secs(31));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_it_at_once() {
        let stop = CancellationToken::new();
        let call = Call::new(Arc::new(()), stop.clone());
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(7)).await;
            stop.cancel();
        };
        let (found, ()) = tokio::join!(until(&call, "it", async || Ok(None::<()>)), stopping);
        let report = found.expect_err("stopped").to_string();
        assert!(report.contains("Stopped waiting for it") && report.contains("after 7s"), "{report}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_stands_when_it_lasts() {
        let refusal = Diagnostics::from(Diagnostic::error("There is none"));
        let refused = async || Ok(Progress::<()>::Refused(refusal.clone(), Duration::from_secs(120)));
        let (start, call) = (Instant::now(), call());
        let late = until(&call, "it", async || {
            let is_there = start.elapsed() >= Duration::from_secs(100);
            if is_there { Ok(Progress::Done(())) } else { refused().await }
        });
        assert_eq!(late.await, Ok(()), "news may take long");

        let start = Instant::now();
        assert_eq!(until(&call, "it", refused).await, Err(refusal.clone()));
        assert_eq!(start.elapsed(), Duration::from_secs(120), "it asks a last time at the very end");

        let start = Instant::now();
        let short = self::call().within(Duration::from_secs(30));
        assert_eq!(until(&short, "it", refused).await, Err(refusal), "it says more than that time is over");
        assert!(start.elapsed() <= Duration::from_secs(31));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_the_probe_ends_it() {
        let error = Diagnostics::from(Diagnostic::error("Cannot look"));
        let found = until(&call(), "it", async || Err::<Option<()>, _>(error.clone())).await;
        assert_eq!(found, Err(error));
    }
}
