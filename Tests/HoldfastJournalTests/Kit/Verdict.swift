import HoldfastJournal

/// What a scan said, in the form that tests compare.
enum Verdict: Equatable, CustomStringConvertible {
    /// The log's end, and the bytes cut behind it.
    case sound(end: LogEnd, cut: Int)
    /// File name, offset, first and last LSN in question.
    case refused(file: String, offset: Int, first: UInt64, last: UInt64?)
    case other(ScanFailure)

    init(_ scan: () throws(ScanFailure) -> JournalScan) {
        do throws(ScanFailure) {
            let scan = try scan()
            self = .sound(end: scan.end, cut: scan.tail.byteCount)
        } catch {
            guard case .damaged(let report) = error else {
                self = .other(error)
                return
            }
            self = .refused(
                file: Self.name(report.file), offset: report.offset, first: report.firstLSN,
                last: report.lastLSN)
        }
    }

    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Of a group, with the newest event that is known behind it.
    static func refused(_ group: JournalBuilder.BuiltGroup, last: UInt64?) -> Verdict {
        .refused(
            file: self.name(group.path), offset: group.offset, first: group.header.firstLSN,
            last: last)
    }

    var description: String {
        switch self {
        case .sound(let end, let cut): "sound up to LSN \(end.lsn), \(cut) bytes cut"
        case .refused(let file, let offset, let first, let last):
            "refused: \(file) at \(offset), LSN \(first) to \(last.map(String.init) ?? "?")"
        case .other(let failure): "\(failure)"
        }
    }
}

extension JournalBuilder {
    func verdict(
        _ files: MemoryFileSystem, knownEnds: [KnownEnd] = [], fromLSN: UInt64 = 0
    ) -> Verdict {
        Verdict { () throws(ScanFailure) in
            try self.scan(files, knownEnds: knownEnds, fromLSN: fromLSN)
        }
    }

    /// Bytes from an offset to the last one that is not zero.
    static func used(_ bytes: [UInt8], from offset: Int) -> Int {
        bytes.withUnsafeBytes { buffer in
            var count = buffer.count
            while count >= offset + 8,
                buffer.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) == 0
            {
                count -= 8
            }
            while count > offset, buffer[count - 1] == 0 { count -= 1 }
            return count - offset
        }
    }
}
