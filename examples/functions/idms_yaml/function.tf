output "manifest" {
  value = provider::rosa::idms_yaml("123456789012.dkr.ecr.us-east-1.amazonaws.com", {
    "registry.redhat.io/rhel9" = "rhel9"
  })
}
