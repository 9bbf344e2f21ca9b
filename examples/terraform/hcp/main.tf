# ROSA with hosted control planes: the roles of the machine pools' instance profiles may pull.

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
  default = "hcp"
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

provider "rosa" {
  region = var.region
}

resource "rosa_ecr" "registry" {
  cluster_name           = var.cluster_name
  platform               = "hcp"
  vpc_id                 = var.vpc_id
  private_subnet_ids     = var.private_subnet_ids
  instance_profile_names = var.instance_profile_names
}

output "repository_url" {
  value = rosa_ecr.registry.repository_url
}
