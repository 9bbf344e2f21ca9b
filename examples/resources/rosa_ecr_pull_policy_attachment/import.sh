# role/<name>, instance-profile/<name>, or <role>/<ARN of the policy>
terraform import rosa_ecr_pull_policy_attachment.workers role/ManagedOpenShift-Worker-Role
