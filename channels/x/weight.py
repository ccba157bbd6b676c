"""How X counts a text: twitter-text, configuration version 3. https://docs.x.com/fundamentals/counting-characters

NFC first; a code point weighs 1 in the four ranges below and 2 elsewhere; an emoji weighs 2 however it is glued; an
address weighs 23 however long it is, also without "https://" when its last word is a known top-level domain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from channels.x import domains, emoji

LIMIT = 280
ADDRESS = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

# The platform turns no address longer than this into a link.
LONGEST_ADDRESS = 4096
# No domain is longer (RFC 1035 section 2.3.4): a longer run of letters and dots is none, and is not worth the search.
LONGEST_DOMAIN = 255

_SPACES = "\\t-\\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NEVER = "\ufffe\ufeff\uffff"
_LATIN = "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289"
_LATIN += "\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
_CYRILLIC = "\u0400-\u04ff"

_LETTER = rf"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${_SPACES}{_NEVER}{_DIRECTION}]"
_TLD_END = r"(?=[^0-9a-zA-Z@+-]|$)"


def _trie(words: set[str]) -> str:
    """A regular expression for any of the words, the longest that fits first, which looks at each letter once."""
    heads: dict[str, set[str]] = {}
    for word in words - {""}:
        heads.setdefault(word[0], set()).add(word[1:])
    branches = [head + _trie(tails) for head, tails in sorted(heads.items())]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if '' in words else ''}"


_TLD = rf"(?:{_trie({*domains.LATIN, *domains.OTHER})}{_TLD_END}|xn--[-0-9a-z]+)"
_DOMAIN = rf"(?:(?:{_LETTER}(?:[_-]|{_LETTER})*)?{_LETTER}\.)*(?:(?:{_LETTER}(?:-|{_LETTER})*)?{_LETTER}\.){_TLD}"
_PATH_LETTER = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENTHESES = rf"\((?:{_PATH_LETTER}+|{_PATH_LETTER}*\({_PATH_LETTER}+\){_PATH_LETTER}*)\)"
_PATH_END = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]|{_PARENTHESES})"
_PATH = rf"(?:{_PATH_LETTER}*(?:{_PARENTHESES}{_PATH_LETTER}*)*{_PATH_END}|@{_PATH_LETTER}+/)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"

_URL = re.compile(
    rf"(?P<before>[^A-Za-z0-9@\uff20$#\uff03{_NEVER}]|[{_DIRECTION}]|^)"
    rf"(?P<url>(?P<protocol>https?://)?(?P<domain>{_DOMAIN})(?P<port>:[0-9]+)?(?P<path>/{_PATH}*)?(?:{_QUERY})?)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:[-a-z0-9{_LATIN}]+\.)+{_TLD}", re.IGNORECASE)
_SHORTENED = re.compile(r"https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?[^\s]*)?", re.IGNORECASE)
_WORD = re.compile(rf"[{_SPACES}]?[^{_SPACES}]+")
_RUN = re.compile(rf"(?:{_LETTER}|[-_.]){{{LONGEST_DOMAIN},}}")


def urls(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each address in an NFC text, in order, as X links them."""
    for word in _WORD.finditer(text):
        if "." in word[0] and not _hopeless(word[0]):
            for start, end in _in_word(word[0]):
                yield word.start() + start, word.start() + end


def _hopeless(word: str) -> bool:
    """Whether a stretch holds a run of letters that is too long for a domain: the search would be quadratic in it."""
    return any("." in run[0] or len(run[0]) > LONGEST_ADDRESS for run in _RUN.finditer(word))


def _in_word(word: str) -> Iterator[tuple[int, int]]:
    """The addresses in a stretch without spaces but perhaps the one before it."""
    for match in _URL.finditer(word):
        start, end = match.span("url")
        if not _encodable(match["domain"]) or end - start > LONGEST_ADDRESS:
            continue
        if match["protocol"]:
            short = _SHORTENED.match(match["url"])
            if short is None:
                yield start, end
            elif len(short["slug"]) <= 40:
                yield start, start + short.end()
        elif match["before"] not in ("-", "_", ".", "/"):
            yield from _bare(match)


def _bare(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Addresses without a protocol: only those in Latin letters, the last with its path and query."""
    found = [one.span() for one in _BARE.finditer(match["domain"])]
    for number, (start, end) in enumerate(found, 1):
        tail = match.end("url") - match.end("domain") if number == len(found) and match["path"] else 0
        yield match.start("url") + start, match.start("url") + end + tail


def _encodable(domain: str) -> bool:
    """Whether the domain can be written in punycode (RFC 3490); X links nothing else."""
    try:
        return bool(domain.encode("idna"))
    except UnicodeError:
        return False


def weight(text: str) -> int:
    """The weighted length of a text, in X's characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    total, position = 0, 0
    for start, end in urls(text):
        total += _plain(text[position:start]) + ADDRESS
        position = end
    return total + _plain(text[position:])


def _plain(text: str) -> int:
    """The weight of a stretch without addresses."""
    if text.isascii() and "\u20e3" not in text:
        return len(text)
    bare, sequences = emoji.SEQUENCE.subn("", text)
    return 2 * sequences + sum(1 if any(a <= ord(one) <= b for a, b in LIGHT) else 2 for one in bare)
