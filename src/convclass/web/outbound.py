"""Requests that the tool makes: with deadlines and size limits, without redirects, and not into private networks.

`requests` itself limits neither the whole time nor the size of an answer, follows redirects, and adds passwords from
~/.netrc; a platform's URLs come from outside, so all of that is decided here.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_SECONDS = 30.0
LARGEST_ANSWER = 8 * 1024 * 1024
_CHUNK = 65536
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
"""A host as it may also stand in a Content-Security-Policy."""


class UnreachableError(Exception):
    """No answer could be had; the message says of whom, and why."""


def fetch(
    method: str,
    url: str,
    *,
    vouched: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | bytes | None = None,
) -> requests.Response:
    """The whole answer, whatever its status; a redirect is returned as it is.

    vouched: URLs an administrator entered. To their hosts a request may go inside a private network, and without TLS
    where they have none. Raises UnreachableError.
    """
    _check(url, vouched)
    host = urlsplit(url).hostname
    private = host in {urlsplit(known).hostname for known in vouched}
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", _Guarded(private))
        session.mount("http://", _Guarded(private))
        try:
            answer = session.request(
                method,
                url,
                headers={"User-Agent": "ConvClass", **(headers or {})},
                data=data,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            answer._content = _read(answer)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise UnreachableError(f"{host} cannot be reached: {_cause(error)}") from None
    return answer


def is_web_url(url: Any) -> bool:
    """Whether it is an http(s) URL of a host, without a user name and without characters that URLs do not have."""
    if not isinstance(url, str) or any(ord(sign) <= 32 or sign in '\\"<>' for sign in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.netloc)) and parts.port != 0
    except ValueError:
        return False


def _check(url: str, vouched: Collection[str]) -> None:
    if not is_web_url(url):
        raise UnreachableError(f"{url[:200]!r} is not a URL of the web")
    parts = urlsplit(url)
    plain = {urlsplit(known).netloc for known in vouched if known.startswith("http://")}
    if parts.scheme == "http" and parts.netloc not in plain:
        raise UnreachableError(f"{parts.hostname} would be asked without TLS; only https is used with platforms")


def _read(answer: requests.Response) -> bytes:
    """The body, as far as size and time allow."""
    until, parts, size = time.monotonic() + WHOLE_SECONDS, [], 0
    while chunk := answer.raw.read1(_CHUNK, decode_content=True):
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise ValueError(f"the answer is larger than {LARGEST_ANSWER >> 20} MiB")
        if time.monotonic() > until:
            raise ValueError(f"the answer takes longer than {WHOLE_SECONDS:.0f} s")
    return b"".join(parts)


def _cause(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate does not hold"
    if isinstance(error, requests.ConnectionError):
        private = "private address" in str(error)
        return "it is on a private address" if private else "no connection"
    return str(error)[:200]


class _PrivateAddressError(HTTPError):
    """The connection was made to a private address."""


def _checked(made: socket.socket) -> socket.socket:
    """The connection, if it leads to a public address: asked of the connection itself, so that no DNS answer that
    changes in between helps."""
    address = ipaddress.ip_address(made.getpeername()[0].split("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global or address.is_multicast:
        made.close()
        raise _PrivateAddressError("private address")
    return made


class _Timely(HTTPConnection):
    """Ends when the head of an answer takes too long: the socket's own deadline begins anew at every byte."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        late = threading.Event()
        end = threading.Timer(WHOLE_SECONDS, _shut, (self.sock, late))
        end.daemon = True
        end.start()
        try:
            answer = super().getresponse()
        finally:
            end.cancel()
        if late.is_set():  # a head that ends early looks whole
            raise TimeoutError
        return answer


class _TimelyTls(_Timely, HTTPSConnection):
    pass


class _PublicHttp(_Timely):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicHttps(_TimelyTls):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Timely


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _TimelyTls


class _PublicHttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttp


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttps


def _shut(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


class _Guarded(HTTPAdapter):
    """Connections to public addresses only, unless `private`."""

    def __init__(self, private: bool) -> None:
        super().__init__(max_retries=0)
        public = {"http": _PublicHttpPool, "https": _PublicHttpsPool}
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool} if private else public
