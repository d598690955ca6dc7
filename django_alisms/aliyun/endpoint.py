"""Where requests go: which addresses are allowed, how long to wait, whom to trust."""

from __future__ import annotations

import ipaddress
import re
import ssl
import threading
from urllib.parse import SplitResult, unquote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

DEFAULT_URL = "https://dysmsapi.aliyuncs.com"
# dysmsapi.aliyuncs.com and its regional and private kin, such as dysmsapi-proxy.cn-beijing.aliyuncs.com.
_ALIYUN_HOST = re.compile(r"dysmsapi(-[a-z0-9-]+)?(\.[a-z0-9-]+)*\.aliyuncs\.com")
# Beside it, for receipts: where keys for the queues come from, and the queues themselves.
_HOSTS = {
    "sms": _ALIYUN_HOST,
    "token": re.compile(r"dybaseapi(-[a-z0-9-]+)?(\.[a-z0-9-]+)*\.aliyuncs\.com"),
    "queue": re.compile(r"[0-9]{1,32}\.mns\.[a-z0-9-]+\.aliyuncs\.com"),
}
_EXAMPLES = {
    "sms": "an Alibaba Cloud SMS host such as https://dysmsapi.aliyuncs.com",
    "token": "an Alibaba Cloud host such as https://dybaseapi.aliyuncs.com",
    "queue": "an Alibaba Cloud queue host such as https://1943695596114318.mns.cn-hangzhou.aliyuncs.com",
}
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class Endpoint:
    """An address of the SMS service, or of a sandbox on this machine.

    `url`: https and a host of the service, or a loopback address over http or https; nothing but scheme, host
    and port. `connect_timeout`: seconds for name, connection and TLS together. `read_timeout`: seconds from the
    first byte sent to the last byte of the answer. `ca_bundle`: a PEM file that is trusted instead of the usual
    authorities. `proxy`: `http://[user:password@]host:port`, used for https. `service`: `sms`, `token` or `queue`,
    whose hosts are allowed.

    Raises ValueError with a sentence when one of them cannot be used.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        service: str = "sms",
    ) -> None:
        parts = _split(url, "address")
        self.scheme = parts.scheme
        self.host = (parts.hostname or "").lower()
        self.is_loopback = _is_loopback(self.host)
        if not self.is_loopback and not _HOSTS[service].fullmatch(self.host):
            raise ValueError(f"The address must be {_EXAMPLES[service]}, or this machine itself.")
        if self.scheme == "http" and not self.is_loopback:
            raise ValueError("The address must begin with https:// (http:// is for this machine only).")
        if not self.is_loopback and parts.port not in (None, 443):
            raise ValueError("An Alibaba Cloud SMS host has no other port than 443.")
        if parts.username is not None or parts.password is not None:
            raise ValueError("The address must not contain a user name or a password.")
        self.port = parts.port or (443 if self.scheme == "https" else 80)
        bracketed = f"[{self.host}]" if ":" in self.host else self.host
        # The Host header, which is signed: with the port only where it is not the scheme's own.
        self.netloc = (
            bracketed if self.port == (443 if self.scheme == "https" else 80) else f"{bracketed}:{self.port}"
        )
        self.url = f"{self.scheme}://{self.netloc}/"

        if not (connect_timeout > 0 and read_timeout > 0):
            raise ValueError("The time-outs must be seconds above 0.")
        self.connect_timeout = float(connect_timeout)
        self.read_timeout = float(read_timeout)
        self.proxy = Proxy(proxy) if proxy else None
        self._lock = threading.Lock()
        self._context = _context(ca_bundle) if ca_bundle else None

    def __repr__(self) -> str:
        return f"<Endpoint {self.url}>"

    @property
    def tls_context(self) -> ssl.SSLContext:
        """Verifies certificate and host name. Made once, when first needed: reading authorities takes 25 ms."""
        with self._lock:
            if self._context is None:
                self._context = _context(DEFAULT_CA_BUNDLE_PATH)
            return self._context


class Proxy:
    """An http proxy that is asked to open a tunnel; its password never shows."""

    def __init__(self, url: str) -> None:
        parts = _split(url, "proxy")
        if parts.scheme != "http":
            raise ValueError("The proxy must begin with http:// (the tunnel through it is encrypted).")
        self.host = parts.hostname or ""
        self.port = parts.port or 80
        self.url = f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        self.user = unquote(parts.username) if parts.username else ""
        self.password = unquote(parts.password) if parts.password else ""

    def __repr__(self) -> str:
        return f"<Proxy {self.url}>"


def _split(url: str, what: str) -> SplitResult:
    """The parts of a URL that is scheme, host and port only. The URL is never repeated: it may hold a password."""
    # What browsers and libraries read differently has no place here: blanks, control characters, backslashes,
    # full-width letters that turn into others.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(f"The {what} holds a character that no address has.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"The {what} is not an address.") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"The {what} must begin with https:// or http://.")
    host = parts.hostname or ""
    if not (_HOST_NAME.fullmatch(host) or _is_ipv6(host)) or port == 0:
        raise ValueError(f"The {what} has no host name that can be used.")
    if parts.path not in ("", "/") or "?" in url or "#" in url:
        raise ValueError(f"The {what} must end after host and port.")
    return parts


def _is_ipv6(host: str) -> bool:
    try:
        return "%" not in host and ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    """This machine, spelt plainly: no 127.1, no 2130706433, no ::ffff:127.0.0.1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and (address.version == 4 or address == ipaddress.IPv6Address("::1"))


def _context(authorities: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError:  # ssl.SSLError is one too
        raise ValueError(
            "The file of certificate authorities cannot be read, or holds no certificate."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
