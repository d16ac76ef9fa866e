"""Every page, both languages, real sizes: nothing clipped or outside, axe clean, no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.windows.take_pictures import main

pytestmark = pytest.mark.browser


@pytest.mark.prove
@pytest.mark.timeout(5400)
def test_every_page_is_fit_to_be_seen(tmp_path: Path, static: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = main(["--out", str(tmp_path)])
    assert fault == 0, capsys.readouterr().out[-20_000:]
