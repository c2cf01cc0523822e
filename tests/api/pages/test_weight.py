"""What a list of 20 weighs on its way to a listener."""

import gzip
import re

import httpx2
import pytest

from tests.api.pages.worlds import WORLDS, serve

MOST_BYTES = 40_000
LEVEL = 6


@pytest.mark.slow
def test_a_list_of_20_with_all_that_the_page_loads_is_below_40_kb() -> None:
    with serve(WORLDS["small"]) as served, httpx2.Client(base_url=served.address, follow_redirects=True) as client:
        form = {"prompt": "calm jazz, no vocals", "ai": "licensed", "territory": "DE"}
        page = client.post("/", data=form, headers={"Accept": "text/html", "Origin": served.address})
        assert page.text.count('class="row"') == 20
        loaded = set(re.findall(r'(?:href|src)="(/page/[^"]+\.(?:js|css))"', page.text))
        assert {address.rpartition(".")[2] for address in loaded} == {"js", "css"}
        parts = {"the page": page.content, **{address: client.get(address).content for address in loaded}}
    weights = {name: len(gzip.compress(content, LEVEL)) for name, content in parts.items()}
    assert sum(weights.values()) < MOST_BYTES, weights
