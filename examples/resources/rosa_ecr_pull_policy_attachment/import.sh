# role/<name>, or instance-profile/<name>
terraform import rosa_ecr_pull_policy_attachment.workers role/ManagedOpenShift-Worker-Role
