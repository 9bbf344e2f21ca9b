//! A kind that does not keep to its own schema, and what the service makes of it.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Attribute, Block, Call, Diagnostic, Diagnostics, Kind, MoveSource, Planned, Presence, ResourceDescriptor,
    ResourceOperations, Schema, Shape, Type, Value, kind_from,
};

use crate::peer::{Peer, liar};
use crate::test_provider::Location;

/// Written by hand, because what the derives make cannot lie.
struct Liar;

/// The kind.
pub fn kind() -> Arc<dyn Kind<Location>> {
    let truth = Attribute {
        description: "Whether it is true.".to_owned(),
        ..Attribute::new("truth", Shape::Type(Type::Bool), Presence::Required)
    };
    let block = Block { description: "A liar.".to_owned(), attributes: vec![truth], blocks: Vec::new() };
    kind_from(ResourceDescriptor::new("shelf_liar", Schema { version: 0, block }), Liar)
}

fn lie() -> Value {
    Value::map([("truth", "hunter2".into())])
}

fn applied<'a>() -> BoxFuture<'a, Applied> {
    async { Applied { state: lie(), diagnostics: Diagnostic::warning("Trust me").into(), ..Applied::default() } }
        .boxed()
}

impl ResourceOperations<Location> for Liar {
    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn plan<'a>(&'a self, _: Option<&'a Call<Location>>, _: &'a Value, _: &'a Value) -> BoxFuture<'a, Planned> {
        async { Planned { state: lie(), ..Planned::default() } }.boxed()
    }

    fn apply<'a>(&'a self, _: &'a Call<Location>, _: &'a Value, _: &'a Value) -> BoxFuture<'a, Applied> {
        applied()
    }

    fn read<'a>(&'a self, _: &'a Call<Location>, _: &'a Value) -> BoxFuture<'a, Applied> {
        applied()
    }

    fn import<'a>(&'a self, _: &'a Call<Location>, _: &'a str) -> BoxFuture<'a, Applied> {
        applied()
    }

    fn import_by_identity<'a>(&'a self, _: &'a Call<Location>, _: &'a Value) -> BoxFuture<'a, Applied> {
        applied()
    }

    fn probe<'a>(&'a self, _: &'a Call<Location>, _: &'a Value) -> BoxFuture<'a, Applied> {
        applied()
    }

    fn import_id(&self, _: &Value) -> Result<String, Diagnostics> {
        Ok("hunter2".to_owned())
    }

    fn stored<'a>(&'a self, _: i64, _: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        async { Ok(lie()) }.boxed()
    }

    fn move_state(&self, _: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        Some(Ok(lie()))
    }
}

#[tokio::test]
async fn what_does_not_fit_the_schema_leaves_the_state_alone() {
    let (mut peer, _) = Peer::at("liar").await;
    let of = liar();
    let state = of.config([("truth", true.into())]);
    let planned = peer.plan(&of, &state, &state).await;
    let applied = peer.apply(&of, &state, &state).await;
    let read = peer.read(&of, &state).await;
    for (part, diagnostics, kept) in [
        ("planned state", planned.diagnostics, planned.planned_state),
        ("new state", applied.diagnostics, applied.new_state),
        ("state", read.diagnostics, read.new_state),
    ] {
        let last = diagnostics.last().expect("an error");
        assert_eq!(last.summary, format!("The {part} of shelf_liar does not fit its schema"));
        assert_eq!(
            last.detail,
            "truth: bool is wanted, a string is there\n\nThis is a bug in the provider: please report it."
        );
        assert_eq!(of.value(kept), state);
    }
}
