"""The question editor: what it shows and what it makes of its fields, files and formulas."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import func, select

from lms.db import db
from lms.files.actions import complete_upload, open_upload, staging, store_upload
from lms.members.policy import Actor
from lms.quizzes.bank_actions import NewQuestion, add_questions, create_bank, create_question
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.definition import (
    ONE,
    RULES,
    Accepted,
    Criterion,
    Definition,
    Folding,
    Gap,
    GapKind,
    Item,
    Keyword,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Tolerance,
    Unit,
    from_json,
    key_letter,
)
from lms.quizzes.drafts import OptionRow
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.file_models import BankFile
from lms.quizzes.formats.reading import read_questions
from lms.quizzes.grading import grade
from lms.quizzes.models import Bank, Question, QuestionVersion
from lms.quizzes.rich import Before, Rich, Texts, opened, simplified
from lms.quizzes.richtext import clean_definition
from tests.conftest import shared
from tests.factories import People
from tests.quizzes.test_bank_files import PIXEL

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
HALF = Decimal("0.5")


@pytest.fixture
def bank_id(actor: Actors, people: People) -> int:
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=actor("owner"))
    db.session.commit()
    return bank.id


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send from the editor's form when nothing is touched."""
    tree = html.document_fromstring(page)
    form = next(each for each in tree.forms if each.xpath(".//*[@name='text_format']"))
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    return fields


# Texts


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("<p>方针</p>", "方针"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("一<br>二", "一\n二"),
        ("<p>a &lt; b&nbsp;c</p>", "a < b c"),
        ("<p>一<b>二</b></p>", None),
        ('<p>看<img src="file-id:3"></p>', None),
    ],
)
def test_html_that_says_no_more_than_plain_text_is_plain(source: str, plain: str | None) -> None:
    rich = simplified(Rich(source, is_html=True))
    assert rich == (Rich(source, True) if plain is None else Rich(plain))


def test_one_text_with_marks_makes_the_whole_question_html() -> None:
    texts = Texts([Rich("<p>一<b>二</b></p>", True), Rich("a < b")])
    assert texts.block(Rich("a < b\nc")) == "a &lt; b<br>c"
    assert texts.inline(Rich("<p>一<b>二</b></p>", True)) == "一<b>二</b>"


def test_a_text_left_alone_keeps_its_words() -> None:
    before = Before(["<p>题干</p>"], ["<p>甲 &amp; 乙</p>"])
    texts = Texts([], before)
    assert texts.block(Rich("题干")) == "<p>题干</p>"
    assert texts.inline(opened("<p>甲 &amp; 乙</p>", True)) == "<p>甲 &amp; 乙</p>"
    assert texts.inline(Rich("丙 & 丁")) == "丙 &amp; 丁"


# A definition through the fields and back

PLAIN = st.sampled_from(["甲", "a < b", "北京|北平", "5%", "安全；生产", "a\\b", "*星", "比例:50%"])
MARKED = st.sampled_from(["甲 &amp; 乙", "<b>甲</b>", 'x<sup>2</sup><img src="file-id:3">'])
SHARES = st.sampled_from([ONE, HALF, Decimal("0.3333333")])


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A question of any kind with everything that it can carry."""
    kind = draw(st.sampled_from([kind for kind in Kind if kind != Kind.MATERIAL]))
    is_html = draw(st.booleans())
    text = MARKED if is_html else PLAIN
    note = st.one_of(st.just(""), text)
    common: dict[str, Any] = {
        "kind": kind,
        "is_html": is_html,
        "rule": draw(st.sampled_from(RULES[kind])),
        "text": "题" + draw(text),
        "title": draw(st.sampled_from(["", "名称"])),
        "points": draw(st.sampled_from([ONE, HALF, Decimal(3)])),
        "penalty_fraction": draw(st.sampled_from([Decimal(0), Decimal("0.3333333")])),
        "explanation": draw(note),
        "feedback_right": draw(note),
        "feedback_partly": draw(note),
        "feedback_wrong": draw(note),
        "folding": Folding(case=draw(st.booleans()), width=draw(st.booleans())),
        "source": draw(st.sampled_from(["", "第三条", "/library/at/1/art3", "《法》 /library/1"])),
    }
    return Definition(**common | draw(answers(kind, common["rule"], text, note)))


@st.composite
def answers(
    draw: st.DrawFn, kind: Kind, rule: Rule, text: st.SearchStrategy[str], note: Any
) -> dict[str, Any]:
    accepted = st.builds(Accepted, PLAIN, SHARES, note)
    several = st.lists(accepted, min_size=1, max_size=3, unique_by=lambda entry: entry.text)
    if kind in (Kind.SINGLE, Kind.MULTIPLE):
        weights = [ONE, Decimal(0), Decimal(0)]
        if rule in (Rule.WEIGHTED, Rule.NEGATIVE):
            weights = [ONE, Decimal("0.3333333"), Decimal("-0.5")]
        return {
            "options": tuple(
                Option(key_letter(n), f"{n}{draw(text)}", weight, draw(note))
                for n, weight in enumerate(weights)
            ),
            "shuffles": draw(st.booleans()),
            "missed_fraction": draw(st.sampled_from([HALF, Decimal("0.3")])),
        }
    if kind == Kind.TRUE_FALSE:
        wrong = -HALF if rule == Rule.NEGATIVE else Decimal(0)
        return {"options": (Option("true", "", wrong, draw(note)), Option("false", "", ONE))}
    if kind == Kind.NUMERIC:
        return {
            "numbers": tuple(
                Number(Decimal(n), off, mode, draw(SHARES), draw(note))
                for n, mode in enumerate(Tolerance)
                for off in [draw(st.sampled_from([Decimal(0), Decimal("0.05")]))]
            ),
            "units": (Unit("m"), Unit("km", Decimal(1000))),
            "needs_unit": draw(st.booleans()),
        }
    if kind == Kind.SHORT:
        keywords = (Keyword(("预防|为主", "防"), HALF), Keyword(("治",), HALF))
        return {
            "accepted": tuple(draw(several)),
            "keywords": keywords,
            "has_wildcards": draw(st.booleans()),
        }
    if kind == Kind.MATCHING:
        return {
            "stems": (Stem("1", draw(text), "a"), Stem("2", f"2{draw(text)}", "b")),
            "choices": tuple(Item(key_letter(n), f"{n}{draw(text)}") for n in range(3)),
        }
    if kind == Kind.ORDERING:
        return {"items": tuple(Item(str(n), f"{n}{draw(text)}") for n in range(1, 4))}
    if kind == Kind.ESSAY:
        model = draw(note)
        return {
            "accepted": (Accepted(model),) if model else (),
            "rubric": (Criterion("论点", HALF), Criterion("论据", HALF)),
            "allows_files": draw(st.booleans()),
        }
    first = Gap("1", weight=draw(st.sampled_from([ONE, Decimal(2)])), accepted=tuple(draw(several)))
    gaps: tuple[Gap, ...] = (first,)
    if kind == Kind.CLOZE:
        numbers = (
            Number(Decimal(5), HALF, feedback=draw(note)),
            Number(Decimal(6), HALF, Tolerance.RELATIVE, HALF),
            Number(Decimal(7), HALF, Tolerance.GEOMETRIC),
        )
        options = (
            Option("a", f"1{draw(PLAIN.filter(lambda t: t.isalnum()))}", ONE, draw(note)),
            Option("b", "*二", Decimal(0)),
            Option("c", "三:50%", HALF),
        )
        gaps += (
            Gap("2", GapKind.NUMBER, numbers=numbers),
            Gap("3", GapKind.CHOICE, options=options),
            Gap(
                "4",
                GapKind.CHOICES,
                options=(Option("a", "1甲", HALF), Option("b", "2", HALF), Option("c", "3", -HALF)),
            ),
        )
    marks = draw(st.sampled_from(["", "、"])).join(f"[[{gap.key}]]" for gap in gaps)
    return {
        "text": f"填{marks}",
        "gaps": gaps,
        "has_wildcards": draw(st.booleans()),
        "is_ordered": kind == Kind.CLOZE or draw(st.booleans()),
    }


@given(definitions())
def test_the_fields_carry_everything_that_the_grader_knows(definition: Definition) -> None:
    assert definition_of(draft_of(definition), definition) == definition


@given(definitions())
def test_the_fields_say_all_by_themselves(definition: Definition) -> None:
    """Only notes inside a text with blanks have no field; all else is read without the old one."""
    again = definition_of(draft_of(definition), None)
    if definition.is_html and not again.is_html:
        return  # nothing in it needed HTML
    assert again.gaps == definition.gaps or again.gaps[0].accepted[0].feedback == ""
    for name in ("rule", "numbers", "units", "needs_unit", "penalty_fraction", "keywords", "title"):
        assert getattr(again, name) == getattr(definition, name), name


# Through the page


def test_saving_what_was_not_touched_makes_no_new_version(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    names = ("moodle-xml", "gift", "qti")
    paths = [path for name in names for path in sorted(shared("formats", name).rglob("*"))]
    parsed = [
        question.definition
        for path in paths
        if path.suffix in (".xml", ".txt", ".gift", ".zip") and path.stat().st_size < 200_000
        for question in good_questions(path)
        if question.definition and question.definition.kind != Kind.MATERIAL
    ]
    assert len({(each.kind, each.is_html) for each in parsed}) > 10
    owner = actor("owner")
    new = [NewQuestion(clean_definition(each)) for each in parsed[:400]]
    ids = add_questions(db.session.get_one(Bank, bank_id), new, by=owner)
    db.session.commit()
    client = client_of("owner")
    for question_id in ids:
        url = f"/quizzes/questions/{question_id}"
        saved = client.post(url, data=fields_of(client.get(url).text))
        assert saved.status_code == 302, fields_of(saved.text)
    versions = select(func.count()).select_from(QuestionVersion)
    changed = select(QuestionVersion.definition).where(
        QuestionVersion.question_id.in_(select(Question.id).where(Question.version_number > 1))
    )
    assert db.session.scalars(changed).all() == []
    assert db.session.scalar(versions) == len(ids)


def good_questions(path: Any) -> Any:
    try:
        return read_questions(path.name, path.read_bytes()).good
    except Exception:
        return ()


def test_what_an_author_writes_with_marks_is_made_safe(client_of: Clients, bank_id: int) -> None:
    form = {
        "text": '<p onclick="x()">看<b>图</b><script>alert(1)</script></p>',
        "text_format": "html",
        "option-0": "a < b",
        "option-1": "<p>x<sup>2</sup></p>",
        "option-1_format": "html",
        "right": "1",
        "feedback-1": "对",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/single"
    assert client_of("owner").post(url, data=form).status_code == 302
    stored = newest_version(db.session.scalars(select(Question)).one()).definition
    assert stored["text"] == "<p>看<b>图</b></p>"
    assert [option["text"] for option in stored["options"]] == ["a &lt; b", "x<sup>2</sup>"]


def test_plain_texts_stay_plain_in_the_editor(client_of: Clients, bank_id: int) -> None:
    form = {
        "text": "<p>方针？</p>",
        "text_format": "html",
        "answer": "true",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    assert client_of("owner").post(url, data=form).status_code == 302
    stored = newest_version(db.session.scalars(select(Question)).one()).definition
    assert stored["text"] == "方针？" and "is_html" not in stored


def uploaded(by: Actor, data: bytes, name: str) -> str:
    """The token of a finished upload."""
    upload = open_upload(name=name, size_bytes=len(data), by=by)
    staging().path(upload.token).write_bytes(data)
    complete_upload(upload, store_upload(upload.token, name))
    token = upload.token
    db.session.commit()
    return token


def test_a_picture_put_in_from_the_editor_is_seen_by_takers(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    token = uploaded(actor("owner"), PIXEL, "图.png")
    client = client_of("owner")
    answer = client.post(f"/quizzes/banks/{bank_id}/files", json={"token": token}).get_json()
    assert answer["kind"] == "image" and client.get(answer["url"]).data == PIXEL
    form = {
        "text": f'<p>看图<img src="{answer["url"]}" alt="" style="width: 10px"></p>',
        "text_format": "html",
        "answer": "true",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    assert client.post(url, data=form).status_code == 302
    question = db.session.scalars(select(Question)).one()
    blob_id = db.session.scalars(select(BankFile.blob_id)).one()
    assert newest_version(question).definition["text"] == (
        f'<p>看图<img src="file-id:{blob_id}" alt=""></p>'
    )
    question_id = question.id
    page = client.get(f"/quizzes/questions/{question_id}").text
    assert f"/{blob_id}/" in fields_of(page)["text"][0]  # the editor gets an address, not an id


def test_sounds_are_taken_and_played_inside_the_text(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    token = uploaded(actor("owner"), b"ID3" + bytes(200), "听.mp3")
    client = client_of("owner")
    answer = client.post(f"/quizzes/banks/{bank_id}/files", json={"token": token}).get_json()
    assert answer["kind"] == "audio"
    sound = f'<p>听<audio controls src="{answer["url"]}" autoplay></audio></p>'
    form = {"text": sound, "text_format": "html", "answer": "true", "points": "1"}
    client.post(f"/quizzes/banks/{bank_id}/questions/new/true_false", data=form)
    question_id = db.session.scalars(select(Question.id)).one()
    page = html.document_fromstring(client.get(f"/quizzes/questions/{question_id}").text)
    shown = page.xpath("//div[@class='q-text']//audio")
    assert [dict(each.attrib) for each in shown] == [{"controls": "", "src": answer["url"]}]


@pytest.mark.parametrize(
    ("data", "name"), [(b"<html><script>", "x.png"), (b"%PDF-1.4", "x.pdf"), (b"MZ", "x.mp4")]
)
def test_only_what_browsers_show_is_taken(
    client_of: Clients, actor: Actors, bank_id: int, data: bytes, name: str
) -> None:
    token = uploaded(actor("owner"), data, name)
    response = client_of("owner").post(f"/quizzes/banks/{bank_id}/files", json={"token": token})
    assert response.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(BankFile)) == 0


def test_files_are_put_in_by_authors_only(client_of: Clients, actor: Actors, bank_id: int) -> None:
    url = f"/quizzes/banks/{bank_id}/files"
    for number, status in (("outsider", 404), ("learner", 403)):
        token = uploaded(actor(number), PIXEL, "图.png")
        assert client_of(number).post(url, json={"token": token}).status_code == status
    stolen = uploaded(actor("colleague"), PIXEL, "图.png")
    assert client_of("owner").post(url, json={"token": stolen}).status_code == 404


# Every rule of the grader has a field


def written(client: FlaskClient, bank_id: int, kind: str, **form: Any) -> Definition:
    fields = {"points": "1", "text": "题？", **form}
    response = client.post(f"/quizzes/banks/{bank_id}/questions/new/{kind}", data=fields)
    assert response.status_code == 302, response.text
    question = db.session.scalars(select(Question).order_by(Question.id.desc())).first()
    assert question is not None
    definition: Definition = from_json(newest_version(question).definition)
    db.session.rollback()
    return definition


def test_the_three_tolerances_are_set_and_graded(client_of: Clients, bank_id: int) -> None:
    client = client_of("owner")
    cases = (("absolute", "5", "105", "106"), ("relative", "10", "110", "111"))
    for mode, off, inside, outside in (*cases, ("geometric", "25", "80", "79")):
        row = {"number-0": "100", "tolerance-0": off, "mode-0": mode}
        made = written(client, bank_id, "numeric", **row)
        assert grade(made, {"text": inside}).fraction == 1, mode
        assert grade(made, {"text": outside}).fraction == 0, mode


def test_a_unit_can_be_required(client_of: Clients, bank_id: int) -> None:
    form = {"number-0": "3", "extra": "m=1\nkm=1000", "needs_unit": "1"}
    made = written(client_of("owner"), bank_id, "numeric", **form)
    assert grade(made, {"text": "3"}).fraction == 0
    assert grade(made, {"text": "0.003km"}).fraction == 1


def test_wrong_verdicts_can_cost_and_tries_can_cost(client_of: Clients, bank_id: int) -> None:
    form = {
        "answer": "true",
        "rule": "negative",
        "wrong_percent": "-50",
        "penalty_percent": "25",
        "feedback-1": "再看看第五条",
    }
    made = written(client_of("owner"), bank_id, "true_false", **form)
    result = grade(made, {"choice": "false"})
    assert result.fraction == -HALF and result.reasons[0].feedback == "再看看第五条"
    assert made.penalty_fraction == Decimal("0.25")


def test_answers_carry_shares_and_feedback(client_of: Clients, bank_id: int) -> None:
    form = {"accepted-0": "马克思*", "accepted-1": "恩格斯", "share-1": "50", "note-1": "近了"}
    made = written(client_of("owner"), bank_id, "short", **form, feedback_wrong="不对")
    assert (made.has_wildcards, made.feedback_wrong) == (False, "不对")
    assert grade(made, {"text": "马克思主义"}).fraction == 0
    assert grade(made, {"text": "恩格斯"}).reasons[0].feedback == "近了"
    starred = written(client_of("owner"), bank_id, "short", **form, has_wildcards="1")
    assert grade(starred, {"text": "马克思主义"}).fraction == 1


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("numeric", {"number-0": "3", "needs_unit": "1"}, "请列出接受的单位"),
        ("numeric", {"number-0": "3", "tolerance-0": "-1"}, "误差不能是负数"),
        ("true_false", {"answer": "true", "rule": "negative"}, "请写出答错得多少"),
        ("true_false", {"answer": "true", "penalty_percent": "200"}, "重试扣分"),
    ],
)
def test_what_cannot_be_meant_is_said(
    client_of: Clients, bank_id: int, kind: str, form: dict[str, str], sentence: str
) -> None:
    url = f"/quizzes/banks/{bank_id}/questions/new/{kind}"
    response = client_of("owner").post(url, data={"text": "？", "points": "1", **form})
    assert response.status_code == 422 and sentence in response.text


def test_more_rows_are_made_without_losing_anything(client_of: Clients, bank_id: int) -> None:
    url = f"/quizzes/banks/{bank_id}/questions/new/numeric"
    form = {"text": "？", "number-0": "3", "note-0": "好", "points": "1", "more": "1"}
    page = client_of("owner").post(url, data=form).text
    fields = fields_of(page)
    assert (fields["number-0"], fields["note-0"], fields["number-1"]) == (["3"], ["好"], [""])


def test_an_essays_model_answer_is_shown_with_its_marks(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    essay = Definition(
        kind=Kind.ESSAY,
        rule=Rule.PER_PART,
        text="<p>论述</p>",
        is_html=True,
        accepted=(Accepted("<p><b>要点</b><script>x</script></p>"),),
    )
    owner = actor("owner")
    made = create_question(db.session.get_one(Bank, bank_id), essay, by=owner)
    assert made.id and "script" not in str(newest_version(made).definition)
    db.session.commit()
    page = client_of("owner").get(f"/quizzes/questions/{made.id}").text
    assert "<p><b>要点</b></p>" in page


def test_answers_given_before_still_mean_the_same_options() -> None:
    """Regrading reads old answers with the new version, so keys stay with what they name."""
    options = (Option("a", "甲", ONE), Option("b", "乙"), Option("c", "丙"))
    before = Definition(kind=Kind.SINGLE, rule=Rule.WEIGHTED, text="？", options=options)
    draft = draft_of(before)
    del draft.options[1]
    draft.options[0].is_right, draft.options[1].is_right = False, True
    draft.options.append(OptionRow(Rich("丁")))
    corrected = definition_of(draft, before)
    assert [option.key for option in corrected.options] == ["a", "c", "b"]
    assert grade(corrected, {"choice": "c"}).fraction == 1


def test_a_corrected_order_is_still_told_from_the_old_one() -> None:
    items = (Item("1", "甲"), Item("2", "乙"), Item("3", "丙"))
    before = Definition(kind=Kind.ORDERING, rule=Rule.ALL_OR_NOTHING, text="？", items=items)
    draft = draft_of(before)
    draft.answer = "乙\n甲\n丙"
    corrected = definition_of(draft, before)
    assert grade(corrected, {"order": ["2", "1", "3"]}).fraction == 1
    assert grade(corrected, {"order": ["1", "2", "3"]}).fraction == 0


def test_a_corrected_pair_keeps_its_choices() -> None:
    stems = (Stem("1", "中国", "a"), Stem("2", "日本", "b"))
    choices = (Item("a", "东京"), Item("b", "北京"))
    before = Definition(
        kind=Kind.MATCHING, rule=Rule.PER_PART, text="？", stems=stems, choices=choices
    )
    draft = draft_of(before)
    draft.answer = "中国 -> 北京\n日本 -> 东京"
    corrected = definition_of(draft, before)
    assert grade(corrected, {"matches": {"1": "b", "2": "a"}}).fraction == 1
