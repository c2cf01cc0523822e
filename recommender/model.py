"""A bundle in memory: everything that ranking reads, loaded once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from recommender.blending import Ranker
from recommender.bundles import Bundle, open_bundle
from recommender.indexes.collaborative import CollaborativeModel
from recommender.indexes.encoders import Encoder, OnnxEncoder, RememberingEncoder
from recommender.indexes.lexical import LexicalIndex
from recommender.indexes.names import CatalogNames
from recommender.indexes.neighbours import NeighbourModel
from recommender.indexes.tag_view import TagView
from recommender.indexes.vectors import VectorIndex, load_index
from recommender.tracks.features import TrackFeatures


@dataclass(frozen=True, slots=True)
class Model:
    """What a bundle holds; `len` is the number of tracks it knows, positions 0 to that, exclusive."""

    bundle: Bundle
    encoder: Encoder
    vectors: VectorIndex
    lexical: LexicalIndex
    names: CatalogNames
    features: TrackFeatures
    collaborative: CollaborativeModel | None
    neighbours: NeighbourModel | None
    tag_view: TagView | None
    ranker: Ranker

    @classmethod
    def load(cls, home: Path) -> Self:
        """Load the bundle in use. Raises BundleError when there is none or it is damaged."""
        return cls.of(open_bundle(home))

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Load a bundle whose files are known to be sound."""
        folder = bundle.folder
        with ThreadPoolExecutor(1) as pool:
            encoder = pool.submit(OnnxEncoder, folder)
            features = TrackFeatures.load(folder)
            return cls(
                bundle,
                vectors=load_index(folder / "vectors.faiss"),
                lexical=LexicalIndex.load(folder),
                names=CatalogNames.load(folder),
                features=features,
                collaborative=CollaborativeModel.load_if_built(folder, artist_of_track=features.artist),
                neighbours=NeighbourModel.load_if_built(folder, artist_of_track=features.artist),
                tag_view=TagView.load(folder),
                ranker=Ranker.load(folder),
                encoder=RememberingEncoder(encoder.result()),
            )

    def __len__(self) -> int:
        return len(self.features)
