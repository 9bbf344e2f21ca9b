//! The private data of a state, which hosts keep for a resource and hand back: here it tells declarations apart, since hosts
//! do not say what a resource is called.
//!
//! The data is a random token that a declaration gets with its first plan or its import, and keeps. A replacement is planned as
//! a change and then as a create; the create is given the private data of the change, so that both are known to be one
//! declaration. Some hosts drop private data, and states written before have none: such a declaration is not distinguished from others
//! until it has a token.

use std::sync::Arc;

use rosa_ecr_model::{Call, Declaration};
use uuid::Uuid;

/// A token that no other declaration has.
pub(super) fn new_token() -> Vec<u8> {
    Uuid::new_v4().simple().to_string().into_bytes()
}

/// What the private data has behind the token, if a failed create has left the state.
const UNFINISHED: &str = " unfinished";

/// What stands between the token and the claim of what the plan completes.
const COMPLETES: &str = " completes ";

/// The call for a declaration with this private data.
pub(super) fn of_state<C>(call: Call<C>, private: &[u8]) -> Call<C> {
    let text = std::str::from_utf8(private).unwrap_or_default();
    let completes = text.split_once(COMPLETES).map(|(_, claim)| Arc::from(claim));
    call.of_declaration(declaration(private)).unfinished(text.ends_with(UNFINISHED)).completing(completes)
}

/// The private data of a state that a create has left: a later plan completes what a failed one has made.
pub(super) fn after_create(planned: &[u8], has_failed: bool) -> Vec<u8> {
    let suffix = if has_failed { UNFINISHED.as_bytes() } else { b"" };
    [token(planned), suffix].concat()
}

/// The private data of a plan that completes what a failed create has left.
pub(super) fn completing(planned: Vec<u8>, claim: Option<&str>) -> Vec<u8> {
    match claim {
        Some(claim) => [&planned, COMPLETES.as_bytes(), claim.as_bytes()].concat(),
        None => planned,
    }
}

fn token(private: &[u8]) -> &[u8] {
    private.split(|byte| *byte == b' ').next().unwrap_or_default()
}

/// The call for a plan, and the private data that goes with the plan.
pub(super) fn of_plan<C>(call: Option<Call<C>>, prior: &[u8], is_create: bool) -> (Vec<u8>, Option<Call<C>>) {
    let token = if prior.is_empty() { new_token() } else { token(prior).to_vec() };
    let (by, successor) = match (prior.is_empty(), is_create) {
        // It has a state: the host may ask again for the same plan, with nothing to tell that it is the same.
        (true, false) => (Declaration::Unknown, declaration(&token)),
        _ => (declaration(&token), Declaration::Unknown),
    };
    (token, call.map(|call| call.of_declaration(by).followed_by(successor)))
}

fn declaration(private: &[u8]) -> Declaration {
    match std::str::from_utf8(token(private)) {
        Ok(token) if !token.is_empty() => Declaration::Token(Arc::from(token)),
        _ => Declaration::Unknown,
    }
}
