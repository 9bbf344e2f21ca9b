# ROSA Classic: the role that the workers of all clusters of this prefix have.
resource "rosa_ecr_pull_policy_attachment" "workers" {
  role_name = "ManagedOpenShift-Worker-Role"
  owner     = "dev"
}

# ROSA with hosted control planes: the role of a machine pool's instance profile. All clusters of the account have it, so
# this one gets its own repositories only, and those that mirror other registries.
resource "rosa_ecr_pull_policy_attachment" "pool" {
  instance_profile_name = var.instance_profile_name
  owner                 = "dev"
  permission            = "scoped"
  repository_arns = [
    "arn:aws:ecr:us-east-1:123456789012:repository/dev-registry",
    "arn:aws:ecr:us-east-1:123456789012:repository/mirror/*",
  ]
}

# A role that the platform needs the policy on, too: a destroy leaves it there.
resource "rosa_ecr_pull_policy_attachment" "platform" {
  role_name       = "ManagedOpenShift-HCP-ROSA-Worker-Role"
  owner           = "dev"
  keep_on_destroy = true
}
