#!/usr/bin/env bash
# Checks proto/ and what was generated from it: no recursive message, no drift, `buf lint`.
# What a missing tool makes impossible is skipped, and says so; everything that could be checked must pass.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
buf_version="1.75.0"
temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT
failed=0

fail() {
    echo "check-proto: $1" >&2
    failed=1
}

# protobuf-c has no depth limit, so no message may contain itself: one "outer inner" pair a message field, sorted.
# A field's type that is written like a message but is an enum is a leaf and does no harm.
awk '
    /^message /               { name = $2; print name, name }
    /^}/                      { name = "" }
    name != "" && /= *[0-9]+/ {
        type = ($1 == "repeated" || $1 == "optional") ? $2 : $1
        sub(/^map<.*,$/, "", type)
        if (type ~ /^[A-Z]/) {
            if (type == name) { print "SELF", name > "/dev/stderr"; exit 1 }
            print name, type
        }
    }
' "$root"/proto/holdfast/v1/*.proto > "$temporary/pairs" || fail "a message contains itself"
if ! tsort "$temporary/pairs" > /dev/null 2> "$temporary/loop"; then
    fail "messages contain each other: $(tr '\n' ' ' < "$temporary/loop")"
fi

# Drift: only the pinned generators write the same bytes.
if [ "$(protoc-c --version 2> /dev/null | head -n 1)" = "protobuf-c 1.4.1" ] \
    && [ "$(protoc --version 2> /dev/null)" = "libprotoc 3.21.12" ]; then
    "$root/dev/generate-proto.sh" "$temporary/generated"
    (cd "$temporary/generated" && find . -type f ! -name __init__.py) | while read -r file; do
        if ! cmp -s "$temporary/generated/$file" "$root/$file"; then
            echo "check-proto: ${file#./} is not what proto/ generates; run dev/generate-proto.sh" >&2
            touch "$temporary/drift"
        fi
    done
    [ ! -e "$temporary/drift" ] || failed=1
else
    echo "check-proto: drift check skipped, it needs protoc-c 1.4.1 and protoc 3.21.12"
fi

# buf: from the path, else out of an own virtual environment, made once when the network allows.
buf="$(command -v buf || true)"
environment="$root/.build/buf-$buf_version"
if [ -z "$buf" ]; then
    if [ ! -x "$environment/bin/buf" ]; then
        { python3 -m venv "$environment" \
            && timeout 120 "$environment/bin/pip" install --quiet --disable-pip-version-check \
                --retries 0 --timeout 15 "buf-bin==$buf_version"; } > "$temporary/pip" 2>&1 || true
    fi
    [ ! -x "$environment/bin/buf" ] || buf="$environment/bin/buf"
fi
if [ -n "$buf" ]; then
    (cd "$root/proto" && "$buf" lint) || fail "buf lint"
else
    echo "check-proto: buf lint skipped, buf $buf_version is not here and could not be installed"
fi

[ "$failed" = 0 ] && echo "check-proto: good"
exit "$failed"
