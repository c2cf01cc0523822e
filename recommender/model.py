"""A bundle in memory: everything that ranking reads, loaded once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from recommender.bundles import Bundle, open_bundle
from recommender.collaborative import CollaborativeModel
from recommender.encoders import Encoder, OnnxEncoder
from recommender.lexical_index import LexicalIndex
from recommender.name_index import CatalogNames, NameIndex
from recommender.track_features import TrackFeatures
from recommender.vector_index import FlatVectorIndex


@dataclass(frozen=True, slots=True)
class Model:
    """What a bundle holds; `len` is the number of tracks it knows, positions 0 to that, exclusive."""

    bundle: Bundle
    encoder: Encoder
    vectors: FlatVectorIndex
    lexical: LexicalIndex
    names: CatalogNames
    features: TrackFeatures
    collaborative: CollaborativeModel | None

    @classmethod
    def load(cls, home: Path) -> Self:
        """Load the bundle in use. Raises BundleError when there is none or it is damaged."""
        bundle = open_bundle(home)
        folder = bundle.folder
        with ThreadPoolExecutor(1) as pool:
            encoder = pool.submit(OnnxEncoder, folder)
            features = TrackFeatures.load(folder)
            return cls(
                bundle,
                vectors=FlatVectorIndex.load(folder / "vectors.faiss"),
                lexical=LexicalIndex.load(folder),
                names=CatalogNames(NameIndex.load(folder, "artist"), NameIndex.load(folder, "title")),
                features=features,
                collaborative=CollaborativeModel.load(folder, features.artist),
                encoder=encoder.result(),
            )

    def __len__(self) -> int:
        return len(self.features)
