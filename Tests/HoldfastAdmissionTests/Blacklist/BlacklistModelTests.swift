import HoldfastAdmission
import Testing

/// The tables against a list that is searched from end to end, over random histories of overlapping ranges.
@Suite struct BlacklistModelTests {
    private static func address(_ random: inout SplitMix64) -> NetworkAddress {
        // A small world, so that ranges overlap and addresses hit.
        let bits = random.next()
        if bits % 2 == 0 {
            return NetworkAddress(
                ipv4: 0x0a00_0000 | UInt32(truncatingIfNeeded: bits >> 8) & 0x3_0307)
        }
        let high = UInt128(0x2001_0db8_0000_0000 | (bits >> 8) & 0x3_0001)
        return NetworkAddress(bits: high << 64 | UInt128((bits >> 40) & 7))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func answersAreThoseOfAPlainSearch(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var list = try BlacklistKit.make(512)
        var reference: [BlacklistEntry] = []
        var now = RiskKit.start
        var hits = 0
        for step in 0..<15_000 {
            now += Int64(random.next() % 3)
            let address = Self.address(&random)
            switch random.next() % 8 {
            case 0, 1:
                let least = address.isIPv4 ? 96 : 0
                let depth = least + Int(random.next() % UInt64(129 - least))
                let value = BlacklistValue.network(
                    NetworkRange(containing: address, depth: depth))
                let expires =
                    random.next() % 4 == 0 ? nil : now + 1 + Int64(random.next() % 1_000)
                guard list.count < 500 else { continue }
                let outcome = try list.add(
                    BlacklistKit.entry(value, expires: expires), now: now)
                reference.removeAll { $0.value == value }
                switch outcome {
                case .added(let id), .replaced(let id, _):
                    let added = list.entry(id: id)
                    reference.append(try #require(added))
                case .kept: Issue.record("nothing was to be kept")
                }
            case 2:
                guard !reference.isEmpty else { continue }
                let gone = reference.remove(at: Int(random.next() % UInt64(reference.count)))
                let removed = list.remove(id: gone.id)
                #expect(removed == gone)
            case 3:
                list.removeExpired(now: now, recordCount: 16)
                reference.removeAll { $0.isLapsed(at: now) && list.entry(id: $0.id) == nil }
            default:
                let best = reference.filter { entry in
                    guard case .network(let range) = entry.value else { return false }
                    return range.contains(address) && !entry.isLapsed(at: now)
                }.max { left, right in
                    guard case .network(let one) = left.value,
                        case .network(let two) = right.value
                    else { return false }
                    return one.depth < two.depth
                }
                let found = list.match(address, now: now)?.entryID
                guard found == best?.id else {
                    Issue.record(
                        "seed \(seed), step \(step): \(address) \(found as Any), \(best as Any)")
                    return
                }
                if found != nil { hits += 1 }
            }
            guard list.count == reference.count else {
                Issue.record("seed \(seed), step \(step): \(list.count) of \(reference.count)")
                return
            }
        }
        #expect(hits > 500)
        #expect(list.list(countMax: 1_000).map(\.id) == reference.map(\.id).sorted())
    }
}
