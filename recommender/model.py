"""A bundle in memory: everything that ranking reads, loaded once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from recommender.blending import Ranker
from recommender.bundles import Bundle, BundleError, open_bundle
from recommender.indexes.collaborative import CollaborativeModel, NeighbourModel
from recommender.indexes.encoders import Encoder, OnnxEncoder, RememberingEncoder
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.multilingual import MultilingualEncoder, is_unpacked
from recommender.indexes.names import CatalogNames
from recommender.indexes.tag_reader import TagView
from recommender.indexes.tagger import Tagger
from recommender.indexes.translations import English, TagMeanings
from recommender.indexes.vectors import VectorIndex, load_index
from recommender.prompts.reading import PromptReader
from recommender.prompts.spans import SpanReader
from recommender.tracks.features import TrackFeatures

ReadWith = Callable[[SpanReader], SpanReader]
"""Puts another reader in front of our own, which stays its fallback."""


def check_readable(bundle: Bundle) -> None:
    """Raise BundleError for a sound bundle that lacks what this version reads prompts with."""
    if not is_unpacked(bundle.folder) or not English.is_built(bundle.folder):
        raise BundleError(
            f"bundle {bundle.version} cannot read prompts, an earlier version built it; run `consonance build`"
        )


@dataclass(frozen=True, slots=True)
class Model:
    """What a bundle holds; `len` is the number of tracks it knows, positions 0 to that, exclusive."""

    bundle: Bundle
    encoder: Encoder
    vectors: VectorIndex
    lexical: LexicalIndex
    names: CatalogNames
    reader: PromptReader
    features: TrackFeatures
    collaborative: CollaborativeModel | None
    neighbours: NeighbourModel | None
    tag_view: TagView | None
    ranker: Ranker

    @classmethod
    def load(cls, home: Path, read_with: ReadWith | None = None, version: str | None = None) -> Self:
        """Load the bundle of a version, or the one in use. Raises BundleError when there is none or it is damaged."""
        return cls.of(open_bundle(home, version), read_with)

    @classmethod
    def of(cls, bundle: Bundle, read_with: ReadWith | None = None) -> Self:
        """Load a bundle whose files are known to be sound; prompts are read by the tagger, or by what stands in front of it."""
        check_readable(bundle)
        folder = bundle.folder
        with ThreadPoolExecutor(2) as pool:
            encoder, words = pool.submit(OnnxEncoder, folder), pool.submit(MultilingualEncoder, folder)
            features, names = TrackFeatures.load(folder), CatalogNames.load(folder)
            names = replace(
                names,
                meanings=TagMeanings.load(folder, names.tags.keys, words.result()),
                english=English.load(folder, words.result()),
            )
            tagger: SpanReader = Tagger(words.result())
            return cls(
                bundle,
                vectors=load_index(folder / "vectors.faiss"),
                lexical=LexicalIndex.load(folder),
                names=names,
                reader=PromptReader(tagger if read_with is None else read_with(tagger), names),
                features=features,
                collaborative=CollaborativeModel.load_if_built(folder, artist_of_track=features.artist),
                neighbours=NeighbourModel.load_if_built(folder, artist_of_track=features.artist),
                tag_view=TagView.load(folder),
                ranker=Ranker.load(folder),
                encoder=RememberingEncoder(encoder.result()),
            )

    def __len__(self) -> int:
        return len(self.features)
