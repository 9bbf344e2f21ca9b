# A zero-egress cluster: what Red Hat's registry in the region does not have comes through mirrors in the registry.

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
  type    = set(string)
  default = []
}

variable "kms_key_arn" {
  type    = string
  default = null
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
  kms_key_arn            = var.kms_key_arn

  generate_idms = true
  idms_mirrors = {
    "docker.io/library"  = "mirror/library"
    "quay.io/prometheus" = "mirror/prometheus"
  }
}

# Commands of the ROSA CLI.
output "idms_config_path" {
  value = rosa_ecr.registry.idms_config_path
}

# The same for the rhcs provider's rhcs_image_mirror.
output "image_mirrors" {
  value = rosa_ecr.registry.image_mirrors
}
