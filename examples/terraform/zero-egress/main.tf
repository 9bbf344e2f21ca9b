# A cluster without a way to the internet: operators come through mirrors in the registry.

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

variable "kms_key_arn" {
  type    = string
  default = null
}

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name       = var.cluster_name
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
  kms_key_arn        = var.kms_key_arn

  generate_idms = true
  idms_mirrors = {
    "registry.redhat.io/openshift4"                   = "openshift4"
    "registry.redhat.io/redhat/redhat-operator-index" = "redhat/redhat-operator-index"
  }
}

output "idms_config_path" {
  value = rosa_ecr.registry.idms_config_path
}

output "idms_config_content" {
  value = rosa_ecr.registry.idms_config_content
}
