#!/usr/bin/env bash
# Checks that each target imports only what docs/ARCHITECTURE.md allows: dependencies point down.
set -euo pipefail
cd "$(dirname "$0")/.."

# What a target may import, beside itself. A target that is not listed here is an error: say what it may do.
allowed() {
    case "$1" in
        HoldfastHash) echo ;;
        HoldfastEngine) echo CIntrinsics HoldfastHash ;;
        HoldfastJournal) echo HoldfastEngine CIntrinsics CLinux Glibc Synchronization ;;
        HoldfastAdmission) echo CIntrinsics HoldfastHash Glibc Synchronization ;;
        HoldfastRules) echo HoldfastAdmission Yams Glibc ;;
        HoldfastWire) echo HoldfastEngine CHoldfastProto CProtobufC ;;
        HoldfastTransport) echo CLinux COpenSSL Glibc Synchronization ;;
        HoldfastServer) echo HoldfastAdmission HoldfastRules HoldfastEngine HoldfastJournal HoldfastWire HoldfastTransport CLinux \
            COpenSSL Logging Configuration ServiceLifecycle UnixSignals FoundationEssentials Glibc \
            Synchronization ;;
        HoldfastClient) echo HoldfastWire HoldfastTransport CHoldfastProto CProtobufC CLinux \
            COpenSSL Glibc Synchronization ;;
        holdfast) echo HoldfastServer HoldfastJournal ArgumentParser Glibc ;;
        holdfastctl) echo HoldfastClient HoldfastAdmission HoldfastRules ArgumentParser Glibc Synchronization ;;
        holdfast-bench) echo HoldfastClient HoldfastTransport HoldfastWire CHoldfastProto CProtobufC CLinux \
            COpenSSL ArgumentParser Histogram FoundationEssentials Glibc Synchronization ;;
        *) return 1 ;;
    esac
}

failed=0
for folder in Sources/*/; do
    target="$(basename "$folder")"
    find "$folder" -name '*.swift' -print -quit | grep -q . || continue # C: nothing imports upwards there
    if ! list="$(allowed "$target")"; then
        echo "layers: $target is not in dev/check-layers.sh" >&2
        failed=1
        continue
    fi
    while IFS=: read -r file line text; do
        module="$(sed -E 's/^.*import +((struct|class|enum|func|var|let|protocol|typealias) +)?([A-Za-z0-9_]+).*$/\3/' <<< "$text")"
        case " $list " in
            *" $module "*) ;;
            *)
                echo "layers: $file:$line: $target may not import $module" >&2
                failed=1
                ;;
        esac
    done < <(grep -rnE --include='*.swift' \
        '^(@[A-Za-z_]+(\([a-z]+\))? +)*((public|package|internal|fileprivate|private) +)?import ' "$folder" || true)
done
[ "$failed" = 0 ] && echo "layers: good"
exit "$failed"
