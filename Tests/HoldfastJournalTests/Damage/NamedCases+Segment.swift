import HoldfastJournal

/// Cases of whole segments.
extension NamedCases {
    nonisolated(unsafe) static let segments: [(String, Change)] = [
        (
            "the oldest segment is deleted",
            {
                $0.remove(0); return $0.refused(1, 0, 1, 30)
            }
        ),
        (
            "a segment in the middle is deleted",
            {
                $0.remove(2); return $0.refused(1, 8_192 + 4_096, 51, 60)
            }
        ),
        (
            "two segments in the middle are deleted",
            {
                $0.remove(1); $0.remove(2); return $0.refused(0, 16_384, 31, 60)
            }
        ),
        (
            "the newest segment is deleted",
            {
                $0.remove(4); return $0.refused(4, 0, 81, nil)
            }
        ),
        (
            "the two newest segments are deleted",
            {
                $0.remove(4); $0.remove(3); return $0.refused(2, 16_384, 61, 80)
            }
        ),
        (
            "all segments are deleted",
            {
                for index in 0..<5 { $0.remove(index) }; return $0.refused(4, 0, 1, 80)
            }
        ),
        (
            "everything is deleted",
            {
                for path in $0.builder.files.keys where path.contains("/journal/") {
                    $0.builder.files[path] = nil
                }; return .refused(file: "manifest", offset: 0, first: 1, last: nil)
            }
        ),
        (
            "two segments' contents exchanged",
            {
                let first = $0[0]; $0[0] = $0[1]; $0[1] = first; return $0.refused(0, 0, 1, 30)
            }
        ),
        (
            "a segment doubled under another name",
            { stage in
                let name = SegmentName(generation: 2, firstLSN: 55);
                stage.builder.files[stage.builder.path(name)] = stage[2]
                return .refused(file: name.fileName, offset: 0, first: 55, last: nil)
            }
        ),
        (
            "a segment under a newer generation's name",
            { stage in
                let name = SegmentName(generation: 4, firstLSN: 81);
                stage.builder.files[stage.builder.path(name)] = stage[4]
                return .refused(file: name.fileName, offset: 0, first: 81, last: nil)
            }
        ),
        (
            "a file with a segment's suffix and no segment's name",
            {
                $0.builder.files["/data/journal/copy of 1.seg"] = [1];
                return .refused(file: "copy of 1.seg", offset: 0, first: 1, last: nil)
            }
        ),
        (
            "files being made",
            {
                $0.builder.files["/data/journal/ready-1.tmp"] = [0];
                $0.builder.files["/data/journal/x.seg.tmp"] = [5]; return $0.sound()
            }
        ),
        (
            "a segment of another instance",
            { stage in
                var other = JournalBuilder(instance: 5); other.segment(generation: 1);
                stage[0] = other.files[other.segmentPath]!
                return stage.refused(0, 0, 1, nil)
            }
        ),
        (
            "a bit in the oldest header",
            {
                $0.flip(0, 50); return $0.refused(0, 0, 1, 30)
            }
        ),
        (
            "a bit in the header of a generation's first segment",
            {
                $0.flip(2, 50); return $0.refused(2, 0, 41, 60)
            }
        ),
        (
            "a bit in the newest header",
            {
                $0.flip(4, 50); return $0.refused(4, 0, 81, 100)
            }
        ),
        (
            "the newest header is zero",
            {
                $0.zero(4, 0..<4_096); return $0.refused(4, 0, 81, 100)
            }
        ),
        (
            "the newest header and its groups are zero: the manifest knows",
            {
                $0.zero(4, 0..<20_480); return $0.refused(4, 0, 81, nil)
            }
        ),
        (
            "a header in the middle is zero",
            {
                $0.zero(1, 0..<4_096); return $0.refused(1, 0, 31, 40)
            }
        ),
        (
            "a bit in the dead tail of an older generation",
            {
                $0.flip(1, 8_300); return $0.sound()
            }
        ),
        (
            "the dead tail of an older generation is lost",
            {
                $0.zero(1, 8_192..<12_288); return $0.sound()
            }
        ),
        (
            "a bit in a live group of an older generation",
            {
                $0.flip(1, 4_200); return $0.refused(1, 4_096, 31, 40)
            }
        ),
        (
            "a bit in the group written again",
            {
                $0.flip(2, 4_200); return $0.refused(2, 4_096, 41, 60)
            }
        ),
        (
            "a bit in a seal in the middle",
            {
                $0.flip(2, 12_300); return $0.refused(2, 12_288, 61, nil)
            }
        ),
        (
            "the seal before a segment's end is lost",
            {
                $0.zero(2, 12_288..<16_384); return $0.refused(2, 12_288, 61, nil)
            }
        ),
        (
            "an older segment cut behind its live groups",
            {
                $0[1].removeLast(8_192); return $0.sound()
            }
        ),
        (
            "an older segment cut in its live groups",
            {
                $0[0].removeLast(8_192); return $0.refused(0, 12_288, 21, 30)
            }
        ),
        (
            "a segment of an older generation brought back",
            { stage in
                // What a start in between had opened and nobody wrote to.
                stage.builder.files[stage.builder.path(SegmentName(generation: 2, firstLSN: 81))] =
                    {
                        var other = stage.builder;
                        other.segment(generation: 2, byteCount: 20_480, preceding: stage.end(80));
                        return other.files[other.segmentPath]!
                    }()
                return stage.sound()
            }
        ),
        (
            "a roll that named a segment and no more",
            {
                $0.builder.emptySegment(generation: 3, firstLSN: 101); return $0.sound()
            }
        ),
        (
            "a roll that tore its header",
            {
                $0.builder.emptySegment(generation: 3, firstLSN: 101);
                $0.builder.files[$0.builder.path(SegmentName(generation: 3, firstLSN: 101))]![3] =
                    8;
                return $0.sound()
            }
        ),
        (
            "a roll whose file holds a group but no header",
            { stage in
                var copy = stage.builder;
                copy.segment(generation: 3, byteCount: 20_480, writesManifest: false);
                copy.group(events: 2)
                var bytes = copy.files[copy.segmentPath]!;
                bytes.replaceSubrange(0..<4_096, with: [UInt8](repeating: 0, count: 4_096))
                stage.builder.files[copy.segmentPath] = bytes
                return .refused(
                    file: Verdict.name(copy.segmentPath), offset: 0, first: 101, last: 102)
            }
        ),
        (
            "the next segment is named, and what is before it is lost",
            {
                $0.builder.emptySegment(generation: 3, firstLSN: 101); $0.zero(4, 8_192..<12_288);
                return $0.refused(4, 8_192, 91, 100)
            }
        ),
        (
            "a crash between a header and the manifest",
            {
                $0.builder.segment(generation: 3, byteCount: 20_480, writesManifest: false);
                return $0.sound()
            }
        ),
        (
            "a crash between the manifest and the first group",
            {
                $0.builder.segment(generation: 3, byteCount: 20_480); return $0.sound()
            }
        ),
        (
            "a start killed before its manifest",
            {
                $0.builder.restart(
                    generation: 4, copying: true, byteCount: 20_480, writesManifest: false);
                return .sound(end: $0.builder.end, cut: 0)
            }
        ),
        (
            "two starts killed before their manifests",
            { stage in
                stage.builder.restart(
                    generation: 4, copying: true, byteCount: 20_480, writesManifest: false)
                stage.builder.restart(
                    generation: 5, copying: true, byteCount: 20_480, writesManifest: false)
                return .sound(end: stage.builder.end, cut: 0)
            }
        ),
        (
            "a start killed before it removed what is dead",
            {
                $0.builder.restart(generation: 4, byteCount: 20_480);
                $0.builder.restart(generation: 5, byteCount: 20_480);
                return .sound(end: $0.builder.end, cut: 0)
            }
        ),
    ]
}
