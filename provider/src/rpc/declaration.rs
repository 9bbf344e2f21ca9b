//! What tells one declaration from another: hosts do not say what a resource is called, but keep private data for it.
//!
//! The data is a random token that a declaration gets with its first plan or its import, and keeps. A replacement is planned as
//! a change and then as a create; the create is given the private data of the change, so that both are known to be one
//! declaration. Some hosts drop private data, and states written before have none: such a declaration is not told from others
//! until it has a token.

use std::sync::Arc;

use rosa_ecr_model::{Call, Declaration};
use uuid::Uuid;

/// A token that no other declaration has.
pub(super) fn new_token() -> Vec<u8> {
    Uuid::new_v4().simple().to_string().into_bytes()
}

/// The call for a declaration with this private data.
pub(super) fn of_state<C>(call: Call<C>, private: &[u8]) -> Call<C> {
    call.of_declaration(declaration(private))
}

/// The call for a plan, and the private data that goes with the plan.
pub(super) fn of_plan<C>(call: Option<Call<C>>, prior: &[u8], is_create: bool) -> (Vec<u8>, Option<Call<C>>) {
    let token = if prior.is_empty() { new_token() } else { prior.to_vec() };
    let (by, successor) = match (prior.is_empty(), is_create) {
        // It has a state: the host may ask again for the same plan, with nothing to tell that it is the same.
        (true, false) => (Declaration::Unknown, declaration(&token)),
        _ => (declaration(&token), Declaration::Unknown),
    };
    (token, call.map(|call| call.of_declaration(by).followed_by(successor)))
}

fn declaration(private: &[u8]) -> Declaration {
    match std::str::from_utf8(private) {
        Ok(token) if !token.is_empty() => Declaration::Token(Arc::from(token)),
        _ => Declaration::Unknown,
    }
}
