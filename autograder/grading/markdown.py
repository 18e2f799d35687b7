"""Makes a student's Markdown safe to show in formgrader and feedback.

A text is safe if nbconvert, which renders it for both, renders it safely; it then stays as it is.
The notebook itself is made safe, not its rendering, since a course cannot control formgrader's
configuration.
"""

import base64
import binascii
import html
import itertools
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

MOST_PICTURES = 100  # in a cell: each costs a search of the text
MOST_RENDERED = 8_000  # characters of a cell: the parser's time grows with their square
LARGEST_PICTURE = 4_000_000  # characters of its base64
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}

# Without any of these, Markdown has neither tags nor links nor diagrams.
SUSPICIOUS = re.compile(r"<[A-Za-z/!?]|\]\s*[(\[:]|mermaid", re.IGNORECASE)
TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=\s*[(\[:])")
PLAIN_LINK = re.compile(r"\]\((?:https?://|mailto:)[\w.,:/?&=%#~+-]*\)")
PICTURE_LINK = re.compile(r"\]\(attachment:([\w.-]+)\)")
# Delimiters of code and formulas.
EDGE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})|(?P<ticks>`+)|(?<!\\)(?P<math>\$\$?)"
    r"|\\(?P<side>begin|end)\{(?P<environment>[a-z]{0,40}\*?)\}",
    re.MULTILINE,
)

# The only tags in a safe rendering, with attributes without markup.
RENDERED_TAG = re.compile(
    r"</?(?:p|br|hr|h[1-6]|em|strong|del|code|pre|span|div|a|img|ul|ol|li|input|blockquote"
    r"|table|thead|tbody|tr|th|td|dl|dt|dd)"
    r"(?: (?:class|id|href|title|src|alt|start|style|type|disabled|checked)(?:=\"[^\"<>]*\")?)*"
    r" ?/?>"
)
ADDRESS = re.compile(r' (href|src)="([^"<>]*)"')
SAFE_ADDRESS = {
    "href": re.compile(r"https?://.*|mailto:.*|#.*", re.IGNORECASE | re.DOTALL),
    "src": re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*"),
}

# Pictures in a text: as a tag, or as a data address (Colab).
PICTURE_TAG = re.compile(
    r"<img [^<>]{0,200}?\bsrc=[\"']((?:attachment|data):[^\"'<>]*)[\"'][^<>]{0,200}>"
)
PICTURE_ADDRESS = re.compile(r"(?<=[(<\s])data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=]+)")
PLAIN_NAME = re.compile(r"[\w.-]+", re.ASCII)


class UnsafeMarkdownError(Exception):
    """A text has HTML or a diagram in it."""


def is_suspicious(markdown: str) -> bool:
    """Whether a text may have tags, links or diagrams."""
    return SUSPICIOUS.search(markdown) is not None


def sanitise_markdown(markdown: str, attachments: dict[str, Any], render: bool) -> str:
    """Return Markdown that runs nothing in a reader's browser.

    A safe text stays as it is. In others, tags and links outside code and formulas are escaped; if
    that is not enough, or `render` is off, all of the text is.
    """
    if not is_suspicious(markdown):
        return markdown
    if render and len(markdown) <= MOST_RENDERED:
        for text in (markdown, _without_markup(markdown, attachments)):
            if is_safe(text, attachments):
                return text
    return "".join(
        letter if letter.isalnum() or letter.isspace() else f"&#{ord(letter)};"
        for letter in markdown
    )


def is_safe(markdown: str, attachments: dict[str, Any]) -> bool:
    """Whether nbconvert renders a text without the author's HTML, and with safe links only."""
    try:
        rendered = _render(markdown, attachments)
    except Exception:  # for example because of a missing picture
        return False
    if "<" in RENDERED_TAG.sub("", rendered):
        return False
    return all(
        SAFE_ADDRESS[kind].fullmatch(html.unescape(address))
        for kind, address in ADDRESS.findall(rendered)
    )


def _render(markdown: str, attachments: dict[str, Any]) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath  # slow

    def refuse(*_arguments: Any, **_named: Any) -> str:
        raise UnsafeMarkdownError

    renderer = IPythonRenderer(escape=False, attachments=attachments)
    for kind in ("inline_html", "block_html", "block_mermaidjs"):
        setattr(renderer, kind, refuse)
    return str(MarkdownWithMath(renderer=renderer).render(markdown))


def _without_markup(markdown: str, attachments: dict[str, Any]) -> str:
    """The text with its tags and unsafe links escaped, except in code and formulas."""

    def escape_link(match: re.Match[str]) -> str:
        picture = PICTURE_LINK.match(match.string, match.start())
        known = picture is not None and picture[1] in attachments
        return "]" if known or PLAIN_LINK.match(match.string, match.start()) else "&#93;"

    def escape(text: str) -> str:
        return LINK.sub(escape_link, TAG.sub("&lt;", text))

    return _outside_code(escape, markdown)


def _outside_code(change: Callable[[str], str], text: str) -> str:
    """Change the text outside of code and formulas."""
    edges = list(EDGE.finditer(text))
    parts, end, place = [], 0, 0
    ends = _ends_of(edges)
    while place < len(edges):
        last = ends[place]
        if last is not None:
            start, stop = edges[place].start(), edges[last].end()
            parts += [change(text[end:start]), text[start:stop]]
            end, place = stop, last
        place += 1
    return "".join([*parts, change(text[end:])])


def _ends_of(edges: list[re.Match[str]]) -> list[int | None]:
    """For each delimiter, the position of the next one that would close it."""
    following: dict[str, int] = {}
    ends: list[int | None] = []
    for place in range(len(edges) - 1, -1, -1):
        found = edges[place]
        name = f"{found.lastgroup} {found[0].strip()}"
        ends.append(following.get(name.replace("\\begin", "\\end")))
        following[name] = place
        if found["side"] == "end":
            ends[-1] = None
    return ends[::-1]


def keep_pictures(markdown: str, attachments: Any) -> tuple[str, dict[str, Any], int]:
    """Keep the PNG and JPEG pictures of a text, under names that nbconvert finds again.

    `attachments` comes from a submitted cell and may be anything. Returns the text, the kept
    pictures, and the number of others, which are of another kind or too large.
    """
    kept: dict[str, Any] = {}
    dropped = 0
    markdown = PICTURE_TAG.sub(r"![](\1)", markdown)
    found = attachments if isinstance(attachments, dict) else {}
    if len(found) > MOST_PICTURES:
        found, dropped = {}, len(found)
    new_names = (f"picture-{n}" for n in itertools.count(1) if f"picture-{n}" not in found)
    for name in sorted(found, key=len, reverse=True):  # 'a.png2' before 'a.png', which it contains
        bundle = found[name] if isinstance(found[name], dict) else {}
        good = {kind: data for kind, data in bundle.items() if is_picture(kind, data)}
        if not good:
            dropped += 1
            continue
        plain = name
        if not PLAIN_NAME.fullmatch(name):
            plain = next(new_names)
            for written in (name, quote(name, errors="replace")):
                markdown = markdown.replace(f"attachment:{written}", f"attachment:{plain}")
        kept[plain] = good

    def attach(match: re.Match[str]) -> str:
        nonlocal dropped
        kind, data = match.groups()
        if not is_picture(kind, data):
            dropped += 1
            return match[0][:40]
        name = next(new_names)
        kept[name] = {kind: data}
        return f"attachment:{name}"

    return PICTURE_ADDRESS.sub(attach, markdown), kept, dropped


def is_picture(kind: str, data: Any) -> bool:
    """Whether data are a PNG or JPEG picture of the given kind in base64."""
    if kind not in SIGNATURES or not isinstance(data, str) or len(data) > LARGEST_PICTURE:
        return False
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return content.startswith(SIGNATURES[kind])
