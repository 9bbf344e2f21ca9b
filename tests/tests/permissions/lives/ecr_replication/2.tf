resource "rosa_ecr_replication" "copies" {
  rule = [{ destination = [{ region = "eu-west-2", registry_id = "123456789012" }] }]
}
