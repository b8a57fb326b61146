import Testing

@testable import holdfast_bench

@Suite struct MethodMixTests {
    @Test func aMixIsReadInAnyOrder() throws {
        let mix = try MethodMix("get=10,reserve=70,cancel=5,confirm=15")
        #expect(mix.weights == [.reserve: 70, .confirm: 15, .cancel: 5, .get: 10])
        #expect(!mix.isReserveOnly)
        #expect(try MethodMix("reserve=1,get=0").isReserveOnly)
    }

    @Test(
        arguments: [
            "", "reserve", "reserve=", "reserve=-1", "reserve=1.5", "reserve=1,", "reserve=1=2",
            "Reserve=1", "extend=1,reserve=1", "reserve=1,reserve=1", "confirm=1",
            "reserve=0,get=1", "reserve=1000001",
        ])
    func aMixThatSaysNothingClearIsRefused(text: String) {
        #expect(throws: LoadError.self) { try MethodMix(text) }
    }

    @Test func methodsAreDrawnByTheirWeights() throws {
        let mix = try MethodMix("reserve=70,confirm=15,cancel=5,get=10")
        var random = RandomSource(seed: 3)
        var counts: [MethodMix.Method: Int] = [:]
        for _ in 0..<100_000 { counts[mix.method(&random), default: 0] += 1 }
        for (method, weight) in mix.weights {
            let share = Double(counts[method] ?? 0) / 1_000
            #expect(abs(share - Double(weight)) < 1, "\(method) \(share)")
        }
    }

    @Test func outcomesHaveTheirNames() {
        #expect(MethodMix.Method.reserve.outcomeName(12) == "SOLD_OUT")
        #expect(MethodMix.Method.confirm.outcomeName(2) == "REFUND_DUE")
        #expect(MethodMix.Method.cancel.outcomeName(3) == "ALREADY_CONFIRMED")
        #expect(MethodMix.Method.get.outcomeName(1) == "FOUND")
        #expect(MethodMix.Method.get.outcomeName(99) == "OUTCOME_99")
    }
}
