import Testing

@testable import HoldfastServer

@Suite struct HeldAnswersTests {
    /// Never looked into: the queue compares and hands back.
    private static func context(_ number: UInt) -> Unmanaged<ConnectionContext> {
        guard let address = UnsafeRawPointer(bitPattern: number * 64) else {
            preconditionFailure("connections are counted from one")
        }
        return .fromOpaque(address)
    }

    private static func hold(
        _ bytes: [UInt8], until position: UInt64, _ context: UInt, isCounted: Bool = true,
        _ held: inout HeldAnswers
    ) -> Bool {
        let room = held.reserve(bytes.count)
        for (index, byte) in bytes.enumerated() {
            room.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        return held.commit(
            bytes.count, until: position, Self.context(context), isCounted: isCounted)
    }

    private struct Run: Equatable {
        var context: UInt
        var position: UInt64
        var bytes: [UInt8]
        var calls: Int
    }

    private static func release(synced: UInt64, _ held: inout HeldAnswers) -> [Run] {
        var runs: [Run] = []
        while let (entry, bytes) = held.next(synced: synced) {
            runs.append(
                Run(
                    context: UInt(bitPattern: entry.context.toOpaque()) / 64,
                    position: entry.position,
                    bytes: Array(UnsafeRawBufferPointer(start: bytes, count: entry.byteCount)),
                    calls: entry.countedCalls))
        }
        held.compact()
        return runs
    }

    @Test func answersOfOneConnectionSideBySideAreOneRun() {
        var held = HeldAnswers()
        #expect(Self.hold([1, 2], until: 5, 1, &held))
        #expect(!Self.hold([3], until: 5, 1, &held))
        #expect(!Self.hold([4, 5], until: 5, 1, isCounted: false, &held))
        #expect(Self.hold([6], until: 5, 2, &held))
        #expect(Self.hold([7], until: 5, 1, &held))
        #expect(
            Self.release(synced: 5, &held) == [
                Run(context: 1, position: 5, bytes: [1, 2, 3, 4, 5], calls: 2),
                Run(context: 2, position: 5, bytes: [6], calls: 1),
                Run(context: 1, position: 5, bytes: [7], calls: 1),
            ])
        let isEmpty = held.isEmpty
        #expect(isEmpty)
    }

    @Test func whatWaitsForMoreIsARunOfItsOwn() {
        var held = HeldAnswers()
        #expect(Self.hold([1], until: 5, 1, &held))
        #expect(Self.hold([2], until: 9, 1, &held))
        // An older event behind a newer one waits for that one, too.
        #expect(!Self.hold([3], until: 5, 1, &held))
        #expect(
            Self.release(synced: 8, &held) == [Run(context: 1, position: 5, bytes: [1], calls: 1)])
        #expect(
            Self.release(synced: 9, &held) == [
                Run(context: 1, position: 9, bytes: [2, 3], calls: 2)
            ])
    }

    @Test func aRunThatHasLeftIsNotAddedTo() {
        var held = HeldAnswers()
        #expect(Self.hold([1], until: 5, 1, &held))
        #expect(Self.release(synced: 5, &held).count == 1)
        #expect(Self.hold([2], until: 5, 1, &held))
        #expect(
            Self.release(synced: 5, &held) == [Run(context: 1, position: 5, bytes: [2], calls: 1)])
    }

    @Test func aRunHasAnEnd() {
        var held = HeldAnswers()
        let answer = [UInt8](repeating: 7, count: 1_000)
        var runCount = 0
        for _ in 0..<100 where Self.hold(answer, until: 1, 1, &held) { runCount += 1 }
        #expect(runCount == 6)
        let runs = Self.release(synced: 1, &held)
        #expect(runs.count == runCount)
        #expect(runs.map(\.bytes.count).reduce(0, +) == 100_000)
        #expect(runs.map(\.calls).reduce(0, +) == 100)
    }

    /// Against a plain list, while the queue grows, moves and shrinks.
    @Test func nothingIsLostOrOutOfOrder() {
        var held = HeldAnswers()
        var random = SystemRandomNumberGenerator()
        var position: UInt64 = 0
        var synced: UInt64 = 0
        var sent: [UInt: [UInt8]] = [:]
        var received: [UInt: [UInt8]] = [:]
        var callsLeft = 0
        for round in 0..<100 {
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                if Bool.random(using: &random) { position += 1 }
                let context = UInt.random(in: 1...4, using: &random)
                let count = round % 50 == 0 ? 60_000 : Int.random(in: 1...300, using: &random)
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                sent[context, default: []] += bytes
                callsLeft += 1
                _ = Self.hold(bytes, until: position, context, &held)
            }
            synced = round == 99 ? position : UInt64.random(in: synced...position, using: &random)
            for run in Self.release(synced: synced, &held) {
                #expect(run.position <= synced)
                received[run.context, default: []] += run.bytes
                callsLeft -= run.calls
            }
        }
        let isEmpty = held.isEmpty
        #expect(sent == received && callsLeft == 0 && isEmpty)
    }
}
