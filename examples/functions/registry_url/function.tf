# 123456789012.dkr.ecr.us-gov-west-1.amazonaws.com
output "registry" {
  value = provider::rosa::registry_url("123456789012", "us-gov-west-1")
}
