"""Parts of a page that a command writes: what stands between `<!-- name -->` and `<!-- end name -->`. Pure."""

from __future__ import annotations

import re


def with_part(page: str, name: str, content: str) -> str:
    """`page` with what stands between the marks `name` replaced. Raises ValueError where they are missing."""
    pattern = re.compile(rf"(<!-- {name} -->\n\n).*?(\n\n<!-- end {name} -->)", re.DOTALL)
    replaced, found = pattern.subn(lambda match: match[1] + content + match[2], page)
    if found != 1:
        raise ValueError(f"the page has no place for what is {name}")
    return replaced


def part_of(page: str, name: str) -> str:
    """What stands between the marks `name`. Raises ValueError where they are missing."""
    found = re.findall(rf"<!-- {name} -->\n\n(.*?)\n\n<!-- end {name} -->", page, re.DOTALL)
    if len(found) != 1:
        raise ValueError(f"the page has no place for what is {name}")
    return str(found[0])
