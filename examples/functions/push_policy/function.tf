output "policy" {
  value = provider::rosa::push_policy(["arn:aws:ecr:us-east-1:123456789012:repository/team/app"])
}
