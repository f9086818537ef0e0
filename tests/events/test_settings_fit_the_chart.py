"""What an operator may choose stands in the chart's values and in the program's settings: with one meaning and one default."""

import pytest

from adapter.chart.receiving import Events
from events.settings import EventsSettings

SAME = {"events_secret": "events_secret", "poll": "poll", "port": "port", "metrics_port": "health_port"}
SAME |= {"log_level": "log_level"}


@pytest.mark.parametrize(("value", "setting"), SAME.items(), ids=SAME)
def test_a_value_is_the_setting(value, setting):
    """Type and default, so that the page of one does not mislead about the other."""
    ours, theirs = EventsSettings.model_fields[setting], Events.model_fields[value]
    assert ours.default == theirs.default
    assert ours.annotation == theirs.annotation
