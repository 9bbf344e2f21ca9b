//! `Debug` for the messages that carry configuration, state or output.
//!
//! All of these hold secrets, and a message is printed where nobody thinks of that: in a panic, a log line, a failed
//! assertion. So bytes show how many there are and never what. The generator leaves `Debug` out of every message with
//! such a field (`tests/bindings.rs` finds them), and this module supplies it.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter, Result};

use crate::goplugin;
use crate::tfplugin6::{read_state_bytes, write_state_bytes};

/// A field that is not to be shown.
trait Hide {
    /// What to show instead.
    fn hidden(&self) -> String;
}

impl Hide for Vec<u8> {
    fn hidden(&self) -> String {
        format!("<{} bytes>", self.len())
    }
}

impl Hide for Option<Vec<u8>> {
    fn hidden(&self) -> String {
        self.as_ref().map_or_else(|| "None".to_owned(), |bytes| format!("Some({})", bytes.hidden()))
    }
}

impl Hide for BTreeMap<String, String> {
    fn hidden(&self) -> String {
        format!("<{} entries>", self.len())
    }
}

/// Implements `Debug` for messages, given every field: those to show, then those to hide.
macro_rules! hide {
    ($($message:path { $($shown:ident),* ; $($hidden:ident),+ })+) => {$(
        impl Debug for $message {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                let Self { $($shown,)* $($hidden),+ } = self;
                f.debug_struct(&stringify!($message).replace(" ", ""))
                    $(.field(stringify!($shown), $shown))*
                    $(.field(stringify!($hidden), &format_args!("{}", $hidden.hidden())))+
                    .finish()
            }
        }
    )+};
}

/// The messages that both versions of the provider's protocol have.
macro_rules! hide_in {
    ($($version:ident)*) => {$(
        mod $version {
            use std::fmt::{Debug, Formatter, Result};

            use super::Hide as _;
            use crate::$version::{
                DynamicValue, RawState, apply_resource_change, close_ephemeral_resource, import_resource_state,
                move_resource_state, open_ephemeral_resource, plan_resource_change, read_resource,
                renew_ephemeral_resource,
            };

            hide! {
                DynamicValue { ; msgpack, json }
                RawState { ; json, flatmap }
                read_resource::Request { type_name, current_state, provider_meta, client_capabilities, current_identity; private }
                read_resource::Response { new_state, diagnostics, deferred, new_identity; private }
                plan_resource_change::Request {
                    type_name, prior_state, proposed_new_state, config, provider_meta, client_capabilities, prior_identity;
                    prior_private
                }
                plan_resource_change::Response {
                    planned_state, requires_replace, diagnostics, legacy_type_system, deferred, planned_identity; planned_private
                }
                apply_resource_change::Request {
                    type_name, prior_state, planned_state, config, provider_meta, planned_identity; planned_private
                }
                apply_resource_change::Response { new_state, diagnostics, legacy_type_system, new_identity; private }
                import_resource_state::ImportedResource { type_name, state, identity; private }
                move_resource_state::Request {
                    source_provider_address, source_type_name, source_schema_version, source_state, target_type_name,
                    source_identity, source_identity_schema_version; source_private
                }
                move_resource_state::Response { target_state, diagnostics, target_identity; target_private }
                open_ephemeral_resource::Response { diagnostics, renew_at, result, deferred; private }
                renew_ephemeral_resource::Request { type_name; private }
                renew_ephemeral_resource::Response { diagnostics, renew_at; private }
                close_ephemeral_resource::Request { type_name; private }
            }
        }
    )*};
}

hide_in! { tfplugin5 tfplugin6 }

hide! {
    read_state_bytes::Response { total_length, range, diagnostics; bytes }
    write_state_bytes::RequestChunk { meta, total_length, range; bytes }
    goplugin::StdioData { channel; data }
}

#[cfg(test)]
mod tests {
    use crate::tfplugin6::{DynamicValue, RawState, move_resource_state, open_ephemeral_resource};

    #[test]
    fn values_and_private_bytes_are_not_shown() {
        let response = open_ephemeral_resource::Response {
            result: Some(DynamicValue { msgpack: b"hunter2".to_vec(), json: Vec::new() }),
            private: Some(b"hunter2!".to_vec()),
            ..Default::default()
        };
        assert_eq!(
            format!("{response:?}"),
            "open_ephemeral_resource::Response { diagnostics: [], renew_at: None, \
             result: Some(DynamicValue { msgpack: <7 bytes>, json: <0 bytes> }), \
             deferred: None, private: Some(<8 bytes>) }"
        );
    }

    #[test]
    fn stored_state_is_not_shown() {
        let request = move_resource_state::Request {
            source_type_name: "aws_ecr_repository".to_owned(),
            source_state: Some(RawState {
                json: br#"{"password":"hunter2"}"#.to_vec(),
                flatmap: [("password".to_owned(), "hunter2".to_owned())].into(),
            }),
            source_private: b"hunter2".to_vec(),
            ..Default::default()
        };
        let shown = format!("{request:?}");
        assert!(shown.contains("aws_ecr_repository"), "{shown}");
        assert!(shown.contains("RawState { json: <22 bytes>, flatmap: <1 entries> }"), "{shown}");
        assert!(shown.ends_with("source_private: <7 bytes> }"), "{shown}");
    }
}
