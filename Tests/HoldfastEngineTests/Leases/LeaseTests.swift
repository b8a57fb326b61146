import Testing

@testable import HoldfastEngine

/// Who holds a lease, for how long, and who is next.
@Suite struct LeaseTests {
    @Test func oneHoldsAndTheOtherIsToldWho() {
        let leases = LeaseHarness.withSale()
        for name in ["sale-1", "any name"] {
            let first = leases.acquire(name, 1)
            #expect(first.hasPrefix("held "))
            #expect(leases.acquire(name, 1) == "\(first) replayed")
            #expect(leases.acquire(name, 2) == "heldByAnother by h1")
            #expect(leases.release(name, 2) == "released")
            #expect(leases.acquire(name, 2) == "heldByAnother by h1")
            #expect(leases.release(name, 1) == "released")
            #expect(leases.release(name, 1) == "released")
            #expect(leases.acquire(name, 2).hasPrefix("held "))
            #expect(leases.violations == [])
        }
        #expect(leases.acquire("sale-9", 1) == "saleNotFound")
        #expect(leases.renew("sale-9", 1) == "saleNotFound")
        #expect(leases.release("sale-9", 1) == "saleNotFound")
    }

    @Test func tokensOfAShardOnlyGrow() {
        let leases = LeaseHarness.withSale()
        #expect(leases.acquire("a", 1) == "held 1")
        #expect(leases.acquire("b", 1) == "held 2")
        #expect(leases.release("a", 1) == "released")
        #expect(leases.acquire("sale-1", 1) == "held 3")
        #expect(leases.acquire("a", 1) == "held 4")
        leases.pass(5_000)
        #expect(leases.acquire("b", 2) == "held 5")
    }

    @Test func aLeaseLivesUntilItsDeadlineAndNotAtIt() {
        let leases = LeaseHarness()
        #expect(leases.acquire("a", 1, ttl: 100) == "held 1")
        #expect(leases.nextDeadline == leases.now + 100)
        // Without the shard's own expiry: every operation compares with now.
        leases.now += 99
        #expect(leases.acquire("a", 2) == "heldByAnother by h1")
        leases.now += 1
        #expect(leases.renew("a", 1) == "lost")
        #expect(leases.acquire("a", 2, ttl: 100) == "held 2")
        leases.pass(100)
        #expect(leases.indexCount == 0)
        #expect(leases.nextDeadline == .max)
        #expect(leases.violations == [])
    }

    @Test func renewingMovesTheDeadlineOfTheHolderAlone() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1, ttl: 200)
        leases.pass(150)
        #expect(leases.renew("sale-1", 1) == "held 1 +200")
        #expect(leases.renew("sale-1", 2) == "lost")
        leases.pass(150)
        #expect(leases.renew("sale-1", 1, ttl: 1_000) == "held 1 +1000")
        leases.pass(999)
        #expect(leases.acquire("sale-1", 2) == "heldByAnother by h1")
        leases.pass(1)
        #expect(leases.renew("sale-1", 1) == "lost")
    }

    @Test func breakingTakesItFromWhoeverHoldsIt() {
        let leases = LeaseHarness()
        leases.acquire("a", 1)
        leases.acquire("a", 2, wait: 1_000)
        #expect(leases.release("a", 9, breaks: true) == "released from h1")
        #expect(leases.settled() == ["1 held 2"])
        #expect(leases.renew("a", 1) == "lost")
        #expect(leases.release("b", 9, breaks: true) == "released")
    }

    @Test func whoWaitsIsServedInOrder() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 1, ttl: 1_000)
        #expect(leases.acquire("sale-1", 2, ttl: 500, wait: 10_000) == "waiting 1")
        #expect(leases.acquire("sale-1", 3, wait: 10_000) == "waiting 2")
        #expect(leases.acquire("sale-1", 4, wait: 10_000) == "waiting 3")
        #expect(leases.settled() == [])
        leases.release("sale-1", 1)
        #expect(leases.settled() == ["1 held 2"])
        #expect(leases.acquire("sale-1", 9) == "heldByAnother by h2")
        #expect(leases.pass(499) == [])
        #expect(leases.pass(1) == ["2 held 3"])
        #expect(leases.withdraw(3))
        #expect(!leases.withdraw(3))
        leases.release("sale-1", 3)
        #expect(leases.settled() == [])
        #expect(leases.acquire("sale-1", 9) == "held 4")
        #expect(leases.violations == [])
    }

    @Test func aNewcomerDoesNotOvertakeTheLine() {
        let leases = LeaseHarness()
        leases.acquire("a", 1, ttl: 100)
        leases.acquire("a", 2, wait: 1_000)
        leases.now += 100
        #expect(leases.acquire("a", 3) == "heldByAnother by h2")
        #expect(leases.settled() == ["1 held 2"])
    }

    @Test func whoWaitedInVainIsToldWhoHoldsIt() {
        let leases = LeaseHarness()
        leases.acquire("a", 1)
        leases.acquire("a", 2, wait: 200)
        leases.acquire("a", 3, wait: 100)
        #expect(leases.nextDeadline == leases.now + 100)
        #expect(leases.pass(99) == [])
        #expect(leases.pass(1) == ["2 heldByAnother by h1"])
        #expect(leases.pass(100) == ["1 heldByAnother by h1"])
        #expect(leases.waiterCount == 0)
    }

    @Test func aWaiterWhoseTimeIsOverIsPassedBy() {
        let leases = LeaseHarness()
        leases.acquire("a", 1)
        leases.acquire("a", 2, wait: 100)
        leases.acquire("a", 3, wait: 1_000)
        leases.now += 100
        leases.release("a", 1)
        #expect(Set(leases.settled()) == ["1 heldByAnother by h1", "2 held 2"])
    }

    @Test func anOwnerStandsInLineOnce() {
        let leases = LeaseHarness()
        leases.acquire("a", 1)
        leases.acquire("a", 2, wait: 1_000)
        leases.acquire("a", 3, wait: 1_000)
        #expect(leases.acquire("a", 2, wait: 2_000) == "waiting 3")
        #expect(leases.waiterCount == 2)
        // The older call hears that it got nothing; the newer one has its place.
        #expect(leases.settled() == ["1 heldByAnother by h1"])
        leases.release("a", 1)
        #expect(leases.settled() == ["3 held 2"])
        #expect(leases.acquire("a", 2) == "held 2 replayed")
        // Giving back what one still waits for leaves the line.
        leases.release("a", 3)
        #expect(leases.settled() == ["2 heldByAnother by h2"])
    }

    @Test func theLineIsBounded() {
        let leases = LeaseHarness()
        leases.acquire("a", 0)
        for owner in 1...EngineLimits.leaseWaitersMax {
            #expect(leases.acquire("a", owner, wait: 1_000) == "waiting \(owner)")
        }
        #expect(leases.acquire("a", 5_000, wait: 1_000) == "refused leaseQueueFull")
        #expect(leases.acquire("a", 5_000) == "heldByAnother by h0")
        #expect(leases.acquire("a", 7, wait: 1_000) == "waiting 1025")
        #expect(leases.pass(1_000).count == EngineLimits.leaseWaitersMax + 1)
        #expect(leases.waiterCount == 0)
    }

    @Test func aStormOfAThousandIsServedInOrderWithGrowingTokens() {
        let leases = LeaseHarness.withSale()
        leases.acquire("sale-1", 0, ttl: 100)
        for owner in 1...1_000 { leases.acquire("sale-1", owner, ttl: 100, wait: 300_000) }
        var served: [UInt64] = []
        var tokens: [UInt64] = []
        for round in 0..<1_000 {
            // Some give it back, some sleep through their deadline.
            if round % 3 == 0 { leases.release("sale-1", round) } else { leases.pass(0) }
            leases.now += round % 3 == 0 ? 0 : 100
            _ = leases.acquire("sale-1", 9_999)
            for end in leases.settledWaiters() {
                #expect(end.result == .held)
                served.append(end.ticket)
                tokens.append(end.fencingToken)
            }
        }
        #expect(served == (1...1_000).map(UInt64.init))
        #expect(tokens == (2...1_001).map(UInt64.init))
        #expect(leases.violations == [])
    }

    @Test func aMillionReleasedNamesLeaveNothing() {
        let leases = LeaseHarness()
        leases.keepsEvents = false
        for number in 0..<1_000 {
            leases.acquire("name-\(number)", 1)
            leases.release("name-\(number)", 1)
        }
        let before = leases.tableBytes
        for number in 0..<1_000_000 {
            let held = leases.acquire("other-\(number)", 1)
            if !held.hasPrefix("held ") { Issue.record("\(held)") }
            leases.release("other-\(number)", 1)
            if number % 512 == 0 { leases.forgetBytes() }
        }
        #expect(leases.tableBytes == before)
        #expect(leases.indexCount == 0)
        #expect(leases.violations == [])
    }

    @Test func replayComesToTheSameLeasesAndGoesOnBehindTheSameToken() {
        let live = LeaseHarness.withSale()
        var random = SplitMix64(seed: 7)
        for _ in 0..<3_000 {
            let name = ["sale-1", "a", "b", "c", "d"][Int(random.next() % 5)]
            let owner = Int(random.next() % 6)
            switch random.next() % 8 {
            case 0...3:
                live.acquire(
                    name, owner, ttl: 100 + Int64(random.next() % 900),
                    wait: Int64(random.next() % 3) * 200)
            case 4: live.renew(name, owner)
            case 5: live.release(name, owner)
            case 6: live.release(name, owner, breaks: true)
            default: live.pass(Int64(random.next() % 300))
            }
        }
        #expect(live.violations == [])
        let copy = live.replayed()
        #expect(copy.violations == [])
        for name in ["sale-1", "a", "b", "c", "d"] {
            // Who asks learns the holder, or gets the next token: both shards must say the same.
            for shard in [live, copy] { _ = shard.settled() }
            #expect(live.acquire(name, 77) == copy.acquire(name, 77))
        }
        #expect(live.acquire("new", 1) == copy.acquire("new", 1))
        #expect(live.nextDeadline <= copy.nextDeadline)
        #expect(MemoryLayout<Command>.size <= 184)
        #expect(MemoryLayout<LeaseRecord>.stride == 256)
    }
}
