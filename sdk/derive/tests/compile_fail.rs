//! What does not compile, and what the compiler says then: `ui/*.rs` with `ui/*.stderr`.
//!
//! `TRYBUILD=overwrite cargo test --test compile_fail` writes the answers anew.

#[test]
fn what_is_wrong_does_not_compile_and_says_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
