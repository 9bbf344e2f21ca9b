# A VPC that has ECR endpoints already: only the repository and the pull permission are made.

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
  default = "shared"
}

variable "worker_role_names" {
  type    = set(string)
  default = []
}

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name         = var.cluster_name
  create_vpc_endpoints = false
  worker_role_names    = var.worker_role_names

  tags = {
    Owner = "platform"
  }
}

output "repository_url" {
  value = rosa_ecr.registry.repository_url
}
