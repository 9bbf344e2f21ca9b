//! The parts of a registry: which there shall be, which there are, and what the whole says of them.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::State;

use super::{EcrSummary, RosaEcr, RosaEcrOutputs};
use crate::ec2::{EndpointSecurityGroup, EndpointSecurityGroupOutputs, VpcEndpoint, VpcEndpointOutputs};
use crate::ecr::{LifecyclePolicy, LifecyclePolicyOutputs, Repository, RepositoryOutputs};
use crate::iam::{PullPolicyAttachment, PullPolicyAttachmentOutputs};
use crate::openshift::{Idms, IdmsOutputs};
