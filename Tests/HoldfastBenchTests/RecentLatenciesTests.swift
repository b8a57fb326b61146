import Testing

@testable import holdfast_bench

@Suite struct RecentLatenciesTests {
    @Test func percentilesAreAtMostOnePercentAboveTheTrueOnes() {
        var histogram = RecentLatencies()
        var random = RandomSource(seed: 7)
        var values: [UInt64] = []
        for _ in 0..<100_000 {
            // Spread over seven powers of ten, as latencies are.
            let value = random.next(below: 1000) << random.next(below: 20)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for fraction in [0.001, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[Int((Double(values.count) * fraction).rounded(.up)) - 1]
            let found = histogram.value(atFraction: fraction)
            #expect(found >= exact, "\(fraction)")
            #expect(Double(found) <= Double(exact) * 1.01, "\(fraction)")
        }
        let maximum = histogram.maximum
        #expect(maximum == values.last)
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 257, 511, 512, 1 << 40, UInt64.max])
    func aSingleValueIsGivenBackExactly(value: UInt64) {
        var histogram = RecentLatencies()
        histogram.record(value)
        let found = histogram.value(atFraction: 0.5)
        #expect(found == value)
    }

    @Test func aClearedOneIsEmpty() {
        var recent = RecentLatencies()
        recent.record(5)
        recent.clear()
        let (count, maximum, median) = (recent.count, recent.maximum, recent.value(atFraction: 0.5))
        #expect(count == 0 && maximum == 0 && median == 0)
    }
}
