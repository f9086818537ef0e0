"""Logs: one JSON object a line on standard error, with what an event is about as fields of its own."""

import logging

from pythonjsonlogger.json import JsonFormatter


def configure(level: str) -> None:
    """Send everything of this process to standard error as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # kopf says "Handler … succeeded." for every event of every object.
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
