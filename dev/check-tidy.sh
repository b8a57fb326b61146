#!/usr/bin/env bash
# Small rules that a reviewer should not have to remember. Each message says what to do instead.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
complain() { # complain TEXT ADVICE: one line for each line of TEXT
    [ -n "$1" ] || return 0
    printf '%s\n' "$1" | sed "s|^|tidy: |; s|\$|   <- $2|" >&2
    failed=1
}
# rule WORDS PATTERN PATH...: no line of the files may match; comment lines do not count.
rule() {
    local words="$1" pattern="$2" found
    shift 2
    found="$(grep -rnE --include='*.swift' -e "$pattern" "$@" 2> /dev/null \
        | grep -vE '^[^:]+:[0-9]+: *//' || true)"
    complain "$found" "$words"
}

data_path=(
    Sources/HoldfastEngine Sources/HoldfastWire Sources/HoldfastTransport
    Sources/HoldfastServer/Pipeline Sources/HoldfastServer/Shards
)
rule "log through the caller, or throw" '(^|[^.A-Za-z_])(print|debugPrint|dump)\(' "${data_path[@]}"
rule "no Dictionary on the data path: use the engine's tables" '\bDictionary[(<]' "${data_path[@]}"
rule "no Foundation on the data path" 'import (Foundation|FoundationEssentials|Dispatch)\b' "${data_path[@]}"
rule "the engine has no clock and no randomness: take them as arguments" \
    '\b(Date\(|random\(|SystemRandomNumberGenerator|clock_gettime|ContinuousClock|SuspendingClock)' \
    Sources/HoldfastEngine
rule "say what failed: throw or trap with words" '\btry!|\bfatalError\(\)' Sources
rule "no optimiser promises: they turn traps into undefined behaviour" 'unsafeFlags|Ounchecked' Package.swift

# Words for unfinished work, anywhere.
unfinished='\b(TO''DO|FIX''ME|XX''X|HA''CK)\b'
found="$(grep -rnE --include='*.swift' --include='*.py' --include='*.proto' --include='*.sh' --include='*.md' \
    --include='*.h' --include='*.c' -e "$unfinished" \
    Package.swift Sources Tests clients proto dev docs ./*.md 2> /dev/null || true)"
complain "$found" "finish it, or say it in an issue"

# One main type a file: long files hide things.
while IFS= read -r file; do
    count="$(wc -l < "$file")"
    if [ "$count" -gt 500 ]; then
        complain "$file: $count lines" "split it at 500 at the latest"
    fi
done < <(find Sources Tests clients -name '*.swift' -o -name '*.py' ! -path '*/_proto/*')

# Nothing in git that a build makes, and no private key.
if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
    found="$(git ls-files | grep -E '(\.key|\.p12|\.pyc|\.o|\.a|\.so)$|^\.build|^Package\.resolved$|^holdfast-dev/' || true)"
    complain "$found" "must not be in git"
fi

[ "$failed" = 0 ] && echo "tidy: good"
exit "$failed"
