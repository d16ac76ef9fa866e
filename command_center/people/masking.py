"""What is shown of a person by default: 张** for a name, 138****8000 for a telephone.

Callers and workers come in with their full names and go out so; the full value needs the action ``unmask``.
"""

from __future__ import annotations

import re

NUMBERS = re.compile(r"(?<!\d)\d{7,18}[\dXx]?(?!\d)")


def mask_name(name: str) -> str:
    """Return the first character and two stars; nothing of an empty name."""
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    """Return the first three and the last four digits of a long number, of a short one the last two.

    Source: the masking form 138****8000 of Chinese personal-information practice.
    """
    if len(phone) >= 9:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"****{phone[-2:]}" if len(phone) >= 4 else "****" if phone else ""


def mask_numbers(text: str) -> str:
    """Return the text with telephone and identity numbers masked, for what goes into the journal."""
    return NUMBERS.sub(lambda found: mask_phone(found.group()), text)
