# A registry that outlives its cluster: a destroy keeps the repository, a later apply takes it back.

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
  default = "protected"
}

variable "vpc_id" {
  type = string
}

variable "private_subnet_ids" {
  type = set(string)
}

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name       = var.cluster_name
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
  prevent_destroy    = true

  lifecycle_untagged_days = 7
  lifecycle_keep_count    = 100
}

output "repository_arn" {
  value = rosa_ecr.registry.repository_arn
}
