"""Array types by what they hold: each alias has one dtype and one meaning. Shapes are stated where one is used."""

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
"""Positions of tracks in the catalog, or rows of an index; best first where the order means something."""

Mask = npt.NDArray[np.bool_]
"""Which tracks, or other rows, are meant: one flag for each."""

Bitmap = npt.NDArray[np.uint8]
"""A mask packed to one bit a track, the lowest bit first: the form that FAISS reads."""

Codes = npt.NDArray[np.int32]
"""A number for each track that tracks of one group share: of one artist, one song, one language, one profile of tags."""

Items = npt.NDArray[np.int32]
"""Items that listening teaches about: tracks by position and, behind the last of them, artists by code."""

Scores = npt.NDArray[np.float32]
"""One score for each track, higher is better; or weights that add up to scores."""

Column = npt.NDArray[np.float32]
"""One measured value for each track, NaN where it is not known."""

Met = npt.NDArray[np.int8]
"""Whether each track meets a wish: 1 where it does, 0 where it does not, -1 where that is not known."""

Vectors = npt.NDArray[np.float32]
"""Embeddings: unit vectors of shape (texts, dimensions), or one of shape (dimensions,)."""

Factors = npt.NDArray[np.float32]
"""Latent factors of items, of shape (items, factors), or a user's of shape (factors,)."""

Ranks = npt.NDArray[np.int32]
"""Places from 1 that each channel gave to each candidate, of shape (channels, candidates); 0 where it found none."""

Numbers = npt.NDArray[np.float64]
"""Quantities in double precision: sums, counts and means that are computed with."""

Counts = npt.NDArray[np.int64]
"""Whole numbers: how many there are of something, or their running totals."""

Hashes = npt.NDArray[np.uint64]
"""64-bit hashes, sorted for binary search."""
