moved {
  from = aws_iam_role_policy_attachment.worker_ecr
  to   = rosa_ecr_pull_policy_attachment.workers
}
