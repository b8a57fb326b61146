import Testing

@testable import HoldfastEngine

/// The server enforces a lease: whoever lost it cannot write, whatever it still believes.
@Suite struct FencingTests {
    @Test func withoutALeaseAllMayWrite() {
        let leases = LeaseHarness.withSale()
        #expect(leases.adjust(1) == "adjusted 11")
        #expect(leases.setProductState(2) == "set")
        #expect(leases.load(3) == "committed")
        #expect(leases.setSaleState(4) == "set")
    }

    @Test func whileItIsLeasedOnlyTheHolderMayWrite() {
        let leases = LeaseHarness.withSale()
        #expect(leases.acquire("sale-1", 1) == "held 1")
        for proof in [nil, (owner: 2, token: UInt64(1)), (owner: 1, token: 2)] {
            #expect(leases.adjust(1, proof: proof) == "refused fenced")
            #expect(leases.setProductState(2, proof: proof) == "refused fenced")
            #expect(leases.setSaleState(3, proof: proof) == "refused fenced")
            #expect(leases.load(4, proof: proof) == "refused fenced")
        }
        let holder = (owner: 1, token: UInt64(1))
        #expect(leases.adjust(1, proof: holder) == "adjusted 11")
        #expect(leases.setProductState(2, proof: holder) == "set")
        #expect(leases.load(4, proof: holder) == "committed")
        #expect(leases.setSaleState(3, proof: holder) == "set")
        #expect(leases.violations == [])
    }

    @Test func aHolderThatSleptThroughItsDeadlineIsFenced() {
        let leases = LeaseHarness.withSale()
        #expect(leases.acquire("sale-1", 1, ttl: 1_000) == "held 1")
        // The first holder is paused; its lease lapses and goes to the second.
        leases.acquire("sale-1", 2, ttl: 1_000, wait: 5_000)
        #expect(leases.pass(1_000) == ["1 held 2"])
        #expect(leases.adjust(10, proof: (owner: 1, token: 1)) == "refused fenced")
        #expect(leases.adjust(11, proof: (owner: 2, token: 2)) == "adjusted 11")
        // Also when the second is gone: its writes must not be written over.
        leases.release("sale-1", 2)
        #expect(leases.adjust(10, proof: (owner: 1, token: 1)) == "refused fenced")
        leases.pass(60_000)
        #expect(leases.adjust(10, proof: (owner: 1, token: 1)) == "refused fenced")
        #expect(leases.adjust(12) == "adjusted 12")
        // And behind a restart.
        let copy = leases.replayed()
        #expect(copy.adjust(10, proof: (owner: 1, token: 1)) == "refused fenced")
        #expect(copy.acquire("sale-1", 3) == "held 3")
        #expect(copy.adjust(13, proof: (owner: 2, token: 2)) == "refused fenced")
        #expect(copy.adjust(13, proof: (owner: 3, token: 3)) == "adjusted 13")
    }

    @Test func aLapsedLeaseFencesNobodyElse() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1, ttl: 100)
        leases.now += 99
        #expect(leases.adjust(1) == "refused fenced")
        leases.now += 1
        #expect(leases.adjust(1) == "adjusted 11")
    }

    /// Every change with a proof, against a shard and against its replay.
    private func expectFenced(_ leases: LeaseHarness, owner: Int, token: UInt64) {
        let proof = (owner: owner, token: token)
        for shard in [leases, leases.replayed()] {
            #expect(shard.adjust(101, proof: proof) == "refused fenced")
            #expect(shard.setProductState(102, proof: proof) == "refused fenced")
            #expect(shard.setSaleState(103, proof: proof) == "refused fenced")
            #expect(shard.load(104, proof: proof) == "refused fenced")
        }
    }

    @Test func aBrokenLeaseFencesItsHolderAtOnce() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1)
        #expect(leases.adjust(1, proof: (owner: 1, token: 1)) == "adjusted 11")
        #expect(leases.release("sale-1", 9, breaks: true) == "released from h1")
        // In the same millisecond, and before anybody came after.
        self.expectFenced(leases, owner: 1, token: 1)
        #expect(leases.renew("sale-1", 1) == "lost")
        #expect(leases.adjust(2) == "adjusted 12")
        // The very owner may take it again: under another token.
        #expect(leases.acquire("sale-1", 1) == "held 2")
        self.expectFenced(leases, owner: 1, token: 1)
        #expect(leases.adjust(3, proof: (owner: 1, token: 2)) == "adjusted 13")
        #expect(leases.violations == [])
    }

    @Test func aLeaseThatIsBrokenForTheNextInLineFencesItsHolderAtOnce() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1)
        leases.acquire("sale-1", 2, wait: 1_000)
        leases.release("sale-1", 9, breaks: true)
        #expect(leases.settled() == ["1 held 2"])
        self.expectFenced(leases, owner: 1, token: 1)
        #expect(leases.adjust(1, proof: (owner: 2, token: 2)) == "adjusted 11")
    }

    @Test func aLapsedLeaseFencesItsHolderAtItsDeadline() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1, ttl: 100)
        leases.now += 99
        #expect(leases.adjust(1, proof: (owner: 1, token: 1)) == "adjusted 11")
        // At its deadline, whether or not the lapse was journaled yet.
        leases.now += 1
        self.expectFenced(leases, owner: 1, token: 1)
        leases.pass(60_000)
        self.expectFenced(leases, owner: 1, token: 1)
        #expect(leases.renew("sale-1", 1) == "lost")
    }

    @Test func aLeaseThatWasGivenBackProvesNothing() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1)
        leases.release("sale-1", 1)
        self.expectFenced(leases, owner: 1, token: 1)
        #expect(leases.adjust(1) == "adjusted 11")
    }

    @Test func aProofOfALeaseThatNeverWasProvesNothing() {
        let leases = LeaseHarness.withSale()
        self.expectFenced(leases, owner: 1, token: 0)
        self.expectFenced(leases, owner: 1, token: 1)
        // A sale that nobody can have leased, as it does not exist.
        let chunk = leases.load(50, into: "sale-2", proof: (owner: 1, token: 1))
        #expect(chunk == "refused fenced")
        #expect(leases.load(50, into: "sale-2") == "committed")
        // Free names are no sale's: a token of theirs proves nothing here.
        #expect(leases.acquire("a", 1) == "held 1")
        self.expectFenced(leases, owner: 1, token: 1)
    }

    @Test func aProlongedLeaseIsGoodToItsNewDeadline() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1, ttl: 100)
        leases.now += 50
        #expect(leases.renew("sale-1", 1, ttl: 200) == "held 1 +200")
        leases.now += 199
        #expect(leases.replayed().adjust(1, proof: (owner: 1, token: 1)) == "adjusted 11")
        #expect(leases.adjust(1, proof: (owner: 1, token: 1)) == "adjusted 11")
        leases.now += 1
        self.expectFenced(leases, owner: 1, token: 1)
    }

    @Test func aKnownRequestIsAnsweredBeforeTheFence() {
        let leases = LeaseHarness.withSale()
        #expect(leases.adjust(1) == "adjusted 11")
        #expect(leases.load(2) == "committed")
        leases.acquire("sale-1", 1)
        #expect(leases.adjust(1) == "adjusted 11 replayed")
        #expect(leases.load(2) == "committed replayed")
        #expect(leases.adjust(3) == "refused fenced")
    }
}
