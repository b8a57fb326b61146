#!/usr/bin/env bash
# Generates the code of proto/holdfast/v1: C for the server (Sources/CHoldfastProto) and Python for clients/python.
# Both are checked in. Needs protoc-c 1.4.1 and protoc 3.21.12, which Debian 12 has:
#   apt-get install protobuf-c-compiler protobuf-compiler
# Usage: dev/generate-proto.sh [DIRECTORY]    writes below DIRECTORY instead of this checkout
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-$root}"
protoc_c_wanted="protobuf-c 1.4.1"
protoc_wanted="libprotoc 3.21.12"

for tool in protoc-c protoc; do
    if ! command -v "$tool" > /dev/null; then
        echo "$tool is not here; run: apt-get install protobuf-c-compiler protobuf-compiler" >&2
        exit 1
    fi
done
if [ "$(protoc-c --version | head -n 1)" != "$protoc_c_wanted" ]; then
    echo "protoc-c must be \"$protoc_c_wanted\", not \"$(protoc-c --version | head -n 1)\"" >&2
    exit 1
fi
if [ "$(protoc --version)" != "$protoc_wanted" ]; then
    echo "protoc must be \"$protoc_wanted\", not \"$(protoc --version)\"" >&2
    exit 1
fi

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT
cd "$root/proto"

# C: headers go below include/, where the module map is.
protoc-c -I . --c_out="$temporary" holdfast/v1/*.proto
c_out="$out/Sources/CHoldfastProto"
mkdir -p "$c_out/holdfast/v1" "$c_out/include/holdfast/v1"
cp "$temporary"/holdfast/v1/*.pb-c.c "$c_out/holdfast/v1/"
cp "$temporary"/holdfast/v1/*.pb-c.h "$c_out/include/holdfast/v1/"

# Python: inside the client's own package, so that it clashes with nobody's `holdfast`; hence relative imports.
python_out="$out/clients/python/src/holdfast_client/_proto"
mkdir -p "$python_out/holdfast/v1"
protoc -I . --python_out="$temporary" holdfast/v1/*.proto
for file in "$temporary"/holdfast/v1/*_pb2.py; do
    sed 's/^from holdfast\.v1 import /from . import /' "$file" \
        > "$python_out/holdfast/v1/$(basename "$file")"
done
for package in "$python_out" "$python_out/holdfast" "$python_out/holdfast/v1"; do
    [ -f "$package/__init__.py" ] || : > "$package/__init__.py"
done
