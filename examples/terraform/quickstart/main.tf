# A registry with its VPC endpoints, and defaults otherwise.

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
  default = "dev"
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
}

output "repository_url" {
  value = rosa_ecr.registry.repository_url
}

output "registry_url" {
  value = rosa_ecr.registry.registry_url
}

output "ecr_summary" {
  value = rosa_ecr.registry.ecr_summary
}
