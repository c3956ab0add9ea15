"""Addresses and networks that requests come from: pure, no row and no request."""

from collections.abc import Iterable
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)


def networks(texts: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    """The networks that these texts name; an address is a network of one.

    :raises ValueError: with a sentence that names the text that is none.
    """
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip()))
        except ValueError as error:
            raise ValueError(
                f'"{text}" is not an address or a network such as 10.1.0.0/16.'
            ) from error
    return found


def is_within(address: str, texts: Iterable[str]) -> bool:
    """Whether the address is in one of the networks; what is no address never is."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return False
    # A socket that takes both versions shows an IPv4 caller as ::ffff:192.0.2.1.
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks(texts))
