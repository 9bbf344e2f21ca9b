terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}

# Credentials and region come from where the AWS CLI takes them, unless the block says otherwise.
provider "rosa" {
  region              = "us-east-1"
  allowed_account_ids = ["123456789012"]

  assume_role {
    role_arn = "arn:aws:iam::123456789012:role/platform"
  }

  default_tags {
    tags = { Team = "platform" }
  }
}
