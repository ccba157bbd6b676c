"""The records of the sender's domain, asked of a real name server on loopback."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import doctor
from bot.settings import load
from channels import Checkup
from channels.newsletter import domain
from tests.name_server import Zone, names

ORG = "news.example.org"
SELECTOR = "vestka"
KEY_AT = f"{SELECTOR}._domainkey.{ORG}"


def key(bits: int) -> str:
    """A record with a public key of that length, to which nobody has the other half."""
    public = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) | 1).public_key()
    data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(data).decode()}"


def edwards() -> str:
    data = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(data).decode()}"


GOOD: Zone = {
    ORG: ["some-site-verification=abc", "v=spf1 include:relay.example.net -all"],
    KEY_AT: [key(2048)],
    f"_dmarc.{ORG}": ["v=DMARC1; p=none; rua=mailto:postmaster@example.org"],
}


async def looked(changes: Zone, monkeypatch: pytest.MonkeyPatch, selector: str = SELECTOR) -> list[Checkup]:
    zone = {name: texts for name, texts in (GOOD | changes).items() if texts != ["gone"]}
    async with names(zone, monkeypatch):
        return [line async for line in domain.records(ORG, selector)]


async def test_a_domain_in_order_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all three records in place there is nothing to do, and nothing is asked for."""
    lines = await looked({}, monkeypatch)
    assert [(line.state, line.cure) for line in lines] == [("ok", "")] * 3
    lines = await looked({KEY_AT: [edwards()]}, monkeypatch)
    assert [line.state for line in lines] == ["ok"] * 3


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ("gone", "fail", "no SPF record"),
        ("v=spf10 -all", "fail", "no SPF record"),
        ("v=spf1 include:relay.example.net +all", "fail", "lets anybody"),
        ("v=spf1 all", "fail", "lets anybody"),
        ("v=spf1 include:relay.example.net ?all", "warn", "forbids nobody"),
        ("v=spf1 include:relay.example.net", "warn", "forbids nobody"),
        ("v=spf1 ip4:192.0.2.1 ~all", "ok", "has an SPF"),
        ("v=spf1 " + "a:relay.example.net ".ljust(242) + "-all", "ok", "has an SPF"),  # sent as two strings
        ("V=SPF1 redirect=_spf.example.net", "ok", "has an SPF"),
    ],
)
async def test_spf_is_judged(record: str, state: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is missing, or with which anybody may send in our name, is told with its cure."""
    line = (await looked({ORG: [record]}, monkeypatch))[0]
    assert line.state == state and said in line.what and bool(line.cure) == (state != "ok")


async def test_two_spf_records_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records count as none for who receives, however good each is."""
    line = (await looked({ORG: ["v=spf1 a -all", "v=spf1 mx -all"]}, monkeypatch))[0]
    assert line.state == "fail" and "2 SPF" in line.what


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ("gone", "fail", "no DKIM key"),
        ("v=DKIM1; p=", "fail", "revoked"),
        ("v=DKIM1; p=AAAA", "fail", "cannot be read"),
        ("v=DKIM1; p=нет", "fail", "cannot be read"),
        ("v=DKIM2; p=AAAA", "fail", "no DKIM key"),
        (key(1024), "warn", "1024 bits"),
        (key(768), "fail", "768 bits"),
    ],
)
async def test_dkim_is_judged(record: str, state: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is missing, revoked, unreadable or short is told with its cure."""
    line = (await looked({KEY_AT: [record]}, monkeypatch))[1]
    assert line.state == state and said in line.what and line.cure


async def test_an_unnamed_key_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key's name nothing is claimed of it; how to name it is said."""
    line = (await looked({}, monkeypatch, selector=""))[1]
    assert line.state == "warn" and "dkim_selector" in line.cure


@pytest.mark.parametrize(
    ("zone", "state", "said"),
    [
        ({f"_dmarc.{ORG}": ["gone"]}, "fail", "no DMARC"),
        ({f"_dmarc.{ORG}": ["gone"], "_dmarc.example.org": ["v=DMARC1; p=reject"]}, "ok", "reject"),
        ({f"_dmarc.{ORG}": ["gone"], "_dmarc.org": ["v=DMARC1; p=reject"]}, "fail", "no DMARC"),
        ({f"_dmarc.{ORG}": ["v=other; p=reject"]}, "fail", "no DMARC"),
        ({f"_dmarc.{ORG}": ["v=DMARC1; rua=mailto:a@example.org"]}, "fail", "no policy"),
        ({f"_dmarc.{ORG}": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "fail", "2 DMARC"),
    ],
)
async def test_dmarc_is_judged(zone: Zone, state: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The domain's own policy counts, else that of the domain above; two, or one that says nothing, count as none."""
    line = (await looked(zone, monkeypatch))[2]
    assert line.state == state and said in line.what and bool(line.cure) == (state != "ok")


async def test_silent_name_servers_are_no_missing_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the name servers fail, the domain is not blamed: what was seen stays, the failure is a line."""
    lines = await looked({KEY_AT: []}, monkeypatch)
    assert [line.state for line in lines] == ["ok", "warn"] and "name servers" in lines[1].what


async def test_the_doctor_asks_for_every_sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both senders' domains are looked at, each once, and nothing is asked while there is no relay."""
    settings = tmp_path / "settings.toml"
    newsletter = f'[channels.newsletter]\nkind = "newsletter"\nlanguages = ["be"]\nfrom = "Bureau <a@{ORG}>"\n'
    settings.write_text(newsletter)
    async with names(GOOD, monkeypatch):
        assert await doctor.domains(load(settings)) == []
        relay = f'relays = ["127.0.0.1:25"]\ndkim_selector = "{SELECTOR}"\n'
        settings.write_text(f'{newsletter}{relay}discreet_from = "News <b@{ORG.upper()}>"\n')
        assert [line.state for line in await doctor.domains(load(settings))] == ["ok"] * 3
        settings.write_text(f'{newsletter}{relay}discreet_from = "News <b@neutral.example>"\n')
        lines = await doctor.domains(load(settings))
        assert [line.state for line in lines] == ["ok"] * 3 + ["fail"] * 3
        assert all("neutral.example" in line.what for line in lines[3:])


async def test_an_examination_looks_at_relays_and_domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the doctor hears of the newsletter's keys, its relays and its senders' domains."""
    settings = tmp_path / "settings.toml"
    own = f'from = "Bureau <a@{ORG}>"\nrelays = ["127.0.0.1:1"]\n'
    settings.write_text(f'[channels.newsletter]\nkind = "newsletter"\nlanguages = ["be"]\n{own}')
    async with names(GOOD, monkeypatch):
        said = [line.what for line in await doctor.examine(settings, live=False)]
    assert any("SPF" in what for what in said) and any("cannot be reached" in what for what in said)
