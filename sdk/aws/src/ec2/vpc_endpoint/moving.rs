//! Endpoints that something else has managed so far: with the AWS provider, or by hand.

use std::collections::BTreeSet;

use rosa_ecr_model::{Diagnostic, Diagnostics, MoveSource, State};

use super::described::ObservedEndpoint;
use super::{VpcEndpoint, VpcEndpointOutputs};
use crate::ec2::endpoint_service as services;
use crate::tags::Tags;
use crate::{claims, move_source};

/// The endpoint of a state of the AWS provider.
pub(super) fn move_state(source: &MoveSource<'_>) -> Option<Result<State<VpcEndpoint>, Diagnostics>> {
    move_source::is_aws(source, "aws_vpc_endpoint").then(|| {
        let service_name = move_source::required(source, "service_name")?;
        let kind = source.text("vpc_endpoint_type").unwrap_or("Gateway");
        let known =
            ["Gateway", "Interface"].contains(&kind).then(|| services::of_name(service_name, kind == "Gateway"));
        let service = known.flatten().ok_or_else(|| {
            let services = services::SERVICES.join(", ");
            let why = format!("It is an endpoint of type {kind} for {service_name}, and none of those for {services}.");
            move_source::refused(source, why)
        })?;
        let policy = source.text("policy").filter(|policy| !policy.is_empty());
        let inputs = VpcEndpoint {
            policy: policy.map(str::to_owned),
            region: move_source::region(source),
            tags: move_source::tags(source),
            ..VpcEndpoint::existing(service, move_source::required(source, "vpc_id")?)
        };
        let outputs = VpcEndpointOutputs {
            id: move_source::required(source, "id")?.to_owned(),
            arn: source.text("arn").unwrap_or_default().to_owned(),
            service_name: service_name.to_owned(),
            dns_names: Vec::new(),
            network_interface_ids: BTreeSet::new(),
            tags_all: Tags::new(),
            claim: claims::unread(),
        };
        Ok(State { inputs, outputs })
    })
}

/// Why an endpoint cannot be imported.
pub(super) fn no_service(found: &ObservedEndpoint) -> Diagnostic {
    let kind = if found.is_gateway { "a gateway" } else { "an interface" };
    let services: Vec<String> =
        services::SERVICES.into_iter().filter(|service| *service != services::S3).map(services::suffix).collect();
    Diagnostic::error(format!("The VPC endpoint {} leads to none of the services of rosa_ecr_vpc_endpoint", found.id))
        .detail(format!("It is {kind} endpoint for {}.", found.service_name))
        .fix(format!(
            "Import an interface endpoint for {}, or a gateway endpoint for s3. Others belong to the AWS provider's \
             aws_vpc_endpoint.",
            services.join(", ")
        ))
}
