import Glibc
import HoldfastEngine

/// Bump memory for the views of one batch. `reset` overwrites what was handed out, so that an engine which kept
/// a view into a caller's memory would be found out by the next answer.
final class TestArena {
    private struct Chunk {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
        var used: Int
    }

    private var chunks: [Chunk] = []

    deinit {
        for chunk in self.chunks { chunk.base.deallocate() }
    }

    func allocate<T>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
        let byteCount = max(1, count) * MemoryLayout<T>.stride
        return self.bytes(byteCount).bindMemory(to: T.self, capacity: max(1, count))
    }

    func view(_ text: String) -> ByteView {
        if text.isEmpty { return .empty }
        var text = text
        return text.withUTF8 { bytes in
            let target = self.bytes(bytes.count)
            target.copyMemory(from: UnsafeRawPointer(bytes.baseAddress!), byteCount: bytes.count)
            return ByteView(
                base: UnsafePointer(target.assumingMemoryBound(to: UInt8.self)), count: bytes.count)
        }
    }

    func lines(_ lines: [Line]) -> LineRequests {
        let target = self.allocate(LineRequest.self, lines.count)
        for (index, line) in lines.enumerated() {
            (target + index).initialize(
                to: LineRequest(productID: self.view(line.product), quantity: line.quantity))
        }
        return LineRequests(start: target, count: lines.count)
    }

    /// Room for results, filled with what no answer may show.
    func results(_ count: Int = EngineLimits.linesMax) -> LineResults {
        let target = self.allocate(LineResult.self, count)
        for index in 0..<count {
            var line = LineResult(productID: .empty)
            line.granted = -7_777
            (target + index).initialize(to: line)
        }
        return target
    }

    func reset() {
        for index in self.chunks.indices {
            memset(self.chunks[index].base, 0xDB, self.chunks[index].used)
            self.chunks[index].used = 0
        }
    }

    private func bytes(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount + 15) & ~15
        for index in self.chunks.indices
        where self.chunks[index].byteCount - self.chunks[index].used >= rounded {
            let start = self.chunks[index].base + self.chunks[index].used
            self.chunks[index].used += rounded
            return start
        }
        let capacity = max(rounded, 262_144)
        let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        self.chunks.append(Chunk(base: base, byteCount: capacity, used: rounded))
        return base
    }
}
