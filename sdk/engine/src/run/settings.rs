//! How a run runs.

use std::sync::Arc;

use crate::results::Plan;
use crate::run::events::Observer;
use crate::stop::Stop;

/// Who is asked before anything is changed.
pub(crate) type Approval = Arc<dyn Fn(&Plan) -> bool + Send + Sync>;

/// How a run runs.
#[derive(Clone)]
pub(crate) struct Settings {
    pub parallel: usize,
    pub targets: Vec<String>,
    pub refresh: bool,
    pub expect_no_changes: bool,
    /// Whether everything goes.
    pub destroy: bool,
    pub observer: Option<Observer>,
    pub approve: Option<Approval>,
    pub stop: Stop,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            parallel: 10,
            targets: Vec::new(),
            refresh: false,
            expect_no_changes: false,
            destroy: false,
            observer: None,
            approve: None,
            stop: Stop::new(),
        }
    }
}
