import HoldfastClient

/// The server's clock beside the tool's: one instant by both, to about a millisecond.
struct ServerClockReading: Sendable {
    private static let readingCount = 10

    /// Unix milliseconds.
    let serverMilliseconds: Int
    /// As `Clock` counts.
    let localNanoseconds: UInt64

    /// Asks a few times and takes the quickest answer.
    static func take(_ client: HoldfastClient) async throws -> ServerClockReading {
        var best: (reading: ServerClockReading, tripNanoseconds: UInt64)?
        for _ in 0..<Self.readingCount {
            let start = Clock.nowNanoseconds()
            let answer = try await client.ping()
            let trip = Clock.nowNanoseconds() - start
            if trip >= best?.tripNanoseconds ?? .max { continue }
            best = (
                ServerClockReading(
                    serverMilliseconds: answer.serverTimeMilliseconds,
                    localNanoseconds: start + trip / 2), trip
            )
        }
        guard let best else { throw LoadError("the server answers no Ping") }
        return best.reading
    }

    func milliseconds(at nanoseconds: UInt64) -> Int {
        self.serverMilliseconds
            + (Int(nanoseconds) - Int(self.localNanoseconds)) / 1_000_000
    }

    func nanoseconds(at milliseconds: Int) -> UInt64 {
        UInt64(
            Int(self.localNanoseconds) + (milliseconds - self.serverMilliseconds) * 1_000_000)
    }
}
