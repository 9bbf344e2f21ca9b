# What is pushed to production is signed.
resource "rosa_ecr_signing" "production" {
  rule = [{
    signing_profile_arn = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/production"
    repository_filter   = [{ filter = "production/*" }]
  }]
}
