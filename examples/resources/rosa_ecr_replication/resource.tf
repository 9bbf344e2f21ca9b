# What is in production is copied to another region of the same account.
resource "rosa_ecr_replication" "production" {
  rule = [{
    destination       = [{ region = "eu-west-1", registry_id = "123456789012" }]
    repository_filter = [{ filter = "production/" }]
  }]
}
