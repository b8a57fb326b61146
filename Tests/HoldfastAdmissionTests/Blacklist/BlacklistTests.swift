import HoldfastAdmission
import Testing

@Suite struct BlacklistTests {
    private let now = RiskKit.start

    @Test func aBuyerADeviceAndAnAddressAreBarredEachByItsOwnEntry() throws {
        var list = try BlacklistKit.make()
        _ = try list.add(BlacklistKit.entry(.user("eve")), now: self.now)
        _ = try list.add(BlacklistKit.entry(.device("rooted")), now: self.now)
        _ = try list.add(BlacklistKit.entry(BlacklistKit.range("198.51.100.0/24")), now: self.now)
        func match(_ user: String, _ device: String?, _ ip: String?) -> UInt64? {
            list.match(
                BlacklistKit.subject(user: user, device: device, ip: ip), now: self.now)?.entryID
        }
        #expect(match("ann", "phone", "203.0.113.7") == nil)
        #expect(match("eve", "phone", "203.0.113.7") == 1)
        #expect(match("ann", "rooted", "203.0.113.7") == 2)
        #expect(match("ann", "phone", "198.51.100.9") == 3)
        // The same bytes as another kind are another thing.
        #expect(match("rooted", "eve", "203.0.113.7") == nil)
        // All at once: the buyer's own entry is named.
        #expect(match("eve", "rooted", "198.51.100.9") == 1)
        // A service without address and device.
        #expect(match("ann", nil, nil) == nil)
        #expect(match("eve", nil, nil) == 1)
        // Bytes, not Unicode text: composed and decomposed are two buyers.
        _ = try list.add(BlacklistKit.entry(.user("caf\u{e9}")), now: self.now)
        #expect(match("caf\u{e9}", nil, nil) == 4)
        #expect(match("cafe\u{301}", nil, nil) == nil)
    }

    /// Entries (in this order), address, which entry must be named (1…, 0 none).
    static let overlaps: [(entries: [String], ip: String, hit: UInt64)] = [
        (["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"], "10.1.2.3", 4),
        (["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"], "10.1.2.4", 3),
        (["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"], "10.1.3.4", 2),
        (["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"], "10.2.3.4", 1),
        (["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32"], "11.2.3.4", 0),
        (["10.1.2.3/32", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8"], "10.1.2.3", 1),
        (["0.0.0.0/0", "192.0.2.0/25"], "192.0.2.127", 2),
        (["0.0.0.0/0", "192.0.2.0/25"], "192.0.2.128", 1),
        (["0.0.0.0/0"], "255.255.255.255", 1),
        (["0.0.0.0/0"], "2001:db8::1", 0),
        (["::/0"], "203.0.113.7", 0),
        (["::/0"], "2001:db8::1", 1),
        (["::/0", "2001:db8::/32"], "2001:db8::1", 2),
        (["::/0", "2001:db8::/32"], "2001:db9::1", 1),
        (["2000::/3", "2001:db8::/32", "2001:db8:1::/48"], "2001:db8:1::5", 3),
        (["2000::/3", "2001:db8::/32", "2001:db8:1::/48"], "2001:db8:2::5", 2),
        (["2000::/3", "2001:db8::/32", "2001:db8:1::/48"], "2a00::5", 1),
        (["2001:db8::/64", "2001:db8::1/128"], "2001:db8::1", 2),
        (["2001:db8::/64", "2001:db8::1/128"], "2001:db8::2", 1),
        (["2001:db8::/65"], "2001:db8::8000:0:0:1", 0),
        (["2001:db8::/65"], "2001:db8::7fff:0:0:1", 1),
        (["203.0.113.7/32"], "::ffff:203.0.113.7", 1),
        (["::ffff:203.0.113.0/120"], "203.0.113.99", 1),
        (["203.0.112.0/23"], "203.0.113.255", 1),
        (["203.0.112.0/23"], "203.0.114.0", 0),
        (["128.0.0.0/1"], "127.255.255.255", 0),
        (["128.0.0.0/1"], "128.0.0.0", 1),
        (["::/1"], "7fff::", 1),
        (["::/1"], "8000::", 0),
    ]

    @Test(arguments: overlaps)
    func theMostSpecificRangeIsNamed(_ row: (entries: [String], ip: String, hit: UInt64)) throws {
        var list = try BlacklistKit.make()
        for text in row.entries {
            _ = try list.add(BlacklistKit.entry(BlacklistKit.range(text)), now: self.now)
        }
        let address = try #require(NetworkAddress(row.ip))
        #expect((list.match(address, now: self.now)?.entryID ?? 0) == row.hit)
        // Taken out one by one, from the most specific on, the next one is named; at last none.
        var left = row.entries
        while let match = list.match(address, now: self.now) {
            let removed = list.remove(id: match.entryID)
            let gone = try #require(removed)
            left.removeAll { BlacklistKit.range($0) == gone.value }
        }
        for text in left {
            guard case .network(let range) = BlacklistKit.range(text) else { continue }
            #expect(!range.contains(address))
        }
    }

    @Test func anEntryLapsesToTheMillisecondAndTheWiderOneTakesOver() throws {
        var list = try BlacklistKit.make()
        _ = try list.add(
            BlacklistKit.entry(BlacklistKit.range("10.0.0.0/8"), expires: self.now + 200),
            now: self.now)
        _ = try list.add(
            BlacklistKit.entry(BlacklistKit.range("10.1.0.0/16"), expires: self.now + 100),
            now: self.now)
        let address = try #require(NetworkAddress("10.1.2.3"))
        let seen = [99, 100, 199, 200].map { list.match(address, now: self.now + $0)?.entryID }
        #expect(seen == [2, 1, 1, nil])
        #expect(list.count == 2)
        let early = list.removeExpired(now: self.now + 100, recordCount: 100)
        let late = list.removeExpired(now: self.now + 200, recordCount: 100)
        #expect(early == 1 && late == 1)
        #expect(list.count == 0)
        #expect(list.list(countMax: 10).isEmpty)
    }

    @Test func eachEntryOfASetHasItsOwnEnd() throws {
        var list = try BlacklistKit.make()
        for index in 0..<100 {
            _ = try list.add(
                BlacklistKit.entry(.user("user \(index)"), expires: self.now + Int64(index) + 1),
                now: self.now)
        }
        for step in 0..<100 {
            let barred = (0..<100).filter {
                list.match(
                    BlacklistKit.subject(user: "user \($0)"), now: self.now + Int64(step)) != nil
            }
            #expect(barred == Array(step..<100))
        }
    }

    @Test func addingAgainReplacesUnlessItMustNotShorten() throws {
        var list = try BlacklistKit.make()
        let forGood = BlacklistKit.entry(.user("eve"), reason: "chargebacks")
        let first = try list.add(forGood, now: self.now)
        #expect(first == .added(id: 1))
        let ban = BlacklistKit.entry(
            .user("eve"), expires: self.now + RiskKit.day, operatorName: "scalper_calls_1s",
            source: "scalper")
        var kept = forGood
        kept.id = 1
        let held = try list.add(ban, neverShortens: true, now: self.now)
        #expect(held == .kept(kept))
        #expect(list.entry(.user("eve")) == kept)
        let replaced = try list.add(ban, now: self.now)
        #expect(replaced == .replaced(id: 2, old: kept))
        // A lapsed entry holds nothing back.
        let longer = BlacklistKit.entry(.user("eve"), expires: self.now + 2 * RiskKit.day)
        let outcome = try list.add(
            longer, neverShortens: true, now: self.now + RiskKit.day)
        guard case .replaced(id: 3, old: let old) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(old.source == "scalper")
        #expect(list.count == 1)
        let gone = list.remove(.user("eve"))
        #expect(gone?.id == 3)
        let again = list.remove(.user("eve"))
        let byID = list.remove(id: 3)
        #expect(again == nil && byID == nil)
        #expect(list.match(BlacklistKit.subject(user: "eve"), now: self.now) == nil)
    }

    @Test func aFullListSaysSoAndTakesTheRoomOfLapsedEntries() throws {
        var list = try BlacklistKit.make(8)
        for index in 0..<8 {
            _ = try list.add(
                BlacklistKit.entry(.user("user \(index)"), expires: self.now + 10), now: self.now)
        }
        do {
            _ = try list.add(BlacklistKit.entry(.user("one more")), now: self.now + 9)
            Issue.record("an entry found room where there was none")
        } catch { #expect(error == .full(entryCountMax: 8)) }
        // What is there can still be replaced.
        _ = try list.add(BlacklistKit.entry(.user("user 3")), now: self.now + 9)
        _ = try list.add(BlacklistKit.entry(.user("one more")), now: self.now + 10)
        #expect(list.count == 2)
        #expect(list.list(countMax: 10).map(\.value) == [.user("user 3"), .user("one more")])
    }

    @Test func pagesAreStableWhileTheListChanges() throws {
        var list = try BlacklistKit.make()
        for index in 0..<3_000 {
            let value: BlacklistValue =
                index % 3 == 0 ? .device("d\(index)") : .user("u\(index)")
            _ = try list.add(BlacklistKit.entry(value), now: self.now)
        }
        var seen: [UInt64] = []
        var last: UInt64 = 0
        while true {
            let page = list.list(afterID: last, countMax: 70)
            guard let end = page.last else { break }
            seen += page.map(\.id)
            last = end.id
            // One goes that was seen, one goes that was not, and one comes.
            _ = list.remove(id: last)
            _ = list.remove(id: last + 35)
            if seen.count < 1_000 {
                _ = try list.add(BlacklistKit.entry(.user("late \(last)")), now: self.now)
            }
        }
        #expect(seen == seen.sorted())
        #expect(Set(seen).count == seen.count)
        let gone = Set(1...3_000).subtracting(seen.map(Int.init))
        // Only those that were taken out before their page came are missing: one a page at most.
        #expect(gone.count <= seen.count / 70 + 1)
        #expect(list.list(kind: .device, countMax: 5_000).allSatisfy { $0.value.kind == .device })
        #expect(list.list(countMax: 0).isEmpty)
    }

    @Test func theSameEventsGiveTheSameListInAnotherStart() throws {
        var random = SplitMix64(seed: 11)
        var list = try BlacklistKit.make()
        var events: [[UInt8]] = []
        for index in 0..<500 {
            let pick = random.next() % 100
            let value: BlacklistValue =
                pick < 40
                ? .user("u\(pick)")
                : pick < 60
                    ? .device("d\(pick)") : BlacklistKit.range("10.\(pick).0.0/\(16 + pick % 8)")
            let entry = BlacklistKit.entry(
                value, expires: pick % 2 == 0 ? self.now + Int64(index) : nil)
            let outcome = try list.add(entry, now: self.now)
            let id: UInt64
            switch outcome {
            case .added(let new), .replaced(let new, _): id = new
            case .kept: continue
            }
            let added = list.entry(id: id)
            events.append(try #require(added).encoded)
        }
        var other = try BlacklistKit.make(hasher: AdmissionHasher(key0: 1, key1: 2))
        for event in events {
            _ = try other.add(BlacklistEntry(decoding: event), now: 0)
        }
        let all = list.list(countMax: 1_000)
        #expect(all == other.list(countMax: 1_000))
        #expect(all.count > 60)
        for entry in all {
            #expect(other.entry(entry.value) == entry)
        }
        let first = try #require(all.first)
        do {
            _ = try other.add(first, now: 0)
            Issue.record("an entry of the past was taken")
        } catch { #expect(error == .idNotGrowing(id: first.id, last: other.lastID)) }
    }

    @Test func wideRangesAskAndSayWhatTheyWouldHit() throws {
        let asking = [
            "0.0.0.0/0": true, "10.0.0.0/8": true, "10.0.0.0/9": false, "::/0": true,
            "2001:db8::/32": true, "2001:db8::/33": false, "10.1.2.3/32": false,
        ]
        for (text, asks) in asking {
            #expect(WideRange.needsConfirmation(try NetworkRange(parsing: text)) == asks, "\(text)")
        }
        let recent = ["10.1.1.1", "10.9.9.9", "11.1.1.1", "2001:db8::1"].map { NetworkAddress($0)! }
        let ranges = ["0.0.0.0/0": 3, "10.0.0.0/8": 2, "::/0": 1, "12.0.0.0/8": 0]
        for (text, hits) in ranges {
            let range = try NetworkRange(parsing: text)
            #expect(WideRange.hitCount(of: range, among: recent) == hits, "\(text)")
        }
    }
}
