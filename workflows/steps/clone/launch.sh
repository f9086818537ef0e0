#!/bin/sh
# Runs one agent on one task, headless, and tells how it ended in run/ended. For any image with sh and git: POSIX sh,
# no Python, no job control (dash has none without a terminal). Always exits 0: the exit code that counts is the one of
# the container that publishes. The files beside this script are laid by `gastown-step clone`. What the agent prints goes to files: a
# container of ours reads them, judges each run (run/over, run/verdict), and writes what this container shows (run/agent.txt).
run=$(cd "$(dirname "$0")" && pwd) || exit 0
workspace=${run%/run}
cd "$run" || exit 0
[ -e ended ] && exit 0
: >heartbeat

GRACE=10 GUARD=120 JUDGED=60
agent=agent timeout=3600 input=/dev/null resume_input=/dev/null do=end reason=Failed message=''
. ./settings
. ./agent.env
unset GASTOWN_GIT_CREDENTIALS GASTOWN_TASKS GASTOWN_CACHE
[ -n "${HOME:-}" ] && [ -w "$HOME" ] || { HOME=$workspace/home; mkdir -p "$HOME"; export HOME; }

# The agent's log-in comes as files of a mounted Secret; only Claude Code has such files, and it looks for them at home.
creds=${GASTOWN_MODEL_CREDENTIALS:-/nowhere}
for file in "$creds"/.[!.]* "$creds"/[!.]*; do
    case ${file##*/} in with.*) continue ;; esac
    [ -f "$file" ] && mkdir -p "$HOME/.claude" && cp "$file" "$HOME/.claude/"
done
# What `auth sync --with` brought besides: a key can hold no slash, so an index names the place of each.
[ ! -f "$creds/with.index" ] || while read -r kind key place; do
    case /$place/ in */../* | //*) continue ;; esac
    place=$HOME/.claude/$place
    mkdir -p "${place%/*}" && cp "$creds/$key" "$place" && [ "$kind" = x ] && chmod u+x "$place"
done <"$creds/with.index"

# Settings of the agent itself. On one machine HOME is the user's own, and theirs to keep.
if [ -z "${GASTOWN_POD:-}" ]; then
    [ ! -d files ] || cp -R files/. "$HOME/"
    # A ConfigMap's key can hold no slash: `__` stands for one.
    for file in "${GASTOWN_AGENT_FILES:-/nowhere}"/.[!.]* "${GASTOWN_AGENT_FILES:-/nowhere}"/[!.]*; do
        [ -f "$file" ] || continue
        place=$HOME/$(printf '%s' "${file##*/}" | sed 's#__#/#g')
        mkdir -p "${place%/*}" && cp "$file" "$place"
    done
fi

nap() { sleep "$1" 2>/dev/null || sleep 1; }
# now: seconds that no change of the wall clock moves, where the system tells such.
now() {
    if { read -r up _ </proc/uptime; } 2>/dev/null; then echo "${up%%.*}"; else date +%s; fi
}
one_line() { tr '\n\r\t' '   ' | cut -c 1-800; }

# end CODE REASON MESSAGE: the last act, in one instant.
end() {
    dismiss $ticker $killer
    show
    printf 'code=%s\nreason=%s\nmessage=%s\n' "$1" "$2" "$(printf '%s' "$3" | one_line)" >ended.new && mv ended.new ended
    exit 0
}

# dismiss PID...: end helpers of our own. KILL, because a shell that has just forked loses a TERM in its parent's trap.
# Waited for at once, or bash writes of each that it was killed.
dismiss() { for each in "$@"; do kill -s KILL "$each" 2>/dev/null && wait "$each" 2>/dev/null; done; }

# signal_agent NAME: to the agent and all it started, where it has a session of its own.
signal_agent() {
    [ -n "$pid" ] || return 0
    kill -s "$1" -- "-$pid" 2>/dev/null || kill -s "$1" "$pid" 2>/dev/null
}

# show: what is new in the readable log, from where the last show stopped: descriptor 3 is shared by all that is forked.
show() { cat <&3; }

# Beats while this shell lives, and ends an agent that is over its time, or that `main` saw do nothing for too long. A killed launcher must fall silent.
tick() {
    # A redirection on the function instead would keep the old output open: dash saves it.
    exec 4>&1 </dev/null >/dev/null 2>&1
    deadline=$(($(now) + timeout))
    while kill -0 "$$" && read -r current <agent.pid && [ "$current" = "$pid" ]; do
        : >heartbeat
        if [ "$(now)" -ge "$deadline" ] || [ -e idle ]; then
            : >timedout
            signal_agent TERM
            nap "$GRACE"
            signal_agent KILL
        fi
        show >&4
        nap 1 4>&-
    done
}

stop() {
    stopped=1
    signal_agent TERM
    (
        exec >/dev/null 2>&1
        nap "$GRACE"
        signal_agent KILL
    ) &
    killer=$!
    [ -n "$pause" ] && kill "$pause" 2>/dev/null
}

# settle PID: wait for a child although signals interrupt the wait; its exit code in $code.
settle() {
    wait "$1"
    code=$?
    while [ "$code" -gt 128 ] && kill -0 "$1" 2>/dev/null; do
        wait "$1"
        code=$?
    done
}

# start ARGV...: run the agent once; its exit code in $code.
start() {
    code=143
    [ -z "$stopped" ] || return 0
    rm -f timedout idle
    if command -v setsid >/dev/null 2>&1; then
        (cd "$workspace/repo" && exec setsid "$@") <"$input" >>agent.out 2>>agent.err 3<&- &
    else
        (cd "$workspace/repo" && exec "$@") <"$input" >>agent.out 2>>agent.err 3<&- &
    fi
    pid=$!
    echo "$pid" >agent.pid
    [ -n "$stopped" ] && signal_agent TERM
    (tick) &
    ticker=$!
    settle "$pid"
    # First the clock: to look for what it left running takes seconds on a busy machine, and its time is over only while it runs.
    dismiss "$ticker"
    leave_none
    rm -f agent.pid
    pid='' ticker=''
}

# What the agent left running must not write while its work is published.
leave_none() {
    if kill -s TERM -- "-$pid" 2>/dev/null; then
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            kill -0 -- "-$pid" 2>/dev/null || break
            nap 0.1
        done
        kill -s KILL -- "-$pid" 2>/dev/null
    fi
    # Some start their tools in sessions of their own (opencode, gemini); these carry the agent's environment all the same.
    for each in $(with_environment "GASTOWN_ESCALATE=$run/escalate"); do
        each=${each#/proc/}
        kill -s KILL "${each%/environ}" 2>/dev/null
    done
}

# with_environment LINE: the processes that have it in their environment. Busybox's grep stops at a NUL, and so finds none: it gets one
# process at a time, which costs two programs for each on the machine (seen: 0.27 s of a processor with 145).
with_environment() {
    if printf 'a\000b\n' | grep -qsF b; then
        grep -lsF "$1" /proc/[0-9]*/environ 2>/dev/null
        return 0
    fi
    for each in /proc/[0-9]*/environ; do
        tr '\0' '\n' 2>/dev/null <"$each" | grep -qxF "$1" && echo "$each"
    done
}

# judge: ask how the run ended; $do, $reason, $message, $seconds and $other, the ending of the files of another model, from the answer.
judge() {
    do=end reason=Failed message="$agent was stopped by SIGTERM"
    [ -z "$stopped" ] || return 0
    runs=$((runs + 1))
    printf 'run=%s\ncode=%s\n' "$runs" "$code" >over.new && mv over.new over || return 0
    waiting=$(($(now) + JUDGED))
    until grep -q "^run=$runs\$" verdict 2>/dev/null; do
        : >heartbeat
        [ -z "$stopped" ] || return 0
        if [ ! -e over ] || [ "$(now)" -ge "$waiting" ]; then
            message="$agent ended with code $code, and nobody read what it printed: look at the log of main"
            return 0
        fi
        nap 0.05
    done
    show
    while IFS='=' read -r key value; do
        case $key in
        do) do=$value ;;
        reason) reason=$value ;;
        message) message=$value ;;
        seconds) seconds=$value ;;
        other) other=$value ;;
        esac
    done <verdict
}

# parked: wait as long as the verdict says for a limit to pass. False when SIGTERM came.
parked() {
    [ -z "$stopped" ] || return 1
    sleep "$seconds" >/dev/null 2>&1 3<&- &
    pause=$!
    : >parked
    until ! kill -0 "$pause" 2>/dev/null || [ -n "$stopped" ]; do
        : >heartbeat
        nap 1
    done
    # A TERM that came before `pause` was set has not ended it.
    dismiss "$pause"
    rm -f parked
    pause=''
    [ -z "$stopped" ]
}

pid='' ticker='' killer='' stopped='' pause='' argv=./argv other=''
runs=0
: >>agent.txt
exec 3<agent.txt
trap stop TERM INT HUP
# Before `main` watches, a pod that is deleted loses what its agent commits: seen with a commit in the first second.
waiting=$(($(now) + GUARD))
until [ -e guarded ] || [ -n "$stopped" ]; do
    [ "$(now)" -lt "$waiting" ] ||
        end 1 Failed "the container main did not come up in $GUARD s, so nothing would save the work of $agent: look at its log"
    nap 0.05
done
while :; do
    . "$argv"
    (cd "$workspace/repo" && command -v "$1") >/dev/null 2>&1 ||
        end 24 AgentMissing "the command '${1:-}' of agent $agent is not found: install it in the agent's image, or correct the agent"
    start "$@"
    judge
    [ "$do" = park ] || break
    parked || { reason=Failed message="$agent was stopped by SIGTERM while it waited for a limit to pass" && break; }
    argv=./argv.resume$other input=$resume_input
    . "./agent.env$other"
done
end "$code" "$reason" "$message"
