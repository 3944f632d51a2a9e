"""The address guard: who is not called, and to whom the connection really goes."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis.strategies import ip_addresses

from providers import address
from providers.address import SocketAddress, is_public
from providers.errors import ConfigurationError, PartnerError, TransientError
from providers.http import PoliteClient
from tests.providers.loopback import Partner, answer, raw, redirect

PUBLIC = SocketAddress(socket.AF_INET, ("93.184.215.14", 443))
PRIVATE = SocketAddress(socket.AF_INET, ("10.0.0.5", 443))


@pytest.mark.parametrize(
    "written", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]
)
def test_an_address_on_the_internet_is_public(written: str) -> None:
    assert is_public(written)


@pytest.mark.parametrize(
    "written",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
        *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("2001:db8::1", "3fff::1", "100::1", "2001::1", "5f00::1", "4000::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"),
        *("64:ff9b:1::808:808", "2002:7f00:1::1", "2002:c0a8:101::1"),
    ],
)
def test_an_address_of_a_private_or_special_network_is_not(written: str) -> None:
    assert not is_public(written)


@given(ip_addresses(v=4))
def test_an_address_in_disguise_is_as_public_as_itself(ip: IPv4Address) -> None:
    packed = ip.packed.hex()
    for disguise in (f"::ffff:{ip}", f"64:ff9b::{ip}", f"2002:{packed[:4]}:{packed[4:]}::1"):
        assert is_public(disguise) == is_public(str(ip))


class Network:
    """What names resolve to, and a world in which every dialled address leads to one partner."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, partner: Partner) -> None:
        self.names: dict[str, list[list[SocketAddress]]] = {}
        self.dialled: list[SocketAddress] = []
        self._partner = partner
        monkeypatch.setattr(address, "resolve", self._resolve)
        monkeypatch.setattr(address, "dial", self._dial)

    def _resolve(self, host: str, port: int) -> list[SocketAddress]:
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _dial(self, to: SocketAddress, timeout: float | None) -> socket.socket:
        self.dialled.append(to)
        return socket.create_connection(("127.0.0.1", self._partner.port), timeout)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of feed.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feed.example")])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feed.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "feed.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.fixture
def asked_names() -> list[str]:
    """The names that a TLS partner was asked for."""
    return []


@pytest.fixture
def secure(certificate: Path, asked_names: list[str]) -> Iterator[Partner]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked_names.append(name)
    with Partner(tls=context) as partner:
        partner.says(answer(b"ok"))
        yield partner


@pytest.fixture
def plain() -> Iterator[Partner]:
    with Partner() as partner:
        partner.says(answer(b"ok"))
        yield partner


def client(**options: Any) -> PoliteClient:
    return PoliteClient(sleep=lambda _: None, **options)


def refusal(polite: PoliteClient, url: str) -> ConfigurationError:
    with polite, pytest.raises(ConfigurationError) as caught:
        polite.get(url)
    assert caught.value.code == "address_refused"
    return caught.value


def test_the_name_is_what_the_certificate_is_checked_against(
    monkeypatch: pytest.MonkeyPatch, secure: Partner, certificate: Path, asked_names: list[str]
) -> None:
    network = Network(monkeypatch, secure)
    network.names["feed.example"] = [[PUBLIC]]
    with client(ca_bundle=certificate) as polite:
        assert polite.get("https://feed.example/").content == b"ok"
    assert network.dialled == [PUBLIC]
    assert asked_names == ["feed.example"]


def test_another_name_on_the_certificate_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, secure: Partner, certificate: Path
) -> None:
    Network(monkeypatch, secure).names["other.example"] = [[PUBLIC]]
    with client(ca_bundle=certificate) as polite, pytest.raises(TransientError) as caught:
        polite.get("https://other.example/")
    assert caught.value.code == "certificate"
    assert secure.requests == []


def test_a_name_that_moves_inside_after_it_was_judged_is_called_where_it_was_judged(
    monkeypatch: pytest.MonkeyPatch, secure: Partner, certificate: Path
) -> None:
    network = Network(monkeypatch, secure)
    network.names["feed.example"] = [[PUBLIC], [PRIVATE]]
    with client(ca_bundle=certificate) as polite:
        polite.get("https://feed.example/")
    assert network.dialled == [PUBLIC]


def test_a_new_connection_is_judged_anew(
    monkeypatch: pytest.MonkeyPatch, secure: Partner, certificate: Path
) -> None:
    network = Network(monkeypatch, secure)
    network.names["feed.example"] = [[PUBLIC], [PRIVATE]]
    polite = client(ca_bundle=certificate)
    polite.get("https://feed.example/")
    refusal(polite, "https://feed.example/")
    assert network.dialled == [PUBLIC]


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, plain: Partner
) -> None:
    network = Network(monkeypatch, plain)
    network.names["feed.example"] = [[PUBLIC, PRIVATE]]
    refusal(client(), "https://feed.example/")
    assert network.dialled == []


def test_the_user_is_not_told_the_private_address(monkeypatch: pytest.MonkeyPatch, plain: Partner) -> None:
    Network(monkeypatch, plain).names["feed.example"] = [[PRIVATE]]
    error = refusal(client(), "https://feed.example/")
    assert "10.0.0.5" not in error.sentence
    assert "feed.example" in error.sentence


def test_the_next_address_is_tried_when_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, secure: Partner, certificate: Path
) -> None:
    network = Network(monkeypatch, secure)
    silent = SocketAddress(socket.AF_INET6, ("2606:2800:21f:cb07::1", 443, 0, 0))
    network.names["feed.example"] = [[silent, PUBLIC]]
    reachable = address.dial

    def dial(to: SocketAddress, timeout: float | None) -> socket.socket:
        if to == silent:
            raise OSError("no route")
        return reachable(to, timeout)

    monkeypatch.setattr(address, "dial", dial)
    with client(ca_bundle=certificate) as polite:
        assert polite.get("https://feed.example/").content == b"ok"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
)
def test_this_machine_is_not_called_under_any_spelling(host: str) -> None:
    refusal(client(), f"https://{host}/")


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://inside.example/"]
)
def test_a_redirect_inside_is_refused(monkeypatch: pytest.MonkeyPatch, plain: Partner, target: str) -> None:
    plain.says(redirect(target))
    monkeypatch.setattr(socket, "getaddrinfo", only_inside(socket.getaddrinfo))
    refusal(client(host_map={"feed.example": plain.base}), "https://feed.example/")
    assert len(plain.requests) == 1


def only_inside(real: Any) -> Any:
    """Resolve inside.example to a private address and leave the rest to the system."""

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        return real("10.0.0.5" if host == "inside.example" else host, *args, **kwargs)

    return getaddrinfo


def test_an_operators_address_may_be_anywhere(plain: Partner) -> None:
    with client(host_map={"feed.example": plain.base}) as polite:
        assert polite.get("https://feed.example/").content == b"ok"


def test_what_an_operator_mapped_to_is_not_open_to_a_venue(plain: Partner) -> None:
    refusal(client(host_map={"feed.example": plain.base}), f"{plain.base}/")
    assert plain.requests == []


def test_a_name_that_does_not_exist_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(host: str, port: int) -> list[SocketAddress]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(address, "resolve", nowhere)
    with client() as polite, pytest.raises(TransientError) as caught:
        polite.get("https://nowhere.example/")
    assert caught.value.code == "unknown_host"
    assert polite.requests == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, plain: Partner) -> None:
    monkeypatch.setenv("HTTPS_PROXY", plain.base)
    monkeypatch.setenv("https_proxy", plain.base)
    refusal(client(), "https://127.0.0.1/")
    assert plain.connections == 0


def test_an_operators_proxy_is_told_the_name(monkeypatch: pytest.MonkeyPatch, plain: Partner) -> None:
    plain.says(raw(b"HTTP/1.1 502 Bad gateway\r\n\r\n"))
    monkeypatch.setattr(address, "resolve", lambda host, port: [PUBLIC])
    with client(proxy=plain.base) as polite, pytest.raises(PartnerError) as caught:
        polite.get("https://feed.example/")
    assert caught.value.code == "unreachable"
    assert {(each.method, each.target) for each in plain.requests} == {("CONNECT", "feed.example:443")}


def test_an_operators_proxy_carries_what_only_the_partner_can_read(
    monkeypatch: pytest.MonkeyPatch, plain: Partner, certificate: Path
) -> None:
    def tunnel(connection: socket.socket, _: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(4096)
            inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    plain.says(tunnel)
    monkeypatch.setattr(address, "resolve", lambda host, port: [PUBLIC])
    with client(proxy=plain.base, ca_bundle=certificate) as polite:
        assert polite.get("https://feed.example/").content == b"ok"


def test_an_operators_proxy_does_not_open_the_inside(plain: Partner) -> None:
    refusal(client(proxy=plain.base), "https://127.0.0.1/")
    assert plain.connections == 0
