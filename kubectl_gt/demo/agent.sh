#!/bin/sh
# The demo's agent: sh agent.sh PROMPT_FILE. It does what a model does in a polecat's clone, without one: runs the lines of its task
# that start with "$ ", and commits. A task with the line "! break down once" kills the first agent that tries it.
set -eu
prompt=$1
garage=$(dirname "$0")/garage
mkdir -p "$garage"

say() {
    echo "$GASTOWN_POLECAT: $*"
    sleep 0.3
}

if [ -n "$(git ls-files --unmerged)" ]; then
    say "somebody else changed the same lines; keeping both"
    git ls-files --unmerged | cut -f 2 | sort -u | while read -r file; do
        sed -e '/^<<<<<<< /d' -e '/^=======$/d' -e '/^>>>>>>> /d' "$file" >"$file.resolved"
        mv "$file.resolved" "$file"
        git add "$file"
    done
    git commit --quiet --no-edit
    say "resolved"
    exit 0
fi

title=$(sed -n 's/^# //p' "$prompt" | head -n 1)
say "reads $GASTOWN_BEAD: $title"
if grep -q '^! break down once$' "$prompt" && mkdir "$garage/$GASTOWN_BEAD" 2>/dev/null; then
    say "the engine is on fire"
    exit 1
fi
sed -n 's/^\$ //p' "$prompt" >"$garage/$GASTOWN_BEAD.sh"
sh -e "$garage/$GASTOWN_BEAD.sh"
say "done, now commits"
git add --all
git commit --quiet --message "$title"
