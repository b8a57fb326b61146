import HoldfastClient
import Testing

@Suite struct LeaseTermTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test func timeCountsFromTheSendingAndEndsAHundredthEarlier() {
        var term = LeaseTerm(ttlNanoseconds: 3_000 * Self.millisecond, sentAt: 1_000)
        #expect(term.heldUntilNanoseconds == 1_000 + 2_970 * Self.millisecond)
        #expect(term.renewAtNanoseconds == 1_000 + 1_000 * Self.millisecond)
        #expect(term.isHeld(at: term.heldUntilNanoseconds - 1))
        #expect(!term.isHeld(at: term.heldUntilNanoseconds))
        term.renewed(sentAt: 2_000)
        #expect(term.heldUntilNanoseconds == 2_000 + 2_970 * Self.millisecond)
        // The answer to an older renewal comes last.
        term.renewed(sentAt: 1_500)
        #expect(term.heldUntilNanoseconds == 2_000 + 2_970 * Self.millisecond)
    }

    @Test func anAttemptLeavesTimeForAnother() {
        let term = LeaseTerm(ttlNanoseconds: 300 * Self.millisecond, sentAt: 0)
        #expect(term.renewTimeoutNanoseconds(at: 100 * Self.millisecond) == 100 * Self.millisecond)
        #expect(term.renewTimeoutNanoseconds(at: 277 * Self.millisecond) == 20 * Self.millisecond)
        // Over while its owner stood in line: the renewal that begins it has its full time.
        #expect(term.renewTimeoutNanoseconds(at: 900 * Self.millisecond) == 100 * Self.millisecond)
        #expect(term.pauseNanoseconds == 15 * Self.millisecond)
        let long = LeaseTerm(ttlNanoseconds: 300_000 * Self.millisecond, sentAt: 0)
        #expect(long.pauseNanoseconds == 250 * Self.millisecond)
    }
}
