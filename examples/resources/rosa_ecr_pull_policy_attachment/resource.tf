# ROSA Classic: the role that the workers of all clusters of this prefix have.
resource "rosa_ecr_pull_policy_attachment" "workers" {
  role_name = "ManagedOpenShift-Worker-Role"
}

# ROSA with hosted control planes: the role of a machine pool's instance profile.
resource "rosa_ecr_pull_policy_attachment" "pool" {
  instance_profile_name = var.instance_profile_name
}
