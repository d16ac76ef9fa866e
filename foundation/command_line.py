"""How every command of the floors looks: help in plain text, no completion of its own, errors as one sentence.

A command raises ``processes.CannotRun`` or ``WrongInput``, or lets what befell it rise: the roof says it.
"""

from __future__ import annotations

import typer


def new_commands(about: str | None = None) -> typer.Typer:
    """Return an application for commands; with ``about``, a group that shows its help when no command is named."""
    return typer.Typer(
        help=about,
        no_args_is_help=about is not None,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
