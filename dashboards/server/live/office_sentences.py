"""Sentences of what administrators do, for the journal's reader; about no incident. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OFFICE_ROLES = {
    "security_admin": ("安全管理员", "The security administrator"),
    "system_admin": ("系统管理员", "The system administrator"),
}
OFFICE_KINDS = {
    "account_added": ("{who}新增账号{thing}", "{who} added the account {thing}"),
    "account_changed": ("{who}更改账号{thing}的资料或权限", "{who} changed the account {thing} or what it holds"),
    "account_disabled": ("{who}停用账号{thing}", "{who} shut the account {thing}"),
    "account_enabled": ("{who}启用账号{thing}", "{who} opened the account {thing} again"),
    "account_password_reset": ("{who}重置账号{thing}的密码", "{who} gave the account {thing} a new password"),
    "account_password_changed": ("{who}更改了本人密码", "{who} changed their own password"),
    "token_added": ("{who}新增数据源凭证{thing}", "{who} added the credential {thing} of a source"),
    "token_revoked": ("{who}吊销数据源凭证{thing}", "{who} revoked the credential {thing} of a source"),
    "template_saved": ("{who}保存了部门答复模板", "{who} saved a reply template of a department"),
    "template_removed": ("{who}删除了部门答复模板", "{who} removed a reply template of a department"),
}


def name_thing(data: Mapping[str, Any]) -> str:
    """Return what an entry calls the thing that it is about: its name, else its id."""
    return str(next((data[key] for key in ("name", "device", "account", "token") if data.get(key)), ""))
