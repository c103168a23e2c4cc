"""Lessons of this part: chosen by administrators, shown to members, completed by being played."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from lms import clock
from lms.courses import kinds
from lms.courses.actions import add_lesson, create_course, delete_lesson, publish_course
from lms.courses.kinds import StudyFacts
from lms.courses.models import Lesson
from lms.courses.queries import find_lesson_progress, list_chapters, publishing_problems
from lms.db import db
from lms.files.actions import store_bytes
from lms.jobs.worker import run_pending
from lms.media import actions
from lms.media.actions import Shown, add_asset, set_lesson_assets
from lms.media.lesson import KINDS, stretches
from lms.media.models import AssetState, LessonAsset, MediaAsset, Watched
from lms.media.queries import list_lesson_assets
from lms.search.indexer import follow, rebuild_index, silent
from lms.search.sources import Place
from tests.media.clips import make_clip, make_sound, pdf_bytes, picture_bytes, text_pdf
from tests.media.test_material import upload

SRT = "1\n00:00:00,500 --> 00:00:01,500\n主要负责人是第一责任人\n".encode()
LONG_SRT = """1
00:10:40,000 --> 00:10:44,000
听到气体报警

2
00:11:21,400 --> 00:11:24,000
赶紧撤到
上风处
""".encode()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    return {
        "video": ("讲.mp4", make_clip(folder / "a.mp4", seconds=4, gop=100).read_bytes()),
        "audio": ("听.mp3", make_sound(folder / "a.mp3", seconds=4).read_bytes()),
        "gallery": ("图.jpg", picture_bytes()),
        "document": ("文.pdf", pdf_bytes(3)),
    }


class Setup:
    """A published course of the north with one lesson of the kind, and its material."""

    def __init__(self, app, people, files, kind, prepare=True):
        self.kind = kind
        course = create_course(title="课程", unit_id=people.north, by=None)
        lesson = add_lesson(list_chapters(course)[0], kind=kind, title="第一讲")
        name, data = files[kind]
        asset = add_asset(store_bytes(data, name), name=name, unit_id=people.north, by=None)
        set_lesson_assets(lesson, [Shown(asset, caption="说明文字" if kind == "gallery" else "")])
        self.course_id, self.lesson_id, self.asset_id = course.id, lesson.id, asset.id
        db.session.commit()
        if prepare:
            run_pending(app)
        publish_course(self.course(), by=None)
        db.session.commit()

    def course(self):
        from lms.courses.models import Course

        return db.session.get_one(Course, self.course_id)

    def lesson(self):
        return db.session.get_one(Lesson, self.lesson_id)

    def study(self, member_id, **facts):
        lesson = self.lesson()
        kind = kinds.get(self.kind)
        given = StudyFacts(**{"counted_seconds": 10.0, **facts})
        kind.studied(lesson, member_id=member_id, facts=given, at=clock.now())
        db.session.commit()
        progress = find_lesson_progress(member_id, self.lesson_id)
        result = progress and (progress.fraction, progress.position, progress.completed_at)
        db.session.rollback()
        return result


@pytest.fixture
def setup(app, people, files):
    return lambda kind, **options: Setup(app, people, files, kind, **options)


def url_of(made):
    return f"/courses/lessons/{made.lesson_id}"


@pytest.mark.parametrize("kind", [kind.code for kind in KINDS])
def test_members_of_the_audience_see_the_lesson_and_others_do_not(client_of, setup, kind):
    made = setup(kind)
    page = client_of("learner").get(url_of(made))
    assert page.status_code == 200
    marks = {
        "video": 'data-module="player"',
        "audio": "<audio",
        "gallery": 'data-module="gallery"',
        "document": 'data-module="pdf"',
    }
    assert marks[kind] in page.text
    assert client_of("stranger").get(url_of(made)).status_code == 404


@pytest.mark.parametrize("kind", [kind.code for kind in KINDS])
def test_what_the_page_loads_is_delivered_to_this_member_only(client_of, setup, kind):
    made = setup(kind)
    learner, peer = client_of("learner"), client_of("peer")
    links = re.findall(
        r'(?:src|href|data-url|poster)="(/files/[^"]+)"', learner.get(url_of(made)).text
    )
    assert links
    for link in links:
        link = link.replace("&amp;", "&")
        assert learner.get(link).status_code == 200, link
        assert peer.get(link).status_code == 404, link


def test_every_part_of_a_video_is_delivered(client_of, setup):
    made = setup("video")
    learner = client_of("learner")
    master = re.search(r'<source src="([^"]+)"', learner.get(url_of(made)).text)[1]
    base = master.rsplit("/", 1)[0]
    playlists = re.findall(r"^[^#\n]+|URI=\"([^\"]+)\"", learner.get(master).text, re.MULTILINE)
    names = re.findall(r"^([^#\s]+\.m3u8)$", learner.get(master).text, re.MULTILINE)
    assert names and playlists
    for name in [*names, "sound/index.m3u8"]:
        playlist = learner.get(f"{base}/{name}")
        assert playlist.status_code == 200
        folder = name.rsplit("/", 1)[0]
        parts = re.findall(r"^([^#\s]+\.m4s)$", playlist.text, re.MULTILINE)
        parts += re.findall(r'URI="([^"]+)"', playlist.text)
        for part in parts:
            assert learner.get(f"{base}/{folder}/{part}").status_code == 200


def test_waiting_and_failed_material_is_told_in_words(app, client_of, setup):
    made = setup("video", prepare=False)
    assert "正在准备" in client_of("learner").get(url_of(made)).text
    asset = db.session.get_one(MediaAsset, made.asset_id)
    asset.state, asset.error_code = AssetState.FAILED, "truncated"
    db.session.commit()
    assert "请联系课程管理员" in client_of("learner").get(url_of(made)).text
    problems = publishing_problems(made.course())
    assert "文件不完整" in problems[0]


def test_duration_is_measured_again_when_material_is_ready(app, setup):
    made = setup("video", prepare=False)
    assert made.lesson().duration_seconds == 0
    db.session.rollback()
    run_pending(app)
    assert made.lesson().duration_seconds == pytest.approx(4.0, abs=0.1)


def test_captions_become_the_transcript_and_can_be_found(client_of, setup):
    made = setup("video")
    asset = db.session.get_one(MediaAsset, made.asset_id)
    actions.set_subtitle(asset, language="zh", data=SRT, by=None)
    db.session.commit()
    (found,) = kinds.get("video").passages(made.lesson())
    assert (found.anchor, found.text) == ("t-0", "主要负责人是第一责任人")
    db.session.rollback()
    assert "<track" in client_of("learner").get(url_of(made)).text


def test_progress_is_what_was_played_and_never_falls(people, setup):
    made = setup("video")
    fraction, position, done = made.study(people.learner, ranges=((0.0, 1.0),), position=1.0)
    assert fraction == Decimal("0.25").quantize(fraction) or abs(
        fraction - Decimal("0.25")
    ) < Decimal("0.02")
    assert position == {"seconds": 1.0}
    assert done is None
    again, _, _ = made.study(people.learner, ranges=((0.0, 1.0),))
    assert again == fraction
    jumped, _, done = made.study(
        people.learner, ranges=((3.0, 4.0),), position=4.0, reached_end=True
    )
    assert fraction < jumped < Decimal("0.6")
    assert done is None
    _, position, done = made.study(people.learner, ranges=((1.0, 3.2),))
    assert done is not None
    assert position == {"seconds": 4.0}
    assert made.study(people.peer, ranges=((0.0, 1.0),))[2] is None


def test_position_is_offered_again(people, client_of, setup):
    made = setup("video")
    made.study(people.learner, ranges=((0.0, 2.0),), position=2.0)
    page = client_of("learner").get(url_of(made)).text
    assert 'data-position="2.0"' in page
    assert "data-watched='[[0.0, 2.0]]'" in page


def test_no_skip_is_told_to_the_player(client_of, setup):
    made = setup("video")
    assert "data-no-skip" not in client_of("learner").get(url_of(made)).text
    made.course().no_skip = True
    db.session.commit()
    assert "data-no-skip" in client_of("learner").get(url_of(made)).text


@pytest.mark.parametrize("kind", ["gallery", "document"])
def test_pages_are_complete_when_all_was_seen(people, setup, kind):
    made = setup(kind)
    fraction, _, done = made.study(people.learner, counted_seconds=5.0)
    assert 0 < fraction < 1
    assert done is None
    assert made.study(people.learner, counted_seconds=9_000.0)[0] == Decimal("0.9")
    fraction, _, done = made.study(people.learner, reached_end=True)
    assert fraction == 1
    assert done is not None


def test_nothing_is_counted_before_the_medium_is_known(people, setup):
    made = setup("video", prepare=False)
    assert made.study(people.learner, ranges=((0.0, 100.0),)) is None


def test_lesson_gets_its_material_by_choice_or_upload(app, client_of, people, setup, files):
    made = setup("video")
    owner = client_of("owner")
    url = f"/media/lessons/{made.lesson_id}"
    assert "讲" in owner.get(url).text
    assert owner.post(url, data={"asset_id": made.asset_id}).status_code == 302
    token = upload(owner, "另一讲.mp4", files["video"][1])
    assert owner.post(url, data={"upload": token}).status_code == 302
    shown = list_lesson_assets(made.lesson_id)
    assert [item.asset.name for item in shown] == ["另一讲"]
    db.session.rollback()
    assert owner.post(url, data={}).status_code == 422
    token = upload(owner, "图.jpg", picture_bytes())
    assert owner.post(url, data={"upload": token}).status_code == 422
    assert client_of("outsider").get(url).status_code == 404
    assert client_of("outsider").post(url, data={"asset_id": 1}).status_code == 404
    assert client_of("learner").get(url).status_code == 403


def test_gallery_is_ordered_captioned_and_pruned(app, client_of, people, setup):
    made = setup("gallery")
    owner = client_of("owner")
    url = f"/media/lessons/{made.lesson_id}/gallery"
    token = upload(owner, "二.jpg", picture_bytes((500, 400)))
    owner.post(url, data={"asset_id": made.asset_id, "upload": token})
    run_pending(app)
    first, second = [item.asset_id for item in list_lesson_assets(made.lesson_id)]
    db.session.rollback()
    form = {
        "asset_id": [first, second],
        f"position-{first}": 2,
        f"position-{second}": 1,
        f"caption-{second}": " 图说 ",
        f"alt-{second}": "厂区",
    }
    assert owner.post(url, data=form).status_code == 302
    items = list_lesson_assets(made.lesson_id)
    assert [(item.asset_id, item.caption, item.alt) for item in items] == [
        (second, "图说", "厂区"),
        (first, "", ""),
    ]
    db.session.rollback()
    assert 'alt="厂区"' in client_of("learner").get(url_of(made)).text
    owner.post(url, data={"asset_id": [second]})
    assert len(list_lesson_assets(made.lesson_id)) == 1
    db.session.rollback()
    assert owner.get(url).status_code == 200


def test_material_in_use_is_not_deleted(client_of, setup):
    made = setup("video")
    answer = client_of("owner").post(f"/media/{made.asset_id}/delete")
    assert answer.status_code == 409
    assert "正用在《课程》的“第一讲”里" in answer.text


def test_deleted_lesson_lets_go(people, setup):
    made = setup("video")
    made.study(people.learner, ranges=((0.0, 1.0),))
    delete_lesson(made.lesson(), by=None)
    db.session.commit()
    assert db.session.query(LessonAsset).count() == 0
    assert db.session.query(Watched).count() == 0


def test_copied_lesson_shows_the_same(setup):
    made = setup("gallery")
    lesson = made.lesson()
    other = add_lesson(list_chapters(made.course())[0], kind="gallery", title="二")
    kinds.get("gallery").copy(lesson, other)
    assert [item.caption for item in list_lesson_assets(other.id)] == ["说明文字"]


def test_content_folder_fills_and_refills_a_lesson(people, tmp_path, files):
    for name, data in files.values():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "c.srt").write_bytes(SRT)
    course = create_course(title="课程", unit_id=people.north, by=None)
    chapter = list_chapters(course)[0]
    shapes = {
        "video": {"file": "讲.mp4", "captions": "c.srt"},
        "audio": {"file": "听.mp3"},
        "document": {"file": "文.pdf"},
        "gallery": {"pictures": [{"file": "图.jpg", "caption": "c", "alt": "a"}]},
    }
    for kind, data in shapes.items():
        lesson = add_lesson(chapter, kind=kind, title=kind)
        for _again in range(2):
            kinds.get(kind).load(lesson, data, tmp_path)
        assert len(list_lesson_assets(lesson.id)) == 1
    assert db.session.query(MediaAsset).count() == 4


def test_captions_are_searched_in_stretches():
    cues = [[0.0, 1.0, "一"], [30.0, 31.0, "二\n三"], [70.0, 71.0, "四"]]
    first, second = stretches(cues)
    assert (first.text, second.text) == ("一 二 三", "四")
    assert first.places == [Place(0, "t-0", "00:00"), Place(2, "t-30", "00:30")]
    assert (second.anchor, second.label) == ("t-70", "01:10")


def test_a_caption_is_found_with_the_second_in_which_it_is_said(app, client_of, setup):
    made = setup("video")
    asset = db.session.get_one(MediaAsset, made.asset_id)
    actions.set_subtitle(asset, language="zh", data=LONG_SRT, by=None)
    db.session.commit()
    rebuild_index(silent)
    while follow():
        pass
    db.session.rollback()
    page = client_of("learner").get("/search?q=赶紧撤到上风处").text
    assert f"{url_of(made)}#t-681" in page
    assert "▸ 11:21" in page
    assert f"{url_of(made)}#t-640" in client_of("learner").get("/search?q=气体报警").text


def test_links_of_an_old_page_expire(client_of, setup):
    made = setup("document")
    link = re.search(r'data-url="([^"]+)"', client_of("learner").get(url_of(made)).text)[1]
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert client_of("learner").get(link).status_code == 410


def test_documents_are_found_by_their_pages(app, people):
    made = Setup(app, people, {"document": ("文.pdf", text_pdf(2))}, "document")
    found = kinds.get("document").passages(made.lesson())
    assert [(one.anchor, one.text.strip()) for one in found] == [
        ("page-1", "Page 1"),
        ("page-2", "Page 2"),
    ]
