//! Tests of the endpoint with recorded answers.
