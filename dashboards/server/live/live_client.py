"""One live connection: its place in the journal, its pace, and everything that it is sent.

The route hands in what the screen says (``subscribe``); ``run`` starts it from a snapshot or a number and joins
it to the channel of all who see the same (``live_channel.py``); ``live_rights.py`` ends it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
