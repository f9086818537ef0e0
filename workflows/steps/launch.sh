#!/bin/sh
# Runs one agent on one task, headless, and tells how it ended in run/ended. For any image with sh and git: POSIX sh,
# no Python, no job control (dash has none without a terminal). Always exits 0: the exit code that counts is the one of
# the container that publishes. The files beside this script are laid by `gastown-step clone`.
run=$(cd "$(dirname "$0")" && pwd) || exit 0
workspace=${run%/run}
cd "$run" || exit 0
[ -e ended ] && exit 0
: >heartbeat

GRACE=10 GUARD=120
agent=agent timeout=3600 park=0 input=/dev/null
. ./settings
. ./agent.env
unset GASTOWN_GIT_CREDENTIALS GASTOWN_TASKS GASTOWN_CACHE
[ -n "${HOME:-}" ] && [ -w "$HOME" ] || { HOME=$workspace/home; mkdir -p "$HOME"; export HOME; }

# The agent's log-in comes as files of a mounted Secret; only Claude Code has such files, and it looks for them at home.
for file in "${GASTOWN_MODEL_CREDENTIALS:-/nowhere}"/.[!.]* "${GASTOWN_MODEL_CREDENTIALS:-/nowhere}"/[!.]*; do
    [ -f "$file" ] && mkdir -p "$HOME/.claude" && cp "$file" "$HOME/.claude/"
done

nap() { sleep "$1" 2>/dev/null || sleep 1; }
now() { date +%s; }
one_line() { tr '\n\r\t' '   ' | cut -c 1-800; }

# end CODE REASON MESSAGE: the last act, in one instant.
end() {
    dismiss $ticker $killer
    rm -f out.pipe err.pipe
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

# Beats while this shell lives, and ends an agent that is over its time, or that `main` saw do nothing for too long. A killed launcher must fall silent.
tick() {
    # A redirection on the function instead would keep the old output open: dash saves it.
    exec </dev/null >/dev/null 2>&1
    deadline=$(($(now) + timeout))
    while kill -0 "$$" && read -r current <agent.pid && [ "$current" = "$pid" ]; do
        : >heartbeat
        if [ "$(now)" -ge "$deadline" ] || [ -e idle ]; then
            : >timedout
            signal_agent TERM
            nap "$GRACE"
            signal_agent KILL
        fi
        nap 1
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
    rm -f out.pipe err.pipe timedout idle
    mkfifo out.pipe err.pipe || end 1 Failed "the workspace takes no named pipes, so no agent can run in it"
    tee -a agent.out agent.log <out.pipe &
    out_tee=$!
    tee -a agent.log <err.pipe >&2 &
    err_tee=$!
    if command -v setsid >/dev/null 2>&1; then
        (cd "$workspace/repo" && exec setsid "$@") <"$input" >out.pipe 2>err.pipe &
    else
        (cd "$workspace/repo" && exec "$@") <"$input" >out.pipe 2>err.pipe &
    fi
    pid=$!
    echo "$pid" >agent.pid
    [ -n "$stopped" ] && signal_agent TERM
    (tick) &
    ticker=$!
    settle "$pid"
    ended_with=$code
    leave_none
    dismiss "$ticker"
    rm -f agent.pid
    # A daemon in a session of its own may hold the pipes for ever.
    (
        exec >/dev/null 2>&1
        nap 1
        nap 1
        dismiss "$out_tee" "$err_tee"
    ) &
    drain=$!
    settle "$out_tee"
    settle "$err_tee"
    dismiss "$drain"
    code=$ended_with pid='' ticker=''
}

# What the agent left running must not write while its work is published, nor hold the pipes open.
leave_none() {
    kill -s TERM -- "-$pid" 2>/dev/null || return 0
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 -- "-$pid" 2>/dev/null || return 0
        nap 0.1
    done
    kill -s KILL -- "-$pid" 2>/dev/null
}

last_line() { tail -n 5 agent.log | grep -v '^[[:space:]]*$' | tail -n 1; }

# says FILE: whether the end of the agent's output matches one of the patterns. Only the end: the middle is its work.
says() { [ -s "$1" ] && tail -n 50 agent.log | tail -c 16384 | grep -q -E -f "$1"; }

# classify: $reason and $message from how the agent ended.
classify() {
    said=$(last_line)
    message="$agent ended with code $code${said:+: $said}"
    if [ -n "$stopped" ]; then
        reason=Failed message="$agent was stopped by SIGTERM"
    elif [ -e timedout ]; then
        reason=TimedOut message="$agent was stopped after its $timeout seconds"
        [ ! -s idle ] || message=$(one_line <idle)
    elif [ -s escalate ]; then
        reason=Escalated message=$(one_line <escalate)
    elif [ "$code" -eq 0 ]; then
        reason=Completed message=''
    else
        classify_failure
    fi
}

classify_failure() {
    case $code in
    10) reason=NoChanges ;;
    11) reason=Escalated ;;
    20) reason=AuthFailed ;;
    21) reason=RateLimited ;;
    22) reason=BudgetExceeded ;;
    23) reason=TimedOut ;;
    *)
        if says auth.patterns; then
            reason=AuthFailed
        elif says budget.patterns; then
            reason=BudgetExceeded
        elif says rate.patterns; then
            reason=RateLimited
        else
            reason=Failed
        fi
        ;;
    esac
}

# parked: wait a while for the limit to pass. False when there is no time left for that, or SIGTERM came.
parked() {
    left=$((parked_until - $(now)))
    [ "$left" -gt 0 ] && [ -z "$stopped" ] || return 1
    [ "$backoff" -lt "$left" ] || backoff=$left
    echo "gastown: $agent is rate limited, parked for $backoff s, $left s left to park" | tee -a agent.log
    sleep "$backoff" >/dev/null 2>&1 &
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
    backoff=$((backoff * 2))
    [ "$backoff" -le 900 ] || backoff=900
    [ -z "$stopped" ]
}

pid='' ticker='' killer='' stopped='' pause='' argv=./argv
trap stop TERM INT HUP
# Before `main` watches, a pod that is deleted loses what its agent commits: seen with a commit in the first second.
waiting=$(($(now) + GUARD))
until [ -e guarded ] || [ -n "$stopped" ]; do
    [ "$(now)" -lt "$waiting" ] ||
        end 1 Failed "the container main did not come up in $GUARD s, so nothing would save the work of $agent: look at its log"
    nap 0.05
done
backoff=$((park / 60 + 1))
parked_until=$(($(now) + park))
while :; do
    . "$argv"
    (cd "$workspace/repo" && command -v "$1") >/dev/null 2>&1 ||
        end 24 AgentMissing "the command '${1:-}' of agent $agent is not found: install it in the agent's image, or correct the agent"
    start "$@"
    classify
    [ "$reason" = RateLimited ] && parked || break
    argv=./argv.resume
done
end "$code" "$reason" "$message"
