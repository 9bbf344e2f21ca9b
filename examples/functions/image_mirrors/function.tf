variable "cluster_resources" {
  type        = string
  description = "The folder cluster-resources that oc-mirror wrote."
}

locals {
  manifests = [for name in fileset(var.cluster_resources, "{idms,itms}-*.yaml") : file("${var.cluster_resources}/${name}")]
}

output "image_mirrors" {
  value = provider::rosa::image_mirrors(join("\n---\n", local.manifests))
}
