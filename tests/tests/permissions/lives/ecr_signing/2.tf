resource "rosa_ecr_signing" "all" {
  rule = [{ signing_profile_arn = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/staging" }]
}
