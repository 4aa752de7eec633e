#!/bin/sh
# Make .venv with the packages of requirements.lock. Does nothing where it already matches.
set -u
cd "$(dirname "$0")/.." || exit 1

PYTHON=3.10
LOCK=requirements.lock
UV_LOCK=requirements-setup.lock # uv itself, for where it is not there
DONE=.venv/requirements.lock # the lock that .venv was made from
TIMED=.venv/setup-seconds
LOG=.venv-setup.log

say() { printf '  setup     %s\n' "$*"; }

works() { "$@" --version >/dev/null 2>&1; }

right_python() { "$1" -c "import sys; assert sys.version_info[:2] == (3, 10)" >/dev/null 2>&1; }

# uv, where `uv --version` works. A pyenv shim can be found and still fail; then ask pyenv which of its versions has uv.
find_uv() {
    if works uv; then command -v uv && return; fi
    works pyenv || return
    for version in $(pyenv whence uv 2>/dev/null); do
        path=$(PYENV_VERSION=$version pyenv which uv 2>/dev/null)
        if [ -n "$path" ] && works "$path"; then echo "$path" && return; fi
    done
}

# The path of a Python 3.10 itself, never of a shim that depends on the folder.
find_python() {
    if works pyenv; then
        version=$(pyenv versions --bare 2>/dev/null | grep "^$PYTHON" | tail -n 1)
        if [ -n "$version" ]; then PYENV_VERSION=$version && export PYENV_VERSION; fi
    fi
    for name in "python$PYTHON" python3 python; do
        right_python "$name" && "$name" -c "import sys; print(sys.executable)" && return
    done
}

failed() {
    tail -n 15 "$LOG" | sed 's/^/            /' >&2
    say "$1" >&2
}

with_uv() {
    if [ -n "$python" ]; then wanted=$python; else wanted=$PYTHON; fi
    if ! right_python .venv/bin/python; then
        rm -rf .venv && "$uv" venv --quiet --python "$wanted" .venv >>"$LOG" 2>&1 || return 1
    fi
    "$uv" pip sync --quiet --python .venv/bin/python "$LOCK" >>"$LOG" 2>&1
}

fresh_venv() { "$python" -m venv --clear .venv >"$LOG" 2>&1; }

with_pip() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes "$@" >>"$LOG" 2>&1; }

# What pip is told of the registry; its environment stands first, and outweighs the files of its settings.
told_pip() { .venv/bin/python -m pip config list 2>/dev/null | sed -n "/^[^=]*\.$1='\(.*\)'$/{s//\1/p;q;}"; }

# uv takes a third of pip's time, and pip can bring it.
bring_uv() {
    say "fetching uv with pip …"
    fresh_venv && with_pip -r "$UV_LOCK" && works .venv/bin/uv || return 1
    uv=.venv/bin/uv
    registry=$(told_pip index-url)
    trusted=$(told_pip cert)
    if [ -n "$registry" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$registry}"; fi
    if [ -n "$trusted" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$trusted}"; fi
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
}

install() {
    if [ -z "$uv" ] && ! bring_uv; then say "uv cannot be had here; pip does all of it."; fi
    if [ -n "$uv" ]; then
        say "installing $packages packages with uv$last …"
        with_uv && return
        failed "uv could not install them."
        [ -n "$python" ] || return 1
    fi
    say "installing $packages packages with pip, which takes some minutes$last …"
    fresh_venv && with_pip --no-deps -r "$LOCK" && return
    failed "pip could not install them. The lines above say why; run \`make setup\` again when it is put right."
    return 1
}

command_file() {
    cat >.venv/bin/helpdesk <<'END'
#!/bin/sh
# The helpdesk command: the checkout's own code, run by the checkout's own Python.
here=$(cd "$(dirname "$0")/../.." && pwd)
unset PYTHONDONTWRITEBYTECODE # else every process that it starts compiles its sources anew
PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" exec "$here/.venv/bin/python" -m helpdesk "$@"
END
    chmod 755 .venv/bin/helpdesk
}

if cmp -s "$LOCK" "$DONE" && works .venv/bin/python; then
    command_file
    exit 0
fi

uv=$(find_uv)
python=$(find_python)
if [ -z "$uv" ] && [ -z "$python" ]; then
    say "Neither uv nor Python $PYTHON is here, and one of them is needed." >&2
    say "Install uv, or Python $PYTHON with its venv module, and run this again." >&2
    exit 1
fi

began=$(date +%s)
packages=$(grep -c '^[a-z0-9]' "$LOCK")
last=""
[ -f "$TIMED" ] && last=" (last time: $(cat "$TIMED") s)"
rm -f "$DONE"
: >"$LOG"
install || exit 1
command_file
took=$(($(date +%s) - began))
echo "$took" >"$TIMED"
cp "$LOCK" "$DONE"
rm -f "$LOG"
say "done in $took s"
