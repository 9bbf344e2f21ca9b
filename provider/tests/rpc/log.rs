//! What the log says of a call, and what it does not.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use rosa_ecr_model::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::peer::{Peer, trap};

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        attributes.record(&mut self.clone());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
        self.0.lock().expect("no panic").push('\n');
    }
}

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().expect("no panic"), "{field}={value:?} ").expect("memory");
    }
}

#[tokio::test]
async fn calls_are_named_and_values_are_not() {
    let lines = Lines::default();
    // For all threads: with one for this thread alone, tracing takes what another thread logs first for never wanted.
    let subscriber = tracing_subscriber::registry().with(lines.clone());
    tracing::subscriber::set_global_default(subscriber).expect("no other test has one");
    let mut peer = Peer::connect().await;
    let config = Value::map([("location", "log".into()), ("key", "hunter2".into())]);
    assert_eq!(peer.configure(config).await, []);
    let of = trap();
    let config = of.config([("mode", "tear".into()), ("secret", "hunter2".into())]);
    let planned = peer.plan(&of, &Value::Null, &config).await;
    peer.apply(&of, &Value::Null, &of.value(planned.planned_state)).await;
    let lines = lines.0.lock().expect("no panic").clone();
    for said in
        ["ConfigureProvider", "1.15.5", "PlanResourceChange", "ApplyResourceChange", "shelf_trap", "elapsed_ms="]
    {
        assert!(lines.contains(said), "{said} is in\n{lines}");
    }
    assert!(!lines.contains("hunter2"), "{lines}");
}
