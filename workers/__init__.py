"""What happens to a run: the Celery app, thin tasks, the sync engine."""
