"""What a person in a browser is told where there is no page: both languages, plain, the address not repeated.

Comes in: a request that was refused. Goes out: a small page for a browser that wanted one; programs and the
interface get the problem document (``refusal_handlers.py``). Without styles: the pages' own lie with the build.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

WORDS = {
    404: (
        "没有这个页面",
        "There is no such page",
        "请检查地址，或返回首页。",
        "Check the address, or go to the first page.",
    ),
    503: ("服务暂不可用", "Not available just now", "请稍后再试。", "Try again shortly."),
    500: ("程序出错", "Something went wrong on our side", "请稍后再试。", "Try again shortly."),
}
SHAPE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="dark"><title>{0} · {1}</title></head>
<body><main><h1>{0}</h1><p>{2}</p><section lang="en"><h2>{1}</h2><p>{3}</p></section>
<p><a href="/">首页 · <span lang="en">Home</span></a></p></main></body></html>
"""


def find_page(request: Request, status: int) -> Response | None:
    """Return the page for a browser that asked for one; None for everybody else."""
    wants_page = "text/html" in request.headers.get("accept", "") and request.method in ("GET", "HEAD")
    if not wants_page or request.url.path.startswith("/api/") or status not in WORDS:
        return None
    return HTMLResponse(SHAPE.format(*WORDS[status]), status, {"Cache-Control": "no-store"})
