"""The roof: builds the application out of its parts, by visible lines and nothing else."""

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import lms.cli
import lms.content.commands
import lms.courses.access
import lms.courses.author_views
import lms.courses.kinds
import lms.courses.programme_views
import lms.courses.searchable
import lms.courses.views
import lms.files.access
import lms.files.jobs
import lms.files.views
import lms.home.access
import lms.home.views
import lms.jobs.commands
import lms.library.access
import lms.library.author_views
import lms.library.commands
import lms.library.draft_views
import lms.library.import_views
import lms.library.jobs
import lms.library.lesson
import lms.library.lesson_views
import lms.library.mentions
import lms.library.notes_views
import lms.library.searchable
import lms.library.study_subject
import lms.library.views
import lms.media.access
import lms.media.jobs
import lms.media.lesson
import lms.media.lesson_views
import lms.media.views
import lms.members.access
import lms.members.commands
import lms.members.people_views
import lms.members.views
import lms.quizzes.access
import lms.quizzes.attempt_file_views
import lms.quizzes.bank_views
import lms.quizzes.commands
import lms.quizzes.contest_views
import lms.quizzes.control_views
import lms.quizzes.import_views
import lms.quizzes.jobs
import lms.quizzes.lesson
import lms.quizzes.material_views
import lms.quizzes.paper_views
import lms.quizzes.participation_views
import lms.quizzes.practice_views
import lms.quizzes.question_views
import lms.quizzes.searchable
import lms.quizzes.views
import lms.reports.access
import lms.reports.jobs
import lms.reports.subject_views
import lms.reports.views
import lms.search.access
import lms.search.commands
import lms.search.jobs
import lms.search.sources
import lms.search.views
import lms.study.access
import lms.study.commands
import lms.study.jobs
import lms.study.lesson_subject
import lms.study.offline_views
import lms.study.query_views
import lms.study.record_views
import lms.study.settings_views
import lms.study.subjects
import lms.study.views
import lms.web.views
from config import ROOT, Settings
from lms.db import db, init_db
from lms.members.guard import init_guard
from lms.members.names import init_names
from lms.members.session import find_actor, init_sessions
from lms.quizzes.autosave import AutosaveWay
from lms.study.beat_queue import BeatWay
from lms.web.addresses import LinkingFlask
from lms.web.assets import init_assets
from lms.web.cookies import init_cookies
from lms.web.crowding import init_crowding
from lms.web.errors import init_errors
from lms.web.i18n import LANGUAGES, init_i18n
from lms.web.json import Json
from lms.web.kept import init_kept
from lms.web.limits import init_limits
from lms.web.logs import init_logs
from lms.web.navigation import items_for
from lms.web.security import init_security
from lms.web.settings import settings
from lms.web.short_ways import add_short_way, init_short_ways
from lms.web.templating import LeanEnvironment

BLUEPRINTS = (
    lms.web.views.bp,
    lms.members.views.bp,
    lms.files.views.bp,
    lms.search.views.bp,
    lms.courses.views.bp,
    lms.study.views.bp,
    lms.media.views.bp,
    lms.quizzes.views.bp,
    lms.library.views.bp,
    lms.reports.views.bp,
    lms.home.views.bp,
)
ACCESS = {
    **lms.members.access.ACCESS,
    **lms.files.access.ACCESS,
    **lms.search.access.ACCESS,
    **lms.courses.access.ACCESS,
    **lms.study.access.ACCESS,
    **lms.media.access.ACCESS,
    **lms.quizzes.access.ACCESS,
    **lms.library.access.ACCESS,
    **lms.reports.access.ACCESS,
    **lms.home.access.ACCESS,
}
COMMANDS = (
    lms.content.commands.group,
    lms.cli.access,
    lms.cli.prepare,
    lms.jobs.commands.group,
    lms.library.commands.group,
    lms.search.commands.group,
    lms.members.commands.group,
    lms.quizzes.commands.group,
    lms.study.commands.group,
)
LESSON_KINDS = (
    lms.library.lesson.KIND,
    *lms.media.lesson.KINDS,
    lms.quizzes.lesson.TEST,
)
SEARCH_SOURCES = (
    lms.courses.searchable.COURSES,
    lms.courses.searchable.LESSONS,
    lms.courses.searchable.PROGRAMMES,
    lms.library.searchable.SOURCE,
    lms.quizzes.searchable.PAPERS,
    lms.quizzes.searchable.QUESTIONS,
)
SEARCH_READERS = (lms.library.mentions.note_mentions,)
STUDY_SUBJECTS = (lms.study.lesson_subject.KIND, lms.library.study_subject.KIND)


def create_app(given: Settings | None = None) -> Flask:
    """Build the application; without settings given they are read from the environment."""
    config = given or Settings.from_env()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app = LinkingFlask("lms", static_folder="web/static", static_url_path="/static")
    app.config.update(
        SETTINGS=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # Else threads reconnect; beats and autosaves keep one each.
            "pool_size": config.web_threads + 2,
            "pool_use_lifo": True,  # the fewer are used, the more of them know the statements
        },
        MAX_CONTENT_LENGTH=config.max_form_bytes,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,
    )
    app.json = Json(app)
    app.jinja_environment = LeanEnvironment
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    init_logs(app, config.log_level)
    init_db(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    init_errors(app)
    init_security(app)
    init_i18n(app)
    init_assets(app)
    init_kept(app)
    init_names(app)
    CSRFProtect(app)
    init_cookies(app)
    init_limits(app)
    init_sessions(app)
    init_guard(app, ACCESS)
    init_crowding(app)
    init_short_ways(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for kind in LESSON_KINDS:
        lms.courses.kinds.register(kind)
    for source in SEARCH_SOURCES:
        lms.search.sources.register(source)
    for reader in SEARCH_READERS:
        lms.search.sources.add_reader(reader)
    for subject in STUDY_SUBJECTS:
        lms.study.subjects.register(subject)
    for way in (BeatWay(app), AutosaveWay(app)):
        add_short_way(app, way)
    for command in COMMANDS:
        app.cli.add_command(command)
    app.context_processor(page_context)
    return app


def page_context() -> dict[str, object]:
    """What the layout shows on every page."""
    actor = find_actor()
    roles = {grant.role.value for grant in actor.grants} if actor else set()
    return {
        "settings": settings(),
        "actor": actor,
        "nav_items": items_for(roles.__contains__) if actor else (),
        "languages": LANGUAGES,
    }
