"""The words of this part: kinds, states, and why material cannot be used."""

from typing import Any

from flask_babel import lazy_gettext as _l

from lms.media.models import AssetKind, AssetState
from lms.media.probe import Reason

KIND_LABELS: dict[AssetKind, Any] = {
    AssetKind.VIDEO: _l("视频"),
    AssetKind.AUDIO: _l("音频"),
    AssetKind.IMAGE: _l("图片"),
    AssetKind.DOCUMENT: _l("PDF 文档"),
}
KIND_ICONS = {
    AssetKind.VIDEO: "video",
    AssetKind.AUDIO: "headphones",
    AssetKind.IMAGE: "photo",
    AssetKind.DOCUMENT: "file-text",
}
STATE_LABELS: dict[AssetState, Any] = {
    AssetState.WAITING: _l("排队中"),
    AssetState.WORKING: _l("处理中"),
    AssetState.READY: _l("可以使用"),
    AssetState.FAILED: _l("不能使用"),
}
STATE_TONES = {
    AssetState.WAITING: "",
    AssetState.WORKING: "info",
    AssetState.READY: "ok",
    AssetState.FAILED: "bad",
}
REASONS: dict[str, Any] = {
    Reason.EMPTY: _l("文件是空的。请检查原文件，再上传一次。"),
    Reason.UNREADABLE: _l("无法识别这个文件的格式。请转换成 MP4（H.264）后再上传。"),
    Reason.DISGUISED: _l("文件的内容其实是网页，不是它的名字所说的音视频。"),
    Reason.PLAYLIST: _l("这是一个播放列表，里面没有音视频。请上传音视频文件本身。"),
    Reason.TRUNCATED: _l("文件不完整，后面的部分丢失了。请检查原文件，再上传一次。"),
    Reason.NO_STREAMS: _l("文件里既没有画面，也没有声音。"),
    Reason.UNDECODABLE: _l("文件里的画面已损坏，无法播放。请重新导出后再上传。"),
    Reason.TOO_MANY_PIXELS: _l("画面尺寸太大，超过了可以处理的范围。请缩小后再上传。"),
    Reason.TOO_SLOW: _l("处理这个文件用的时间太长，已经停止。请缩短或转换格式后再上传。"),
    Reason.ENCRYPTED: _l("这个 PDF 设有密码。请去掉密码后再上传。"),
    Reason.CRASHED: _l("处理这个文件时出错了。可以重试一次；仍然不行请转换格式后再上传。"),
    Reason.NO_SPACE: _l("服务器磁盘空间不足。请联系系统管理员，腾出空间后重试。"),
}
SUBTITLE_REASONS: dict[str, Any] = {
    "too_large": _l("字幕文件太大了，最大 2 MB。"),
    "encoding": _l("无法识别字幕文件的文字编码。请另存为 UTF-8 后再上传。"),
    "no_cues": _l("文件里没有找到字幕。请上传 .srt 或 .vtt 格式的字幕文件。"),
}
LANGUAGES: dict[str, Any] = {
    "zh": _l("中文"),
    "en": _l("英文"),
}
