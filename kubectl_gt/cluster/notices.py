"""Calling people about what happens in a cluster: others do that."""

from typing import NoReturn

from workflows.errors import Refused


class Notices:
    """Refuses, and says what tells instead."""

    def command(self) -> NoReturn:
        """Raises Refused."""
        raise Refused(
            "notify: a cluster runs nobody's commands; name sinks for CloudEvents in the chart's events.sinks,"
            " or add --local for this machine's town"
        )

    def name(self, command: str) -> NoReturn:
        """Raises Refused."""
        del command
        self.command()
