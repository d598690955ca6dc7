"""The variables of a template's content: ``${name}``, each once, in the order of the text.

Rule: Alibaba Cloud's template specification page ("Template variables").
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_PLACEHOLDER = re.compile(r"\$\{\s*([^${}\s]+)\s*\}")


class Segment(NamedTuple):
    """A piece of a rendered message, and the variable it came from ("" for the template's own text)."""

    text: str
    variable: str


def variables_of(content: str) -> tuple[str, ...]:
    """The names in order of first appearance, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(content)))


def segments(content: str, params: Mapping[str, str]) -> Iterator[Segment]:
    """The message in pieces, so that a page can mark what was filled in.

    A variable without a value stays as its placeholder. A value is never looked into: ``${code}`` inside a
    value is those seven characters.
    """
    end = 0
    for match in _PLACEHOLDER.finditer(content):
        if match.start() > end:
            yield Segment(content[end : match.start()], "")
        yield Segment(params.get(match[1], match[0]), match[1])
        end = match.end()
    if end < len(content):
        yield Segment(content[end:], "")


def render(content: str, params: Mapping[str, str]) -> str:
    """The text as the person gets it, without the sign name. Expanded once."""
    return _PLACEHOLDER.sub(lambda match: params.get(match[1], match[0]), content)


def fixed_length(content: str) -> int:
    """How many characters of the content are the template's own."""
    return len(_PLACEHOLDER.sub("", content))


def occurrences(content: str) -> dict[str, int]:
    """How often each variable stands in the content. Aliyun allows once; a length must not depend on that."""
    counts: dict[str, int] = {}
    for name in _PLACEHOLDER.findall(content):
        counts[name] = counts.get(name, 0) + 1
    return counts
