"""The local models: what is installed, what the index offers, and how a model comes here whole or not at all.

A model is a folder `be-en/` with its files and a manifest that is written last; without a manifest there is no model.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bot.errors import TemporaryError, UsageError

if TYPE_CHECKING:
    import httpx

# Firefox's own index and files, as https://mozilla.github.io/translations/firefox-models/ names them. Mozilla asks
# that services do not lean on them: fetch once, or keep a copy and name its index.
INDEX = "https://firefox.settings.services.mozilla.com/v1/buckets/main/collections/translations-models-v2/records"
FILES = "https://firefox-settings-attachments.cdn.mozilla.net/"
VARIABLE = "FXTRANSLATE_RECORDS_URL"  # the library's own name for another index; its files lie beside it
MANIFEST = "manifest.json"
FILE_BYTES = 200_000_000  # the largest model file; Firefox's have 17 to 31 MB
INDEX_BYTES = 20_000_000
TIMEOUT = 30.0  # seconds without a byte
VOCABULARIES = (("vocab",), ("srcvocab", "trgvocab"))
KINDS = ("model", "lex", "vocab", "srcvocab", "trgvocab")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
ALL_BUT_ANDROID = ("", "env.appinfo.OS != 'Android'")  # who gets a model in Firefox: these are the released ones

Progress = Callable[[str, int, int], AbstractContextManager[Callable[[int], None]]]
"""(name, bytes in all, bytes that are here) -> a context in which each further number of bytes is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of an installed model."""

    kind: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a manifest says of an installed model; `source` is the host that it came from."""

    pair: str
    version: str
    architecture: str
    source: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def identity(self) -> str:
        """The pair, the publisher's version, and eight digits of a SHA-256 over all files."""
        whole = hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()
        return f"{self.pair} {self.version} {whole[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One file of the index: what is downloaded, and what it unpacks to."""

    kind: str
    name: str
    url: str
    packed_sha256: str
    packed_size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One model of the index."""

    pair: str
    version: str
    architecture: str
    files: tuple[Remote, ...]

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.packed_size for file in self.files)


# --------------------------------------------------------------------------------------------------------------------
# what is here


def installed(folder: Path, pair: str) -> Model | None:
    """The model of a pair such as "be-en" that lies in a folder of models; None without a sound manifest."""
    try:
        raw = json.loads((folder / pair / MANIFEST).read_bytes())
        files = tuple(File(**{key: file[key] for key in File.__slots__}) for file in raw.pop("files"))
        model = Model(files=files, **raw)
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return None
    sound = model.pair == pair and all(
        SAFE_NAME.match(str(one.name)) and SHA256.match(str(one.sha256)) and type(one.size) is int for one in files
    )
    return model if sound and _complete({file.kind for file in files}) else None


def read(folder: Path, model: Model) -> dict[str, bytes]:
    """The files of an installed model by kind. Raises ValueError when one is not what the manifest says.

    A garbage vocabulary would load without a word and translate into nothing: only its hash tells.
    """
    contents = {}
    for file in model.files:
        path = folder / model.pair / file.name
        try:
            whole = path.read_bytes() if path.stat().st_size == file.size else b""
        except OSError as error:
            raise ValueError(f"{file.name} cannot be read: {error.strerror}") from None
        if hashlib.sha256(whole).hexdigest() != file.sha256:
            raise ValueError(f"{file.name} is not the file that was fetched; run: vestka models fetch {model.pair}")
        contents[file.kind] = whole
    return contents


def legs(source: str, target: str, has: Callable[[str], bool]) -> tuple[str, ...]:
    """The pairs to walk from one language to another: itself, or by way of English; () where there is no way."""
    direct = f"{source}-{target}"
    if has(direct):
        return (direct,)
    pivot = (f"{source}-en", f"en-{target}")
    return pivot if "en" not in (source, target) and all(has(pair) for pair in pivot) else ()


def _complete(kinds: set[str]) -> bool:
    return "model" in kinds and any(kinds >= set(needed) for needed in VOCABULARIES)


# --------------------------------------------------------------------------------------------------------------------
# what the index offers


def index_url() -> str:
    """The address of the index: Firefox's, or that of the environment. Raises UsageError for one that is no https."""
    url = os.environ.get(VARIABLE) or INDEX
    if not _allowed(url):
        raise UsageError(f"{VARIABLE}: should be an https:// address (http:// only on this machine's loopback)")
    return url


def _allowed(url: str) -> bool:
    """https, or http on loopback: what comes unprotected over a network could be anybody's."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        loopback = host == "localhost" or (bool(re.fullmatch(r"[0-9.:a-f]+", host)) and _is_loopback(host))
    except ValueError:
        return False
    return bool(host) and parts.username is None and (parts.scheme == "https" or (parts.scheme == "http" and loopback))


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


@contextmanager
def client() -> Iterator[httpx.Client]:
    """A client that follows no redirect and takes no proxy from the environment."""
    import httpx

    with httpx.Client(timeout=TIMEOUT, trust_env=False, headers={"User-Agent": "vestka"}) as made:
        yield made


def offers(web: httpx.Client, url: str) -> dict[str, Offer]:
    """The models of the index by pair, one for each. Raises TemporaryError when it cannot be had or read."""
    raw = _get(web, url)
    host = urlsplit(url).hostname
    strange = TemporaryError(f"what {host} answers is no index of models; look at {VARIABLE}, or try again later")
    try:
        data = json.loads(raw)["data"]
        # Only flat texts go on into the library: its own parser dies of lists a hundred thousand deep.
        records = [row for row in map(_flat, data) if row is not None]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise strange from None
    sets: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for row in records:
        pair = f"{row['sourceLanguage']}-{row['targetLanguage']}"
        sets.setdefault((pair, row["version"], row["architecture"], row["filter_expression"]), []).append(row)
    best: dict[str, tuple[tuple[object, ...], Offer]] = {}
    for (pair, version, architecture, audience), rows in sets.items():
        files = tuple(sorted((_remote(row, url) for row in rows), key=lambda file: KINDS.index(file.kind)))
        if not _complete({file.kind for file in files}) or not _readable(rows):
            continue
        offer = Offer(pair=pair, version=version, architecture=architecture, files=files)
        # The released one first, then the newest, then the largest: Firefox's larger models translate better.
        rank = (audience in ALL_BUT_ANDROID, *_version_key(version), offer.size)
        if pair not in best or rank > best[pair][0]:
            best[pair] = (rank, offer)
    if not best:
        raise strange
    return {pair: offer for pair, (_, offer) in sorted(best.items())}


def _get(web: httpx.Client, url: str) -> bytes:
    import httpx

    host = urlsplit(url).hostname
    try:
        with web.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise TemporaryError(f"{host} answered {answer.status_code} instead of the index of models; try later")
            raw = b""
            for chunk in answer.iter_bytes():
                raw += chunk
                if len(raw) > INDEX_BYTES:
                    raise TemporaryError(f"the index of {host} is larger than {INDEX_BYTES} bytes; look at {VARIABLE}")
            return raw
    except httpx.HTTPError as error:
        raise TemporaryError(
            f"the index of models at {host} cannot be reached ({type(error).__name__}); try again later"
        ) from None


def _flat(row: object) -> dict[str, Any] | None:
    """One record with only what we use, each value of the right type and form; None for any other."""
    if not isinstance(row, dict) or not isinstance(row.get("attachment"), dict):
        return None
    packed = row["attachment"]
    texts = {
        name: row.get(name) or ""
        for name in ("name", "fileType", "sourceLanguage", "targetLanguage", "version", "architecture",
                     "decompressedHash", "filter_expression")
    }  # fmt: skip
    found = texts | {"location": packed.get("location"), "hash": packed.get("hash")}
    if not all(isinstance(value, str) for value in found.values()):
        return None
    sound = (
        SAFE_NAME.match(found["name"])
        and found["name"] != MANIFEST
        and SAFE_NAME.match(found["version"])
        and found["fileType"] in KINDS
        and SHA256.match(found["decompressedHash"])
        and SHA256.match(found["hash"])
        and type(packed.get("size")) is int
        and 0 < packed["size"] <= FILE_BYTES
    )
    return found | {"size": packed["size"]} if sound else None


def _remote(row: Mapping[str, Any], index: str) -> Remote:
    base = FILES if index == INDEX else index
    return Remote(
        kind=row["fileType"],
        name=row["name"],
        url=urljoin(base, row["location"]),
        packed_sha256=row["hash"],
        packed_size=row["size"],
        sha256=row["decompressedHash"],
    )


def _readable(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the library can read a model of this version."""
    from fxtranslate import discovery

    return bool(discovery.model_pairs(json.dumps({"data": [{**row, "attachment": {"location": "-"}} for row in rows]})))


def _version_key(version: str) -> tuple[tuple[int, ...], bool]:
    """Orders "3.0a1" before "3.0" before "3.1"."""
    numbers = tuple(int(number) for number in re.findall(r"\d{1,9}", re.sub(r"[a-z].*", "", version)))
    return numbers, not re.search("[a-z]", version)


def overview(folder: Path, languages: Sequence[str], offered: Mapping[str, Offer]) -> list[dict[str, Any]]:
    """Each pair that is or could be here: {pair, route, legs, installed, version, bytes}; bytes: on disk or to load."""
    rows = []
    for source, target in permutations(languages, 2):
        here = legs(source, target, lambda pair: installed(folder, pair) is not None)
        there = legs(source, target, lambda pair: pair in offered)
        way = here or there
        if not way:
            continue
        models = [installed(folder, leg) if here else offered[leg] for leg in way]
        rows.append(
            {
                "pair": f"{source}-{target}",
                "route": "direct" if len(way) == 1 else "pivot",
                "legs": list(way),
                "installed": bool(here),
                "version": ", ".join(one.version for one in models if one),
                "bytes": sum(one.size for one in models if one),
            }
        )
    return rows


# --------------------------------------------------------------------------------------------------------------------
# how one comes here


def fetch(web: httpx.Client, folder: Path, offer: Offer, *, source: str, progress: Progress) -> Model | None:
    """Bring one model into the folder; None when this very one is there already.

    What was downloaded of it before is kept and gone on with. Raises TemporaryError when the wire fails or a file is
    not what the index says, OSError when the disk does; the folder of the pair is then as it was.
    """
    have = installed(folder, offer.pair)
    if have is not None and {one.sha256 for one in have.files} == {one.sha256 for one in offer.files}:
        try:
            read(folder, have)
        except ValueError:
            pass  # something has happened to it on the disk: fetch it anew
        else:
            return None
    staging = folder / f".{offer.pair}.part"
    staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = []
    for remote in offer.files:
        packed = _download(web, staging, remote, progress)
        whole = _unpack(packed, remote)
        _write(staging / remote.name, whole)
        files.append(File(kind=remote.kind, name=remote.name, sha256=remote.sha256, size=len(whole)))
    model = Model(
        pair=offer.pair, version=offer.version, architecture=offer.architecture, source=source, files=tuple(files)
    )
    _write(staging / MANIFEST, json.dumps(asdict(model), indent=2).encode())
    wanted = {MANIFEST, *(file.name for file in files)}
    for other in staging.iterdir():
        if other.name not in wanted:
            other.unlink()
    _put(staging, folder / offer.pair)
    return model


def _download(web: httpx.Client, staging: Path, remote: Remote, progress: Progress) -> Path:
    """The packed file, whole and verified; its hash is its name, so that no other file's beginning gets into it."""
    part = staging / f"{remote.packed_sha256}.part"
    have = part.stat().st_size if part.exists() else 0
    if have < remote.packed_size:
        _go_on(web, part, have, remote, progress)
    if _sha256(part) != remote.packed_sha256:  # before it is unpacked: what nobody vouches for could be a bomb
        part.unlink()
        raise TemporaryError(f"{remote.name}: what came is not what the index promises (SHA-256); it was thrown away")
    return part


def _go_on(web: httpx.Client, part: Path, have: int, remote: Remote, progress: Progress) -> None:
    """Download what is missing, from the byte where the last attempt ended. RFC 9110, section 14."""
    import httpx

    if not _allowed(remote.url):
        raise TemporaryError(f"{remote.name}: the index names an address that is no https; nothing was fetched")
    host = urlsplit(remote.url).hostname
    # Identity: the bytes that are counted and hashed are those of the file, not of a packing on the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with web.stream("GET", remote.url, headers=headers) as answer:
            goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if not goes_on and answer.status_code != 200:
                raise TemporaryError(f"{remote.name}: {host} answered {answer.status_code}; try again later")
            start = have if goes_on else 0
            with (
                part.open("ab" if goes_on else "wb") as file,
                progress(remote.name, remote.packed_size, start) as told,
            ):
                for chunk in answer.iter_raw():  # as they come: a size would lose what is short of it at a break
                    start += len(chunk)
                    file.write(chunk)
                    told(len(chunk))
                    if start > remote.packed_size:
                        return  # it might never end, and its hash will be wrong
        trouble = "ended too early"
    except httpx.HTTPError as error:
        trouble = f"failed ({type(error).__name__})"
    here = part.stat().st_size if part.exists() else 0
    if here < remote.packed_size:
        raise TemporaryError(
            f"{remote.name}: the connection to {host} {trouble} with {here} of {remote.packed_size} bytes here; "
            "the same command goes on from there"
        )


def _unpack(packed: Path, remote: Remote) -> bytes:
    """The file itself. Firefox packs all of them with Zstandard (RFC 8878), whose decoder the library brings."""
    from fxtranslate import discovery

    try:
        return discovery.verify_and_decompress(packed.read_bytes(), remote.sha256)
    except ValueError:
        packed.unlink()
        raise TemporaryError(
            f"{remote.name}: what it unpacks to is not what the index promises (SHA-256); it was thrown away"
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Onto the disk, not only towards it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(staging: Path, place: Path) -> None:
    """Put a whole model in its place in one step; an older one steps aside first."""
    aside = place.with_name(f".{place.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    staging.rename(place)
    shutil.rmtree(aside, ignore_errors=True)
