"""The actions of administration by name, for the people's door."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from command_center.administration import account_steps, template_steps, token_steps
from command_center.moves.act import Act

OFFICE_STEPS: Mapping[str, Callable[[Act], None]] = {
    "account_add": account_steps.add_account,
    "account_change": account_steps.change_account,
    "account_disable": account_steps.disable_account,
    "account_enable": account_steps.enable_account,
    "account_password": account_steps.reset_password,
    "own_password": account_steps.change_own_password,
    "token_add": token_steps.add_token,
    "token_revoke": token_steps.revoke_token,
    "template_save": template_steps.save_template,
    "template_remove": template_steps.remove_template,
}
