"""Convoys compiled in a few words, and their ConfigMaps as the directory that pods see."""

import json
import re

import pytest

from crds import Convoy, Refinery, Rig
from workflows.agents import presets
from workflows.beads import Bead
from workflows.compile import CompileSettings, Request, compile_train
from workflows.plan import plan_convoy

RIG = {"gitURL": "https://git.example.com/town/app.git", "beadsPrefix": "ap"}


class Submission:
    """All that is submitted for one convoy."""

    def __init__(self, trains):
        self.trains = trains
        self.workflows = [each.workflow for each in trains]
        self.workflow = self.workflows[0]
        self.templates = {each["name"]: each for each in self.workflow["spec"]["templates"]}
        self.text = json.dumps([each["spec"] for each in self.workflows], ensure_ascii=False)
        self.placeholders = set(re.findall(r"\{\{.*?\}\}", self.text))

    def mount(self, directory):
        """Write the ConfigMaps of the first train as kubelet does."""
        for each in self.trains[0].config_maps[1:]:
            for name, text in each["data"].items():
                (directory / name).write_text(text, encoding="utf-8", newline="")
        return directory


def _submit(edges=None, *, beads=None, rig=None, refinery=None, settings=None, store=None, inline=(), **spec):
    known = beads or {
        name: Bead(id=name, title=f"Do {name}", dependencies=[{"depends_on_id": need} for need in needs])
        for name, needs in (edges or {"ap-1": []}).items()
    }
    told = {"description": "d", "rigRef": "app", "trackedBeads": list(known), "beads": list(inline)} | spec
    made = Rig.model_validate({"metadata": {"name": "app"}, "spec": RIG | (rig or {})})
    request = Request(
        convoy=Convoy.model_validate({"metadata": {"name": "c"}, "spec": told}),
        rig=made,
        refinery=Refinery.model_validate(
            {"metadata": {"name": "app-refinery"}, "spec": {"rigRef": "app"} | (refinery or {})}
        ),
        agents=presets(rig=made.spec.agents),
        store=store,
        settings=settings or CompileSettings(),
    )
    plan = plan_convoy(request.convoy, known)
    return Submission([compile_train(plan, train, request) for train in plan.trains])


@pytest.fixture(scope="session")
def submit():
    """Plans and compiles a convoy over `{id: [ids it waits for]}`; further keywords are fields of its spec."""
    return _submit
