output "trust_policy" {
  value = provider::rosa::irsa_trust_policy(
    "arn:aws:iam::123456789012:oidc-provider/oidc.op1.openshiftapps.com/1234abcd",
    ["ci:pipeline-builder"],
  )
}
