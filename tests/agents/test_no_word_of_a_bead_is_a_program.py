"""A command in which a program, a shell or an interpreter would read a bead's text as a program is refused, in whatever form."""

import shlex

import pytest

from workflows.agents.placeholders import check
from workflows.errors import AgentRefused

PROGRAMS = """
bash -O extglob -c {prompt}
sh -o errexit -c {prompt}
sh +x -c {prompt}
bash --rcfile x -c {prompt}
bash -c -- {prompt}
bash -ci {prompt}
sh {prompt}
sh -s {prompt}
tcsh -c {prompt}
busybox ash -c {prompt}
python3.12 -c {prompt}
python -W ignore -c {prompt}
perl -Mstrict -E {prompt}
ruby -r x -e {prompt}
php -r {prompt}
node -p {prompt}
nodejs -e {prompt}
deno eval {prompt}
sed -e x -e {prompt}
awk -v x=1 {prompt}
osascript -e {prompt}
emacs --eval {prompt}
gdb -ex {prompt}
env -S {prompt}
env --split-string={prompt}
script -qc {prompt}
flock /x -c {prompt}
npx -c {prompt}
make --eval={prompt}
find . -exec {prompt} ;
git -c {prompt} x
su --command={prompt}
docker run image sh -c {prompt}
kubectl exec pod -- bash -c {prompt}
docker run --entrypoint sh image -c {prompt}
sudo -E bash -c {prompt}
tmux new-session {prompt}
pwsh -Command {prompt}
cmd /c {prompt}
mosh host -- {prompt}
{prompt}
env {prompt}
env A=b {prompt}
timeout 5 {prompt}
nice -n 5 {prompt}
sudo -u max {prompt}
"""

AGENTS = """
agent -p {prompt}
agent --prompt={prompt}
agent exec {prompt}
agent -message {prompt}
crush run {prompt}
crush -p {prompt}
codex exec -c model=x {prompt}
aider --editor vim --message {prompt}
agent --lang python {prompt}
sh -c 'a "$1"' agent {prompt}
bash -lc 'exec a "$@"' a {prompt}
python -m agent -p {prompt}
python -W ignore -m agent {prompt}
python agent.py -c {prompt}
node cli.js --print {prompt}
timeout 60 agent -p {prompt}
env A=b agent {prompt}
nice -n 5 agent {prompt}
sudo -u max agent -p {prompt}
"""


@pytest.mark.parametrize("command", PROGRAMS.strip().splitlines())
def test_what_would_be_run_is_refused(command):
    """With how to write it."""
    with pytest.raises(AgentRefused, match=r'use "\$1"'):
        check("custom", shlex.split(command))


@pytest.mark.parametrize("command", AGENTS.strip().splitlines())
def test_an_argument_of_an_agent_is_fine(command):
    """Whatever runs before it."""
    check("custom", shlex.split(command))
