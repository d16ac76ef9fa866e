"""Who somebody is and what they may see: accounts, roles, scope, masking."""
