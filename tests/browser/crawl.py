"""Finds every page that a person can reach by following links, one address of each kind."""

import re
from collections import deque

from lxml import html
from playwright.sync_api import APIRequestContext, BrowserContext

NUMBER = re.compile(r"/[^/]*\d[^/]*(?=/|$)")  # ids, and names that carry a number
# Lessons and texts look different by kind, so several of them are kept.
KEEP = {"/courses/lessons/N": 9, "/library/N": 2}
# Answers that are files or parts of pages, and addresses that only lead to another.
NOT_PAGES = re.compile(
    r"^/(static|files|healthz|readyz|library/at)|^/reports/exports|/(export|download|continue)(/|$)"
)


def pattern_of(path: str) -> str:
    """The kind of page that an address is: its path with numbers replaced."""
    return NUMBER.sub("/N", path.split("?")[0]).rstrip("/") or "/"


def find_pages(context: BrowserContext, base: str, limit: int = 100) -> list[str]:
    """The paths that the person of `context` can reach from the front page, without drawing any."""
    seen: dict[str, int] = {}
    waiting, known, found = deque(["/"]), {"/"}, []
    while waiting and len(found) < limit:
        path = waiting.popleft()
        pattern = pattern_of(path)
        if seen.get(pattern, 0) >= KEEP.get(pattern, 1):
            continue
        links = links_of(context.request, base, path)
        if links is None:
            continue
        seen[pattern] = seen.get(pattern, 0) + 1
        found.append(path)
        fresh = [link for link in links if link not in known and not NOT_PAGES.search(link)]
        known.update(fresh)
        waiting.extend(fresh)
    return found


def links_of(request: APIRequestContext, base: str, path: str) -> list[str] | None:
    """The addresses on our own server that a page links to; None when it is no page."""
    response = request.get(base + path)
    if "text/html" not in response.headers.get("content-type", ""):
        return None
    tree = html.document_fromstring(response.text())
    tree.make_links_absolute(response.url)
    targets = (link.get("href", "").removeprefix(base) for link in tree.iter("a"))
    return list(dict.fromkeys(t.split("#")[0] for t in targets if t.startswith("/")))
