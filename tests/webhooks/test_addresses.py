"""Which addresses a webhook may have, and which numbers are of the public internet."""

from __future__ import annotations

import pytest

from complaints.webhooks.addresses import AllowedHost, WebhookTarget, allowed_hosts, is_public, target_of
from complaints.webhooks.errors import WebhookRefused

PUBLIC = (
    *("8.8.8.8", "1.1.1.1", "203.1.113.1", "172.32.0.1", "100.128.0.1", "223.5.5.5"),
    *("2606:4700:4700::1111", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
    "2606:4700:0:0:0:5efe:808:808",
)
NOT_PUBLIC = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "fe80::1", "fe80::1%lo", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("fec0::1", "100::1", "2001:db8::1", "2001::1", "2001:10::1", "3fff::1", "5f00::1", "4000::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1"),
    *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8"),
    *("2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::"),
    *("2606:4700:0:0:0:5efe:7f00:1", "2606:4700:0:0:200:5efe:a00:1"),
    *("example.com", "", "0x7f.1", "127.1", "2130706433", "017700000001"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_numbers(address: str):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_numbers_that_lead_elsewhere_in_whatever_form(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://crm.example", ("crm.example", 443, "/", "crm.example")),
        ("https://crm.example:8443/duly?x=1&y=%20", ("crm.example", 8443, "/duly?x=1&y=%20", "crm.example:8443")),
        ("https://CRM.Example:443/", ("crm.example", 443, "/", "crm.example")),
        ("https://[2606:4700:4700::1111]/a", ("2606:4700:4700::1111", 443, "/a", "[2606:4700:4700::1111]")),
        ("https://8.8.8.8/", ("8.8.8.8", 443, "/", "8.8.8.8")),
    ],
)
def test_the_parts_of_an_address(url: str, wanted: tuple[str, int, str, str]):
    target, private = target_of(url)
    assert (target.host, target.port, target.path, target.host_header) == wanted
    assert target.https
    assert not private


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://crm.example/", "webhook-scheme"),
        ("http://localhost/", "webhook-scheme"),
        ("ftp://crm.example/", "webhook-scheme"),
        ("file:///etc/passwd", "webhook-scheme"),
        ("https://127.0.0.1/", "webhook-not-public"),
        ("https://[::1]/", "webhook-not-public"),
        ("https://[::ffff:10.0.0.1]/", "webhook-not-public"),
        ("https://169.254.169.254/latest/meta-data", "webhook-not-public"),
        ("", "webhook-address"),
        ("crm.example", "webhook-address"),
        ("https://", "webhook-address"),
        ("https:///path", "webhook-address"),
        ("https://user@crm.example/", "webhook-address"),
        ("https://user:password@crm.example/", "webhook-address"),
        ("https://crm.example@127.0.0.1/", "webhook-address"),
        ("https://crm.example#@127.0.0.1/", "webhook-address"),
        ("https://crm.example\\@127.0.0.1/", "webhook-address"),
        ("https://crm.example/a b", "webhook-address"),
        ("https://crm.example/\r\nhost: x", "webhook-address"),
        ("https://crm.example\t/", "webhook-address"),
        (" https://crm.example/", "webhook-address"),
        ("https://例子.example/", "webhook-address"),
        ("https://crm.example:0/", "webhook-address"),
        ("https://crm.example:70000/", "webhook-address"),
        ("https://crm.example:x/", "webhook-address"),
        ("https://[::1/", "webhook-address"),
        ("https://[fe80::1%25lo]/", "webhook-address"),
        ("https://crm..example/", "webhook-address"),
        ("https://-crm.example/", "webhook-address"),
        ("https://crm.example./", "webhook-address"),
        ("https://crm.example/" + "a" * 2000, "webhook-address"),
        ("https://" + "a." * 130 + "example/", "webhook-address"),
    ],
)
def test_what_no_webhook_can_have_as_its_address(url: str, code: str):
    with pytest.raises(WebhookRefused) as refused:
        target_of(url)
    assert refused.value.code in ({code} | ({"webhook-not-public"} if "%25" in url else set()))
    for lang in ("zh", "en"):
        assert refused.value.words(lang)


def test_an_operator_allows_hosts_by_name_with_a_port_and_without_tls():
    allowed = allowed_hosts("crm.internal, 10.0.0.5:8443,http://127.0.0.1:9000,[::1]")
    assert allowed == (
        AllowedHost("crm.internal"),
        AllowedHost("10.0.0.5", 8443),
        AllowedHost("127.0.0.1", 9000, plain=True),
        AllowedHost("::1"),
    )
    for url in ("https://crm.internal:9/", "https://10.0.0.5:8443/", "http://127.0.0.1:9000/", "https://[::1]/"):
        assert target_of(url, allowed)[1], url
    for url in ("http://crm.internal/", "https://10.0.0.5/", "http://127.0.0.1/"):
        with pytest.raises(WebhookRefused):
            target_of(url, allowed)
    assert not target_of("https://crm.internal.example/", allowed)[1]


@pytest.mark.parametrize(
    "text", ["https://crm.internal", "10.0.0.0/8", "*", "a:b", "a:0", "a:70000", "[::1", "a b", "a@b"]
)
def test_a_setting_that_names_no_host_is_refused(text: str):
    with pytest.raises(ValueError, match=r"no (host|port)"):
        allowed_hosts(text)


def test_no_host_is_allowed_where_nothing_is_set():
    assert allowed_hosts("") == allowed_hosts(" , ") == ()
    assert WebhookTarget(https=True, host="a", port=443, path="/").host_header == "a"
