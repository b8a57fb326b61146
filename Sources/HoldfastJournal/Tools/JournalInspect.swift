internal import HoldfastEngine

/// Shows what is written in segments, as it lies there: dead groups too, and what is behind damage. Changes nothing.
package struct JournalInspect: Sendable {
    package var showsGroups = false
    package var showsEvents = false
    package var fromLSN: UInt64 = 0
    package var toLSN: UInt64 = .max
    package var output = ToolOutput.text

    package init() {}

    /// - Parameters:
    ///   - path: A data directory, or one segment's file.
    ///   - emit: Takes whole lines.
    package func run(
        _ path: String, files: any FileSystem, emit: (String) -> Void
    ) throws(JournalFailure) {
        do throws(FileError) {
            guard try files.status(path).isDirectory else {
                return try self.segment(path, files, emit)
            }
            let journal = path + "/" + JournalLayout.journalFolder
            for name in try files.list(journal) where name.hasSuffix(SegmentName.suffix) {
                try self.segment(journal + "/" + name, files, emit)
            }
        } catch {
            throw JournalFailure(error, during: "inspect the journal")
        }
    }

    private func segment(
        _ path: String, _ files: any FileSystem, _ emit: (String) -> Void
    ) throws(FileError) {
        var file = try SegmentFile(path, files: files)
        let page = try file.bytes(at: 0, count: JournalLayout.pageBytes)
        var header: SegmentHeader?
        var state = "no header: shorter than a page"
        if page.count == JournalLayout.pageBytes, let base = page.baseAddress {
            switch SegmentHeader.decode(base) {
            case .valid(let valid): header = valid
            case .zero: state = "empty: its header is zeros"
            case .damaged: state = "its header is damaged"
            case .unknownVersion(let version): state = "of format \(version), not known here"
            }
        }
        guard let header else {
            emit(self.line("segment", [("file", path), ("state", state)], []))
            return
        }
        emit(
            self.line(
                "segment",
                [
                    ("file", path), ("instance", header.instance.description),
                    ("preceding_chain", header.preceding.chain.description),
                ],
                [
                    ("generation", Int64(header.generation)),
                    ("first_lsn", Int64(clamping: header.firstLSN)),
                    ("shards", Int64(header.shardCount)), ("bytes", Int64(file.byteCount)),
                    ("created_ms", header.createdMilliseconds),
                ]))
        guard self.showsGroups || self.showsEvents else { return }
        try self.groups(of: header, &file, emit)
    }

    private func groups(
        of segment: SegmentHeader, _ file: inout SegmentFile, _ emit: (String) -> Void
    ) throws(FileError) {
        let place = SegmentPlace(segment.instance, segment.name)
        var end = segment.preceding
        var offset = JournalLayout.pageBytes
        while true {
            let step = try file.step(at: offset, behind: end, in: place, readsWhole: true)
            guard case .group(let header, let chain) = step else {
                let rest = try file.rest(from: offset, in: place)
                emit(
                    self.line(
                        "end", [("state", Self.words(step, rest))],
                        [
                            ("offset", Int64(offset)), ("lsn", Int64(clamping: end.lsn)),
                            ("bytes_behind", Int64(rest.usedEnd - offset)),
                            ("groups_behind", Int64(rest.headers.count)),
                        ]))
                return
            }
            end = LogEnd(lsn: header.lastLSN, chain: chain)
            if header.lastLSN >= self.fromLSN && header.firstLSN <= self.toLSN {
                try self.show(header, end, &file, offset, emit)
            }
            offset += Int(header.byteCount)
        }
    }

    private static func words(_ step: GroupStep, _ rest: RestOfSegment) -> String {
        switch step {
        case .nothing, .group: rest.headers.isEmpty ? "zeros" : "zeros, and groups behind"
        case .damaged: "damaged, or torn"
        case .tornBody: "a header without its whole body"
        case .notFollowing: "a group that does not follow"
        case .unknownVersion(let version): "of format \(version), not known here"
        }
    }

    private func show(
        _ header: GroupHeader, _ end: LogEnd, _ file: inout SegmentFile, _ offset: Int,
        _ emit: (String) -> Void
    ) throws(FileError) {
        if self.showsGroups {
            emit(
                self.line(
                    "group", [("kind", "\(header.kind)"), ("chain", end.chain.description)],
                    [
                        ("offset", Int64(offset)),
                        ("first_lsn", Int64(clamping: header.firstLSN)),
                        ("last_lsn", Int64(clamping: header.lastLSN)),
                        ("bytes", Int64(header.byteCount)),
                        ("written_ms", header.writtenMilliseconds),
                    ]))
        }
        guard self.showsEvents, header.eventCount > 0 else { return }
        let body = try file.bytes(
            at: offset + JournalLayout.groupHeaderBytes, count: Int(header.bodyByteCount))
        var lsn = header.firstLSN
        let isWhole = EventSummary.forEach(in: body) { event in
            if lsn >= self.fromLSN && lsn <= self.toLSN { emit(self.line(event, lsn)) }
            lsn += 1
        }
        if !isWhole {
            emit(
                self.line(
                    "damage", [("state", "a body that is no sequence of events")],
                    [("lsn", Int64(clamping: lsn))]))
        }
    }

    private func line(_ event: EventSummary, _ lsn: UInt64) -> String {
        if self.output == .json {
            var object = JSONText()
            object.put("type", "event")
            object.put("lsn", lsn)
            object.put("kind", event.name)
            object.put("kind_number", event.kind)
            object.put("shard", event.shard)
            object.put("sequence", event.sequence)
            object.put("time_ms", event.timeMilliseconds)
            object.put("bytes", event.byteCount)
            for value in event.values {
                if value.isNumber {
                    object.put(value.name, raw: value.text)
                } else {
                    object.put(value.name, value.text)
                }
            }
            return object.text + "\n"
        }
        let values = event.values.map {
            "\($0.name)=" + ($0.isNumber ? $0.text : JSONText.quoted($0.text))
        }
        return "    \(lsn) \(event.name) shard=\(event.shard) sequence=\(event.sequence) "
            + "time_ms=\(event.timeMilliseconds) bytes=\(event.byteCount) "
            + values.joined(separator: " ") + "\n"
    }

    private func line(
        _ type: String, _ texts: [(String, String)], _ numbers: [(String, Int64)]
    ) -> String {
        if self.output == .json {
            var object = JSONText()
            object.put("type", type)
            for (name, value) in texts { object.put(name, value) }
            for (name, value) in numbers { object.put(name, value) }
            return object.text + "\n"
        }
        let indent = type == "segment" ? "" : "  "
        let parts =
            texts.map { "\($0.0)=\(JSONText.quoted($0.1))" } + numbers.map { "\($0.0)=\($0.1)" }
        return indent + type + " " + parts.joined(separator: " ") + "\n"
    }
}
