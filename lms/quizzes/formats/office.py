"""The XML inside Office files from strangers, looked through before a library reads it.

The libraries build trees without a limit; a file of some hundred kilobytes can fill the memory.
"""

import zlib
from dataclasses import dataclass
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _

from lms.quizzes.formats.parsed import Unreadable
from lms.quizzes.formats.xml_tree import MAX_DEPTH

CHUNK_BYTES = 65_536
# What a damaged, strangely packed or encrypted archive makes its readers raise.
BROKEN = (
    *(expat.ExpatError, LookupError, ValueError, OSError, EOFError),
    *(BadZipFile, NotImplementedError, RuntimeError, zlib.error),
)


@dataclass(frozen=True, slots=True)
class Room:
    """How much a part may hold: altogether, or between the ends of its pieces.

    A piece is an element after which the library forgets what it has read.
    """

    elements: int
    chars: int
    pieces: frozenset[str] = frozenset()
    most_pieces: int = 400_000


class _Watcher:
    """Counts what a tree of the part would hold."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.depth = self.elements = self.chars = self.pieces = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, _name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1 + len(attributes) // 4
        if self.depth > MAX_DEPTH or self.elements > self.room.elements:
            raise Unreadable(_("文件嵌套太深或内容太多，没有导入。"))

    def _end(self, name: str) -> None:
        self.depth -= 1
        if name.rsplit(":", 1)[-1] in self.room.pieces:
            self.elements = self.chars = 0
            self.pieces += 1
            if self.pieces > self.room.most_pieces:
                raise Unreadable(_("文件嵌套太深或内容太多，没有导入。"))

    def _text(self, text: str) -> None:
        self.chars += len(text)
        if self.chars > self.room.chars:
            raise Unreadable(_("文件嵌套太深或内容太多，没有导入。"))

    def _doctype(self, *_names: object) -> None:
        raise Unreadable(_("文件里有不安全的 XML 声明，没有导入。"))


def check_parts(archive: ZipFile, room: Room, *, broken: str) -> None:
    """Look through the parts. Raises Unreadable where one holds too much, or says `broken`."""
    for name in archive.namelist():
        if not name.endswith((".xml", ".rels")):
            continue
        watcher = _Watcher(room)
        try:
            with archive.open(name) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    watcher.parser.Parse(chunk, False)
            watcher.parser.Parse(b"", True)
        except BROKEN as error:
            raise Unreadable(broken) from error
