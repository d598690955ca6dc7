"""Which addresses may be spoken to: Aliyun's SMS hosts over TLS, and this machine."""

from __future__ import annotations

import pytest

from django_alisms.aliyun.endpoint import Endpoint

ALLOWED = {
    "https://dysmsapi.aliyuncs.com": "dysmsapi.aliyuncs.com",
    "https://dysmsapi.aliyuncs.com/": "dysmsapi.aliyuncs.com",
    "https://DYSMSAPI.aliyuncs.com:443": "dysmsapi.aliyuncs.com",
    "https://dysmsapi.ap-southeast-1.aliyuncs.com": "dysmsapi.ap-southeast-1.aliyuncs.com",
    "https://dysmsapi-proxy.cn-beijing.aliyuncs.com": "dysmsapi-proxy.cn-beijing.aliyuncs.com",
    "https://dysmsapi-xman.vpc-proxy.aliyuncs.com": "dysmsapi-xman.vpc-proxy.aliyuncs.com",
    "http://127.0.0.1:8765": "127.0.0.1:8765",
    "http://127.0.0.1": "127.0.0.1",
    "http://127.9.9.9:1": "127.9.9.9:1",
    "https://127.0.0.1:8443": "127.0.0.1:8443",
    "http://localhost:8765": "localhost:8765",
    "http://[::1]:8765": "[::1]:8765",
    "https://[::1]": "[::1]",
}

REFUSED = {
    "http://dysmsapi.aliyuncs.com": "https://",
    "https://dysmsapi.aliyuncs.com:8443": "port",
    "https://dysmsapi.aliyuncs.com.evil.example": "Alibaba Cloud SMS host",
    "https://dysmsapi.aliyuncs.com.": "host name",
    "https://evil.example/dysmsapi.aliyuncs.com": "end after host",
    "https://evil-dysmsapi.aliyuncs.com": "Alibaba Cloud SMS host",
    "https://dysmsapievil.aliyuncs.com": "Alibaba Cloud SMS host",
    "https://dysmsapi.evilaliyuncs.com": "Alibaba Cloud SMS host",
    "https://aliyuncs.com": "Alibaba Cloud SMS host",
    "https://ecs.aliyuncs.com": "Alibaba Cloud SMS host",
    "https://dysmsapi@evil.example": "Alibaba Cloud SMS host",
    "https://dysmsapi.aliyuncs.com@evil.example": "Alibaba Cloud SMS host",
    "https://user:word@dysmsapi.aliyuncs.com": "user name",
    "https://@dysmsapi.aliyuncs.com": "user name",
    "https://dysmsapi.aliyuncs.com/path": "end after host",
    "https://dysmsapi.aliyuncs.com//": "end after host",
    "https://dysmsapi.aliyuncs.com/..;/": "end after host",
    "https://dysmsapi.aliyuncs.com?x=1": "end after host",
    "https://dysmsapi.aliyuncs.com/?": "end after host",
    "https://dysmsapi.aliyuncs.com#": "end after host",
    "https://dysmsapi.aliyuncs.com\\@evil.example": "character",
    "https://dysmsapi。aliyuncs。com": "character",
    "https://dysmsapi.aliyuncs.com\n": "character",
    " https://dysmsapi.aliyuncs.com": "character",
    "https://dysmsapi%2ealiyuncs.com": "host name",
    "https://evil.example%2edysmsapi.aliyuncs.com": "host name",
    "https://10.0.0.1": "Alibaba Cloud SMS host",
    "http://169.254.169.254": "Alibaba Cloud SMS host",
    "http://100.100.100.200": "Alibaba Cloud SMS host",
    "http://0.0.0.0:8765": "Alibaba Cloud SMS host",
    "http://127.1": "Alibaba Cloud SMS host",
    "http://2130706433": "Alibaba Cloud SMS host",
    "http://0x7f.0.0.1": "Alibaba Cloud SMS host",
    "http://0177.0.0.1": "Alibaba Cloud SMS host",
    "http://[::ffff:127.0.0.1]": "Alibaba Cloud SMS host",
    "http://[::1%25lo]": "host name",
    "http://localhost.evil.example": "Alibaba Cloud SMS host",
    "http://localhost:0": "host name",
    "http://localhost:99999": "not an address",
    "http://localhost:port": "not an address",
    "http://[::1": "not an address",
    "ftp://dysmsapi.aliyuncs.com": "must begin",
    "dysmsapi.aliyuncs.com": "must begin",
    "//dysmsapi.aliyuncs.com": "must begin",
    "https://": "host name",
    "": "must begin",
}


@pytest.mark.parametrize(("url", "netloc"), ALLOWED.items())
def test_allowed(url, netloc):
    endpoint = Endpoint(url)
    assert endpoint.netloc == netloc
    assert endpoint.url == f"{url.split(':')[0]}://{netloc}/"


@pytest.mark.parametrize(("url", "word"), REFUSED.items())
def test_refused_with_a_sentence(url, word):
    with pytest.raises(ValueError, match=word) as refusal:
        Endpoint(url)
    assert str(refusal.value).endswith(".")
    assert "word@" not in str(refusal.value)


@pytest.mark.parametrize(
    "options",
    [
        {"connect_timeout": 0},
        {"read_timeout": -1},
        {"read_timeout": float("nan")},
        {"ca_bundle": "/nowhere/at/all.pem"},
        {"ca_bundle": __file__},
        {"proxy": "https://proxy.example:3128"},
        {"proxy": "socks5://proxy.example:3128"},
        {"proxy": "proxy.example:3128"},
        {"proxy": "http://proxy.example:3128/path"},
    ],
)
def test_options_that_cannot_be_used(options):
    with pytest.raises(ValueError, match=r"\.$"):
        Endpoint("https://dysmsapi.aliyuncs.com", **options)


def test_a_proxy_does_not_show_its_password():
    endpoint = Endpoint("https://dysmsapi.aliyuncs.com", proxy="http://someone:p%40ss@proxy.example:3128")
    assert endpoint.proxy is not None
    assert (endpoint.proxy.user, endpoint.proxy.password) == ("someone", "p@ss")
    assert "ss" not in repr(endpoint.proxy) + repr(endpoint).replace("dysmsapi", "")


def test_certificates_and_host_names_are_verified():
    context = Endpoint().tls_context
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"
