//! What the provider offers: the one list that a new resource or data source has to be put into.
//!
//! Everything else follows from it: what the provider serves, the pages of the documentation with their IAM actions, and the
//! names in the prelude of the crate `rosa-ecr`.

use std::sync::Arc;

use rosa_ecr_model::{
    ActionKind, DataKind, EphemeralKind, Kind, ListKind, action, data_source, ephemeral, kind, list_resource,
};

use crate::provider::Aws;

/// Takes `module::Type` for each type, and `, list_resource` behind a resource whose objects can be listed.
macro_rules! offer {
    (
        resources { $($resource_module:ident::$resource:ident $(, $list_resource:ident)?;)* }
        data_sources { $($data_module:ident::$data_source:ident;)* }
        ephemeral_resources { $($ephemeral_module:ident::$ephemeral:ident;)* }
        actions { $($action_module:ident::$action:ident;)* }
    ) => {
        /// All resources.
        pub fn kinds() -> Vec<Arc<dyn Kind<Aws>>> {
            vec![$(kind::<crate::$resource_module::$resource>()),*]
        }

        /// All data sources.
        pub fn data_sources() -> Vec<Arc<dyn DataKind<Aws>>> {
            vec![$(data_source::<crate::$data_module::$data_source>()),*]
        }

        /// All ephemeral resources.
        pub fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Aws>>> {
            vec![$(ephemeral::<crate::$ephemeral_module::$ephemeral>()),*]
        }

        /// All actions.
        pub fn actions() -> Vec<Arc<dyn ActionKind<Aws>>> {
            vec![$(action::<crate::$action_module::$action>()),*]
        }

        /// All resources that can be listed.
        pub fn list_resources() -> Vec<Arc<dyn ListKind<Aws>>> {
            vec![$($($list_resource::<crate::$resource_module::$resource>(),)?)*]
        }

        /// The resources, to declare in a program.
        pub mod resources {
            $(pub use crate::$resource_module::$resource;)*
        }

        /// The actions, to invoke in a program.
        pub mod actions {
            $(pub use crate::$action_module::$action;)*
        }

        /// The data sources, to look up in a program.
        pub mod data_sources {
            $(pub use crate::$data_module::$data_source;)*
        }
    };
}

offer! {
    resources {
        rosa_ecr::RosaEcr, list_resource;
        ecr::Repository, list_resource;
        ecr::LifecyclePolicy, list_resource;
        ecr::RepositoryPolicy, list_resource;
        ecr::RegistryPolicy, list_resource;
        ecr::RegistryScanning, list_resource;
        ecr::Replication, list_resource;
        ecr::Signing, list_resource;
        ecr::AccountSetting, list_resource;
        ecr::RepositoryCreationTemplate, list_resource;
        ecr::PullThroughCacheRule, list_resource;
        ec2::VpcEndpoint, list_resource;
        iam::PullPolicyAttachment, list_resource;
        ec2::EndpointSecurityGroup, list_resource;
        iam::PushRole, list_resource;
        openshift::Idms, list_resource;
    }
    data_sources {
        ecr::RepositoryLookup;
        ecr::Images;
        ecr::ImageScanFindings;
        ecr::LifecyclePolicyPreview;
        ecr::Repositories;
        pull_readiness::PullReadiness;
    }
    ephemeral_resources {
        ecr::AuthorizationToken;
    }
    actions {
        ecr::DeleteImages;
        ecr::ScanImages;
    }
}
