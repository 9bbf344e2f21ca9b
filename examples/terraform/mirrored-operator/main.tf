# A zero-egress cluster that gets another vendor's operator: a registry, a role for the bastion that mirrors, and the cluster's image mirrors.

terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "cluster_name" {
  type    = string
  default = "airgap"
}

variable "vpc_id" {
  type = string
}

variable "private_subnet_ids" {
  type = set(string)
}

variable "instance_profile_names" {
  type = set(string)
}

variable "bastion_role_arn" {
  type        = string
  description = "Role of the machine with internet access that runs oc-mirror."
}

variable "cluster_resources" {
  type        = string
  description = "What oc-mirror has written for the cluster. Before the first run there is nothing."
  default     = "mirror/working-dir/cluster-resources"
}

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name           = var.cluster_name
  platform               = "hcp"
  vpc_id                 = var.vpc_id
  private_subnet_ids     = var.private_subnet_ids
  instance_profile_names = var.instance_profile_names
  use_existing_endpoints = true
  additional_endpoints   = ["s3", "sts"]
}

# The repositories of the mirror make themselves.
resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix      = "mirror"
  applied_for = ["CREATE_ON_PUSH"]
  description = "Copies of operators"
}

resource "rosa_ecr_push_role" "mirror" {
  name_prefix         = "${var.cluster_name}-mirror-"
  repository_arns     = ["${trimsuffix(rosa_ecr.registry.repository_arn, rosa_ecr.registry.repository_name)}mirror/*"]
  create_repositories = true
  trusted_principals  = [var.bastion_role_arn]
}

data "rosa_ecr_pull_readiness" "cluster" {
  repository             = rosa_ecr.registry.repository_name
  vpc_id                 = var.vpc_id
  private_subnet_ids     = var.private_subnet_ids
  instance_profile_names = var.instance_profile_names
}

locals {
  manifests = [for name in fileset(var.cluster_resources, "{idms,itms}-*.yaml") : file("${var.cluster_resources}/${name}")]
}

output "registry_url" {
  value = rosa_ecr.registry.registry_url
}

output "mirror_role_arn" {
  value = rosa_ecr_push_role.mirror.arn
}

output "image_mirrors" {
  value = provider::rosa::image_mirrors(join("\n---\n", local.manifests))
}

output "readiness" {
  value = data.rosa_ecr_pull_readiness.cluster.summary
}
