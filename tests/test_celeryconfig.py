"""Celery and kombu ignore a setting whose name they do not know: ours are all known to them."""

from types import ModuleType

from celery.app.defaults import DEFAULTS
from kombu.transport.redis import Channel

import celeryconfig
from providers.base import Limits

# kombu.connection.Connection reads these from the transport's options too
OF_THE_CONNECTION = {"max_retries"}


def test_every_setting_is_one_that_celery_knows():
    names = {
        name
        for name, value in vars(celeryconfig).items()
        if not name.startswith("_") and name != "settings" and not isinstance(value, ModuleType)
    }
    assert names - DEFAULTS.keys() == set()


def test_every_option_of_the_transport_is_one_that_kombu_reads():
    options = set(celeryconfig.broker_transport_options)
    assert options - set(Channel.from_transport_options) - OF_THE_CONNECTION == set()


def test_a_run_that_waits_for_a_slow_partner_is_not_cut_off():
    slice_and_two_downloads = 240 + 2 * Limits().deadline.total_seconds()
    assert slice_and_two_downloads < celeryconfig.task_soft_time_limit < celeryconfig.task_time_limit
