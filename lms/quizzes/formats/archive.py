"""Opening zip files from strangers: no way out of the folder, no bombs, no odd members."""

import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from flask_babel import gettext as _

from lms.quizzes.formats.parsed import Unreadable

MAX_MEMBERS = 5_000
MAX_TOTAL_BYTES = 96 * 1024 * 1024
MAX_MEMBER_BYTES = 32 * 1024 * 1024
MAX_RATIO = 200
SMALL_BYTES = 1024 * 1024  # below this no ratio is suspicious


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The zip file in `data`, once its table of contents is harmless. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(_("文件已损坏，打不开。请重新导出或另存后再试。")) from error
    if len(members) > MAX_MEMBERS:
        raise Unreadable(_("压缩包里的文件太多，最多 %(count)d 个。", count=MAX_MEMBERS))
    total = 0
    for member in members:
        _check_member(member)
        total += member.file_size
    if total > MAX_TOTAL_BYTES:
        raise Unreadable(_("压缩包解开后太大，没有导入。"))
    return archive


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        raise Unreadable(_("压缩包里有指向外面的文件名，没有导入。"))
    if member.flag_bits & 1:
        raise Unreadable(_("压缩包有密码，请去掉密码后再试。"))
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        raise Unreadable(_("压缩包里有链接，没有导入。"))
    swollen = member.file_size > SMALL_BYTES and member.file_size > MAX_RATIO * max(
        1, member.compress_size
    )
    if member.file_size > MAX_MEMBER_BYTES or swollen:
        raise Unreadable(_("压缩包解开后太大，没有导入。"))


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member, never more than it declared. Raises Unreadable."""
    try:
        info = archive.getinfo(name)
        with archive.open(info) as stream:
            data = stream.read(info.file_size + 1)
    except (
        KeyError,
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise Unreadable(_("压缩包里的“%(name)s”读不出来。", name=name[:80])) from error
    if len(data) > info.file_size:
        raise Unreadable(_("压缩包解开后太大，没有导入。"))
    return data
