//! What the provider block came to, and whether to stop.
//!
//! A session begins with `ConfigureProvider`. `StopProvider` cancels the work in flight, and what still starts in the
//! same session starts cancelled: it may look, and writes nothing new. A process that serves one run after the other,
//! as it does under a debugger, is free again when the next run configures it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::{Call, Claims, Diagnostic, Diagnostics, Path};
use tokio_util::sync::CancellationToken;

/// What the provider block came to.
pub(super) enum Configuration<C> {
    /// There was none, or it was wrong.
    Missing,
    /// These arguments are unknown before apply.
    Unknown(Vec<Path>),
    /// At most these arguments are unknown before apply, and reads and plans do without.
    Open(Arc<C>, Vec<Path>),
}

/// The session.
pub(super) struct Session<C> {
    /// The provider's name.
    provider: &'static str,
    now: Mutex<Now<C>>,
}

struct Now<C> {
    configuration: Configuration<C>,
    stop: CancellationToken,
    /// What the run knows of objects and who holds them: a session is one run.
    claims: Arc<Claims>,
}

impl<C> Session<C> {
    pub(super) fn new(provider: &'static str) -> Self {
        let now = Now { configuration: Configuration::Missing, stop: CancellationToken::new(), claims: Arc::default() };
        Self { provider, now: Mutex::new(now) }
    }

    /// Begins, without a configuration yet.
    pub(super) fn begin(&self) {
        let mut now = self.now();
        now.configuration = Configuration::Missing;
        now.claims = Arc::default();
        // Work that was not stopped stays within reach of the next stop.
        if now.stop.is_cancelled() {
            now.stop = CancellationToken::new();
        }
    }

    /// Takes the configuration.
    pub(super) fn configure(&self, configuration: Configuration<C>) {
        self.now().configuration = configuration;
    }

    /// Cancels what is under way, and what begins before the next session.
    pub(super) fn stop(&self) {
        self.now().stop.cancel();
    }

    /// For work that only reads.
    ///
    /// # Errors
    /// If the configuration is missing, or something is unknown that reading needs.
    pub(super) fn reading(&self) -> Result<Call<C>, Diagnostics> {
        self.reach(true)?.map_err(|unknown| self.not_configured_yet(&unknown))
    }

    /// For work that changes something.
    ///
    /// # Errors
    /// If the configuration is missing or not known yet.
    pub(super) fn changing(&self) -> Result<Call<C>, Diagnostics> {
        self.reach(false)?.map_err(|unknown| self.not_configured_yet(&unknown))
    }

    fn not_configured_yet(&self, unknown: &[Path]) -> Diagnostics {
        let names: Vec<String> = unknown.iter().map(Path::to_string).collect();
        Diagnostic::error(format!("The provider \"{}\" is not configured yet", self.provider))
            .detail(format!(
                "Its configuration depends on what only an apply makes known: {}. Until then a plan can say what would \
                 be created, but nothing can be read, changed or imported.",
                names.join(", ")
            ))
            .fix(
                "Apply what these values come from first, for example with \"terraform apply -target=…\", or set them \
                 to values that are known.",
            )
            .into()
    }

    /// For a plan, which does without while the configuration is not known yet.
    ///
    /// # Errors
    /// If the configuration is missing.
    pub(super) fn planning(&self) -> Result<Option<Call<C>>, Diagnostics> {
        Ok(self.reach(true)?.ok())
    }

    /// The call, or what is unknown. `reads` is whether the work does without what reading does without.
    fn reach(&self, reads: bool) -> Result<Result<Call<C>, Vec<Path>>, Diagnostics> {
        let now = self.now();
        match &now.configuration {
            Configuration::Open(_, paths) if !(reads || paths.is_empty()) => Ok(Err(paths.clone())),
            Configuration::Open(context, _) => {
                let call = Call::new(context.clone(), now.stop.child_token());
                Ok(Ok(call.in_run(now.claims.clone())))
            }
            Configuration::Unknown(paths) => Ok(Err(paths.clone())),
            Configuration::Missing => {
                Err(Diagnostic::error(format!("The provider \"{}\" is not configured", self.provider))
                    .detail("ConfigureProvider was not called in this process, or it failed.")
                    .fix("Terraform and OpenTofu call it by themselves. Other hosts: call it first.")
                    .into())
            }
        }
    }

    fn now(&self) -> MutexGuard<'_, Now<C>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result, with the warnings that came up on the way to it.
pub(super) fn with_warnings<C, T>(
    call: &Call<C>,
    result: Result<T, Diagnostics>,
) -> Result<(T, Diagnostics), Diagnostics> {
    let mut warnings = call.take_warnings();
    match result {
        Ok(done) => Ok((done, warnings)),
        Err(errors) => {
            warnings.extend(errors);
            Err(warnings)
        }
    }
}
