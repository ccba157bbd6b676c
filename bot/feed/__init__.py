"""The feed room: from an address to entries that may be believed, and from an entry's body to blocks of text.

Nothing here trusts the other side: fetching has walls, parsing happens in a limited child process, cleaning glues
nothing. Whatever is not whole and clean is a value that says why.
"""

from bot.feed import clean, identity
from bot.feed.article import article, contains, whole
from bot.feed.body import body
from bot.feed.discover import alternates, behind, discover, is_page
from bot.feed.fetch import Fetcher
from bot.feed.parse import parse, parse_list

__all__ = [
    "Fetcher",
    "alternates",
    "article",
    "behind",
    "body",
    "clean",
    "contains",
    "discover",
    "identity",
    "is_page",
    "parse",
    "parse_list",
    "whole",
]
