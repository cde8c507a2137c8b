from __future__ import annotations

import pytest

from stash_face.media.public_address import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.128.0.1"),
        *("2606:4700:4700::1111", "2a00:1450:4001:830::200e"),
        "::ffff:8.8.8.8",  # IPv4 written as IPv6
        "64:ff9b::8.8.8.8",  # IPv4 as a network without IPv4 reaches it (NAT64)
    ],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3"),  # this machine
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # the home network
        *("169.254.1.1", "100.64.0.1", "198.18.0.1"),  # link, carrier, benchmark
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200",  # Alibaba's
        "192.0.0.192",  # Oracle's
        "168.63.129.16",  # Azure's
        *("192.0.2.1", "198.51.100.1", "203.0.113.1"),  # documentation
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1"),
        *("ff02::1", "ff0e::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe"),  # IPv4 written as IPv6
        *("::127.0.0.1", "::7f00:1"),  # the same in its old form
        *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8"),  # NAT64
        *("2002:7f00:1::", "2002:c0a8:101::1"),  # 6to4
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "2606:4700:4700::1111%eth0",  # bound to an interface
        *("localhost", "", "127.1", "0177.0.0.1", "2130706433", "0x7f.0.0.1", "1.2.3", "1.2.3.4/8"),
    ],
)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(address)
