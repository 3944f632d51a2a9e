"""Runs in pretix's own environment: makes its tables, founds an organiser, or serves the shop and its API."""

import json
import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class WithoutMigrations:
    """Makes tables from the models as they are, as pretix's own tests do: eight years of migrations take minutes."""

    def __contains__(self, _: str) -> bool:
        return True

    def __getitem__(self, _: str) -> None:
        return None


def make_tables() -> None:
    from django.conf import settings  # noqa: PLC0415 - after django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    settings.MIGRATION_MODULES = WithoutMigrations()
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)


def found() -> None:
    """Make the organiser `ecluse`; print the key of its staff, and one that may only look."""
    from django_scopes import scopes_disabled  # noqa: PLC0415 - after django.setup()
    from pretix.base.models import Organizer, Team  # noqa: PLC0415

    with scopes_disabled():
        organiser = Organizer.objects.create(
            name="Théâtre de l’Écluse", slug="ecluse", plugins="pretix.plugins.banktransfer"
        )
        organiser.settings.payment_banktransfer__enabled = True  # a shop that sells must have a way to pay
        staff = Team.objects.create(
            organizer=organiser,
            name="Régie",
            all_events=True,
            all_event_permissions=True,
            all_organizer_permissions=True,
        )
        readers = Team.objects.create(organizer=organiser, name="Passerelle", all_events=True)
        keys = {
            name: team.tokens.create(name=name).token
            for name, team in (("staff", staff), ("reader", readers))
        }
    sys.stdout.write(json.dumps(keys))


def serve(port: int) -> None:
    """Serve until killed."""
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "pretix.settings"
    import django

    django.setup()
    if sys.argv[1] == "tables":
        make_tables()
    elif sys.argv[1] == "found":
        found()
    else:
        serve(int(sys.argv[2]))
