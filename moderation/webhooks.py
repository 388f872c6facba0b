"""What goes out to surfaces: one signed message to one address, and nowhere it should not.

Signatures are those of Standard Webhooks 1.0.0 (`v1`). Whoever may set an address must not be able to make us knock at a door inside our
own network, so:

1. The host stands in the list of allowed hosts.
2. Its name is resolved once. An address that is not public is refused **after** resolution, whatever the name promised.
3. The connection goes to that very address, so that a second answer of the name server changes nothing; TLS still checks the name.
4. A redirect is an answer like any other that is not a success: it is not followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urlsplit

import urllib3

SECONDS = 15.0
"""How long an endpoint may take to answer."""
MOST_BYTES = 20_000
"""Size of the largest message."""
EMBEDDING = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32")]
"""IPv6 ranges that carry an IPv4 address to somewhere else: NAT64, 6to4, Teredo."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """The address is not one to which anything may be sent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rules:
    """Where messages may go: hosts by name, and whether addresses inside the own network count."""

    hosts: Collection[str]
    private: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: an HTTP status, or a code for why there is none; and how long it took."""

    status: int | None
    problem: str
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the endpoint asked never to be called again."""
        return self.status == 410


def check_url(url: str, rules: Rules) -> SplitResult:
    """Return the parts of an address that may be used as far as its text tells; raises Forbidden."""
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise Forbidden("malformed") from error
    if not named or parts.username is not None or parts.fragment:
        raise Forbidden("malformed")
    if parts.scheme != "https" and not (parts.scheme == "http" and rules.private):
        raise Forbidden("not_https")
    if parts.hostname not in rules.hosts:
        raise Forbidden("host_not_allowed")
    return parts


def resolve(parts: SplitResult, rules: Rules) -> str:
    """Return the one address to connect to; raises Forbidden for one inside a network, OSError where the name leads nowhere."""
    assert parts.hostname is not None  # check_url saw to it
    found = socket.getaddrinfo(parts.hostname, port_of(parts), type=socket.SOCK_STREAM)
    address = str(found[0][4][0])
    if not rules.private and not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise Forbidden("address_not_public")
    return address


def port_of(parts: SplitResult) -> int:
    """Return the port, the scheme's own where none is named."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_public(address: Address) -> bool:
    """Return whether an address is anybody's to reach: no private, link-local, metadata or embedding range."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in EMBEDDING):
            return False
    return address.is_global and not address.is_multicast


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature`: one for each secret that is valid now, newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    macs = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join("v1," + base64.b64encode(mac).decode() for mac in macs)


def post(url: str, body: bytes, *, message_id: str, timestamp: int, secrets: Sequence[bytes], rules: Rules) -> Answer:
    """Send one message and say what came of it; never raises for what the endpoint or the network does."""
    started = monotonic()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Recourse",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secrets, message_id, timestamp, body),
    }
    status, problem = None, ""
    try:
        status = _send(check_url(url, rules), body, headers, rules)
    except Forbidden as error:
        problem = error.code
    except urllib3.exceptions.HTTPError as error:
        problem = _code(error)
    except OSError:
        problem = "name_unknown"
    return Answer(status, problem, round((monotonic() - started) * 1000))


def _send(parts: SplitResult, body: bytes, headers: dict[str, str], rules: Rules) -> int:
    """Connect to the resolved address and return the status; the answer's body is not read."""
    with _pool(parts, resolve(parts, rules)) as pool:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer = pool.urlopen(
            "POST", path, body=body, headers={**headers, "Host": parts.netloc}, redirect=False, retries=False, preload_content=False
        )
        answer.close()
        return answer.status


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    """Return a pool of one connection to an address, whose certificate must be that of the name."""
    timeout = urllib3.Timeout(total=SECONDS)
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, port_of(parts), timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address, port_of(parts), timeout=timeout, maxsize=1, server_hostname=parts.hostname, assert_hostname=parts.hostname
    )


def _code(error: urllib3.exceptions.HTTPError) -> str:
    """Return a code for a failed try; the message may quote what the endpoint said, so it is not kept."""
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "refused"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "too_slow"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "bad_certificate"
    return "cut"
