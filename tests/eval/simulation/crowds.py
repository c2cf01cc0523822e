"""A small world for simulated listeners: jazz and metal, and listeners of whom each plays one of them."""

from pathlib import Path

from catalog.listening import Play
from catalog.stores import open_store
from catalog.tracks import Track, TrackId
from eval.simulation.listeners import PROFILES, Crowd

GENRES = ("jazz", "metal")
JAZZ, METAL = ([f"{genre}-{number}" for number in range(30)] for genre in GENRES)


def crowd_in(home: Path, listeners: str = "simulated", seed: int = 7) -> Crowd:
    """Twenty listeners, ten of each genre: listener 2n plays jazz, listener 2n + 1 metal, a third of its tracks."""
    with open_store(home) as store:
        with store.writing() as writer:
            writer.put_tracks(
                Track(TrackId(f"{genre}-{number}"), f"Song {number}", f"{genre} band {number // 6}", genres=(genre,))
                for genre in GENRES
                for number in range(30)
            )
            writer.put_plays(
                Play(f"listener-{who:02}", TrackId(f"{GENRES[who % 2]}-{(3 * who + number) % 30}"))
                for who in range(20)
                for number in range(10)
            )
        crowd = Crowd(store, PROFILES[listeners], seed)
        for _ in crowd.visits(2000, 1):
            pass  # everybody is drawn while the store is open
    return crowd
