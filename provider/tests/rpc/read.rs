//! Reading and importing objects.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::import_resource_state;

use crate::peer::{Of, Peer, book, error, trap};

#[tokio::test]
async fn a_read_gives_what_is_there() {
    let (mut peer, location) = Peer::at("read/there").await;
    let of = book();
    let state = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let read = peer.read(&of, &state).await;
    assert_eq!(
        (read.diagnostics, read.private, of.value(read.new_state)),
        (vec![], b"private".to_vec(), state.clone())
    );
    location.take("Emma");
    let gone = peer.read(&of, &state).await;
    assert_eq!((gone.diagnostics, of.value(gone.new_state)), (vec![], Value::Null));
}

#[tokio::test]
async fn a_null_state_stays_null_without_a_look() {
    let mut peer = Peer::connect().await;
    let read = peer.read(&book(), &Value::Null).await;
    assert_eq!((read.diagnostics, book().value(read.new_state)), (vec![], Value::Null));
}

#[tokio::test]
async fn a_read_that_fails_never_says_that_the_object_is_gone() {
    let (mut peer, _) = Peer::at("read/fail").await;
    let of = trap();
    for (mode, said) in [("fail", "Nobody can see it"), ("panic", "The provider panicked in ReadResource")] {
        let state = of.config([("mode", mode.into())]);
        let read = peer.read(&of, &state).await;
        assert!(error(&read.diagnostics).starts_with(said), "{:?}", read.diagnostics);
        assert_eq!(of.value(read.new_state), state);
    }
}

#[tokio::test]
async fn an_import_finds_the_object_and_nothing_else() {
    let (mut peer, location) = Peer::at("read/import").await;
    location.put("Emma", "here");
    let imported = import(&mut peer, &book(), "Emma").await;
    let [resource] = &imported.imported_resources[..] else { panic!("one object: {imported:?}") };
    assert_eq!(resource.type_name, "shelf_book");
    let state = book().value(resource.state.clone());
    assert_eq!((state.get("title"), state.get("number")), (&"Emma".into(), &"n-Emma".into()));
    let planned = peer.plan(&book(), &state, &book().config([("title", "Emma".into())])).await;
    assert_eq!(book().value(planned.planned_state), state, "the plan after an import is empty");

    for (of, id, said) in [
        (book(), "Persuasion", "There is no book \"Persuasion\""),
        (book(), "", "shelf_book is imported by id"),
        (trap(), "x", "shelf_trap cannot be imported"),
    ] {
        let refused = import(&mut peer, &of, id).await;
        assert!(error(&refused.diagnostics).starts_with(said), "{:?}", refused.diagnostics);
        assert_eq!(refused.imported_resources, []);
    }
}

async fn import(peer: &mut Peer, of: &Of, id: &str) -> import_resource_state::Response {
    let request =
        import_resource_state::Request { type_name: of.type_name.to_owned(), id: id.to_owned(), ..Default::default() };
    peer.client.import_resource_state(request).await.expect("an answer").into_inner()
}
