locals {
  image = provider::rosa::parse_image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1.0")
}

# team/app, v1.0
output "image" {
  value = "${local.image.repository}, ${local.image.tag}"
}
