moved {
  from = aws_ecr_account_setting.layers
  to   = rosa_ecr_account_setting.layers
}
