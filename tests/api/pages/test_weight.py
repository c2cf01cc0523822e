"""What the page weighs on its way to a listener, packed as browsers take it."""

import re

import httpx2
import pytest

from tests.api.pages.worlds import WORLDS, serve

FIRST_VISIT_BYTES, LIST_BYTES = 36_000, 62_000
BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip, br"}


def sent(client: httpx2.Client, method: str, address: str, data: dict[str, str] | None = None) -> tuple[str, int]:
    """Return what is at an address, and of how many bytes it is sent."""
    with client.stream(
        method, address, headers={**BROWSER, "Origin": str(client.base_url).rstrip("/")}, data=data
    ) as answer:
        packed = b"".join(answer.iter_raw())
        request = answer.request.url
    return str(request), len(packed)


@pytest.mark.slow
def test_what_a_first_visit_loads_is_below_36_kb_and_a_list_of_20_with_everything_below_62() -> None:
    with serve(WORLDS["small"]) as served, httpx2.Client(base_url=served.address, follow_redirects=True) as client:
        form = {"prompt": "calm jazz, no vocals", "ai": "licensed", "territory": "DE"}
        made, _ = sent(client, "POST", "/", data=form)
        for address, most in (("/", FIRST_VISIT_BYTES), (made, LIST_BYTES)):
            page = client.get(address, headers={"Accept": "text/html"}).text
            assert (page.count('class="row"') == 20) == (address == made)
            loaded = set(re.findall(r'(?:href|src)="(/page/[^"]+\.(?:js|css))"', page))
            weights = {name: sent(client, "GET", name)[1] for name in (address, *loaded)}
            assert sum(weights.values()) < most, weights
