"""A real Chromium before the page, a real server behind it, and a loopback Open Agenda."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from models.access import opening_link
from models.database import Connection
from runtime.settings import RuntimeSettings
from tests.web.page.conftest import Venue, application, do_run, new_venue
from tests.web.page.partner import Agenda, Event, serving
from tests.workers.scripted import Partner
from workers.visits import Site

SCREENSHOTS = Path(__file__).parents[4] / "screenshots"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><defs><linearGradient id="g" x2="1" y2="1">'
    '<stop stop-color="#f6b26b"/><stop offset="1" stop-color="#8e3b6d"/></linearGradient></defs>'
    '<rect width="300" height="200" fill="url(#g)"/><circle cx="210" cy="80" r="46" fill="#fff" opacity=".35"/></svg>'
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium; without one the tests of this folder are skipped."""
    found = os.environ.get("PASSERELLE_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium here: install one (Debian: apt install chromium) to run the browser tests")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def follow(control: Any) -> None:
    """Click a link or a button, and wait for the page that it leads to."""
    with control.page.expect_navigation():
        control.click()


@dataclass
class Stage:
    """A venue, its agenda at Open Agenda, and a browser before its page."""

    venue: Venue
    agenda: Agenda
    address: str
    chromium: Any

    def imported(self, *events: Event, **settings: Any) -> int:
        """A source of the venue, its first importation done; gives the link."""
        self.agenda.events = list(events)
        settings = {"capacity": "20", "places": "tous"} | settings
        settings = {name: value for name, value in settings.items() if value}
        link = self.venue.link("openagenda", self.agenda.number, **settings)
        self.venue.db.execute("UPDATE link SET title = %s WHERE id = %s", [self.agenda.title, link])
        self.venue.run(link)
        return link

    def browser(self, role: str = "manage", **context: Any) -> Any:
        """A page of somebody who came from the portal, on its home."""
        options = {"locale": "fr-FR", "viewport": {"width": 1100, "height": 850}} | context
        opened = self.chromium.new_context(**options)
        opened.set_default_timeout(60_000)
        opened.route(
            "https://images.example/**",
            lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"),
        )
        opened.route("https://images.invalid/**", lambda route: route.abort())
        page = opened.new_page()
        page.goto(
            self.address
            + opening_link(self.venue.id, "Camille Roux", role, configured=self.venue.site.settings)
        )
        return page

    def shot(self, page: Any, name: str) -> None:
        """Look at a state: axe finds nothing serious, it fits a phone; a screenshot of each width is kept."""
        found = Axe().run(page).response["violations"]
        serious = [each for each in found if each["impact"] in {"serious", "critical"}]
        assert not serious, f"{name}: " + "; ".join(
            f"{each['id']} {[node['html'] for node in each['nodes'][:3]]}" for each in serious
        )
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        size = page.viewport_size
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=SCREENSHOTS / f"{name}-360.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size(size)
        assert width <= 360, f"{name} is {width} pixels wide on a phone"


@pytest.fixture
def agenda() -> Iterator[Agenda]:
    with serving(Agenda()) as served:
        yield served


@pytest.fixture
def stage(db: Connection, site: Site, agenda: Agenda, chromium: Any) -> Iterator[Stage]:
    settings: RuntimeSettings = site.settings.model_copy(update={"host_map": {"openagenda.com": agenda.base}})
    mapped = replace(site, settings=settings)
    runs: list[threading.Thread] = []

    def in_a_thread(site: Site, run_id: int) -> None:
        runs.append(threading.Thread(target=do_run, args=(site, run_id)))
        runs[-1].start()

    app = application(mapped, in_a_thread)
    with listening(app) as address:
        yield Stage(Venue(db, mapped, new_venue(db), app, Partner()), agenda, address, chromium)
    agenda.held.set()
    for run in runs:
        run.join()
    app.state.hook.engine.dispose()


class listening:  # noqa: N801 - reads as a block
    """Serve an application on a free port of the loopback."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
