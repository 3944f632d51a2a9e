"""The address guard: https to public addresses only, judged where the connection is made.

A name is resolved once, all its addresses are judged, and the connection goes to a judged one: a
redirect, or a name that changes its address between the check and the connection, meets the guard
all the same. The certificate is still checked against the name. Behind an operator's proxy the
name is resolved a second time by the proxy, which then has the last word.
"""

import ipaddress
import socket
from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from providers.errors import ConfigurationError
from providers.patience import Patience, PatientSocket

RESOLUTION: Final = 10.0
"""Seconds that a name may take to resolve."""

ADDRESSES_TRIED: Final = 4
"""Each may take the connect timeout; more than these few would be no more reachable."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
# not public whatever the Python version's own tables say
_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "2001::/32", "3fff::/20")
)

IP: TypeAlias = IPv4Address | IPv6Address


class SocketAddress(NamedTuple):
    """A resolved address as `socket.connect` takes it."""

    family: int
    address: Any


def refused(host: str, why: str, sentence: str = "") -> ConfigurationError:
    """Give the error of an address that we do not call; `why` is for the engineer."""
    return ConfigurationError(
        "address_refused",
        sentence
        or f"L’adresse « {host} » n’est pas joignable depuis Internet : indiquez une adresse https publique.",
        f"{host}: {why}",
    )


def is_public(address: str) -> bool:
    """Tell whether an address, and every IPv4 address that it carries, is on the public Internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(_is_public(each) for each in _with_embedded(ip))


def _with_embedded(ip: IP) -> Iterator[IP]:
    if isinstance(ip, IPv4Address):
        yield ip
    elif ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    elif ip in _NAT64 or (ip in _IPV4_COMPATIBLE and int(ip) > 0xFFFF):
        yield IPv4Address(int(ip) & 0xFFFFFFFF)
    else:
        yield ip
        if ip.sixtofour is not None:
            yield ip.sixtofour


def _is_public(ip: IP) -> bool:
    if any(ip in network for network in _NEVER if network.version == ip.version):
        return False
    if isinstance(ip, IPv6Address) and ip.sixtofour is None and ip not in _GLOBAL_UNICAST:
        return False
    if isinstance(ip, IPv6Address) and ip.sixtofour is not None:
        return True  # the IPv4 address inside decides
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_link_local)


def resolve(host: str, port: int) -> list[SocketAddress]:
    """Give all addresses of a name, in the system's order of preference."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return [SocketAddress(int(family), address) for family, _, _, _, address in found]


def judged(host: str, port: int, patience: Patience) -> list[SocketAddress]:
    """Give the addresses of a name, all of them public.

    Raises
    ------
    ConfigurationError
        `address_refused`: one of them is not; which one is not told to the user.
    OSError
        The name does not resolve (`socket.gaierror`), or not in time (`TimeoutError`).
    """
    found = patience.during(partial(resolve, host, port), RESOLUTION)
    for _, address in found:
        if not is_public(str(address[0])):
            raise refused(host, f"resolves to {address[0]}, which is not public")
    return found


def dial(to: SocketAddress, timeout: float | None) -> socket.socket:
    """Connect to one address, within that many seconds."""
    sock = socket.socket(to.family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(to.address)
    except BaseException:
        sock.close()
        raise
    return sock


class _Guarded(HTTPConnection):
    """What both connection classes do: judge, dial the judged address, read with patience."""

    patience: ClassVar[Patience]
    guarded: ClassVar[bool]

    def _new_conn(self) -> socket.socket:
        if not self.guarded or self.proxy is not None:
            return super()._new_conn()
        try:
            return self._dial_judged()
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} took too long to connect") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def _dial_judged(self) -> socket.socket:
        # _dns_host still has a final dot that keeps the search domains out
        addresses = judged(self._dns_host, self.port, self.patience)[:ADDRESSES_TRIED]
        last: OSError = OSError("the name has no address")
        for address in addresses:
            self.patience.beat()
            try:
                return dial(address, self.timeout)
            except OSError as error:
                last = error
        raise last

    def connect(self) -> None:
        super().connect()
        self.sock: Any = PatientSocket(self.sock, self.patience)


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class Transport(HTTPAdapter):
    """`requests` over guarded connections; `guarded` is False only where an operator chose the address."""

    def __init__(self, patience: Patience, *, guarded: bool) -> None:
        self._patience = patience
        self._guarded = guarded
        kind = {"patience": patience, "guarded": guarded}
        self._pools = {
            "http": type(
                "_Pool", (HTTPConnectionPool,), {"ConnectionCls": type("_Plain", (_Guarded,), kind)}
            ),
            "https": type(
                "_PoolTLS", (HTTPSConnectionPool,), {"ConnectionCls": type("_TLS", (_GuardedTLS,), kind)}
            ),
        }
        super().__init__(pool_connections=8, pool_maxsize=2)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        if self._guarded and proxies:
            self._judge_for_proxy(str(request.url))
        return super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)

    def _judge_for_proxy(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        try:
            judged(host, 443, self._patience)
        except socket.gaierror:
            return  # names that only the proxy can resolve are the proxy's to judge
