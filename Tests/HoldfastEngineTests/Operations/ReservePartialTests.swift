import HoldfastEngine
import Testing

/// `allow_partial`: each product, in request order, gets min(asked, left, the buyer's limit left).
@Suite
struct ReservePartialTests {
    @Test
    func eachLineSaysWhatClippedIt() throws {
        let harness = try EngineHarness.open(limitB: 4, purchases: [PurchaseInput("u1", "b", 1)])
        let answer = try harness.reserve("u1", ["a": 12, "b": 5], partial: true)
        #expect(answer.result == .reserved)
        #expect(
            answer.lines == [
                line("a", granted: 10, left: 0, used: 10, price: 100, .soldOut),
                line("b", granted: 3, left: 17, used: 4, limit: 4, price: 250, .limitExceeded),
            ])
        harness.expectInvariants()
    }

    @Test
    func whenLimitAndStockClipEquallyTheLimitIsNamed() throws {
        let harness = try EngineHarness.open(limitA: 10)
        let answer = try harness.reserve("u1", ["a": 11], partial: true)
        #expect(answer.lines.map(\.granted) == [10])
        #expect(answer.lines.map(\.outcome) == [.limitExceeded])
    }

    @Test
    func whenStockClipsMoreThanTheLimitSoldOutIsNamed() throws {
        let harness = try EngineHarness.open(limitA: 11)
        let answer = try harness.reserve("u1", ["a": 12], partial: true)
        #expect(answer.lines.map(\.granted) == [10])
        #expect(answer.lines.map(\.outcome) == [.soldOut])
    }

    @Test
    func aLineMayGetNothingWhileAnotherGetsSome() throws {
        let harness = try EngineHarness.open(limitA: 2, purchases: [PurchaseInput("u1", "a", 2)])
        let answer = try harness.reserve("u1", ["a": 1, "b": 1], partial: true)
        #expect(answer.result == .reserved)
        #expect(
            answer.lines == [
                line("a", granted: 0, left: 10, used: 2, limit: 2, price: 100, .limitExceeded),
                line("b", granted: 1, left: 19, used: 1, price: 250, .reserved),
            ])
        let confirmed = try harness.confirm(.id(answer.reservation))
        #expect(confirmed.lines.filter { $0.quantity > 0 } == [sold("b", 1, price: 250)])
        harness.expectInvariants()
    }

    @Test
    func theSalesLimitIsSpentInRequestOrder() throws {
        let harness = try EngineHarness.open(saleLimit: 5)
        let answer = try harness.reserve("u1", ["b": 4, "a": 4], partial: true)
        #expect(answer.lines.map(\.granted) == [4, 1])
        #expect(answer.lines.map(\.outcome) == [.reserved, .limitExceeded])
        #expect(answer.saleUsed == 5)
    }

    @Test
    func whenNothingIsLeftForAnyTheCallIsRefused() throws {
        let limited = try EngineHarness.open(saleLimit: 1, purchases: [PurchaseInput("u1", "a", 1)])
        let answer = try limited.reserve("u1", ["a": 1, "b": 1], partial: true)
        #expect(answer.result == .limitExceeded)
        #expect(answer.lines.map(\.granted) == [0, 0])
        #expect(answer.lines.map(\.outcome) == [.limitExceeded, .limitExceeded])
        let empty = try EngineHarness.open(unitsA: 0)
        let soldOut = try empty.reserve("u1", ["a": 1], partial: true)
        #expect(soldOut.result == .soldOut)
        #expect(soldOut.lines == [line("a", left: 0, used: 0, price: 100, .soldOut)])
    }

    @Test
    func oneLimitedLineMakesAnEmptyGrantLimitExceeded() throws {
        let harness = try EngineHarness.open(
            limitB: 1, unitsA: 0, purchases: [PurchaseInput("u1", "b", 1)])
        let answer = try harness.reserve("u1", ["a": 1, "b": 1], partial: true)
        #expect(answer.result == .limitExceeded)
        #expect(answer.lines.map(\.outcome) == [.soldOut, .limitExceeded])
    }

    @Test
    func aReplayShowsTheFirstGrantsAndTheirReasons() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 12], request: 1, partial: true)
        try harness.expect(.adjust("a", by: 50, request: 2), "adjusted")
        let again = try harness.reserve("u1", ["a": 12], request: 1, partial: true)
        #expect(again.replayed)
        #expect(again.lines == [line("a", granted: 10, left: 50, used: 10, price: 100, .soldOut)])
    }

    @Test
    func aLoweredLimitThatIsOverdrawnGrantsNothingAndNeverLess() throws {
        let harness = try EngineHarness.open(limitA: 9)
        try harness.expect(.reserve("u1", ["a": 5], request: 1), "reserved", "5+5+0")
        try harness.preload([ProductInput("a", 0, price: 100, limit: 3)], configuration: nil)
        let answer = try harness.reserve("u1", ["a": 2], partial: true)
        #expect(answer.result == .limitExceeded)
        #expect(answer.lines == [line("a", left: 5, used: 5, limit: 3, price: 100, .limitExceeded)])
        harness.expectInvariants()
    }
}
