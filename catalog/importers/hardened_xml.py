"""Hardened reader of untrusted XML: a small tree, within limits, with nothing fetched and nothing expanded.

There is no document type declaration, hence no entity that could grow or reach for a file; what is too big is refused as
soon as it is met, while the file is still being read.
"""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

MAX_BYTES = 50_000_000
"""A message of thousands of recordings has a tenth of this."""

MAX_ELEMENTS = 200_000
"""An album of twelve recordings has about a thousand."""

MAX_DEPTH = 64
"""DDEX messages are about a dozen levels deep."""

MAX_TEXT = 20_000
"""Characters of one text or attribute: the longest that a licensor writes is a synopsis."""

MAX_TAG = 1_000_000
"""Bytes of one tag or comment; a parser keeps all of it in memory before it can tell what it is."""

_CHUNK = 64_000

_INTERNAL = re.compile(r"\bxml[A-Z]|XML_")


class Element:
    """One element: its local name, attributes, text and children.

    Elements of the root's namespace and of none go by their local name; others keep theirs as `{namespace}name`. `text`
    is what stands before the first child, each run of white space as one space. `number` counts from 1 among the siblings
    of the same name.
    """

    __slots__ = ("_children", "attributes", "name", "number", "parent", "text")

    def __init__(self, name: str, attributes: Mapping[str, str], parent: "Element | None") -> None:
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.text = ""
        self.number = 1
        self._children: dict[str, list[Element]] = {}
        if parent is not None:
            siblings = parent._children.setdefault(name, [])
            siblings.append(self)
            self.number = len(siblings)

    def all(self, path: str) -> list["Element"]:
        """Return the descendants at a path such as `Role/Value`, in the order of the document."""
        if "/" not in path:
            return [*self._children.get(path, ())]
        name, _, rest = path.partition("/")
        return [found for child in self._children.get(name, ()) for found in child.all(rest)]

    def first(self, path: str) -> "Element | None":
        """Return the first descendant at a path, or None."""
        return next(iter(self.all(path)), None)

    def text_of(self, path: str) -> str:
        """Return the text of the first descendant at a path that has one; "" where there is none."""
        return next((element.text for element in self.all(path) if element.text), "")

    def says(self, attribute: str) -> bool:
        """Whether an attribute says true."""
        return self.attributes.get(attribute, "").lower() in ("true", "1")

    def below(self, *names: str) -> Iterator["Element"]:
        """Yield all descendants of these names, or of any, siblings of one name together."""
        for children in self._children.values():
            for child in children:
                if not names or child.name in names:
                    yield child
                yield from child.below(*names)

    @property
    def place(self) -> str:
        """Where the element is, below the root, such as `ResourceList/SoundRecording[2]/Duration`; the root's is its name."""
        steps = []
        element = self
        while element.parent is not None:
            alone = len(element.parent._children[element.name]) == 1
            steps.append(element.name if alone else f"{element.name}[{element.number}]")
            element = element.parent
        return "/".join(reversed(steps)) or self.name


def read_xml(content: bytes) -> tuple[str, Element]:
    """Return the namespace ("" for none) and tree of an XML document, in the encoding that it declares.

    Raises ValueError for malformed XML, a document type declaration, and whatever exceeds the limits above.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(f"has {len(content):,} bytes; at most {MAX_BYTES:,} are taken")
    builder = _Builder()
    parser = etree.XMLParser(
        target=builder, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    fed_at_last_event = events = 0
    try:
        for start in range(0, len(content), _CHUNK):
            if builder.events > events:
                fed_at_last_event, events = start, builder.events
            elif start - fed_at_last_event > MAX_TAG:
                raise ValueError(f"has a tag or comment of more than {MAX_TAG:,} bytes")
            parser.feed(content[start : start + _CHUNK])
        parser.close()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"is not well-formed XML: {_words(error)}") from error
    if builder.root is None:
        raise ValueError("is not well-formed XML: it has no element")
    return builder.namespace, builder.root


def _words(error: etree.XMLSyntaxError) -> str:
    """Return the parser's message, or only its line where it names the parser's own functions and settings."""
    words = " ".join(str(error.msg).split())
    return f"see line {error.lineno}" if _INTERNAL.search(words) else words


class _Builder:
    """Builds the tree from the parser's events, and refuses what is too big or has a document type."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.namespace = ""
        self.events = 0
        self._elements = 0
        self._depth = 0
        self._open: Element | None = None
        self._text: list[str] = []
        self._length = 0

    def doctype(self, *_: object) -> None:
        """Refuse any document type declaration: messages have no use for one."""
        raise ValueError("has a document type declaration (DOCTYPE); send it without")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.events += 1
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS:
            raise ValueError(f"has more than {MAX_ELEMENTS:,} elements")
        if self._depth > MAX_DEPTH:
            raise ValueError(f"is nested more than {MAX_DEPTH} elements deep")
        if attributes and max(map(len, attributes.values())) > MAX_TEXT:
            raise ValueError(f"has an attribute of more than {MAX_TEXT:,} characters")
        namespace, closed, local = tag.rpartition("}")
        namespace = namespace.removeprefix("{")
        if self.root is None:
            self.namespace = namespace
        self._keep_text()
        self._open = Element(
            local if not closed or namespace == self.namespace else tag,
            dict(attributes) if attributes else {},
            self._open,
        )
        self.root = self.root or self._open

    def data(self, text: str) -> None:
        self.events += 1
        self._length += len(text)
        if self._length > MAX_TEXT:
            raise ValueError(f"has a text of more than {MAX_TEXT:,} characters")
        self._text.append(text)

    def end(self, _: str) -> None:
        self.events += 1
        self._depth -= 1
        self._keep_text()
        self._open = self._open.parent if self._open else None

    def close(self) -> None:
        """Note the end of the document; nothing is left to do."""

    def _keep_text(self) -> None:
        if self._text:
            if self._open is not None and not self._open.text:
                self._open.text = " ".join("".join(self._text).split())
            self._text, self._length = [], 0
