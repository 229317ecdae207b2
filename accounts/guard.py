"""Holds off guessing of codes without locking out a hall behind one address.

Only failures count: first by session, then by address with a wide limit. Right
codes are never slowed down. With a code of 8 signs from 31 (8.5e11) and 300
failures per address and hour, a guess in a year is still a matter of 1e-5.
"""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shared.errors import Refusal

PER_SESSION = (10, 600)
PER_ADDRESS = (300, 3600)


def client_address(request: HttpRequest) -> str:
    """The peer's address; forwarded headers count only behind trusted proxies."""
    from_proxy = request.headers.get("X-Forwarded-For", "")
    trusted = settings.TRUSTED_PROXIES
    if trusted and from_proxy:
        hops = [hop.strip() for hop in from_proxy.split(",")]
        return hops[-min(trusted, len(hops))]
    return request.META.get("REMOTE_ADDR", "")


def network(request: HttpRequest) -> str:
    """The address by which is counted: an IPv6 customer has a whole /64."""
    address = client_address(request)
    try:
        if ip_address(address).version == 6:
            return str(ip_network(f"{address}/64", strict=False).network_address)
    except ValueError:
        return address
    return address


def _keys(request: HttpRequest) -> list[tuple[str, int, int]]:
    keys = [(f"guess:address:{network(request)}", *PER_ADDRESS)]
    if request.session.session_key:
        keys.append((f"guess:session:{request.session.session_key}", *PER_SESSION))
    return keys


def refuse_guessing(request: HttpRequest) -> None:
    """Raise a Refusal when too many wrong codes came from here."""
    for key, most, seconds in _keys(request):
        if cache.get(key, 0) >= most:
            raise Refusal(
                "code.too_many",
                _("Too many wrong codes. Please wait ten minutes, or ask for help."),
                status=429,
                retry_after=seconds,
            )


def count_failure(request: HttpRequest) -> None:
    """Remember one wrong code."""
    for key, __, seconds in _keys(request):
        _count(key, seconds)


def refuse_flood(request: HttpRequest, what: str, *, most: int, seconds: int) -> None:
    """Count one `what` from this address; a Refusal when there were `most` before."""
    refuse_often(f"{what}:{network(request)}", most=most, seconds=seconds)


def refuse_flood_of_session(
    request: HttpRequest, what: str, *, most: int, seconds: int
) -> None:
    """The same for one browser, if it has a session already."""
    if session := request.session.session_key:
        refuse_often(f"{what}:session:{session}", most=most, seconds=seconds)


def refuse_often(what: str, *, most: int, seconds: int) -> None:
    """Count one `what`; a Refusal when there were `most` within `seconds`."""
    key = f"flood:{what}"
    if cache.get(key, 0) >= most:
        raise Refusal(
            "rate.limited",
            _("This was done very often from here. Please wait a few minutes."),
            status=429,
            retry_after=seconds,
        )
    _count(key, seconds)


def _count(key: str, seconds: int) -> None:
    if not cache.add(key, 1, seconds):
        try:
            cache.incr(key)
        except ValueError:
            cache.set(key, 1, seconds)
