import HoldfastJournal

/// Cases at the end of the newest segment.
extension NamedCases {
    /// The end of the newest segment: offsets 4,096 (81…90), 8,192 (91…100), then nothing.
    nonisolated(unsafe) static let ends: [(String, Change)] = [
        ("nothing is wrong", { $0.sound() }),
        (
            "a seal behind the last group",
            {
                $0.builder.seal(); return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "a clean stop behind the last group",
            {
                $0.builder.cleanStop(); return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "a group behind a seal",
            {
                $0.builder.seal(); $0.builder.group(events: 3);
                return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "a seal and a clean stop",
            {
                $0.builder.seal(); $0.builder.cleanStop();
                return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "the last group's header is lost",
            {
                $0.zero(4, 8_192..<8_704); let used = JournalBuilder.used($0[4], from: 8_192);
                return .sound(end: $0.end(90), cut: used)
            }
        ),
        (
            "the last group's body is lost, its header is there",
            {
                $0.zero(4, 8_320..<12_288);
                return .sound(end: $0.end(90), cut: JournalBuilder.used($0[4], from: 8_192))
            }
        ),
        (
            "the whole last group is lost",
            {
                $0.zero(4, 8_192..<12_288); return $0.sound(90)
            }
        ),
        (
            "both groups are lost: the first had no proof left",
            {
                $0.zero(4, 4_096..<12_288); return $0.sound(80)
            }
        ),
        (
            "the first of two groups is lost",
            {
                $0.zero(4, 4_096..<8_192); return $0.refused(4, 4_096, 81, 100)
            }
        ),
        (
            "a bit in the first of two groups",
            {
                $0.flip(4, 4_500); return $0.refused(4, 4_096, 81, 100)
            }
        ),
        (
            "a bit in the first group, the second one's body torn",
            {
                $0.flip(4, 4_500); $0.zero(4, 9_000..<12_288); return $0.refused(4, 4_096, 81, 100)
            }
        ),
        (
            "a bit in the first group, the second one's header torn",
            {
                $0.flip(4, 4_500); $0.zero(4, 8_192..<8_704);
                return .sound(end: $0.end(80), cut: JournalBuilder.used($0[4], from: 4_096))
            }
        ),
        (
            "a bit in a seal with a clean stop behind it",
            {
                $0.builder.seal(); $0.builder.cleanStop(); $0.flip(4, 12_300);
                return $0.refused(4, 12_288, 101, nil)
            }
        ),
        (
            "a bit in the last group with a seal behind it",
            {
                $0.builder.seal(); $0.flip(4, 8_400); return $0.refused(4, 8_192, 91, 100)
            }
        ),
        (
            "garbage behind the last group",
            {
                $0[4][12_300] = 7; $0[4][14_000] = 9; return $0.sound(cut: 14_001 - 12_288)
            }
        ),
        (
            "a group of another instance behind the last one",
            { stage in
                var other = DamageStage(); other.builder = JournalBuilder(instance: 9)
                other.builder.segment(generation: 3, preceding: stage.end(100));
                let group = other.builder.group(events: 1)
                stage[4].replaceSubrange(
                    12_288..<16_384, with: other.builder.files[group.path]![group.range])
                return stage.sound(cut: JournalBuilder.used(stage[4], from: 12_288))
            }
        ),
        (
            "an older group's bytes behind the last one",
            {
                $0[4].replaceSubrange(12_288..<16_384, with: $0[4][4_096..<8_192]);
                return $0.sound(cut: JournalBuilder.used($0[4], from: 12_288))
            }
        ),
        (
            "an older segment's bytes behind the last group",
            {
                $0[4].replaceSubrange(12_288..<16_384, with: $0[0][12_288..<16_384]);
                return $0.sound(cut: JournalBuilder.used($0[4], from: 12_288))
            }
        ),
        (
            "the last two groups exchanged",
            {
                let first = $0[4][4_096..<8_192];
                $0[4].replaceSubrange(4_096..<8_192, with: $0[4][8_192..<12_288]);
                $0[4].replaceSubrange(8_192..<12_288, with: first);
                return .sound(end: $0.end(80), cut: JournalBuilder.used($0[4], from: 4_096))
            }
        ),
        (
            "a group that does not follow from the one before",
            { stage in
                let group = stage.group(last: 100)
                let old = stage[4]
                stage.builder.end = LogEnd(lsn: 90, chain: ChainHash(first: 1, second: 2));
                stage.builder.offset = group.offset
                stage.builder.group(events: 10); _ = old
                return stage.refused(4, 8_192, 91, 100)
            }
        ),
        (
            "a group whose LSN leaves a gap",
            { stage in
                let group = stage.group(last: 100)
                stage.builder.end = LogEnd(lsn: 95, chain: group.before.chain);
                stage.builder.offset = group.offset
                stage.builder.group(events: 10)
                return stage.refused(4, 8_192, 91, 105)
            }
        ),
        (
            "the newest segment is cut behind its groups",
            {
                $0[4].removeLast(4_096); return $0.refused(4, 12_288, 101, nil)
            }
        ),
        (
            "the newest segment is cut in its last group",
            {
                $0[4].removeLast(10_000); return $0.refused(4, 8_192, 91, nil)
            }
        ),
        (
            "the newest segment is cut behind a clean stop",
            {
                $0.builder.cleanStop(); $0[4].removeLast(4_096);
                return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "the newest segment is longer than it was made",
            {
                $0[4] += [UInt8](repeating: 0, count: 4_096); return $0.sound()
            }
        ),
    ]
}
