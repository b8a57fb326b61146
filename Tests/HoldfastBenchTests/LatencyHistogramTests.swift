import Testing

@testable import holdfast_bench

@Suite struct LatencyHistogramTests {
    @Test func percentilesAreAtMostAThousandthAboveTheTrueOnes() {
        var histogram = LatencyHistogram()
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
            #expect(Double(found) <= Double(exact) * 1.001, "\(fraction)")
        }
        let maximum = histogram.maximum
        #expect(maximum == values.last)
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 257, 511, 512, 1 << 40])
    func aSingleValueIsGivenBackExactly(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(value)
        let found = histogram.value(atFraction: 0.5)
        #expect(found == value)
    }

    @Test func whatIsLongerThanAnHourCountsAsOne() {
        var histogram = LatencyHistogram()
        histogram.record(.max)
        let (found, count) = (histogram.value(atFraction: 0.5), histogram.count)
        #expect(count == 1)
        #expect(abs(Double(found) / Double(LatencyHistogram.nanosecondsMax) - 1) < 0.001)
    }

    @Test func aClearedOneIsEmpty() {
        var histogram = LatencyHistogram()
        histogram.record(5)
        histogram.clear()
        let (count, maximum, median) = (
            histogram.count, histogram.maximum, histogram.value(atFraction: 0.5)
        )
        #expect(count == 0 && maximum == 0 && median == 0)
    }
}
