//! Messages to a person: what they say, in the words of which host. Imports `value`.

pub(crate) mod decode_error;
pub(crate) mod message;
pub(crate) mod suggest;
pub(crate) mod text;
