# ROSA Classic: the account-level worker role, which clusters share, may pull.

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
  default = "classic"
}

variable "vpc_id" {
  type = string
}

variable "private_subnet_ids" {
  type = set(string)
}

variable "worker_role_name" {
  type    = string
  default = "ManagedOpenShift-Worker-Role"
}

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name       = var.cluster_name
  platform           = "classic"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
  worker_role_names  = [var.worker_role_name]

  image_tag_mutability                   = "IMMUTABLE_WITH_EXCLUSION"
  image_tag_mutability_exclusion_filters = [{ filter = "latest" }]
}

output "repository_url" {
  value = rosa_ecr.registry.repository_url
}
