import HoldfastJournal

/// Cases of the manifest, snapshots and readers.
extension NamedCases {
    nonisolated(unsafe) static let manifests: [(String, Change)] = [
        (
            "the manifest of the roll before",
            {
                $0.builder.files[$0.builder.manifestPath] = $0.manifests[3]; return $0.sound()
            }
        ),
        (
            "the manifest's older page is damaged",
            {
                $0.builder.files[$0.builder.manifestPath]![10] ^= 1; return $0.sound()
            }
        ),
        (
            "the manifest's newer page is damaged",
            {
                $0.builder.files[$0.builder.manifestPath]![4_106] ^= 1; return $0.sound()
            }
        ),
        (
            "both pages are damaged",
            {
                $0.builder.files[$0.builder.manifestPath]![10] ^= 1;
                $0.builder.files[$0.builder.manifestPath]![4_106] ^= 1;
                return .refused(file: "manifest", offset: 0, first: 101, last: nil)
            }
        ),
        (
            "the manifest is missing",
            {
                $0.builder.files[$0.builder.manifestPath] = nil;
                return .refused(file: "manifest", offset: 0, first: 101, last: nil)
            }
        ),
        (
            "the manifest is cut to one page",
            {
                $0.builder.files[$0.builder.manifestPath]!.removeLast(4_096); return $0.sound()
            }
        ),
        (
            "the manifest is of another instance",
            { stage in
                var other = JournalBuilder(instance: 5); other.segment(generation: 1);
                stage.builder.files[stage.builder.manifestPath] = other.files[other.manifestPath]!
                return .refused(file: "manifest", offset: 4_096, first: 1, last: nil)
            }
        ),
        (
            "the manifest and a header do not agree",
            { stage in
                var other = stage.builder;
                other.segment(
                    generation: 3, byteCount: 20_480,
                    preceding: LogEnd(lsn: 80, chain: ChainHash(first: 3, second: 4)))
                stage.builder.files[stage.builder.manifestPath] = other.files[other.manifestPath]!
                return .refused(file: "manifest", offset: 0, first: 101, last: nil)
            }
        ),
        (
            "the newest segment of the manifest's older page is long gone",
            {
                $0.builder.files[$0.builder.manifestPath] = $0.manifests[1]; $0.remove(1);
                return $0.refused(0, 16_384, 31, 40)
            }
        ),
    ]

    nonisolated(unsafe) static let snapshots: [(String, Change)] = [
        (
            "a snapshot in the middle",
            {
                $0.snapshot($0.end(50)); return $0.sound()
            }
        ),
        (
            "a snapshot at the end",
            {
                $0.snapshot($0.end(100)); return $0.sound()
            }
        ),
        (
            "a snapshot of a seal",
            {
                $0.snapshot($0.builder.groups.first { $0.header.kind == .seal }!.end);
                return $0.sound()
            }
        ),
        (
            "a snapshot beyond the end",
            {
                $0.snapshot(LogEnd(lsn: 120, chain: ChainHash(first: 1, second: 1)));
                return $0.refused(4, 12_288, 101, 120)
            }
        ),
        (
            "a snapshot of the torn last group",
            {
                $0.snapshot($0.end(100)); $0.flip(4, 8_300); return $0.refused(4, 8_192, 91, 100)
            }
        ),
        (
            "a snapshot with another chain",
            {
                $0.snapshot(LogEnd(lsn: 50, chain: ChainHash(first: 1, second: 1)));
                return .refused(file: "s.snap", offset: 0, first: 50, last: 50)
            }
        ),
        (
            "a snapshot with another chain at the end",
            {
                $0.snapshot(LogEnd(lsn: 100, chain: ChainHash(first: 1, second: 1)));
                return .refused(file: "s.snap", offset: 0, first: 100, last: 100)
            }
        ),
        (
            "a snapshot inside a group",
            {
                $0.snapshot(LogEnd(lsn: 55, chain: ChainHash(first: 1, second: 1)));
                return .refused(file: "s.snap", offset: 0, first: 55, last: 55)
            }
        ),
        (
            "old segments deleted behind a snapshot",
            {
                $0.snapshot($0.end(50)); $0.remove(0); $0.remove(1); return $0.sound()
            }
        ),
        (
            "old segments deleted past a snapshot",
            {
                $0.snapshot($0.end(50)); for index in 0..<3 { $0.remove(index) };
                return $0.refused(3, 0, 51, 60)
            }
        ),
        (
            "a deletion behind a snapshot that the crash half undid",
            {
                $0.snapshot($0.end(90)); $0.remove(1); $0.remove(2); return $0.sound()
            }
        ),
        (
            "a damaged old segment that the snapshot makes unneeded",
            {
                $0.snapshot($0.end(90)); $0.flip(0, 4_200); $0.fromLSN = 90; return $0.sound()
            }
        ),
        (
            "the same, when everything is to be judged",
            {
                $0.snapshot($0.end(90)); $0.flip(0, 4_200); return $0.refused(0, 4_096, 1, 30)
            }
        ),
        (
            "only a snapshot is left, and the manifest",
            {
                $0.snapshot($0.end(90)); for index in 0..<5 { $0.remove(index) };
                return $0.refused(4, 0, 1, 90)
            }
        ),
        (
            "a reader that has seen more",
            {
                $0.knownEnds.append(
                    KnownEnd(
                        .reader, "orders", LogEnd(lsn: 101, chain: ChainHash(first: 1, second: 1)),
                        generation: 0));
                return $0.refused(4, 12_288, 101, 101)
            }
        ),
        (
            "a reader at the end",
            {
                $0.knownEnds.append(KnownEnd(.reader, "orders", $0.end(100), generation: 0));
                return $0.sound()
            }
        ),
    ]
}
