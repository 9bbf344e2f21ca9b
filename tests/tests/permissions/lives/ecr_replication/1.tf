resource "rosa_ecr_replication" "copies" {
  rule = [{ destination = [{ region = "eu-west-1", registry_id = "123456789012" }] }]
}
