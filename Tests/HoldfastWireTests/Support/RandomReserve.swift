/// Bodies of Reserve: as clients write them, odd ones, and broken ones.
enum RandomReserve {
    private static let products = ["sku-1", "sku-2", "a", "product-with-a-rather-long-name-0001"]
    private static let oddTexts = [
        "", "é", "件", "a\u{7F}", "a\nb", "\u{85}", "😀😀😀", String(repeating: "x", count: 64),
        String(repeating: "y", count: 65), String(repeating: "é", count: 32), "a\u{0}b",
    ]
    private static let oddNumbers: [Int64] = [
        0, 1, -1, 999, 1_000, 14_400_000, 14_400_001, 1_000_000, 1_000_001, .max, .min, 1 << 49,
        (1 << 49) - 1, 16_725_225_600_000, 16_725_225_600_001,
    ]
    private static let addresses = [
        "10.0.0.1", "255.255.255.255", "2001:db8::1", "::", "::ffff:1.2.3.4",
    ]

    /// What a client's library writes: every field once, in order, with good values.
    static func usualBody(_ generator: inout Generator) -> [UInt8] {
        var body = ProtoBody().data(1, Self.requestID(&generator)).text(2, "sale-1")
            .text(3, "user-\(generator.below(1_000_000))")
        for _ in 0...generator.below(5) {
            let product = Self.products[generator.below(Self.products.count)]
            body = body.message(4, line(product, 1 + Int64(generator.below(3_000))))
        }
        if generator.chance(30) { body = body.number(5, 1_000 + Int64(generator.below(600_000))) }
        if generator.chance(50) { body = body.message(6, Self.client(&generator)) }
        if generator.chance(20) {
            body = body.text(7, String(repeating: "s", count: 1 + generator.below(600)))
        }
        if generator.chance(20) { body = body.varint(8, 1) }
        if generator.chance(30) { body = body.text(9, "order-\(generator.below(99_999))") }
        return body.bytes
    }

    /// Fields in any order, some odd, some missing, some doubled.
    static func body(_ generator: inout Generator) -> [UInt8] {
        let oddness = [0, 0, 3, 10][generator.below(4)]
        var fields: [ProtoBody] = []
        func odd() -> Bool { generator.chance(oddness) }
        if !odd() { fields.append(ProtoBody().data(1, Self.requestID(&generator))) }
        if odd() { fields.append(ProtoBody().data(1, [UInt8](repeating: 0, count: 16))) }
        fields.append(ProtoBody().text(2, odd() ? Self.oddText(&generator) : "sale-1"))
        fields.append(ProtoBody().text(3, odd() ? Self.oddText(&generator) : "user-1"))
        let lineCount = odd() ? generator.below(40) : 1 + generator.below(6)
        for index in 0..<lineCount {
            var product = Self.products[generator.below(Self.products.count)]
            if odd() { product = Self.oddText(&generator) }
            if generator.chance(oddness * 2) { product += "-\(index)" }
            let quantity = odd() ? Self.oddNumber(&generator) : 1 + Int64(generator.below(500))
            var body = line(product, quantity)
            if odd() { body = ProtoBody().number(2, quantity).text(1, product) }
            if odd() { body = body.varint(9, 1) }
            fields.append(ProtoBody().message(4, body))
        }
        if generator.chance(30) {
            fields.append(ProtoBody().number(5, odd() ? Self.oddNumber(&generator) : 60_000))
        }
        if generator.chance(40) {
            var client = Self.client(&generator)
            if odd() { client = client.text(1, "not an address") }
            if odd() { client = ProtoBody().text(2, Self.oddText(&generator)) }
            if odd() { client = ProtoBody().number(3, Self.oddNumber(&generator)) }
            if odd() {
                client = ProtoBody().text(4, String(repeating: "i", count: generator.below(200)))
            }
            fields.append(ProtoBody().message(6, client))
        }
        if generator.chance(20) {
            fields.append(
                ProtoBody().text(7, String(repeating: "s", count: generator.below(1_100))))
        }
        if generator.chance(20) {
            fields.append(ProtoBody().varint(8, odd() ? 2 : UInt64(generator.below(2))))
        }
        if generator.chance(20) {
            fields.append(ProtoBody().text(9, odd() ? Self.oddText(&generator) : "order-1"))
        }
        if odd() { fields.append(ProtoBody().varint(77, 5)) }
        if odd() { fields.append(fields[generator.below(fields.count)]) }
        if generator.chance(20) { fields.shuffle(using: &generator) }
        return fields.flatMap(\.bytes)
    }

    /// Changes, drops, doubles or moves a few bytes.
    static func mutate(_ body: inout [UInt8], _ generator: inout Generator) {
        guard !body.isEmpty else { return }
        let index = generator.below(body.count)
        switch generator.below(7) {
        case 0: body[index] ^= 1 << UInt8(generator.below(8))
        case 1: body[index] = UInt8(truncatingIfNeeded: generator.next())
        case 2: body.remove(at: index)
        case 3: body.insert(UInt8(truncatingIfNeeded: generator.next()), at: index)
        case 4: body.removeSubrange(index...)
        case 5: body += body[index..<min(index + 1 + generator.below(12), body.count)]
        // A number in a longer form than it needs.
        default:
            if body[index] < 0x80 {
                body[index] |= 0x80
                body.insert(0, at: index + 1)
            }
        }
    }

    private static func requestID(_ generator: inout Generator) -> [UInt8] {
        (0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private static func client(_ generator: inout Generator) -> ProtoBody {
        var client = ProtoBody().text(1, Self.addresses[generator.below(Self.addresses.count)])
        if generator.chance(50) { client = client.text(2, "device-\(generator.below(999))") }
        if generator.chance(50) {
            client = client.number(3, 1_700_000_000_000 + Int64(generator.below(1_000_000)))
        }
        if generator.chance(20) {
            client = client.text(4, String(repeating: "f", count: 1 + generator.below(128)))
        }
        return client
    }

    private static func oddText(_ generator: inout Generator) -> String {
        Self.oddTexts[generator.below(Self.oddTexts.count)]
    }

    private static func oddNumber(_ generator: inout Generator) -> Int64 {
        Self.oddNumbers[generator.below(Self.oddNumbers.count)]
    }
}
