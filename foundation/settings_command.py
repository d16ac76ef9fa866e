"""The command ``citybrain settings``: each setting with value, type, unit, default and origin; secrets hidden.

The roof registers ``commands``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import typer

from foundation.command_line import new_commands
from foundation.settings import PREFIX, Settings

commands = new_commands()
HIDDEN = "(secret)"


@commands.command("settings")
def settings_command(context: typer.Context) -> None:
    """Print each setting with type, unit, default and where its value came from."""
    for line in list_lines(context.obj):
        typer.echo(line)


def list_lines(settings: Settings) -> list[str]:
    """Return two lines a setting: what it is, and what it is for."""
    lines = []
    for told in list_settings(settings):
        unit = f" in {told['unit']}" if told["unit"] else ""
        what = f"[{told['type']}{unit}; default {told['default']}; from {told['origin']}]"
        lines.append(f"{told['name']} = {told['value']}    {what}")
        lines.append(f"    {told['text']}. {told['variable']}")
    return lines


def list_settings(settings: Settings) -> list[dict[str, str]]:
    """Return each setting with value, type, unit, default and origin; secrets hidden."""
    return [
        {
            "name": declared.name,
            "value": _show(getattr(settings, declared.name), is_secret=declared.metadata["secret"]),
            "type": str(declared.type),
            "unit": declared.metadata["unit"],
            "default": _show(declared.default, is_secret=False),
            "origin": settings.origins.get(declared.name, "default"),
            "text": declared.metadata["text"],
            "variable": f"{PREFIX}{declared.name.upper()}",
        }
        for declared in fields(Settings)
        if declared.name != "origins"
    ]


def _show(value: Any, *, is_secret: bool) -> str:
    if value is None or value == "":
        return "(none)"
    return HIDDEN if is_secret else str(value)
