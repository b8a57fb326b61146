/// How many of the connections that are ready a turn takes, so that turns stay small pieces of work; what is left is ready
/// again at once, behind those that were taken (epoll rotates).
///
/// Answers leave at a turn's end and callers come again after that. If a turn took all who are ready, a fixed crowd of callers
/// would end up in one or two large turns, all of them waiting for the same sync of the journal, and the core with them. With
/// small turns, of which several share a group of the journal (`KickTiming` of the server), some of the crowd have not been
/// read yet when a group leaves, and are what the core works on meanwhile (docs/BENCHMARKS.md, "Turns and groups").
struct TurnSize {
    /// Some 170 calls.
    private static let wantedByteCount = 20 << 10
    private static let connectionCountMin = 8

    /// A moving mean of what a ready connection brought.
    private var bytesPerConnection = 1

    /// At most so many connections next time, of `most`.
    @inline(__always)
    func connectionCountMax(of most: Int) -> Int {
        min(max(Self.wantedByteCount / self.bytesPerConnection, Self.connectionCountMin), most)
    }

    /// A turn has read so much from so many.
    @inline(__always)
    mutating func turnEnded(byteCount: Int, connectionCount: Int) {
        guard connectionCount > 0 else { return }
        self.bytesPerConnection = max(
            (3 * self.bytesPerConnection + byteCount / connectionCount) / 4, 1)
    }
}
