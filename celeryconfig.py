"""Every Celery setting that is not the default, with its reason; the broker speaks the Redis protocol."""

from runtime.settings import settings

_slice_seconds = settings().slice.total_seconds()

broker_url = settings().broker_url or "redis://127.0.0.1:6379/0"
broker_connection_retry_on_startup = True  # workers may start before Redis does
broker_connection_max_retries = None  # Redis may stay away for longer than a hundred attempts

# The ledger in PostgreSQL is the truth; nobody reads results, and a result backend is one more
# thing that can be away.
result_backend = None
task_ignore_result = True

# A message only carries a run's id: it is acknowledged as soon as it is received, and redelivery
# is the ledger's business (leases, the tick). With late acknowledgement a worker whose Redis went
# away while a task was in flight lost its main process (kombu 5.7: AttributeError 'NoneType'
# object has no attribute 'hostname').
task_acks_late = False
task_reject_on_worker_lost = False

# With a prefetch of 1, a busy worker still reserves a person's run that an idle one could start
# at once (11 s of waiting were seen); disabled, a worker takes a message when it has a free hand.
worker_disable_prefetch = True
worker_prefetch_multiplier = 1

# A run gives way by itself after its slice, at a page's end: before its first page a slow partner
# may take 20 minutes (providers.exchange), and turns in the budget are waited for besides. These
# bounds end a process that hangs all the same. The hard one kills: the lease has run out long
# before, and another worker went on where it was.
task_soft_time_limit = _slice_seconds + 30 * 60
task_time_limit = task_soft_time_limit + 60

# On SIGTERM a worker takes no more messages and waits for its runs, which give way within a second
# or at the end of their page (workers.app.stopping); who sent it bounds the wait. Celery's soft
# shutdown is what a SIGQUIT gets, or a second Ctrl-C: so many seconds, then runs are cut off and
# their leases run out.
worker_soft_shutdown_timeout = 20.0
worker_enable_soft_shutdown_on_idle = False

# Partners' documents fragment a long-lived process' memory: a child is replaced now and then.
worker_max_tasks_per_child = 200
worker_max_memory_per_child = 400_000  # KiB, looked at between tasks

# Only JSON: a message from elsewhere cannot make a worker run code.
accept_content = ["json"]
task_serializer = "json"

# A queue that is not in the design is a typing mistake, not a new queue; the default is needed
# all the same: without one, beat fails when missing queues are not created.
task_create_missing_queues = False
task_default_queue = "ticks"
task_queues = {name: {} for name in ("ticks", "manual", "stocks", "agendas", "catalogues")}

broker_transport_options = {
    "global_keyprefix": "passerelle:",  # one Redis may serve others
    "health_check_interval": 10,  # seconds; a dead connection is noticed before it is needed
    # Seconds that Redis may take to answer a command. Workers wait for messages in kombu's event
    # loop, to which this does not apply; the caller of the hook waits for a publication, to which it does.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    # A publication connects once: kombu would go on trying for 4 s and more, and with a Redis that
    # takes connections but does not answer, a minute.
    "max_retries": 0,
    "visibility_timeout": 24 * 3600,  # never to redeliver: messages are acknowledged on receipt
}

# Publishing is best effort, and the caller does not wait: the tick publishes again.
task_publish_retry = False

# Nobody listens to events; each would be one more subscription to lose. (Control messages stay:
# `celery inspect ping` is the health check of a container.)
worker_send_task_events = False
task_send_sent_event = False

# The only periodic task; it expires after its interval, so that a worker that was away does not
# find a pile of them.
beat_schedule = {
    "tick": {
        "task": "tick",
        "schedule": settings().tick.total_seconds(),
        "options": {"queue": "ticks", "expires": settings().tick.total_seconds()},
    }
}
beat_max_loop_interval = 5
timezone = "UTC"

# Logs are ours (runtime.logging), on stderr.
worker_hijack_root_logger = False
worker_redirect_stdouts = False
