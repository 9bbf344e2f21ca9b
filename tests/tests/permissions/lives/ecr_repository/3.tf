resource "rosa_ecr_repository" "app" {
  name                 = "team/app"
  tags                 = { c = "d" }
  scan_on_push         = false
  image_tag_mutability = "IMMUTABLE"
}
