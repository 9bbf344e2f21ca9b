resource "rosa_ecr_repository" "app" {
  name                 = "team/app"
  tags                 = { a = "b" }
  scan_on_push         = false
  image_tag_mutability = "IMMUTABLE"
}
