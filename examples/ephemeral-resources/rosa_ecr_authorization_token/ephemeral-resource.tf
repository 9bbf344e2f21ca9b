ephemeral "rosa_ecr_authorization_token" "login" {}

# Any provider that takes a login, in its provider block or in a write-only argument.
locals {
  registry = ephemeral.rosa_ecr_authorization_token.login.registry
  user     = ephemeral.rosa_ecr_authorization_token.login.user_name
  password = ephemeral.rosa_ecr_authorization_token.login.password
}
