"""Runs in pretix's own environment: founds an organiser with two keys, or serves the shop and its API."""

import json
import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


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
    if sys.argv[1] == "found":
        found()
    else:
        serve(int(sys.argv[2]))
