use super::*;

fn app() -> RealObject {
    RealObject::new("repository app")
}

fn token(text: &str) -> Declaration {
    Declaration::Token(text.into())
}

fn intention(by: Declaration, claim: Option<&str>, purpose: Purpose) -> Intention {
    Intention {
        by,
        becomes: Declaration::Unknown,
        type_name: "rosa_ecr_repository",
        claim: claim.map(Into::into),
        purpose,
    }
}

/// Whether both plans are possible, which must not depend on which one comes first.
fn fit(one: &Intention, other: &Intention) -> bool {
    let in_order = |first: &Intention, second: &Intention| {
        let claims = Claims::default();
        claims.plan(&app(), first.clone()).expect("it is alone");
        claims.plan(&app(), second.clone()).is_ok()
    };
    let (forwards, backwards) = (in_order(one, other), in_order(other, one));
    assert_eq!(forwards, backwards, "{one:?} and {other:?}");
    forwards
}

#[test]
fn two_declarations_of_one_object_are_refused_in_any_order() {
    use Purpose::{Create, Delete, Keep, Replace};
    let of = |by: &str, claim, purpose| intention(token(by), claim, purpose);
    for (one, other, fits) in [
        (of("a", None, Create), of("b", None, Create), false),
        (of("a", Some("1"), Keep), of("b", None, Create), false),
        (of("a", Some("1"), Keep), of("b", Some("1"), Keep), false),
        (of("a", None, Keep), of("b", None, Keep), false),
        (of("a", Some("1"), Delete), of("b", None, Create), true),
        (of("a", Some("1"), Delete), of("b", Some("2"), Keep), true),
        (of("a", Some("1"), Delete), of("b", Some("1"), Keep), false),
        (of("a", Some("1"), Delete), of("b", Some("1"), Delete), true),
        (of("a", Some("1"), Replace), of("a", None, Create), true),
        (of("a", Some("1"), Replace), of("b", None, Create), false),
    ] {
        assert_eq!(fit(&one, &other), fits, "{one:?} and {other:?}");
    }
}

#[test]
fn a_host_that_keeps_nothing_may_plan_a_change_more_than_once() {
    use Purpose::{Create, Keep, Replace};
    let of = |claim, purpose| intention(Declaration::Unknown, claim, purpose);
    assert!(fit(&of(Some("1"), Keep), &of(Some("1"), Keep)));
    assert!(fit(&of(Some("1"), Replace), &of(None, Create)), "it creates the replacement");
    assert!(!fit(&of(Some("1"), Keep), &of(None, Create)));
    assert!(!fit(&of(Some("1"), Keep), &of(Some("2"), Keep)));
    let first = Intention { becomes: token("later"), ..of(Some("1"), Keep) };
    assert!(fit(&first, &intention(token("later"), None, Create)), "it is replaced because a person asks for it");
}

#[test]
fn declarations_of_a_program_are_named() {
    let named = |name: &str| intention(Declaration::Named(name.into()), None, Purpose::Create);
    let claims = Claims::default();
    claims.plan(&app(), named("a")).expect("it is alone");
    claims.plan(&app(), named("a")).expect("it is planned again when more is known");
    let error = claims.plan(&app(), named("b")).expect_err("there are two").to_string();
    assert!(error.contains("\"a\"") && error.contains("\"b\"") && error.contains("aliases"), "{error}");
}

#[test]
fn a_second_create_is_refused_before_it_begins() {
    let claims = Claims::default();
    let begin = |by: &str, claim: &str| claims.begin(&[app()], &token(by), &claim.into(), "rosa_ecr_repository");
    begin("a", "1").expect("it is the first");
    let error = begin("b", "2").expect_err("it is the second").to_string();
    assert!(error.contains("repository app") && error.contains("moved {"), "{error}");
    claims.hold(&[app()], &token("a"), Some(&"1".into()));
    assert!(
        claims.is_held_by_another("repository app", Some("0"))
            && !claims.is_held_by_another("repository app", Some("1"))
    );
    claims.release(&[app()], Some("0"));
    assert!(begin("b", "2").is_err(), "only its holder releases it");
    claims.release(&[app()], Some("1"));
    begin("b", "2").expect("it is free");
}

#[tokio::test]
async fn operations_on_one_object_take_turns() {
    let claims = Claims::default();
    let first = claims.turn(["a", "b"]).await;
    let second = claims.turn(["b", "c"]);
    tokio::pin!(second);
    assert!(futures::poll!(second.as_mut()).is_pending());
    drop(claims.turn(["c"]).await);
    drop(first);
    assert!(futures::poll!(second).is_ready());
}

#[test]
fn only_a_create_of_all_that_a_failed_one_has_left_completes_it() {
    let claims = Claims::default();
    let (repository, group) = (RealObject::new("repository a"), RealObject::new("group b"));
    claims.note_unfinished(&[repository.clone(), group.clone()], "one", false);
    assert_eq!(claims.completed_by(std::slice::from_ref(&repository)), None, "the group would stay");
    let completes = || claims.completed_by(&[repository.clone(), group.clone()]);
    assert_eq!(completes().as_deref(), Some("one"));
    claims.note_whole(Some("another"));
    assert!(completes().is_some() && !claims.was_let_go(std::slice::from_ref(&repository)));
    // A plan of a change is one of something whole: its replacement is meant.
    claims.note_whole(Some("one"));
    assert_eq!(completes(), None);
    claims.note_unfinished(std::slice::from_ref(&repository), "one", true);
    claims.note_whole(Some("one"));
    assert!(claims.was_let_go(&[repository]));
}
