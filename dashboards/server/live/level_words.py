"""Words of the level rules for ``sentences.py``: what is offered, to whom one reports, by which report."""

from __future__ import annotations

OFFERS = {
    "take_over": ("接管", "take it over"),
    "escalate": ("升级上报", "have it handed up"),
    "hand_up": ("移交市平台", "hand it to the city platform"),
}
ABOVE = {"district": ("区级", "the district"), "city": ("市级", "the city")}
REPORTS = {
    "phone": ("电话快报", "by telephone"),
    "first": ("初报", "the first report"),
    "follow_up": ("续报", "a follow-up"),
    "final": ("终报", "the final report"),
}
