import CHoldfastProto
import HoldfastEngine
import HoldfastWire
import Testing

/// The hand-written encoder against protobuf-c: the same bytes for every answer.
@Suite struct ReserveEncoderTests {
    private static let interesting: [Int64] = [
        0, 1, 2, 127, 128, 16_383, 16_384, 1_700_000_000_000, .max, -1, .min,
    ]

    private static func number(_ generator: inout Generator) -> Int64 {
        generator.chance(50)
            ? Self.interesting[generator.below(Self.interesting.count)]
            : Int64(bitPattern: generator.next() >> UInt64(generator.below(64)))
    }

    private static func random(_ generator: inout Generator) -> (ReserveOutcome, [LineResult]) {
        var outcome = ReserveOutcome(
            result: ReserveResult(rawValue: UInt8(generator.below(14)))!,
            reservationID: ReservationID(rawValue: generator.chance(30) ? 0 : generator.next()))
        outcome.deadlineMilliseconds = Self.number(&generator)
        outcome.replayed = generator.chance(50)
        outcome.state = ReservationState(rawValue: UInt8(generator.below(8)))!
        outcome.startsInMilliseconds = Self.number(&generator)
        outcome.saleUsed = Self.number(&generator)
        outcome.saleLimit = Self.number(&generator)
        outcome.lineCount = generator.below(17)
        let lines = (0..<outcome.lineCount).map { _ in
            let id = String(repeating: "p", count: 1 + generator.below(64))
            var line = LineResult(productID: view(id))
            line.granted = Self.number(&generator)
            line.left = Self.number(&generator)
            line.used = Self.number(&generator)
            line.limit = Self.number(&generator)
            line.priceMinor = Self.number(&generator)
            line.outcome = ReserveResult(rawValue: UInt8(generator.below(14)))!
            return line
        }
        return (outcome, lines)
    }

    /// What protobuf-c packs for the same answer.
    private static func oracle(_ outcome: ReserveOutcome, _ lines: [LineResult]) -> [UInt8] {
        var strings: [UnsafeMutablePointer<CChar>] = []
        var packedLines: [UnsafeMutablePointer<Holdfast__V1__ReservedLine>?] = []
        defer {
            for string in strings { string.deallocate() }
            for line in packedLines { line?.deallocate() }
        }
        for line in lines {
            let id = UnsafeMutablePointer<CChar>.allocate(capacity: line.productID.count + 1)
            for index in 0..<line.productID.count {
                id[index] = CChar(bitPattern: line.productID[index])
            }
            id[line.productID.count] = 0
            strings.append(id)
            let packed = UnsafeMutablePointer<Holdfast__V1__ReservedLine>.allocate(capacity: 1)
            holdfast__v1__reserved_line__init(packed)
            packed.pointee.product_id = id
            packed.pointee.granted = line.granted
            packed.pointee.left = line.left
            packed.pointee.used = line.used
            packed.pointee.limit = line.limit
            packed.pointee.price_minor = line.priceMinor
            packed.pointee.outcome = .init(UInt32(line.outcome.rawValue))
            packedLines.append(packed)
        }
        var message = Holdfast__V1__ReserveResponse()
        holdfast__v1__reserve_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.reservation_id = outcome.reservationID.rawValue
        message.deadline_ms = outcome.deadlineMilliseconds
        message.replayed = outcome.replayed ? 1 : 0
        message.state = .init(UInt32(outcome.state.rawValue))
        message.starts_in_ms = outcome.startsInMilliseconds
        message.sale_used = outcome.saleUsed
        message.sale_limit = outcome.saleLimit
        return packedLines.withUnsafeMutableBufferPointer { packedLines in
            message.n_lines = packedLines.count
            message.lines = packedLines.baseAddress
            let byteCount = holdfast__v1__reserve_response__get_packed_size(&message)
            return [UInt8](unsafeUninitializedCapacity: byteCount + 1) { room, used in
                used = holdfast__v1__reserve_response__pack(&message, room.baseAddress!)
            }
        }
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func bytesAreThoseOfProtobufC(_ seed: UInt64) {
        var generator = Generator(seed: seed)
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        for round in 0..<5_000 {
            let (outcome, lines) = Self.random(&generator)
            let frame = Answers.frame(.reserve(outcome), lines: lines, callID: 77, &arena)
            let header = frame.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) }
            if Array(frame.dropFirst(16)) != Self.oracle(outcome, lines)
                || header.frameByteCount != frame.count || header.callID != 77
                || header.kind != 3 || header.methodOrCode != 0
            {
                Issue.record("seed \(seed) round \(round): \(outcome)")
            }
        }
    }

    @Test func theLargestAnswerFitsItsBound() {
        var outcome = ReserveOutcome(
            result: .reserved, reservationID: ReservationID(rawValue: .max))
        outcome.deadlineMilliseconds = -1
        outcome.replayed = true
        outcome.state = .held
        outcome.startsInMilliseconds = -1
        outcome.saleUsed = -1
        outcome.saleLimit = -1
        outcome.lineCount = 16
        var line = LineResult(productID: view(String(repeating: "p", count: 64)))
        line.granted = -1
        line.left = -1
        line.used = -1
        line.limit = -1
        line.priceMinor = -1
        line.outcome = .reserved
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let lines = [LineResult](repeating: line, count: 16)
        let frame = Answers.frame(.reserve(outcome), lines: lines, callID: 1, &arena)
        #expect(Array(frame.dropFirst(16)) == Self.oracle(outcome, lines))
    }
}
