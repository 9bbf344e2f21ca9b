# The account and the name of the setting; with @<region> behind it if it is in another region than the provider's
terraform import rosa_ecr_account_setting.layers 123456789012/BLOB_MOUNTING
