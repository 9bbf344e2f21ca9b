ephemeral "rosa_ecr_authorization_token" "registry" {}

variable "existing" {
  type        = string
  ephemeral   = true
  description = "The additional pull secret that the cluster has, as `oc get` prints it."
}

locals {
  pull_secret = provider::rosa::merge_pull_secret(
    var.existing,
    ephemeral.rosa_ecr_authorization_token.registry.registry,
    ephemeral.rosa_ecr_authorization_token.registry.authorization_token,
  )
}
