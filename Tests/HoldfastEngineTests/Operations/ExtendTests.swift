import HoldfastEngine
import Testing

/// Extend: once a reservation, added to its deadline.
@Suite
struct ExtendTests {
    @Test
    func theDeadlineMovesOnceAndAgainIsTheSameAnswer() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 1], request: 1, hold: 5_000)
        harness.now += 1_000
        let answer = try harness.extend(.id(held.reservation), by: 3_000)
        #expect(
            answer
                == ExtendAnswer(
                    result: .extended, reservation: held.reservation,
                    deadline: held.deadline + 3_000, state: .held))
        for again in [Int64(3_000), 9_000, 0] {
            let replay = try harness.extend(.request(1), by: again)
            #expect(replay.result == .extended)
            #expect(replay.replayed)
            #expect(replay.deadline == held.deadline + 3_000)
        }
        harness.wait(6_999)
        #expect(try harness.get(.request(1)).state == .held)
        #expect(try harness.get(.request(1)).extended)
        harness.wait(1)
        #expect(try harness.get(.request(1)).state == .expired)
        harness.expectInvariants()
    }

    @Test
    func zeroTakesTheSalesHoldTime() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 1], request: 1, hold: 5_000)
        #expect(try harness.extend(.request(1)).deadline == held.deadline + 600_000)
    }

    @Test
    func whatIsNotHeldAnyMoreIsNotExtended() throws {
        let harness = try EngineHarness.open()
        for number in 1...4 {
            try harness.reserve("u\(number)", ["a": 1], request: number, hold: 5_000)
        }
        try harness.extend(.request(1), by: 1_000)
        try harness.confirm(.request(1))
        try harness.cancel(.request(2))
        _ = harness.run(.release("u3", blacklisted: true))
        harness.now += 5_000
        let states: [ReservationState] = [.confirmed, .cancelled, .released, .expired]
        for (index, state) in states.enumerated() {
            let answer = try harness.extend(.request(index + 1), by: 1_000)
            #expect(answer.result == .notHeld)
            #expect(answer.state == state)
            #expect(!answer.replayed)
        }
        #expect(try harness.product("a").counts == "9+0+1")
    }

    @Test
    func anExtendedHoldIsGivenBackAtItsNewDeadlineThoughOthersLapseBefore() throws {
        let harness = try EngineHarness.open()
        for number in 1...6 {
            try harness.reserve(
                "u\(number)", ["a": 1], request: number, hold: 1_000 * Int64(number))
        }
        try harness.extend(.request(1), by: 5_500)
        let counts = ["4+6+0", "5+5+0", "6+4+0", "7+3+0", "8+2+0", "9+1+0"]
        for count in counts {
            #expect(try harness.product("a").counts == count)
            harness.wait(1_000)
            harness.expectInvariants()
            if count == "4+6+0" {
                #expect(try harness.product("a").counts == "4+6+0")
                harness.wait(1_000)
            }
        }
        #expect(try harness.get(.request(1)).state == .expired)
    }

    @Test
    func anUnknownSaleOrReservationIsNotFound() throws {
        let harness = try EngineHarness.open()
        #expect(try harness.extend(.request(9)).result == .notFound)
        #expect(try harness.extend(.request(9), in: "nowhere").result == .notFound)
    }
}
